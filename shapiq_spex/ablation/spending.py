"""Count, pace and limit the requests that the calls of a game cost.

A game says how many requests one coalition takes by its attribute ``requests_per_coalition`` (1 if
it has none; a fraction if one request serves several), and roughly how many tokens by
``tokens_per_coalition``. A call reserves this many before it begins. A game that sends its requests
through an :class:`~shapiq_spex.games.Endpoint` need not say so: each request is counted when it is
sent, and if the game has a true attribute ``metered``, those that it did not need are given back.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.rate_limit import RateLimit

POLL = 0.01
"""Seconds between attempts to begin a call that may become affordable. A choice."""
_LONGEST_SLEEP = 0.2
"""Seconds. A choice; bounds how long a waiting task of an event loop goes on after an end."""


class LimitReached(RuntimeError):
    """A request would exceed ``max_requests`` or ``max_cost`` of the policy; it was not sent.

    A run that meets it ends with the answers it has. It is raised if there are none.

    Example:
        >>> from shapiq_spex import Ablation
        >>> from shapiq_spex.ablation import ask
        >>> answers = ask(lambda kept: kept[:, 0], [[True], [False]], Ablation(max_requests=1))
        >>> answers.answered.tolist(), answers.ended
        ([True, False], 'the limit max_requests=1 is reached')
    """

    final = True


class RunEnded(RuntimeError):
    """The run has ended for a reason that another call met."""

    final = True


def ends_run(error: BaseException) -> bool:
    """Whether no further coalition should be asked: an interruption, or an error that says so."""
    return not isinstance(error, Exception) or getattr(error, "final", False) is True


@dataclass(frozen=True)
class Expected:
    """What one coalition of a game takes.

    Attributes:
        requests: Requests; a fraction if one serves several coalitions.
        tokens: Tokens, roughly; ``None`` if unknown.
        metered: Whether all requests are counted when they are sent.
        told: Whether the game says any of this.
    """

    requests: float = 1.0
    tokens: float | None = None
    metered: bool = False
    told: bool = False

    @classmethod
    def of(cls, game: object) -> Expected:
        """What the attributes of a game say.

        Raises:
            ValueError: If it gives a number that is not finite and positive.
        """
        requests = _number(game, "requests_per_coalition")
        tokens = _number(game, "tokens_per_coalition")
        metered = getattr(game, "metered", False) is True
        told = metered or requests is not None or tokens is not None
        return cls(1.0 if requests is None else requests, tokens, metered, told)


def _number(game: object, name: str) -> float | None:
    value: Any = getattr(game, name, None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name} of a game must be finite and positive, got {value}")
    return float(value)


class Meter:
    """Counts, paces and limits the requests of one run; shared by its threads and tasks.

    A copy in another process counts for itself, which limits do not allow.
    """

    def __init__(self, policy: Ablation, requests: int = 0, tokens: float = 0.0) -> None:
        self.policy = policy
        self.requests, self.tokens = requests, tokens
        self.ended: BaseException | None = None
        rate = policy.requests_per_minute
        self._rate = None if rate is None else RateLimit(rate)
        self._lock = threading.RLock()  # a signal handler may end the run
        self._over = threading.Event()
        self._closed = threading.Event()
        self._calls = self._sending = 0

    @property
    def is_shared(self) -> bool:
        """Whether it only works where all calls share it."""
        policy = self.policy
        limits = (policy.requests_per_minute, policy.max_requests, policy.max_cost)
        return any(limit is not None for limit in limits)

    def end(self, error: BaseException) -> None:
        """Let no more requests begin; calls that are under way are completed."""
        with self._lock:
            # an interruption is raised, whatever else has ended the run
            first = self.ended is None and not isinstance(error, RunEnded)
            if first or not isinstance(error, Exception):
                self.ended = error
        self._over.set()

    def close(self) -> None:
        """Let no more requests be sent: nobody waits for their answers any more."""
        self._closed.set()
        self._over.set()

    def wait(self, seconds: float) -> None:
        """Wait for a time, or until the run ends."""
        if seconds > 0:
            self._over.wait(seconds)

    def wait_under_way(self, seconds: float) -> None:
        """Wait for a time within a call, which is completed even if the run has ended."""
        if seconds > 0:
            self._closed.wait(seconds)

    async def wait_async(self, seconds: float) -> None:
        """Wait in an event loop for a time, or until the run ends."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._over.is_set():
            await asyncio.sleep(min(left, _LONGEST_SLEEP))

    def pace(self, requests: float, not_before: float) -> float:
        """Seconds to wait before so many requests."""
        if self._rate is None:
            return not_before
        return self._rate.reserve(not_before, requests)

    def begin_call(self, requests: int, tokens: float) -> bool:
        """Count what a call takes, before it begins; see :meth:`_reserve`.

        Raises:
            RunEnded: If the run has ended.
        """
        with self._lock:
            if self._over.is_set():
                raise RunEnded("the run has ended")
            begins = self._reserve(requests, tokens, others=self._calls)
            self._calls += begins
            return begins

    def begin_request(self, requests: int, tokens: float) -> bool:
        """Count what a request of a call under way takes beyond that; see :meth:`_reserve`.

        Raises:
            RunEnded: If nobody waits for the call any more.
        """
        with self._lock:
            if self._closed.is_set():
                raise RunEnded("the run has ended")
            begins = self._reserve(requests, tokens, others=self._sending)
            self._sending += begins
            return begins

    def end_call(self, unused: int) -> None:
        """Take back what a call did not need."""
        with self._lock:
            self._calls -= 1
            self.requests -= unused

    def end_request(self, tokens: float) -> None:
        """Correct the tokens of a request once they are known."""
        with self._lock:
            self._sending -= 1
            self.tokens += tokens

    def _reserve(self, requests: int, tokens: float, others: int) -> bool:
        """Count requests, unless a limit would be passed.

        Returns:
            Whether they are counted. If not, some of ``others`` that are under way may turn out to
            take less, so that it is worth another try.

        Raises:
            LimitReached: If none are under way.
        """
        requests, tokens = self.requests + requests, self.tokens + tokens
        policy, reached = self.policy, ""
        if policy.max_requests is not None and requests > policy.max_requests:
            reached = f"max_requests={policy.max_requests}"
        if policy.max_cost is not None and (policy.cost(requests, tokens) or 0) > policy.max_cost:
            reached = f"max_cost={policy.max_cost:g}"
        if not reached:
            self.requests, self.tokens = requests, tokens
        elif not others:
            raise LimitReached(f"the limit {reached} is reached")
        return not reached

    def __getstate__(self) -> dict[str, Any]:
        return {"policy": self.policy}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["policy"])


