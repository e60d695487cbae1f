r"""Coded coalitions: cosets for the decoder, and uniformly random rows to validate with.

A plan depends on the number of players, the budget, the largest degree t and the random numbers
alone. Of N rows,

* about 85% are three families of cosets (:mod:`shapiq_spex.coding.cosets`) in the coordinates of
  one random labelling, each with its own b known coordinates. A term is then in one bin of each
  family, together with different terms, and all three bins depend on the same vector y(T);
* the others are uniformly random: a term of degree > t can have the coordinates of a small one,
  which cosets alone cannot detect. Rows left over by the cosets are uniformly random too.

A bin yields the K = r + 1 - b unknown bits of its term from P signs. P >= K offsets suffice for one
bin alone. Two bins of different families reveal 2 b bits together and need 0.6 K offsets each
(:mod:`shapiq_spex.coding.bin_search`). Noisy answers need more. With too few rows for a useful
number of bins all rows are uniform, and with 2^n rows nothing needs decoding.

How few rows suffice is measured by ``python -m shapiq_spex.benchmark.studies.decoding``; results
are in ``shapiq_spex/benchmark/recorded/coding.csv``. Two things prevent fewer: the budget is the
same with and without noise, so that some offsets are redundant without it; and terms of equal size
hide each other where they share a bin (nearly twice the rows). Coefficients that span a factor of
20 under noise are the hardest: a term is read one sign at a time. In a bin of u_p = F + noise the
noise of one number is that of 2^b rows, not of all, and where it exceeds F each sign carries a
fraction of a bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.bits import Words, pack, reduced_rows
from shapiq_spex.coding.cosets import Cosets
from shapiq_spex.coding.labelling import Labelling
from shapiq_spex.fourier.coalitions import Coalitions

UNIFORM_SHARE = 0.15
"""The share of uniformly random rows. Tuned."""

FEWEST_BINS = 24
"""Bins of all families together below which no code is used. Tuned."""

FAMILIES = 3
"""Families of cosets: with three, two remain to confirm a term found in one."""

MOST_PAIRED_BITS = 7
"""The known bits b up to which pairs of bins make up for few offsets: 2^14 pairs of bins. Tuned."""

_PAIRED_REDUNDANCY = 0.6
"""Offsets per unknown bit that decode well where pairs of bins are tried. Tuned."""

_DRAWS = 20
"""Draws of a labelling to avoid the ends: among very few players every draw may contain them."""

_BLOCK = 1 << 12
"""Rows generated at a time; bounds memory."""


@dataclass(frozen=True, eq=False)
class CodedPlan:
    """The coalitions of one coded experiment, in the order of asking. Made by :meth:`design`.

    Attributes:
        n_players: The number of players.
        budget: The largest number of rows.
        degree: t, the largest degree of a term that can be decoded.
        cosets: The families of cosets; none if all rows are uniform.
        coset_rows: For every family the row that holds the answer of each of its coalitions.
        vectors: The distinct coalitions of all families as vectors of bits; they come first.
        others: The uniformly random rows after them (all 2^n coalitions if that is affordable).
    """

    n_players: int
    budget: int
    degree: int
    cosets: tuple[Cosets, ...]
    coset_rows: tuple[NDArray[np.intp], ...]
    vectors: Words
    others: Coalitions

    @classmethod
    def design(
        cls,
        n_players: int,
        budget: int,
        degree: int = 5,
        *,
        rng: np.random.Generator,
        draw: Callable[[int], Coalitions] | None = None,
    ) -> CodedPlan:
        """Choose the coalitions.

        Args:
            n_players: The number of players, at least 1.
            budget: The number of coalitions that may be asked, at least 2.
            degree: t, the largest degree of an interaction that can be decoded.
            rng: The source of randomness.
            draw: Gives a number of distinct uniformly random coalitions, which come before any
                other random ones; by default ``rng`` draws all of them.

        Returns:
            A plan of exactly min(budget, 2^n) distinct coalitions. The empty and the full one are
            left to the caller as long as the budget can be spent without them.
        """
        if n_players < 1:
            raise ValueError(f"a game needs at least one player, got n_players={n_players}")
        if budget < 2:
            raise ValueError(f"a budget of at least 2 coalitions is needed, got {budget}")
        if degree < 1:
            raise ValueError(f"the largest degree must be at least 1, got degree={degree}")
        degree = min(degree, n_players)
        if n_players < 30 and budget >= 2**n_players:
            nothing = np.zeros((0, 1), dtype=np.uint64)
            everything = Coalitions.all_of(n_players)
            return cls(n_players, budget, degree, (), (), nothing, everything)
        cosets, vectors, rows, taken = _coded_rows(n_players, budget, degree, rng)
        count = budget - len(vectors)
        if draw is None:
            fresh = _fresh_rows(n_players, count, taken, rng)
        else:
            drawn = draw(count)
            drawn = drawn[~np.isin(_first_players(drawn), taken)]
            taken = np.concatenate([taken, _first_players(drawn)])
            fresh = drawn.concatenate(_fresh_rows(n_players, count - len(drawn), taken, rng))
        return cls(n_players, budget, degree, cosets, rows, vectors, fresh)

    def __len__(self) -> int:
        return len(self.vectors) + len(self.others)

    @property
    def complete(self) -> bool:
        """Whether every coalition of the players is asked."""
        return self.n_players < 30 and len(self) == 2**self.n_players

    @property
    def has_ends(self) -> bool:
        """Whether the empty or the full coalition is asked."""
        sizes = [block.sizes() for block in self.blocks(_BLOCK)]
        return bool(np.isin(np.concatenate(sizes), (0, self.n_players)).any())

    @property
    def uniform(self) -> slice:
        """The rows that were drawn uniformly at random."""
        return slice(len(self.vectors), len(self))

    @property
    def fresh(self) -> slice:
        """The uniform rows to validate with: at most ``UNIFORM_SHARE`` of the budget."""
        count = min(len(self.others), round(UNIFORM_SHARE * self.budget))
        return slice(len(self) - count, len(self))

    def blocks(self, rows: int) -> Iterator[Coalitions]:
        """Walk through the coalitions in order, at most ``rows`` at a time, storing nothing."""
        for vectors in _slices(self.vectors, rows):
            yield self.cosets[0].labelling.coalitions(vectors)
        for start in range(0, len(self.others), rows):
            yield self.others[start : start + rows]

    @property
    def coalitions(self) -> Coalitions:
        """All coalitions (n / 8 bytes each, generated anew)."""
        return self.select(np.arange(len(self)))

    def select(self, rows: NDArray[np.intp]) -> Coalitions:
        """The coalitions of some rows."""
        packed = np.empty((len(rows), -(-self.n_players // 8)), dtype=np.uint8)
        for start in range(0, len(rows), _BLOCK):
            block, into = rows[start : start + _BLOCK], packed[start : start + _BLOCK]
            coded = block < self.uniform.start
            if coded.any():
                vectors = self.vectors[block[coded]]
                into[coded] = self.cosets[0].labelling.coalitions(vectors).packed
            into[~coded] = self.others.packed[block[~coded] - self.uniform.start]
        return Coalitions(packed, self.n_players)

    def describe(self) -> str:
        """The plan in one sentence."""
        if self.complete:
            return f"all {len(self)} coalitions of {self.n_players} players"
        if not self.cosets:
            return (
                f"{len(self)} uniformly random coalitions of {self.n_players} players, which no "
                f"code of degree {self.degree} fits"
            )
        families = " + ".join(f"{c.n_bins} bins x {c.n_offsets} offsets" for c in self.cosets)
        return (
            f"{len(self.vectors)} coded coalitions ({families}, interactions up to degree "
            f"{self.degree}) and {len(self.others)} uniformly random ones of {self.n_players} "
            "players"
        )


def fewest_rows(n_players: int, degree: int, *, rng: np.random.Generator) -> int | None:
    """The smallest budget that a code fits; ``None`` if there is none below 2^n.

    Example:
        >>> fewest_rows(100, 5, rng=np.random.default_rng(0))
        565
    """
    rank = Labelling.draw(n_players, min(degree, n_players), rng).rank
    coded = [
        (FAMILIES << b) * ceil(_fewest_offsets(b, rank))
        for b in range(1, rank // FAMILIES + 1)
        if FAMILIES << b >= FEWEST_BINS
    ]
    if not coded:
        return None
    budget = ceil(min(coded) / (1 - UNIFORM_SHARE))
    return None if n_players < 30 and budget >= 2**n_players else budget


def _coded_rows(
    n_players: int, budget: int, degree: int, rng: np.random.Generator
) -> tuple[tuple[Cosets, ...], Words, tuple[NDArray[np.intp], ...], NDArray[np.uint64]]:
    """The families, their distinct vectors, where each row is, and the first players of all."""
    ends = _ends(n_players)
    draws = 0
    while True:
        labelling = Labelling.draw(n_players, degree, rng)
        cosets = _families(labelling, int((1 - UNIFORM_SHARE) * budget), rng)
        vectors, rows = _distinct([c.vectors(slice(None)) for c in cosets], labelling)
        blocks = [_first_players(labelling.coalitions(block)) for block in _slices(vectors, _BLOCK)]
        taken = np.concatenate([np.empty(0, dtype=np.uint64), *blocks])
        draws += 1
        if draws == _DRAWS or not np.isin(ends, taken).any():
            return cosets, vectors, rows, taken


def _families(labelling: Labelling, budget: int, rng: np.random.Generator) -> tuple[Cosets, ...]:
    """As many bins as leave enough offsets to decode them; none if that is too few."""
    rank = labelling.rank
    feasible = [
        b
        for b in range(1, rank // FAMILIES + 1)
        if budget // (FAMILIES << b) >= _fewest_offsets(b, rank)
    ]
    bits = max(feasible, default=0)
    if FAMILIES << bits < FEWEST_BINS:
        return ()
    n_offsets = min(budget // (FAMILIES << bits), 1 << min(rank - bits, 30))
    return tuple(
        Cosets(labelling, known, _offsets(labelling, known, n_offsets, rng))
        for known in np.arange(FAMILIES * bits, dtype=np.intp).reshape(FAMILIES, bits)
    )


def _fewest_offsets(bits: int, rank: int) -> float:
    """The smallest number of offsets that decodes well.

    Pairs of bins make up for fewer offsets than unknown bits, but there are too many pairs of many
    bins.
    """
    redundancy = _PAIRED_REDUNDANCY if bits <= MOST_PAIRED_BITS else 1.0
    return redundancy * (rank + 1 - bits)


def _offsets(
    labelling: Labelling, known: NDArray[np.intp], count: int, rng: np.random.Generator
) -> Words:
    """Distinct random vectors that vanish on the known coordinates and determine the others.

    A few random vectors too many are independent equations almost surely, but when their number
    is just sufficient one draw in four is; others are drawn again.
    """
    free = np.setdiff1d(np.arange(labelling.rank), known)
    unknowns = len(free) + 1
    while True:
        dense = np.zeros((count, labelling.rank), dtype=np.bool_)
        dense[:, free] = rng.random((count, len(free))) < 0.5
        offsets = pack(dense)
        _, first = np.unique(offsets, axis=0, return_index=True)
        while len(first) < count:
            again = np.setdiff1d(np.arange(count), first)
            dense[np.ix_(again, free)] = rng.random((len(again), len(free))) < 0.5
            offsets = pack(dense)
            _, first = np.unique(offsets, axis=0, return_index=True)
        equations = np.hstack([dense[:, free], np.ones((count, 1), dtype=np.bool_)])
        if len(reduced_rows(equations)[1]) == min(count, unknowns):
            return offsets


def _distinct(
    families: list[Words], labelling: Labelling
) -> tuple[Words, tuple[NDArray[np.intp], ...]]:
    """The distinct vectors of all families, and the place of each family's vectors in them."""
    if not families:
        return np.zeros((0, labelling.columns.shape[1]), dtype=np.uint64), ()
    distinct, places = np.unique(np.concatenate(families), axis=0, return_inverse=True)
    ends = np.cumsum([len(family) for family in families])
    return distinct, tuple(np.split(places.reshape(-1).astype(np.intp), ends[:-1]))


