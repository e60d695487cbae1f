"""Coalitions and games for the laws of the estimators."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.fourier.coalitions import Coalitions

seeds = st.integers(0, 2**32 - 1)


def dense_rows(rng, n_rows, n_players, *, paired):
    """Distinct coalitions in random order as booleans; half are complements if paired."""
    rows = Coalitions.from_dense(rng.random((8 * n_rows, n_players)) < 0.5)
    rows = rows.distinct()[0].dense()
    if paired:
        rows = rows[rows[:, 0]][: n_rows // 2]
        return np.concatenate([rows, ~rows])[rng.permutation(2 * len(rows))]
    return rows[:n_rows]


def random_rows(rng, n_rows, n_players, *, paired):
    """Distinct coalitions in random order; half are complements of the others if paired."""
    return Coalitions.from_dense(dense_rows(rng, n_rows, n_players, paired=paired))


def uniform(rng, n_rows, n_players):
    """Coalitions that may repeat."""
    return Coalitions.from_dense(rng.random((n_rows, n_players)) < 0.5)


def game(coalitions):
    """A function of the first four players, of degree two."""
    x = signs(coalitions).astype(float)
    return 2 * x[:, 0] - x[:, 1] + x[:, 0] * x[:, 1] + 0.5 * x[:, 0] * x[:, 2] + 0.3 * x[:, 3]


def combination(truth, coalitions):
    """The sum of coefficients times parities."""
    return np.array(list(truth.values())) @ parity_columns(
        signs(coalitions).astype(float), list(truth)
    )


def r_squared(truth, found):
    return 1 - np.mean((truth - found) ** 2) / truth.var()