@dataclass
class Request:
    """A request that is being sent, and the tokens to pay for."""

    tokens: float


class CallRequests:
    """The requests of the calls for one batch: those reserved before, and those sent."""

    def __init__(self, meter: Meter, expected: Expected) -> None:
        self.meter, self.expected = meter, expected
        self.requests, self.tokens = 0, 0.0
        self._prepaid = 0
        self._outer: CallRequests | None = None

    def pause_before(self, rows: int, pause: float) -> float:
        """Seconds to wait before a call; metered games wait before each request instead."""
        expected = self.expected
        return pause if expected.metered else self.meter.pace(rows * expected.requests, pause)

    def reserve(self, rows: int) -> bool:
        """Reserve what a call for so many rows takes; if it returns false, try again.

        Raises:
            LimitReached: If it would exceed a limit.
            RunEnded: If the run has ended.
        """
        requests = math.ceil(rows * self.expected.requests)
        tokens = 0.0 if self.expected.metered else rows * (self.expected.tokens or 0.0)
        if not self.meter.begin_call(requests, tokens):
            return False
        self._prepaid = requests
        self.requests += requests
        self.tokens += tokens
        return True

    @contextmanager
    def of_call(self) -> Generator[None, None, None]:
        """Count what a call sends, for which :meth:`reserve` has been called."""
        self._outer = current_call()
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)
            unused = self._prepaid if self.expected.metered else 0
            self._prepaid = 0
            self.requests -= unused
            self.meter.end_call(unused)

    @contextmanager
    def of_request(self, most_tokens: float, not_before: float) -> Generator[Request, None, None]:
        """Count a request, after waiting for its turn and at least ``not_before`` seconds.

        Until ``tokens`` of what it yields are set, it counts with ``most_tokens``.

        Raises:
            LimitReached: If it would exceed a limit.
            RunEnded: If the run has ended.
        """
        outer = self._outer.of_request(most_tokens, 0.0) if self._outer else nullcontext()
        with outer as outer_request:
            if not self._prepaid or self.expected.metered:
                not_before = self.meter.pace(1, not_before)
            self.meter.wait_under_way(not_before)
            prepaid = min(1, self._prepaid)
            while not self.meter.begin_request(1 - prepaid, most_tokens):
                self.meter.wait_under_way(POLL)
            self._prepaid -= prepaid
            self.requests += 1 - prepaid
            request = Request(most_tokens)
            try:
                yield request
            finally:
                if outer_request is not None:
                    outer_request.tokens = request.tokens
                self.tokens += request.tokens
                self.meter.end_request(request.tokens - most_tokens)


_current: ContextVar[CallRequests | None] = ContextVar("shapiq_spex_call", default=None)


def current_call() -> CallRequests | None:
    """The call of a game that this code is part of; ``None`` outside of all."""
    return _current.get()
