"""Where an explanation holds: its R^2 in each region, and that of its values added up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.designs.law import Keep
from shapiq_spex.designs.regions import STANDARD, Region
from shapiq_spex.estimators.held_out import FEWEST_EFFECTIVE_PAIRS, HeldOut, KnownSizes
from shapiq_spex.estimators.within_sizes import WithinSizes
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector

_ADDED_UP_ROWS = 300
"""Rows of a region by which added up values are judged. A choice; it tells R^2 of .5 from .9 well,
and bounds the time at some hundredths of that of the fit."""

Predict = Callable[[Coalitions], Vector]

GOOD = 0.9
"""The R^2 from which an explanation is good: below, a report warns. A choice."""

HOLDS = 0.8
"""The R^2 from which a report says that an explanation holds in a region, if the bound is positive.
A choice between the other two."""

POOR = 0.5
"""The R^2 below which an explanation does not hold: not even the largest values should be believed.
A choice."""

_EXHAUSTED = 0.8
"""The share of the coalitions of a region from which a larger budget does not help to judge it. A
choice: the rest are many sizes that are seldom asked for."""


@dataclass(frozen=True, kw_only=True)
class RegionScore:
    """How well an explanation predicts coalitions of one region that it was not fitted to.

    R^2 is within sizes: how far the answers depend on how many players are removed explains
    nothing (:mod:`shapiq_spex.estimators.within_sizes`).

    Attributes:
        keep: The region: each player is kept with this probability; ``"near"``: a few are
            removed; ``"sizes"`` or ``"kernel"``: any number, by the law of that name.
        asked: Whether the explanation was made for this region, among others.
        r_squared: R^2 of the recovered spectrum; NaN if it cannot be told, see ``reason``.
        interval: It lies above the lower end with 95% confidence, and seldom above the upper one.
        draws: The rows there, as draws of equal weight.
        deviation: The standard deviation of the answers within sizes.
        evaluated: The share of its coalitions, as likely as the law says, that were evaluated.
        reason: Why there is no R^2; empty if there is one.
        added_up: R^2 of the values of the index, added up as the index says
            (:mod:`shapiq_spex.reports.prediction`); NaN if it is unknown or has no meaning.
        instead: If the values do not hold when added up: what does, of the same result.
        instead_r_squared: Its R^2.
    """

    keep: Keep
    asked: bool = False
    r_squared: float = math.nan
    interval: tuple[float, float] = (math.nan, math.nan)
    draws: int = 0
    deviation: float = math.nan
    evaluated: float = math.nan
    reason: str = ""
    added_up: float = math.nan
    instead: str = ""
    instead_r_squared: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is an R^2."""
        return math.isfinite(self.r_squared)

    @property
    def of_all_sizes(self) -> bool:
        """Whether any number of players is removed."""
        return Region(self.keep).of_all_sizes

    @property
    def untold(self) -> bool:
        """Whether the rows there do not tell how well it predicts, although there is something."""
        return bool(self.reason) and self.reason != CONSTANT

    @property
    def exhausted(self) -> bool:
        """Whether hardly any of its coalitions is left that could be evaluated to judge it."""
        return self.evaluated > _EXHAUSTED


TOO_FEW = "too few rows there"
FEW_DIFFER = "too few answers there differ from the others with as many removed"
UNDECIDED = "the rows there allow anything from worse than a constant to good"
CONSTANT = "answers there with as many removed do not differ"


def score_region(
    region: Region, coalitions: Coalitions, held_out: HeldOut, *, asked: bool = False
) -> tuple[RegionScore, WithinSizes]:
    """Judge held-out predictions in a region; also return which rows judge it.

    R^2 of one fixed prediction on all coalitions of the region is exact.
    """
    judging = region.rows_among(coalitions.sizes(), coalitions.n_players, held_out.known)
    exact = judging.complete and held_out.reach == 1.0
    score = RegionScore(
        keep=region.keep, asked=asked, draws=int(judging.draws(held_out.pair_of_row))
    )
    there = _judged_there(judging, held_out)
    if isinstance(there, str):
        return replace(score, reason=there), judging
    deviation = float(np.sqrt(there.spread.mean()))
    interval = (there.r_squared, there.r_squared) if exact else there.interval()
    return (
        replace(score, r_squared=there.r_squared, interval=interval, deviation=deviation),
        judging,
    )


def _judged_there(judging: WithinSizes, held_out: HeldOut) -> HeldOut | str:
    """The rows of a region, or why they cannot judge it."""
    if not judging.suffices(held_out.pair_of_row):
        return TOO_FEW
    there = judging.judge(held_out)
    if not math.isfinite(there.r_squared):
        return CONSTANT
    exact = judging.complete and held_out.reach == 1.0
    if not exact and there.effective_pairs < FEWEST_EFFECTIVE_PAIRS:
        return FEW_DIFFER
    return there


def unless_undecided(score: RegionScore) -> RegionScore:
    """The score, without R^2 if its interval reaches from below 0 to a good one.

    The interval is even in log(1 - R^2), apart from what it allows for that no row shows.
    """
    error, least = 1.0 - score.r_squared, 1.0 - score.interval[1]
    if not least < 1.0 - GOOD or error**2 <= max(least, np.finfo(np.float64).eps):
        return score
    return replace(score, r_squared=math.nan, interval=(math.nan, math.nan), reason=UNDECIDED)


