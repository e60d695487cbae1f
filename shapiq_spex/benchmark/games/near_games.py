"""The games of the study of explanations near the input: development games and test games.

Tables with absent features from the mean row (*baseline*) and from several rows (*marginal*), words
of passages, attention heads and training rows; 10 to 200 players. The quickest come first. The
answers of two tables, "cancer30 network row 11" and "digits64 machine row 7", differ 40 and 400
times as much where half of the columns are removed as near the input. The test games are the real
ones of :data:`~shapiq_spex.benchmark.games.suites.TEST`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal, get_args

from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.retrieval import retrieval_game
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST, tabular_recipes, valuations
from shapiq_spex.benchmark.games.tabular import TabularGame

GameFamily = Literal["baseline", "marginal", "text", "heads", "training data"]
GAME_FAMILIES: tuple[GameFamily, ...] = get_args(GameFamily)

_BY_START: Mapping[str, GameFamily] = {
    "text": "text",
    "heads": "heads",
    "valuation": "training data",
}

_WIDE_BOOSTING = partial(GradientBoostingClassifier, max_depth=3, n_estimators=60, random_state=0)
_BOOSTING = partial(GradientBoostingClassifier, max_depth=4, subsample=0.7, random_state=0)
_FOREST = partial(RandomForestClassifier, 30, random_state=0, n_jobs=1)
_NETWORK = partial(
    MLPClassifier, hidden_layer_sizes=(64, 32), alpha=1.0, max_iter=150, random_state=0
)
_NETWORK_REGRESSOR = partial(
    MLPRegressor, hidden_layer_sizes=(32, 16), max_iter=300, random_state=0
)
_MACHINE = partial(SVC, random_state=0)

NEAR_DEVELOPMENT: Mapping[str, GameRecipe] = {
    **{
        name: DEVELOPMENT[name]
        for name in (
            "diabetes10 forest",
            "wine13 machine",
            "wine13 network",
            "text13 pasta",
            "cancer30 boosting",
            "cancer30 forest",
        )
    },
    **valuations([("logistic", "cancer", 50)], seed=1),
    **{name: DEVELOPMENT[name] for name in ("digits64 network", "heads72 penguins")},
    **tabular_recipes(
        [
            TabularGame("diabetes10 network marginal", "diabetes", _NETWORK_REGRESSOR, 50, 8),
            TabularGame("wine13 forest marginal", "wine", _FOREST, 30, 8),
            TabularGame("cancer30 network marginal", "cancer", _NETWORK, 40, 8),
            TabularGame("cancer30 boosting row 7", "cancer", _BOOSTING, 7),
            TabularGame("cancer30 machine row 60", "cancer", _MACHINE, 60),
            TabularGame("cancer30 network row 11", "cancer", _NETWORK, 11),
            TabularGame("digits64 machine row 7", "digits", _MACHINE, 7),
        ]
    ),
    "text30 bakery": partial(
        retrieval_game,
        "text30 bakery",
        "The bakery on the corner opens at six every morning except on Sunday and its owner "
        "bakes dark bread from old recipes that her grandmother brought along from the coast",
        "When does the bakery open?",
    ),
    **{
        name: DEVELOPMENT[name]
        for name in ("valuation100 neighbours wine", "valuation100 ridge diabetes")
    },
    **tabular_recipes([TabularGame("wide200 boosting s9", "wide", _WIDE_BOOSTING, 9)]),
    **valuations([("neighbours", "digits", 200)], seed=1),
}
"""Games to develop with."""

NEAR_TEST: Mapping[str, GameRecipe] = {
    name: made
    for name, made in TEST.items()
    if not name.startswith(("hierarchical", "flat", "dense", "valuation500"))
}
"""Games to report; with at most 200 players."""


def family_of(game: str) -> GameFamily:
    """The family of a game by its name."""
    for start, family in _BY_START.items():
        if game.startswith(start):
            return family
    return "marginal" if game.endswith("marginal") else "baseline"
