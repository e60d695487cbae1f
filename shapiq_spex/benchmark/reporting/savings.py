"""How many ablations ProxySPEX saves: at which budget it matches the others at their largest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.method import FAITHFULNESS
from shapiq_spex.benchmark.reporting.cell_scores import (
    SMALLEST_UNEXPLAINED,
    games_of,
    geometric_mean,
    methods_of,
    scores,
)

BUDGET_METHODS = (
    "ProxySPEX",
    "SPEX",
    "shapiq ProxySPEX",
    "shapiq ProxySHAP hpo=True",
    "shapiq SPEX soft",
    "lasso order 2",
)
"""The methods compared; the first is the one that saves."""

Point = tuple[float, float]
"""A budget in units of n log2 n, and the unexplained variance there."""


def unexplained_curves(rows: Sequence[Row]) -> tuple[int, dict[str, list[Point]]]:
    """Geometric means of 1 - R2 over the games on which all compared methods were run.

    A refusal and an answer worse than the best constant count as the best constant.

    Returns:
        The number of these games, and the curve of each method.
    """
    found = {m: scores(rows, m) for m in BUDGET_METHODS if m in methods_of(rows)}
    found = {method: each for method, each in found.items() if each}
    if not found:
        return 0, {}
    for row in rows:
        if row.method in found and row.status == "refused" and row.target == FAITHFULNESS:
            found[row.method].setdefault((row.game, row.units), 0.0)
    games = set(games_of(rows))
    for each in found.values():
        games &= {game for game, _ in each if all((game, u) in each for u in BUDGET_UNITS)}
    curves = {
        method: [(u, geometric_mean(_unexplained(each[g, u]) for g in games)) for u in BUDGET_UNITS]
        for method, each in found.items()
        if games
    }
    return len(games), curves


def saving(ours: Sequence[Point], theirs: Sequence[Point]) -> tuple[float, float]:
    """The budget at which ``ours`` reaches the other's last value, and the factor saved.

    Both axes are interpolated logarithmically. NaN if the value is not reached within the curve.
    """
    end, level = theirs[-1]
    if ours[0][1] <= level:
        return ours[0][0], end / ours[0][0]
    for (left, high), (right, low) in pairwise(ours):
        if low <= level < high:
            share = math.log(high / level) / math.log(high / low)
            budget = left * (right / left) ** share
            return budget, end / budget
    return math.nan, math.nan


def savings_table(rows: Sequence[Row]) -> str:
    """The factor that ProxySPEX saves, for each other method's last value."""
    games, curves = unexplained_curves([row for row in rows if row.family == "real"])
    if BUDGET_METHODS[0] not in curves:
        return ""
    ours = curves.pop(BUDGET_METHODS[0])
    lines: list[list[str]] = []
    for method, curve in curves.items():
        (last, level), (budget, factor) = curve[-1], saving(ours, curve)
        reached = [f"{budget:.2f}", f"{factor:.1f}"] if not math.isnan(factor) else ["not at 8", ""]
        lines.append([method, f"{level:.4f} at {last:g}", *reached])
    head = [
        f"{games} real games on which all of these were run; budgets in n log2 n",
        "unexplained variance",
        f"{BUDGET_METHODS[0]} has it at",
        "factor saved",
    ]
    return markdown_table(head, lines)


def _unexplained(r2: float) -> float:
    return min(max(1.0 - r2, SMALLEST_UNEXPLAINED), 1.0)
