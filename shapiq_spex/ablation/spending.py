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
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.rate_limit import RateLimit

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
        self._lock = threading.Lock()
        self._over = threading.Event()

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

    def wait(self, seconds: float) -> None:
        """Wait for a time, or until the run ends."""
        if seconds > 0:
            self._over.wait(seconds)

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

    def reserve(self, requests: int, tokens: float) -> None:
        """Count requests before they are sent.

        Raises:
            LimitReached: If they would exceed a limit.
            RunEnded: If the run has ended.
        """
        with self._lock:
            if self._over.is_set():
                raise RunEnded("the run has ended")
            self._check(self.requests + requests, self.tokens + tokens)
            self.requests += requests
            self.tokens += tokens

    def correct(self, requests: int, tokens: float) -> None:
        """Add what was missing, or take back what was reserved too much."""
        with self._lock:
            self.requests += requests
            self.tokens += tokens

    def _check(self, requests: int, tokens: float) -> None:
        most, dearest = self.policy.max_requests, self.policy.max_cost
        if most is not None and requests > most:
            raise LimitReached(f"the limit max_requests={most} is reached")
        if dearest is not None and (self.policy.cost(requests, tokens) or 0.0) > dearest:
            raise LimitReached(f"the limit max_cost={dearest:g} is reached")

    def __getstate__(self) -> dict[str, Any]:
        return {"policy": self.policy}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["policy"])


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

    @contextmanager
    def of_call(self, rows: int) -> Generator[None, None, None]:
        """Reserve what a call for so many rows takes, and count what it sends.

        Raises:
            LimitReached: If it would exceed a limit.
            RunEnded: If the run has ended.
        """
        expected = self.expected
        requests = math.ceil(rows * expected.requests)
        tokens = 0.0 if expected.metered else rows * (expected.tokens or 0.0)
        self._add(requests, tokens)
        self._prepaid, self._outer = requests, current_call()
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)
            if expected.metered:
                self._correct(-self._prepaid, 0.0)

    def before_request(self, most_tokens: float, not_before: float) -> None:
        """Count a request and wait for its turn; ``not_before`` are seconds from now.

        Raises:
            LimitReached: If it would exceed a limit.
            RunEnded: If the run has ended.
        """
        if self._outer is not None:
            self._outer.before_request(most_tokens, not_before)
        prepaid = self._prepaid > 0
        if not prepaid or self.expected.metered:
            not_before = self.meter.pace(1, not_before)
        self.meter.wait(not_before)
        self._add(0 if prepaid else 1, most_tokens)
        self._prepaid -= prepaid

    def after_request(self, most_tokens: float, tokens: float | None) -> None:
        """Replace the bound on the tokens of a request by their number, if it is known."""
        if self._outer is not None:
            self._outer.after_request(most_tokens, tokens)
        if tokens is not None:
            self._correct(0, tokens - most_tokens)

    def _add(self, requests: int, tokens: float) -> None:
        self.meter.reserve(requests, tokens)
        self.requests += requests
        self.tokens += tokens

    def _correct(self, requests: int, tokens: float) -> None:
        self.meter.correct(requests, tokens)
        self.requests += requests
        self.tokens += tokens


_current: ContextVar[CallRequests | None] = ContextVar("shapiq_spex_call", default=None)


def current_call() -> CallRequests | None:
    """The call of a game that this code is part of; ``None`` outside of all."""
    return _current.get()
