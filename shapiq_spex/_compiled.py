"""Compile functions with numba, also where it finds no folder to keep the machine code in."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from numba import njit

HOW_TO_CACHE = (
    "neither the folder of the installed packages nor the user's home can be written; set the "
    "environment variable NUMBA_CACHE_DIR to a folder that can, before Python starts"
)

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile a function when it is called first, and keep its machine code for later processes.

    Where nothing can be written, each process compiles anew, and a warning says so once.
    """
    try:
        return cast("_Function", njit(cache=True)(function))
    except RuntimeError as error:
        if not is_about_the_cache(error):
            raise
        _warn()
        return cast("_Function", njit(function))


def is_about_the_cache(error: RuntimeError) -> bool:
    """Whether numba says that it finds no folder."""
    return "cannot cache function" in str(error)


@cache
def _warn() -> None:
    warnings.warn(
        f"numba cannot keep compiled functions, so that every process compiles them anew: "
        f"{HOW_TO_CACHE}",
        RuntimeWarning,
        stacklevel=3,
    )
