"""Values that are used where none is given: one per process, or one inside a ``with`` block."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Default(Generic[T]):
    """A default that can be replaced for the process, or for one thread or task inside a block.

    Args:
        value: The first default.
        checked: Takes what is offered as a default and returns it, or raises an error.

    Example:
        >>> retries = Default(3, int)
        >>> with retries.within(5):
        ...     retries.get()
        5
        >>> retries.replace(4), retries.get()
        (3, 4)
    """

    def __init__(self, value: T, checked: Callable[[Any], T]) -> None:
        self.checked = checked
        self._value = value
        self._lock = threading.Lock()
        self._inside: ContextVar[T] = ContextVar("shapiq_spex_default")

    def get(self) -> T:
        """The default that holds here."""
        return self._inside.get(self._value)

    def replace(self, value: T) -> T:
        """Replace the default of the process and return the previous one."""
        value = self.checked(value)
        with self._lock:
            previous, self._value = self._value, value
        return previous

    @contextmanager
    def within(self, value: T) -> Generator[None, None, None]:
        """Replace the default inside a ``with`` block, for the current thread or task."""
        token = self._inside.set(self.checked(value))
        try:
            yield
        finally:
            self._inside.reset(token)
