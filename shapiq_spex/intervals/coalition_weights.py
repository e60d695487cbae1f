r"""The weight of a single coalition's value in an interaction index, exactly.

An index is linear in the spectrum, I(S) = sum_{T >= S} W(|T|, |S|, k) F(T), and a coefficient is
linear in the game, F(T) = 2^-n sum_C v(C) chi_T(C). Hence I(S) = sum_C a_S(C) v(C) with

    a_S(C) = (-1)^{|C & S|} u(|C \ S|),    u(c) = 2^-n sum_j W(s+j, s, k) K_j(c)

where K_j(c) = sum_R (-1)^{|R & C|}, over the sets R of j players outside S, is a Krawtchouk
polynomial: the coefficient of z^j in (1 - z)^c (1 + z)^{n-s-c} (MacWilliams & Sloane, *The Theory
of Error-Correcting Codes*, 1977, chapter 5). The sums are computed in integers, because the terms
are up to 2^n times larger than their sum.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb, lcm

import numpy as np

from shapiq_spex.fourier.index import interaction_weight
from shapiq_spex.fourier.terms import Vector


@lru_cache(maxsize=64)
def coalition_weights(index: str, max_order: int, size: int, n_players: int) -> Vector:
    """The weights a_S(C) of an interaction of ``size`` players, by |C| and |C & S|.

    Args:
        index: An interaction index of :data:`shapiq_spex.fourier.index.INDICES`, not a
            generalized value.
        max_order: The largest order k of the index.
        size: s = |S| >= 1.
        n_players: The number of players n.

    Returns:
        A matrix with one row per size of C and one column per size of the overlap of C and S;
        zero where there is no such coalition.

    Example:
        >>> coalition_weights("SV", 1, 1, 2)  # ({1} or {}, with and without player 0)
        array([[-0.5,  0. ],
               [-0.5,  0.5],
               [ 0. ,  0.5]])
    """
    outside = n_players - size
    weights = [interaction_weight(index, size + j, size, max_order) for j in range(outside + 1)]
    common = lcm(*(weight.denominator for weight in weights))
    numerators = [int(weight * common) for weight in weights]
    table = np.zeros((n_players + 1, size + 1))
    krawtchouk = [comb(outside, j) for j in range(outside + 1)]
    for c in range(outside + 1):
        total = sum(a * b for a, b in zip(numerators, krawtchouk, strict=True))
        weight = float(Fraction(total, common << n_players))
        for overlap in range(size + 1):
            table[c + overlap, overlap] = (-1) ** overlap * weight
        krawtchouk = _next_krawtchouk(krawtchouk)
    table.setflags(write=False)
    return table


def _next_krawtchouk(polynomial: list[int]) -> list[int]:
    """The coefficients multiplied by (1 - z) and divided by (1 + z)."""
    result: list[int] = []
    last = before = 0
    for coefficient in polynomial:
        last = coefficient - before - last
        before = coefficient
        result.append(last)
    return result
