r"""Forecast how many ablations a better faithfulness needs, from a learning curve.

The unexplained share u of the variance falls with the number m of rows roughly as a power,
u(m) = c m^{-b}, with an exponent that differs from game to game (learning curves of regression
follow such laws over the range that matters here: J. Hestness et al., *Deep learning scaling is
predictable, empirically*, 2017). Two points give the exponent and

    m(target) = m (u(m) / (1 - target))^{1/b},    b = 0.8 log(u(m') / u(m)) / log(m / m'),

where the factor allows for learning that slows down once only fine structure is left. The first
point comes from a fast proxy on half of the rows, so that the forecast costs a tenth of the
recovery. Exponents from two noisy points are rough, so only a range is stated. Where less than two
fifths are explained, structure is often found all at once, later or never, and no forecast is made.
How often the range holds is measured by
``python -m shapiq_spex.benchmark.forecast``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from shapiq_spex.reports.rendering.wording import count, quality
from shapiq_spex.reports.report_facts import LearningCurve

OPTIMISM, PESSIMISM = 2.0, 3.0
"""The range extends from the power law's number divided by the first to it times the second.
Measured, as all constants here, by ``python -m shapiq_spex.benchmark.studies.forecast_check``."""

FARTHEST = 20.0
"""The largest multiple of the rows at hand for which a number is given."""

LEAST_EXPLAINED = 0.4
"""The R^2 below which no forecast is made."""

_SLOWEST, _FASTEST = 0.1, 1.2
"""The range to which exponents are clipped."""

_SLOWING = 0.8
"""The exponent ahead as a share of the one observed: large terms are found first."""


@dataclass(frozen=True)
class Forecast:
    """How many ablations a faithfulness is expected to need, those already made included.

    Attributes:
        target: The R^2 to reach.
        rows: The rows at hand.
        expected: Where the power law gets there, at :data:`FARTHEST` times the rows at the most.
        low: The lower end of the range.
        high: The upper end; infinite if the target is not in sight.
    """

    target: float
    rows: int
    expected: float
    low: float
    high: float

    @property
    def sentence(self) -> str:
        """The forecast in words."""
        goal = quality(self.target)
        if self.high <= self.rows:
            return f"R2 {goal} is reached."
        if math.isinf(self.high):
            return (
                f"R2 {goal} is not in sight: it would need more than "
                f"{count(max(self.low - self.rows, self.rows))} further ablations."
            )
        least = count(max(self.low - self.rows, 0.1 * self.rows))
        return f"R2 {goal} would need {least} to {count(self.high - self.rows)} more ablations."

    def __str__(self) -> str:
        return self.sentence


def forecast(curve: LearningCurve, target: float) -> Forecast | None:
    """Extrapolate a learning curve to a faithfulness.

    Args:
        curve: At least two points, the rows at hand last.
        target: The R^2 to reach.

    Returns:
        The range, or ``None`` without a curve, or if too little is explained to foresee anything.

    Raises:
        ValueError: If the target does not lie between 0 and 1.

    Example:
        >>> print(forecast(((500, 0.4), (1000, 0.2)), 0.9))
        R2 .90 would need 190 to 6,200 more ablations.
        >>> print(forecast(((500, 0.4), (1000, 0.39)), 0.9))
        R2 .90 is not in sight: it would need more than 9,000 further ablations.
    """
    if not 0.0 < target < 1.0:
        raise ValueError(f"the faithfulness to reach must lie between 0 and 1, got {target}")
    if len(curve) < 2:
        return None
    (before, unexplained_before), *_, (rows, unexplained) = curve
    if unexplained <= 1.0 - target:
        return Forecast(target, rows, rows, rows, rows)
    if not (unexplained <= 1.0 - LEAST_EXPLAINED and math.isfinite(unexplained_before)):
        return None
    pace = math.log(min(unexplained_before, 1.0) / unexplained) / math.log(rows / before)
    exponent = min(max(_SLOWING * pace, _SLOWEST), _FASTEST)
    factor = (unexplained / (1.0 - target)) ** (1.0 / exponent)
    expected = rows * min(factor, FARTHEST)
    high = expected * PESSIMISM if factor <= FARTHEST else math.inf
    return Forecast(target, rows, expected, max(rows, expected / OPTIMISM), high)