def _slices(vectors: Words, rows: int) -> Iterator[Words]:
    for start in range(0, len(vectors), rows):
        yield vectors[start : start + rows]


def _fresh_rows(
    n_players: int, count: int, taken: NDArray[np.uint64], rng: np.random.Generator
) -> Coalitions:
    """Uniformly random coalitions that differ from the taken ones and from each other.

    Coalitions are compared by their first 64 players (:func:`_first_players`). Among many players
    this refuses a new coalition by mistake about once in 2^64 / count draws.
    """
    ends = _ends(n_players)
    if n_players <= 22 and 4 * (count + len(taken)) > 2**n_players:
        free = np.setdiff1d(np.arange(2**n_players, dtype=np.uint64), taken)
        inner = np.setdiff1d(free, ends)
        chosen = rng.choice(inner if len(inner) >= count else free, count, replace=False)
        return Coalitions.all_of(n_players)[chosen.astype(np.intp)]
    taken = np.concatenate([taken, ends])
    width = -(-n_players // 8)
    padding = np.uint8((0xFF00 >> (n_players % 8 or 8)) & 0xFF)
    fresh = np.empty((0, width), dtype=np.uint8)
    while len(fresh) < count:
        packed = rng.integers(0, 256, size=(count - len(fresh), width), dtype=np.uint8)
        packed[:, -1] &= padding
        heads = _first_players(Coalitions(packed, n_players))
        new = np.zeros(len(heads), dtype=np.bool_)
        new[np.unique(heads, return_index=True)[1]] = True
        new &= ~np.isin(heads, taken)
        fresh = np.concatenate([fresh, packed[new]])
        taken = np.concatenate([taken, heads[new]])
    return Coalitions(fresh, n_players)


def _ends(n_players: int) -> NDArray[np.uint64]:
    """The first players of the empty and the full coalition."""
    return _first_players(Coalitions.ends(min(n_players, 64)))


def _first_players(coalitions: Coalitions) -> NDArray[np.uint64]:
    """The first 64 players of each coalition as one number: bit i tells about player i."""
    return pack(coalitions.columns(np.arange(min(coalitions.n_players, 64))))[:, 0]
