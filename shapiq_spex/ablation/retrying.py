"""Decide what to do when a call of a game fails: repeat it, wait, halve the batch, give up.

:func:`plan_attempts` is a generator: it yields the rows to ask next and the pause before, and is
sent what the call returned. It neither sleeps nor calls the game, so that threads, processes and
event loops all use it.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.answers import check_outputs, finite_rows
from shapiq_spex.ablation.spending import ends_run

_LONGEST_PAUSE = 60.0
"""Seconds, before jitter. A choice; bounds how long a failing call waits."""
# from the operating system: the user's seeds are left alone, and forked workers differ
_jitter = random.SystemRandom()


@dataclass(frozen=True)
class RetryRules:
    """When to repeat failed calls, and when to give up.

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

    def pause(self, repetition: int) -> float:
        """Seconds before repetition 1, 2, ...: exponential, times 0.5 to 1.5 at random."""
        longest = min(_LONGEST_PAUSE, self.backoff * 2.0 ** min(repetition - 1, 60))
        return longest * (0.5 + _jitter.random())


class Attempt(NamedTuple):
    """A call to make: the rows of the batch to ask, after a pause in seconds."""

    rows: NDArray[np.intp]
    pause: float


class Reply(NamedTuple):
    """The result of a call: its values, if it returned any, and its error, if there was one.

    Values with NaN or infinite rows come with an error, but their finite rows count.
    """

    values: NDArray[np.float64] | None
    error: BaseException | None


class Failure(NamedTuple):
    """Rows given up (a single one if faults are isolated), and the last error."""

    rows: NDArray[np.intp]
    error: Exception


@dataclass
class Outcome:
    """The result of asking a batch.

    ``ended`` is an error that ends the run, such as a wrong key, a limit or an interruption: rows
    that are neither answered nor given up were not asked again because of it.
    """

    values: NDArray[np.float64] | None = None
    answered: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    failures: list[Failure] = field(default_factory=list[Failure])
    retries: int = 0
    ended: BaseException | None = None
    requests: int = 0
    tokens: float = 0.0


def plan_attempts(rows: int, rules: RetryRules) -> Generator[Attempt, Reply, Outcome]:
    """Yield call after call until every row of a batch is answered or given up.

    The whole batch is asked, and asked again up to ``retries`` times. If it still fails it is
    halved; each half is asked once and halved again, and a single coalition has ``retries``
    repetitions of its own. Rows that were answered are never asked again. An error that ends the
    run ends this at once, and an error with a false attribute ``repeatable`` is not repeated.

    Yields:
        The next call to make; expects its reply to be sent.

    Returns:
        The values, and the rows that were given up.
    """
    outcome = Outcome(answered=np.zeros(rows, dtype=np.bool_))
    calls = 0
    waiting = [np.arange(rows)]
    while waiting:
        left = waiting.pop()
        repetitions = rules.retries if calls == 0 or len(left) == 1 else 0
        error: BaseException | None = None
        for repetition in range(repetitions + 1):
            pause = rules.pause(repetition) if repetition else 0.0
            reply = yield Attempt(left, pause)
            calls += 1
            if reply.values is not None:
                left = _keep_finite(outcome, left, reply.values)
            error = reply.error
            if error is None or not getattr(error, "repeatable", True) or ends_run(error):
                break
        if error is None:
            continue
        if not isinstance(error, Exception) or ends_run(error):
            outcome.ended = error
            break
        if rules.isolate and (len(left) > 1 or _may_repeat(error, repetitions, rules)):
            middle = len(left) // 2
            waiting += [half for half in (left[middle:], left[:middle]) if len(half)]
            continue
        outcome.failures.append(Failure(left, error))
        if not rules.tolerant:
            break
    outcome.retries = max(calls - 1, 0)
    return outcome


def _may_repeat(error: Exception, repetitions: int, rules: RetryRules) -> bool:
    return repetitions < rules.retries and getattr(error, "repeatable", True)


def _keep_finite(
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
