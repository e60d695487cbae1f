r"""The building blocks of the weights W(t, s, k) of interaction indices, in exact rationals.

Two facts give all the weights that :mod:`shapiq_spex.fourier.index` lists.

*Derivatives.* The discrete derivative of a parity is a parity: for S inside T, and C outside S,

    D_S chi_T(C) = sum_{L in S} (-1)^{s-|L|} chi_T(C + L) = (-2)^s chi_{T\S}(C)

and D_S chi_T = 0 otherwise. A *cardinal-probabilistic index* averages D_S v(C) over a random C
outside S (Fujimoto, Kojadinovic & Marichal 2006), hence

    I(S) = sum_{T >= S} (-2)^s e(t-s, s) F(T),      e(r, s) = E[(-1)^{|C & R|}],  |R| = r

and :func:`mean_parity` lists e. The same families define the *generalized values*
(:mod:`shapiq_spex.fourier.generalized_values`), which average v(C + S) - v(C) instead.

*Moebius.* Since chi_T = prod_{i in T} (1 - 2 x_i), the Moebius coefficient (weight of a unanimity
game, Rota 1964) is m(R) = sum_{T >= R} (-2)^{|R|} F(T). An index that gives the share
omega(r, s, k) of m(R), r = |R|, to every S inside R has

    W(t, s, k) = sum_j C(t-s, j) (-2)^{s+j} omega(s+j, s, k).

None of these weights depends on the number of players: a player without influence changes nothing.

References:
    Bordt & von Luxburg (2023), From Shapley values to generalized additive models and back, AISTATS
    Fujimoto, Kojadinovic & Marichal (2006), Axiomatic characterizations of probabilistic and
        cardinal-probabilistic interaction indices, Games and Economic Behavior 55
    Grabisch & Roubens (1999), An axiomatic approach to the concept of interaction among players in
        cooperative games, International Journal of Game Theory 28
    Grabisch, Marichal & Roubens (2000), Equivalent representations of set functions, Mathematics
        of Operations Research 25
    Harris, Pymar & Rowat (2022), Joint Shapley values, ICLR
    Li & Yu (2023), Robust data valuation with weighted Banzhaf values, NeurIPS
    Marichal & Mathonet (2011), Weighted Banzhaf power and interaction indexes through weighted
        approximations of games, European Journal of Operational Research 211
    Marichal & Roubens (1999), The chaining interaction index among players in cooperative games
    Marichal, Kojadinovic & Fujimoto (2007), Axiomatic characterizations of generalized values,
        Discrete Applied Mathematics 155
    O'Donnell (2014), Analysis of Boolean functions, Cambridge University Press
    Pelegrina, Duarte & Grabisch (2023), A k-additive Choquet integral-based approach to approximate
        the SHAP values, Artificial Intelligence 325
    Rota (1964), On the foundations of combinatorial theory I
    Sundararajan, Dhamdhere & Agarwal (2020), The Shapley Taylor interaction index, ICML
    Tsai, Yeh & Ravikumar (2023), Faith-Shap: the faithful Shapley interaction index, JMLR 24
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import comb
from typing import Literal

NamedFamily = Literal["shapley", "banzhaf", "chaining", "internal", "external"]

Family = NamedFamily | Fraction
"""A named family, or the probability p with which each other player is kept."""


@cache
def mean_parity(family: Family, outside: int, size: int) -> Fraction:
    """The mean e(r, s) of (-1)^{|C & R|} over the family's random coalitions C outside S.

    With q the probability of a player to join C, independently of the others:

    ===========  ===============================================  ==============================
    family       law of C (a subset of the players outside S)     e(r, s)
    ===========  ===============================================  ==============================
    shapley      q uniform on [0, 1], i.e. |C| uniform            1/(r+1) for even r, else 0
    banzhaf      q = 1/2, i.e. C uniform                          1 for r = 0, else 0
    chaining     q ~ Beta(s, 1), i.e. those who arrive before S   sum_j C(r,j) (-2)^j s/(s+j)
                 is complete, in random order
    internal     q = 0, i.e. C empty                              1
    external     q = 1, i.e. everybody else                       (-1)^r
    a number p   q = p                                            (1 - 2p)^r
    ===========  ===============================================  ==============================

    Sources: Grabisch & Roubens 1999 (shapley, banzhaf); Marichal & Roubens 1999 (chaining);
    Fujimoto, Kojadinovic & Marichal 2006 (internal, external, and the common form); Marichal &
    Mathonet 2011 (p).

    Args:
        family: The law of C.
        outside: r, the number of players of the parity outside S.
        size: s = |S|; the chaining law needs s >= 1.

    Example:
        >>> mean_parity("shapley", 2, 1), mean_parity("chaining", 2, 1)
        (Fraction(1, 3), Fraction(1, 3))
    """
    match family:
        case "shapley":
            return Fraction(int(outside % 2 == 0), outside + 1)
        case "banzhaf":
            return Fraction(int(outside == 0))
        case "chaining":
            return sum(
                (
                    Fraction(comb(outside, j) * (-2) ** j * size, size + j)
                    for j in range(outside + 1)
                ),
                Fraction(0),
            )
        case "internal":
            return Fraction(1)
        case "external":
            return Fraction((-1) ** outside)
        case Fraction():
            return (1 - 2 * family) ** outside


def through_moebius(share: Callable[[int], Fraction], degree: int, size: int) -> Fraction:
    """W(t, s) of an index that gives the share omega(r) of m(R), r = |R|, to every S inside R.

    Example:
        >>> through_moebius(lambda r: Fraction(1, r), 3, 1)  # the Shapley value
        Fraction(-2, 3)
    """
    return sum(
        (comb(degree - size, r - size) * (-2) ** r * share(r) for r in range(size, degree + 1)),
        Fraction(0),
    )


def truncated_share(p: Fraction, degree: int, size: int, max_order: int) -> Fraction:
    """W(t, s, k) of the Moebius transform of the p-biased spectrum up to degree k.

    The p-biased coefficients of a parity are products: of r of its t players, one has
    (-2 sigma)^r (1 - 2p)^{t-r}, sigma^2 = p (1 - p), and the product of their phi_i, which is
    prod (x_i - p) / sigma^r, has the Moebius coefficient (-p)^{r-s} / sigma^r at s of them.

    Example:
        >>> truncated_share(Fraction(1, 2), 2, 1, 2)  # as in FBII
        Fraction(-2, 1)
    """
    return sum(
        (
            comb(degree - size, r - size)
            * (-p) ** (r - size)
            * (-2) ** r
            * (1 - 2 * p) ** (degree - r)
            for r in range(size, min(degree, max_order) + 1)
        ),
        Fraction(0),
    )


@cache
def bernoulli(m: int) -> Fraction:
    """The Bernoulli number B_m with B_1 = -1/2, from sum_{j<=m} C(m+1, j) B_j = [m = 0].

    Example:
        >>> [str(bernoulli(m)) for m in range(5)]
        ['1', '-1/2', '1/6', '0', '-1/30']
    """
    if m == 0:
        return Fraction(1)
    return -sum((comb(m + 1, j) * bernoulli(j) for j in range(m)), Fraction(0)) / (m + 1)
