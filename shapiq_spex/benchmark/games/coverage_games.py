"""The games of the benchmark of intervals: some to choose thresholds on, others to report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVR

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.data_valuation import valuation_game
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST
from shapiq_spex.benchmark.games.tabular import TabularGame


def _small(name: str, table: str, model: Any, row: int, background: int = 0) -> GameRecipe:
    return TabularGame(name, table, model, row, background, features=12)


TUNING: Mapping[str, GameRecipe] = {
    **{
        name: DEVELOPMENT[name]
        for name in ("wine13 network", "diabetes10 forest", "wine13 machine", "text13 pasta")
    },
    "valuation12 neighbours wine": partial(valuation_game, "neighbours", "wine", 12, 1),
    "valuation10 ridge diabetes": partial(valuation_game, "ridge", "diabetes", 10, 1),
}
"""Games that thresholds were chosen on."""

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
    "cancer12 boosting": _small(
        "cancer12 boosting",
        "cancer",
        partial(HistGradientBoostingClassifier, max_iter=60, random_state=0),
        44,
    ),
    "cancer12 forest marginal": _small(
        "cancer12 forest marginal",
        "cancer",
        partial(RandomForestClassifier, 30, random_state=0, n_jobs=1),
        300,
        8,
    ),
    "diabetes10 machine": TabularGame("diabetes10 machine", "diabetes", partial(SVR, C=100.0), 321),
    "diabetes10 trees": TabularGame(
        "diabetes10 trees",
        "diabetes",
        partial(ExtraTreesRegressor, 50, min_samples_leaf=2, random_state=0, n_jobs=1),
        123,
    ),
    "valuation13 neighbours digits": partial(valuation_game, "neighbours", "digits", 13, 3),
    "valuation12 logistic cancer": partial(valuation_game, "logistic", "cancer", 12, 3),
    "cancer30 network": TabularGame(
        "cancer30 network",
        "cancer",
        partial(
            MLPClassifier, hidden_layer_sizes=(32, 16), alpha=1.0, max_iter=150, random_state=1
        ),
        77,
    ),
    "wide40 boosting": TabularGame(
        "wide40 boosting",
        "wide",
        partial(GradientBoostingClassifier, max_depth=4, n_estimators=40, random_state=0),
        17,
        features=40,
    ),
}
"""Games whose coverage is reported."""

QUICK = ("diabetes10 machine", "valuation12 logistic cancer")
