"""What a method costs: coalitions evaluated, CPU time without the game's, and memory."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
import time
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.measuring.process_limits import Deadline, status_mb
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.terms import Vector

if sys.platform != "win32":
    import resource

_FEW_PLAYERS = 30  # with more players, no held-out coalition is drawn again by chance


class MeteredGame:
    """The game as the methods see it, with its rows counted and its time measured.

    Attributes:
        rows: The number of coalitions evaluated so far.
        seconds: CPU seconds that the game took so far.
        deadline: The deadline of the process, postponed by the time that the game takes.
    """

    def __init__(self, game: BenchmarkGame) -> None:
        self._game = game
        self._asked: list[NDArray[np.void]] = []
        self.rows = 0
        self.seconds = 0.0
        self.deadline: Deadline | None = None

    def __call__(self, coalitions: BoolMatrix) -> Vector:
        """The values of the coalitions."""
        started = time.process_time()
        if self.deadline:
            self.deadline.lift()
        try:
            rows = np.atleast_2d(np.asarray(coalitions)).astype(np.bool_)
            values = np.asarray(self._game.value(rows), dtype=np.float64)
            self.rows += len(rows)
            if self._game.n_players <= _FEW_PLAYERS:
                self._asked.append(Coalitions.from_dense(rows).keys())
        finally:
            self.seconds += time.process_time() - started
            if self.deadline:
                self.deadline.postpone(self.seconds)
        return values

    def unseen(self) -> NDArray[np.bool_]:
        """Which held-out coalitions were not evaluated by chance; all if each one was."""
        unseen = np.ones(len(self._game.held_out), dtype=np.bool_)
        if self._asked:
            held_out = Coalitions.from_dense(self._game.held_out).keys()
            unseen &= ~np.isin(held_out, np.concatenate(self._asked))
        return unseen if unseen.any() else ~unseen


@contextlib.contextmanager
def time_limit(seconds: float, clock: MeteredGame) -> Generator[None]:
    """Let the system end the process after this much CPU time without that of the game.

    The system counts whole seconds, so the process may live up to a second longer.
    """
    clock.deadline = Deadline(time.process_time() + seconds)
    try:
        yield
    finally:
        clock.deadline.lift()
        clock.deadline = None


def fresh_peak_mb() -> float:
    """Reset the peak to the present resident memory where the system allows it; return the peak.

    Freed memory is first returned to the system. A method that could reuse it would seem to need
    less memory than one that starts in a new process.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # glibc only
        ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return peak_mb()


def peak_mb() -> float:
    """Peak resident memory of this process in MB."""
    if (peak := status_mb("VmHWM")) is not None:
        return peak
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return resident / (2**20 if sys.platform == "darwin" else 2**10)
