r"""The interval: the hull of two estimates, each with its standard error.

P, the returned value, shrinks uncertain effects; D, the difference estimate, does not, but is
noisier. An interval around either alone fails where it matters: around D for the interactions that
were reported because they *look* large, around P for those that *are* large. The hull

    [min(P, D) - t se,  max(P, D) + t se],      t the quantile of Student's law with df degrees

covers both. The test of the sign uses the smaller of the two: p = 2 T(-min(|P|, |D|) / se) if P and
D agree in sign, and 1 otherwise.

Where residuals vanish, se does too and says nothing of coalitions that were not drawn. What these
may add (:mod:`shapiq_spex.intervals.unseen_weights`) is then added to both ends, with half of the
error probability, which is 3 / m for 90% intervals, and to p.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

from shapiq_spex._rounding import rounding, spread
from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.estimators.unseen import residuals_vanish, unless_unseen, unseen_share
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.index import INDEX_NAMES, INDICES, index_named
from shapiq_spex.fourier.terms import Term, Vector
from shapiq_spex.intervals.adequacy import inadequacy
from shapiq_spex.intervals.difference import Differences, differences
from shapiq_spex.intervals.fold_fits import HeldOutResiduals
from shapiq_spex.intervals.noise import Noise
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.intervals.strata import Strata, strata_of
from shapiq_spex.intervals.unseen_weights import UnseenWeights

FEWEST_CARRIERS = 2.0
"""Effective units that must make up the standard error of an interaction: more than one."""

_NO_ERROR = 1e-6
"""The standard error, as a share of the range of the answers, up to which an interaction counts as
one whose residuals vanish. A choice, above rounding errors."""

_CONSTANT = "All answers are equal, so that nothing tells how far others may differ."


@dataclass(frozen=True)
class RandomSample:
    """What intervals are made from: a random sample of a game and the proxy to explain it.

    Attributes:
        coalitions: The rows.
        values: Their values.
        law: How the rows were drawn, regardless of the values.
        estimator: The proxy, to be fitted again.
        seed: Makes the folds and the fits reproducible.
        noise: How noisy the values are; ``None`` if the game answers a coalition always alike.
    """

    coalitions: Coalitions
    values: Vector
    law: SizeLaw
    estimator: Estimator
    seed: np.random.SeedSequence
    noise: Noise | None = None

    @cached_property
    def strata(self) -> Strata | Refusal:
        """The units of the sample and what each stands for."""
        return strata_of(self.coalitions, self.law)

    @cached_property
    def residuals(self) -> HeldOutResiduals | Refusal:
        """What fold fits miss; they cost five fits of the proxy, made when first asked for."""
        if isinstance(self.strata, Refusal):
            return self.strata
        rng = np.random.default_rng(self.seed)
        return HeldOutResiduals.of(self.coalitions, self.values, self.strata, self.estimator, rng)

    @property
    def residuals_vanish(self) -> bool:
        """Whether the fold fits miss nothing, so that their residuals show no error."""
        residuals = self.residuals
        return not isinstance(residuals, Refusal) and residuals_vanish(
            residuals.held_out_residuals, self.values
        )

    @property
    def condition(self) -> str:
        """What must not be the case for intervals and signs to hold as often as they say."""
        if isinstance(self.strata, Refusal):
            return ""
        unless = unless_unseen(unseen_share(len(self.strata.units)))
        by = " by more than the range of the answers" if self.residuals_vanish else ""
        return unless + by


def hull_intervals(
    sample: RandomSample,
    index: str,
    max_order: int,
    interactions: Sequence[Term],
    values: Vector,
    *,
    confidence: float,
) -> Intervals:
    """The interval of every interaction that can be given one.

    Returns:
        The intervals; if there are none, :attr:`Intervals.reason` says why.
    """
    interactions = list(interactions)
    differ = spread(sample.values)
    if differ == 0:
        return Intervals.unavailable(interactions, values, confidence, _CONSTANT)
    lower, upper, nonzero = np.full((3, len(values)), np.nan)
    reasons: list[str] = []
    condition = ""
    sizes = np.array([len(interaction) for interaction in interactions], dtype=np.intp)
    # the rounding errors of sums of such numbers
    tiny = 1e-12 * differ + 64.0 * rounding(sample.values)
    for size in np.unique(sizes).tolist():
        places = np.flatnonzero(sizes == size)
        both = _errors_of_order(
            sample, index, max_order, [interactions[place] for place in places.tolist()]
        )
        if isinstance(both, Refusal):
            reasons.append(both.reason)
            continue
        found, unseen = both
        bare = (found.standard_errors <= _NO_ERROR * differ) | sample.residuals_vanish
        trusted = (found.carriers >= FEWEST_CARRIERS) | bare
        error = np.where(trusted, found.standard_errors, np.nan) + tiny
        reach = error * stats.t.ppf((1 + confidence) / 2, found.degrees_of_freedom)
        reach += np.where(bare, differ * unseen.reach((1 + confidence) / 2), 0.0)
        plain = values[places]
        lower[places] = np.minimum(plain, found.estimates) - reach
        upper[places] = np.maximum(plain, found.estimates) + reach
        weaker = _weaker(plain, found.estimates)
        p = _p_value(weaker, error, found.degrees_of_freedom)
        p += np.where(bare, unseen.chance_of(weaker / differ), 0.0)
        nonzero[places] = 1.0 - np.minimum(p, 1.0)
        if not unseen.complete:
            condition = sample.condition
        if not trusted.all():
            reasons.append(
                f"For {int((~trusted).sum()):,} of the interactions of order {size}, a single "
                "unusual answer makes up the whole error, so that no interval is given; more rows "
                "would show how often such answers occur."
            )
    reason = " ".join(dict.fromkeys(reasons))
    return Intervals(interactions, values, lower, upper, nonzero, confidence, reason, condition)


def _errors_of_order(
    sample: RandomSample, index: str, max_order: int, interactions: list[Term]
) -> tuple[Differences, UnseenWeights] | Refusal:
    """What residuals tell of the error, and what they do not."""
    size, n_players = len(interactions[0]), sample.coalitions.n_players
    strata = sample.strata
    refusal = _unchecked(index, max_order, size)
    if refusal is None:
        refusal = (
            strata
            if isinstance(strata, Refusal)
            else inadequacy(strata, index, max_order, size, n_players)
        )
    residuals = refusal or sample.residuals
    if isinstance(residuals, Refusal):
        return residuals
    found = differences(residuals, index, max_order, interactions, sample.noise)
    unseen = UnseenWeights.of(residuals.strata, index, max_order, size, n_players)
    return found, unseen


def _unchecked(index: str, max_order: int, size: int) -> Refusal | None:
    """A refusal if intervals of the index were not checked against exact values, or failed."""
    record = index_named(index)
    if record.intervals_up_to == 0:
        checked = ", ".join(
            name for name in INDEX_NAMES if name not in INDICES or INDICES[name].intervals_up_to
        )
        return Refusal(
            f"Intervals of the index {index} were not checked against exact values; they are "
            f"given for {checked}."
        )
    if (max_order if record.depends_on_max_order else size) > record.intervals_up_to:
        return Refusal(
            f"Intervals of {index} are given up to max_order={record.intervals_up_to}; for larger "
            "orders they were not checked against exact values, or did not hold."
        )
    return None


def _weaker(plain: Vector, estimates: Vector) -> Vector:
    """The smaller size of two estimates; 0 if they differ in sign."""
    smaller = np.minimum(np.abs(plain), np.abs(estimates))
    return np.where(np.sign(plain) == np.sign(estimates), smaller, 0.0)


def _p_value(weaker: Vector, error: Vector, degrees_of_freedom: Vector) -> Vector:
    """Of the test of the sign; NaN where no error is known."""
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.where(weaker > 0, weaker / error, 0.0)
    return np.where(np.isnan(error), np.nan, 2 * stats.t.sf(statistic, degrees_of_freedom))
