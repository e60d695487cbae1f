r"""Whether a fit without residuals could be chance.

A fit with k weights solves k equations by its weights; the others must hold by themselves. Where
values repeat, an equation that has nothing to do with the fit holds about as often as two values
are equal, with probability c. The fit was chosen among N others, so that

    N c^(m - k)

bounds the probability of finding one without a residual by chance. It is 0 if no value repeats, and
1 where all values are equal, as the sums v(S) + v(complement of S) of an odd game are, such as a
majority: its complements tell nothing.
"""

from __future__ import annotations

import math

import numpy as np

from shapiq_spex._rounding import SUMMED_ROUNDINGS, rounding, spread
from shapiq_spex.fourier.terms import Vector

LARGEST_LOG_CHANCE = math.log(1e-6)
"""The logarithm of the probability below which a perfect fit cannot be chance (a choice)."""

_SOLVED_TO = 1e-9
"""The share of the spread that least squares may miss beside them: errors of n terms add up."""


def tolerance(values: Vector) -> float:
    """The largest residual that counts as none."""
    return SUMMED_ROUNDINGS * rounding(values) + _SOLVED_TO * spread(values)


def log_chance(values: Vector, surplus: int) -> float:
    """The logarithm of c^surplus, for equations with these values.

    Example:
        >>> log_chance(np.array([0.0, 1.0, 2.0]), 1), log_chance(np.ones(3), 5)
        (-inf, 0.0)
    """
    if surplus <= 0 or len(values) < 2:
        return 0.0
    ordered = np.sort(values)
    group = np.cumsum(np.diff(ordered, prepend=ordered[0]) > tolerance(values))
    counts = np.bincount(group).astype(np.float64)
    equal = float(counts @ (counts - 1)) / (len(values) * (len(values) - 1))
    return surplus * math.log(equal) if equal else -math.inf
