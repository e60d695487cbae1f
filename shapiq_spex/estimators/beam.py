r"""The largest coefficients of a Gaussian process posterior, found by a hierarchical beam.

The posterior mean has 2^n coefficients F(T) = lambda_T sum_j alpha_j chi_T(x_j). The prior
variance lambda_T shrinks with every player added to T, so large coefficients sit above large
coefficients: starting from the singletons, the terms kept at one degree are extended by every
player, all sums of a degree being one matrix product. Up to ``EXACT_PLAYERS`` players all 2^n sums
are one fast Walsh transform instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.kernel import WalshKernel
from shapiq_spex.estimators.sample import Signs
from shapiq_spex.fourier.spectrum import Spectrum, Vector
from shapiq_spex.fourier.walsh import walsh_transform

EXACT_PLAYERS = 12


@dataclass(frozen=True)
class Mean:
    """A posterior mean, times a weight: the kernel and alpha for terms of even and odd degree."""

    kernel: WalshKernel
    even: Vector
    odd: Vector
    weight: float = 1.0


def largest_coefficients(
    rows: Signs, means: Sequence[Mean], *, keep: int, beam: int = 150, max_degree: int = 6
) -> Spectrum:
    """The ``keep`` largest coefficients found of a weighted sum of posterior means.

    Args:
        rows: The training rows of all the posteriors, as signs.
        means: The posterior means.
        keep: The number of terms wanted, the constant not counted.
        beam: The number of terms of each degree that are extended.
        max_degree: The largest degree.

    Returns:
        The spectrum, constant included.
    """
    n_players = rows.shape[1]
    if n_players <= EXACT_PLAYERS:
        return _all_coefficients(rows, means).prune(keep=keep)
    # Every even/odd vector of alphas times the parities of the parents, as rows of one matrix.
    members = np.empty((1, 0), dtype=np.int32)
    groups = [(members, _coefficients(members, [m.even.sum(keepdims=True) for m in means], means))]
    parities = np.ones((1, len(rows)), dtype=rows.dtype)
    threshold = 0.0
    for degree in range(1, min(max_degree, n_players) + 1):
        children = _children(members, n_players)
        sums = [
            (parities * (mean.odd if degree % 2 else mean.even).astype(rows.dtype)) @ rows
            for mean in means
        ]
        flat = [s.ravel()[children.source].astype(np.float64) for s in sums]
        found = _coefficients(children.members, flat, means)
        order = np.argsort(-np.abs(found), kind="stable")[: max(keep, beam)]
        order = order[np.abs(found[order]) > threshold]
        if len(order) == 0:
            break
        groups.append((children.members[order], found[order]))
        magnitudes = np.concatenate([np.abs(values) for group, values in groups if group.shape[1]])
        if len(magnitudes) > keep:
            threshold = float(np.partition(magnitudes, -keep)[-keep])
        members = children.members[order[:beam]]
        parents, added = np.divmod(children.source[order[:beam]], n_players)
        parities = parities[parents] * rows.T[added]
    return Spectrum(n_players, groups).prune(keep=keep)


@dataclass(frozen=True)
class _Children:
    """Distinct terms with one more player; ``source`` is parent * n_players + added player."""

    members: NDArray[np.int32]
    source: NDArray[np.intp]


def _children(parents: NDArray[np.int32], n_players: int) -> _Children:
    fresh = np.ones((len(parents), n_players), dtype=np.bool_)
    np.put_along_axis(fresh, parents.astype(np.intp), values=False, axis=1)
    source = np.flatnonzero(fresh)
    parent, added = np.divmod(source, n_players)
    members = np.sort(np.column_stack([parents[parent], added.astype(np.int32)]), axis=1)
    _, distinct = np.unique(members, axis=0, return_index=True)
    distinct.sort()
    return _Children(members[distinct], source[distinct])


def _coefficients(
    members: NDArray[np.int32], sums: Sequence[Vector], means: Sequence[Mean]
) -> Vector:
    total = np.zeros(len(members))
    for values, mean in zip(sums, means, strict=True):
        total += mean.weight * mean.kernel.prior_variance(members) * values
    return total


def _all_coefficients(rows: Signs, means: Sequence[Mean]) -> Spectrum:
    n_players = rows.shape[1]
    numbers = (rows < 0) @ (1 << np.arange(n_players))
    subsets = np.arange(2**n_players)
    present = (subsets[:, None] >> np.arange(n_players)) & 1 == 1
    degrees = present.sum(axis=1)
    sums: list[Vector] = []
    for mean in means:
        table = np.zeros((2**n_players, 2))
        np.add.at(table, numbers, np.column_stack([mean.even, mean.odd]))
        sums.append(walsh_transform(table)[subsets, degrees % 2])
    groups: list[tuple[NDArray[np.int32], Vector]] = []
    for degree in range(n_players + 1):
        chosen = np.flatnonzero(degrees == degree)
        members = np.nonzero(present[chosen])[1].reshape(len(chosen), degree).astype(np.int32)
        groups.append((members, _coefficients(members, [s[chosen] for s in sums], means)))
    return Spectrum(n_players, groups)
