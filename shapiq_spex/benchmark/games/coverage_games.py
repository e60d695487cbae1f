"""The games of the study of intervals: one set to choose thresholds on, another to report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVR

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST, tabular_recipes, valuations
from shapiq_spex.benchmark.games.tabular import TabularGame

_SMALL_BOOSTING = partial(HistGradientBoostingClassifier, max_iter=60, random_state=0)
_SMALL_FOREST = partial(RandomForestClassifier, 30, random_state=0, n_jobs=1)
_STIFF_MACHINE = partial(SVR, C=100.0)
_EXTRA_TREES = partial(ExtraTreesRegressor, 50, min_samples_leaf=2, random_state=0, n_jobs=1)
_SMALL_NETWORK = partial(
    MLPClassifier, hidden_layer_sizes=(32, 16), alpha=1.0, max_iter=150, random_state=1
)
_WIDE_BOOSTING = partial(GradientBoostingClassifier, max_depth=4, n_estimators=40, random_state=0)

TUNING: Mapping[str, GameRecipe] = {
    **{
        name: DEVELOPMENT[name]
        for name in ("wine13 network", "diabetes10 forest", "wine13 machine", "text13 pasta")
    },
    **valuations([("neighbours", "wine", 12), ("ridge", "diabetes", 10)], seed=1),
}
"""Games on which thresholds were chosen."""

REPORTED: Mapping[str, GameRecipe] = {
    **{
        name: TEST[name]
        for name in (
            "diabetes10 boosting marginal",
            "diabetes10 network",
            "wine13 forest",
            "wine13 machine marginal",
            "cancer14 network",
            "cancer14 neighbours",
            "text12 bridge",
        )
    },
    **tabular_recipes(
        [
            TabularGame("cancer12 boosting", "cancer", _SMALL_BOOSTING, 44, features=12),
            TabularGame("cancer12 forest marginal", "cancer", _SMALL_FOREST, 300, 8, features=12),
            TabularGame("diabetes10 machine", "diabetes", _STIFF_MACHINE, 321),
            TabularGame("diabetes10 trees", "diabetes", _EXTRA_TREES, 123),
        ]
    ),
    **valuations([("neighbours", "digits", 13), ("logistic", "cancer", 12)], seed=3),
    **tabular_recipes(
        [
            TabularGame("cancer30 network", "cancer", _SMALL_NETWORK, 77),
            TabularGame("wide40 boosting", "wide", _WIDE_BOOSTING, 17, features=40),
        ]
    ),
}
"""Games whose coverage is reported. Their models, imputations or rows differ from those above."""
