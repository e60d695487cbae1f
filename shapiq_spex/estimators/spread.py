r"""How much the values of a game differ between coalitions of one size.

Near the full coalition they often differ far less than where half of the players are removed. An
error there counts as much as one elsewhere if both are relative to this spread. With residuals r of
a cubic trend in t = 2 |S| / n - 1, the variance is modelled by

    E[r^2] = exp(a + b t + c t^2)

fitted by the likelihood of a Gamma law with two degrees of freedom (McCullagh and Nelder,
*Generalized Linear Models*, 1989, chapter 8) and a normal prior of b and c.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector

_PRIOR = 2.0
"""The prior precision of b and c: a factor of two between sizes is expected, of 30 surprising. A
choice."""

_STEPS, _LONGEST_STEP = 15, 2.0
"""Fisher scoring steps, and how far the logarithm of a variance moves in one: enough to converge
from a common variance."""

_SMALLEST = 1e-3
"""The smallest spread, relative to the mean: no row counts more than a thousand mean ones."""

_FAR_MORE = 10.0
"""The spread, relative to the median of the rows, from which rows differ far more than most. R^2
near the input of a saturated network on 30 columns (keep="near", 3 seeds) was .73 to .77 without
such a limit, .78 to .94 with 100, .91 to .95 with 30 and .94 to .95 with 10; that of the other
development games changes by less than .02 or rises. Chosen by such trials on development games."""


def spread_by_size(coalitions: Coalitions, values: Vector) -> Vector:
    """The variance of the values among coalitions as large as each row, relative to their mean.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> rows = Coalitions.from_dense(rng.random((400, 20)) < rng.choice([0.5, 0.9], (400, 1)))
        >>> values = rng.normal(size=400) * (20 - rows.sizes())
        >>> spread = spread_by_size(rows, values)
        >>> bool(spread[rows.sizes() >= 18].mean() < 0.2 < 1.2 < spread[rows.sizes() <= 10].mean())
        True
    """
    if not np.ptp(values):
        return np.ones(len(values))
    n_players = coalitions.n_players
    sizes, place, counts = np.unique(coalitions.sizes(), return_inverse=True, return_counts=True)
    trend = np.vander(2.0 * sizes / n_players - 1.0, 4, increasing=True)
    basis = trend[:, :3]
    means = np.bincount(place, values) / counts
    # the Fisher information of a Gamma law of shape 1/2 is half of that of the basis
    system = (basis.T * counts) @ basis / 2.0 + np.diag([0.0, _PRIOR, _PRIOR]) + 1e-9 * np.eye(3)
    variance = np.full(len(sizes), values.var())
    log_variance = np.log(variance)
    for _ in range(_STEPS):
        weight = np.sqrt(counts * variance.mean() / variance)
        mean = trend @ np.linalg.lstsq(trend * weight[:, None], means * weight, rcond=None)[0]
        squares = (values - mean[place]) ** 2 / variance[place]
        step = np.bincount(place, np.clip(squares - 1.0, -_LONGEST_STEP, _LONGEST_STEP))
        of_sizes = counts * log_variance + step
        log_variance = basis @ np.linalg.solve(system, basis.T @ of_sizes / 2.0)
        variance = np.exp(log_variance)
    of_rows = variance[place]
    return np.maximum(of_rows / of_rows.mean(), _SMALLEST)


def differ_far_more(spread: Vector) -> NDArray[np.bool_]:
    """Which rows differ so much more than most that these are lost in a fit to all of them."""
    return spread > _FAR_MORE * np.median(spread)
