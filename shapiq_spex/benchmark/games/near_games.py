"""The games of the study of explanations near the input: development games and test games.

Tables with absent features from the mean row (*baseline*) and from several rows (*marginal*), words
of passages, attention heads and training rows; 10 to 200 players. The quickest development games
come first. The answers of two of them, "cancer30 network row 11" and "digits64 machine row 7",
differ 40 and 400 times as much where half of the columns are removed as near the input.

The test games share no explained row, class of table model, passage, question, or pair of learner
and table with the development games or with :mod:`~shapiq_spex.benchmark.games.suites`. They were
chosen before any method ran on them. The games of a table explain consecutive rows, in the order in
which they are listed, from the first row of the table's second half on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal, get_args

from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.svm import SVC

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.suites import (
    DEVELOPMENT,
    head_recipes,
    tabular_recipes,
    text_recipes,
    valuations,
)
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
    **text_recipes(
        {
            "text30 bakery": (
                "The bakery on the corner opens at six every morning except on Sunday and its "
                "owner bakes dark bread from old recipes that her grandmother brought along from "
                "the coast",
                "When does the bakery open?",
            )
        }
    ),
    **{
        name: DEVELOPMENT[name]
        for name in ("valuation100 neighbours wine", "valuation100 ridge diabetes")
    },
    **tabular_recipes([TabularGame("wide200 boosting s9", "wide", _WIDE_BOOSTING, 9)]),
    **valuations([("neighbours", "digits", 200)], seed=1),
}
"""Games to develop with."""

_PROCESS = partial(GaussianProcessClassifier, 1.0 * RBF(4.0), random_state=0)
_PROCESS_REGRESSOR = partial(
    GaussianProcessRegressor, 1.0 * RBF(4.0) + WhiteKernel(0.5), normalize_y=True, random_state=0
)
_KERNEL_RIDGE = partial(KernelRidge, kernel="rbf", gamma=0.02)
_NEAREST = partial(KNeighborsRegressor, 15, weights="distance", n_jobs=1)
_TREES = partial(ExtraTreesClassifier, 60, min_samples_leaf=2, random_state=0, n_jobs=1)
_HISTOGRAM = partial(HistGradientBoostingClassifier, max_iter=40, max_depth=4, random_state=0)


def _products() -> Pipeline:
    products = PolynomialFeatures(interaction_only=True, include_bias=False)
    return make_pipeline(products, LogisticRegression(C=0.01, max_iter=1000))


NEAR_TEST: Mapping[str, GameRecipe] = {
    **tabular_recipes(
        [
            TabularGame("diabetes10 process", "diabetes", _PROCESS_REGRESSOR, 221),
            TabularGame("diabetes10 nearest marginal", "diabetes", _NEAREST, 222, 12),
            TabularGame("wine13 process", "wine", _PROCESS, 89),
            TabularGame("wine13 bayes marginal", "wine", GaussianNB, 90, 12),
            TabularGame("cancer30 products", "cancer", _products, 284),
            TabularGame("cancer30 kernel ridge", "cancer", _KERNEL_RIDGE, 285),
            TabularGame("cancer30 trees marginal", "cancer", _TREES, 286, 12),
            TabularGame("digits64 trees", "digits", _TREES, 898),
            TabularGame("digits64 histogram marginal", "digits", _HISTOGRAM, 899, 12),
        ]
    ),
    **text_recipes(
        {
            "text12 ferry": (
                "Cyclists must leave the ferry before cars once the ramp is lowered",
                "Who gets off the ferry first?",
            ),
            "text20 grant": (
                "The committee refused the grant because its budget was spent although all "
                "members had praised the plan for the harbour",
                "Why did the committee give no money?",
            ),
            "text29 concert": (
                "Tickets bought online can be returned until two days before the concert but "
                "those from the box office are refunded only if the band cancels or the hall "
                "closes",
                "Can I get my money back for a ticket?",
            ),
        }
    ),
    **head_recipes(
        {
            "heads72 tides": (
                "What causes the tides?",
                "The pull of the moon raises the water of the oceans twice a day",
                "Surfers wait for large waves on the beaches of Portugal in winter",
            ),
            "heads72 fever": (
                "How can a fever be lowered?",
                "Cold compresses and plenty of water help to bring the temperature down",
                "The thermometer was invented in the seventeenth century by a physician in Padua",
            ),
        }
    ),
    **valuations(
        [("neighbours", "iris", 40), ("ridge", "wine", 100), ("ridge", "cancer", 200)], seed=4
    ),
}
"""Games to report. Nothing may be tuned on them."""


def family_of(game: str) -> GameFamily:
    """The family of a game by its name."""
    for start, family in _BY_START.items():
        if game.startswith(start):
            return family
    return "marginal" if game.endswith("marginal") else "baseline"
