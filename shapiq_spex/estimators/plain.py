"""Games so plain, or rows so few, that there is nothing to learn: constants and exact sums."""

from __future__ import annotations

import numpy as np

from shapiq_spex.estimators.contract import Fit, pairs
from shapiq_spex.estimators.sample import pair_table, signs
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Vector

_ROUNDING = 1e-12
_ROWS_PER_PLAYER = 8
_MOST_PLAYERS = 1000  # beyond, the equations take longer than all the rest: n^2 per row


def constant_fit(coalitions: BoolMatrix, values: Vector) -> Fit | None:
    """The mean, if all values are equal or no pair can be held out from another; else None.

    Example:
        >>> rows = np.array([[True, False], [True, True]])
        >>> constant_fit(rows, np.array([3.3, 3.3])).spectrum.to_dict()
        {(): 3.3}
    """
    lowest, highest = float(values.min()), float(values.max())
    equal = highest - lowest <= _ROUNDING * max(abs(lowest), abs(highest))
    alone = not pairs(coalitions).any()
    if not equal and not alone:
        return None
    mean = lowest if equal else float(values.mean())
    held_out = np.full(len(values), np.nan if alone else mean)
    return Fit(Spectrum.from_dict(coalitions.shape[1], {(): mean}), held_out)


def additive_fit(coalitions: BoolMatrix, values: Vector) -> Fit | None:
    """The sum of the players' effects, if it fits few rows exactly and not by need; else None.

    Least squares on n + 1 unknowns that leave no residual at n + 2 or more rows of full rank prove
    an additive game, which cross-validation could not find with so few rows. With many rows it
    can, and nothing is tried here, nor with more than 1,000 players. For two players, three rows
    are all but one that exist: there the sum is the only guess that treats both alike.
    """
    n_rows, n_players = coalitions.shape
    fewest = n_players + 2 if n_players > 2 else n_players + 1
    if not fewest <= n_rows <= _ROWS_PER_PLAYER * (n_players + 1) or n_players > _MOST_PLAYERS:
        return None
    both = pair_table(coalitions)
    both = both[both[:, 1] >= 0]
    if len(both) and np.ptp(values[both].sum(axis=1)) > 1e3 * _ROUNDING * np.abs(values).max():
        return None  # in a sum v(S) + v(complement of S) is the same for all S: soon refuted
    columns = np.column_stack([np.ones(n_rows), signs(coalitions)])
    weights, _, rank, _ = np.linalg.lstsq(columns, values)
    if rank <= n_players:
        return None
    residual = np.abs(columns @ weights - values).max()
    if residual > 1e3 * _ROUNDING * np.abs(values).max():
        return None
    single = np.arange(n_players)[:, None]
    return Fit(
        Spectrum(n_players, [(np.empty((1, 0)), weights[:1]), (single, weights[1:])]), values.copy()
    )
