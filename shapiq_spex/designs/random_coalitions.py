r"""Random coalitions: distinct, the ends first, nested by seed.

Coalitions begin with the empty and the full one and are *nested*: with equal seeds the rows of a
smaller budget are a prefix of the rows of a larger one, so that answers which are already paid for
are never evaluated again. The laws are those of :mod:`shapiq_spex.designs.law`; rows of one law are
nested, those in pairs not with single ones
(:func:`shapiq_spex.designs.suitable_law.with_enough_pairs`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.fourier.coalitions import (
    BoolMatrix,
    Coalitions,
    coalitions_of_each_size,
    coalitions_of_sizes,
    log_binomial,
)
from shapiq_spex.fourier.terms import Vector

_ENUMERATED = 16
"""Players up to which all 2^n coalitions are listed and put in random order."""

_FIRST_BLOCK, _MOST_CELLS = 256, 1 << 24
"""Rows of the first block that is drawn, and entries of the largest (16 MB)."""


@dataclass(frozen=True)
class RandomRows:
    """Random coalitions of some players by a law, in an order that the seed decides.

    Attributes:
        n_players: The number of players.
        law: How coalitions are drawn.
        seed: Equal seeds give equal coalitions.
    """

    n_players: int
    law: SizeLaw
    seed: np.random.SeedSequence

    def draw(self, count: int) -> Coalitions:
        """The first coalitions; fewer only if no more have a size of positive weight."""
        return sample_coalitions(
            self.n_players, count, self.law, rng=np.random.default_rng(self.seed)
        )


def sample_coalitions(
    n_players: int, count: int, law: SizeLaw, *, rng: np.random.Generator
) -> Coalitions:
    """Draw distinct coalitions, the empty and the full one first; nested for equal seeds.

    There are fewer than ``count`` only if no more exist whose size has a positive weight.
    """
    weights, paired = law.size_weights, law.paired
    ends = Coalitions.ends(n_players)
    if count <= 2:
        return ends[:count]
    source = (
        _shuffled(n_players, weights, paired, rng)
        if n_players <= _ENUMERATED
        else _stream(n_players, weights, paired, rng)
    )
    count = int(min(count, _reachable(n_players, weights, paired)))
    seen = {row.tobytes() for row in ends.packed}
    drawn, found = [ends], len(ends)
    while found < count:
        block = next(source)
        fresh: list[int] = []
        for row, packed in enumerate(block.packed):
            key = packed.tobytes()
            if key not in seen:
                seen.add(key)
                fresh.append(row)
        drawn.append(block[np.array(fresh, dtype=np.intp)])
        found += len(fresh)
        if not fresh:
            left = _sizes_left(drawn[0].concatenate(*drawn[1:]))
            source = _stream(n_players, weights * left, paired, rng)
    return drawn[0].concatenate(*drawn[1:])[:count]


def _sizes_left(drawn: Coalitions) -> BoolMatrix:
    """Which sizes some distinct coalitions are not all coalitions of.

    Other sizes yield nothing new, and may be so likely that nothing else is ever drawn.
    """
    existing = coalitions_of_each_size(drawn.n_players)
    return np.bincount(drawn.sizes(), minlength=len(existing)) < existing


def _reachable(n_players: int, weights: Vector, paired: bool) -> float:
    """How many distinct coalitions the design can reach (the two ends always)."""
    possible = (weights > 0) | (paired & (weights[::-1] > 0))
    possible[[0, -1]] = True
    with np.errstate(over="ignore"):  # infinitely many is the right answer beyond n = 1023
        counts = np.exp(log_binomial(n_players, np.flatnonzero(possible)))
    return float(np.round(counts).sum())


def _shuffled(
    n_players: int, weights: Vector, paired: bool, rng: np.random.Generator
) -> Iterator[Coalitions]:
    """All coalitions in the order of successive weighted draws without replacement.

    Sorting by log w + Gumbel noise is sampling without replacement in sequence (Efraimidis &
    Spirakis 2006): the same law as rejecting duplicates, at a fixed cost of 2^n.
    """
    everything = Coalitions.all_of(n_players)
    sizes = everything.sizes()
    if paired:  # weights of a coalition and of its complement, represented by the one without
        without_last = np.arange(len(everything) // 2)  # the last player
        everything, sizes = everything[without_last], sizes[without_last]
        weights = weights + weights[::-1]
    with np.errstate(divide="ignore"):
        log_weight = np.log(weights[sizes]) - log_binomial(n_players, sizes)
    order = np.argsort(-(log_weight + rng.gumbel(size=len(sizes))), kind="stable")
    order = order[np.isfinite(log_weight[order])]
    yield _with_complements(everything[order], rng) if paired else everything[order]


def _stream(
    n_players: int, weights: Vector, paired: bool, rng: np.random.Generator
) -> Iterator[Coalitions]:
    """Independent draws, duplicates included, in blocks of a size that no budget influences."""
    uniform = SizeLaw(weights, paired).is_uniform
    rows = _FIRST_BLOCK
    while True:
        if uniform:
            block = Coalitions.from_dense(rng.random((rows, n_players)) < 0.5)
        else:
            block = Coalitions.from_dense(independent_coalitions(weights, rows, rng))
        yield _with_complements(block, None) if paired else block
        rows = min(2 * rows, max(_FIRST_BLOCK, _MOST_CELLS // n_players))


def independent_coalitions(
    size_weights: Vector, count: int, rng: np.random.Generator
) -> BoolMatrix:
    """Coalitions by the weights of the sizes 0 ... n, duplicates included."""
    n_players = len(size_weights) - 1
    sizes = rng.choice(n_players + 1, size=count, p=size_weights / size_weights.sum())
    return coalitions_of_sizes(sizes, n_players, rng)


def _with_complements(coalitions: Coalitions, rng: np.random.Generator | None) -> Coalitions:
    """Each coalition followed by its complement, in random order within a pair if asked."""
    packed = np.stack([coalitions.packed, coalitions.complement().packed], axis=1)
    if rng is not None:
        swap = rng.random(len(packed)) < 0.5
        packed[swap] = packed[swap][:, ::-1]
    return Coalitions(packed.reshape(-1, packed.shape[2]), coalitions.n_players)
