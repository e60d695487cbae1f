"""Send requests to a hosted model through the OpenAI-compatible protocol.

Only the standard library is used. The key is read from an environment variable for each request;
it is not stored, written or shown. Redirections are not followed, so that no other server gets it.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import threading
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from shapiq_spex._argument_checks import check_number

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_REPLY_BYTES = 16 * 2**20  # a choice; bounds memory
_LONGEST_WAIT = 60.0  # seconds, whatever Retry-After says; a choice
_SHOWN = 300  # bytes of a reply in an error message


class EndpointError(RuntimeError):
    """A request without a usable reply.

    Attributes:
        status: The HTTP status; ``None`` if there was no reply or a malformed one.

    Example:
        >>> EndpointError("https://host/v1 replied 429: too many requests", 429).status
        429
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[EndpointError], tuple[str, int | None]]:
        return type(self), (str(self), self.status)


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

    One call is one attempt: repetitions, concurrency and rate are those of the ablation policy,
    for example ``Ablation(retries=5, concurrency=8, requests_per_minute=300)``. Only the pause that
    a server asks for (``Retry-After``) is observed here, by all threads.

    Args:
        base_url: For example ``"https://api.openai.com/v1"`` or ``"http://localhost:8000/v1"``.
        model: The name of the model.
        key_variable: The environment variable that holds the key; it may be unset for servers
            that need none.
        timeout: Seconds without a reply after which a request has failed.

    Raises:
        TypeError: If ``timeout`` is not a number.
        ValueError: If the address is malformed or contains a key, or a key would be sent
            unencrypted.

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
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"base_url must be like https://host/v1, got {self.base_url!r}")
        if parts.username or parts.password:
            raise ValueError(
                "base_url must not contain a key: put the key into an environment variable"
            )
        check_number(self.timeout, "timeout", positive=True)
        self._quiet_until = 0.0
        self._lock = threading.Lock()
        self._key()

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
        """
        key = self._key()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        time.sleep(max(0.0, self._quiet_until - time.monotonic()))
        sent = json.dumps({"model": self.model, **body}).encode()
        try:
            status, wait, content = self._exchange(path, headers, sent)
        except (OSError, http.client.HTTPException) as error:
            reason = _without(key, f"{type(error).__name__}: {error}")
            raise EndpointError(f"no reply from {self.base_url}: {reason}") from None
        if wait:
            with self._lock:
                self._quiet_until = max(self._quiet_until, time.monotonic() + wait)
        shown = _without(key, content[:_SHOWN].decode("utf-8", "replace"))
        if status != http.client.OK:
            raise EndpointError(f"{self.base_url} replied {status}: {shown}", status)
        try:
            reply = json.loads(content)
        except ValueError:
            raise EndpointError(f"{self.base_url} did not reply in JSON: {shown}") from None
        if not isinstance(reply, dict):
            raise EndpointError(f"{self.base_url} did not reply with a JSON object: {shown}")
        self._count(reply)
        return reply

    def _exchange(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, float, bytes]:
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        if parts.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, parts.port, timeout=self.timeout, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=self.timeout)
        try:
            connection.request("POST", f"{parts.path.rstrip('/')}/{path}", body, headers)
            response = connection.getresponse()
            content = response.read(_MOST_REPLY_BYTES + 1)
            if len(content) > _MOST_REPLY_BYTES:
                raise http.client.HTTPException(f"a reply of more than {_MOST_REPLY_BYTES} bytes")
            return response.status, _requested_wait(response.headers.get("Retry-After")), content
        finally:
            connection.close()

    def _key(self) -> str:
        key = os.environ.get(self.key_variable, "")
        parts = urlsplit(self.base_url)
        if key and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError(
                f"the key in {self.key_variable} would be sent unencrypted to {parts.hostname}: "
                "use https"
            )
        return key

    def _count(self, reply: dict[str, Any]) -> None:
        usage = reply.get("usage")
        tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
        if isinstance(tokens, int):
            with self._lock:
                self.usage.requests += 1
                self.usage.tokens += tokens


def _requested_wait(header: str | None) -> float:
    """The seconds in a ``Retry-After`` header, at most a minute."""
    if not header:
        return 0.0
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except (TypeError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _without(key: str, text: str) -> str:
    """The text without the key, which some servers repeat in their errors."""
    return text.replace(key, "***") if key else text
