"""One HTTP request within a time limit, by the standard library alone."""

from __future__ import annotations

import contextlib
import http.client
import math
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import SplitResult

Outcome = TypeVar("Outcome")

_MOST_REPLY_BYTES = 16 * 2**20  # a choice; bounds memory
_LONGEST_TIMEOUT = 1e6  # seconds; some systems refuse more than 2^31 milliseconds
_LONGEST_WAIT = 60.0  # seconds, whatever Retry-After says; a choice


@dataclass(frozen=True)
class HttpReply:
    """A complete reply: its status, its content and the pause in seconds it requests."""

    status: int
    content: bytes
    wait: float


def post_within(
    seconds: float,
    address: SplitResult,
    target: str,
    headers: Callable[[], dict[str, str]],
    body: bytes,
    *,
    understood: Callable[[HttpReply | str], Outcome],
) -> Outcome | None:
    """Send one request, in a thread of its own that ends when the time is up.

    The time limit holds for everything together, from the look-up of the host to the last byte, so
    that a server which sends a byte now and then does not extend it. The headers are made, and the
    reply is understood, in that thread: no traceback leads to them, not even that of Ctrl-C.

    Returns:
        What ``understood`` makes of the reply, or of the reason why there is none; ``None`` if the
        time is up.
    """
    seconds = min(seconds, _LONGEST_TIMEOUT)
    results: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    sockets: list[socket.socket] = []

    def work() -> None:
        connection = _connection(address, seconds)
        try:
            connection.connect()
            sockets.append(connection.sock)
            connection.request("POST", target, body, headers())
            reply = _reply(connection.getresponse())
        except Exception as error:
            reply = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        results.put(understood(reply))

    threading.Thread(target=work, daemon=True).start()
    try:
        return results.get(timeout=seconds)
    except queue.Empty:
        pass
    for opened in sockets:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(opened, socket.SHUT_RDWR)  # ends the thread
    return None


def _connection(address: SplitResult, seconds: float) -> http.client.HTTPConnection:
    host = address.hostname or ""
    if address.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, address.port, timeout=seconds, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, address.port, timeout=seconds)
    connection.set_debuglevel(0)  # it prints headers, and users may raise it for all connections
    return connection


def _reply(response: http.client.HTTPResponse) -> HttpReply:
    content = response.read(_MOST_REPLY_BYTES + 1)
    if len(content) > _MOST_REPLY_BYTES:
        raise http.client.HTTPException(f"a reply of more than {_MOST_REPLY_BYTES} bytes")
    if response.length:
        raise http.client.IncompleteRead(content, response.length)
    return HttpReply(response.status, content, _requested_wait(response.headers.get("Retry-After")))


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
    return 0.0 if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_WAIT)
