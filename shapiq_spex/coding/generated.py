"""Coalitions that are generated when they are read.

A hundred thousand coalitions of ten thousand players are 124 MB of bits, but a coded plan stores
each of them in a dozen bytes. Code that reads them a slice at a time never holds them all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions

_BLOCK = 1 << 12  # rows generated at a time


class GeneratedCoalitions(Coalitions):
    """A list of coalitions whose rows are generated when they are read.

    Selected rows are ordinary :class:`~shapiq_spex.fourier.coalitions.Coalitions`. Whatever needs
    all rows at once (such as :attr:`packed`) generates all of them, each time.

    Args:
        length: The number of coalitions.
        n_players: The number of players.
        generate: Returns the coalitions of some rows, always the same.

    Example:
        >>> def one_player_each(rows):
        ...     return Coalitions.from_dense(rows[:, None] == np.arange(1000))
        >>> coalitions = GeneratedCoalitions(1000, 1000, one_player_each)
        >>> coalitions[2:5].sizes()
        array([1, 1, 1])
    """

    __slots__ = ("_generate", "_length")

    def __init__(
        self, length: int, n_players: int, generate: Callable[[NDArray[np.intp]], Coalitions]
    ) -> None:
        self.n_players = n_players
        self._length = length
        self._generate = generate
        self._pair_labels = None

    @property
    def packed(self) -> NDArray[np.uint8]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """All coalitions, packed to bits."""
        return self[:].packed

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, rows: slice | NDArray[np.intp] | BoolMatrix) -> Coalitions:
        if isinstance(rows, slice):
            return self._generate(np.arange(*rows.indices(self._length)))
        return self._generate(np.arange(self._length)[rows])

    def sizes(self) -> NDArray[np.int64]:
        """Number of players in each coalition."""
        starts = range(0, self._length, _BLOCK)
        blocks = [self[start : start + _BLOCK].sizes() for start in starts]
        return np.concatenate([np.empty(0, dtype=np.int64), *blocks])
