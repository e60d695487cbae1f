"""Read published retraining experiments: files of masks and margins.

*Datamodels* (A. Ilyas, S. M. Park, L. Engstrom, G. Leclerc, A. Madry, ICML 2022) were published as
two arrays: masks, one row per trained model and one column per training point, and margins, one
row per model and one column per test point.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._argument_checks import (
    check_path,
)
from shapiq_spex.fourier.coalitions import Coalitions

_BLOCK = 1 << 26
"""Bytes of masks read at a time. A choice; bounds the memory at 64 MB."""


def load_datamodels(
    masks: str | PathLike[str],
    margins: str | PathLike[str],
    *,
    test_points: int | Sequence[int] | None = None,
    models: int | None = None,
) -> tuple[Coalitions, NDArray[np.float64]]:
    """Read masks and margins for ``approximator.approximate_from(coalitions, values[:, j])``.

    The files are mapped into memory and read in blocks; only the bits of the masks and the chosen
    margins are kept.

    Args:
        masks: A ``.npy`` file: (models, training points), booleans or 0/1.
        margins: A ``.npy`` file: (models, test points), any real numbers.
        test_points: The columns of the margins to read; all by default.
        models: Read only this many models, from the first.

    Returns:
        The coalitions, and a matrix with one column of values per test point.

    Raises:
        ValueError: If the files do not belong together or hold something else.
        OSError: If a file cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(f"{folder}/masks.npy", np.eye(3, dtype=bool))
        ...     np.save(f"{folder}/margins.npy", [[0.5, 1.0], [0.0, 2.0], [1.5, 3.0]])
        ...     load_datamodels(f"{folder}/masks.npy", f"{folder}/margins.npy", models=2)
        (Coalitions(2 of 3 players), array([[0.5, 1. ],
               [0. , 2. ]]))
    """
    kept = _matrix(masks, "masks")
    values = _matrix(margins, "margins")
    if len(kept) != len(values):
        raise ValueError(
            f"{masks} has {len(kept)} models, but {margins} has {len(values)}: they do not belong "
            "together"
        )
    if kept.dtype.kind not in "biuf" or values.dtype.kind not in "fiu":
        raise ValueError(
            f"masks must be booleans and margins numbers, got {kept.dtype} and {values.dtype}"
        )
    count = len(kept) if models is None else min(models, len(kept))
    step = max(1, _BLOCK // max(kept.shape[1] * kept.dtype.itemsize, 1))
    packed = np.empty((count, (kept.shape[1] + 7) // 8), dtype=np.uint8)
    for start in range(0, count, step):
        block = slice(start, min(start + step, count))
        packed[block] = Coalitions.from_dense(kept[block]).packed
    columns = slice(None) if test_points is None else np.atleast_1d(test_points)
    try:
        chosen = np.asarray(values[:count, columns], dtype=np.float64)
    except IndexError:
        raise ValueError(
            f"{margins} has test points 0 to {values.shape[1] - 1}, got test_points={test_points}"
        ) from None
    return Coalitions(packed, kept.shape[1]), chosen


def _matrix(path: str | PathLike[str], what: str) -> NDArray[np.generic]:
    check_path(path, what)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is not a .npy file of {what}: {error}") from error
    if not isinstance(array, np.ndarray) or array.ndim != 2:
        raise ValueError(f"{path} must hold one matrix of {what}")
    return array
