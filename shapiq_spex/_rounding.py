"""What rounding does to numbers, and which units keep computations away from its limits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

INDISTINCT = 2.0**12
"""Rounding errors up to which a difference between values does not count as one. A choice; what
counts is then known to three digits or more."""

SUMMED_ROUNDINGS = 16.0
"""Rounding errors of the largest number that a sum of such numbers may hold, in a game or a fit. A
choice."""

_LEAST = float(np.finfo(np.float64).smallest_subnormal)


def rounding(values: NDArray[np.float64]) -> float:
    """The rounding error of the largest of some values: machine epsilon times its size.

    Example:
        >>> rounding(np.array([0.0, -1e16])) >= 2.0
        True
    """
    largest = float(np.abs(values).max(initial=0.0))
    return max(largest * float(np.finfo(np.float64).eps), _LEAST)


def spread(values: NDArray[np.float64]) -> float:
    """The largest value minus the smallest; 0 if there is none."""
    return float(np.ptp(values)) if len(values) else 0.0


def unit_of(values: NDArray[np.float64]) -> float:
    """A power of two near the spread of some values, or near their size if they are equal.

    In these units, squares and sums of the values neither overflow nor vanish. Division by a power
    of two is exact, so that results in these units are bit by bit the same for 2^k v and v.

    Example:
        >>> unit_of(np.array([1e200, 3e200])) == unit_of(np.array([2e200])), unit_of(np.zeros(2))
        (True, 1.0)
    """
    size = spread(values) or float(np.abs(values).max(initial=0.0))
    return math.ldexp(1.0, math.frexp(size)[1] - 1) if size else 1.0
