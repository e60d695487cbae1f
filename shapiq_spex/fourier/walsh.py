"""The Walsh-Hadamard transform between a full table of values and its Fourier spectrum.

A table lists v(S) for all 2^n coalitions, coalition ``r`` holding player ``i`` iff bit ``i`` of
``r`` is set, and so does the list of coefficients F(T). Then

    F(T) = 2^-n sum_S v(S) (-1)^{|S & T|},      v(S) = sum_T F(T) (-1)^{|S & T|}

(O'Donnell 2014, section 1.2): the same butterfly in both directions, n 2^n additions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector


def walsh_transform(table: ArrayLike) -> Vector:
    """Unnormalised transform along the first axis: result[T] = sum_S table[S] (-1)^{|S & T|}.

    Example:
        >>> walsh_transform([1.0, 2.0, 3.0, 5.0])
        array([11., -3., -5.,  1.])
    """
    values = np.array(table, dtype=np.float64)
    size = len(values)
    if size == 0 or size & (size - 1):
        raise ValueError(f"the length of a table must be a power of two, got {size}")
    half = 1
    while half < size:
        pairs = values.reshape(size // (2 * half), 2, half, -1)
        low, high = pairs[:, 0].copy(), pairs[:, 1]
        pairs[:, 0] += high
        np.subtract(low, high, out=pairs[:, 1])
        half *= 2
    return values


def spectrum_of_table(table: ArrayLike) -> Spectrum:
    """The exact spectrum of a game from its 2^n values (all 2^n terms)."""
    coefficients = walsh_transform(table) / len(np.asarray(table))
    n_players = len(coefficients).bit_length() - 1
    subsets = Coalitions.all_of(n_players)
    dense, sizes = subsets.dense(), subsets.sizes()
    groups = [
        (np.nonzero(dense[rows])[1].reshape(len(rows), degree), coefficients[rows])
        for degree in range(n_players + 1)
        for rows in [np.flatnonzero(sizes == degree)]
    ]
    return Spectrum(n_players, groups)


def table_of_spectrum(spectrum: Spectrum) -> Vector:
    """The values on all 2^n coalitions, in the order of :meth:`Coalitions.all_of`."""
    if spectrum.n_players > 30:
        raise ValueError(f"a table of 2^{spectrum.n_players} values does not fit into memory")
    coefficients = np.zeros(2**spectrum.n_players)
    for members, values in spectrum.groups:
        coefficients[(1 << members.astype(np.int64)).sum(axis=1)] = values
    return walsh_transform(coefficients)
