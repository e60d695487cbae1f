"""Runs the cells of the benchmark, each in a process of its own.

A cell is a game, a method, a budget and a seed (and, for methods whose rows depend on it, the
target). Its process is forked after the game is trained, is bound to one processor core, so that
libraries that start threads of their own are measured by the same clock as those that do not, and
is ended when its time is up. Whatever happens in it, a row comes out.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import resource
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from os import PathLike
from types import FrameType

import numpy as np
from threadpoolctl import threadpool_limits

from shapiq_spex.benchmark.exact import known_indices
from shapiq_spex.benchmark.games import BenchmarkGame
from shapiq_spex.benchmark.methods import FAITHFULNESS, Explanation, Method
from shapiq_spex.benchmark.metrics import (
    calibrated_faithfulness,
    faithfulness,
    index_error,
    support_f1,
)
from shapiq_spex.benchmark.results import ResultsFile, Row, environment, read_rows
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Term, Vector

GameSource = BenchmarkGame | Callable[[], BenchmarkGame]

_WARM_UP = (64, 2000)  # players and rows of the call that compiles what cells inherit
_MANY_ROWS = 3000  # from here on, a cell may take minutes


@dataclass(frozen=True)
class Limits:
    """What a cell may cost.

    Attributes:
        cell: CPU seconds of the method in one cell; beyond, the row says ``"timed out"``.
        repeat: A cell whose seed 0 took longer than this is not repeated for the other seeds.
        memory_gb: Address space of a cell.
    """

    cell: float = 300.0
    repeat: float = 60.0
    memory_gb: float = 6.0


class PreparedGame:
    """A game with what every cell needs of it, computed once, before the first fork.

    Attributes:
        game: The game.
        known: The indices that methods are compared with, by name.
    """

    def __init__(self, game: BenchmarkGame) -> None:
        self.game = game
        game.held_out_values  # noqa: B018 - cached by the game, so that no cell has to ask again
        self.known: Mapping[str, Mapping[Term, float]] = known_indices(game)


@dataclass(frozen=True)
class Cell:
    """One run of a method on a game; ``targets`` are the rows that it will fill."""

    prepared: PreparedGame
    method: Method
    targets: tuple[str, ...]
    units: float
    seed: int

    @property
    def rows(self) -> list[Row]:
        """The rows of the cell, still empty."""
        game = self.prepared.game
        return [
            Row(
                game=game.name,
                family=game.family,
                n_players=game.n_players,
                method=self.method.name,
                target=target,
                units=self.units,
                budget=game.budget(self.units),
                seed=self.seed,
            )
            for target in self.targets
        ]


def run(
    path: str | PathLike[str],
    games: Sequence[GameSource],
    methods: Sequence[Method],
    *,
    seeds: Sequence[int] = (0, 1, 2),
    units: Sequence[float] | None = None,
    limits: Limits | None = None,
    jobs: int = 1,
    retry: Collection[str] = (),
    report: Callable[[Row], None] | None = None,
) -> list[Row]:
    """Run every cell that is not yet in the results file, and append its rows.

    Args:
        path: The results file; finished cells are skipped.
        games: Games, or functions that make them.
        methods: Methods to compare.
        seeds: Seeds of the methods.
        units: Budgets in units of n log2 n; by default those of each game.
        limits: What a cell may cost.
        jobs: Number of cells to run at the same time, each on a core of its own.
        retry: Statuses of rows to run again, such as ``["refused", "not run"]``; the newest row
            of a cell is the one that counts.
        report: Called with each new row.

    Returns:
        All rows of the file.

    Raises:
        RuntimeError: On systems that cannot fork a process (Windows).
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        raise RuntimeError("the benchmark forks a process per cell, which this system cannot do")
    limits = limits or Limits()
    results = ResultsFile(path, retry)
    history = _History([row for row in read_rows(path) if row.status not in retry], limits)
    stamp = environment()

    def finish(row: Row) -> None:
        row = replace(row, environment=stamp)
        results.append(row)
        history.add(row)
        if report:
            report(row)

    with _one_thread():
        for method in methods:
            if method.warm_up == "here":
                _warm_up(method, *_WARM_UP, FAITHFULNESS)
        cells = _cells(games, methods, seeds, units, results)
        _run_batches(_batches(cells), limits, jobs, history, finish)
    return read_rows(path)


def _cells(
    games: Sequence[GameSource],
    methods: Sequence[Method],
    seeds: Sequence[int],
    units: Sequence[float] | None,
    results: ResultsFile,
) -> list[Cell]:
    """All unfinished cells in the order of :func:`_place`."""
    cells: list[Cell] = []
    for source in games:
        prepared = PreparedGame(source if isinstance(source, BenchmarkGame) else source())
        game = prepared.game
        for method in methods:
            if method.max_players is not None and game.n_players > method.max_players:
                continue
            for targets in method.targets(prepared.known):
                for unit in units or game.units:
                    for seed in seeds:
                        cell = Cell(prepared, method, targets, unit, seed)
                        if any(row.key not in results.finished for row in cell.rows):
                            cells.append(cell)
    return sorted(cells, key=_place)


