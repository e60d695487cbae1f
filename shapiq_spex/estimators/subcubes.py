r"""The sparse spectrum of a function that costs nothing to evaluate, from random subcubes.

Player i of a random subcube is free with probability 2 min(p, 1 - p) and otherwise fixed, kept if
p > 1/2 and removed if not, so that its coalitions keep each player with probability p. Row z in
{0, 1}^b keeps the free player i iff the parity of z & h_i differs from d_i, for random masks h_i
and bits d_i; for the fixed ones, h_i = 0. All 2^b values have the Walsh transform

    u[w] = sum over T with xor_{i in T} h_i = w of +-F(T),

in which every term T lies in one place. One subcube thus tells about all terms what 2^b random
rows tell, and least squares on K terms take K operations per subcube and step (the transforms of
Kang et al., *Learning to understand: identifying interactions via the Möbius transform*, and SPEX,
https://arxiv.org/abs/2502.13870, for any terms and without codes). Terms join where the mean of
their places in the residual, over the subcubes in which all their players are free, is larger than
chance allows: all pairs, and larger terms next to those found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import lsmr

from shapiq_spex.fourier.coalitions import BoolMatrix, coalitions_of_sizes
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import TermGroup, Vector, merge_terms, subset_positions
from shapiq_spex.fourier.walsh import walsh_transform

SUBCUBES, _BITS = 64, 12
"""Subcubes and the logarithm of their rows: 262,144 evaluations. Of a network that was fitted to
5,314 retrainings without some of 100 training rows, 1.1% of the variance is lost where half are
removed and .8% in "range"; 4 subcubes of 65,536 rows without fixed players lose 1.1% and 2%, the
fast blend of 5,000 free rows 3.8% and 2.5%. Chosen by such trials."""

_PAIRED_PLAYERS = 500
"""Players of the largest influence, whose pairs are all looked at: 124,750. A choice for time."""

_CANDIDATES = 50_000
"""Terms of each other kind that are looked at in a round. A choice; bounds time."""

_MOST_TERMS = 20_000
"""Terms that are found at most. A choice; bounds a step of least squares at 1.3 million entries."""

_ROUNDS = 6
"""Rounds of finding terms; most functions end before."""

_ENDED = 0.05
"""The share of new terms below which no further round is made. A choice."""

_STEPS = 200
"""Steps of least squares at most; those of half-removed coalitions need some 20. A choice."""

_PRECISION = 1e-12
"""Where least squares end, and the share of the energy below which a residual is rounding."""

Ask = Callable[[BoolMatrix], Vector]
_Members = NDArray[np.int32]


@dataclass(frozen=True)
class Subcubes:
    """Random subcubes of coalitions and the transforms of a function on them.

    Attributes:
        masks: h_i of every subcube (row) and player (column); 0 for fixed players.
        removed: d_i: whether the player is removed, up to z & h_i.
        transforms: u, one row per subcube.
    """

    masks: NDArray[np.int64]
    removed: NDArray[np.int64]
    transforms: NDArray[np.float64]

    @classmethod
    def draw(cls, ask: Ask, shares: Vector, n_players: int, rng: np.random.Generator) -> Subcubes:
        """Draw one subcube for each of the shares of players kept, and evaluate the function."""
        shape = (len(shares), n_players)
        p = shares[:, None]
        free = rng.random(shape) < 2.0 * np.minimum(p, 1.0 - p)
        masks = np.where(free, rng.integers(1, 1 << _BITS, shape), 0)
        removed = np.where(free, rng.integers(0, 2, shape), p <= 0.5)
        rows = np.arange(1 << _BITS)[:, None]
        transforms = [
            walsh_transform(ask(((np.bitwise_count(rows & mask) + bit) & 1) == 0)) / (1 << _BITS)
            for mask, bit in zip(masks, removed, strict=True)
        ]
        return cls(masks, removed, np.array(transforms))

    def places(self, members: _Members) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where terms of one degree lie in each transform, and with which sign."""
        places = np.zeros((len(self.masks), len(members)), dtype=np.int64)
        kept = np.zeros_like(places)
        for players in members.T:
            places ^= self.masks[:, players]
            kept ^= 1 - self.removed[:, players]
        return places, 1 - 2 * kept

    def scores(self, residual: NDArray[np.float64], members: _Members) -> tuple[Vector, Vector]:
        """The mean of each term's places, and the number of subcubes in which it is free."""
        total, count = np.zeros((2, len(members)))
        for cube in range(len(self.masks)):
            one = Subcubes(self.masks[[cube]], self.removed[[cube]], residual[[cube]])
            fixed = self.masks[cube] == 0
            free = np.flatnonzero(~fixed[members].any(axis=1)) if fixed.any() else slice(None)
            places, signs = one.places(members[free])
            total[free] += signs[0] * residual[cube][places[0]]
            count[free] += 1.0
        return total / np.maximum(count, 1.0), count

    def least_squares(self, groups: list[_Members]) -> tuple[Vector, NDArray[np.float64]]:
        """The coefficients of terms, and what they leave of the transforms."""
        found = [self.places(members) for members in groups]
        places = np.concatenate([place for place, _ in found], axis=1)
        signs = np.concatenate([sign for _, sign in found], axis=1)
        n_cubes, n_terms = places.shape
        places += np.arange(n_cubes)[:, None] << _BITS
        ends = np.arange(0, places.size + 1, n_cubes)
        by_term: Any = sparse.csr_array(
            (signs.T.ravel().astype(np.float64), places.T.ravel(), ends),
            shape=(n_terms, self.transforms.size),
        )
        matrix, target = by_term.T, self.transforms.ravel()
        solved: Any = lsmr(matrix, target, atol=_PRECISION, btol=_PRECISION, maxiter=_STEPS)
        residual = target - matrix @ solved[0]
        return solved[0], residual.reshape(self.transforms.shape)


