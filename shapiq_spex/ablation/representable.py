"""Whether floating point can serve the answers of a game; asked at the first of them.

Explanations are computed in units near the spread of the answers
(:func:`shapiq_spex._rounding.unit_of`), so that they are equivariant under v -> a v + b: a game in
other units has the same explanation in other units. Two things no units can mend: answers so large
that their sums overflow, and answers whose differences are rounding errors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._rounding import INDISTINCT, rounding, spread

_LARGEST = 1e300
"""The largest size of an answer; sums of 10^8 of them are finite. A choice."""

_SMALLEST = float(np.finfo(np.float64).smallest_normal)

_FIRST_ANSWERS = 20
"""Answers from which their spread is looked at before others are asked for. A choice; fewer may be
equal by chance."""


def check_representable(values: NDArray[np.float64], *, complete: bool = True) -> None:
    """Refuse answers that are too large or do not differ by more than rounding errors.

    Args:
        values: The answers, or a matrix with one column per output.
        complete: Whether these are all answers. If not, the spread of fewer than 20 is not judged.

    Raises:
        ValueError: If an answer is larger than 1e300 in size, or if answers differ by at most 4,096
            rounding errors of the largest. Equal answers, of a constant game, pass.

    Example:
        >>> check_representable(np.array([1e10, 1e10 + 2.0]))
    """
    for column in np.atleast_2d(values.T):
        largest = float(np.abs(column).max(initial=0.0))
        if largest > _LARGEST:
            raise ValueError(
                f"the game returned an answer of size {largest:.2g}; the largest that can be "
                f"computed with is {_LARGEST:g}: rescale the game, for example divide it by "
                f"{largest:.0e}"
            )
        differ, least = spread(column), INDISTINCT * rounding(column)
        advice = (
            "multiply the game by a constant"
            if largest < _SMALLEST
            else "subtract the offset inside the game, before it rounds, or round answers that "
            "should be equal"
        )
        if (complete or len(column) >= _FIRST_ANSWERS) and 0.0 < differ <= least:
            raise ValueError(
                f"the answers of the game differ by {differ:.2g} at a size of {largest:.2g}, where "
                f"differences below {least:.2g} are rounding errors: {advice}"
            )
