"""What to do when a game fails: repeat, wait, halve, give up. No clock and no game in here.

:func:`persevere` is a generator that says which rows to ask next and after which pause, and is
sent what came back. Threads, processes and event loops drive the same generator.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.answers import check_outputs, finite_rows

_LONGEST_WAIT = 60.0
# from the operating system: no seed of the user's is touched, and forked workers differ
_jitter = random.SystemRandom()


@dataclass(frozen=True)
class Patience:
    """How long to go on asking.

    Args:
        retries: Repetitions of a failed call.
        backoff: Seconds before the first repetition; doubled each time, at most a minute.
        isolate: Whether to halve a batch that keeps failing until the coalition at fault is found.
        tolerant: Whether to go on with the other rows once a coalition is given up.
    """

    retries: int
    backoff: float
    isolate: bool
    tolerant: bool

    def wait(self, repetition: int) -> float:
        """Seconds to wait before repetition 1, 2, ...: exponential, give or take a half."""
        longest = min(_LONGEST_WAIT, self.backoff * 2.0 ** min(repetition - 1, 60))
        return longest * (0.5 + _jitter.random())


class Try(NamedTuple):
    """A call to make: the rows of the batch to ask, after a pause in seconds."""

    rows: NDArray[np.intp]
    pause: float


class Reply(NamedTuple):
    """What came of a call: values (None if there are none), and the error if there was one.

    Values with NaN or infinite rows come with the error that says so; their finite rows count.
    """

    values: NDArray[np.float64] | None
    error: Exception | None


class Failure(NamedTuple):
    """Rows given up (a single one if faults are isolated), and the last error."""

    rows: NDArray[np.intp]
    error: Exception


@dataclass
class Outcome:
    """What came of a batch."""

    values: NDArray[np.float64] | None = None
    answered: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    failures: list[Failure] = field(default_factory=list[Failure])
    retries: int = 0


def persevere(rows: int, patience: Patience) -> Generator[Try, Reply, Outcome]:
    """Ask all rows of a batch, however long it takes within the given patience.

    The whole batch is asked, and asked again up to ``retries`` times. If it still fails it is
    halved; each half is asked once and halved again, and a single coalition has ``retries``
    repetitions of its own. Rows that were answered are never asked again.

    Args:
        rows: Number of rows of the batch.
        patience: How long to go on.

    Yields:
        The next call to make; expects the reply to be sent.

    Returns:
        The values, and the rows that were given up.
    """
    outcome = Outcome(answered=np.zeros(rows, dtype=np.bool_))
    calls = 0
    waiting = [np.arange(rows)]
    while waiting:
        left = waiting.pop()
        repetitions = patience.retries if calls == 0 or len(left) == 1 else 0
        error: Exception | None = None
        for repetition in range(repetitions + 1):
            pause = patience.wait(repetition) if repetition else 0.0
            reply = yield Try(left, pause)
            calls += 1
            if reply.values is not None:
                left = _enter(outcome, left, reply.values)
            error = reply.error
            if error is None:
                break
        if error is None:
            continue
        if patience.isolate and (len(left) > 1 or repetitions < patience.retries):
            middle = len(left) // 2
            waiting += [half for half in (left[middle:], left[:middle]) if len(half)]
            continue
        outcome.failures.append(Failure(left, error))
        if not patience.tolerant:
            break
    outcome.retries = max(calls - 1, 0)
    return outcome


def _enter(
    outcome: Outcome, rows: NDArray[np.intp], values: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Keep the finite rows; return those that are still without an answer."""
    if outcome.values is None:
        outcome.values = np.full((len(outcome.answered), *values.shape[1:]), np.nan)
    check_outputs(outcome.values, values)
    finite = finite_rows(values)
    outcome.values[rows[finite]] = values[finite]
    outcome.answered[rows[finite]] = True
    return rows[~finite]
