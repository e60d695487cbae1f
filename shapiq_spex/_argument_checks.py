"""Check arguments. Every error names the argument, what it must be and what it is."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence, Sized
from numbers import Real
from typing import SupportsIndex

import numpy as np


def check_integer(
    value: object, name: str, *, least: int | None = None, optional: bool = False
) -> None:
    """Refuse anything but an integer of at least ``least`` (or ``None`` if ``optional``)."""
    if optional and value is None:
        return
    if isinstance(value, bool | np.bool_) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{name} must be an integer{' or None' * optional}, got {value!r}")
    if least is not None and operator.index(value) < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")


def check_number(
    value: object, name: str, *, positive: bool = False, optional: bool = False
) -> None:
    """Refuse anything but a finite number that is not negative (or ``None`` if ``optional``)."""
    if optional and value is None:
        return
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number{' or None' * optional}, got {value!r}")
    if not math.isfinite(value) or value < 0 or (positive and value == 0):
        sign = "positive" if positive else "not negative"
        raise ValueError(f"{name} must be finite and {sign}, got {value}")


def check_choice(value: object, name: str, choices: Sequence[object]) -> None:
    """Refuse anything but one of at least two choices."""
    if value not in choices:
        *others, last = map(repr, choices)
        raise ValueError(f"{name} must be {', '.join(others)} or {last}, got {value!r}")


def check_length(given: Sized, name: str, count: int, owners: str = "players") -> None:
    """Refuse anything but one item per owner."""
    if len(given) != count:
        raise ValueError(f"{count} {owners} need as many {name}, got {len(given)}")
