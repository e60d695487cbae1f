r"""The lasso on a Gram matrix: coordinate descent along a path of penalties.

For columns Z (m rows) and targets y the solution at penalty t minimises

    |y - Z w|^2 / (2 m) + t sum_j p_j |w_j|

and depends on the rows through G = Z' Z / m and c = Z' y / m alone, so that leaving out a fold is
a subtraction, and a step of coordinate descent costs one row of G instead of a column of Z
(J. Friedman, T. Hastie and R. Tibshirani, *Regularization paths for generalized linear models via
coordinate descent*, Journal of Statistical Software 33, 2010, section 2.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._compiled import compiled
from shapiq_spex.fourier.terms import Vector

Matrix = NDArray[np.float64]

ADDITIVE_FLOOR, SELECTION_FLOOR, PAIRWISE_FLOOR = 1e-3, 2e-3, 5e-3
"""The smallest penalty of a path, relative to the first at which all weights vanish: for single
players, for candidate supports, and for all pairs, where paths take longest. Tuned."""


def lasso_path(
    gram: Matrix,
    correlations: Vector,
    penalties: Vector,
    factors: Vector | None = None,
    *,
    tolerance: float = 1e-4,
    sweeps: int = 200,
) -> Matrix:
    """Lasso solutions at decreasing penalties, each started from the one before.

    Args:
        gram: G = Z' Z / m.
        correlations: c = Z' y / m.
        penalties: The values of t, largest first.
        factors: p_j > 0, the penalty of each column relative to the others (all 1 by default).
        tolerance: A solution is accepted when no step of a sweep changes a fitted value by more
            than this fraction of the largest correlation (a choice).
        sweeps: The largest number of sweeps per penalty (a choice; bounds the time).

    Returns:
        One row of weights per penalty.

    Example:
        >>> lasso_path(np.eye(2), np.array([1.0, -0.25]), np.array([0.5, 0.125]))
        array([[ 0.5  ,  0.   ],
               [ 0.875, -0.125]])
    """
    if factors is None:
        factors = np.ones(len(correlations))
    largest = float(np.abs(correlations).max(initial=0.0))
    return _path(
        np.ascontiguousarray(gram, dtype=np.float64),
        np.asarray(correlations, dtype=np.float64),
        np.asarray(penalties, dtype=np.float64),
        np.asarray(factors, dtype=np.float64),
        tolerance * largest,
        sweeps,
    )


def penalty_grid(
    correlations: Vector, factors: Vector | None = None, *, count: int, smallest: float
) -> Vector:
    """Penalties from the first at which all weights vanish down to ``smallest`` times it."""
    scaled = np.abs(correlations) / (1.0 if factors is None else factors)
    return float(scaled.max(initial=0.0)) * np.geomspace(1.0, smallest, count)


@compiled
def _path(  # noqa: PLR0917 - compiled functions take positional arguments
    gram: Matrix,
    correlations: Vector,
    penalties: Vector,
    factors: Vector,
    tolerance: float,
    sweeps: int,
) -> Matrix:
    columns = len(correlations)
    solutions = np.zeros((len(penalties), columns))
    weights = np.zeros(columns)
    gradient = correlations.copy()  # c - G w
    active = np.zeros(columns, dtype=np.bool_)
    for step in range(len(penalties)):
        everything = True
        for _ in range(sweeps):
            change = 0.0
            for j in range(columns):
                curvature = gram[j, j]
                if curvature <= 0.0 or not (everything or active[j]):
                    continue
                target = gradient[j] + curvature * weights[j]
                limit = penalties[step] * factors[j]
                updated = 0.0
                if target > limit:
                    updated = (target - limit) / curvature
                elif target < -limit:
                    updated = (target + limit) / curvature
                difference = updated - weights[j]
                if difference != 0.0:
                    active[j] = True
                    weights[j] = updated
                    for k in range(columns):
                        gradient[k] -= difference * gram[j, k]
                    change = max(change, abs(difference) * curvature)
            if change <= tolerance:
                if everything:
                    break
                everything = True  # the active columns have converged: check the others
            else:
                everything = False
        solutions[step] = weights
    return solutions
