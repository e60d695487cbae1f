"""Send batches of coalitions to a game and yield the outcomes as they arrive, in any order.

Each of the four transports takes batches and yields pairs (batch, outcome). They ask one batch
after the other, in threads, through :class:`joblib.Parallel` (whose backend the user chooses), or
in an event loop of their own. Errors of the game, and interruptions raised in it, are part of the
outcomes; they are not raised here, so that no answer that arrives beside them is lost.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from types import FrameType
from typing import Any, NamedTuple, cast

import joblib
import numpy as np
from joblib.parallel import get_active_backend
from numpy.typing import NDArray

from shapiq_spex.ablation.answers import check_finite
from shapiq_spex.ablation.game_call import GameCall
from shapiq_spex.ablation.retrying import (
    Failure,
    Outcome,
    Reply,
    RetryRules,
    plan_attempts,
)
from shapiq_spex.ablation.spending import (
    POLL,
    CallRequests,
    Expected,
    Meter,
    RunEnded,
    ends_run,
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
    """Asks a batch, with repetitions and pauses; picklable if the game is."""

    call: GameCall
    rules: RetryRules
    meter: Meter
    expected: Expected

    def run(self, coalitions: Coalitions) -> Outcome:
        """Ask a batch of an ordinary game."""
        matrix = coalitions.dense()
        attempts = plan_attempts(len(coalitions), self.rules)
        requests = CallRequests(self.meter, self.expected)
        try:
            attempt = next(attempts)
            while True:
                asked = matrix[attempt.rows]
                try:
                    self.meter.wait(requests.pause_before(len(asked), attempt.pause))
                    while not requests.reserve(len(asked)):
                        self.meter.wait(POLL)
                    with requests.of_call():
                        values = self.call(asked)
                    reply = _checked(values, asked)
                except (Exception, KeyboardInterrupt, SystemExit) as error:
                    reply = Reply(None, error)
                attempt = attempts.send(self._noted(reply))
        except StopIteration as end:
            return _billed(end.value, requests)

    async def run_async(self, coalitions: Coalitions) -> Outcome:
        """Ask a batch of an ``async`` game."""
        matrix = coalitions.dense()
        attempts = plan_attempts(len(coalitions), self.rules)
        requests = CallRequests(self.meter, self.expected)
        try:
            attempt = next(attempts)
            while True:
                asked = matrix[attempt.rows]
                try:
                    await self.meter.wait_async(requests.pause_before(len(asked), attempt.pause))
                    while not requests.reserve(len(asked)):
                        await self.meter.wait_async(POLL)
                    with requests.of_call():
                        values = await self.call.call_async(asked)
                    reply = _checked(values, asked)
                except (Exception, KeyboardInterrupt, SystemExit) as error:
                    reply = Reply(None, error)
                attempt = attempts.send(self._noted(reply))
        except StopIteration as end:
            return _billed(end.value, requests)

    def _noted(self, reply: Reply) -> Reply:
        """End the run if the error of a reply does; the end of the run is an error of the reply."""
        if reply.error is None:
            return reply
        if ends_run(reply.error):
            self.meter.end(reply.error)
        elif self.meter.ended is not None:
            return Reply(reply.values, RunEnded("the run has ended"))
        return reply


def _billed(outcome: Outcome, requests: CallRequests) -> Outcome:
    outcome.requests, outcome.tokens = requests.requests, requests.tokens
    return outcome


Arrivals = Generator[tuple[Batch, Outcome], None, None]
NumberedOutcomes = Generator[tuple[int, Outcome], None, None]


def one_by_one(runner: BatchRunner, batches: Iterable[Batch]) -> Arrivals:
    """Ask one batch after the other in the calling thread."""
    for batch in batches:
        yield batch, runner.run(batch.coalitions)


def in_threads(runner: BatchRunner, batches: Iterable[Batch], count: int) -> Arrivals:
    """Ask from several threads."""
    arrived = _Inbox()
    waiting, lock = iter(batches), threading.Lock()

    def next_batch() -> Batch | None:
        with lock:
            return next(waiting, None)

    def work(batch: Batch | None) -> None:
        try:
            while batch is not None:
                arrived.put((batch, runner.run(batch.coalitions)))
                batch = next_batch()
        except BaseException as error:
            arrived.put(error)
        else:
            arrived.put(None)

    running = 0
    while running < count and (first := next_batch()) is not None:
        threading.Thread(target=work, args=(first,), daemon=True).start()
        running += 1
    try:
        yield from arrived.received(running, runner.meter)
    finally:
        runner.meter.close()


def through_joblib(runner: BatchRunner, batches: Iterable[Batch], n_jobs: int | None) -> Arrivals:
    """Ask through joblib; batches lost with a worker that died are asked again.

    ``joblib.parallel_config`` chooses the backend, and where ``n_jobs`` is ``None`` the number of
    workers. Ctrl-C in the main thread ends the run, but batches that were sent are completed: they
    are paid for. A second one is raised at once, and joblib stops its workers.
    """
    with _first_interruption_ends(runner.meter):
        yield from _through_joblib(runner, batches, n_jobs)


def _through_joblib(runner: BatchRunner, batches: Iterable[Batch], n_jobs: int | None) -> Arrivals:
    waiting = iter(batches)
    rounds_without_progress = 0
    while True:
        under_way: dict[int, Batch] = {}
        try:
            calls = (
                joblib.delayed(_run_in_worker)(runner, number, batch.coalitions)
                for number, batch in _recorded(waiting, under_way)
            )
            with closing(_as_they_arrive(calls, n_jobs)) as outcomes:
                for number, outcome in outcomes:
                    rounds_without_progress = 0
                    yield under_way.pop(number), outcome
        except (
            pickle.PicklingError,
            AttributeError,
            TypeError,
        ) as error:  # all say "cannot pickle"
            error.add_note(
                "the game cannot be sent to other processes; use "
                'joblib.parallel_config("threading"), or a game that can be pickled'
            )
            raise
        except Exception:
            # the game's errors are in outcomes, so a worker died or a connection was lost
            if runner.meter.ended is not None:
                return
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
    arrived = _Inbox()
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
        yield from arrived.received(1, runner.meter)
    finally:
        if not everything.done():
            loop.call_soon_threadsafe(everything.cancel)
        thread.join()


class _Inbox:
    """What threads send to the one that waits for it; an interruption of the wait loses nothing."""

    def __init__(self) -> None:
        self._sent: list[tuple[Batch, Outcome] | BaseException | None] = []
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    def put(self, item: tuple[Batch, Outcome] | BaseException | None) -> None:
        self._sent.append(item)
        self._bell.put(None)

    def received(self, senders: int, meter: Meter) -> Arrivals:
        """What arrives until each sender has sent ``None``; errors are raised.

        An interruption ends the run, but calls under way are completed: they are paid for. A second
        one is raised at once.
        """
        read = 0
        while senders:
            try:
                if read == len(self._sent):
                    self._bell.get()  # there may be more rings than items, but not fewer
                    continue
                item = self._sent[read]
                if isinstance(item, tuple):
                    yield item
                read += 1  # an interruption before this gives the same item again
            except KeyboardInterrupt as interruption:
                if isinstance(meter.ended, KeyboardInterrupt):
                    raise
                meter.end(interruption)
                continue
            self._sent[read - 1] = None
            if isinstance(item, BaseException):
                raise item
            senders -= item is None


@contextmanager
def _first_interruption_ends(meter: Meter) -> Generator[None, None, None]:
    """Let the first Ctrl-C end the run instead of joblib's workers.

    A KeyboardInterrupt inside of joblib would lose what they have under way. The handler is
    replaced only in the main thread, and only if it is Python's own.
    """
    usual = signal.default_int_handler
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        if isinstance(meter.ended, KeyboardInterrupt):
            usual(number, frame)
        meter.end(KeyboardInterrupt())

    signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _leave_interruptions_to_parent() -> None:
    """Ignore Ctrl-C in a worker process, to which a terminal sends it as well.

    It stays ignored: an idle worker that ends would take all others of loky's with it. The parent
    stops the workers where it must.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if multiprocessing.parent_process() is not None and in_main_thread:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def worker_count(n_jobs: int | None) -> int:
    """How many workers joblib would use under the configuration in force."""
    count: Any = joblib.effective_n_jobs(cast(int, n_jobs))  # None is allowed, the stub errs
    return int(count)


