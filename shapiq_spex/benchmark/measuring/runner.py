"""Runs the cells of the benchmark that are not in the results file yet."""

from __future__ import annotations

import math
import multiprocessing
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from os import PathLike

from threadpoolctl import threadpool_limits

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, GameRecipe, available
from shapiq_spex.benchmark.games.known_indices import known_indices
from shapiq_spex.benchmark.measuring.cells import Cell, Limits
from shapiq_spex.benchmark.measuring.csv_records import append_records
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.result_rows import Key, Row, read_rows
from shapiq_spex.benchmark.measuring.workers import Batch, run_batches, warm_up
from shapiq_spex.benchmark.methods.method import FAITHFULNESS, MethodSource

_WARM_UP = (64, 2000)  # players and rows of the call that compiles what cells inherit; a choice
_MANY_ROWS = 3000  # cells with more rows run last, since they may take minutes; a choice


def run(
    path: str | PathLike[str],
    games: Sequence[BenchmarkGame | GameRecipe],
    methods: Sequence[MethodSource],
    *,
    seeds: Sequence[int] = (0, 1, 2),
    units: Sequence[float] | None = None,
    per_player: Sequence[float] = (),
    limits: Limits | None = None,
    jobs: int = 1,
    retry: Collection[str] = (),
    report: Callable[[Row], None] | None = None,
) -> list[Row]:
    """Run every cell that is not yet in the results file, and append its rows.

    Args:
        path: The results file; finished cells are skipped.
        games: Games or recipes of games. Those whose package is not installed are left out with a
            warning.
        methods: Methods and ceilings.
        seeds: Seeds of the methods.
        units: Budgets in units of n log2 n; by default those of each game, unless others are given.
        per_player: Budgets in rows per player.
        limits: What a cell may cost.
        jobs: The number of cells that run at the same time, each on its own core.
        retry: Statuses of rows to run again, such as ``["refused", "not run"]`` or ``["ok"]``.
            The newest row of a cell counts.
        report: Called with each new row.

    Returns:
        All rows of the file.

    Raises:
        RuntimeError: If the system cannot fork a process (Windows).
        ValueError: If the file is not a results file.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        raise RuntimeError("the benchmark forks a process per cell, which this system cannot do")
    limits = limits or Limits()
    kept = [row for row in read_rows(path) if row.status not in retry]
    history = _History(kept, limits)
    stamp = environment()

    def finish(row: Row) -> None:
        row = replace(row, environment=stamp)
        append_records(path, [row], Row)
        history.add(row)
        if report:
            report(row)

    with threadpool_limits(limits=1):  # BLAS and OpenMP, also in what is forked
        cells = _cells(games, methods, seeds, (units, per_player), {row.key for row in kept})
        apart, rest = _batches(cells)
        run_batches(apart, limits, jobs, history.reason_to_skip, finish)
        for method in dict.fromkeys(cell.method for batch in rest for cell in batch):
            if method.warm_up == "here":
                warm_up(method, *_WARM_UP, FAITHFULNESS)
        run_batches(rest, limits, jobs, history.reason_to_skip, finish)
    return read_rows(path)


def _cells(
    games: Sequence[BenchmarkGame | GameRecipe],
    methods: Sequence[MethodSource],
    seeds: Sequence[int],
    budgets: tuple[Sequence[float] | None, Sequence[float]],
    finished: Collection[Key],
) -> list[Cell]:
    """All unfinished cells in the order of :func:`_place`."""
    cells: list[Cell] = []
    units, per_player = budgets
    for game in available(games):
        game.held_out_values  # noqa: B018 - cached by the game, so that cells inherit them
        known = known_indices(game)
        chosen = game.units if units is None and not per_player else units or ()
        every = [*chosen, *(rows / math.log2(game.n_players) for rows in per_player)]
        for method in [made for each in methods if (made := each.of(game)) is not None]:
            for targets in method.targets(known):
                for unit in every:
                    for seed in seeds:
                        cell = Cell(game, known, method, targets, unit, seed)
                        if any(row.key not in finished for row in cell.rows):
                            cells.append(cell)
    return sorted(cells, key=_place)


def _place(cell: Cell) -> tuple[bool, int, int, int]:
    """The place of a cell in the queue: the first seed first, many rows last."""
    return (cell.budget > _MANY_ROWS, cell.seed, cell.method.expense, cell.budget)


def _batches(cells: list[Cell]) -> tuple[list[Batch], list[Batch]]:
    """Batches of methods that warm up apart (one per method and seed), and batches of one cell.

    The former must run before this process starts numba's threads. They do not survive a fork, and
    numba ends a forked process that needs them.
    """
    apart: dict[tuple[str, int], Batch] = {}
    rest: list[Batch] = []
    for cell in cells:
        if cell.method.warm_up == "apart":
            apart.setdefault((cell.method.name, cell.seed), deque()).append(cell)
        else:
            rest.append(deque([cell]))
    return list(apart.values()), rest


class _History:
    """Predicts from finished rows which cells would exceed the limits."""

    def __init__(self, rows: Sequence[Row], limits: Limits) -> None:
        self._limits = limits
        self._seconds: dict[tuple[str, str, int], dict[int, float]] = {}
        self._too_long: dict[tuple[str, str, int], int] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Add the time of a finished row."""
        if row.status == "timed out":
            self._too_long[row.game, row.method, row.budget] = row.seed
        if row.status in ("ok", "timed out"):
            times = self._seconds.setdefault((row.game, row.method, row.seed), {})
            times[row.budget] = max(times.get(row.budget, 0.0), row.cpu_seconds)

    def reason_to_skip(self, cell: Cell) -> str | None:
        """Why a cell should not be started, or ``None``.

        Time is extrapolated from the largest smaller budget in proportion to the rows. The message
        mentions it, because a method whose time grows more slowly might stay within the limit.
        """
        game, budget, most = cell.game, cell.budget, cell.method.max_players
        if most is not None and game.n_players > most:
            return f"not tried with more than {most} players: too costly"
        times = self._seconds.get((game.name, cell.method.name, cell.seed), {})
        smaller = max((rows for rows in times if rows < budget), default=budget)
        seconds = times.get(smaller, 0.0)
        if smaller < budget and seconds * budget / smaller > self._limits.cell:
            return (
                f"not tried: {smaller} rows took {seconds:.0f} CPU-s, so that these would exceed "
                f"the limit of {self._limits.cell:g} if time grows as the rows do"
            )
        seed = self._too_long.get((game.name, cell.method.name, budget))
        return None if seed is None else f"not tried: out of time with seed {seed}"
