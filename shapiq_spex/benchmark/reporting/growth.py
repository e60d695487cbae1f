"""How time and memory grow with players and ablations: the points and exponents of power laws."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from shapiq_spex.benchmark.measuring.results_file import Row
from shapiq_spex.benchmark.reporting.cell_scores import Cell, scores
from shapiq_spex.benchmark.studies.experiments import SCALING, SCALING_PLAYERS, SCALING_ROWS

GrowthPoint = tuple[float, float]

QUANTITIES: Mapping[str, Callable[[Row], float]] = {
    "CPU seconds without the game": lambda row: row.cpu_seconds,
    "peak memory in MB": lambda row: row.peak_mb,
}
"""What grows, by the name it has in figures and tables."""

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
"""With what it grows: the field of the rows, and the rows of the experiment that vary in it."""


def growth(
    rows: Sequence[Row], method: str, direction: str, value: Callable[[Row], float]
) -> list[GrowthPoint]:
    """Medians over seeds of a positive value, by what it grows with.

    Args:
        rows: Rows of the experiments.
        method: Name of the method.
        direction: A key of :data:`DIRECTIONS`.
        value: A value of :data:`QUANTITIES`.
    """
    field, belongs = DIRECTIONS[direction]
    chosen = [row for row in rows if row.game in SCALING and belongs(row)]
    places: dict[Cell, float] = {(r.game, r.units): float(getattr(r, field)) for r in chosen}
    found = scores(chosen, method, value)
    return sorted((places[cell], number) for cell, number in found.items() if number > 0)


def exponent(points: Sequence[GrowthPoint]) -> float:
    """The slope of the least-squares line through the upper half of the points, in logarithms.

    The upper half (at least three points), because constant costs hide the growth of the small
    cases. NaN of fewer than three points, through which any line goes.
    """
    if len(points) < 3:
        return math.nan
    upper = sorted(points)[-max(3, math.ceil(len(points) / 2)) :]
    across, up = np.log(np.array(upper)).T
    return float(np.polyfit(across, up, 1)[0])
