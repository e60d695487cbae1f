"""What every regression proxy promises: coalitions and values in, a spectrum and honest errors out.

An estimator approximates a game from a sample of its values by a function whose Walsh-Fourier
spectrum it knows exactly. It also predicts every training row from the *other* rows, so that
estimators can be compared and blended by an error that is not optimistic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Spectrum, Vector


@dataclass(frozen=True)
class Fit:
    """A fitted proxy.

    Attributes:
        spectrum: The proxy as a Fourier spectrum.
        held_out: For every training row the prediction of a proxy that did not see that row, nor
            its complement (out-of-fold or leave-one-out); NaN where a row was never held out.
    """

    spectrum: Spectrum
    held_out: Vector


@runtime_checkable
class Estimator(Protocol):
    """A regression proxy: a description of how to fit; fitting leaves it unchanged."""

    @property
    def name(self) -> str:
        """A short name for reports, such as ``"lightgbm"``."""
        ...

    def fit(self, coalitions: BoolMatrix, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy to distinct coalitions (one row each) and the values of the game."""
        ...


def paired_folds(
    coalitions: BoolMatrix, n_folds: int, rng: np.random.Generator
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
        >>> rows = np.array([[True, False], [True, True], [False, False], [False, True]])
        >>> folds = paired_folds(rows, 2, np.random.default_rng(0))
        >>> bool(folds[0] == folds[3]), bool(folds[1] == folds[2]), sorted(set(folds.tolist()))
        (True, True, [0, 1])
    """
    pair_of_row = pairs(coalitions)
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


def pairs(coalitions: BoolMatrix) -> NDArray[np.intp]:
    """Number the pairs {S, complement of S} in order of appearance; the pair of every row."""
    return pairs_of(Coalitions.from_dense(coalitions))


def pairs_of(coalitions: Coalitions) -> NDArray[np.intp]:
    """The same for coalitions that are too many, or have too many players, to be unpacked."""
    if coalitions.n_players == 0:
        return np.zeros(len(coalitions), dtype=np.intp)
    # Of a coalition and its complement, exactly one lacks player 0: it stands for the pair.
    flipped = coalitions.columns(np.array([0]))
    packed = np.where(flipped, coalitions.complement().packed, coalitions.packed)
    keys = Coalitions(packed, coalitions.n_players).keys()
    _, first, pair_of_row = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[pair_of_row.reshape(-1)]
