"""A proxy fitted to all rows and, to be judged, to the rows outside every fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.contract import paired_folds
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Vector

_MANY_ROWS = 2000


@dataclass(frozen=True)
class Folds:
    """Which rows are held out together; -1 marks rows that never are.

    Attributes:
        fold_of_row: 0, 1, ... or -1 for every row.
    """

    fold_of_row: NDArray[np.intp]

    @classmethod
    def of(cls, coalitions: BoolMatrix, rng: np.random.Generator, *, count: int = 5) -> Folds:
        """Folds of all rows; of many rows two folds of a tenth each, which cost less.

        Two folds of 200 rows or more estimate an error to within a few per cent.
        """
        if len(coalitions) <= _MANY_ROWS:
            return cls(paired_folds(coalitions, count, rng))
        fold_of_row = paired_folds(coalitions, 10, rng)
        return cls(np.where(fold_of_row < 2, fold_of_row, -1))

    @property
    def count(self) -> int:
        """The number of folds."""
        return int(self.fold_of_row.max()) + 1

    @property
    def cover_all_rows(self) -> bool:
        """Whether every row is held out once."""
        return bool((self.fold_of_row >= 0).all())

    def held_out(self) -> Iterator[NDArray[np.bool_]]:
        """The rows of every fold, as a mask."""
        for fold in range(self.count):
            yield self.fold_of_row == fold


@dataclass(frozen=True)
class CrossFit:
    """A fitted proxy and its copies that have not seen one of the folds.

    Attributes:
        spectrum: The proxy of all rows.
        fold_spectra: The proxy of the rows outside each fold.
        folds: The folds.
        held_out: The predictions of the folds; NaN for rows that were never held out.
    """

    spectrum: Spectrum
    fold_spectra: tuple[Spectrum, ...]
    folds: Folds
    held_out: Vector
