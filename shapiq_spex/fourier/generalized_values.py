r"""Generalized values: what a group of players S adds as a whole.

A generalized value averages the joint contribution v(C + S) - v(C) over random coalitions C
outside S (Marichal, Kojadinovic & Fujimoto 2007). For a parity,

    chi_T(C + S) - chi_T(C) = ((-1)^u - 1) chi_{T\S}(C),       u = |T & S|

so that F(T) counts wherever T meets S in an odd number of players:

    GV(S) = sum_T g(u, t, s) F(T),     g(u, t, s) = -2 e(t-u, s) for odd u, else 0

with e(r, s) = E[(-1)^{|C & R|}], |R| = r. Unlike an interaction index it is non-zero for almost
all S: adding idle players to S leaves its contribution unchanged. Two steps give the table of all S
of size s without enumerating pairs (S, T). Moebius inversion of g in u gives weights

    w(u, t, s) = sum_j (-1)^{u-j} C(u, j) g(j, t, s)

for U inside T, as in an interaction index, and GV(S) sums the results over all U inside S.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache, lru_cache
from itertools import accumulate, chain, combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.terms import TermGroup

MOST_VALUES = 20_000_000
"""The largest number of values of a result; as a dictionary they take some 4 GB."""


def containment_weight(
    mean_parity_of: Callable[[int], Fraction], degree: int, subset: int
) -> Fraction:
    """The weight w(u, t, s) with which F(T) enters GV(S) for every U inside both S and T.

    ``mean_parity_of`` is r -> e(r, s), ``degree`` t = |T| and ``subset`` u = |U| >= 1.
    """
    return sum(
        (
            (-1) ** (subset - j) * comb(subset, j) * -2 * mean_parity_of(degree - j)
            for j in range(1, subset + 1, 2)
        ),
        Fraction(0),
    )


def check_number(n_players: int, sizes: Iterable[int]) -> None:
    """Refuse orders with more than 20 million values.

    Raises:
        ValueError: If there are more sets of these sizes.
    """
    counts = accumulate(comb(n_players, size) for size in sizes)
    if any(total > MOST_VALUES for total in counts):  # stops early: they explode
        raise ValueError(
            f"generalized values of these orders for {n_players} players are more than "
            f"{MOST_VALUES:,} numbers, almost all of them non-zero; ask for a lower max_order, "
            "or for an interaction index such as k-SII, which is sparse"
        )


def add_up_subsets(groups: list[TermGroup], n_players: int, size: int) -> TermGroup:
    """For every S of the given size, the sum of the values of all U inside S."""
    count = comb(n_players, size)
    flat = chain.from_iterable(combinations(range(n_players), size))
    members = np.fromiter(flat, dtype=np.int32, count=count * size).reshape(count, size)
    values = np.zeros(count)
    for group in groups:
        table = np.zeros(comb(n_players, group.degree))
        table[_ranks(group.members, n_players)] = group.coefficients
        for positions in combinations(range(size), group.degree):
            values += table[_ranks(members[:, positions], n_players)]
    return TermGroup(members, values)


def _ranks(members: NDArray[np.int32], n_players: int) -> NDArray[np.int64]:
    """Ranks in the combinatorial number system, sum_j C(member_j, j+1) (Knuth, TAOCP 7.2.1.3)."""
    ranks = np.zeros(len(members), dtype=np.int64)
    for j, column in enumerate(members.T):
        counts = np.array([comb(player, j + 1) for player in range(n_players)], dtype=np.int64)
        ranks += counts[column]
    return ranks


@cache
def joint_mean_parity(outside: int, size: int, max_order: int, n_players: int) -> Fraction:
    """e(r, s) of the joint Shapley value: its weights q_c belong to sizes c = |C|, for n and k.

    Among the n - s players outside S, r belong to R, so that the signed number of coalitions of
    size c is the coefficient of z^c in (1 - z)^r (1 + z)^{n-s-r}.
    """
    signed = [1]
    for sign in [-1] * outside + [1] * (n_players - size - outside):
        signed = [a + sign * b for a, b in zip([*signed, 0], [0, *signed], strict=True)]
    weights = _joint_weights(max_order, n_players)
    return sum((q * c for q, c in zip(weights, signed, strict=False)), Fraction(0))


@lru_cache(maxsize=8)
def _joint_weights(max_order: int, n_players: int) -> list[Fraction]:
    """The weights q_0, ..., q_{n-1} of joint Shapley values (Harris, Pymar & Rowat 2022).

    Coalitions of every size c pass on to their supersets, at most k players larger, what they
    received: q_0 = 1 / sum_s C(n, s) and q_c sum_s C(n-c, s) = sum_j C(c, j) q_j.
    """
    n, k = n_players, max_order
    weights: list[Fraction] = []
    for c in range(n):
        received = sum((comb(c, j) * weights[j] for j in range(max(c - k, 0), c)), Fraction(0))
        passed_on = sum(comb(n - c, s) for s in range(1, min(k, n - c) + 1))
        weights.append((received if c else Fraction(1)) / passed_on)
    return weights
