"""Where an explanation does not serve, and what to ask for instead."""

from __future__ import annotations

from shapiq_spex.reports.region_scores import POOR, lagging
from shapiq_spex.reports.rendering.region_lines import instead, judging, listed
from shapiq_spex.reports.rendering.wording import quality
from shapiq_spex.reports.report_facts import ReportFacts


def unserved(report: ReportFacts) -> str:
    """What was asked for and is not served or not known, to follow the headline."""
    behind = list(lagging(report.regions))
    unknown = [r for r in report.regions if r.asked and r.untold and not r.of_all_sizes]
    found = ". Within sizes it is unknown" if report.over_all_sizes else ""
    if behind:
        found += f". One fit does not serve all that was asked for: {listed(behind, report)}, "
        found += f"use {instead(behind, report)}"
    if unknown:
        found += f". Unknown {listed(unknown, report)}: use "
        found += instead(unknown, report) or judging(unknown)
    return found


def failing_sentence(report: ReportFacts) -> str:
    """Where it fails, apart from the headline."""
    poor = [r for r in report.regions if r.r_squared < POOR and r != report.worst]
    if not poor:
        return ""
    where = listed(poor, report, lambda region: f" (R2 {quality(region.r_squared)})")
    return f"Do not use it {where}: explain with {instead(poor, report)} for that."


def unknown_sentences(report: ReportFacts) -> list[str]:
    """What was asked for and cannot be told, reason by reason."""
    trend = " R2 over all sizes may be that of a trend between them." * report.over_all_sizes
    unknown = [region for region in report.regions if region.asked and region.reason]
    return [
        f"How faithful it is {where} is not known: {reason}.{trend}"
        for reason in dict.fromkeys(region.reason for region in unknown)
        for where in [listed([r for r in unknown if r.reason == reason], report)]
    ]
