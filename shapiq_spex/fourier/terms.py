"""Sets of players with a number each: the storage shared by spectra and interactions."""

from __future__ import annotations

from itertools import chain, combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Term = tuple[int, ...]
Vector = NDArray[np.float64]


class TermGroup(NamedTuple):
    """All terms of one degree: sorted players, one row per term, and their coefficients."""

    members: NDArray[np.int32]
    coefficients: Vector

    @property
    def degree(self) -> int:
        """The number of players in each of these terms."""
        return self.members.shape[1]

    def tuples(self) -> list[Term]:
        """The terms as tuples of Python ints."""
        if not self.degree:
            return [()] * len(self.members)
        return list(zip(*self.members.T.tolist(), strict=True))

    def without_zeros(self) -> TermGroup:
        """The terms whose coefficient is not exactly zero."""
        kept = self.coefficients != 0.0
        return TermGroup(self.members[kept], self.coefficients[kept])


def subset_positions(degree: int, size: int) -> NDArray[np.intp]:
    """The positions, in a term of the given degree, of each of its subsets of the given size.

    Example:
        >>> subset_positions(3, 2).tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    count = comb(degree, size)
    flat = chain.from_iterable(combinations(range(degree), size))
    return np.fromiter(flat, dtype=np.intp, count=count * size).reshape(count, size)


def merge_terms(groups: list[TermGroup]) -> TermGroup:
    """One group with distinct terms in lexicographic order; coefficients of equal terms are added.

    Args:
        groups: At least one group; all of one degree, their rows sorted.

    Example:
        >>> group = TermGroup(np.array([[1, 2], [0, 5], [1, 2]]), np.array([1.0, 2.0, 3.0]))
        >>> merged = merge_terms([group])
        >>> merged.tuples(), merged.coefficients.tolist()
        ([(0, 5), (1, 2)], [2.0, 4.0])
    """
    members = np.concatenate([group.members for group in groups])
    coefficients = np.concatenate([group.coefficients for group in groups])
    if members.size == 0:  # no terms at all, or nothing but the empty term
        return TermGroup(members[:1], coefficients.sum(keepdims=True)[: len(members)])
    words = _packed(members)
    order = np.argsort(words[0]) if len(words) == 1 else np.lexsort(words[::-1])
    words = [word[order] for word in words]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = np.logical_or.reduce([word[1:] != word[:-1] for word in words])
    starts = np.flatnonzero(new)
    return TermGroup(members[order[starts]], np.add.reduceat(coefficients[order], starts))


def _packed(members: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Rows as few integers, most significant first, that sort as the rows do."""
    bits = max(int(members.max()).bit_length(), 1)
    columns_per_word = 63 // bits
    words: list[NDArray[np.int64]] = []
    for start in range(0, members.shape[1], columns_per_word):
        word = np.zeros(len(members), dtype=np.int64)
        for column in members[:, start : start + columns_per_word].T:
            word = (word << bits) | column
        words.append(word)
    return words
