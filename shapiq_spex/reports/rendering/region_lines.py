"""Where an explanation holds, in words."""

from __future__ import annotations

import math
from collections.abc import Callable

from shapiq_spex.designs.law import few_removed
from shapiq_spex.reports.region_scores import HOLDS, POOR, RegionScore
from shapiq_spex.reports.rendering.wording import quality
from shapiq_spex.reports.report_facts import ReportFacts


def coalitions_of(region: RegionScore, n_players: int, noun: str = "") -> str:
    """The coalitions of a region, to follow "with"; short without a noun.

    Example:
        >>> for keep in ("near", 0.9, 0.5, 0.1, "sizes"):
        ...     region = RegionScore(keep=keep)
        ...     print(coalitions_of(region, 30, "words"), "|", coalitions_of(region, 30))
        up to 5 of 30 words removed | up to 5 removed
        about 3 of 30 words removed | about 3 removed
        half of the words removed | half removed
        about 3 of 30 words kept | about 3 kept
        any number of 30 words removed | any number removed
    """
    of_all = f" of {n_players:,} {noun}" if noun else ""
    if region.keep == "near":
        most = few_removed(n_players)
        return f"{'up to ' * (most > 1)}{most}{of_all} removed"
    if isinstance(region.keep, str):
        return f"any number{of_all} removed"
    if region.keep == 0.5:
        return f"half of the {noun} removed" if noun else "half removed"
    done, share = ("removed", 1.0 - region.keep) if region.keep > 0.5 else ("kept", region.keep)
    return f"about {max(1, round(share * n_players)):,}{of_all} {done}"


def region_lines(report: ReportFacts) -> list[tuple[str, str]]:
    """Where the explanation holds, where it does not, and where that cannot be told.

    It holds from an R^2 of .8, if its bound is positive. An exact result holds everywhere, which
    its faithfulness says already.
    """
    if report.exact:
        return []
    verdicts = ("holds", "in part", "cannot tell", "fails")
    judged: dict[str, list[RegionScore]] = {name: [] for name in verdicts}
    for region in report.regions:
        if region.known:
            judged[_verdict(region)].append(region)
    lines: list[tuple[str, str]] = []
    for name, regions in judged.items():
        if regions:
            better = f". To do better there, use {instead(regions, report)}"
            remedy = "" if name == "holds" else better
            lines.append((name, listed(regions, report, _score) + remedy))
    for reason in dict.fromkeys(region.reason for region in report.regions if region.reason):
        unknown = [region for region in report.regions if region.reason == reason]
        told = f"{listed(unknown, report)}: {reason}{_not_to_be_used(unknown, report)}"
        lines.append(("unknown", told))
    return lines


def _verdict(region: RegionScore) -> str:
    if region.r_squared < POOR:
        return "fails"
    if not region.interval[0] > 0.0:
        return "cannot tell"
    return "holds" if region.r_squared >= HOLDS else "in part"


def added_up_sentences(report: ReportFacts) -> list[str]:
    """Where the values of the index do not hold if they are added up, and what does.

    Regions with the same advice share a sentence.
    """
    poor = [region for region in report.regions if region.added_up < POOR]
    sentences: list[str] = []
    for proposed in dict.fromkeys(region.instead for region in poor):
        alike = [region for region in poor if region.instead == proposed]
        constant = "worse than a constant" if all(r.added_up < 0.0 for r in alike) else "poorly"
        where = listed(alike, report, _added_up)
        if proposed:
            reached = ", ".join(quality(region.instead_r_squared) for region in alike)
            does = "holds" if all(r.instead_r_squared >= HOLDS for r in alike) else "does better"
            name = f"{proposed[:1].upper()}{proposed[1:]}"
            advice = f"{name} of the same result {does} there: R2 {reached}."
        else:
            keep = ", ".join(dict.fromkeys(f"keep={region.keep!r}" for region in alike))
            advice = f"No other index of this result predicts well: explain with {keep} for that."
        sentences.append(f"Added up, these values predict {constant} {where}. {advice}")
    return sentences


def _not_to_be_used(regions: list[RegionScore], report: ReportFacts) -> str:
    """What to do about regions of which nothing is known, to follow the reason."""
    if not all(region.untold for region in regions):
        return ""
    if all(region.of_all_sizes for region in regions):  # the headline is over all sizes
        return f"; judge by {judging(regions)}"
    advised = instead(regions, report)
    explain = f"explain with {advised}, or " if advised else ""
    return f"; do not use it there: {explain}judge by {judging(regions)}"


def judging(regions: list[RegionScore]) -> str:
    """What judges regions by coalitions of their own, repeated ones included.

    Example:
        >>> judging([RegionScore(keep="near"), RegionScore(keep=0.9)])
        "faithfulness(regions=['near', 0.9])"
    """
    return f"faithfulness(regions=[{', '.join(repr(region.keep) for region in regions)}])"


def instead(regions: list[RegionScore], report: ReportFacts) -> str:
    """What to use where it does not hold: the laws of regions whose own law was not used.

    Of others, a larger budget, unless they are unknown and it would not bring more rows of them;
    empty if that is all.
    """
    *others, last = [repr(r.keep) for r in regions if _has_other_law(r, report)] or [""]
    laws = f"keep={', '.join(others)}{' or ' if others else ''}{last}" if last else ""
    of_own = [region for region in regions if not _has_other_law(region, report)]
    more = any(region.known or not region.exhausted for region in of_own)
    return " or ".join(filter(None, (laws, "a larger budget" if more else "")))


def _has_other_law(region: RegionScore, report: ReportFacts) -> bool:
    """Whether its own law would bring more rows of it.

    Not if it was asked for alone, or if it was not asked for and most rows lie there.
    """
    if region.asked:
        return sum(other.asked for other in report.regions) > 1
    return region.draws < max(other.draws for other in report.regions) or not region.draws


def _score(region: RegionScore) -> str:
    low = region.interval[0]
    sure = f"at least {quality(low)}" if math.isfinite(low) else "too few rows for a bound"
    return f": R2 {quality(region.r_squared)} ({sure})"


def _added_up(region: RegionScore) -> str:
    return f" (R2 {quality(region.added_up)})"


def listed(
    regions: list[RegionScore],
    report: ReportFacts,
    what: Callable[[RegionScore], str] | None = None,
) -> str:
    """Regions one after the other, after "with", each with what is to be said of it."""
    nouns = [report.noun, *[""] * len(regions)]
    named = [
        coalitions_of(region, report.n_players, noun)
        for region, noun in zip(regions, nouns, strict=False)
    ]
    if what is None:
        return f"with {', '.join(named)}"
    return "with " + "; ".join(f"{n}{what(r)}" for n, r in zip(named, regions, strict=True))


def place(report: ReportFacts) -> str:
    """The region that the faithfulness refers to, with a blank before it; empty if to all rows.

    It is said where it is that of all sizes although R^2 within sizes was asked for.
    """
    if report.worst is None:
        return " over all sizes" if report.over_all_sizes else ""
    return f" with {coalitions_of(report.worst, report.n_players, report.noun)}"
