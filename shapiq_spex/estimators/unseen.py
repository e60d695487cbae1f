r"""What a sample cannot exclude: coalitions on which a game differs, none of which was drawn.

If the share p of the coalitions differs from a fit, m independent draws miss them all with
probability (1 - p)^m. A sample without a deviation therefore shows, with confidence 1 - alpha, only

    p <= 1 - alpha^{1/m},    about log(1 / alpha) / m,  or 3 / m for 95%

(the rule of three: J. A. Hanley & A. Lippman-Hand, *If nothing goes wrong, is everything all
right?*, JAMA 249, 1983). A draw is a pair {S, complement of S} where coalitions are paired, and the
share is by the law of the draws. It takes all 2^n coalitions to know a game exactly.

How much such coalitions matter depends on how far they differ, which no sample tells. Two cases:

* *Residuals vanish*: no held-out row deviates by more than a thousandth of the range D of the
  answers. Then residuals, and every standard error made from them, say nothing of the error
  elsewhere. What was not seen is taken to differ by at most D, so that

      E (v - f)^2 <= p D^2,    var v >= (1 - p) s^2,    R^2 >= 1 - p / (1 - p) D^2 / s^2

  with s^2 the variance where the fit holds, which the rows show. The bound for an index is that of
  :mod:`shapiq_spex.intervals.unseen_weights`.
* *Otherwise* the residuals tell the error of the fit where it is like that of the rows seen. Rare
  coalitions of another kind are not included, which would make ordinary intervals several times as
  wide: the condition, :func:`unless_unseen`, is stated with the result instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.terms import Vector

_VANISHING = 1e-3
"""The largest residual, as a share of the range of the answers, that counts as none. A choice,
above what rounding and penalties leave of sparse games that are found, below the residuals of games
that are only approximated."""


def unseen_share(draws: int, confidence: float = 0.95) -> float:
    """The largest share of coalitions of which this many draws may have missed every one.

    Example:
        >>> round(unseen_share(100), 4), unseen_share(0)
        (0.0295, 1.0)
    """
    return float(1.0 - (1.0 - confidence) ** (1.0 / draws)) if draws else 1.0


def residuals_vanish(residuals: NDArray[np.float64], values: Vector) -> bool:
    """Whether held-out residuals are so small that they say nothing of the error elsewhere."""
    return len(values) > 0 and bool(
        np.abs(residuals).max(initial=0.0) <= _VANISHING * np.ptp(values)
    )


def unseen_squared_error(
    values: Vector, residuals: Vector, draws: int, confidence: float = 0.95
) -> float:
    """What coalitions that were not drawn may add to the mean squared error: p / (1 - p) D^2.

    It is to be compared with means over the rows, which stand for a share of 1 - p. 0 where
    residuals do not vanish and tell the error themselves.

    Example:
        >>> values = np.tile([0.0, 1.0], 100)
        >>> round(unseen_squared_error(values, np.zeros(200), 100), 4)
        0.0304
        >>> unseen_squared_error(values, np.full(200, 0.1), 100)
        0.0
    """
    if not residuals_vanish(residuals, values):
        return 0.0
    share = unseen_share(draws, confidence)
    return share / (1.0 - share) * float(np.ptp(values)) ** 2


def unless_unseen(share: float) -> str:
    """The condition under which a statement holds that rests on draws.

    Example:
        >>> unless_unseen(0.0295)
        'unless fewer than about 2.9% of all coalitions differ'
    """
    return f"unless fewer than about {100 * share:.2g}% of all coalitions differ"
