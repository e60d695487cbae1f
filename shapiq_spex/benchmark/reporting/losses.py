"""Where a method loses: every cell in which somebody else is better, and by how much.

A cell is a game at a budget; its scores are medians over seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS
from shapiq_spex.benchmark.games.known_indices import INDICES
from shapiq_spex.benchmark.measuring.results_file import Row
from shapiq_spex.benchmark.reporting.cell_scores import (
    Cell,
    Scores,
    index_ratios,
    is_peer,
    methods_of,
    scores,
)
from shapiq_spex.benchmark.reporting.suite_tables import markdown

TOLERANCE = 0.01
"""Differences of R2 below this are called equal."""


@dataclass(frozen=True)
class Loss:
    """A cell in which a method is worse than another by more than the tolerance."""

    cell: Cell
    other: str
    difference: float


def losses(mine: Scores, other: Scores, name: str) -> list[Loss]:
    """The cells where ``mine`` is more than the tolerance below ``other``."""
    return [
        Loss(cell, name, mine[cell] - other[cell])
        for cell in sorted(mine.keys() & other.keys())
        if mine[cell] < other[cell] - TOLERANCE
    ]


def losses_to(rows: Sequence[Row], method: str, others: Iterable[str]) -> list[Loss]:
    """What a method loses to any of some others, the largest loss first."""
    mine = scores(rows, method)
    found = [loss for name in others for loss in losses(mine, scores(rows, name), name)]
    return sorted(found, key=lambda loss: loss.difference)


def losses_to_peers(rows: Sequence[Row], method: str) -> list[Loss]:
    """What a method loses to the methods of others, the largest loss first."""
    return losses_to(rows, method, [name for name in methods_of(rows) if is_peer(name)])


def by_cell(found: Iterable[Loss]) -> dict[Cell, list[Loss]]:
    """Losses by cell, the cell of the largest loss first."""
    cells: dict[Cell, list[Loss]] = {}
    for loss in found:
        cells.setdefault(loss.cell, []).append(loss)
    return cells


def losses_table(found: Sequence[Loss]) -> str:
    """The losses by cell: the worst, and everybody who is better."""
    lines = [
        [game, f"{units:g}x", ", ".join(f"{x.other} {x.difference:+.3f}" for x in each)]
        for (game, units), each in by_cell(found).items()
    ]
    return markdown(["game", "budget", "R2 difference"], lines)


def index_losses_table(rows: Sequence[Row], method: str) -> str:
    """By index, the cells in which the best peer's squared error is smaller, and how often."""
    found = {index: index_ratios(rows, method, index, BUDGET_UNITS) for index in INDICES}
    lines: list[list[str]] = []
    for index, ratios in found.items():
        worse = sorted(((r, cell) for cell, r in ratios.items() if r > 1.0), reverse=True)
        cells = "; ".join(f"{game} {units:g}x: {ratio:.2g}" for ratio, (game, units) in worse)
        if ratios:
            lines.append([index, *_lost_by_units(ratios), cells])
    head = ["index", *(f"lost at {unit:g}x" for unit in BUDGET_UNITS)]
    return markdown([*head, "squared error / the best peer's"], lines)


def _lost_by_units(ratios: Scores) -> list[str]:
    """By budget, in how many of the cells the ratio is above 1."""
    by_units = [[r for (_, u), r in ratios.items() if u == units] for units in BUDGET_UNITS]
    return [f"{sum(r > 1.0 for r in each)} of {len(each)}" if each else "" for each in by_units]
