r"""The largest coefficients of a Gaussian process posterior, found by a hierarchical beam search.

The posterior mean has 2^n coefficients F(T) = lambda_T sum_j alpha_j chi_T(x_j). The prior
variance lambda_T shrinks with every player added to T, so large coefficients are mostly supersets
of large coefficients. Starting from the singletons, the terms kept at one degree are extended by
every player; all sums of a degree are one matrix product. Up to ``EXACT_PLAYERS`` players, one fast
Walsh transform gives all 2^n sums instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.signs import Signs
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.fourier.walsh import walsh_transform

EXACT_PLAYERS = 12
"""Players up to which all coefficients are computed: 4,096 of them, some milliseconds."""

BEAM = 150
"""Terms of each degree that are extended. Tuned."""

MOST_DEGREE = 6
"""The largest degree of a term. Tuned."""


@dataclass(frozen=True)
class Mean:
    """A posterior mean, times a weight: the kernel and alpha for terms of even and odd degree."""

    kernel: WalshKernel
    even: Vector
    odd: Vector
    weight: float = 1.0


def largest_coefficients(
    rows: Signs,
    means: Sequence[Mean],
    *,
    keep: int,
    beam: int = BEAM,
    max_degree: int = MOST_DEGREE,
) -> Spectrum:
    """The ``keep`` largest coefficients found of a weighted sum of posterior means.

    The constant is added to them. ``beam`` terms of each degree are extended.
    """
    n_players = rows.shape[1]
    if n_players <= EXACT_PLAYERS:
        return _all_coefficients(rows, means).prune(keep=keep)
    keys = np.random.default_rng(0).integers(2**63, size=n_players, dtype=np.uint64)
    members = np.empty((1, 0), dtype=np.int32)
    members_key = np.zeros(1, dtype=np.uint64)
    groups = [(members, _coefficients(members, [m.even.sum(keepdims=True) for m in means], means))]
    parities = np.ones((1, len(rows)), dtype=rows.dtype)
    threshold = 0.0
    for degree in range(1, min(max_degree, n_players) + 1):
        # all terms with one more player, by parent and added player
        children = np.zeros((len(members), n_players))
        for mean in means:
            dual = mean.odd if degree % 2 else mean.even
            children += (
                mean.weight
                * mean.kernel.extensions(members)
                * ((parities * dual.astype(rows.dtype)) @ rows)
            )
        np.put_along_axis(children, members.astype(np.intp), values=0.0, axis=1)
        # a term has as many parents as players: keep it once, recognised by the sum of its keys
        children_key = (members_key[:, None] + keys).ravel()
        found = np.unique(children_key, return_index=True)[1]
        found = found[np.abs(children.ravel()[found]) > threshold]
        size = np.abs(children.ravel()[found])
        found = found[np.lexsort((found, -size))[: max(keep, beam)]]
        if len(found) == 0:
            break
        parents, added = np.divmod(found, n_players)
        members = np.column_stack([members[parents], added.astype(np.int32)])
        groups.append((members, children.ravel()[found]))
        magnitudes = np.concatenate([np.abs(values) for group, values in groups if group.shape[1]])
        if len(magnitudes) > keep:
            threshold = float(np.partition(magnitudes, -keep)[-keep])
        members, members_key = members[:beam], children_key[found[:beam]]
        parities = parities[parents[:beam]] * rows.T[added[:beam]]
    return Spectrum(n_players, groups).prune(keep=keep)


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
