r"""Which coalitions to ask for when no code prescribes them: random designs, nested by seed.

A design is a *law on coalition sizes*; given its size, a coalition is uniform. Three laws matter:

* ``"uniform"``: every coalition equally likely, size s with probability C(n, s) / 2^n. The Fourier
  basis is orthonormal under it; it is the law that faithfulness (R^2) and Banzhaf indices speak of.
* ``"sizes"``: every size 1 ... n-1 equally likely, the law behind the Shapley value as an average
  over coalition sizes (Shapley 1953).
* ``"kernel"``: size s with probability proportional to 1 / (s (n - s)), which is the law of the
  KernelSHAP regression (Lundberg & Lee 2017).

*Pairing* asks for the complement right after each coalition: every parity of even degree takes the
same value on both and every parity of odd degree the opposite one, so the two halves of the
spectrum are estimated without disturbing each other (Covert & Lee 2021).

Coalitions are distinct, begin with the empty and the full one, and are *nested*: with equal seeds
the design of a smaller budget is a prefix of the design of a larger one, so that answers which are
already paid for are never asked again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions

SizeLaw = Literal["uniform", "sizes", "kernel"]
SIZE_LAWS: tuple[SizeLaw, ...] = get_args(SizeLaw)

_ENUMERATED = 16  # up to this many players all coalitions are listed and put in random order


def size_weights(n_players: int, law: SizeLaw) -> NDArray[np.float64]:
    """The probability of each coalition size 0, 1, ..., n under a law.

    Example:
        >>> size_weights(4, "sizes")
        array([0.        , 0.33333333, 0.33333333, 0.33333333, 0.        ])
    """
    sizes = np.arange(n_players + 1)
    if law == "uniform":
        weights = np.exp(_log_binomial(n_players, sizes) - n_players * np.log(2.0))
        return weights / weights.sum()
    weights = np.zeros(n_players + 1)
    inner = sizes[1:-1]
    weights[1:-1] = 1.0 if law == "sizes" else 1.0 / (inner * (n_players - inner))
    return weights / weights.sum() if n_players > 1 else np.full(n_players + 1, 0.5)


def sample_coalitions(
    n_players: int,
    count: int,
    weights: NDArray[np.float64],
    *,
    paired: bool,
    rng: np.random.Generator,
) -> Coalitions:
    """Draw distinct coalitions, the empty and the full one first; nested for equal seeds.

    Args:
        n_players: The number of players.
        count: How many coalitions; fewer are returned only when no more exist whose size has a
            positive weight.
        weights: Probability of each size 0 ... n (any positive scale).
        paired: Whether each coalition is followed by its complement.
        rng: The source of randomness.

    Returns:
        Distinct coalitions in the order in which they should be asked.
    """
    ends = Coalitions.from_dense(np.repeat([[False], [True]], n_players, axis=1))
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
    return drawn[0].concatenate(*drawn[1:])[:count]


def _log_binomial(n: int, k: NDArray[np.integer]) -> NDArray[np.float64]:
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)


def _reachable(n_players: int, weights: NDArray[np.float64], paired: bool) -> float:
    """How many distinct coalitions the design can reach (the two ends always)."""
    possible = (weights > 0) | (paired & (weights[::-1] > 0))
    possible[[0, -1]] = True
    with np.errstate(over="ignore"):  # infinitely many is the right answer beyond n = 1023
        counts = np.exp(_log_binomial(n_players, np.flatnonzero(possible)))
    return float(np.round(counts).sum())


def _shuffled(
    n_players: int, weights: NDArray[np.float64], paired: bool, rng: np.random.Generator
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
        log_weight = np.log(weights[sizes]) - _log_binomial(n_players, sizes)
    order = np.argsort(-(log_weight + rng.gumbel(size=len(sizes))), kind="stable")
    order = order[np.isfinite(log_weight[order])]
    yield _with_complements(everything[order], rng) if paired else everything[order]


def _stream(
    n_players: int, weights: NDArray[np.float64], paired: bool, rng: np.random.Generator
) -> Iterator[Coalitions]:
    """Independent draws, duplicates included, in blocks of a size that no budget influences."""
    uniform = np.allclose(weights / weights.sum(), size_weights(n_players, "uniform"), atol=1e-12)
    rows = 256
    while True:
        if uniform:
            block = Coalitions.from_dense(rng.random((rows, n_players)) < 0.5)
        else:
            block = Coalitions.from_dense(_of_random_size(rows, weights, rng))
        yield _with_complements(block, None) if paired else block
        rows = min(2 * rows, max(256, (1 << 24) // n_players))


def _of_random_size(
    rows: int, weights: NDArray[np.float64], rng: np.random.Generator
) -> BoolMatrix:
    n_players = len(weights) - 1
    sizes = rng.choice(n_players + 1, size=rows, p=weights / weights.sum())
    ranks = np.argsort(rng.random((rows, n_players)), axis=1)
    members = np.zeros((rows, n_players), dtype=np.bool_)
    np.put_along_axis(members, ranks, np.arange(n_players) < sizes[:, None], axis=1)
    return members


def _with_complements(coalitions: Coalitions, rng: np.random.Generator | None) -> Coalitions:
    """Each coalition followed by its complement, in random order within a pair if asked."""
    packed = np.stack([coalitions.packed, coalitions.complement().packed], axis=1)
    if rng is not None:
        swap = rng.random(len(packed)) < 0.5
        packed[swap] = packed[swap][:, ::-1]
    return Coalitions(packed.reshape(-1, packed.shape[2]), coalitions.n_players)
