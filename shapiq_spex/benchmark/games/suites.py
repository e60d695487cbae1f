"""The games of the benchmark: a development suite to work with, a test suite to report.

Nothing may be tuned on ``TEST``. Its games differ from those of ``DEVELOPMENT`` in the table, the
model, the imputation or the explained row, and in the seed of everything planted. The real games of
both suites use the few tables that scikit-learn bundles, so the suites are related.

Three games of ``TEST`` were seen while the methods were written: "diabetes10 network",
"cancer30 machine" and "hierarchical20 k15 noise 0 s2" used to be the games of ``--quick``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.data_valuation import valuation_game
from shapiq_spex.benchmark.games.planted_functions import planted_recipes
from shapiq_spex.benchmark.games.retrieval import heads_game, retrieval_game
from shapiq_spex.benchmark.games.tabular import SoftNeighbours, TabularGame

SMALL_BUDGETS = (0.5, 1.0, 2.0)
"""Budgets for n = 1,000 in units of n log2 n: 4,983 to 19,932 rows."""

TEN_THOUSAND_ROWS = (10_000 / 132_877.12,)
"""The budget of 10,000 rows for n = 10,000 in units of n log2 n."""

_FOREST = partial(RandomForestClassifier, 50, random_state=0, n_jobs=1)
_FOREST_REGRESSOR = partial(RandomForestRegressor, 50, min_samples_leaf=3, random_state=0, n_jobs=1)
_BOOSTING = partial(GradientBoostingClassifier, max_depth=4, subsample=0.7, random_state=0)
_BOOSTING_REGRESSOR = partial(
    GradientBoostingRegressor, max_depth=4, n_estimators=80, random_state=0
)
_NETWORK = partial(
    MLPClassifier, hidden_layer_sizes=(64, 32), alpha=1.0, max_iter=200, random_state=0
)
_NETWORK_REGRESSOR = partial(
    MLPRegressor, hidden_layer_sizes=(48, 24), max_iter=400, random_state=0
)
_MACHINE = partial(SVC, random_state=0)


def tabular_recipes(games: Iterable[TabularGame]) -> dict[str, GameRecipe]:
    """Games of tables by name."""
    return {game.name: game for game in games}


def valuations(cases: Iterable[tuple[str, str, int]], seed: int) -> dict[str, GameRecipe]:
    """Retraining games by name; a case is a learner, a table and the number of training rows."""
    return {
        f"valuation{n} {learner} {table}": partial(valuation_game, learner, table, n, seed)
        for learner, table, n in cases
    }


def text_recipes(cases: Mapping[str, tuple[str, str]]) -> dict[str, GameRecipe]:
    """Games of words by name; a case is a passage and a question."""
    return {
        name: partial(retrieval_game, name, passage, question)
        for name, (passage, question) in cases.items()
    }


def head_recipes(cases: Mapping[str, tuple[str, str, str]]) -> dict[str, GameRecipe]:
    """Games of attention heads by name; a case is a question, its answer and a distractor."""
    return {name: partial(heads_game, name, *texts) for name, texts in cases.items()}


DEVELOPMENT: Mapping[str, GameRecipe] = {
    **tabular_recipes(
        [
            TabularGame("wine13 network", "wine", _NETWORK, 100),
            TabularGame("diabetes10 forest", "diabetes", _FOREST_REGRESSOR, 20),
            TabularGame("cancer30 forest", "cancer", _FOREST, 20),
            TabularGame("cancer30 boosting", "cancer", _BOOSTING, 100),
            TabularGame("digits64 network", "digits", _NETWORK, 3),
            TabularGame("wine13 machine", "wine", _MACHINE, 20),
        ]
    ),
    **valuations([("neighbours", "wine", 100), ("ridge", "diabetes", 100)], seed=1),
    **text_recipes(
        {
            "text13 pasta": (
                "Boil the pasta for nine minutes then drain it and add the sauce",
                "How long does pasta have to cook?",
            )
        }
    ),
    **head_recipes(
        {
            "heads72 penguins": (
                "Where do penguins live?",
                "Penguins breed on the coasts of Antarctica and on islands of cold southern seas",
                "Polar bears hunt for seals on the sea ice around the North Pole",
            )
        }
    ),
    **planted_recipes(
        [("hierarchical", 20, 15, 0.3), ("hierarchical", 64, 30, 0.3), ("flat", 64, 20, 0.0)],
        seed=1,
    ),
}
"""Games for development."""

TEST: Mapping[str, GameRecipe] = {
    **tabular_recipes(
        [
            TabularGame("diabetes10 boosting marginal", "diabetes", _BOOSTING_REGRESSOR, 77, 16),
            TabularGame("diabetes10 network", "diabetes", _NETWORK_REGRESSOR, 200),
            TabularGame("wine13 forest", "wine", _FOREST, 60),
            TabularGame("wine13 machine marginal", "wine", _MACHINE, 150, 16),
            TabularGame("cancer14 network", "cancer", _NETWORK, 400, features=14),
            TabularGame("cancer14 neighbours", "cancer", SoftNeighbours, 333, features=14),
            TabularGame("cancer30 forest marginal", "cancer", _FOREST, 512, 8),
            TabularGame("cancer30 boosting marginal", "cancer", _BOOSTING, 250, 16),
            TabularGame("cancer30 network", "cancer", _NETWORK, 250),
            TabularGame("cancer30 machine", "cancer", _MACHINE, 400),
            TabularGame("digits64 forest", "digits", _FOREST, 1234),
            TabularGame("digits64 network marginal", "digits", _NETWORK, 1500, 8),
            TabularGame("digits64 machine", "digits", _MACHINE, 777),
            TabularGame("digits64 neighbours", "digits", SoftNeighbours, 900),
            TabularGame("wide200 boosting", "wide", _BOOSTING, 5),
        ]
    ),
    **valuations(
        [
            ("neighbours", "digits", 100),
            ("logistic", "cancer", 100),
            ("ridge", "diabetes", 200),
            ("neighbours", "cancer", 500),
        ],
        seed=2,
    ),
    **text_recipes(
        {
            "text12 bridge": (
                "The old stone bridge was closed after heavy rain damaged two arches",
                "Why can nobody cross the river?",
            ),
            "text19 museum": (
                "The museum opens at ten on weekdays but on Mondays it stays closed except when "
                "a holiday falls then",
                "Is the museum open on Monday?",
            ),
        }
    ),
    **head_recipes(
        {
            "heads72 battery": (
                "Why is my battery empty?",
                "A bright screen and apps in the background use up the charge within hours",
                "The new phone was introduced in March and costs four hundred euros",
            )
        }
    ),
    **planted_recipes(
        [
            ("hierarchical", 20, 15, 0.0),
            ("hierarchical", 64, 30, 0.3),
            ("hierarchical", 200, 60, 0.3),
            ("flat", 20, 15, 0.0),
            ("flat", 100, 30, 0.0),
            ("dense", 30, 0, 0.1),
        ],
        seed=2,
    ),
    **planted_recipes([("hierarchical", 1000, 150, 0.316)], seed=2, units=SMALL_BUDGETS),
    **planted_recipes([("hierarchical", 10_000, 150, 0.316)], seed=2, units=TEN_THOUSAND_ROWS),
    **planted_recipes([("flat", 1000, 100, 0.0)], seed=2, units=SMALL_BUDGETS),
}
"""Games to report. Nothing may be tuned on them."""

QUICK = ("diabetes10 forest", "cancer30 boosting", "hierarchical20 k15 noise 0.3 s1")
"""The development games of ``--quick``."""
