"""A limit on the number of requests per minute."""

from __future__ import annotations

import threading
import time


class RateLimit:
    """Spaces requests evenly; shared by all threads and tasks of one run."""

    def __init__(self, per_minute: float) -> None:
        self._gap = 60.0 / per_minute
        self._lock = threading.Lock()
        self._next = 0.0

    def reserve(self, not_before: float = 0.0, requests: float = 1) -> float:
        """Reserve the next slots, ``not_before`` seconds from now; return the seconds to wait."""
        now = time.monotonic()
        with self._lock:
            start = max(now + not_before, self._next)
            self._next = start + self._gap * requests
        return start - now
