r"""The interval: the hull of two estimates, each with its standard error.

P, the value that is returned, shrinks what it is unsure of; D, the difference estimate, does not,
but is noisier. An interval around either alone fails where it matters: around D for the
interactions that were reported because they *look* large, around P for those that *are* large. The
hull

    [min(P, D) - t se,  max(P, D) + t se],      t the quantile of Student's law with df degrees

covers both. The test of the sign takes the smaller one of the two: p = 2 T(-min(|P|, |D|) / se) if
P and D agree in sign, and 1 otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Vector
from shapiq_spex.fourier.terms import Term
from shapiq_spex.intervals.crossfit import CrossFit
from shapiq_spex.intervals.difference import Differences, differences, expected_carriers
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.intervals.strata import Draw, NoIntervals, strata_of

MEASURED_INDICES = (
    "SV",
    "BV",
    "SII",
    "BII",
    "k-SII",
    "STII",
    "FSII",
    "FBII",
    "kADD-SHAP",
    "Fourier",
)
"""Indices whose intervals were checked against exact values."""

FEWEST_CARRIERS = 20.0
"""How many units of the design must share the error of an index."""

FEWEST_SURPRISES = 4.0
"""How many units of the sample must share the standard error of an interaction."""


@dataclass(frozen=True)
class Sample:
    """What intervals are made from: a random sample of a game and the proxy to explain it.

    Attributes:
        coalitions: The rows.
        values: Their values.
        draw: How the rows were drawn.
        estimator: The proxy, to be fitted again.
        seed: Makes the folds and the fits reproducible.
    """

    coalitions: Coalitions
    values: Vector
    draw: Draw
    estimator: Estimator
    seed: np.random.SeedSequence

    @cached_property
    def cross_fit(self) -> CrossFit:
        """The fold fits, which cost five fits of the proxy; made when first asked for."""
        strata = strata_of(self.coalitions, self.draw)
        rng = np.random.default_rng(self.seed)
        return CrossFit.of(self.coalitions, self.values, strata, self.estimator, rng)


def hull_intervals(
    sample: Sample,
    index: str,
    max_order: int,
    interactions: Sequence[Term],
    values: Vector,
    *,
    confidence: float,
) -> Intervals:
    """The interval of every interaction that can be given one.

    Args:
        sample: The sample that the values were estimated from.
        index: The interaction index.
        max_order: Its largest order.
        interactions: Non-empty sets of players.
        values: Their estimated values.
        confidence: The nominal coverage.

    Returns:
        The intervals; if there are none, :attr:`Intervals.reason` says why.
    """
    interactions = list(interactions)
    lower, upper, nonzero = np.full((3, len(values)), np.nan)
    reasons: list[str] = []
    sizes = np.array([len(interaction) for interaction in interactions], dtype=np.intp)
    # a sum of numbers of this size is not known better
    rounding = 1e-12 * float(np.abs(sample.values).max())
    try:
        _check_index(index)
        for size in np.unique(sizes).tolist():
            try:
                places = np.flatnonzero(sizes == size)
                found = _differences_of_order(
                    sample, index, max_order, [interactions[place] for place in places.tolist()]
                )
            except _OrderRefused as refusal:
                reasons.append(str(refusal))
                continue
            plain, trusted = values[places], found.carriers >= FEWEST_SURPRISES
            error = np.where(trusted, found.standard_errors, np.nan)
            reach = rounding + error * stats.t.ppf((1 + confidence) / 2, found.degrees_of_freedom)
            lower[places] = np.minimum(plain, found.estimates) - reach
            upper[places] = np.maximum(plain, found.estimates) + reach
            nonzero[places] = _evidence(plain, found, error + rounding)
            if not trusted.all():
                reasons.append(
                    f"For {int((~trusted).sum())} interactions of order {size}, one or two "
                    "surprising answers make up the whole error, so no interval is given; ask for "
                    "more coalitions."
                )
    except NoIntervals as refusal:
        return Intervals.unavailable(interactions, values, confidence, str(refusal))
    return Intervals(interactions, values, lower, upper, nonzero, confidence, " ".join(reasons))


class _OrderRefused(Exception):
    """Why no interval can be given for interactions of one order."""


def _check_index(index: str) -> None:
    if index not in MEASURED_INDICES:
        raise NoIntervals(
            f"Intervals of the index {index} were never checked against exact values; they are "
            f"given for {', '.join(MEASURED_INDICES)}."
        )


def _differences_of_order(
    sample: Sample, index: str, max_order: int, interactions: list[Term]
) -> Differences:
    n, size = sample.coalitions.n_players, len(interactions[0])
    strata = strata_of(sample.coalitions, sample.draw)
    carriers = expected_carriers(strata, index, max_order, size, n)
    if carriers < FEWEST_CARRIERS:
        raise _OrderRefused(
            f"At order {size}, {index} hangs on coalitions of which this design draws too few "
            f"(the error rests on about {carriers:.0f} of them) to estimate an error; "
            "ask for more coalitions, or for another index."
        )
    return differences(sample.cross_fit, index, max_order, interactions)


def _evidence(plain: Vector, found: Differences, error: Vector) -> Vector:
    """1 - p of the test of the sign."""
    weaker = np.minimum(np.abs(plain), np.abs(found.estimates))
    weaker = np.where(np.sign(plain) == np.sign(found.estimates), weaker, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.where(weaker > 0, weaker / error, 0.0)
    p = 2 * stats.t.sf(statistic, found.degrees_of_freedom)
    return np.where(np.isnan(error), np.nan, 1.0 - p)
