"""Send batches of coalitions to a game and yield the outcomes as they arrive, in any order.

Each of the three transports takes batches and yields pairs (batch, outcome). They ask one batch
after the other, or through :class:`joblib.Parallel` (whose backend the user chooses), or in an
event loop of their own. Errors of the game are part of the outcomes; they are not raised here.
"""

from __future__ import annotations

import asyncio
import pickle
import queue
import threading
import time
import traceback
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, NamedTuple, cast

import joblib
import numpy as np
from joblib.parallel import get_active_backend
from numpy.typing import NDArray

from shapiq_spex.ablation.answers import check_finite
from shapiq_spex.ablation.game_call import GameCall
from shapiq_spex.ablation.rate_limit import RateLimit
from shapiq_spex.ablation.retrying import (
    Attempt,
    Failure,
    Outcome,
    Reply,
    RetryRules,
    plan_attempts,
)
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions

_MOST_ROUNDS_WITHOUT_PROGRESS = 3
"""Starts of new workers, after some died, without a single outcome. A choice; bounds the deaths
that a game which kills every worker causes."""
_BATCHES_PER_WORKER_AND_WAVE = 4
"""A choice; more batches leave workers idle less often, but a lost wave costs more."""


class Batch(NamedTuple):
    """Coalitions to ask in one call, and their rows in the whole list."""

    rows: NDArray[np.intp]
    coalitions: Coalitions


@dataclass(frozen=True)
class BatchRunner:
    """Asks a batch, with repetitions and pauses; without a limit picklable if the game is."""

    call: GameCall
    rules: RetryRules
    limit: RateLimit | None = None

    def run(self, coalitions: Coalitions) -> Outcome:
        """Ask a batch of an ordinary game."""
        matrix = coalitions.dense()
        attempts = plan_attempts(len(coalitions), self.rules)
        try:
            attempt = next(attempts)
            while True:
                if pause := self._pause(attempt):
                    time.sleep(pause)
                asked = matrix[attempt.rows]
                try:
                    reply = _checked(self.call(asked), asked)
                except Exception as error:
                    reply = Reply(None, error)
                attempt = attempts.send(reply)
        except StopIteration as end:
            return end.value

    async def run_async(self, coalitions: Coalitions) -> Outcome:
        """Ask a batch of an ``async`` game."""
        matrix = coalitions.dense()
        attempts = plan_attempts(len(coalitions), self.rules)
        try:
            attempt = next(attempts)
            while True:
                if pause := self._pause(attempt):
                    await asyncio.sleep(pause)
                asked = matrix[attempt.rows]
                try:
                    reply = _checked(await self.call.call_async(asked), asked)
                except Exception as error:
                    reply = Reply(None, error)
                attempt = attempts.send(reply)
        except StopIteration as end:
            return end.value

    def _pause(self, attempt: Attempt) -> float:
        return self.limit.reserve(attempt.pause) if self.limit else attempt.pause


Arrivals = Generator[tuple[Batch, Outcome], None, None]
NumberedOutcomes = Generator[tuple[int, Outcome], None, None]


def one_by_one(runner: BatchRunner, batches: Iterable[Batch]) -> Arrivals:
    """Ask one batch after the other in the calling thread."""
    for batch in batches:
        yield batch, runner.run(batch.coalitions)


