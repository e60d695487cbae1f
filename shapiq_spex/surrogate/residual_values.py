r"""Shapley values of what a surrogate misses: a kernel-weighted regression of its residuals.

A surrogate that predicts well shrinks uncertain effects and is fitted to all sizes of coalitions
alike. Both bias Shapley values. With r = v - f the residuals, centred within each size of
coalition, and x_i(S) = 1[i in S] - |S| / n, the regression

    min_d  sum_S  k(|S|) / p(|S|)  (r(S) - sum_i d_i x_i(S))^2,      k(s) = 1 / (s (n - s))

estimates the Shapley values d of the residual game (Lundberg & Lee 2017; p is the law of the
coalitions, and centring changes no Shapley value). Added to those of f they are KernelSHAP with f
as a control variate. The residuals are those of the rows f was fitted to: smaller than f's errors
elsewhere, but so is their noise. As d has noise of its own, it counts for

    m / (m + 6 n)

only, m being the effective number of rows, (sum w)^2 / sum w^2 for weights w (Kish 1965), and for
less where all residuals depend on a handful of rows
(:func:`shapiq_spex.estimators.weighting.confidence`). From uniform coalitions, which contain little
information on the Shapley values of many players, it changes next to nothing.

Shapley values of a nearest-neighbour game become worse than a ceiling of the quality tests without
it (``tests/quality``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.estimators.weighting import confidence
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_MOST_PLAYERS = 1000
"""Players up to which it is done: the matrix of the equations costs n^2 operations per row."""

_ROWS_PER_PLAYER = 6.0
"""Effective rows per player at which the residual values count half. Tuned."""

_BLOCK = 1 << 22
"""Cells of rows that are unpacked at a time: 32 MB."""


def with_residual_values(
    surrogate: Spectrum, coalitions: Coalitions, values: Vector, law: SizeLaw
) -> Spectrum:
    """Add the Shapley values of the residuals to a surrogate.

    Returns:
        The surrogate plus an additive function that sums to zero over the players, or the surrogate
        itself where there are fewer effective rows than players or more than 1,000 players.
    """
    n = coalitions.n_players
    sizes = coalitions.sizes()
    inner = np.flatnonzero((sizes > 0) & (sizes < n))
    if not 1 < n <= _MOST_PLAYERS or len(inner) == 0:
        return surrogate
    coalitions, sizes = coalitions[inner], sizes[inner]
    weights = _kernel_weights(sizes, law, n)
    rows = float(weights.sum() ** 2 / (weights @ weights))
    if rows < n:
        return surrogate
    residuals = values[inner] - surrogate.evaluate(coalitions)
    totals = np.bincount(sizes, weights=residuals)
    residuals -= (totals / np.maximum(np.bincount(sizes), 1))[sizes]
    trust = confidence(residuals, coalitions.pair_of_row()) * rows / (rows + _ROWS_PER_PLAYER * n)
    missed = trust * _shapley_values(coalitions, residuals, weights)
    # the parity of player i is 1 - 2 x, and its Shapley value -2 times its coefficient
    return surrogate + Spectrum(n, [(np.arange(n)[:, None], -0.5 * missed)])


def _kernel_weights(sizes: NDArray[np.int64], law: SizeLaw, n_players: int) -> Vector:
    weights = law.size_weights + law.size_weights[::-1] if law.paired else law.size_weights
    return 1.0 / (sizes * (n_players - sizes) * (weights / weights.sum())[sizes])


def _shapley_values(coalitions: Coalitions, residuals: Vector, weights: Vector) -> Vector:
    """The weighted least squares solution that sums to zero."""
    n = coalitions.n_players
    gram, moments = np.zeros((n, n)), np.zeros(n)
    for rows, block in coalitions.blocks(max(1, _BLOCK // n)):
        centred = block - block.mean(axis=1, keepdims=True)
        weighted = centred.T * weights[rows]
        gram += weighted @ centred
        moments += weighted @ residuals[rows]
    # no row of centred memberships has a component along (1, ..., 1)
    solution, *_ = np.linalg.lstsq(gram, moments, rcond=1e-10)
    return solution - solution.mean()
