"""Data attribution by retraining: which training rows make a model good?

Players are training rows; the value of a coalition is the test score of the model trained on it
alone. Every coalition is retrained, in closed form and in batches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, ValueFunction, in_blocks
from shapiq_spex.benchmark.games.tabular import Matrix, load_table
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector

_BLOCK = 1000  # coalitions retrained at a time; a choice, bounds memory
_COMPONENTS = 10  # principal components that ridge and logistic regression see; a choice


def neighbours_value(
    train: Matrix, labels: NDArray[np.int64], test: Matrix, truth: NDArray[np.int64], count: int = 5
) -> ValueFunction:
    """Mean share of the ``count`` nearest kept training rows that have the right label."""
    distances = ((test[:, None, :] - train[None, :, :]) ** 2).sum(axis=2)
    order = np.argsort(distances, axis=1, kind="stable")
    right = (labels[order] == truth[:, None]).astype(np.float32)

    def value(coalitions: BoolMatrix) -> Vector:
        total = np.zeros(len(coalitions))
        for ranked, hits in zip(order, right, strict=True):
            kept = coalitions[:, ranked]
            chosen = kept & (np.cumsum(kept, axis=1, dtype=np.int16) <= count)
            total += (chosen @ hits) / count
        return total / len(test)

    return value


def ridge_value(
    train: Matrix, target: Vector, test: Matrix, truth: Vector, penalty: float = 1.0
) -> ValueFunction:
    """Minus the test error of ridge regression, in units of the variance of the target."""
    products = np.einsum("ij,ik->ijk", train, train).reshape(len(train), -1)
    moments = train * target[:, None]
    width = train.shape[1]

    def value(coalitions: BoolMatrix) -> Vector:
        kept = coalitions.astype(np.float64)
        gram = (kept @ products).reshape(-1, width, width) + penalty * np.eye(width)
        weights = np.linalg.solve(gram, (kept @ moments)[..., None])[..., 0]
        return -((weights @ test.T - truth) ** 2).mean(axis=1) / truth.var()

    return in_blocks(value, _BLOCK)


def logistic_value(
    train: Matrix,
    labels: NDArray[np.int64],
    test: Matrix,
    truth: NDArray[np.int64],
    *,
    penalty: float = 0.5,
    steps: int = 8,
) -> ValueFunction:
    """Mean test log-likelihood of logistic regression, trained by ``steps`` Newton steps."""
    width = train.shape[1]
    products = np.einsum("ij,ik->ijk", train, train).reshape(len(train), -1)
    signs = 2.0 * truth - 1.0

    def value(coalitions: BoolMatrix) -> Vector:
        kept = coalitions.astype(np.float64)
        weights = np.zeros((len(kept), width))
        for _ in range(steps):
            probability = 1.0 / (1.0 + np.exp(-weights @ train.T))
            slope = (kept * (labels - probability)) @ train - penalty * weights
            curvature = (kept * probability * (1.0 - probability)) @ products
            curvature = curvature.reshape(-1, width, width) + penalty * np.eye(width)
            weights += np.linalg.solve(curvature, slope[..., None])[..., 0]
        return -np.logaddexp(0.0, -signs * (weights @ test.T)).mean(axis=1)

    return in_blocks(value, _BLOCK)


def valuation_game(
    learner: str, table: str, n_players: int, seed: int, n_test: int = 50
) -> BenchmarkGame:
    """A retraining game of rows drawn from a table.

    The learner is ``"neighbours"``, ``"ridge"`` or ``"logistic"`` (the last needs two classes).
    """
    features, target = load_table(table)
    train, test = train_and_test(len(features), n_players, seed, n_test)
    if learner == "neighbours":
        value = neighbours_value(features[train], target[train], features[test], target[test])
    else:
        compressed = _with_intercept(_principal_components(features, _COMPONENTS))
        if learner == "ridge":
            centred = (target - target.mean()) / target.std()
            value = ridge_value(compressed[train], centred[train], compressed[test], centred[test])
        else:
            value = logistic_value(compressed[train], target[train], compressed[test], target[test])
    return BenchmarkGame(f"valuation{n_players} {learner} {table}", n_players, value)


def train_and_test(
    n_rows: int, n_players: int, seed: int, n_test: int = 50
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows of a table that are players, and those that the model is tested on."""
    rows = np.random.default_rng([seed, n_players]).permutation(n_rows)
    return rows[:n_players], rows[n_players : n_players + n_test]


def _principal_components(features: Matrix, count: int) -> Matrix:
    centred = features - features.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    scores = centred @ directions[:count].T
    return scores / scores.std(axis=0)


def _with_intercept(features: Matrix) -> Matrix:
    return np.column_stack([np.ones(len(features)), features])