def sparse_spectrum(
    ask: Ask,
    sizes: NDArray[np.integer],
    n_players: int,
    rng: np.random.Generator,
    n_subcubes: int = SUBCUBES,
) -> Spectrum:
    """A sparse spectrum that approximates a function on coalitions of some sizes.

    Args:
        ask: The function, which is evaluated 4,096 times per subcube.
        sizes: The sizes of coalitions of the law to serve.
        n_players: The number of its arguments.
        rng: The source of randomness.
        n_subcubes: The number of subcubes.

    Returns:
        The spectrum, exact if it is sparse enough.

    Example:
        >>> def function(rows):
        ...     return 4.0 * (rows[:, 0] & rows[:, 20]) + rows[:, 3]
        >>> half = np.full(9, 15)
        >>> found = sparse_spectrum(function, half, 30, np.random.default_rng(0))
        >>> [round(found[term], 6) for term in [(0,), (0, 20), (20,), (3,)]]
        [-1.0, 1.0, -1.0, -0.5]
    """
    cubes = Subcubes.draw(ask, _shares(sizes, n_players, n_subcubes), n_players, rng)
    players = _influential(ask, sizes, n_players, rng)
    keys = rng.integers(1 << 62, size=n_players)
    none = np.empty((1, 0), dtype=np.int32)
    groups = [none, np.arange(n_players, dtype=np.int32)[:, None]]
    coefficients, residual = cubes.least_squares(groups)
    energy = float(((cubes.transforms - cubes.transforms[:, :1].mean()) ** 2).sum())
    for _ in range(_ROUNDS):
        if (residual**2).sum() <= _PRECISION * energy:
            break
        candidates = _candidates(groups, coefficients, players)
        new = _striking(cubes, residual, candidates, groups, keys)
        added = sum(map(len, new))
        if not added:
            break
        groups = _by_degree([*groups, *new])
        coefficients, residual = cubes.least_squares(groups)
        if added < _ENDED * len(coefficients):
            break
    return _spectrum(n_players, groups, coefficients)


def _spectrum(n_players: int, groups: list[_Members], coefficients: Vector) -> Spectrum:
    ends = np.cumsum([len(members) for members in groups])[:-1]
    return Spectrum(n_players, zip(groups, np.split(coefficients, ends), strict=True))


def _shares(sizes: NDArray[np.integer], n_players: int, count: int) -> Vector:
    """The share of players kept in each subcube.

    They are the quantiles of the shares of the law, drawn together so that coalitions whose size
    is binomial within a subcube have sizes of the law's variance.
    """
    shares = np.quantile(sizes / n_players, (np.arange(count) + 0.5) / count)
    variance, binomial = float(shares.var()), float((shares * (1.0 - shares)).mean()) / n_players
    between = np.sqrt(max(0.0, 1.0 - binomial / variance)) if variance else 0.0
    return shares.mean() + between * (shares - shares.mean())


