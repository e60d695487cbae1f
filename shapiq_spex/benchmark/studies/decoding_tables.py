"""Tables and a figure made from the results file of :mod:`shapiq_spex.benchmark.studies.decoding`.

Beside the smallest budgets stand k d log2 n, the ratio of SPEX's budget to it, and the rows from
which a regression could confirm the terms if it knew them (:attr:`~.decoding.Case.limit`). A number
alone is a budget at which all five seeds succeeded. "> 1000" means that no budget up to 1,000 did;
"> 1000 (time)" adds that there was no time to try a larger one, and "2000 (3 of 5 seeds, time)"
that three seeds succeeded at 2,000 and there was no time for the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from shapiq_spex.benchmark.reporting.suite_tables import markdown
from shapiq_spex.benchmark.studies.decoding_cases import DEGREE, Case

Line = dict[str, str]

_ENOUGH = 5  # seeds
_CASE = ("n_players", "n_terms", "support", "sizes", "noise")


def all_tables(lines: Sequence[Line]) -> str:
    """All tables of what was measured, as Markdown."""
    parts = [
        ("Smallest budget at which the support is found", _support_table),
        ("CPU seconds for the same budget, compiled", _time_table),
        ("First call in a fresh process, and 10,000 players", _process_table),
        ("Parities without any smaller effect: found, and R2", _synergy_table),
    ]
    tables = [(title, table(lines)) for title, table in parts]
    return "\n\n".join(f"### {title}\n\n{text}" for title, text in tables if text)


def smallest_budget(lines: Sequence[Line]) -> str:
    """The budget of the first block of successes, or how far the search came.

    Args:
        lines: The attempts of one method in one case, by increasing budget.
    """
    noise = float(lines[0]["noise"]) if lines else 0.0
    by_budget: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_budget[int(line["budget"])].append(line)
    failed = 0
    for budget, attempts in sorted(by_budget.items()):
        good = [a for a in attempts if float(a["f1"]) >= (0.95 if noise else 1.0)]
        if len(good) == len(attempts) >= _ENOUGH:
            return str(budget)
        if attempts[-1]["status"] == "time is up":
            return (
                f"{budget} ({len(good)} of {_ENOUGH} seeds, time)" if good else f"> {failed} (time)"
            )
        failed = budget
    return f"> {failed}" if failed else ""


def _support_table(lines: Sequence[Line]) -> str:
    chosen = [line for line in lines if line["study"] == "support"]
    methods = list(dict.fromkeys(line["method"] for line in chosen))
    cases = list(dict.fromkeys(tuple(line[key] for key in _CASE) for line in chosen))
    cases.sort(
        key=lambda c: (c[2] != "flat", c[3] != "uniform", c[3], float(c[4]), *map(int, c[:2]))
    )
    rows: list[list[str]] = []
    for case in cases:
        n, k = int(case[0]), int(case[1])
        of_case = [line for line in chosen if tuple(line[key] for key in _CASE) == case]
        budgets = [smallest_budget([a for a in of_case if a["method"] == m]) for m in methods]
        reference = k * DEGREE * np.log2(n)
        ratio = f"{int(budgets[0]) / reference:.2f}" if budgets[0].isdigit() else ""
        limit = Case(n, k, cast("Any", case[2]), cast("Any", case[3]), float(case[4])).limit
        rows.append([*case, *budgets, f"{reference:.0f}", ratio, f"{limit:.0f}"])
    columns = ["n", "k", "terms", "sizes", "noise", *methods, "k d log2 n", "ratio", "terms known"]
    return markdown(columns, rows)


def _time_table(lines: Sequence[Line]) -> str:
    rows = [
        [n, k, budget, method, rows, f1, seconds]
        for (n, k, budget, method), found in _groups(
            lines, "time", ("n_players", "n_terms", "budget", "method")
        ).items()
        for rows, f1, seconds in [
            (found[0]["rows"], _mean(found, "f1", 3), _mean(found, "cpu_seconds", 2))
        ]
    ]
    return markdown(["n", "k", "budget", "method", "rows used", "F1", "CPU s"], rows)


def _process_table(lines: Sequence[Line]) -> str:
    rows: list[list[str]] = []
    for study in ("start", "large"):
        keys = ("method", "n_players", "n_terms", "noise", "budget", "setting")
        for (*case, setting), found in _groups(lines, study, keys).items():
            compiled = {"no files": "not yet", "files": "on disk"}.get(setting, "on disk")
            seconds = [_mean(found, key, 1) for key in ("cpu_seconds", "process_seconds")]
            peak = f"{max(float(line['peak_mb']) for line in found):.0f}"
            seeds = str(len(found))
            rows.append([*case, seeds, compiled, _mean(found, "f1", 3), *seconds, peak])
    columns = ["method", "n", "k", "noise", "budget", "seeds", "compiled", "F1"]
    return markdown([*columns, "CPU s", "process CPU s", "peak MB"], rows)


def _synergy_table(lines: Sequence[Line]) -> str:
    groups = _groups(lines, "synergies", ("method", "n_players", "n_terms", "budget"))
    rows = [
        [method, n, k, budget, _mean(found, "found", 1), _mean(found, "r2", 3)]
        for (method, n, k, budget), found in groups.items()
    ]
    return markdown(["method", "n", "k", "budget", "found", "R2"], rows)


def save_figure(lines: Sequence[Line], path: Path) -> None:
    """Draw what decoding and regression find of parities without any smaller effect."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    groups = _groups(lines, "synergies", ("method", "budget"))
    cases = [line for line in lines if line["study"] == "synergies"]
    n_players, planted = (max(int(line[key]) for line in cases) for key in ("n_players", "n_terms"))
    markers = dict(zip(dict.fromkeys(m for m, _ in groups), "osD^vP", strict=False))
    for method, marker in markers.items():
        budgets = [int(budget) for name, budget in groups if name == method]
        of_method = [found for (name, _), found in groups.items() if name == method]
        for axes, key in ((left, "found"), (right, "r2")):
            scores = [float(_mean(found, key, 6)) for found in of_method]
            axes.plot(budgets, scores, marker=marker, label=method)
    left.axhline(planted, color="grey", linewidth=0.8, linestyle=":")
    left.set_ylabel(f"synergies found, of {planted}")
    right.set_ylabel("R2")
    right.set_ylim(-0.3, 1.05)
    for axes in (left, right):
        axes.set_xticks(sorted({int(line["budget"]) for line in cases}))
        axes.set_xlabel("coalitions")
    right.legend(fontsize=8)
    figure.suptitle(
        f"Parities of 3 to 5 of {n_players} players, no part with an effect of its own", fontsize=10
    )
    figure.savefig(path, dpi=150)


def _groups(
    lines: Sequence[Line], study: str, keys: Sequence[str]
) -> dict[tuple[str, ...], list[Line]]:
    groups: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        if line["study"] == study:
            groups[tuple(line[key] for key in keys)].append(line)
    return groups


def _mean(lines: Sequence[Line], column: str, digits: int) -> str:
    return f"{np.mean([float(line[column]) for line in lines]):.{digits}f}"
