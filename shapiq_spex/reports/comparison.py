"""How far two explanations of a game agree, such as two seeds, budgets or methods."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from shapiq_spex._argument_checks import (
    check_integer,
    check_type,
    check_values,
)
from shapiq_spex._rounding import unit_of
from shapiq_spex.designs.law import Keep
from shapiq_spex.designs.regions import STANDARD, regions_asked
from shapiq_spex.designs.suitable_law import suitable_law_name
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Term
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.reports.fresh_coalitions import coalitions_of_region
from shapiq_spex.reports.json_data import to_json_data
from shapiq_spex.reports.prediction import defines_function, interactions_of, predict
from shapiq_spex.reports.region_scores import RegionScore
from shapiq_spex.reports.rendering.region_lines import coalitions_of
from shapiq_spex.reports.rendering.wording import plural

if TYPE_CHECKING:
    from shapiq import InteractionValues


_SHOWN = 10
"""Pairs that are printed. A choice."""

_COMPARED_ROWS = 300
"""Coalitions of a region on which predictions are compared. A choice; bounds the time."""

_NOTHING = 1e-24
"""The variance, in units of the squared spread, that counts as none: rounding leaves less."""


@dataclass(frozen=True)
class Pair:
    """One interaction in both explanations.

    Attributes:
        interaction: The players.
        first: Its value in the first explanation.
        second: Its value in the second.
        apart: The distance between the centres of their intervals (a value without an interval is
            its own centre), in half-widths of the interval, of both combined if there are two. NaN
            without intervals.
    """

    interaction: Term
    first: float
    second: float
    apart: float = math.nan

    @property
    def difference(self) -> float:
        """The second value minus the first."""
        return self.second - self.first

    @property
    def agrees(self) -> bool | None:
        """Whether the intervals allow the difference; ``None`` without an interval."""
        return None if math.isnan(self.apart) else self.apart <= 1.0


@dataclass(frozen=True)
class Comparison:
    """Two explanations side by side; ``print`` it.

    Attributes:
        pairs: Every interaction that is not zero in at least one, the largest difference first.
        rank_correlation: Spearman's correlation of the values; NaN if one of them is constant.
        distance: The squared differences as a share of the sum of both explanations' squares: 0
            for equal ones, 1 if they have nothing in common, up to 2 if one is minus the other.
        top_k: How many of the strongest interactions were compared.
        top_k_overlap: The share of the strongest interactions of one that the other has too.
        same_sign: The share of the strongest interactions of both whose signs agree.
        regions: For each region of removed players, and by the default law of the index, the
            ``distance`` of what both predict there when added up, about their means for each number
            of removed players. Empty if an index defines no prediction.
        n_players: The number of players.

    Example:
        >>> from shapiq_spex import Spectrum, to_interaction_values
        >>> values = to_interaction_values(Spectrum.from_dict(2, {(0,): 1.0}), index="BII")
        >>> compare(values, 2.0 * values).pairs[0].difference
        -2.0
    """

    pairs: tuple[Pair, ...]
    rank_correlation: float
    distance: float
    top_k: int
    top_k_overlap: float
    same_sign: float
    regions: dict[Keep, float] = field(default_factory=dict)
    n_players: int = 0

    @property
    def agreeing(self) -> tuple[Pair, ...]:
        """The interactions whose difference their intervals allow."""
        return tuple(pair for pair in self.pairs if pair.agrees is True)

    @property
    def differing(self) -> tuple[Pair, ...]:
        """The interactions that differ by more than their intervals allow."""
        return tuple(pair for pair in self.pairs if pair.agrees is False)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers and lists."""
        data = {
            "rank_correlation": self.rank_correlation,
            "distance": self.distance,
            "top_k": self.top_k,
            "top_k_overlap": self.top_k_overlap,
            "same_sign": self.same_sign,
            "regions": {str(keep): distance for keep, distance in self.regions.items()},
            "pairs": [
                {
                    "interaction": list(pair.interaction),
                    "first": pair.first,
                    "second": pair.second,
                    "difference": pair.difference,
                    "apart": pair.apart,
                    "agrees": pair.agrees,
                }
                for pair in self.pairs
            ],
        }
        return to_json_data(data)

    def __str__(self) -> str:
        known = math.isfinite(self.rank_correlation)
        correlation = f"{self.rank_correlation:.2f}" if known else "unknown"
        lines = [
            f"{plural(len(self.pairs), 'interaction')}: rank correlation {correlation}, "
            f"distance {self.distance:.3f}",
            f"  strongest {self.top_k}: {_percent(self.top_k_overlap)} shared, "
            f"{_percent(self.same_sign)} of equal sign",
        ]
        where = (
            f"{coalitions_of(RegionScore(keep=keep), self.n_players, noun)} {distance:.3f}"
            for (keep, distance), noun in zip(
                self.regions.items(), ("players", *[""] * len(self.regions)), strict=False
            )
        )
        if self.regions:
            lines.append(f"  distance of their predictions with {', '.join(where)}")
        judged = len(self.agreeing) + len(self.differing)
        if judged:
            lines.append(
                f"  {len(self.agreeing)} of {judged} differ by no more than their intervals allow"
            )
        shown = self.pairs[:_SHOWN]
        width = max((len(str(pair.interaction)) for pair in shown), default=0)
        for pair in shown:
            apart = "" if pair.agrees is None else f"  ({pair.apart:.1f} half-widths apart)"
            lines.append(
                f"  {pair.interaction!s:<{width}}  {pair.first:+.4g} -> {pair.second:+.4g}{apart}"
            )
        if len(self.pairs) > len(shown):
            lines.append(f"  ... and {len(self.pairs) - len(shown)} that differ less")
        return "\n".join(lines)


