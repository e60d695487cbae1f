r"""What noisy answers add to the variance of an estimate.

If answers are noisy, so that the value of C has a standard error t_C, nothing is known exactly, not
even where all coalitions of a size, or all of them, are in the sample. In the difference estimate
(:mod:`~shapiq_spex.intervals.difference`) the row C of a unit u has the weight a(C) (1 + e_u), any
other, such as the two ends, a(C), as if e_u were 0. The noise is part of the spread of the scores
s_u, of which the variance there has e_h (1 + e_h). Of the (1 + e_h)^2 that noise takes, 1 + e_h are
left, and so

    sum_{C sampled} a(C)^2 (1 + e_u) t_C^2

has to be added. It counts with the degrees of freedom of t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.terms import Vector
from shapiq_spex.intervals.strata import Strata


@dataclass(frozen=True, eq=False)
class Noise:
    """How far the values of rows are from what the game would answer on average.

    Attributes:
        errors: The standard error of every value.
        degrees_of_freedom: Of these errors; infinite if they are known.
    """

    errors: Vector
    degrees_of_freedom: float

    def added_variance(self, effects: NDArray[np.float64], strata: Strata) -> Vector:
        """The variance to be added, for the weight of every row (lines) in estimates (columns)."""
        weighted = self.errors.copy()
        # roots, since the square of a weight vanishes for many players
        weighted[strata.units] *= np.sqrt(1 + strata.excess)[:, None]
        return np.square(weighted[:, None] * effects).sum(axis=0)
