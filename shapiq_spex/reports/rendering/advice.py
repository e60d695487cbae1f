"""Advice: whether interactions matter, what not to trust, and what to do about it."""

from __future__ import annotations

import math

from shapiq_spex.estimators.held_out import FEWEST_EFFECTIVE_PAIRS
from shapiq_spex.reports.forecast import forecast
from shapiq_spex.reports.region_scores import GOOD, POOR
from shapiq_spex.reports.rendering.region_advice import failing_sentence, unknown_sentences
from shapiq_spex.reports.rendering.region_lines import added_up_sentences, place
from shapiq_spex.reports.rendering.wording import quality, share
from shapiq_spex.reports.report_facts import ReportFacts

FEW_ROWS = 150
"""The number of rows below which a report says that R^2 is uncertain: off by .1 and more
(``python -m shapiq_spex.benchmark.studies.report_calibration``). A choice."""

WORTH_A_LOOK = 0.02
"""The share of the variance from which interactions are worth a look (a choice)."""


def verdict(report: ReportFacts) -> str:
    """Whether interactions are worth looking at, in one sentence.

    Interactions count as found only if they predict better with 95% confidence. Otherwise nothing
    is said of those that may exist.
    """
    additive, gain = (
        report.additive_faithfulness,
        report.faithfulness - report.additive_faithfulness,
    )
    if report.deviation == 0.0:
        return "The game is constant on everything observed: there is nothing to explain."
    if report.n_players == 1:
        return "One player has no interactions."
    if not (math.isfinite(additive) and math.isfinite(gain)):
        return "There are too few rows to tell whether interactions matter."
    about = "" if report.exact else "about "
    reaches = f"an additive explanation reaches {about}R2 {quality(additive)}"
    bound = 1.0 if report.exact else report.interaction_gain_interval[0]
    if gain < WORTH_A_LOOK or not bound > 0.0:
        return _without_gain(report, reaches)
    removed = f"they remove {share(report.interaction_gain)} of its error"
    if not report.exact:
        removed += f" (95% sure: at least {share(bound)})"
    return f"Interactions are worth a look: {reaches}, {removed}."


def _without_gain(report: ReportFacts, reaches: str) -> str:
    """The verdict where interactions are not known to predict better."""
    if report.exact:
        return f"Interactions add next to nothing: {reaches}."
    if report.faithfulness < POOR:
        return f"No interactions were found, but they may be in all that is left: {reaches}."
    return (
        f"No interactions are established: {reaches}, and those found do not predict noticeably "
        "better with 95% confidence."
    )


def warnings(report: ReportFacts) -> tuple[str, ...]:
    """What should not be trusted and what to do about it, most important first."""
    if report.deviation == 0.0:
        return ()
    if report.exact:
        return tuple(added_up_sentences(report))
    found = [
        _on_faithfulness(report),
        failing_sentence(report),
        *unknown_sentences(report),
        *added_up_sentences(report),
        _on_rare_values(report),
        _on_few_rows(report),
    ]
    if report.skipped:
        found.append(
            f"{len(report.skipped)} of {report.planned} coalitions got no answer and were left "
            "out. If they have something in common, the explanation cannot show it."
        )
    return tuple(sentence for sentence in found if sentence)


def _on_faithfulness(report: ReportFacts) -> str:
    from shapiq_spex.designs.sample_or_code import FEW_PLAYERS  # compiled kernels

    value = report.faithfulness
    if not math.isfinite(value):
        return (
            "The faithfulness is unknown, there are too few rows to hold any out: treat the values "
            "as guesses and raise the budget."
        )
    if value >= GOOD:
        return ""
    if value < POOR:
        trust = "do not trust single values, and interactions least"
    else:
        trust = "do not trust single interactions, only the largest effects"
    sentence = f"R2 {quality(value)}{place(report)}: {trust}. {_what_is_needed(report)}"
    if report.worst and sum(r.asked for r in report.regions) > 1:
        sentence += f" keep={report.worst.keep!r} explains that alone."
    if value < POOR and report.approximator == "ProxySPEX" and report.n_players > FEW_PLAYERS:
        sentence += " SPEX may find interactions whose parts have no effects of their own."
    return sentence


def _what_is_needed(report: ReportFacts) -> str:
    expected = forecast(report, GOOD)
    if not expected:
        return "Raise the budget, or merge players into fewer groups."
    if math.isinf(expected.high):
        return (
            f"{expected.sentence} If answers are noisy, average repeated ones; if not, merge "
            "players into fewer groups."
        )
    return f"{expected.sentence} Or merge players into fewer groups."


def _on_rare_values(report: ReportFacts) -> str:
    if not report.effective_pairs < FEWEST_EFFECTIVE_PAIRS or report.rows < FEW_ROWS:
        return ""
    return (
        f"Few coalitions make up most of the variance, as if there were "
        f"{max(2, round(2 * report.effective_pairs))} rows instead of {report.rows}: the true R2 "
        "can be far below the one stated. Explain an output with a smaller range, such as its "
        "logarithm or a probability."
    )


def _on_few_rows(report: ReportFacts) -> str:
    if report.rows >= FEW_ROWS or not math.isfinite(report.faithfulness):
        return ""
    return (
        f"R2 comes from {report.rows} rows; below {FEW_ROWS} it may be off by .1 and more, either "
        "way. Raise the budget to be sure."
    )
