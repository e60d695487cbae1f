"""Sets of coalitions, one bit per player.

A *coalition* is a subset S of the players {0, ..., n-1}: those that are kept. Ten thousand players
times a hundred thousand coalitions are a gigabyte as booleans and 125 MB as bits, so coalitions are
stored packed and unpacked a block, or a few columns, at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from shapiq_spex._argument_checks import check_integer

BoolMatrix = NDArray[np.bool_]

_BLOCK = 1 << 10
"""Rows that are compared at a time; bounds memory."""


class Coalitions:
    """An immutable list of coalitions of ``n_players`` players, packed to bits.

    Bit ``i`` of row ``r`` (big-endian within a byte, as ``numpy.packbits`` writes it) says
    whether player ``i`` belongs to coalition ``r``.

    Args:
        packed: ``(m, ceil(n_players / 8))`` array of bytes; padding bits must be zero.
        n_players: The number of players.

    Raises:
        ValueError: If the matrix of bytes does not fit the number of players.

    Example:
        >>> coalitions = Coalitions.from_dense([[True, False, True], [False, False, False]])
        >>> coalitions
        Coalitions(2 of 3 players)
        >>> coalitions.sizes()
        array([2, 0])
    """

    __slots__ = ("_pair_labels", "n_players", "packed")

    def __init__(self, packed: NDArray[np.uint8], n_players: int) -> None:
        width = (n_players + 7) // 8
        if packed.ndim != 2 or packed.shape[1] != width or packed.dtype != np.uint8:
            raise ValueError(
                f"packed coalitions of {n_players} players must be a uint8 matrix {width} bytes "
                f"wide, got {packed.dtype} of shape {packed.shape}"
            )
        self.packed = packed
        self.n_players = n_players
        self._pair_labels: NDArray[np.intp] | None = None

    @classmethod
    def from_dense(cls, matrix: ArrayLike) -> Coalitions:
        """Pack a boolean matrix with one row per coalition and one column per player.

        Raises:
            ValueError: If the input is not a matrix of True and False (or of 1 and 0).
        """
        try:
            dense: NDArray[Any] = np.asarray(matrix)
        except ValueError:
            raise ValueError("coalitions must be a matrix, got rows of different lengths") from None
        if dense.ndim != 2:
            raise ValueError(
                "coalitions must be a matrix with one row per coalition and one column per "
                f"player, got an array of shape {dense.shape}"
            )
        if dense.dtype != np.bool_:
            if not np.isin(dense, (0, 1)).all():
                raise ValueError("coalitions must contain only True/False (or 1/0)")
            dense = dense.astype(np.bool_)
        return cls(np.packbits(dense, axis=1), dense.shape[1])

    @classmethod
    def all_of(cls, n_players: int) -> Coalitions:
        """All 2^n coalitions; coalition ``r`` holds player ``i`` iff bit ``i`` of ``r`` is set.

        Raises:
            ValueError: For more than 30 players.
        """
        check_integer(n_players, "n_players", least=0)
        if n_players > 30:
            raise ValueError(f"2^{n_players} coalitions do not fit into memory")
        numbers = np.arange(2**n_players, dtype=np.uint32)[:, None]
        return cls.from_dense((numbers >> np.arange(n_players, dtype=np.uint32)) & 1 == 1)

    @classmethod
    def ends(cls, n_players: int) -> Coalitions:
        """The empty and the full coalition.

        Example:
            >>> Coalitions.ends(3).sizes()
            array([0, 3])
        """
        return cls.from_dense(np.repeat([[False], [True]], n_players, axis=1))

    def __len__(self) -> int:
        return len(self.packed)

    def __repr__(self) -> str:
        return f"Coalitions({len(self)} of {self.n_players} players)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Coalitions):
            return NotImplemented
        return self.n_players == other.n_players and np.array_equal(self.packed, other.packed)

    def __hash__(self) -> int:
        return hash((self.n_players, self.packed.tobytes()))

    def __getitem__(self, rows: slice | NDArray[np.intp] | BoolMatrix) -> Coalitions:
        chosen = Coalitions(self.packed[rows], self.n_players)
        if self._pair_labels is not None:
            chosen._pair_labels = self._pair_labels[rows]
        return chosen

    def dense(self) -> BoolMatrix:
        """All coalitions as a boolean matrix of m x n bytes."""
        return np.unpackbits(self.packed, axis=1, count=self.n_players).view(np.bool_)

    def blocks(self, rows: int) -> Iterator[tuple[slice, BoolMatrix]]:
        """Iterate over the coalitions as boolean matrices of at most ``rows`` rows."""
        for start in range(0, len(self), rows):
            block = slice(start, min(start + rows, len(self)))
            yield block, self[block].dense()

    def columns(self, players: NDArray[np.integer]) -> BoolMatrix:
        """The membership of some players: an ``(m, len(players))`` boolean matrix."""
        players = np.asarray(players)
        shifts = (7 - players % 8).astype(np.uint8)
        return ((self.packed[:, players // 8] >> shifts) & 1).view(np.bool_)

    def sizes(self) -> NDArray[np.int64]:
        """Number of players in each coalition."""
        return np.bitwise_count(self.packed).sum(axis=1, dtype=np.int64)

    def complement(self) -> Coalitions:
        """The complement of each coalition."""
        packed = ~self.packed
        if self.n_players % 8:
            packed[:, -1] &= np.uint8((0xFF00 >> (self.n_players % 8)) & 0xFF)
        return Coalitions(packed, self.n_players)

    def numbers(self) -> NDArray[np.int64]:
        """The row of each coalition in :meth:`all_of`, for at most 62 players."""
        return self.dense() @ (1 << np.arange(self.n_players))

    def pair_of_row(self) -> NDArray[np.intp]:
        """The pair {S, complement of S} of each row, numbered in order of appearance.

        The pairs are found once; parts of these coalitions inherit them.

        Example:
            >>> rows = [[True, False], [True, True], [False, True]]
            >>> Coalitions.from_dense(rows).pair_of_row()
            array([0, 1, 0])
        """
        if self.n_players == 0:
            return np.zeros(len(self), dtype=np.intp)
        if self._pair_labels is None:
            # of a coalition and its complement exactly one lacks player 0: it stands for the pair
            flipped = self.columns(np.array([0]))
            packed = np.where(flipped, self.complement().packed, self.packed)
            keys = Coalitions(packed, self.n_players).keys()
            self._pair_labels = np.unique(keys, return_inverse=True)[1].reshape(-1)
        _, first, pair = np.unique(self._pair_labels, return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.intp)
        rank[np.argsort(first)] = np.arange(len(first))
        return rank[pair.reshape(-1)]

    def pair_table(self) -> NDArray[np.intp]:
        """The row numbers of every pair {S, complement of S}; -1 where the complement is missing.

        Example:
            >>> rows = [[True, False], [True, True], [False, True]]
            >>> Coalitions.from_dense(rows).pair_table()
            array([[ 0,  2],
                   [ 1, -1]])
        """
        pair_of_row = self.pair_of_row()
        table = np.full((int(pair_of_row.max(initial=-1)) + 1, 2), -1)
        for column in (1, 0):  # the first row of a pair overwrites what the second wrote
            rows = np.arange(len(pair_of_row))[:: 1 if column else -1]
            table[pair_of_row[rows], column] = rows
        table[table[:, 0] == table[:, 1], 1] = -1
        return table

    def keys(self) -> NDArray[np.void]:
        """One opaque, comparable, hashable key per coalition (equal iff the coalitions are)."""
        packed = np.ascontiguousarray(self.packed)
        if not packed.shape[1]:  # no players: all coalitions are the empty one
            packed = np.zeros((len(self), 1), dtype=np.uint8)
        return packed.view(np.dtype((np.void, packed.shape[1]))).reshape(-1)

    def distinct(self) -> tuple[Coalitions, NDArray[np.intp]]:
        """The distinct coalitions in order of first occurrence, and where each row is among them.

        Example:
            >>> kept, place = Coalitions.from_dense([[True], [False], [True]]).distinct()
            >>> kept.sizes(), place
            (array([1, 0]), array([0, 1, 0]))
        """
        blocks = (self[start : start + _BLOCK] for start in range(0, len(self), _BLOCK))
        hashes = {hash(row.tobytes()) for block in blocks for row in block.packed}
        if len(hashes) == len(self):  # without sorting, which takes copies
            return self, np.arange(len(self))
        _, first, group = np.unique(self.keys(), return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return self[first[order]], rank[group]

    def concatenate(self, *others: Coalitions) -> Coalitions:
        """These coalitions followed by the others, all of the same players.

        Raises:
            ValueError: If the numbers of players differ.
        """
        if any(other.n_players != self.n_players for other in others):
            raise ValueError(
                "coalitions of different numbers of players cannot be joined: "
                f"{[self.n_players, *(other.n_players for other in others)]}"
            )
        return Coalitions(
            np.concatenate([self.packed, *(o.packed for o in others)]), self.n_players
        )


def coalitions_of_sizes(
    sizes: NDArray[np.integer], n_players: int, rng: np.random.Generator
) -> BoolMatrix:
    """A uniformly random coalition of each size.

    Example:
        >>> coalitions_of_sizes(np.array([3, 0]), 3, np.random.default_rng(0))
        array([[ True,  True,  True],
               [False, False, False]])
    """
    ranks = np.argsort(rng.random((len(sizes), n_players)), axis=1)
    members = np.zeros((len(sizes), n_players), dtype=np.bool_)
    np.put_along_axis(members, ranks, np.arange(n_players) < sizes[:, None], axis=1)
    return members


def coalitions_of_each_size(n_players: int) -> NDArray[np.float64]:
    """C(n, s) for each size s = 0 ... n, as far as numbers reach.

    Example:
        >>> coalitions_of_each_size(4)
        array([1., 4., 6., 4., 1.])
    """
    return np.rint(np.exp(np.minimum(log_binomial(n_players, np.arange(n_players + 1)), 700.0)))


def log_binomial(n: int, k: NDArray[np.number]) -> NDArray[np.float64]:
    """Log C(n, k)."""
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
