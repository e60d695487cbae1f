"""Ensembles of decision trees on players that are in or out, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._compiled import compiled
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector

Ints = NDArray[np.int32]
NodeTables = tuple[Ints, Ints, Ints, Vector]
"""For every node: the player, the child without it, the child with it, and the value."""


@dataclass(frozen=True)
class Forest:
    """A sum of decision trees whose inputs are memberships of players.

    All nodes of all trees share the arrays; children are positions in them.

    Attributes:
        n_players: The number of players.
        roots: The root of every tree.
        player: The player a node asks for; -1 at a leaf.
        out: The child for coalitions without that player.
        into: The child for coalitions with that player.
        value: The value of a leaf (ignored elsewhere).
        constant: Added to the sum of the trees.
    """

    n_players: int
    roots: Ints
    player: Ints
    out: Ints
    into: Ints
    value: Vector
    constant: float = 0.0

    def __post_init__(self) -> None:
        if len({len(self.player), len(self.out), len(self.into), len(self.value)}) > 1:
            raise ValueError("player, out, into and value must have one entry per node")

    def predict(self, coalitions: BoolMatrix) -> Vector:
        """The sum of the trees for every coalition."""
        rows = np.ascontiguousarray(coalitions, dtype=np.bool_)
        return self.constant + _predict(self.roots, self.tables, rows)

    @property
    def tables(self) -> NodeTables:
        """What a compiled loop needs to know of the nodes."""
        return self.player, self.out, self.into, self.value

    def staged_predict(self, coalitions: BoolMatrix) -> NDArray[np.float64]:
        """The sums of the first 1, 2, 3, ... trees, one row of predictions for each."""
        rows = np.ascontiguousarray(coalitions, dtype=np.bool_)
        each = [_predict(self.roots[k : k + 1], self.tables, rows) for k in range(len(self.roots))]
        return self.constant + np.cumsum(each, axis=0)

    def first(self, n_trees: int) -> Forest:
        """The sum of the first trees."""
        return replace(self, roots=self.roots[:n_trees])

    def scaled(self, factor: float) -> Forest:
        """The forest times a number."""
        return replace(self, value=self.value * factor, constant=self.constant * factor)


def mean_forest(forests: Sequence[Forest]) -> Forest:
    """The mean of forests of the same players."""
    sizes = np.array([len(forest.player) for forest in forests])
    shifts = np.cumsum(sizes) - sizes
    return Forest(
        forests[0].n_players,
        roots=_shifted([forest.roots for forest in forests], shifts),
        player=np.concatenate([forest.player for forest in forests]),
        out=_shifted([forest.out for forest in forests], shifts),
        into=_shifted([forest.into for forest in forests], shifts),
        value=np.concatenate([forest.value for forest in forests]) / len(forests),
        constant=sum(forest.constant for forest in forests) / len(forests),
    )


def _shifted(positions: Sequence[Ints], shifts: NDArray[np.int64]) -> Ints:
    return np.concatenate(
        [part + shift for part, shift in zip(positions, shifts, strict=True)], dtype=np.int32
    )


@compiled
def _predict(roots: Ints, tables: NodeTables, rows: BoolMatrix) -> Vector:
    player, out, into, value = tables
    sums = np.zeros(len(rows))
    for row in range(len(rows)):
        total = 0.0
        for root in roots:
            node = root
            while player[node] >= 0:
                node = into[node] if rows[row, player[node]] else out[node]
            total += value[node]
        sums[row] = total
    return sums
