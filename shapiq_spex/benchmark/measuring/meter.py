"""What a method costs: the rows it asks for, its CPU time without the game's, its memory."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import signal
import sys
import time
from collections.abc import Generator
from types import FrameType

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.measuring.process_limits import Deadline, status_mb
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Vector

_FEW_PLAYERS = 30  # of more players, no coalition is met twice by chance
_GRACE = 1.1  # times its limit, and a second, may a method take before its process is ended


class MeteredGame:
    """The game as the methods see it: counts the rows and times itself.

    Attributes:
        rows: Coalitions asked so far.
        deadline: The end of the process, which what the game takes does not bring nearer.
    """

    def __init__(self, game: BenchmarkGame) -> None:
        self._game = game
        self._asked: list[NDArray[np.void]] = []
        self._seconds_before = 0.0
        self._started: float | None = None  # the call under way, if there is one
        self.rows = 0
        self.deadline: Deadline | None = None

    @property
    def seconds(self) -> float:
        """CPU seconds that the game took so far, those of a call under way included."""
        under_way = 0.0 if self._started is None else time.process_time() - self._started
        return self._seconds_before + under_way

    def __call__(self, coalitions: BoolMatrix) -> Vector:
        """The values of the coalitions."""
        with self._counting():
            rows = np.atleast_2d(np.asarray(coalitions)).astype(np.bool_)
            values = np.asarray(self._game.value(rows), dtype=np.float64)
            self.rows += len(rows)
            if self._game.n_players <= _FEW_PLAYERS:
                self._asked.append(Coalitions.from_dense(rows).keys())
        return values

    @contextlib.contextmanager
    def _counting(self) -> Generator[None]:
        """What is spent inside is the game's."""
        self._started = time.process_time()
        if self.deadline:
            self.deadline.lift()
        try:
            yield
        finally:
            if self.deadline:
                self.deadline.postpone(self.seconds)
            self._seconds_before, self._started = self.seconds, None

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

    Code that does not return to the interpreter is not reached by this. From Python 3.13 on, a
    process that a thread has forked is reached late or not at all: the interpreter wants the thread
    that was the main one before to handle the signal. The system ends such a process by SIGXCPU
    when its time is up by a tenth and a second.

    Raises:
        OutOfTimeError: When the time is up.
    """
    started = time.process_time()
    over = False

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        if over:  # a late alarm
            return
        left = seconds + clock.seconds - (time.process_time() - started)
        if left > 0:
            signal.setitimer(signal.ITIMER_PROF, left)
        else:
            # again in a second, should this one be lost: ctypes swallows it in callbacks (LightGBM)
            signal.setitimer(signal.ITIMER_PROF, 1.0)
            raise OutOfTimeError

    previous = signal.signal(signal.SIGPROF, on_alarm)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    clock.deadline = Deadline(started + _GRACE * seconds + 1.0)
    try:
        yield
    finally:
        over = True
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        clock.deadline.lift()
        clock.deadline = None
        signal.signal(signal.SIGPROF, previous)  # which first handles alarms that are late


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
    if (peak := status_mb("VmHWM")) is not None:
        return peak
    import resource  # not on Windows

    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return resident / (2**20 if sys.platform == "darwin" else 2**10)
