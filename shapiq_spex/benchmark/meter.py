"""What a method costs: the rows it asks for, its CPU time without the game's, its memory."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import resource
import signal
import sys
import time
from collections.abc import Generator
from types import FrameType

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.benchmark.games import BenchmarkGame
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Vector

_FEW_PLAYERS = 30  # of more players, no coalition is met twice by chance


class MeteredGame:
    """The game as the methods see it: counts the rows and times itself.

    Attributes:
        rows: Coalitions asked so far.
        seconds: CPU seconds that the game took for them.
    """

    def __init__(self, game: BenchmarkGame) -> None:
        self._game = game
        self._asked: list[NDArray[np.void]] = []
        self.rows = 0
        self.seconds = 0.0

    def __call__(self, coalitions: BoolMatrix) -> Vector:
        """The values of the coalitions."""
        started = time.process_time()
        rows = np.atleast_2d(np.asarray(coalitions)).astype(np.bool_)
        values = np.asarray(self._game.value(rows), dtype=np.float64)
        self.rows += len(rows)
        if self._game.n_players <= _FEW_PLAYERS:
            self._asked.append(Coalitions.from_dense(rows).keys())
        self.seconds += time.process_time() - started
        return values

    def unseen(self) -> NDArray[np.bool_]:
        """Which held-out coalitions were not asked by chance; all of them if every one was."""
        unseen = np.ones(len(self._game.held_out), dtype=np.bool_)
        if self._asked:
            held_out = Coalitions.from_dense(self._game.held_out).keys()
            unseen &= ~np.isin(held_out, np.concatenate(self._asked))
        return unseen if unseen.any() else ~unseen


class OutOfTimeError(BaseException):
    """Not an Exception, so that no method can swallow it."""


@contextlib.contextmanager
def time_limit(seconds: float, clock: MeteredGame) -> Generator[None]:
    """Raise when the process has used ``seconds`` of CPU beyond those of the game.

    Code that never returns to the interpreter is not reached by this; the process that waits for
    it ends it (:mod:`shapiq_spex.benchmark.workers`).

    Raises:
        OutOfTimeError: When the time is up.
    """
    started = time.process_time()

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        left = seconds + clock.seconds - (time.process_time() - started)
        if left > 0:
            signal.setitimer(signal.ITIMER_PROF, left)
        else:
            # again in a second, should this one be lost: ctypes swallows it in callbacks (LightGBM)
            signal.setitimer(signal.ITIMER_PROF, 1.0)
            raise OutOfTimeError

    previous = signal.signal(signal.SIGPROF, on_alarm)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, previous)


def fresh_peak_mb() -> float:
    """Make the present resident memory the peak, where the system can (Linux), and return it.

    What was freed is given back to the system before: a method that found it still with the process
    would seem to need less memory than one that starts in a new process.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # glibc only
        ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return peak_mb()


def peak_mb() -> float:
    """Peak resident memory of this process in MB."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