def compare(
    first: InteractionValues,
    second: InteractionValues,
    intervals: Intervals | tuple[Intervals, Intervals] | None = None,
    *,
    top_k: int = 10,
) -> Comparison:
    """Compare two explanations of one game.

    With the intervals of one explanation, the value of the other should lie inside. With both, the
    distance of the centres should be at most sqrt(a^2 + b^2), a and b being half the widths: for
    independent normal errors, that holds as often as the intervals promise.

    Args:
        first: Interaction values.
        second: Others, of the same players and index.
        intervals: The intervals of the first explanation (``approximator.intervals()``), or of
            both, as a pair.
        top_k: How many of the strongest interactions to compare.

    Returns:
        The comparison. Sets of players that one of them does not list have the value 0 there.

    Raises:
        ValueError: If the players or the indices differ.

    Example:
        >>> from shapiq_spex import Spectrum, to_interaction_values
        >>> games = [Spectrum.from_dict(2, {(0,): c, (0, 1): 1.0}) for c in (1.0, 1.5)]
        >>> first, second = (to_interaction_values(g, index="FBII", max_order=2) for g in games)
        >>> print(compare(first, second, top_k=2))  # doctest: +ELLIPSIS
        3 interactions: rank correlation 1.00, distance 0.012
          strongest 2: 100% shared, 100% of equal sign
          distance of their predictions with 1 of 2 players removed 0.077, ...
          (0,)    -4 -> -5
          (1,)    -2 -> -2
          (0, 1)  +4 -> +4
    """
    check_values(first, "first")
    check_values(second, "second")
    check_integer(top_k, "top_k", least=1)
    if first.n_players != second.n_players:
        raise ValueError(f"the explanations have {first.n_players} and {second.n_players} players")
    if first.index != second.index:
        raise ValueError(
            f"{first.index} and {second.index} are different quantities. Convert one spectrum "
            "into both, or explain with the same index: "
            "to_interaction_values(approximator.spectrum_, index=...)"
        )
    one, other = interactions_of(first), interactions_of(second)
    apart = _apart(one, other, intervals)
    terms = [t for t in one.keys() | other.keys() if t and (one.get(t) or other.get(t))]
    pairs = [Pair(t, one.get(t, 0.0), other.get(t, 0.0), apart.get(t, math.nan)) for t in terms]
    pairs.sort(key=lambda p: (-abs(p.difference), len(p.interaction), p.interaction))
    left, right = (np.array([getattr(p, name) for p in pairs]) for name in ("first", "second"))
    energy = float(left @ left + right @ right)
    shared = set(strongest(one, top_k)) & set(strongest(other, top_k))
    return Comparison(
        pairs=tuple(pairs),
        rank_correlation=_rank_correlation(left, right),
        distance=float(((left - right) ** 2).sum()) / energy if energy else 0.0,
        top_k=top_k,
        top_k_overlap=overlap(one, other, top_k),
        same_sign=float(np.mean([one[t] * other[t] > 0 for t in shared])) if shared else math.nan,
        regions=_distance_in_regions(first, second),
        n_players=int(first.n_players),
    )