def through_joblib(
    runner: BatchRunner, batches: Iterable[Batch], n_jobs: int | None, backend: str | None
) -> Arrivals:
    """Ask through joblib; batches lost with a worker that died are asked again.

    ``None`` leaves the number of workers or the backend to ``joblib.parallel_config``.
    """
    waiting = iter(batches)
    rounds_without_progress = 0
    while True:
        under_way: dict[int, Batch] = {}
        try:
            calls = (
                joblib.delayed(_run_in_worker)(runner, number, batch.coalitions)
                for number, batch in _recorded(waiting, under_way)
            )
            with closing(_as_they_arrive(calls, n_jobs, backend)) as outcomes:
                for number, outcome in outcomes:
                    rounds_without_progress = 0
                    yield under_way.pop(number), outcome
        except pickle.PicklingError as error:
            error.add_note(
                "the game cannot be sent to other processes; use "
                'joblib.parallel_config("threading"), or a game that can be pickled'
            )
            raise
        except Exception:
            # the game's errors are in outcomes, so a worker died or a connection was lost
            rounds_without_progress += 1
            if rounds_without_progress > _MOST_ROUNDS_WITHOUT_PROGRESS:
                raise
        else:
            return
        waiting = chain(list(under_way.values()), waiting)


def in_event_loop(runner: BatchRunner, batches: Iterable[Batch], concurrency: int) -> Arrivals:
    """Ask an ``async`` game from an event loop in a thread of its own.

    The thread makes it work where a loop is running already, as in a notebook.
    """
    arrived: queue.SimpleQueue[tuple[Batch, Outcome] | BaseException | None] = queue.SimpleQueue()
    shared = iter(batches)
    loop = asyncio.new_event_loop()

    async def ask_one_after_the_other() -> None:
        for batch in shared:
            arrived.put((batch, await runner.run_async(batch.coalitions)))

    async def ask_all() -> None:
        await asyncio.gather(*(ask_one_after_the_other() for _ in range(concurrency)))

    everything = loop.create_task(ask_all())

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as loop_runner:
                loop_runner.get_loop().run_until_complete(everything)
        except BaseException as error:
            arrived.put(error)
        else:
            arrived.put(None)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (arrival := arrived.get()) is not None:
            if isinstance(arrival, BaseException):
                raise arrival
            yield arrival
    finally:
        if not everything.done():
            loop.call_soon_threadsafe(everything.cancel)
        thread.join()


def worker_count(n_jobs: int | None) -> int:
    """How many workers joblib would use under the configuration in force."""
    count: Any = joblib.effective_n_jobs(cast(int, n_jobs))  # None is allowed, the stub errs
    return int(count)


def _as_they_arrive(
    calls: Iterator[Any], n_jobs: int | None, backend: str | None
) -> NumberedOutcomes:
    """Outcomes as they arrive; in waves from backends that cannot do that (Ray's)."""
    if backend is not None or getattr(get_active_backend()[0], "supports_return_generator", False):
        unordered: Any = joblib.Parallel(n_jobs, backend, return_as="generator_unordered")
        with closing(unordered(calls)) as outcomes:
            yield from outcomes
        return
    pool: Any = joblib.Parallel(n_jobs)
    with pool as workers:
        while wave := list(islice(calls, _BATCHES_PER_WORKER_AND_WAVE * worker_count(n_jobs))):
            yield from workers(wave)


def _recorded(batches: Iterable[Batch], under_way: dict[int, Batch]) -> Iterator[tuple[int, Batch]]:
    for number, batch in enumerate(batches):
        under_way[number] = batch
        yield number, batch


def _run_in_worker(runner: BatchRunner, number: int, coalitions: Coalitions) -> tuple[int, Outcome]:
    outcome = runner.run(coalitions)
    outcome.failures = [
        Failure(failure.rows, _picklable_error(failure.error)) for failure in outcome.failures
    ]
    return number, outcome


def _picklable_error(error: Exception) -> Exception:
    """An error that survives the way back from another process, with its traceback as a note."""
    note = "".join(traceback.format_exception(error))
    try:
        carried = pickle.loads(pickle.dumps(error))
    except Exception:
        carried = RuntimeError(f"{type(error).__name__}: {error}")
    carried.add_note(f"raised in a worker:\n{note}")
    return carried


def _checked(values: NDArray[np.float64], coalitions: BoolMatrix) -> Reply:
    try:
        check_finite(values, coalitions)
    except ValueError as error:
        return Reply(values, error)
    return Reply(values, None)
