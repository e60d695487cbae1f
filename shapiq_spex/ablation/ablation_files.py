"""Save ablations to a file and load them again, possibly with values from elsewhere.

The file is an ``.npz`` file without pickle. Where this package is not installed, numpy reads it::

    file = numpy.load("plan.npz")
    masks = numpy.unpackbits(file["masks"], axis=1, count=int(file["n_players"])).astype(bool)
    numpy.savez("answers.npz", values=my_values(masks), **file)
"""

from __future__ import annotations

import os
import zipfile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shapiq_spex._argument_checks import check_path, check_type, checked_numbers
from shapiq_spex.fourier.coalitions import Coalitions


def save_ablations(
    path: str | PathLike[str], coalitions: Coalitions, values: ArrayLike | None = None
) -> None:
    """Write coalitions, and their values if they are known, to a file.

    An existing file is replaced only once the new one is complete.

    Args:
        path: The file; its name usually ends in ``.npz``.
        coalitions: The coalitions.
        values: One number (or one row of numbers) per coalition.

    Raises:
        ValueError: If the number of values is not the number of coalitions.
        OSError: If the file cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_ablations(Path(folder) / "a.npz", Coalitions.all_of(1), [0.5, 1.0])
        ...     load_ablations(Path(folder) / "a.npz")
        (Coalitions(2 of 1 players), array([0.5, 1. ]))
    """
    check_path(path, "path")
    check_type(coalitions, Coalitions, "coalitions must be Coalitions")
    content: dict[str, Any] = {
        "n_players": np.array(coalitions.n_players),
        "masks": coalitions.packed,
    }
    if values is not None:
        content["values"] = _checked_values(values, len(coalitions))
    path = Path(path)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, **content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_ablations(path: str | PathLike[str]) -> tuple[Coalitions, NDArray[np.float64]]:
    """Read coalitions and their values, ready for ``approximator.approximate_from(...)``.

    Args:
        path: A file written by :func:`save_ablations`, or a plan to which values were added.

    Returns:
        The coalitions and their values.

    Raises:
        ValueError: If it is not a file of ablations, or has no values.
        OSError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_ablations(f"{folder}/a.npz", Coalitions.all_of(2), [0.0, 1.0, 2.0, 4.0])
        ...     coalitions, values = load_ablations(f"{folder}/a.npz")
        >>> coalitions, values
        (Coalitions(4 of 2 players), array([0., 1., 2., 4.]))
    """
    coalitions, values = read_ablations(path)
    if values is None:
        raise ValueError(
            f"{path} is a plan without values: evaluate the game on its coalitions and write both "
            "with `save_ablations(path, plan.coalitions, values)`"
        )
    return coalitions, values


def read_ablations(path: str | PathLike[str]) -> tuple[Coalitions, NDArray[np.float64] | None]:
    """Read coalitions, and their values if the file has them."""
    try:
        with np.load(path, allow_pickle=False) as file:
            coalitions = Coalitions(file["masks"], int(file["n_players"]))
            values = file.get("values")
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise ValueError(f"{path} is not a file of ablations: {error}") from error
    return coalitions, None if values is None else _checked_values(values, len(coalitions))


def _checked_values(values: ArrayLike, count: int) -> NDArray[np.float64]:
    numbers = checked_numbers(values, "values")
    if numbers.ndim not in (1, 2) or len(numbers) != count:
        raise ValueError(
            f"{count} coalitions need one value each, got values of shape {numbers.shape}"
        )
    return numbers