def _distance_in_regions(first: InteractionValues, second: InteractionValues) -> dict[Keep, float]:
    """How far predictions are apart on random coalitions of each region, and by the index's law."""
    if not (defines_function(first) and defines_function(second)):
        return {}
    n_players = int(first.n_players)
    of_index = regions_asked(suitable_law_name(first.index, first.max_order, n_players))
    distances: dict[Keep, float] = {}
    for number, region in enumerate(dict.fromkeys((*STANDARD, *of_index))):
        drawn = coalitions_of_region(region, n_players, _COMPARED_ROWS, [0, number])
        rows = Coalitions.from_dense(drawn).distinct()[0]
        judging = region.rows_among(rows.sizes(), n_players)
        one, other = (predict(values, rows) for values in (first, second))
        unit = unit_of(np.concatenate([one, other]))
        energy = judging.variance(one / unit) + judging.variance(other / unit)
        apart = judging.variance((one - other) / unit)
        distances[region.keep] = apart / energy if energy > _NOTHING else 0.0
    return distances


def strongest(values: Mapping[Term, float], count: int) -> list[Term]:
    """The interactions with the largest absolute values, without the empty set and zeros."""
    terms = [term for term, value in values.items() if term and value]
    return sorted(terms, key=lambda term: (-abs(values[term]), len(term), term))[:count]


def overlap(reference: Mapping[Term, float], values: Mapping[Term, float], count: int) -> float:
    """The share of the reference's strongest interactions among the strongest of ``values``.

    NaN if the reference has none.
    """
    wanted = strongest(reference, count)
    found = set(strongest(values, count))
    return sum(term in found for term in wanted) / len(wanted) if wanted else math.nan


def _apart(
    first: Mapping[Term, float],
    second: Mapping[Term, float],
    intervals: Intervals | tuple[Intervals, Intervals] | None,
) -> dict[Term, float]:
    """The distance of the centres in half-widths, where there are intervals."""
    if intervals is None:
        return {}
    both = intervals if isinstance(intervals, tuple) else (intervals,)
    for one in both or (None,):
        check_type(one, Intervals, "intervals must be Intervals, or a pair of them")
    ends = [
        dict(zip(i.interactions, zip(i.lower.tolist(), i.upper.tolist(), strict=True), strict=True))
        for i in both
    ]
    apart: dict[Term, float] = {}
    for term in set(ends[0]).intersection(*ends):
        centres = [first.get(term, 0.0), second.get(term, 0.0)]
        squares = 0.0
        for place, (low, high) in enumerate(each[term] for each in ends):
            centres[place] = (low + high) / 2.0
            squares += ((high - low) / 2.0) ** 2
        gap = abs(centres[1] - centres[0])
        apart[term] = gap / math.sqrt(squares) if squares else math.inf if gap else 0.0
    return apart


def _percent(part: float) -> str:
    return f"{part:.0%}" if math.isfinite(part) else "none"


def _rank_correlation(left: np.ndarray, right: np.ndarray) -> float:
    from scipy.stats import rankdata

    if len(left) < 2 or not np.ptp(left) or not np.ptp(right):
        return math.nan
    return float(np.corrcoef(rankdata(left), rankdata(right))[0, 1])
