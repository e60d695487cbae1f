"""How time and memory grow with players and ablations, and the exponents of their power laws."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.reporting.cell_scores import Cell, scores
from shapiq_spex.benchmark.studies.experiments import SCALING, SCALING_PLAYERS, SCALING_ROWS

GrowthPoint = tuple[float, float]

QUANTITIES: Mapping[str, str] = {
    "CPU seconds without the game": "cpu_seconds",
    "peak memory in MB": "peak_mb",
}
"""What grows: the field of the rows, by its name in figures and tables."""

DIRECTIONS: Mapping[str, tuple[str, Callable[[Row], bool]]] = {
    f"ablations, {SCALING_PLAYERS} players": (
        "budget",
        lambda row: row.n_players == SCALING_PLAYERS,
    ),
    f"players, {SCALING_ROWS:,} ablations": (
        "n_players",
        lambda row: abs(row.budget - SCALING_ROWS) <= 1,
    ),
}
"""What it grows with: the field of the rows, and which rows of the experiment vary in it."""


def growth(rows: Sequence[Row], method: str, direction: str, value: str) -> list[GrowthPoint]:
    """Medians over seeds of a value of :data:`QUANTITIES`, against a key of :data:`DIRECTIONS`."""
    field, belongs = DIRECTIONS[direction]
    chosen = [row for row in rows if row.game in SCALING and belongs(row)]
    places: dict[Cell, float] = {(r.game, r.units): float(getattr(r, field)) for r in chosen}
    found = scores(chosen, method, value)
    return sorted((places[cell], number) for cell, number in found.items() if number > 0)


def exponent(points: Sequence[GrowthPoint]) -> float:
    """The slope of the least-squares line through the logarithms of the upper half of the points.

    Only the upper half (at least three points) is used, because constant costs dominate the small
    cases. NaN if there are fewer than three points.
    """
    if len(points) < 3:
        return math.nan
    upper = sorted(points)[-max(3, math.ceil(len(points) / 2)) :]
    across, up = np.log(np.array(upper)).T
    return float(np.polyfit(across, up, 1)[0])
