"""A report as plain text."""

from __future__ import annotations

import math

from shapiq_spex.estimators.unseen import unless_unseen
from shapiq_spex.reports.region_scores import RegionScore
from shapiq_spex.reports.rendering.advice import verdict, warnings
from shapiq_spex.reports.rendering.region_advice import unserved
from shapiq_spex.reports.rendering.region_lines import coalitions_of, place, region_lines
from shapiq_spex.reports.rendering.wording import plural, quality, share, share_up
from shapiq_spex.reports.report_facts import ReportFacts

_SKIPPED_SHOWN = 5


def report_text(report: ReportFacts) -> str:
    """All of a report in a few lines."""
    return "\n".join(
        [title(report), *(f"  {name:<13} {content}" for name, content in report_lines(report))]
    )


def title(report: ReportFacts) -> str:
    """What was explained, by which method."""
    order = f" up to order {report.max_order}" if report.max_order > 1 else ""
    players = plural(report.n_players, report.noun.removesuffix("s"))
    return f"{report.approximator}: {report.index}{order} of {players}"


def report_lines(report: ReportFacts) -> list[tuple[str, str]]:
    """The lines of a report, each with its name; names repeat."""
    lines = [
        ("rows", rows_line(report)),
        ("faithfulness", faithfulness_line(report)),
        *region_lines(report),
        *noise_lines(report),
        ("interactions", verdict(report)),
        ("spectrum", spectrum_line(report)),
    ]
    if report.knowledge:
        lines.append(("knowledge", knowledge_line(report)))
    if report.variance_by_degree:
        lines.append(("variance", variance_line(report)))
    if math.isfinite(report.hierarchy):
        lines.append(("hierarchy", hierarchy_line(report)))
    times = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in report.seconds.items())
    lines.append(("time", times))
    lines += [("skipped", coalition) for coalition in report.skipped[:_SKIPPED_SHOWN]]
    if len(report.skipped) > _SKIPPED_SHOWN:
        lines.append(("skipped", f"... and {len(report.skipped) - _SKIPPED_SHOWN} more"))
    lines += [("warning", sentence) for sentence in warnings(report)]
    return lines + [("note", sentence) for sentence in report.notes]


def rows_line(report: ReportFacts) -> str:
    """Where the rows came from."""
    spent = [f"{report.asked} asked"] if report.asked else []
    spent += [f"{report.reused} reused"] if report.reused else []
    spent += [f"{len(report.skipped)} skipped"] if report.skipped else []
    spent += [plural(report.requests, "request")] if report.requests else []
    spent += [f"cost {report.cost:.2f}"] if math.isfinite(report.cost) else []
    budget = f" of a budget of {report.budget}" if report.budget != report.planned else ""
    return f"{report.planned} planned{budget}: {', '.join(spent) or 'all given'}"


def faithfulness_line(report: ReportFacts) -> str:
    """How faithful the result is, and how surely."""
    if report.exact:
        return "exact: every coalition was observed"
    if not math.isfinite(report.faithfulness):
        return "unknown"
    bound = report.faithfulness_bound
    unless = f", {unless_unseen(report.unseen)}" if math.isfinite(report.unseen) else ""
    sure = (
        f"95% sure: at least {quality(bound)}{unless}"
        if math.isfinite(bound)
        else "too few rows for a bound"
    )
    asked = sum(region.asked and region.known for region in report.regions)
    worst = ", the worst of what was asked for," if place(report) and asked > 1 else ""
    where = f"{place(report)}{worst}"
    reached = f"R2 {quality(report.faithfulness)}{where} on rows it was not fitted to ({sure})"
    return f"{reached}{unserved(report)}"


def noise_lines(report: ReportFacts) -> list[tuple[str, str]]:
    """How noisy the answers are, if that is known."""
    if not math.isfinite(report.noise):
        return []
    if report.noise == 0.0:
        return [("noise", "repeated coalitions were answered alike")]
    limit = quality(report.faithfulness_limit)
    return [
        (
            "noise",
            f"answers have a standard error of {report.noise:.2g}, so that R2 on them is at most "
            f"about {limit}; intervals allow for it",
        )
    ]


def spectrum_line(report: ReportFacts) -> str:
    """How large the spectrum is and which estimators it comes from."""
    shares = ", ".join(f"{name} {share(part)}" for name, part in report.estimators.items())
    return plural(report.n_terms, "term") + (f" ({shares})" if shares else "")


def knowledge_line(report: ReportFacts) -> str:
    """What was known of the players beforehand, and what it brought."""
    if not math.isfinite(report.uninformed_faithfulness):
        decoded = ", because the spectrum was decoded" * ("code" in report.estimators)
        return f"{report.knowledge}: not used{decoded}"
    without = quality(report.uninformed_faithfulness)
    return (
        f"{report.knowledge}: {share(report.informed_share)} of the weight; without, R2 would be "
        f"{without}{place(report)}"
    )


def variance_line(report: ReportFacts) -> str:
    """The recovered variance by degree, and how much was not recovered."""
    parts = [
        f"degree {degree}: {share(part)}"
        for degree, part in enumerate(report.variance_by_degree, start=1)
        if part > 0.0005
    ]
    unexplained = 1.0 - max(0.0, min(1.0, report.faithfulness))
    left = f"; {share_up(unexplained)} of the answers' variance{place(report)} is left"
    seen = coalitions_of(RegionScore(keep=report.variance_keep), report.n_players, report.noun)
    return (
        f"of the recovered function with {seen}, {', '.join(parts)}{'' if report.exact else left}"
    )


def hierarchy_line(report: ReportFacts) -> str:
    """How much of the interactions would be visible to a search by degree."""
    return (
        f"{share(report.hierarchy)} of the interactions' energy is in terms all of whose immediate "
        "subsets are terms"
    )
