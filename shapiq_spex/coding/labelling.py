r"""Random coordinates for sets of players, short and invertible up to degree t.

A *labelling* deals the nonzero elements of GF(2^m) out to the players at random. The t*m bits of
the syndrome (:mod:`shapiq_spex.coding.field`) are parities of players, of which r are linearly
independent (r <= t*m, and r <= n). In a random basis of these parities every set T of players has
r *coordinates*

    y(T) = sum_{i in T} y_i        (over GF(2)),

and every vector x of r bits is a coalition S(x) = {i : <x, y_i> = 1}. Then

    |S(x) & T| = <x, y(T)>  (mod 2),    hence    chi_T(S(x)) = (-1)^<x, y(T)>.

The values v(S(x)) therefore reveal *linear equations on y(T)*. From y(T) follow the syndrome and,
if |T| <= t, the set T itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.bits import (
    Words,
    pack,
    parities,
    random_invertible,
    reduced_rows,
    unpack,
)
from shapiq_spex.coding.field import Elements, Field, field_for, odd_powers
from shapiq_spex.fourier.coalitions import Coalitions


@dataclass(frozen=True, eq=False)
class Labelling:
    """The dictionary between sets of players and their coordinates.

    Attributes:
        field: The field of the labels.
        labels: The nonzero field element of every player.
        columns: y_i of every player, packed: ``(n, words)``.
        syndromes: For every coordinate the t odd syndromes it contributes when it is 1; an
            ``(r, t)`` matrix of field elements.
    """

    field: Field
    labels: Elements
    columns: Words
    syndromes: Elements

    @classmethod
    def draw(cls, n_players: int, degree: int, rng: np.random.Generator) -> Labelling:
        """Deal out random labels and choose a random basis."""
        field = field_for(n_players)
        labels = (rng.permutation(2**field.m - 1)[:n_players] + 1).astype(np.int32)
        odd = odd_powers(field, labels, degree)
        checks = (odd[:, :, None] >> np.arange(field.m)) & 1 == 1
        # In echelon form, coordinate k is 1 for pivot player k alone among the pivot players:
        # a set with the coordinates y has the syndrome of the pivot players where y is 1.
        echelon, pivots = reduced_rows(checks.reshape(n_players, -1).T)
        mix, unmix = random_invertible(len(echelon), rng)
        columns = parities(pack(np.ascontiguousarray(echelon.T)), pack(mix))
        syndromes = np.zeros((len(echelon), degree), dtype=np.int32)
        for coordinate, contributing in enumerate(unmix.T):
            syndromes[coordinate] = np.bitwise_xor.reduce(odd[pivots[contributing]], axis=0)
        return cls(field, labels, pack(columns), syndromes)

    @property
    def n_players(self) -> int:
        """The number of players."""
        return len(self.labels)

    @property
    def degree(self) -> int:
        """The largest degree t that can be decoded."""
        return self.syndromes.shape[1]

    @property
    def rank(self) -> int:
        """The number r of coordinates."""
        return len(self.syndromes)

    def coordinates(self, members: NDArray[np.integer]) -> Words:
        """y(T) of terms, one row of players per term; negative numbers are padding."""
        result = np.zeros((len(members), self.columns.shape[1]), dtype=np.uint64)
        for players in members.T:
            result ^= np.where(players[:, None] < 0, np.uint64(0), self.columns[players])
        return result

    @cached_property
    def _byte_tables(self) -> NDArray[np.uint8]:
        """S(x) for every x that is zero outside one byte: ``(bytes of x, 256, bytes of S)``."""
        parities_of_players = np.ascontiguousarray(unpack(self.columns, self.rank).T)
        basis = np.packbits(parities_of_players, axis=1)
        tables = np.zeros((-(-self.rank // 8), 256, basis.shape[1]), dtype=np.uint8)
        for coordinate, row in enumerate(basis):
            table, half = tables[coordinate // 8], 1 << coordinate % 8
            table[half : 2 * half] = table[:half] ^ row
        return tables

    def coalitions(self, vectors: Words) -> Coalitions:
        """The coalitions S(x): a table look-up per byte of x, as S is linear in x."""
        raw = np.ascontiguousarray(vectors).astype("<u8").view(np.uint8)
        packed = np.zeros((len(raw), -(-self.n_players // 8)), dtype=np.uint8)
        for byte, table in enumerate(self._byte_tables):
            packed ^= table[raw[:, byte]]
        return Coalitions(packed, self.n_players)
