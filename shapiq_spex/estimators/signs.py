"""Coalitions as signs, and parities as products of signs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Term

Signs = NDArray[np.floating]
RowNumbers = NDArray[np.intp]


def signs(
    coalitions: Coalitions, players: NDArray[np.integer] | None = None
) -> NDArray[np.float32]:
    """Coalitions as signs: +1 for an absent player, -1 for a present one.

    Players are columns, as everywhere, but the numbers of a player are adjacent in memory, because
    parities are products of whole columns.

    Example:
        >>> signs(Coalitions.from_dense([[True, False]]))
        array([[-1.,  1.]], dtype=float32)
    """
    dense = coalitions.dense() if players is None else coalitions.columns(players)
    by_player = np.ascontiguousarray(dense.T)
    return np.where(by_player, np.float32(-1), np.float32(1)).T


def take_rows(matrix: Signs, rows: RowNumbers | NDArray[np.bool_]) -> Signs:
    """Some rows of signs, in the same memory order."""
    return np.ascontiguousarray(matrix.T[:, rows]).T


def parity_columns(rows: Signs, terms: Sequence[Term]) -> Signs:
    """The values chi_T(x) of every term, one line per term and one entry per row.

    Example:
        >>> parity_columns(np.array([[1.0, -1.0], [-1.0, -1.0]]), [(), (0,), (0, 1)])
        array([[ 1.,  1.],
               [ 1., -1.],
               [-1.,  1.]])
    """
    columns = np.ones((len(terms), len(rows)), dtype=rows.dtype)
    degrees = np.array([len(term) for term in terms], dtype=np.intp)
    by_player = np.ascontiguousarray(rows.T)
    for degree in range(1, int(degrees.max(initial=0)) + 1):
        chosen = np.flatnonzero(degrees == degree)
        members = np.array([terms[k] for k in chosen.tolist()], dtype=np.intp)
        for players in members.reshape(-1, degree).T:
            columns[chosen] *= by_player[players]
    return columns
