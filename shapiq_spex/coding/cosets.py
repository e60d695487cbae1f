r"""Families of parallel subspaces: rows that sort the terms of a spectrum into bins.

Fix b of the r coordinates of a labelling (:mod:`shapiq_spex.coding.labelling`) and P vectors x_p.
Evaluate the game on all 2^b P coalitions S(l + x_p), where l runs through the vectors that vanish
outside the b coordinates. Because chi_T(S(x)) = (-1)^<x, y(T)>, the Walsh-Hadamard transform of the
answers along l,

    U[j, p] = 2^-b sum_l (-1)^<j, l> v(S(l + x_p))
            = sum of F(T) (-1)^<x_p, y(T)> over the T with y(T) = j on the b coordinates,

puts every term T into exactly one *bin* j, the b known coordinates of y(T). There it appears with
its coefficient and a pattern of P signs that reveals its other coordinates. (For random subspaces:
Amrollahi, Zandieh, Kapralov and Krause, NeurIPS 2019; Li, Bradley, Pawar and Ramchandran, 2015.
Here the subspaces come from the code too, so that the bin is part of the code word.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.algebra import Members
from shapiq_spex.coding.bits import Words, pack, parities, unpack
from shapiq_spex.coding.labelling import Labelling
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.fourier.walsh import walsh_transform


class Place(NamedTuple):
    """Where terms appear in a family of cosets.

    Attributes:
        bins: The number of the bin of every term.
        signs: Its pattern of signs there, one row of P numbers +1 and -1 per term.
    """

    bins: NDArray[np.intp]
    signs: Vector


@dataclass(frozen=True, eq=False)
class Cosets:
    """P parallel subspaces of 2^b coalitions each.

    Attributes:
        labelling: Turns terms and coalitions into vectors of bits.
        known: The b coordinates that make up the number of a bin: bit k is coordinate ``known[k]``.
        offsets: The vectors x_p, packed.
    """

    labelling: Labelling
    known: NDArray[np.intp]
    offsets: Words

    @property
    def n_bins(self) -> int:
        """2^b."""
        return 1 << len(self.known)

    @property
    def n_offsets(self) -> int:
        """P."""
        return len(self.offsets)

    def __len__(self) -> int:
        return self.n_bins * self.n_offsets

    def vectors(self, rows: slice) -> Words:
        """The vectors l + x_p of the given rows; row l P + p is subspace element l, offset p."""
        numbers = np.arange(*rows.indices(len(self)))
        inside = np.zeros((len(numbers), self.labelling.rank), dtype=np.bool_)
        shifts = np.arange(len(self.known))
        inside[:, self.known] = (numbers[:, None] // self.n_offsets >> shifts) & 1 == 1
        return pack(inside) ^ self.offsets[numbers % self.n_offsets]

    def transform(self, values: Vector) -> Vector:
        """The bins U of the values of all rows: a ``(2^b, P)`` matrix."""
        return walsh_transform(values.reshape(self.n_bins, self.n_offsets)) / self.n_bins

    def locate(self, members: Members) -> Place:
        """Find terms, given as one row of players each (negative numbers are padding)."""
        coordinates = self.labelling.coordinates(members)
        known = unpack(coordinates, self.labelling.rank)[:, self.known]
        bins = known.astype(np.intp) @ (1 << np.arange(len(self.known)))
        return Place(bins, np.where(parities(coordinates, self.offsets), -1.0, 1.0))
