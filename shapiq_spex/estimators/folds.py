"""Folds that never separate a coalition from its complement, and proxies fitted outside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_MANY_ROWS = 2000
"""Rows from which two folds of a tenth each replace folds of all rows: 200 rows or more estimate an
error to within some 10% (the standard error of a variance is sqrt(2/200))."""


def paired_folds(
    coalitions: Coalitions, n_folds: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Split rows into folds at random such that a coalition and its complement stay together.

    A row whose complement is in the training set is predicted too well: all parities of even
    degree agree on the two. The split depends on the order of the rows alone, not on the
    numbering of the players.

    Args:
        coalitions: The rows to split.
        n_folds: The number of folds wanted; there are never more folds than pairs.
        rng: The source of randomness.

    Returns:
        The fold 0, 1, ... of every row; the folds differ in size by about one pair.

    Example:
        >>> rows = [[True, False], [True, True], [False, False], [False, True]]
        >>> folds = paired_folds(Coalitions.from_dense(rows), 2, np.random.default_rng(0))
        >>> bool(folds[0] == folds[3]), bool(folds[1] == folds[2]), sorted(set(folds.tolist()))
        (True, True, [0, 1])
    """
    pair_of_row = coalitions.pair_of_row()
    n_pairs = int(pair_of_row.max(initial=-1)) + 1
    n_folds = max(1, min(n_folds, n_pairs))
    order = rng.permutation(n_pairs)
    rows_before = np.empty(n_pairs)
    sizes = np.bincount(pair_of_row, minlength=n_pairs)
    rows_before[order] = np.cumsum(sizes[order]) - sizes[order]
    fold_of_pair = (rows_before * n_folds / max(len(coalitions), 1)).astype(np.intp)
    if len(np.unique(fold_of_pair)) < n_folds:  # a few pairs of unequal size left a fold empty
        fold_of_pair[order] = np.arange(n_pairs) % n_folds
    return fold_of_pair[pair_of_row]


@dataclass(frozen=True)
class Folds:
    """Which rows are held out together; -1 marks rows that never are.

    Attributes:
        fold_of_row: 0, 1, ... or -1 for every row.
    """

    fold_of_row: NDArray[np.intp]

    @classmethod
    def of(cls, coalitions: Coalitions, rng: np.random.Generator, *, count: int = 5) -> Folds:
        """Folds of all rows; of more than 2,000 rows two folds of a tenth each, which cost less."""
        if len(coalitions) <= _MANY_ROWS:
            return cls(paired_folds(coalitions, count, rng))
        fold_of_row = paired_folds(coalitions, 10, rng)
        return cls(np.where(fold_of_row < 2, fold_of_row, -1))

    @property
    def cover_all_rows(self) -> bool:
        """Whether every row is held out once."""
        return bool((self.fold_of_row >= 0).all())

    def held_out(self) -> Iterator[NDArray[np.bool_]]:
        """The rows of every fold, as a mask."""
        for fold in range(int(self.fold_of_row.max()) + 1):
            yield self.fold_of_row == fold


@dataclass(frozen=True)
class FoldFits:
    """A fitted proxy and its copies that were fitted without one of the folds.

    Attributes:
        spectrum: The proxy of all rows.
        fold_spectra: The proxy of the rows outside each fold.
        folds: The folds.
        held_out: The predictions of the folds; NaN for rows that were never held out.
        notes: What a user should know, in sentences.
    """

    spectrum: Spectrum
    fold_spectra: tuple[Spectrum, ...]
    folds: Folds
    held_out: Vector
    notes: tuple[str, ...] = ()
