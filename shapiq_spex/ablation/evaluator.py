"""Ask a game, in batches, for distinct coalitions without a stored answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib.parallel import get_active_backend
from numpy.typing import ArrayLike, NDArray
from tqdm.auto import tqdm

from shapiq_spex._argument_checks import check_choice, check_type
from shapiq_spex.ablation.ablation_policy import Ablation, default_ablation
from shapiq_spex.ablation.answer_sheet import AnswerSheet
from shapiq_spex.ablation.answer_store import open_store
from shapiq_spex.ablation.answers import Answers, Outputs
from shapiq_spex.ablation.game_call import GameCall, GameLike
from shapiq_spex.ablation.repeats import (
    mean_answers,
    prepare_repeats,
    told_noise,
    wanted_answers,
)
from shapiq_spex.ablation.representable import check_representable
from shapiq_spex.ablation.retrying import Outcome, RetryRules
from shapiq_spex.ablation.spending import Expected, LimitReached, Meter
from shapiq_spex.ablation.transport import (
    Arrivals,
    Batch,
    BatchRunner,
    in_event_loop,
    in_threads,
    one_by_one,
    through_joblib,
    worker_count,
)
from shapiq_spex.fourier.coalitions import Coalitions

# the sizes of batches, where neither the user nor the game chooses
_LARGE_BATCH = 1024
"""Coalitions. A choice; calls of vectorised games cost little each."""
_SMALL_BATCH = 32
"""Coalitions. A choice; bounds the loss with a killed process and the idle time of workers."""
_MOST_BYTES_PER_BATCH = 2**24
"""Of the boolean matrix. A choice; bounds memory at 16 MB per call."""


def ask(
    game: GameLike,
    coalitions: Coalitions | ArrayLike,
    policy: Ablation | None = None,
    *,
    label: str = "ablations",
    outputs: Outputs = "one",
    earlier: Answers | None = None,
    representable: bool = False,
) -> Answers:
    """Ask a game for the values of coalitions.

    A run asks every distinct coalition once, apart from retries, or as often as the policy says
    (:mod:`shapiq_spex.ablation.repeats`), and not at all if its answers are stored. Answers are
    stored batch by batch as they arrive, in any order. Where several processes share a store, a
    coalition that one begins to ask before another has stored its answer is paid for by both; the
    first answer counts.

    Args:
        game: A :class:`shapiq.Game` or imputer, or any function, ``async`` or not, that takes an
            (m, n) boolean matrix (True = player kept) and returns m numbers.
        coalitions: The coalitions to ask for; a boolean matrix will do.
        policy: How to ask; by default the process-wide policy.
        label: The name of the work at the progress bar.
        outputs: ``"many"`` if the game returns k numbers per coalition, an (m, k) matrix.
        earlier: Answers of the same run, whose requests count towards the limits of the policy.
        representable: End the run at answers too large or too close to each other for floats.

    Returns:
        The answers, in the order of ``coalitions``.

    Raises:
        TypeError: If the game cannot be called, or does not return real numbers.
        ValueError: If it returns too many or too few numbers, or NaN or infinite ones, or if a game
            that tells the standard errors of its answers is to be asked repeatedly.
        StoreError: If the store cannot be used.
        LimitReached: If a limit of the policy allows not even one answer.
        Exception: Whatever the game raises, after the repetitions that the policy allows.

    Example:
        >>> ask(lambda kept: kept.sum(axis=1), [[True, False, True], [False, False, True]]).values
        array([2., 1.])
    """
    policy = _checked_policy(policy, earlier, outputs)
    if not isinstance(coalitions, Coalitions):
        coalitions = Coalitions.from_dense(coalitions)
    distinct, place = coalitions.distinct()
    once = _Round(game, policy, outputs, representable)
    wanted = wanted_answers(distinct, policy)
    if int(wanted.max(initial=1)) > 1:
        return _ask_repeatedly(once, distinct, wanted, earlier, label).of_rows(place)
    answers = once.ask(distinct, earlier, label)
    return replace(answers, noise=told_noise(game, distinct, answers)).of_rows(place)


@dataclass(frozen=True)
class _Round:
    """Asks each coalition once, or takes the answer from a store.

    Attributes:
        game: The game.
        policy: How to ask it.
        outputs: Whether it returns one number per coalition, or many.
        representable: Whether to end the run at answers that floats cannot serve.
        earlier_answers: How many stored answers to each coalition belong to earlier rounds.
    """

    game: GameLike
    policy: Ablation
    outputs: Outputs
    representable: bool
    earlier_answers: int = 0

    def ask(self, distinct: Coalitions, earlier: Answers | None, label: str) -> Answers:
        """Ask distinct coalitions; ``earlier`` answers of the same run count towards limits."""
        started = time.perf_counter()
        policy = self.policy
        runner = _runner(GameCall(self.game, self.outputs, policy.timeout), policy, earlier)
        with ExitStack() as stack:
            store = open_store(self.game, distinct.n_players, policy)
            if store is not None:
                stack.enter_context(store)
            sheet = AnswerSheet(distinct, self.outputs, store, self.earlier_answers)
            if store is not None and not sheet.answered.all():
                store.check_writable()
            bar = stack.enter_context(_progress_bar(self.game, policy, label, sheet))
            _collect(sheet, runner, bar, representable=self.representable)
        some = bool(sheet.answered.any()) or (earlier is not None and bool(earlier.answered.any()))
        ended = runner.meter.ended
        if ended is not None and not _leaves_answers(ended, policy, some):
            raise sheet.noted(ended)
        if sheet.failures and (policy.on_error == "raise" or not some):
            raise sheet.error()
        reason = "" if ended is None or sheet.answered.all() else str(ended)
        return _with_bill(sheet.answers(time.perf_counter() - started, reason), runner)


def _ask_repeatedly(
    once: _Round,
    distinct: Coalitions,
    wanted: NDArray[np.intp],
    earlier: Answers | None,
    label: str,
) -> Answers:
    """Ask each coalition as often as wanted, round by round, and average its answers."""
    past = [] if earlier is None else [earlier]
    rounds: list[tuple[NDArray[np.intp], Answers]] = []
    rows = np.arange(len(distinct))
    most = int(wanted.max())
    for number in range(most):
        prepare_repeats(once.game)
        named = f"{label} ({number + 1} of {most})"
        before = Answers.joined(past) if past else None
        answers = replace(once, earlier_answers=number).ask(distinct[rows], before, named)
        rounds.append((rows, answers))
        past.append(answers)
        if answers.ended:
            break
        rows = np.flatnonzero(rounds[0][1].answered & (wanted > number + 1))
    return mean_answers(rounds)


def _checked_policy(policy: Ablation | None, earlier: Answers | None, outputs: Outputs) -> Ablation:
    """The policy to use; refuse arguments of the wrong kind."""
    check_type(policy, Ablation | None, "policy must be an Ablation or None")
    check_type(earlier, Answers | None, "earlier must be the Answers of the same run or None")
    check_choice(outputs, "outputs", ("one", "many"))
    return policy or default_ablation()


def _leaves_answers(ended: BaseException, policy: Ablation, some: bool) -> bool:
    """Whether a run that ended early has a result all the same."""
    limited = isinstance(ended, LimitReached) or policy.on_error == "skip"
    return some and limited and isinstance(ended, Exception)


def _with_bill(answers: Answers, runner: BatchRunner) -> Answers:
    policy = runner.meter.policy
    cost = policy.cost(answers.requests, answers.tokens)
    if runner.expected.told or policy.max_requests is not None or cost is not None:
        return replace(answers, cost=cost)
    return replace(answers, requests=0, tokens=0.0)


def _collect(sheet: AnswerSheet, runner: BatchRunner, bar: tqdm, *, representable: bool) -> None:
    """Send the batches of a sheet and record what arrives.

    Calls under way when the run ends early are completed and recorded: they are paid for.
    """
    policy, meter = runner.meter.policy, runner.meter
    stop = threading.Event()
    batches = sheet.missing_batches(_batch_rows(runner, sheet.coalitions.n_players, policy))
    if representable:
        _end_unless_representable(sheet, meter)  # by the answers in the store
    interrupted = False
    unrecorded: tuple[Batch, Outcome] | None = None
    with closing(_sent(runner, _until(stop, meter, batches), policy)) as arriving:
        while True:
            try:
                if unrecorded is not None:
                    sheet.record(*unrecorded)
                for arrival in arriving:
                    unrecorded = arrival
                    sheet.record(*arrival)
                    unrecorded = None
                    _show(bar, sheet, runner)
                    if representable:
                        _end_unless_representable(sheet, meter)
                    if arrival[1].ended is not None:  # in another process, perhaps
                        meter.end(arrival[1].ended)
                    if arrival[1].failures and policy.on_error == "raise":
                        stop.set()
            except KeyboardInterrupt as interruption:
                if interrupted:
                    raise
                interrupted = True
                meter.end(interruption)
            else:
                meter.close()  # abandoned calls send nothing more
                return


def _end_unless_representable(sheet: AnswerSheet, meter: Meter) -> None:
    if sheet.values is None or meter.ended is not None:
        return
    try:
        check_representable(sheet.values[sheet.answered], complete=False)
    except ValueError as error:
        meter.end(error)


def _show(bar: tqdm, sheet: AnswerSheet, runner: BatchRunner) -> None:
    bar.update(int(sheet.answered.sum()) - bar.n)
    counts: dict[str, object] = dict(sheet.counts())
    policy = runner.meter.policy
    if runner.expected.told or policy.max_requests is not None:
        counts["requests"] = sheet.requests
    if (cost := policy.cost(sheet.requests, sheet.tokens)) is not None:
        counts["cost"] = f"{cost:.2f}"
    if counts:
        bar.set_postfix(counts, refresh=False)


def _runner(call: GameCall, policy: Ablation, earlier: Answers | None) -> BatchRunner:
    tolerant = policy.on_error == "skip"
    # with neither repetitions nor skipping the first error is shown at once, not isolated
    isolate = tolerant or policy.retries > 0
    rules = RetryRules(policy.retries, policy.backoff, isolate=isolate, tolerant=tolerant)
    expected = Expected.of(call.game)
    if policy.max_cost and not (policy.cost_per_request or expected.metered or expected.tokens):
        raise ValueError(
            "max_cost cannot be kept for a game that does not tell its tokens: give "
            "cost_per_request, or the game an attribute tokens_per_coalition"
        )
    spent = (0, 0.0) if earlier is None else (earlier.requests, earlier.tokens)
    return BatchRunner(call, rules, Meter(policy, *spent), expected)


def _sent(runner: BatchRunner, batches: Iterable[Batch], policy: Ablation) -> Arrivals:
    if runner.call.is_async:
        return in_event_loop(runner, batches, policy.concurrency or 1)
    if policy.concurrency is not None:
        return in_threads(runner, batches, policy.concurrency)
    if not _is_shared(policy.n_jobs):
        return one_by_one(runner, batches)
    if runner.meter.is_shared and not getattr(_backend(), "supports_sharedmem", False):
        raise ValueError(
            "requests_per_minute, max_requests and max_cost cannot be kept by several processes: "
            'use concurrency=... (threads) or joblib.parallel_config("threading")'
        )
    return through_joblib(runner, batches, policy.n_jobs)


def _is_shared(n_jobs: int | None) -> bool:
    """Whether joblib would share the work: among several workers, or with a cluster."""
    if n_jobs == 1:
        return False
    elsewhere = not type(_backend()).__module__.startswith("joblib._parallel_backends")
    return elsewhere or worker_count(n_jobs) > 1


def _backend() -> Any:
    """The joblib backend in force."""
    return get_active_backend()[0]


def _batch_rows(runner: BatchRunner, n_players: int, policy: Ablation) -> int:
    rows = policy.batch_size
    own = getattr(runner.call.game, "batch_size", None)
    if rows is None and isinstance(own, int) and own >= 1:
        rows = own
    if rows is None:
        rows = _default_rows(runner, n_players, policy)
    if policy.max_requests is None:
        return rows
    return max(1, min(rows, int(policy.max_requests / runner.expected.requests)))


def _default_rows(runner: BatchRunner, n_players: int, policy: Ablation) -> int:
    if runner.call.is_async or policy.concurrency is not None or runner.meter.is_shared:
        return 1
    rows = _SMALL_BATCH if policy.store is not None or _is_shared(policy.n_jobs) else _LARGE_BATCH
    return min(rows, max(1, _MOST_BYTES_PER_BATCH // max(n_players, 1)))


def _progress_bar(game: GameLike, policy: Ablation, label: str, sheet: AnswerSheet) -> tqdm:
    shown = policy.progress
    if shown is None:
        shown = getattr(game, "verbose", None) is True
    bar = tqdm(
        total=len(sheet.coalitions),
        initial=int(sheet.answered.sum()),
        desc=label,
        unit="ablation",
        disable=not shown,
    )
    bar.set_postfix(sheet.counts(), refresh=False)
    return bar


def _until(stop: threading.Event, meter: Meter, batches: Iterable[Batch]) -> Iterator[Batch]:
    for batch in batches:
        if stop.is_set() or meter.ended is not None:
            return
        yield batch
