r"""Forecast how many ablations a better faithfulness needs, from a learning curve.

The unexplained share u of the variance falls with the number m of rows roughly as a power,
u(m) = c m^{-b}, with an exponent that differs from game to game (learning curves of regression
follow such laws over the range that matters here: J. Hestness et al., *Deep learning scaling is
predictable, empirically*, 2017). Two points give the exponent and

    m(target) = m (u(m) / (1 - target))^{1/b},    b = 0.8 log(u(m') / u(m)) / log(m / m'),

where the factor allows for learning that slows down once only fine structure is left. The first
point comes from a fast proxy on half of the rows, so that the forecast costs a tenth of the
recovery. Exponents from two noisy points are rough, so only a range is stated. Its upper end is
several times this number, and open where the exponent is so small that the number would be a
guess. Its lower end takes the smallest u(m) that the held-out rows allow, and the exponent 3 of a
structure that is about to be found. Where less than two fifths are explained, structure is often
found all at once, later or never, and no forecast is made. How often forecasts hold is measured by
``python -m shapiq_spex.benchmark.studies.report_calibration``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from shapiq_spex._argument_checks import check_probability
from shapiq_spex.estimators.held_out import FEWEST_EFFECTIVE_PAIRS
from shapiq_spex.reports.rendering.wording import count, quality
from shapiq_spex.reports.report_facts import LearningCurve, ReportFacts

PESSIMISM = 6.0
"""The range extends to the power law's number times this. Measured, as all constants here, by
``python -m shapiq_spex.benchmark.studies.report_calibration``."""

FARTHEST = 20.0
"""The largest multiple of the rows at hand for which a number is given."""

LEAST_EXPLAINED = 0.4
"""The R^2 below which no forecast is made."""

ENOUGH = 0.95
"""The R^2 from which no learning curve is computed: users rarely ask for more. A choice."""

_SLOWEST, _FASTEST = 0.1, 1.2
"""The range to which exponents are clipped."""

_AT_BEST = 3.0
"""The exponent of the lower end of the range."""

_SLOWING = 0.8
"""The exponent ahead as a share of the one observed: large terms are found first."""


@dataclass(frozen=True)
class Forecast:
    """How many ablations a faithfulness is expected to need, those already made included.

    Where none can be told, the numbers are NaN, :attr:`reason` says why, and the forecast counts as
    false: ``if forecast := report.forecast(0.95): ...``.

    Attributes:
        target: The R^2 to reach.
        rows: The rows at hand.
        expected: Where the power law gets there, at :data:`FARTHEST` times the rows at the most.
        low: The lower end of the range; the rows at hand if the target may be reached already.
        high: The upper end; infinite if it cannot be told.
        reason: Why there is no forecast; empty if there is one.

    Example:
        >>> forecast = Forecast(target=0.9, rows=100, expected=300.0, low=150.0, high=900.0)
        >>> print(forecast)
        R2 .90 would need 50 to 800 more ablations.
    """

    target: float
    rows: int
    expected: float
    low: float
    high: float
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The forecast in words."""
        goal = quality(self.target)
        if self.reason:
            return f"No forecast for R2 {goal}: {self.reason}."
        if self.high <= self.rows:
            return f"R2 {goal} is reached."
        least = f"{count(self.low - self.rows)} " if self.low > self.rows else ""
        if math.isinf(self.high):
            needs = f"would need at least {least}more ablations" if least else "may be reached"
            return (
                f"R2 {goal} {needs}; how many at the most cannot be told: the second half of the "
                f"{self.rows:,} at hand improved R2 too little."
            )
        most = f"{count(self.high - self.rows)} more ablations"
        if least:
            return f"R2 {goal} would need {least}to {most}."
        return f"R2 {goal} may be reached, or need up to {most}."

    def __bool__(self) -> bool:
        return not self.reason

    def __str__(self) -> str:
        return self.sentence


