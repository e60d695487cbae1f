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
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.gaussian.informed_kernel import InformedKernel
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


class Readable(Protocol):
    """A function whose coefficients can be computed from those of terms with one player less.

    A term is represented by its products: one number per row, from which the coefficients of the
    term with one more player follow.
    """

    def constant(self) -> float:
        """The coefficient of the empty term."""
        ...

    def products_of_constant(self) -> NDArray[np.floating]:
        """The products of the empty term, as a matrix of one line."""
        ...

    def extended(
        self, members: NDArray[np.int32], products: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Coefficients with one more player: a line per term, a column per player."""
        ...

    def products_with(
        self, products: NDArray[np.floating], added: NDArray[np.intp]
    ) -> NDArray[np.floating]:
        """The products of terms after adding one player to each."""
        ...


@dataclass(frozen=True)
class Mean:
    """A posterior mean, times a weight: the kernel and alpha for terms of even and odd degree."""

    rows: Signs
    kernel: WalshKernel
    even: Vector
    odd: Vector
    weight: float = 1.0

    def evaluate(self, signs: Signs) -> Vector:
        """The values at other rows, given as signs."""
        rows, others = self.rows.astype(np.float64), signs.astype(np.float64)
        # of each row and of its complement, which has a part in it where rows are paired
        parts = ((1.0, self.even + self.odd), (-1.0, self.even - self.odd))
        total = np.zeros(len(others))
        for sign, duals in parts:
            if duals.any():
                block = self.kernel.blocks(others, sign * rows, paired=False)[0]
                total += block.covariances @ duals
        return 0.5 * self.weight * total

    def constant(self) -> float:
        """The coefficient of the empty term."""
        variance = self.kernel.prior_variance(np.empty((1, 0), dtype=np.int32))
        return float((self.weight * variance * self.even.sum(keepdims=True))[0])

    def products_of_constant(self) -> Signs:
        """The parity of no player."""
        return np.ones((1, len(self.rows)), dtype=self.rows.dtype)

    def extended(self, members: NDArray[np.int32], products: Signs) -> NDArray[np.float64]:
        """Prior variances times sums of parities over the rows."""
        dual = self.even if members.shape[1] % 2 else self.odd
        return (
            self.weight
            * self.kernel.extensions(members)
            * ((products * dual.astype(self.rows.dtype)) @ self.rows)
        )

    def products_with(self, products: Signs, added: NDArray[np.intp]) -> Signs:
        """Parities with one more player each."""
        return products * self.rows.T[added]


def largest_coefficients(
    means: Sequence[Mean],
    *,
    keep: int,
    beam: int = BEAM,
    max_degree: int = MOST_DEGREE,
) -> Spectrum:
    """The ``keep`` largest Fourier coefficients found of a weighted sum of posterior means.

    The constant is added to them. ``beam`` terms of each degree are extended. What lies along the
    directions of informed kernels is added as a whole.
    """
    n_players = means[0].rows.shape[1]
    if n_players <= EXACT_PLAYERS:
        return with_parts_along_directions(_all_coefficients(means).prune(keep=keep), means)
    groups = search(n_players, means, keep=keep, beam=beam, max_degree=max_degree)
    return with_parts_along_directions(Spectrum(n_players, groups).prune(keep=keep), means)


def with_parts_along_directions(found: Spectrum, means: Sequence[Mean]) -> Spectrum:
    """Coefficients of plain kernels, and the parts along the directions of informed ones."""
    parts = [
        (members, mean.weight * coefficients)
        for mean in means
        if isinstance(mean.kernel, InformedKernel)
        for members, coefficients in mean.kernel.part_along_directions(
            mean.rows, mean.even, mean.odd
        )
    ]
    return Spectrum(found.n_players, [*found.groups, *parts]) if parts else found


def search(
    n_players: int,
    functions: Sequence[Readable],
    *,
    keep: int,
    beam: int = BEAM,
    max_degree: int = MOST_DEGREE,
) -> list[tuple[NDArray[np.int32], Vector]]:
    """Terms with large coefficients of a sum of functions, the ``keep`` largest found among them.

    Returns:
        The members and coefficients of terms by degree, the constant first.
    """
    keys = np.random.default_rng(0).integers(2**63, size=n_players, dtype=np.uint64)
    members = np.empty((1, 0), dtype=np.int32)
    members_key = np.zeros(1, dtype=np.uint64)
    constant = np.zeros(1)
    for function in functions:
        constant += function.constant()
    groups = [(members, constant)]
    products = [function.products_of_constant() for function in functions]
    threshold = 0.0
    for _ in range(min(max_degree, n_players)):
        # all terms with one more player, by parent and added player
        children = np.zeros((len(members), n_players))
        for function, factors in zip(functions, products, strict=True):
            children += function.extended(members, factors)
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
        products = [
            function.products_with(factors[parents[:beam]], added[:beam])
            for function, factors in zip(functions, products, strict=True)
        ]
    return groups


def _prior_times_sums(
    members: NDArray[np.int32], sums: Sequence[Vector], means: Sequence[Mean]
) -> Vector:
    total = np.zeros(len(members))
    for values, mean in zip(sums, means, strict=True):
        total += mean.weight * mean.kernel.prior_variance(members) * values
    return total


def _all_coefficients(means: Sequence[Mean]) -> Spectrum:
    """All 2^n Fourier coefficients of a weighted sum of posterior means of the same rows."""
    rows = means[0].rows
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
        groups.append((members, _prior_times_sums(members, [s[chosen] for s in sums], means)))
    return Spectrum(n_players, groups)
