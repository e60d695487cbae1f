"""Convert results to plain data that every JSON reader understands, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def to_json_data(value: Any) -> Any:
    """Tuples become lists, and numbers that JSON does not have (NaN, infinities) ``None``.

    Example:
        >>> to_json_data({"a": (1.0, float("nan"))})
        {'a': [1.0, None]}
    """
    if isinstance(value, Mapping):
        return {key: to_json_data(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [to_json_data(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def from_json_data(value: Any) -> Any:
    """The inverse: lists become tuples, ``None`` becomes NaN.

    Example:
        >>> from_json_data({"a": [1.0, None]})
        {'a': (1.0, nan)}
    """
    if isinstance(value, Mapping):
        return {key: from_json_data(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return tuple(from_json_data(entry) for entry in value)
    return math.nan if value is None else value
