"""Linear algebra over GF(2): vectors of bits, packed into words of 64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Bits = NDArray[np.bool_]


def pack(bits: Bits) -> Words:
    """Pack the last axis of a boolean array: bit i goes to bit i mod 64 of word i // 64.

    Example:
        >>> pack(np.array([[True, False, True], [False, True, False]])).tolist()
        [[5], [2]]
    """
    *shape, length = bits.shape
    padded = np.zeros((*shape, max(1, -(-length // 64)) * 64), dtype=np.bool_)
    padded[..., :length] = bits
    return np.packbits(padded, axis=-1, bitorder="little").view("<u8").astype(np.uint64)


def unpack(words: Words, length: int) -> Bits:
    """The inverse of :func:`pack`."""
    raw = np.ascontiguousarray(words).astype("<u8").view(np.uint8)
    return np.unpackbits(raw, axis=-1, count=length, bitorder="little").view(np.bool_)


def parities(left: Words, right: Words) -> Bits:
    """All inner products over GF(2): result[i, j] = parity of ``left[i] & right[j]``."""
    result = np.zeros((len(left), len(right)), dtype=np.uint8)
    for word in range(left.shape[1]):
        result ^= np.bitwise_count(left[:, word, None] & right[None, :, word]) & np.uint8(1)
    return result.view(np.bool_)


def reduced_rows(matrix: Bits) -> tuple[Bits, NDArray[np.intp]]:
    """Reduced row echelon form without its zero rows, and the column of each row's pivot.

    Cost: rows x rank x columns / 8 byte operations.

    Example:
        >>> rows, pivots = reduced_rows(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=bool))
        >>> rows.astype(int).tolist(), pivots.tolist()
        ([[1, 0, 1], [0, 1, 1]], [0, 1])
    """
    rows = np.packbits(matrix, axis=1)
    pivots: list[int] = []
    rank = 0
    for row in range(len(rows)):
        set_bits = np.flatnonzero(np.unpackbits(rows[row]))
        if len(set_bits) == 0:
            continue
        pivot = int(set_bits[0])
        others = (rows[:, pivot // 8] >> (7 - pivot % 8)) & 1 == 1
        others[row] = False
        rows[others] ^= rows[row]
        rows[rank], rows[row] = rows[row].copy(), rows[rank].copy()
        pivots.append(pivot)
        rank += 1
    reduced = np.unpackbits(rows[:rank], axis=1, count=matrix.shape[1]).view(np.bool_)
    return reduced, np.array(pivots, dtype=np.intp)


def random_invertible(size: int, rng: np.random.Generator) -> tuple[Bits, Bits]:
    """A uniformly random invertible matrix over GF(2) and its inverse.

    A random square matrix is invertible with probability about .29, so a few draws do.
    """
    while True:
        matrix = rng.random((size, size)) < 0.5
        reduced, pivots = reduced_rows(np.hstack([matrix, np.eye(size, dtype=np.bool_)]))
        if len(pivots) == size and (np.sort(pivots) == np.arange(size)).all():
            return matrix, reduced[np.argsort(pivots), size:]