def _as_they_arrive(calls: Iterator[Any], n_jobs: int | None) -> NumberedOutcomes:
    """Outcomes as they arrive; in waves from backends that cannot do that (Ray's)."""
    parallel: Any = joblib.Parallel  # its stub errs
    if getattr(get_active_backend()[0], "supports_return_generator", False):
        # several batches in one task would be lost together
        unordered = parallel(n_jobs, batch_size=1, return_as="generator_unordered")
        with closing(unordered(calls)) as outcomes:
            yield from outcomes
        return
    with parallel(n_jobs) as workers:
        while wave := list(islice(calls, _BATCHES_PER_WORKER_AND_WAVE * worker_count(n_jobs))):
            yield from workers(wave)


def _recorded(batches: Iterable[Batch], under_way: dict[int, Batch]) -> Iterator[tuple[int, Batch]]:
    for number, batch in enumerate(batches):
        under_way[number] = batch
        yield number, batch


def _run_in_worker(runner: BatchRunner, number: int, coalitions: Coalitions) -> tuple[int, Outcome]:
    _leave_interruptions_to_parent()
    outcome = runner.run(coalitions)
    outcome.failures = [
        Failure(failure.rows, _picklable_error(failure.error)) for failure in outcome.failures
    ]
    if isinstance(outcome.ended, Exception):
        outcome.ended = _picklable_error(outcome.ended)
    return number, outcome


class _CarriedError(RuntimeError):
    """Stands for an error that cannot be pickled."""

    final = False


def _picklable_error(error: Exception) -> Exception:
    """An error that survives the way back from another process, with its traceback as a note."""
    note = "".join(traceback.format_exception(error))
    try:
        carried = pickle.loads(pickle.dumps(error))
    except Exception:
        carried = _CarriedError(f"{type(error).__name__}: {error}")
        carried.final = ends_run(error)
    carried.add_note(f"raised in a worker:\n{note}")
    return carried


def _checked(values: NDArray[np.float64], coalitions: BoolMatrix) -> Reply:
    try:
        check_finite(values, coalitions)
    except ValueError as error:
        return Reply(values, error)
    return Reply(values, None)
