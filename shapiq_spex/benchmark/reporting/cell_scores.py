"""From the rows of a results file to the numbers that tables and figures show.

A *cell* is a game at a budget. Its score for a method is the median over the seeds that finished;
methods are compared cell by cell.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from statistics import fmean, median

from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.all_methods import is_ceiling, is_peer
from shapiq_spex.benchmark.methods.method import FAITHFULNESS

PROXYSPEX = "ProxySPEX"
"""The method of this package that claims and losses are reported for first."""

REFERENCE = "shapiq ProxySPEX"
"""The method that others are measured against: shapiq's own, with its search of settings."""

INDEX_UNITS = (2.0, 4.0, 8.0)
"""Budgets in n log2 n over which index errors are averaged (a choice)."""

MOST_UNITS = 8.0
"""The largest budget of real games in n log2 n, at which ablations are compared."""

TOLERANCE = 0.01
"""Differences of R2 up to this are called equal (a choice)."""

SMALLEST_ERROR = 1e-4
"""Index errors below this are equal: references for many players are not known more exactly."""

SMALLEST_UNEXPLAINED = 1e-6
"""Unexplained variances below this share are equal (a choice, above rounding errors)."""

Cell = tuple[str, float]
Scores = dict[Cell, float]


def of_family(rows: Iterable[Row], family: str) -> list[Row]:
    """The rows of ``"real"`` or of ``"synthetic"`` games."""
    return [row for row in rows if row.family == family]


def methods_of(rows: Iterable[Row]) -> list[str]:
    """The methods of the rows: this package's, the peers, the ceilings, as they appear."""
    names = dict.fromkeys(row.method for row in rows)
    return sorted(names, key=lambda name: (is_ceiling(name), is_peer(name)))


def games_of(rows: Iterable[Row]) -> list[str]:
    """The games of the rows by number of players."""
    players = {row.game: row.n_players for row in rows}
    return sorted(players, key=lambda game: (players[game], game))


def scores(
    rows: Iterable[Row],
    method: str,
    value: str = "r2",
    target: str = FAITHFULNESS,
) -> Scores:
    """Median over seeds of an attribute of the rows, for the cells that the method answered."""
    return {cell: median(found) for cell, found in _by_cell(rows, method, value, target).items()}


def extents(rows: Iterable[Row], method: str) -> dict[Cell, tuple[float, float]]:
    """Smallest and largest R2 over the seeds of each cell that has several."""
    found = _by_cell(rows, method, "r2", FAITHFULNESS)
    return {cell: (min(each), max(each)) for cell, each in found.items() if len(each) > 1}


def ranges_of(rows: Iterable[Row], method: str) -> list[float]:
    """Largest minus smallest R2 over the seeds of each cell that has several."""
    return [high - low for low, high in extents(rows, method).values()]


def _by_cell(rows: Iterable[Row], method: str, value: str, target: str) -> dict[Cell, list[float]]:
    collected: dict[Cell, list[float]] = defaultdict(list)
    for row in rows:
        if row.method == method and row.target == target and row.status == "ok":
            number: float = getattr(row, value)
            if not math.isnan(number):
                collected[row.game, row.units].append(number)
    return collected


def best_of(many: Iterable[Scores], best: Callable[[float, float], float] = max) -> Scores:
    """The best score of each cell."""
    found: Scores = {}
    for one in many:
        for cell, score in one.items():
            found[cell] = best(score, found.get(cell, score))
    return found


def best_peer(
    rows: Sequence[Row],
    value: str = "r2",
    target: str = FAITHFULNESS,
    best: Callable[[float, float], float] = max,
) -> Scores:
    """The best score of any peer in each cell."""
    of_peer: dict[str, list[Row]] = {name: [] for name in methods_of(rows) if is_peer(name)}
    for row in rows:
        if row.method in of_peer:
            of_peer[row.method].append(row)
    return best_of((scores(own, name, value, target) for name, own in of_peer.items()), best)


def near(mine: Scores, best: Scores) -> int:
    """In how many cells ``mine`` is the best or within the tolerance; no answer is a loss."""
    return sum(cell in mine and mine[cell] >= best[cell] - TOLERANCE for cell in best)


def unexplained_ratio(mine: Scores, reference: Scores) -> Scores:
    """(1 - R2) / (1 - R2 of the reference), cell by cell.

    A reference that is worse than the best constant counts as the best constant.
    """
    return {
        cell: max(1.0 - mine[cell], SMALLEST_UNEXPLAINED)
        / min(max(1.0 - reference[cell], SMALLEST_UNEXPLAINED), 1.0)
        for cell in mine.keys() & reference.keys()
    }


def later_ratios(mine: Scores, reference: Scores) -> list[float]:
    """:func:`unexplained_ratio` of the cells with at least n log2 n ablations."""
    return [ratio for (_, u), ratio in unexplained_ratio(mine, reference).items() if u >= 1.0]


def time_shares(rows: Sequence[Row], method: str, other: str) -> Scores:
    """CPU time of a method over that of another one, cell by cell."""
    mine, theirs = (scores(rows, name, "cpu_seconds") for name in (method, other))
    # the clock resolves a tenth of a millisecond
    return {cell: mine[cell] / max(theirs[cell], 1e-4) for cell in mine.keys() & theirs.keys()}


def index_ratios(
    rows: Sequence[Row], method: str, index: str, units: Collection[float] = INDEX_UNITS
) -> Scores:
    """Index error of a method over the smallest of any peer, cell by cell.

    Errors below :data:`SMALLEST_ERROR` count as equal.
    """
    mine = scores(rows, method, "index_error", index)
    best = best_peer(rows, "index_error", index, min)
    return {
        cell: max(mine[cell], SMALLEST_ERROR) / max(best[cell], SMALLEST_ERROR)
        for cell in mine.keys() & best.keys()
        if cell[1] in units
    }


def budget_shares(mine: Scores, reference: Scores) -> list[float]:
    """By game, the share of 8 n log2 n at which ``mine`` reaches the reference's score there."""
    return [
        budget_ratio(mine, game, score, units)
        for (game, units), score in sorted(reference.items())
        if units == MOST_UNITS
    ]


def budget_ratio(mine: Scores, game: str, wanted: float, at_units: float) -> float:
    """The share of ``at_units`` after which a method reaches the score ``wanted``.

    Between budgets, scores are interpolated linearly in the logarithm of the budget. The result is
    at least the share of the smallest budget, and infinite if the score is not reached.
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
