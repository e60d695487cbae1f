"""All coalitions of some sizes, where they are few enough to be evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum

_MOST_TRIED = 5e7
"""Coalitions times (terms + players). A choice; bounds the time and the memory of an evaluation."""


def every_removal(
    cost: Spectrum, forced: NDArray[np.bool_], sizes: Iterable[int]
) -> BoolMatrix | None:
    """All coalitions with the forced players and given numbers of missing ones, one per row.

    ``None`` if they are too many for an evaluation of the cost.
    """
    free = np.flatnonzero(~forced)
    counts = {size: comb(len(free), size) for size in sizes}
    if sum(counts.values()) * (len(cost) + cost.n_players) > _MOST_TRIED:
        return None
    blocks: list[BoolMatrix] = []
    for size, count in counts.items():
        removed = np.array(list(combinations(free, size)), dtype=np.intp).reshape(count, size)
        kept = np.ones((count, cost.n_players), dtype=np.bool_)
        np.put_along_axis(kept, removed, values=False, axis=1)
        blocks.append(kept)
    return np.concatenate(blocks)
