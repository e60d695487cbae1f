r"""From interactions back to the function they define.

A function given as a sum over subsets, v(S) = sum_{T in S} m(T) (unanimity games; Rota 1964), has

    F(R) = (-1)^{|R|} sum_{T >= R} 2^{-|T|} m(T)

because the product of (1 - chi_i) / 2 over the players i of T is 1 where S contains T, else 0.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import TermGroup, Vector, subset_positions

MOST_SUBSETS = 50_000_000
"""The largest number of subsets that are enumerated: about ten seconds and a gigabyte."""

_BLOCK = 1 << 22
"""Terms times coalitions that are evaluated at a time: 4 MB. A choice; bounds memory."""


def spectrum_of_moebius(moebius: Spectrum) -> Spectrum:
    """The spectrum of the function v(S) = sum_{T in S} m(T).

    Cost: 2^{|T|} for each term.

    Raises:
        ValueError: If the terms have more than 50 million subsets.

    Example:
        >>> both = Spectrum.from_dict(2, {(0, 1): 4.0})
        >>> spectrum_of_moebius(both).to_dict()
        {(): 1.0, (0,): -1.0, (1,): -1.0, (0, 1): 1.0}
    """
    return add_to_subsets(moebius, lambda degree, size: (-1.0) ** size * 2.0**-degree)


def sum_over_subsets(moebius: Spectrum, coalitions: Coalitions) -> Vector:
    """The values v(S) = sum_{T in S} m(T), without the spectrum.

    Example:
        >>> both = Spectrum.from_dict(2, {(): 1.0, (0, 1): 4.0})
        >>> sum_over_subsets(both, Coalitions.ends(2))
        array([1., 5.])
    """
    values = np.zeros(len(coalitions))
    terms = sum(len(group.coefficients) for group in moebius.groups)
    for rows, dense in coalitions.blocks(max(1, _BLOCK // max(terms, moebius.n_players))):
        columns = np.ascontiguousarray(dense.T)
        for members, coefficients in moebius.groups:
            inside = np.ones((len(members), dense.shape[0]), dtype=np.bool_)
            for players in members.T:
                inside &= columns[players]
            values[rows] += coefficients @ inside
    return values


def add_to_subsets(coefficients: Spectrum, weight: Callable[[int, int], float]) -> Spectrum:
    """The coefficients b(R) = sum_{T >= R} weight(|T|, |R|) a(T).

    Raises:
        ValueError: If the terms have more than 50 million subsets.
    """
    shares = [
        (group, size, share)
        for group in coefficients.groups
        for size in range(group.degree + 1)
        for share in [weight(group.degree, size)]
        if share != 0.0
    ]
    subsets = sum(len(group.coefficients) * comb(group.degree, size) for group, size, _ in shares)
    if subsets > MOST_SUBSETS:
        raise ValueError(
            f"{len(coefficients):,} coefficients of order <= {coefficients.degree} have "
            f"{subsets:,} subsets, more than {MOST_SUBSETS:,}; keep lower orders or fewer of them, "
            "as up_to_degree() and prune() of a spectrum do"
        )
    return Spectrum(coefficients.n_players, [_share_of_subsets(*share) for share in shares])


def _share_of_subsets(group: TermGroup, size: int, weight: float) -> TermGroup:
    """What the terms of one degree give to all of their subsets of one size."""
    positions = subset_positions(group.degree, size)
    subsets = group.members[:, positions].reshape(len(group.members) * len(positions), size)
    return TermGroup(subsets, np.repeat(weight * group.coefficients, len(positions)))
