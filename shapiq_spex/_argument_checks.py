"""Check arguments. Every error names the argument, what it must be and what it is."""

from __future__ import annotations

import math
import operator
import reprlib
from collections.abc import Container, Iterable, Mapping, Sequence, Sized
from numbers import Real
from os import PathLike
from types import UnionType
from typing import SupportsIndex, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray


def check_integer(
    value: object, name: str, *, least: int | None = None, optional: bool = False
) -> None:
    """Refuse anything but an integer of at least ``least`` (or ``None`` if ``optional``)."""
    if optional and value is None:
        return
    try:
        number = operator.index(cast("SupportsIndex", value))
    except TypeError:
        number = None
    if number is None or isinstance(value, bool | np.bool_ | np.ndarray):
        raise TypeError(f"{name} must be an integer{' or None' * optional}, got {value!r}")
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")


def check_number(
    value: object,
    name: str,
    *,
    positive: bool = False,
    negative: bool = False,
    optional: bool = False,
) -> None:
    """Refuse anything but a finite number (or ``None`` if ``optional``).

    It must not be negative unless ``negative`` allows it, nor 0 if it must be ``positive``.
    """
    if optional and value is None:
        return
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number{' or None' * optional}, got {value!r}")
    if not math.isfinite(value) or (value < 0 and not negative) or (positive and value == 0):
        sign = "" if negative else " and positive" if positive else " and not negative"
        raise ValueError(f"{name} must be finite{sign}, got {value}")


def check_probability(value: object, name: str, *, optional: bool = False) -> None:
    """Refuse anything but a number between 0 and 1 (or ``None`` if ``optional``)."""
    if optional and value is None:
        return
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number{' or None' * optional}, got {value!r}")
    if not 0 < float(value) < 1:
        raise ValueError(f"{name} must lie between 0 and 1, such as 0.9, got {value}")


def check_flag(value: object, name: str) -> None:
    """Refuse anything but ``True`` and ``False``."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def check_type(value: object, expected: type | UnionType, sentence: str) -> None:
    """Refuse a value of another type; the sentence says what was expected."""
    if not isinstance(value, expected):
        raise TypeError(f"{sentence}, got {value!r}")


def check_list(value: object, name: str, items: str = "names") -> None:
    """Refuse a text, whose characters would be taken for items, and what has no items."""
    if isinstance(value, str | bytes):
        raise TypeError(f"{name} must be a list of {items}, got a single one: write [{value!r}]")
    if not isinstance(value, Iterable) or (isinstance(value, np.ndarray) and value.ndim == 0):
        raise TypeError(f"{name} must be a list of {items}, got {value!r}")


def check_texts(value: object, name: str) -> None:
    """Refuse anything but a list of texts."""
    check_list(value, name, "texts")
    if not hasattr(value, "__len__"):
        raise TypeError(f"{name} must be a list of texts, got {value!r}")
    for text in cast("Iterable[object]", value):
        check_type(text, str, f"each of {name} must be a text")


def check_values(values: object, name: str = "values") -> None:
    """Refuse anything but interaction values."""
    from shapiq import InteractionValues  # rooms that import this module do without shapiq

    if not isinstance(values, InteractionValues):
        raise TypeError(
            f"{name} must be the shapiq.InteractionValues that approximate() or explain() "
            f"returned, got an object of type {type(values).__name__}"
        )


def is_one_of(value: object, names: Container[str]) -> bool:
    """Whether a value is one of some names; arrays and the like cannot be looked for."""
    return isinstance(value, str) and value in names


def check_choice(value: object, name: str, choices: Sequence[str]) -> None:
    """Refuse anything but one of at least two choices."""
    if not is_one_of(value, choices):
        *others, last = map(repr, choices)
        raise ValueError(f"{name} must be {', '.join(others)} or {last}, got {value!r}")


def check_length(given: Sized, name: str, count: int, owners: str = "players") -> None:
    """Refuse anything but one item per owner."""
    if isinstance(given, str) or not _has_length(given):
        raise TypeError(f"{name} must be a list, one for each of {count} {owners}, got {given!r}")
    if len(given) != count:
        raise ValueError(f"{count} {owners} need as many {name}, got {len(given)}")


def check_names(names: object, n_players: int) -> None:
    """Refuse anything but a list or a mapping that names every player, or ``None``."""
    if names is None:
        return
    if isinstance(names, str) or not _has_length(names):
        raise TypeError(f"names must be a list, one for each of {n_players} players, got {names!r}")
    known = names if isinstance(names, Mapping) else range(len(cast("Sized", names)))
    for player in range(n_players):
        if player not in known:
            raise ValueError(
                f"names must name all {n_players} players, 0 to {n_players - 1}, but there is none "
                f"of player {player}"
            )


def check_path(value: object, name: str) -> None:
    """Refuse anything but a path."""
    check_type(value, str | PathLike, f"{name} must be a path")


def checked_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Values as an array of floats."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be numbers, got {reprlib.repr(values)}") from None


def _has_length(value: object) -> bool:
    """Whether ``len`` works; arrays without a dimension have the method, but no length."""
    try:
        len(cast("Sized", value))
    except TypeError:
        return False
    return True
