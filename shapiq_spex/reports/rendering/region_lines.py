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
        >>> for keep in ("near", 0.9, 0.5, 0.1):
        ...     region = RegionScore(keep=keep)
        ...     print(coalitions_of(region, 30, "words"), "|", coalitions_of(region, 30))
        up to 5 of 30 words removed | up to 5 removed
        about 3 of 30 words removed | about 3 removed
        half of the words removed | half removed
        about 3 of 30 words kept | about 3 kept
    """
    of_all = f" of {n_players} {noun}" if noun else ""
    if region.keep == "near":
        most = few_removed(n_players)
        return f"{'up to ' * (most > 1)}{most}{of_all} removed"
    if region.keep == 0.5:
        return f"half of the {noun} removed" if noun else "half removed"
    done, share = ("removed", 1.0 - region.keep) if region.keep > 0.5 else ("kept", region.keep)
    return f"about {max(1, round(share * n_players))}{of_all} {done}"


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
            remedy = "" if name == "holds" else _remedy(regions, report)
            lines.append((name, _listed(regions, report, _score) + remedy))
    for reason in dict.fromkeys(region.reason for region in report.regions if region.reason):
        unknown = [region for region in report.regions if region.reason == reason]
        lines.append(("unknown", f"{_listed(unknown, report)}: {reason}"))
    return lines


def _verdict(region: RegionScore) -> str:
    if region.r_squared < POOR:
        return "fails"
    if not region.interval[0] > 0.0:
        return "cannot tell"
    return "holds" if region.r_squared >= HOLDS else "in part"


def _remedy(regions: list[RegionScore], report: ReportFacts) -> str:
    """What to do where an explanation does not hold, or may not.

    Where most rows lie already, another law brings no more of them.
    """
    others = [
        f"keep={region.keep!r}"
        for region in regions
        if not region.asked and 2 * region.draws < report.rows
    ]
    advice = [f"explain with {' or '.join(others)}"] if others else []
    advice += ["raise the budget"] if len(others) < len(regions) else []
    return f". To do better there, {', or '.join(advice)}"


def added_up_sentences(report: ReportFacts) -> list[str]:
    """Where the values of the index do not hold if they are added up, and what does.

    Regions with the same advice share a sentence.
    """
    poor = [region for region in report.regions if region.added_up < POOR]
    sentences: list[str] = []
    for instead in dict.fromkeys(region.instead for region in poor):
        alike = [region for region in poor if region.instead == instead]
        constant = "worse than a constant" if all(r.added_up < 0.0 for r in alike) else "poorly"
        where = _listed(alike, report, _added_up)
        if instead:
            reached = ", ".join(quality(region.instead_r_squared) for region in alike)
            name = f"{instead[:1].upper()}{instead[1:]}"
            advice = f"{name} of the same result holds there: R2 {reached}."
        else:
            keep = ", ".join(dict.fromkeys(f"keep={region.keep!r}" for region in alike))
            advice = f"Nor does any other index of this result: explain with {keep} for that."
        sentences.append(f"Added up, these values predict {constant} {where}. {advice}")
    return sentences


def unknown_sentence(report: ReportFacts) -> str:
    """What was asked for and cannot be told."""
    unknown = [region for region in report.regions if region.asked and region.reason]
    if not unknown or report.exact:
        return ""
    where = _listed(unknown, report)
    return f"How faithful it is {where} is not known: {unknown[0].reason}."


def _score(region: RegionScore) -> str:
    low = region.interval[0]
    sure = f"at least {quality(low)}" if math.isfinite(low) else "too few rows for a bound"
    return f": R2 {quality(region.r_squared)} ({sure})"


def _added_up(region: RegionScore) -> str:
    return f" (R2 {quality(region.added_up)})"


def _listed(
    regions: list[RegionScore],
    report: ReportFacts,
    what: Callable[[RegionScore], str] | None = None,
) -> str:
    """Regions one after the other, each with what is to be said of it."""
    nouns = [report.noun, *[""] * len(regions)]
    named = [
        coalitions_of(region, report.n_players, noun)
        for region, noun in zip(regions, nouns, strict=False)
    ]
    if what is None:
        return f"with {', '.join(named)}"
    return "with " + "; ".join(f"{n}{what(r)}" for n, r in zip(named, regions, strict=True))


def place(report: ReportFacts) -> str:
    """The region that the faithfulness refers to, with a blank before it; empty if to all rows."""
    if report.worst is None:
        return ""
    return f" with {coalitions_of(report.worst, report.n_players, report.noun)}"
