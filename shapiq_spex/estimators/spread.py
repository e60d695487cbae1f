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
    share = 2.0 * coalitions.sizes() / coalitions.n_players - 1.0
    trend = np.vander(share, 4, increasing=True)
    basis = trend[:, :3]
    variance = np.full(len(values), values.var())
    if not variance.any():
        return np.ones(len(values))
    prior = np.diag([0.0, _PRIOR, _PRIOR])
    log_variance = np.log(variance)
    for _ in range(_STEPS):
        weight = np.sqrt(variance.mean() / variance)
        mean = trend @ np.linalg.lstsq(trend * weight[:, None], values * weight, rcond=None)[0]
        step = np.clip((values - mean) ** 2 / variance - 1.0, -_LONGEST_STEP, _LONGEST_STEP)
        # the Fisher information of a Gamma law of shape 1/2 is half of that of the basis
        system = basis.T @ basis / 2.0 + prior + 1e-9 * np.eye(3)
        coefficients = np.linalg.solve(system, basis.T @ (log_variance + step) / 2.0)
        log_variance = basis @ coefficients
        variance = np.exp(log_variance)
    return np.maximum(variance / variance.mean(), _SMALLEST)