@dataclass(frozen=True)
class Judged:
    """Held-out predictions, judged in every region.

    Attributes:
        scores: A score for each region, those asked for first.
        held_out: What the headline rests on: the rows of the worst of the regions asked for; all
            rows if there is none that can be judged.
        worst: That region.
        judging: Which rows judge it.
    """

    scores: tuple[RegionScore, ...]
    held_out: HeldOut
    worst: RegionScore | None = None
    judging: WithinSizes | None = None

    @classmethod
    def of(cls, asked: tuple[Region, ...], coalitions: Coalitions, held_out: HeldOut) -> Judged:
        """Judge predictions of these coalitions in the regions asked for and the standard ones."""
        others = [region for region in STANDARD if region not in asked]
        judged = [
            score_region(r, coalitions, held_out, asked=r in asked) for r in (*asked, *others)
        ]
        found = [(unless_undecided(score), judging) for score, judging in judged]
        scores = tuple(score for score, _ in found)
        known = [(score, judging) for score, judging in found if score.asked and score.known]
        if not known:
            return cls(scores, held_out.as_explained())
        worst, judging = min(known, key=lambda pair: pair[0].r_squared)
        return cls(scores, judging.judge(held_out), worst, judging)

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the headline.

        Its lower end is the lowest of the regions asked for: the truth in the worst region is below
        that no more often than below its own, whichever region it is. NaN if one of them has none.
        """
        if self.worst is None:
            return self.held_out.interval()
        lows = [score.interval[0] for score in self.scores if score.asked and score.known]
        return float(np.min(lows)), self.worst.interval[1]

    def of_headline(self, predictions: Vector) -> Vector:
        """Those of some predictions that belong to the rows of the headline."""
        return predictions if self.judging is None else predictions[self.judging.rows]


def lagging(scores: tuple[RegionScore, ...]) -> tuple[RegionScore, ...]:
    """The regions asked for that one fit serves clearly worse than another of them.

    Their R^2 is not good, and its interval ends below the R^2 of the other.
    """
    asked = [score for score in scores if score.asked and score.known]
    best = max((score.r_squared for score in asked), default=math.nan)
    return tuple(s for s in asked if s.r_squared < GOOD and s.interval[1] < best)


def exact_scores(asked: tuple[Region, ...]) -> tuple[RegionScore, ...]:
    """The scores of a spectrum that is known exactly."""
    every = (*asked, *(region for region in STANDARD if region not in asked))
    return tuple(
        RegionScore(keep=r.keep, asked=r in asked, r_squared=1.0, interval=(1.0, 1.0))
        for r in every
    )


def with_added_up(
    scores: tuple[RegionScore, ...],
    coalitions: Coalitions,
    held_out: HeldOut,
    *,
    fit: Predict,
    added_up: Predict,
    alternatives: Iterable[tuple[str, Predict]],
) -> tuple[RegionScore, ...]:
    """Add to scores how well the values of an index predict when added up.

    The difference of the values from the fit that they come from is added to its held-out
    predictions, so that rows do not judge a fit to them, unless they judge it worse.

    Args:
        scores: The scores.
        coalitions: The rows with a held-out prediction.
        held_out: Their values and predictions.
        fit: What the fit to all rows says of coalitions.
        added_up: What the values of the index say of coalitions.
        alternatives: Other indices of the same result, with their names; they are tried, in this
            order, where the values do not hold.
    """
    chosen = _some_rows(scores, coalitions, held_out.known)
    known = held_out.known
    coalitions, held_out = coalitions[chosen], replace(held_out.select(chosen), known=known)
    offset = held_out.predictions - fit(coalitions)
    sizes = coalitions.sizes()
    tried: dict[str, HeldOut] = {}

    def judged(name: str, predict: Predict, score: RegionScore) -> float:
        if name not in tried:
            said = predict(coalitions)
            tried[name] = replace(held_out, predictions=said + offset, fitted=said)
        judging = Region(score.keep).rows_among(sizes, coalitions.n_players, known)
        there = _judged_there(judging, tried[name])
        return math.nan if isinstance(there, str) else there.r_squared

    def completed(score: RegionScore) -> RegionScore:
        if not score.known:
            return score
        own = judged("", added_up, score)
        if not own < POOR:
            return replace(score, added_up=own)
        others = ((judged(name, other, score), name) for name, other in alternatives)
        best, name = _first_good(others)
        if best < POOR:
            return replace(score, added_up=own)
        return replace(score, added_up=own, instead=name, instead_r_squared=best)

    return tuple(completed(score) for score in scores)


def _some_rows(
    scores: tuple[RegionScore, ...], coalitions: Coalitions, known: KnownSizes | None
) -> NDArray[np.intp]:
    """Up to 300 random rows of each region that can be judged."""
    rng, sizes = np.random.default_rng(0), coalitions.sizes()
    rows = [
        rng.permutation(Region(score.keep).rows_among(sizes, coalitions.n_players, known).rows)
        for score in scores
        if score.known
    ]
    return np.unique(np.concatenate([part[:_ADDED_UP_ROWS] for part in rows]))


def _first_good(found: Iterable[tuple[float, str]]) -> tuple[float, str]:
    """The first that is good, or the best."""
    best = (-math.inf, "")
    for quality, name in found:
        if quality > best[0]:
            best = quality, name
        if quality >= GOOD:
            return quality, name
    return best
