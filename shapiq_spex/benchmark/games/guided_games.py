"""Development games whose players are known beforehand: covariates and a cheap game as a guide.

* Columns of a table: how far the explained row is from the background, and the importances of a
  small forest; the guide is a linear model plus that forest.
* Training rows: how close they are to test rows with the same target; the guide is kernel
  regression (E. A. Nadaraya, *On estimating regression*, 1964), which needs no training.
* Words: position and length; the guide averages the embeddings of the words, each by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, cast

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from shapiq_spex.approximators.player_information import PlayerInformation
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.data_valuation import train_and_test
from shapiq_spex.benchmark.games.minilm import sentence_encoder
from shapiq_spex.benchmark.games.near_games import NEAR_DEVELOPMENT
from shapiq_spex.benchmark.games.tabular import TabularGame, load_table
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector


class KnownGame(NamedTuple):
    """A game and what is known of its players."""

    game: BenchmarkGame
    known: PlayerInformation


def known_columns(name: str) -> KnownGame:
    """The game of a row of a table with classes."""
    recipe = cast("TabularGame", NEAR_DEVELOPMENT[name])
    forest = partial(RandomForestClassifier, 20, max_depth=4, random_state=0, n_jobs=1)
    cheap = [recipe._replace(model=model)().value for model in (LogisticRegression, forest)]
    features, target = load_table(recipe.table)
    distances = np.abs(features[recipe.instance])  # the columns are standardised
    importances = forest().fit(features, target).feature_importances_
    known = PlayerInformation(
        covariates={"distance": distances, "importance": np.log(importances + 0.01)},
        guide=lambda rows: cheap[0](rows) + cheap[1](rows),
    )
    return KnownGame(recipe(), known)


def known_training_rows(name: str) -> KnownGame:
    """The game of retraining on some rows of a table."""
    recipe = cast("partial[BenchmarkGame]", NEAR_DEVELOPMENT[name])
    learner, table, n_players, seed = recipe.args
    features, target = load_table(table)
    train, test = train_and_test(len(features), n_players, seed)
    distances = ((features[test, None, :] - features[train]) ** 2).sum(axis=2)
    closeness = np.exp(-distances / features.shape[1])
    outputs = (target - target.mean())[:, None] / target.std()
    if learner != "ridge":
        outputs = np.eye(int(target.max()) + 1)[target]

    def kernel_regression(rows: BoolMatrix) -> Vector:
        kept = rows.astype(np.float64)
        total = kept @ closeness.T + 1e-12
        errors = np.zeros(len(rows))
        for truth, given in zip(outputs[test].T, outputs[train].T, strict=True):
            errors += ((kept @ (closeness * given).T / total - truth) ** 2).mean(axis=1)
        return -errors

    agreement = (outputs[test] @ outputs[train].T * closeness).mean(axis=0)
    known = PlayerInformation(
        covariates={"closeness": np.log(closeness.mean(axis=0)), "agreement": agreement},
        guide=kernel_regression,
    )
    return KnownGame(recipe(), known)


def known_words(name: str) -> KnownGame:
    """The game of the words of a passage."""
    recipe = cast("partial[BenchmarkGame]", NEAR_DEVELOPMENT[name])
    _, passage, question = recipe.args
    encoder = sentence_encoder()
    words = passage.split()
    of_words = encoder.encode([encoder.pieces(word) for word in words])
    target = encoder.encode([encoder.pieces(question)])[0]

    def averaged(rows: BoolMatrix) -> Vector:
        sums = rows @ of_words
        return (sums @ target) / np.maximum(np.linalg.norm(sums, axis=1), 1e-12)

    known = PlayerInformation(
        covariates={"position": np.arange(len(words)), "length": [len(word) for word in words]},
        guide=averaged,
    )
    return KnownGame(recipe(), known)


KNOWN_PLAYERS: Mapping[str, Callable[[], KnownGame]] = {
    name: partial(known, name)
    for known, names in (
        (known_columns, ("cancer30 boosting", "cancer30 network marginal")),
        (known_words, ("text30 bakery",)),
        (
            known_training_rows,
            ("valuation100 neighbours wine", "valuation100 ridge diabetes"),
        ),
    )
    for name in names
}
"""Development games, quick ones first."""


def misinformed(known: PlayerInformation, n_players: int, seed: int) -> PlayerInformation:
    """The same information with the players permuted."""
    order = np.random.default_rng([seed, n_players]).permutation(n_players)
    guide = known.guide
    assert callable(guide)
    covariates = known.covariates_of(n_players)[order]
    return PlayerInformation(covariates=covariates, guide=lambda rows: guide(rows[:, order]))
