"""From the rows of a results file to the figures that tables and plots show.

A *cell* is a game at a budget. Its score for a method is the median over the seeds that finished;
comparisons with another method are made cell by cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from statistics import fmean, median

from shapiq_spex.benchmark.measuring.results_file import Row
from shapiq_spex.benchmark.methods.ceilings import BEST_TERMS, ORACLE_SUPPORT
from shapiq_spex.benchmark.methods.method import FAITHFULNESS

PROXYSPEX = "ProxySPEX"
"""The method of ours that claims and losses are told of first."""

REFERENCE = "shapiq ProxySPEX"
"""The method that others are measured against: shapiq's own, with its search of settings."""

INDEX_UNITS = (2.0, 4.0, 8.0)
"""Budgets over which index errors are averaged."""

SMALLEST_ERROR = 1e-4
"""Index errors below this are equal: no reference for many players is known more exactly."""

SMALLEST_UNEXPLAINED = 1e-6  # below this share, unexplained variances are rounding

Cell = tuple[str, float]
Scores = dict[Cell, float]


def is_peer(method: str) -> bool:
    """Whether a method is somebody else's (shapiq's, shap's or a plain regression)."""
    return method.startswith(("shap", "lasso", "LIME", "best constant"))


def is_ceiling(method: str) -> bool:
    """Whether a method knows what the others have to find out."""
    return method in (ORACLE_SUPPORT, BEST_TERMS)


def methods_of(rows: Iterable[Row]) -> list[str]:
    """The methods of the file: ours, the peers, the ceilings, each in order of appearance."""
    names = list(dict.fromkeys(row.method for row in rows))
    return sorted(names, key=lambda name: (is_ceiling(name), is_peer(name)))


def games_of(rows: Iterable[Row]) -> list[str]:
    """The games of the file by number of players."""
    players = {row.game: row.n_players for row in rows}
    return sorted(players, key=lambda game: (players[game], game))


def scores(
    rows: Iterable[Row],
    method: str,
    value: Callable[[Row], float] = lambda row: row.r2,
    target: str = FAITHFULNESS,
) -> Scores:
    """Median over seeds of a value per cell, for cells where the method gave an answer."""
    return {cell: median(found) for cell, found in _by_cell(rows, method, value, target).items()}


def extents(
    rows: Iterable[Row],
    method: str,
    value: Callable[[Row], float] = lambda row: row.r2,
    target: str = FAITHFULNESS,
) -> dict[Cell, tuple[float, float]]:
    """Smallest and largest value over the seeds of each cell that has several."""
    found = _by_cell(rows, method, value, target)
    return {cell: (min(each), max(each)) for cell, each in found.items() if len(each) > 1}


def spread(rows: Iterable[Row], method: str) -> Scores:
    """Largest minus smallest R2 over the seeds of each cell that has several."""
    return {cell: high - low for cell, (low, high) in extents(rows, method).items()}


def _by_cell(
    rows: Iterable[Row], method: str, value: Callable[[Row], float], target: str
) -> dict[Cell, list[float]]:
    collected: dict[Cell, list[float]] = {}
    for row in rows:
        if row.method == method and row.target == target and row.status == "ok":
            number = value(row)
            if not math.isnan(number):
                collected.setdefault((row.game, row.units), []).append(number)
    return collected


def unexplained_ratio(mine: Scores, reference: Scores) -> dict[Cell, float]:
    """(1 - R2) / (1 - R2 of the reference), cell by cell.

    A reference that is worse than the best constant counts as the best constant, so that its
    explosions make nobody look good.
    """
    return {
        cell: max(1.0 - mine[cell], SMALLEST_UNEXPLAINED)
        / min(max(1.0 - reference[cell], SMALLEST_UNEXPLAINED), 1.0)
        for cell in mine.keys() & reference.keys()
    }


def time_shares(rows: Sequence[Row], method: str, other: str) -> Scores:
    """CPU time of a method over that of another one, cell by cell."""
    mine, theirs = (scores(rows, name, lambda row: row.cpu_seconds) for name in (method, other))
    return {cell: mine[cell] / max(theirs[cell], 1e-4) for cell in mine.keys() & theirs.keys()}


def index_ratios(
    rows: Sequence[Row], method: str, index: str, units: Collection[float] = INDEX_UNITS
) -> Scores:
    """Index error of a method over the smallest of any peer, cell by cell.

    Errors below :data:`SMALLEST_ERROR` count as equal.
    """
    mine = scores(rows, method, lambda row: row.index_error, index)
    peers = [name for name in methods_of(rows) if is_peer(name)]
    best = best_of([scores(rows, name, lambda row: -row.index_error, index) for name in peers])
    return {
        cell: max(mine[cell], SMALLEST_ERROR) / max(-best[cell], SMALLEST_ERROR)
        for cell in mine.keys() & best.keys()
        if cell[1] in units
    }


def best_of(many: Sequence[Scores]) -> Scores:
    """The best score of each cell."""
    cells = {cell for one in many for cell in one}
    return {cell: max(one[cell] for one in many if cell in one) for cell in cells}


def budget_ratio(mine: Scores, game: str, wanted: float, at_units: float) -> float:
    """The share of ``at_units`` after which a method reaches the score ``wanted``.

    Between budgets, scores are interpolated linearly in the logarithm of the budget. Infinite if it
    is not reached; the smallest budget counts as it is, however early the score was reached.
    """
    curve = sorted((units, score) for (name, units), score in mine.items() if name == game)
    before: tuple[float, float] | None = None
    for units, score in curve:
        if score >= wanted:
            if before is None:
                return units / at_units
            share = (wanted - before[1]) / (score - before[1])
            return before[0] * (units / before[0]) ** share / at_units
        before = (units, score)
    return math.inf


def geometric_mean(numbers: Iterable[float]) -> float:
    """Exp of the mean logarithm; NaN of nothing."""
    logs = [math.log(max(number, 1e-12)) for number in numbers]
    return math.exp(fmean(logs)) if logs else math.nan
