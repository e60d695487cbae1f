"""What the study of decoding records, and the tables and the figure made from it.

Beside the smallest budgets are k d log2 n, the ratio of SPEX's budget to it, and the number of rows
from which a regression on the known terms confirms them (``Case.limit``). A
number alone is a budget at which all five seeds succeeded. "> 1000" means that no budget up to
1,000 did; "> 1000 (time)" adds that there was no time for a larger one, and "2000 (3 of 5 seeds,
time)" that three seeds succeeded at 2,000 and there was no time for the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from shapiq_spex.benchmark.measuring.markdown import chapters, markdown_table
from shapiq_spex.benchmark.studies.decoding_cases import Attempt, Case

TIME_IS_UP = "time is up"
"""The status of an attempt that was not made for lack of time."""

_ENOUGH = 5  # seeds that have to succeed, see CONFIRMATION_SEEDS in decoding


@dataclass(frozen=True)
class DecodingRow:
    """One attempt, recorded.

    Attributes:
        study: ``"support"``, ``"time"``, ``"start"``, ``"large"`` or ``"synergies"``.
        method: Name of the method.
        setting: What distinguishes tasks of the same study, method and case.
        case: The kind of function.
        attempt: What the method found.
        environment: Versions, machine and date.
    """

    study: str
    method: str
    setting: str
    case: Case
    attempt: Attempt
    environment: str


def decoding_tables(rows: Sequence[DecodingRow]) -> str:
    """All tables as Markdown."""
    return chapters(
        [
            ("Smallest budget at which the support is found", _support_table(rows)),
            ("CPU seconds for the same budget, compiled", _time_table(rows)),
            ("First call in a fresh process, and 10,000 players", _process_table(rows)),
            ("Parities without any smaller effect: found, and R2", _synergy_table(rows)),
        ]
    )


def smallest_budget(case: Case, attempts: Sequence[Attempt]) -> str:
    """The smallest budget at which a method succeeded on all seeds, or how far the search came."""
    by_budget: dict[int, list[Attempt]] = defaultdict(list)
    for each in attempts:
        by_budget[each.budget].append(each)
    failed = 0
    for budget, of_budget in sorted(by_budget.items()):
        good = sum(case.succeeded(each) for each in of_budget)
        if good == len(of_budget) >= _ENOUGH:
            return str(budget)
        if of_budget[-1].status == TIME_IS_UP:
            return f"{budget} ({good} of {_ENOUGH} seeds, time)" if good else f"> {failed} (time)"
        failed = budget
    return f"> {failed}" if failed else ""


def _support_table(rows: Sequence[DecodingRow]) -> str:
    chosen = [row for row in rows if row.study == "support"]
    methods = list(dict.fromkeys(row.method for row in chosen))
    attempts: dict[tuple[Case, str], list[Attempt]] = defaultdict(list)
    for row in chosen:
        attempts[row.case, row.method].append(row.attempt)
    cases = sorted(
        {row.case for row in chosen},
        key=lambda c: (
            *(c.support != "flat", c.sizes != "uniform", c.sizes),
            *(c.noise, c.n_players, c.n_terms, c.support),
        ),
    )
    lines: list[list[str]] = []
    for case in cases:
        budgets = [smallest_budget(case, attempts[case, method]) for method in methods]
        ratio = f"{int(budgets[0]) / case.reference:.2f}" if budgets[0].isdigit() else ""
        described = (case.n_players, case.n_terms, case.support, case.sizes, f"{case.noise:g}")
        references = [f"{case.reference:.0f}", ratio, f"{case.limit:.0f}"]
        lines.append([*map(str, described), *budgets, *references])
    head = ["n", "k", "terms", "sizes", "noise", *methods, "k d log2 n", "ratio", "terms known"]
    return markdown_table(head, lines)


def _time_table(rows: Sequence[DecodingRow]) -> str:
    groups = _groups(rows, "time", lambda row: (*_size(row), row.attempt.budget, row.method))
    lines = [
        [*group, str(found[0].rows), _mean(found, "f1", 3), _mean(found, "cpu_seconds", 2)]
        for group, found in groups.items()
    ]
    return markdown_table(["n", "k", "budget", "method", "rows used", "F1", "CPU s"], lines)


def _process_table(rows: Sequence[DecodingRow]) -> str:
    def key(row: DecodingRow) -> tuple[object, ...]:
        noise = f"{row.case.noise:g}"
        return (row.method, *_size(row), noise, row.attempt.budget, row.setting)

    lines: list[list[str]] = []
    for study in ("start", "large"):
        for (*case, setting), found in _groups(rows, study, key).items():
            compiled = "not yet" if setting == "no files" else "on disk"
            seconds = [_mean(found, name, 1) for name in ("cpu_seconds", "process_seconds")]
            peak = f"{max(each.peak_mb for each in found):.0f}"
            lines.append([*case, str(len(found)), compiled, _mean(found, "f1", 3), *seconds, peak])
    head = ["method", "n", "k", "noise", "budget", "seeds", "compiled", "F1"]
    return markdown_table([*head, "CPU s", "process CPU s", "peak MB"], lines)


def _synergy_table(rows: Sequence[DecodingRow]) -> str:
    groups = _groups(rows, "synergies", lambda row: (row.method, *_size(row), row.attempt.budget))
    lines = [
        [*group, _mean(found, "found", 1), _mean(found, "r2", 3)] for group, found in groups.items()
    ]
    return markdown_table(["method", "n", "k", "budget", "found", "R2"], lines)


def save_synergies(rows: Sequence[DecodingRow], path: Path) -> None:
    """Draw what decoding and regression find of parities without any smaller effect."""
    from matplotlib.figure import Figure

    chosen = [row for row in rows if row.study == "synergies"]
    planted = chosen[0].case.n_terms
    groups = _groups(chosen, "synergies", lambda row: (row.method, row.attempt.budget))
    methods = dict(zip(dict.fromkeys(row.method for row in chosen), "osD^vP", strict=False))
    figure = Figure(figsize=(8.0, 3.4), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, score, label in zip(
        panels, ("found", "r2"), (f"synergies found, of {planted}", "R2"), strict=True
    ):
        for method, marker in methods.items():
            of_method = [found for (name, _), found in groups.items() if name == method]
            budgets = [found[0].budget for found in of_method]
            means = [fmean(getattr(each, score) for each in found) for found in of_method]
            axes.plot(budgets, means, marker=marker, label=method)
        axes.set_ylabel(label)
        axes.set_xticks(sorted({row.attempt.budget for row in chosen}))
        axes.set_xlabel("coalitions")
    panels[0].axhline(planted, color="grey", linewidth=0.8, linestyle=":")
    panels[1].set_ylim(-0.3, 1.05)
    panels[1].legend(fontsize=8)
    figure.suptitle(
        f"Parities of 3 to 5 of {chosen[0].case.n_players} players, "
        "no part with an effect of its own",
        fontsize=10,
    )
    figure.savefig(path, dpi=150)


def _size(row: DecodingRow) -> tuple[int, int]:
    return row.case.n_players, row.case.n_terms


def _groups(
    rows: Sequence[DecodingRow], study: str, key: Callable[[DecodingRow], tuple[object, ...]]
) -> dict[tuple[str, ...], list[Attempt]]:
    """The attempts of a study by a key, whose parts are turned into text."""
    groups: dict[tuple[str, ...], list[Attempt]] = defaultdict(list)
    for row in rows:
        if row.study == study:
            groups[tuple(map(str, key(row)))].append(row.attempt)
    return groups


def _mean(attempts: Sequence[Attempt], field: str, digits: int) -> str:
    return f"{fmean(getattr(each, field) for each in attempts):.{digits}f}"
