"""The processes in which cells run.

joblib runs one thread per job, which starts a process for its batch of cells and waits for it. The
process is forked after the games are trained. It is bound to one processor core, so that libraries
with threads of their own are measured by the same clock as others; its time and memory are limited.
joblib's own processes are not suitable: they are reused, so that compiled code, caches and leaks of
one method would reach the next, they receive pickled games, and they cannot be ended one by one.
"""

from __future__ import annotations

import contextlib
import gc
import io
import math
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Event, Lock
from typing import Literal

import numba
import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from shapiq_spex.benchmark.measuring.cells import Cell, Limits, run_cell
from shapiq_spex.benchmark.measuring.process_limits import MemoryLimit, forbid_core_files
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.method import Method, Request

Batch = deque[Cell]
"""Cells that run in the same process, one after the other."""

_WARM_UP_ROWS = 2000  # at most; a choice, since the number does not affect what is compiled
_JOIN_SECONDS = 30.0  # that a process may take to end before it is killed; a choice

_SILENT_LIMITS = 20
"""A process is killed after this many time limits of a cell, and a minute, without a new row.

A choice: wall time includes that of the game, which is not limited."""


def run_batches(
    batches: Sequence[Batch],
    limits: Limits,
    jobs: int,
    reason_to_skip: Callable[[Cell], str | None],
    finish: Callable[[Row], None],
) -> None:
    """Run batches in processes, at most ``jobs`` at a time.

    If a process ends early, the rest of its batch runs in a new one. The batches are emptied on the
    way; ``finish`` gets every new row.
    """
    known = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
    cores: SimpleQueue[int | None] = SimpleQueue()
    for job in range(max(1, jobs)):
        cores.put(known[job % len(known)])
    lock = Lock()  # no thread writes, or waits for a process, while another one forks
    stopping = Event()

    def finish_alone(row: Row) -> None:
        with lock:
            finish(row)

    def run_batch(batch: Batch) -> None:
        core = cores.get()
        try:
            while batch and not stopping.is_set():
                with lock:
                    if reason := reason_to_skip(batch[0]):
                        for row in batch.popleft().rows:
                            finish(replace(row, status="not run", message=reason))
                        continue
                    worker = _Worker(batch, limits, core)
                try:
                    worker.listen(finish_alone, stopping)
                finally:
                    with lock:
                        worker.end()
                for row in worker.unfinished():
                    finish_alone(row)
        finally:
            cores.put(core)

    gc.collect()
    gc.freeze()  # otherwise the garbage collector of each process would copy all shared memory
    try:
        Parallel(max(1, jobs), require="sharedmem")(delayed(run_batch)(batch) for batch in batches)
    finally:
        stopping.set()  # the threads outlive an interruption and end their processes
        gc.unfreeze()


class _Worker:
    """A process that runs a batch of cells; unfinished cells stay in the batch."""

    def __init__(self, batch: Batch, limits: Limits, core: int | None) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, sender = context.Pipe(duplex=False)
        self._batch = batch
        self._limits = limits
        self._longest_silence = _SILENT_LIMITS * limits.cell + 60.0
        self._ending: Literal["by itself", "unresponsive", "interrupted"] = "interrupted"
        self._process = context.Process(target=_work, args=(list(batch), limits, core, sender))
        with warnings.catch_warnings(), _no_interruption():
            warnings.simplefilter("ignore", DeprecationWarning)  # forking beside idle threads
            self._process.start()
        sender.close()

    def listen(self, finish: Callable[[Row], None], stopping: Event) -> None:
        """Receive the rows of each finished cell until the process ends or stops responding."""
        received = time.monotonic()
        while not stopping.is_set():
            if self._pipe.poll(0.5):
                try:
                    rows: list[Row] = self._pipe.recv()
                except (EOFError, OSError):
                    self._ending = "by itself"
                    return
                self._batch.popleft()
                for row in rows:
                    finish(row)
                received = time.monotonic()
            elif time.monotonic() - received > self._longest_silence:
                self._ending = "unresponsive"
                return

    def end(self) -> None:
        """Wait a short time for a process that ends by itself; kill any other."""
        self._pipe.close()
        if self._ending != "by itself":
            self._process.kill()
        self._process.join(_JOIN_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()

    def unfinished(self) -> list[Row]:
        """Rows of the cell that was running when the process ended, if there is one."""
        if not self._batch or self._ending == "interrupted":
            return []
        code, limit = self._process.exitcode or 0, self._limits.cell
        if self._ending == "unresponsive":
            status, message = "timed out", f"no row for {self._longest_silence:g} s"
        elif code == -signal.SIGXCPU:
            status, message = "timed out", f"after {limit:g} CPU-s"
        else:
            status, message = "crashed", _ending_of(code, self._limits)
        seconds = limit if status == "timed out" else math.nan
        return [
            replace(row, status=status, message=message, cpu_seconds=seconds)
            for row in self._batch.popleft().rows
        ]


def _ending_of(code: int, limits: Limits) -> str:
    """How a process ended. Compiled code often aborts when it gets no memory."""
    if code >= 0:
        return f"the process ended with exit code {code}"
    name = signal.Signals(-code).name
    return f"the process was ended by {name}; its memory was limited to {limits.memory_gb:g} GB"


@contextlib.contextmanager
def _no_interruption() -> Generator[None]:
    """Block SIGINT in a block, also in a process forked there until that process ignores it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(cells: list[Cell], limits: Limits, core: int | None, sender: Connection) -> None:
    """The body of a worker process: run the cells and send the rows of each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted run records no crashes
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if core is not None:
        os.sched_setaffinity(0, {core})
    _silence()
    numba.set_num_threads(1)  # several would wait for each other on one core
    memory = MemoryLimit()
    forbid_core_files()
    warmed: set[tuple[int, int]] = set()
    with threadpool_limits(limits=1):  # OpenMP's limit is one of the thread that forked
        for cell in cells:
            size = (cell.game.n_players, min(cell.budget, _WARM_UP_ROWS))
            if cell.method.warm_up == "apart" and size not in warmed:
                memory.allow(limits.memory_gb)
                warm_up(cell.method, *size, cell.targets[0])
                warmed.add(size)
            memory.allow(limits.memory_gb)
            sender.send(run_cell(cell, limits))
    sender.close()


def _silence() -> None:
    """Discard everything that is printed, by C libraries as well."""
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    warnings.simplefilter("ignore")


def warm_up(method: Method, n_players: int, n_rows: int, target: str) -> None:
    """Compile what a method needs: one uncounted call on a linear game."""
    weights = np.arange(1.0, n_players + 1)
    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
        method.explain(Request(lambda rows: rows @ weights, n_players, n_rows, 0, target))