def _influential(
    ask: Ask, sizes: NDArray[np.integer], n_players: int, rng: np.random.Generator
) -> NDArray[np.int32]:
    """The players whose pairs are looked at: those whose removal or return changes most."""
    if n_players <= _PAIRED_PLAYERS:
        return np.arange(n_players, dtype=np.int32)
    influence = np.zeros(n_players)
    for row in coalitions_of_sizes(rng.choice(sizes, 32), n_players, rng):
        influence += (ask(row ^ np.eye(n_players, dtype=np.bool_)) - ask(row[None])) ** 2
    return np.sort(np.argsort(-influence, kind="stable")[:_PAIRED_PLAYERS]).astype(np.int32)


def _candidates(
    groups: list[_Members], coefficients: Vector, players: NDArray[np.int32]
) -> list[_Members]:
    """Terms to look at next: by degree, without repetition.

    They are all pairs; all triples of the players with the largest effects of their own (those of a
    majority are triples without pairs); the largest other terms with one more player; and the
    unions of two of the largest terms (quadruples need not have triples either).
    """
    ends = np.cumsum([len(members) for members in groups])
    order = np.argsort(-np.abs(coefficients), kind="stable")
    singles = order[(order >= 1) & (order < ends[1])] - 1
    leaders = np.sort(singles[: int((6 * _CANDIDATES) ** (1 / 3))]).astype(np.int32)
    found = [
        chosen[subset_positions(len(chosen), degree)]
        for chosen, degree in ((players, 2), (leaders, 3))
        if len(chosen) >= degree
    ]
    parents = order[order >= ends[1]][: _CANDIDATES // len(players)]
    for members in _rows(groups, ends, parents):
        children = np.column_stack(
            [np.repeat(members, len(players), axis=0), np.tile(players, len(members))]
        )
        found.append(children[(children[:, :-1] != children[:, -1:]).all(axis=1)])
    found += _unions(_rows(groups, ends, order[order >= 1][: int((2 * _CANDIDATES) ** 0.5)]))
    return _by_degree(found)


def _rows(
    groups: list[_Members], ends: NDArray[np.int64], chosen: NDArray[np.intp]
) -> list[_Members]:
    """The terms of some numbers, by degree."""
    starts = [0, *ends[:-1].tolist()]
    return [
        members[chosen[(chosen >= start) & (chosen < start + len(members))] - start]
        for start, members in zip(starts, groups, strict=True)
    ]


def _unions(groups: list[_Members]) -> list[_Members]:
    """The unions of two terms, by degree."""
    players, column = np.unique(
        np.concatenate([members.ravel() for members in groups]), return_inverse=True
    )
    term = np.concatenate(
        [np.empty(0, dtype=np.intp)]
        + [
            first + np.repeat(np.arange(len(members)), members.shape[1])
            for first, members in zip(
                np.cumsum([0, *(len(g) for g in groups)]), groups, strict=False
            )
        ]
    )
    inside = np.zeros((sum(map(len, groups)), len(players)), dtype=np.bool_)
    inside[term, column.ravel()] = True
    one, two = subset_positions(len(inside), 2).T
    unions = inside[one] | inside[two]
    degrees = unions.sum(axis=1)
    return [
        players[np.nonzero(unions[degrees == degree])[1].reshape(-1, degree)]
        for degree in range(3, int(degrees.max(initial=0)) + 1)
    ]


def _by_degree(terms: list[_Members]) -> list[_Members]:
    """All terms of each degree, sorted and without repetition."""
    groups: dict[int, list[TermGroup]] = {}
    for members in terms:
        group = TermGroup(np.sort(members, axis=1), np.zeros(len(members)))
        groups.setdefault(group.degree, []).append(group)
    return [merge_terms(groups[degree]).members for degree in sorted(groups)]


def _striking(
    cubes: Subcubes,
    residual: NDArray[np.float64],
    candidates: list[_Members],
    groups: list[_Members],
    keys: NDArray[np.int64],
) -> list[_Members]:
    """The candidates that are not yet terms and whose scores are beyond chance.

    The largest of N squared standard normal scores is about 2 log N.
    """
    known = np.concatenate([np.bitwise_xor.reduce(keys[g], axis=1) for g in groups])
    bar = 2.0 * np.log(sum(map(len, candidates)) + 1.0) * float((residual**2).mean())
    surprises: list[Vector] = []
    for members in candidates:
        means, counts = cubes.scores(residual, members)
        new = ~np.isin(np.bitwise_xor.reduce(keys[members], axis=1), known)
        surprises.append(np.where(new, means**2 * counts, 0.0))
    room = max(0, _MOST_TERMS - len(known))
    ordered = np.sort(np.concatenate([[bar], *surprises]))[::-1]
    bar = max(bar, float(ordered[min(room, len(ordered) - 1)]))
    return [members[s > bar] for members, s in zip(candidates, surprises, strict=True)]