def forecast(report: ReportFacts, target: float) -> Forecast:
    """Tell how many ablations a faithfulness needs, or why that cannot be told.

    Raises:
        TypeError: If the target is not a number.
        ValueError: If it does not lie between 0 and 1.
    """
    check_probability(target, "target")
    if report.deviation and (report.exact or report.faithfulness >= target):
        return _reached(target, report.rows)
    if target > report.faithfulness_limit:
        return _unknown(target, report.rows, _too_noisy(report.faithfulness_limit))
    best = report.faithfulness_interval[1]
    expected = extrapolated(report.learning_curve, target, best)
    return _unknown(target, report.rows, _why_none(report)) if expected is None else expected


def extrapolated(curve: LearningCurve, target: float, best: float = math.nan) -> Forecast | None:
    """Extrapolate a learning curve to a faithfulness.

    Args:
        curve: At least two points, the rows at hand last.
        target: The R^2 to reach.
        best: The largest R^2 that the rows at hand may have; NaN for that of the curve.

    Returns:
        The range, or ``None`` without a curve, or if too little is explained to foresee anything.

    Example:
        >>> print(extrapolated(((500, 0.4), (1000, 0.2)), 0.9))
        R2 .90 would need 260 to 14,000 more ablations.
        >>> print(extrapolated(((500, 0.4), (1000, 0.2)), 0.9, best=0.92))
        R2 .90 may be reached, or need up to 14,000 more ablations.
        >>> print(extrapolated(((500, 0.4), (1000, 0.39)), 0.9).high)
        inf
    """
    if len(curve) < 2:
        return None
    (before, unexplained_before), *_, (rows, unexplained) = curve
    if unexplained <= 1.0 - target:
        return _reached(target, rows)
    if not (unexplained <= 1.0 - LEAST_EXPLAINED and math.isfinite(unexplained_before)):
        return None
    # half of the rows may be explained better by luck, even perfectly: then nothing was gained
    fallen = max(min(unexplained_before, 1.0) / unexplained, 1.0)
    pace = math.log(fallen) / math.log(rows / before)
    exponent = min(max(_SLOWING * pace, _SLOWEST), _FASTEST)
    factor = (unexplained / (1.0 - target)) ** (1.0 / exponent)
    expected = rows * min(factor, FARTHEST)
    least = unexplained if math.isnan(best) else min(unexplained, 1.0 - best)
    low = rows * max(1.0, least / (1.0 - target)) ** (1.0 / _AT_BEST)
    high = expected * PESSIMISM if factor <= FARTHEST else math.inf
    return Forecast(target, rows, expected, low, high)


def _reached(target: float, rows: int) -> Forecast:
    return Forecast(target, rows, rows, rows, rows)


def _unknown(target: float, rows: int, reason: str) -> Forecast:
    return Forecast(target, rows, math.nan, math.nan, math.nan, reason)


def _too_noisy(limit: float) -> str:
    return (
        f"the answers are so noisy that no explanation can exceed R2 {quality(limit)}; average "
        "repeated ones (Ablation(repeats=...))"
    )


def _why_none(report: ReportFacts) -> str:
    """The reason why there is no forecast of a faithfulness that is not reached."""
    reached = report.faithfulness
    if report.deviation == 0.0:
        return "the game is constant on everything observed"
    if not math.isfinite(reached):
        return "there are too few rows to hold any out; raise the budget"
    if reached < LEAST_EXPLAINED:
        return (
            f"below R2 {quality(LEAST_EXPLAINED)}, structure is often found all at once, later or "
            "never; raise the budget"
        )
    if reached >= ENOUGH:
        return f"no learning curve is computed from R2 {quality(ENOUGH)} on"
    if report.effective_pairs < FEWEST_EFFECTIVE_PAIRS:
        return "few coalitions make up most of the variance, so that parts of them differ by luck"
    return (
        "there is no learning curve, because half of the rows does not show what twice as many "
        'would bring (they are coded, or too few) or because of proxy_model="fast"'
    )
