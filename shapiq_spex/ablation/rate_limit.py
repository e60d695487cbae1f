"""A limit on the number of calls per minute."""

from __future__ import annotations

import threading
import time


class RateLimit:
    """Spaces calls evenly; shared by all threads and tasks of one run."""

    def __init__(self, per_minute: float) -> None:
        self._gap = 60.0 / per_minute
        self._lock = threading.Lock()
        self._next = 0.0

    def reserve(self, not_before: float = 0.0) -> float:
        """Reserve the next slot, ``not_before`` seconds from now; return the seconds to wait."""
        now = time.monotonic()
        with self._lock:
            start = max(now + not_before, self._next)
            self._next = start + self._gap
        return start - now
