r"""From a spectrum to interaction indices, exactly and without a Moebius detour.

Every index is linear in the spectrum with weights that depend on sizes alone:

    I(S) = sum_{T >= S} W(|T|, |S|, k) F(T)

:mod:`shapiq_spex.fourier.index` gives W in exact rationals. The conversion writes down, for each
degree t and each order s, all C(t, s) subsets of all terms at once and adds up equal ones. Orders
above k are never enumerated: a term of degree 20 costs C(20, 2) = 190 pairs at order 2, not 2^20
subsets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np

from shapiq_spex.fourier.generalized_values import (
    MOST_VALUES,
    add_up_subsets,
    check_number,
    containment_weight,
)
from shapiq_spex.fourier.index import Index, ParityMean, index_named, interaction_weight
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, TermGroup, Vector, merge_terms, subset_positions

Weight = Callable[[int, int], Fraction]
"""(degree of a term, size of a subset) -> the share of its coefficient."""

_BLOCK = 1 << 21
"""Subsets written down at once: 32 MB of keys and values."""

_MOST_SUBSETS = 500_000_000
"""Subsets that a conversion may add up: about a minute (a choice)."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """The values of an interaction index; sets of players that are absent have the value 0.

    Attributes:
        n_players: The number of players.
        index: The name of the index.
        max_order: The largest order k that was asked for (at most ``n_players``).
        min_order: The smallest order kept in ``groups``.
        empty_value: What the index assigns to the empty set: W(t, 0, k) applied to the spectrum
            (:mod:`shapiq_spex.fourier.index`), and 0 for generalized values.
        baseline: v({}), the value of the empty coalition.
        groups: The values by order, from order ``max(min_order, 1)`` upwards.
    """

    n_players: int
    index: str
    max_order: int
    min_order: int
    empty_value: float
    baseline: float
    groups: tuple[TermGroup, ...]

    def interactions(self) -> list[Term]:
        """All sets of players with a value, by order, without the empty set."""
        return [term for group in self.groups for term in group.tuples()]

    @property
    def values(self) -> Vector:
        """All values, in the order of :meth:`interactions`."""
        return np.concatenate([np.empty(0), *(group.coefficients for group in self.groups)])

    def __len__(self) -> int:
        return sum(len(group.coefficients) for group in self.groups)

    def to_dict(self) -> dict[Term, float]:
        """Everything as a plain dictionary, with the empty set if ``min_order`` is 0."""
        empty = {(): self.empty_value} if self.min_order == 0 else {}
        return empty | dict(zip(self.interactions(), self.values.tolist(), strict=True))


def convert(
    spectrum: Spectrum,
    index: str,
    max_order: int | None = None,
    *,
    min_order: int = 0,
    top_order: bool = False,
) -> Interactions:
    """Turn a spectrum into an interaction index.

    The cost is sum_T C(|T|, <= k) for an interaction index; the generalized values (SGV, BGV,
    CHGV, IGV, EGV, JointSV) write down all C(n, <= k) sets.

    Args:
        spectrum: The function to explain.
        index: One of :data:`shapiq_spex.fourier.index.INDEX_NAMES`.
        max_order: The largest order k; ``None`` or more than n means n. SV and BV have order 1.
        min_order: The smallest order to return.
        top_order: Return order k alone.

    Returns:
        The values that are not exactly zero.

    Raises:
        ValueError: For an unknown index, orders that make no sense, a result of more than 20
            million values, or more than 500 million subsets to add up.

    Example:
        >>> xor = Spectrum.from_dict(2, {(): 0.5, (0, 1): -0.5})
        >>> convert(xor, "k-SII", 2).to_dict()
        {(): 0.0, (0,): 1.0, (1,): 1.0, (0, 1): -2.0}
        >>> convert(xor, "SV").to_dict()
        {(): 0.0}
    """
    record = index_named(index)
    if max_order is not None and max_order < 1:
        raise ValueError(f"max_order must be at least 1 (or None for all players), got {max_order}")
    n = spectrum.n_players
    order = record.only_order or (n if max_order is None else min(max_order, n))
    lowest = order if top_order else min_order
    if not 0 <= lowest <= order:
        raise ValueError(f"min_order must lie between 0 and max_order = {order}, got {min_order}")
    sizes = range(max(lowest, 1), order + 1)
    if record.parity_mean is not None:
        check_number(n, sizes)
        groups = [_generalized_values(spectrum, record.parity_mean, size, order) for size in sizes]
        empty_value = 0.0
    else:
        weight = _weight_of(record, order)
        sizes = [size for size in sizes if size <= spectrum.degree]
        _check_cost(spectrum, sizes, weight)
        groups = [_scatter(spectrum, size, weight) for size in sizes]
        empty_value = float(
            sum(g.coefficients.sum() * float(weight(g.degree, 0)) for g in spectrum.groups)
        )
    kept = [group.without_zeros() for group in groups]
    return Interactions(
        n,
        record.name,
        order,
        lowest,
        empty_value,
        baseline=float(spectrum.coefficients.sum()),
        groups=tuple(group for group in kept if len(group.coefficients)),
    )


def _weight_of(record: Index, order: int) -> Weight:
    return lambda degree, size: interaction_weight(record.name, degree, size, order)


def _scatter(spectrum: Spectrum, size: int, weight: Weight) -> TermGroup:
    """All values of one order: sum over terms T of weight(|T|, size) F(T) for each S inside T."""
    parts = [TermGroup(np.empty((0, size), dtype=np.int32), np.empty(0))]
    for group in spectrum.groups:
        if group.degree < size:
            continue
        factor = float(weight(group.degree, size))
        if factor == 0.0:
            continue
        positions = subset_positions(group.degree, size)
        rows_per_block = max(1, _BLOCK // len(positions))
        for start in range(0, len(group.coefficients), rows_per_block):
            rows = slice(start, start + rows_per_block)
            subsets = group.members[rows][:, positions].reshape(-1, size)
            values = np.repeat(factor * group.coefficients[rows], len(positions))
            parts.append(merge_terms([TermGroup(subsets, values)]))
    return merge_terms(parts)


def _generalized_values(
    spectrum: Spectrum, parity_mean: ParityMean, size: int, max_order: int
) -> TermGroup:
    n = spectrum.n_players

    def weight(degree: int, subset: int) -> Fraction:
        return containment_weight(lambda r: parity_mean(r, size, max_order, n), degree, subset)

    subset_sizes = range(1, min(size, spectrum.degree) + 1)
    return add_up_subsets([_scatter(spectrum, u, weight) for u in subset_sizes], n, size)


def _check_cost(spectrum: Spectrum, sizes: Sequence[int], weight: Weight) -> None:
    """Refuse what would run for minutes or fill the memory; stop early, because counts explode."""
    subsets = values = 0
    for size in sizes:
        count = sum(
            len(group.coefficients) * comb(group.degree, size)
            for group in spectrum.groups
            if size <= group.degree and weight(group.degree, size) != 0
        )
        subsets += count
        values += min(count, comb(spectrum.n_players, size))
        if subsets > _MOST_SUBSETS or values > MOST_VALUES:
            raise ValueError(
                f"{len(spectrum):,} terms of degree <= {spectrum.degree} have {subsets:,} subsets "
                f"of order {sizes[0]} to {size}, up to {values:,} of them different; ask for a "
                "lower max_order or prune the spectrum"
            )