def _place(cell: Cell) -> tuple[bool, int, bool, int, int]:
    """Where a cell comes in the queue: one seed of everything first, many rows last."""
    budget = cell.prepared.game.budget(cell.units)
    apart = cell.method.warm_up == "apart"
    return (not apart and budget > _MANY_ROWS, cell.seed, apart, cell.method.expense, budget)


def _batches(cells: list[Cell]) -> list[deque[Cell]]:
    """Cells that share a process: those of a seed of a method that warms up apart, else one."""
    batches: dict[object, deque[Cell]] = {}
    for number, cell in enumerate(cells):
        apart = cell.method.warm_up == "apart"
        key = (cell.method.name, cell.seed) if apart else number
        batches.setdefault(key, deque()).append(cell)
    return list(batches.values())


class _History:
    """Knows from finished rows which cells are bound to exceed the limits."""

    def __init__(self, rows: Sequence[Row], limits: Limits) -> None:
        self._limits = limits
        self._seconds: dict[tuple[str, str, int], dict[int, float]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Remember the time of a finished row."""
        if row.status in ("ok", "timed out"):
            times = self._seconds.setdefault((row.game, row.method, row.seed), {})
            times[row.budget] = max(times.get(row.budget, 0.0), row.cpu_seconds)

    def reason_to_skip(self, cell: Cell) -> str | None:
        """Why the cell is not worth starting, if so.

        Time is extrapolated in proportion to the budget, which is lenient: no method here grows
        slower than that.
        """
        game, budget = cell.prepared.game, cell.prepared.game.budget(cell.units)
        times = self._seconds.get((game.name, cell.method.name, cell.seed), {})
        for smaller, seconds in times.items():
            if smaller < budget and seconds * budget / smaller > self._limits.cell:
                return (
                    f"over the time limit of {self._limits.cell:g} CPU-s, since "
                    f"{smaller} rows took {seconds:.0f}"
                )
        first = self._seconds.get((game.name, cell.method.name, 0), {}).get(budget, 0.0)
        if cell.seed != 0 and first > self._limits.repeat:
            return f"not repeated: seed 0 took {first:.0f} CPU-s"
        return None


def _run_batches(
    batches: list[deque[Cell]],
    limits: Limits,
    jobs: int,
    history: _History,
    finish: Callable[[Row], None],
) -> None:
    """Run batches in processes, at most ``jobs`` at a time; a batch survives its process."""
    waiting = deque(batches)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    free = deque(range(max(1, jobs)))
    running: dict[Connection, tuple[_Worker, int]] = {}
    while waiting or running:
        while waiting and free:
            batch = waiting.popleft()
            while batch and (reason := history.reason_to_skip(batch[0])):
                for row in batch.popleft().rows:
                    finish(replace(row, status="not run", message=reason))
            if batch:
                slot = free.popleft()
                core = cores[slot % len(cores)] if cores else None
                worker = _Worker(batch, limits, core)
                running[worker.pipe] = (worker, slot)
        for pipe in wait(list(running), timeout=1.0) if running else []:
            worker, _ = running[pipe]  # type: ignore[index]
            worker.receive(finish)
        for pipe, (worker, slot) in list(running.items()):
            if worker.check(finish):
                del running[pipe]
                free.append(slot)
                if worker.batch:
                    waiting.appendleft(worker.batch)


class _Worker:
    """A process that runs a batch of cells; what is left in ``batch`` was not run."""

    def __init__(self, batch: deque[Cell], limits: Limits, core: int | None) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, sender = context.Pipe(duplex=False)
        self.batch = batch
        self._limits = limits
        self._process = context.Process(target=_work, args=(list(batch), limits, core, sender))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # on forking beside idle threads
            self._process.start()
        sender.close()
        self._deadline = time.monotonic() + self._patience()
        self._closed = False

    def _patience(self) -> float:
        """Wall seconds after which a silent process is given up: games take time, too."""
        return 20 * self._limits.cell + 60

    def receive(self, finish: Callable[[Row], None]) -> None:
        """Take over the rows of one finished cell."""
        try:
            rows: list[Row] = self.pipe.recv()
        except (EOFError, OSError):
            self._closed = True
            return
        self.batch.popleft()
        self._deadline = time.monotonic() + self._patience()
        for row in rows:
            finish(row)

    def check(self, finish: Callable[[Row], None]) -> bool:
        """Whether the process is over; if it died, its current cell gets a row that says so."""
        late = time.monotonic() > self._deadline
        if not (self._closed or late):
            return False
        if late:
            self._process.kill()
        self._process.join()
        if self.batch and (late or self._process.exitcode != 0):
            code = self._process.exitcode or 0
            ended_by_limit = late or code in (-signal.SIGXCPU, -signal.SIGPROF)
            for row in self.batch.popleft().rows:
                finish(
                    replace(
                        row,
                        status="timed out" if ended_by_limit else "crashed",
                        message=f"the process ended with exit code {code}",
                        cpu_seconds=self._limits.cell if ended_by_limit else math.nan,
                    )
                )
        self.pipe.close()
        return True


def _work(cells: list[Cell], limits: Limits, core: int | None, sender: Connection) -> None:
    """Body of a worker process: run the cells, send the rows of each."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    _silence()
    limit = int(limits.memory_gb * 2**30)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    warmed: set[tuple[int, int]] = set()
    for cell in cells:
        size = (cell.prepared.game.n_players, cell.prepared.game.budget(cell.units))
        if cell.method.warm_up == "apart" and size not in warmed:
            _warm_up(cell.method, *size, cell.targets[0])
            warmed.add(size)
        sender.send(run_cell(cell, limits))
    sender.close()


def _silence() -> None:
    """Send everything that is printed, by C libraries as well, to nowhere."""
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    warnings.simplefilter("ignore")


def _warm_up(method: Method, n_players: int, budget: int, target: str) -> None:
    """Compile: one uncounted call on a linear game of the same size."""
    weights = np.arange(1.0, n_players + 1)
    with contextlib.suppress(Exception):
        method.explain(lambda rows: rows @ weights, n_players, min(budget, 2000), 0, target)


def run_cell(cell: Cell, limits: Limits) -> list[Row]:
    """Run a cell in this process and measure it; an exception becomes rows that tell of it."""
    clock = _MeteredGame(cell.prepared.game)
    memory = _fresh_peak_mb()
    started = time.process_time()
    try:
        with _time_limit(limits.cell, clock):
            explanation = cell.method.explain(
                clock,
                cell.prepared.game.n_players,
                cell.prepared.game.budget(cell.units),
                cell.seed,
                cell.targets[0],
            )
        status, message = "ok", ""
    except _OutOfTimeError:
        explanation, status, message = None, "timed out", f"after {limits.cell:g} CPU-s"
    except Exception as error:  # a method that refuses is a result
        sentence = " ".join(str(error).split())[:200]
        explanation, status, message = None, "refused", f"{type(error).__name__}: {sentence}"
    spent = time.process_time() - started - clock.seconds
    rows = [
        replace(
            row,
            status=status,
            message=message,
            rows_asked=clock.rows,
            cpu_seconds=round(spent, 4),
            game_seconds=round(clock.seconds, 4),
            peak_mb=round(_peak_mb() - memory, 1),
        )
        for row in cell.rows
    ]
    return rows if explanation is None else [_judged(cell, explanation, row) for row in rows]


def _judged(cell: Cell, explanation: Explanation, row: Row) -> Row:
    """The row with its quality filled in."""
    game = cell.prepared.game
    try:
        if explanation.predict is not None and cell.method.predicts:
            predicted = explanation.predict(game.held_out)
            row = replace(
                row,
                r2=faithfulness(game.held_out_values, predicted),
                r2_calibrated=calibrated_faithfulness(game.held_out_values, predicted),
            )
        if row.target != FAITHFULNESS and explanation.index_values:
            estimate = explanation.index_values(row.target)
            row = replace(row, index_error=index_error(estimate, cell.prepared.known[row.target]))
        if explanation.support is not None:
            row = replace(row, n_terms=len(explanation.support - {()}))
            if game.spectrum is not None:
                planted = set(game.spectrum.terms())
                row = replace(row, support_f1=support_f1(set(explanation.support), planted))
    except Exception as error:  # an explanation that cannot be used is a result, too
        row = replace(row, status="refused", message=f"unusable: {type(error).__name__}: {error}")
    return row


class _MeteredGame:
    """The game as the methods see it: counts the rows and times itself."""

    def __init__(self, game: BenchmarkGame) -> None:
        self._game = game
        self.rows = 0
        self.seconds = 0.0

    def __call__(self, coalitions: BoolMatrix) -> Vector:
        started = time.process_time()
        rows = np.atleast_2d(np.asarray(coalitions)).astype(np.bool_)
        values = np.asarray(self._game.value(rows), dtype=np.float64)
        self.rows += len(rows)
        self.seconds += time.process_time() - started
        return values


class _OutOfTimeError(BaseException):
    """Not an Exception, so that no method can swallow it."""


@contextlib.contextmanager
def _time_limit(seconds: float, clock: _MeteredGame) -> Generator[None]:
    """Raise when the process has used ``seconds`` of CPU beyond those of the game.

    Code that never returns to the interpreter is ended by the system a minute later.
    """
    started = time.process_time()

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        left = seconds + clock.seconds - (time.process_time() - started)
        if left > 0:
            signal.setitimer(signal.ITIMER_PROF, left)
        else:
            raise _OutOfTimeError

    previous = signal.signal(signal.SIGPROF, on_alarm)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, previous)


def _fresh_peak_mb() -> float:
    """Make the present resident memory the peak, where the system can (Linux), and return it."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return _peak_mb()


def _peak_mb() -> float:
    """Peak resident memory of this process in MB."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


@contextlib.contextmanager
def _one_thread() -> Generator[None]:
    """BLAS and OpenMP on one thread, also in the forked processes; restored afterwards."""
    with threadpool_limits(limits=1):
        yield
