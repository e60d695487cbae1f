"""Development games whose players are known beforehand: covariates and a cheap game as a guide.

What is known is what the games of the package offer themselves: training rows by
:meth:`RetrainingGame.player_information`, words by :meth:`TextGame.player_information` with an
encoder that averages the embeddings of the words, each by itself, and columns of a table by
:func:`~shapiq_spex.games.known_columns`. Attention heads have the game of another question as a
guide. "retraining100 ridge diabetes" differs from the ridge regression in its guide in the penalty
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
from shapiq import BaselineImputer, MarginalImputer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVR

from shapiq_spex.approximators.player_information import PlayerInformation
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.data_valuation import train_and_test
from shapiq_spex.benchmark.games.minilm import sentence_encoder
from shapiq_spex.benchmark.games.near_games import NEAR_DEVELOPMENT
from shapiq_spex.benchmark.games.retrieval import heads_game
from shapiq_spex.benchmark.games.tabular import Matrix, TabularGame, load_table, output_of
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.games import RetrainingGame, SimilarityScore, TextGame
from shapiq_spex.games.known_columns import known_columns
from shapiq_spex.games.named_game import as_numbers


class KnownGame(NamedTuple):
    """A game and what is known of its players."""

    game: BenchmarkGame
    known: PlayerInformation


def columns_game(name: str) -> KnownGame:
    """The game of a row of a table."""
    recipe = cast("TabularGame", NEAR_DEVELOPMENT[name])
    features, target = load_table(recipe.table)
    row = features[recipe.instance]
    predict = output_of(recipe.model().fit(features, target), row)
    if recipe.background:
        imputer = MarginalImputer(
            predict, features, x=row, sample_size=recipe.background, random_state=0
        )
    else:
        imputer = BaselineImputer(predict, features, x=row)
    game = BenchmarkGame(name, len(row), lambda rows: as_numbers(imputer(rows)), n_held_out=1000)
    return KnownGame(game, known_columns(imputer))


def training_game(
    name: str, estimator: Callable[[], Any], table: str, n_players: int, value: Any
) -> KnownGame:
    """The game of retraining on some rows of a table."""
    features, target = load_table(table)
    if value == "squared error":
        value, target = "loss", (target - target.mean()) / target.std()
    train, test = train_and_test(len(features), n_players, seed=1, n_test=30)
    game = RetrainingGame(
        estimator(), features[train], target[train], features[test], target[test], value=value
    )
    game_of_benchmark = BenchmarkGame(name, n_players, game.value_function, n_held_out=500)
    return KnownGame(game_of_benchmark, game.player_information())


def words_game(name: str, passage: str, question: str) -> KnownGame:
    """The similarity of a passage to a question as a game of words."""
    encoder = sentence_encoder()

    def encode(texts: list[str]) -> Matrix:
        return encoder.encode([encoder.pieces(text) for text in texts]).astype(np.float64)

    def averaged(texts: list[str]) -> Matrix:
        words = list(dict.fromkeys(word for text in texts for word in text.split()))
        vectors = dict(zip(words, encode(words), strict=True)) if words else {}
        nothing = np.zeros(encode([question]).shape[1])
        return np.array([sum((vectors[w] for w in text.split()), start=nothing) for text in texts])

    game = TextGame(passage, SimilarityScore(encode, [question]))
    known = game.player_information(
        guide=SimilarityScore(averaged, [question]), similarity=SimilarityScore(encode, [question])
    )
    n_players = len(game.player_names)
    return KnownGame(BenchmarkGame(name, n_players, game.value_function, n_held_out=500), known)


def heads_of_questions(name: str, texts: list[str], others: list[str]) -> KnownGame:
    """The game of the attention heads for a question, guided by that for another one."""
    game, guide = heads_game(name, *texts), heads_game("guide", *others)
    smaller = BenchmarkGame(name, game.n_players, game.value, n_held_out=500, cheap=False)
    return KnownGame(smaller, PlayerInformation(guide=guide.value))


_PASSAGES = {
    "text30 bakery": (
        "The bakery on the corner opens at six every morning except on Sunday and its "
        "owner bakes dark bread from old recipes that her grandmother brought along from "
        "the coast",
        "When does the bakery open?",
    ),
    "text24 garden": (
        "Tomatoes in the garden need a lot of water in July so fill the two green cans by the "
        "shed and pour every evening",
        "How often should tomatoes be watered?",
    ),
    "text26 lease": (
        "The tenant may end the lease with three months notice but the landlord needs a reason "
        "such as unpaid rent or plans to live there himself",
        "Can the landlord cancel the contract?",
    ),
}

_QUESTIONS = [
    [
        "Where do penguins live?",
        "Penguins breed on the coasts of Antarctica and on islands of cold southern seas",
        "Polar bears hunt for seals on the sea ice around the North Pole",
    ],
    [
        "How is glass made?",
        "Sand is melted with soda and lime in a furnace and then blown or poured into shape",
        "The window of the old shop was broken by a ball last week and has been replaced",
    ],
]

_FOREST = partial(RandomForestClassifier, 10, random_state=0, n_jobs=1)

FAMILIES: Mapping[str, Mapping[str, Callable[[], KnownGame]]] = {
    "training data": {
        name: partial(training_game, name, *arguments)
        for name, *arguments in (
            ("retraining100 neighbours wine", KNeighborsClassifier, "wine", 100, "probability"),
            ("retraining100 neighbours digits", KNeighborsClassifier, "digits", 100, "probability"),
            ("retraining100 ridge diabetes", Ridge, "diabetes", 100, "squared error"),
            ("retraining60 machine diabetes", SVR, "diabetes", 60, "squared error"),
            ("retraining60 logistic wine", LogisticRegression, "wine", 60, "margin"),
            ("retraining50 logistic cancer", LogisticRegression, "cancer", 50, "loss"),
            ("retraining40 forest wine", _FOREST, "wine", 40, "probability"),
        )
    },
    "tables": {
        name: partial(columns_game, name)
        for name in (
            "cancer30 boosting",
            "cancer30 forest",
            "cancer30 network marginal",
            "digits64 network",
        )
    },
    "text": {name: partial(words_game, name, *texts) for name, texts in _PASSAGES.items()},
    "heads": {
        "heads72 penguins": partial(heads_of_questions, "heads72 penguins", *_QUESTIONS),
        "heads72 glass": partial(heads_of_questions, "heads72 glass", *_QUESTIONS[::-1]),
    },
}
"""Development games by family."""

KNOWN_PLAYERS: Mapping[str, Callable[[], KnownGame]] = {
    name: make for games in FAMILIES.values() for name, make in games.items()
}
"""All of them by name."""


def misinformed(known: PlayerInformation, n_players: int, seed: int) -> PlayerInformation:
    """The same information with the players permuted; a guide must be a spectrum."""
    order = np.random.default_rng([seed, n_players]).permutation(n_players)
    guide = known.spectrum_of_guide(n_players)
    if guide is not None:
        place = np.argsort(order)
        guide = Spectrum(n_players, [(place[terms], values) for terms, values in guide.groups])
    return PlayerInformation(known.covariates_of(n_players)[order], guide)
