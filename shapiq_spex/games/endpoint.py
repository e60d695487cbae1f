"""Send requests to a hosted model through the OpenAI-compatible protocol.

Only the standard library is used. The key is read from an environment variable for each request;
it is not stored, written or shown, not even in part. Redirections are not followed, so that no
other server gets it.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from shapiq_spex._argument_checks import check_number
from shapiq_spex.ablation.spending import current_call
from shapiq_spex.games.api_key import check_key_variable, read_key, resembles_key, without_key
from shapiq_spex.games.http_post import HttpReply, post_within

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SHOWN = 300  # characters of a reply in an error message
_MASKED_BYTES = 4096  # of a reply, before it is cut to what is shown; a choice
_SECRET_NAMES = re.compile(r"key|token|secret|sig|auth|pass|pwd|code|credential", re.IGNORECASE)

_MOST_TOKENS = 2**53
"""Of one request. Larger numbers are nonsense, and floats do not hold them. A machine limit."""

_FINAL = frozenset({301, 302, 303, 307, 308, 401, 402, 403, 404, 405, 407, 410, 501, 505})
"""Statuses that depend on the address, the key or the account: all other requests get them too."""
_REFUSALS = frozenset({400, 413, 414, 422})
"""Statuses that depend on the content of a request: a repetition gets them again."""


class EndpointError(RuntimeError):
    """A request without a usable reply.

    Attributes:
        status: The HTTP status; ``None`` if there was no reply or a malformed one.
        final: Whether no other request would be answered either (a wrong key or address, no
            credit); such an error ends a run at once.
        repeatable: Whether a repetition of the request may help.

    Example:
        >>> error = EndpointError("https://host/v1 replied 429: too many requests", 429)
        >>> error.status, error.final, error.repeatable
        (429, False, True)
    """

    def __init__(self, message: str, status: int | None = None, *, final: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.final = final or status in _FINAL
        self.repeatable = not self.final and status not in _REFUSALS

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), str(self), self.status, self.final)


def _restored(
    kind: type[EndpointError], message: str, status: int | None, final: bool
) -> EndpointError:
    return kind(message, status, final=final)


@dataclass
class Usage:
    """Requests with a reported number of tokens, and these tokens of prompts and answers."""

    requests: int = 0
    tokens: int = 0

    @property
    def tokens_per_request(self) -> float:
        """The mean so far, for ``plan.estimate(tokens_per_call=...)``; 0 without requests."""
        return self.tokens / self.requests if self.requests else 0.0


@dataclass
class Endpoint:
    """A hosted model behind an OpenAI-compatible interface.

    One call is one attempt: repetitions, concurrency, rate and limits are those of the ablation
    policy, for example ``Ablation(retries=5, concurrency=8, requests_per_minute=300,
    max_requests=2000)``; every request counts. Only the pause that a server asks for
    (``Retry-After``) is observed here, by all threads.

    Args:
        base_url: For example ``"https://api.openai.com/v1"`` or ``"http://localhost:8000/v1"``. A
            query, such as ``?api-version=2024-10-21``, is sent with every request.
        model: The name of the model.
        key_variable: The environment variable that holds the key; it may be unset for servers
            that need none.
        timeout: Seconds after which a request without a complete reply has failed.

    Raises:
        TypeError: If ``timeout`` is not a number.
        ValueError: If the address is malformed or contains a key, the key contains blanks or other
            characters that no header can carry, or it would be sent unencrypted.

    Example:
        >>> endpoint = Endpoint("http://localhost:8000/v1", "my-model", key_variable="MY_KEY")
        >>> endpoint.usage.tokens_per_request  # nothing has been asked
        0.0
    """

    base_url: str
    model: str
    key_variable: str = "OPENAI_API_KEY"
    timeout: float = 60.0
    usage: Usage = field(default_factory=Usage, compare=False)

    def __post_init__(self) -> None:
        check_key_variable(self.key_variable)
        _check_address(self.base_url)
        check_number(self.timeout, "timeout", positive=True)
        self._quiet_until = 0.0
        self._lock = threading.Lock()
        if (key := self._key()) and (key in self.base_url or key in self.model):
            del key
            raise ValueError(
                f"base_url and model must not contain the key, which is read from "
                f"{self.key_variable}"
            )

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()
        self._quiet_until = 0.0  # monotonic clocks differ between processes

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send one request.

        Args:
            path: The path below the base address, for example ``"chat/completions"``.
            body: The body; the name of the model is added.

        Returns:
            The reply.

        Raises:
            EndpointError: If there is no reply, or one that is an error or not a JSON object.
            LimitReached: If the request would exceed a limit of the ablation policy.
        """
        sent = json.dumps({"model": self.model, **body}).encode()
        quiet = max(0.0, self._quiet_until - time.monotonic())
        call = current_call()
        if call is None:
            time.sleep(quiet)
            outcome, _ = self._attempt(path, sent)
        else:
            with call.of_request(_most_tokens(sent, body), quiet) as request:
                outcome, tokens = self._attempt(path, sent)
                request.tokens = request.tokens if tokens is None else tokens
        if isinstance(outcome, EndpointError):
            raise outcome
        return outcome

    def without_key(self, text: str) -> str:
        """The text with every part of the key masked; for messages that quote a reply."""
        return without_key(self._key(), text)

    def _attempt(
        self, path: str, body: bytes
    ) -> tuple[dict[str, Any] | EndpointError, float | None]:
        """The reply, or the error; and the tokens to pay for, ``None`` if they are unknown."""
        self._key()
        address = urlsplit(self.base_url)
        target = f"{address.path.rstrip('/')}/{path}" + f"?{address.query}" * bool(address.query)
        outcome = post_within(
            self.timeout, address, target, self._headers, body, understood=self._understood
        )
        if outcome is not None:
            return outcome
        late = f"TimeoutError: no complete reply within {self.timeout:g} seconds"
        return EndpointError(f"no reply from {self.base_url}: {late}"), None

    def _understood(
        self, reply: HttpReply | str
    ) -> tuple[dict[str, Any] | EndpointError, float | None]:
        """What a reply, or the reason why there is none, means.

        Nothing is raised here: the frame of a function that has seen the raw reply would be part of
        the traceback, and an error of the parser would hold the reply.
        """
        if isinstance(reply, str):
            reason = self.without_key(reply)
            return EndpointError(f"no reply from {self.base_url}: {reason}"), None
        if reply.wait:
            with self._lock:
                self._quiet_until = max(self._quiet_until, time.monotonic() + reply.wait)
        if reply.status != http.client.OK:
            final = b"insufficient_quota" in reply.content
            message = f"{self.base_url} replied {reply.status}: {self._shown(reply.content)}"
            return EndpointError(message, reply.status, final=final), 0.0
        try:
            parsed = json.loads(reply.content)
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            shown = self._shown(reply.content)
            message = f"{self.base_url} did not reply with a JSON object: {shown}"
            return EndpointError(message), None
        return parsed, self._count(parsed)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key := self._key():
            headers["Authorization"] = f"Bearer {key}"
        return headers

    def _shown(self, content: bytes) -> str:
        """The beginning of a reply; the key is masked before the rest is cut off."""
        return self.without_key(content[:_MASKED_BYTES].decode("utf-8", "replace"))[:_SHOWN]

    def _key(self) -> str:
        key = read_key(self.key_variable)
        address = urlsplit(self.base_url)
        if key and address.scheme == "http" and address.hostname not in _LOOPBACK:
            del key
            raise ValueError(
                f"the key in {self.key_variable} would be sent unencrypted to {address.hostname}: "
                "use https"
            )
        return key

    def _count(self, reply: dict[str, Any]) -> float | None:
        usage = reply.get("usage")
        tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
        if isinstance(tokens, bool) or not isinstance(tokens, int):
            return None
        if not 0 <= tokens <= _MOST_TOKENS:
            return None
        with self._lock:
            self.usage.requests += 1
            self.usage.tokens += tokens
        return float(tokens)


