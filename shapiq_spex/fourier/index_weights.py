r"""The weight of a Fourier coefficient in an interaction index, in exact rationals.

Every index here is linear and treats all players alike, so the coefficient F(T) enters the
interaction S with a weight that depends on sizes alone: t = |T|, s = |S| and sometimes the largest
order k. Two facts give all of them.

*Derivatives.* The discrete derivative of a parity is a parity: for S inside T, and C outside S,

    D_S chi_T(C) = sum_{L in S} (-1)^{s-|L|} chi_T(C + L) = (-2)^s chi_{T\S}(C)

and D_S chi_T = 0 otherwise. A *cardinal-probabilistic index* averages D_S v(C) over a random C
outside S (Fujimoto, Kojadinovic & Marichal 2006), hence

    I(S) = sum_{T >= S} (-2)^s e(t-s, s) F(T),      e(r, s) = E[(-1)^{|C & R|}],  |R| = r

and :func:`mean_parity` lists e. Its families also define the *generalized values* (Marichal,
Kojadinovic & Fujimoto 2007), which average v(C + S) - v(C) instead; see
:mod:`shapiq_spex.fourier.generalized_values`.

*Moebius.* Since chi_T = prod_{i in T} (1 - 2 x_i), the Moebius coefficient (weight of a unanimity
game, Rota 1964) is m(R) = sum_{T >= R} (-2)^{|R|} F(T). An index that gives the share
omega(r, s, k) of m(R), r = |R|, to every S inside R has

    W(t, s, k) = sum_j C(t-s, j) (-2)^{s+j} omega(s+j, s, k).

None of these weights depends on the number of players: one more without influence changes nothing.

References:
    Bordt & von Luxburg (2023), From Shapley values to generalized additive models and back, AISTATS
    Fujimoto, Kojadinovic & Marichal (2006), Axiomatic characterizations of probabilistic and
        cardinal-probabilistic interaction indices, Games and Economic Behavior 55
    Grabisch & Roubens (1999), An axiomatic approach to the concept of interaction among players in
        cooperative games, International Journal of Game Theory 28
    Grabisch, Marichal & Roubens (2000), Equivalent representations of set functions, Mathematics
        of Operations Research 25
    Harris, Pymar & Rowat (2022), Joint Shapley values, ICLR
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

Family = Literal["shapley", "banzhaf", "chaining", "internal", "external"]

FAMILIES: dict[str, Family] = {
    "SII": "shapley",
    "SGV": "shapley",
    "BII": "banzhaf",
    "BGV": "banzhaf",
    "CHII": "chaining",
    "CHGV": "chaining",
    "Moebius": "internal",
    "IGV": "internal",
    "Co-Moebius": "external",
    "EGV": "external",
}
"""The law of the random coalition behind the indices that do not depend on the largest order."""


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
    ===========  ===============================================  ==============================

    Sources: Grabisch & Roubens 1999 (shapley, banzhaf); Marichal & Roubens 1999 (chaining);
    Fujimoto, Kojadinovic & Marichal 2006 (internal, external, and the common form).

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


@cache
def interaction_weight(index: str, degree: int, size: int, max_order: int) -> Fraction:
    """The weight W(t, s, k) of a coefficient F(T) in the interaction value of every S inside T.

    ==========  ==================================================================================
    index       W(t, s, k) for 1 <= s <= min(t, k)
    ==========  ==================================================================================
    Fourier     1 for s = t (O'Donnell 2014)
    SII, BII,   (-2)^s e(t-s, s), see :func:`mean_parity`
    CHII,
    (Co-)Moeb.
    FBII        (-2)^s for t <= k: the best approximation of degree k in the uniform law is the
                truncated spectrum (Grabisch, Marichal & Roubens 2000; Tsai et al. 2023)
    k-SII       sum_{r=s}^{min(t,k)} C(t-s, r-s) B_{r-s} W_SII(t, r), B the Bernoulli numbers with
                B_1 = -1/2 (Bordt & von Luxburg 2023)
    STII        omega(r, s, k) = [r = s] for s < k and 1/C(r, k) for s = k
                (Sundararajan, Dhamdhere & Agarwal 2020)
    FSII        omega = [r = s] for r <= k, otherwise (Tsai, Yeh & Ravikumar 2023)
                (-1)^{k-s} s/(k+s) C(k, s) C(r-1, k) / C(r+k-1, k+s)
    kADD-SHAP   SII of the FSII approximation: sum_{r=s}^{k} C(t-s, r-s) W_FSII(t, r, k) / (r-s+1);
                both fit the same k-additive game, by the same weighted regression, and differ in
                the coordinates they report (Pelegrina, Duarte & Grabisch 2023)
    ==========  ==================================================================================

    At s = 0 the indices that average derivatives report that average of v itself, FBII and
    Moebius their constant term, and all others, for which the formula gives nothing, v({}), i.e.
    W(t, 0, k) = 1.

    Args:
        index: One of the names above.
        degree: t = |T|.
        size: s = |S| <= t.
        max_order: The largest order k of the index.

    Example:
        >>> interaction_weight("k-SII", 5, 2, 2)
        Fraction(0, 1)
        >>> interaction_weight("STII", 5, 2, 2)
        Fraction(4, 5)
    """
    if size == 0 and index in _BASELINE_AT_EMPTY:
        return Fraction(1)
    if index in FAMILIES:
        return (-2) ** size * mean_parity(FAMILIES[index], degree - size, size)
    return _OTHERS[index](degree, size, max_order)


_BASELINE_AT_EMPTY = ("k-SII", "STII", "FSII", "kADD-SHAP", "CHII")


def _fourier(t: int, s: int, _: int) -> Fraction:
    return Fraction(int(t == s))


def _fbii(t: int, s: int, k: int) -> Fraction:
    return Fraction((-2) ** s if t <= k else 0)


def _k_sii(t: int, s: int, k: int) -> Fraction:
    return sum(
        (
            comb(t - s, r - s) * bernoulli(r - s) * interaction_weight("SII", t, r, k)
            for r in range(s, min(t, k) + 1)
        ),
        Fraction(0),
    )


def _stii(t: int, s: int, k: int) -> Fraction:
    return _through_moebius(_taylor_share, t, s, k)


def _fsii(t: int, s: int, k: int) -> Fraction:
    return _through_moebius(_faithful_share, t, s, k)


def _kadd_shap(t: int, s: int, k: int) -> Fraction:
    return sum(
        (
            comb(t - s, r - s) * interaction_weight("FSII", t, r, k) / (r - s + 1)
            for r in range(s, min(t, k) + 1)
        ),
        Fraction(0),
    )


_OTHERS: dict[str, Callable[[int, int, int], Fraction]] = {
    "Fourier": _fourier,
    "FBII": _fbii,
    "k-SII": _k_sii,
    "STII": _stii,
    "FSII": _fsii,
    "kADD-SHAP": _kadd_shap,
}


def _through_moebius(
    share: Callable[[int, int, int], Fraction], t: int, s: int, k: int
) -> Fraction:
    return sum(
        (comb(t - s, r - s) * (-2) ** r * share(r, s, k) for r in range(s, t + 1)), Fraction(0)
    )


def _taylor_share(r: int, s: int, k: int) -> Fraction:
    if s < k or r < k:
        return Fraction(int(r == s))
    return Fraction(1, comb(r, k))


def _faithful_share(r: int, s: int, k: int) -> Fraction:
    if r <= k:
        return Fraction(int(r == s))
    numerator = (-1) ** (k - s) * s * comb(k, s) * comb(r - 1, k)
    return Fraction(numerator, (k + s) * comb(r + k - 1, k + s))


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
