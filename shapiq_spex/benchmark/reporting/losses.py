"""Where a method loses: every cell in which another one is better, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS
from shapiq_spex.benchmark.games.known_indices import COMPARED
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.all_methods import is_peer
from shapiq_spex.benchmark.reporting.cell_scores import (
    TOLERANCE,
    Cell,
    Scores,
    index_ratios,
    methods_of,
    scores,
)


@dataclass(frozen=True)
class Loss:
    """A cell in which a method is worse than another one by more than the tolerance."""

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
    """What a method loses to peers, the largest loss first."""
    return losses_to(rows, method, [name for name in methods_of(rows) if is_peer(name)])


def by_cell(found: Iterable[Loss]) -> dict[Cell, list[Loss]]:
    """Losses by cell, the cell of the largest loss first."""
    cells: dict[Cell, list[Loss]] = {}
    for loss in found:
        cells.setdefault(loss.cell, []).append(loss)
    return cells


def losses_table(found: Sequence[Loss]) -> str:
    """The losses by cell, with every method that is better."""
    lines = [
        [game, f"{units:g}x", ", ".join(f"{x.other} {x.difference:+.3f}" for x in each)]
        for (game, units), each in by_cell(found).items()
    ]
    return markdown_table(["game", "budget", "R2 difference"], lines)


def index_losses_table(rows: Sequence[Row], method: str) -> str:
    """By index, the cells in which the best peer's squared error is smaller, and their number."""
    lines: list[list[str]] = []
    for index in COMPARED:
        ratios = index_ratios(rows, method, index, BUDGET_UNITS)
        worse = sorted(((r, cell) for cell, r in ratios.items() if r > 1.0), reverse=True)
        cells = "; ".join(f"{game} {units:g}x: {ratio:.2g}" for ratio, (game, units) in worse)
        if ratios:
            lost = lost_by_units([ratios])
            lines.append([index, *(lost.get(units, "") for units in BUDGET_UNITS), cells])
    head = ["index", *(f"lost at {unit:g}x" for unit in BUDGET_UNITS)]
    return markdown_table([*head, "squared error / the best peer's"], lines)


def lost_by_units(ratios: Sequence[Scores]) -> dict[float, str]:
    """By budget, in how many of the cells the ratio to the best peer is above 1."""
    found = [(units, ratio > 1.0) for each in ratios for (_, units), ratio in each.items()]
    by_units = {u: [lost for units, lost in found if units == u] for u in BUDGET_UNITS}
    return {u: f"{sum(lost)} of {len(lost)}" for u, lost in by_units.items() if lost}