def _check_address(base_url: object) -> None:
    """Refuse a malformed address and one with a key in it, without showing either."""
    address = _split(base_url)
    if address is None:
        raise ValueError(
            "base_url must be like https://host/v1, with a scheme, a host and an optional port"
        )
    names = [name for name, _ in parse_qsl(address.query, keep_blank_values=True)]
    values = [value for _, value in parse_qsl(address.query, keep_blank_values=True)]
    secret = any(map(_SECRET_NAMES.search, names)) or any(map(resembles_key, values))
    if address.username or address.password or address.fragment or secret:
        raise ValueError(
            "base_url must not contain a key: put the key into an environment variable"
        )


def _split(base_url: object) -> SplitResult | None:
    try:
        address = urlsplit(base_url if isinstance(base_url, str) else "")
        _ = address.port  # malformed ports are found when they are read
    except ValueError:
        return None
    named = address.scheme in ("http", "https") and address.hostname
    return address if named and not re.search(r"[\x00-\x20\x7f]", address.geturl()) else None


def _most_tokens(sent: bytes, body: dict[str, Any]) -> float:
    """A bound on the tokens of a request: one per byte sent, and the longest answers allowed."""
    longest = body.get("max_tokens") or body.get("max_completion_tokens") or 0
    return len(sent) + (body.get("n") or 1) * longest
