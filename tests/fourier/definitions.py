"""Every index by its definition in the literature, one set of players at a time.

A game is ``v``, a function of a frozenset of players that returns a Fraction. Everything is
exact, and nothing is shared with the package.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import combinations
from math import comb, factorial


def subsets(players):
    """All subsets of some players."""
    players = sorted(players)
    return [frozenset(c) for size in range(len(players) + 1) for c in combinations(players, size)]


def derivative(v, players, coalition):
    """The discrete derivative of v with respect to a set of players, at a coalition of others."""
    return sum(
        (-1) ** (len(players) - len(part)) * v(coalition | part) for part in subsets(players)
    )


def contribution(v, players, coalition):
    """What a set of players adds to a coalition of others."""
    return v(coalition | players) - v(coalition)


LAWS = {
    "shapley": lambda n, s, c: Fraction(1, (n - s + 1) * comb(n - s, c)),
    "banzhaf": lambda n, s, c: Fraction(1, 2 ** (n - s)),
    "chaining": lambda n, s, c: Fraction(s, (s + c) * comb(n, s + c)),
    "internal": lambda n, s, c: Fraction(int(c == 0)),
    "external": lambda n, s, c: Fraction(int(c == n - s)),
    Fraction(9, 10): lambda n, s, c: Fraction(9**c, 10 ** (n - s)),
}
"""The probability of each single coalition of c of the others, for s of n players."""


def average(law, worth):
    """The mean worth of a set of players at random coalitions of others."""

    def value(v, n, players, k):
        others = frozenset(range(n)) - players
        return sum(
            LAWS[law](n, len(players), len(coalition)) * worth(v, players, coalition)
            for coalition in subsets(others)
        )

    return value


def k_sii(v, n, players, k):
    """Aggregated order by order (Bordt & von Luxburg 2023, equation 7)."""
    sii = average("shapley", derivative)
    value = sii(v, n, players, k)
    for order in range(len(players) + 1, k + 1):
        larger = [
            players | frozenset(extra)
            for extra in combinations(set(range(n)) - players, order - len(players))
        ]
        bernoulli = {1: Fraction(-1, 2), 2: Fraction(1, 6), 3: Fraction(0), 4: Fraction(-1, 30)}
        value += bernoulli[order - len(players)] * sum(sii(v, n, s, k) for s in larger)
    return value


def stii(v, n, players, k):
    """Derivatives at the empty set, and at order k over random orders of arrival."""
    if len(players) < k:
        return derivative(v, players, frozenset())
    return sum(
        Fraction(k, n * comb(n - 1, len(coalition))) * derivative(v, players, coalition)
        for coalition in subsets(frozenset(range(n)) - players)
    )


def solve(matrix, right):
    """Exact Gauss-Jordan elimination of a regular system of Fractions."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        pivot = next(r for r in range(i, len(rows)) if rows[r][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for r in range(len(rows)):
            if r != i and rows[r][i] != 0:
                factor = rows[r][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [row[-1] for row in rows]


def least_squares(features, weights, values, exact=()):
    """The weighted least squares fit, exact in some rows (Lagrange multipliers)."""
    size, inner = len(features[0]), [c for c in range(len(features)) if c not in exact]
    matrix = [
        [sum(weights[c] * features[c][i] * features[c][j] for c in inner) for j in range(size)]
        + [Fraction(features[end][i]) for end in exact]
        for i in range(size)
    ]
    matrix += [[Fraction(x) for x in features[end]] + [Fraction(0)] * len(exact) for end in exact]
    right = [sum(weights[c] * features[c][i] * values[c] for c in inner) for i in range(size)]
    return solve(matrix, right + [Fraction(values[end]) for end in exact])[:size]


@cache
def _fit(v, n, k, feature, weight, exact=()):
    """A function of degree k that is closest to the game: {set: coefficient}."""
    coalitions = subsets(range(n))
    terms = [term for term in coalitions if len(term) <= k]
    features = [[feature(term, coalition) for term in terms] for coalition in coalitions]
    values = [v(coalition) for coalition in coalitions]
    weights = [weight(n, len(coalition)) for coalition in coalitions]
    found = least_squares(features, weights, values, exact)
    return dict(zip(terms, found, strict=True))


def _faithful_to_shapley(v, n, k, feature):
    """... for Shapley's kernel, and exact at both ends; at degree n, the game itself."""
    if k >= n:
        return _fit(v, n, k, feature, _alike)
    return _fit(v, n, k, feature, _shapley_kernel, exact=(0, 2**n - 1))


def _shapley_kernel(n, size):
    return Fraction(1, comb(n, size) * size * (n - size)) if 0 < size < n else Fraction(0)


def _alike(n, size):
    return Fraction(1)


def _kept_with_nine_tenths(n, size):
    return Fraction(9**size, 10**n)


def best_function(v, n, k, keep):
    """... if each player is kept with a probability."""
    return _fit(v, n, k, contains, lambda n, size: keep**size * (1 - keep) ** (n - size))


def contains(term, coalition):
    """Whether a coalition contains a set: the coordinates of a sum over subsets."""
    return Fraction(int(term <= coalition))


def bernoulli_coordinate(term, coalition):
    """gamma(|A|, |A & C|), with which v(C) - v({}) = sum_A gamma I(A) (Pelegrina et al. 2023)."""
    numbers = [Fraction(1), Fraction(-1, 2), Fraction(1, 6), Fraction(0), Fraction(-1, 30)]
    if not term:
        return Fraction(1)
    shared = len(term & coalition)
    return sum(
        (comb(shared, j) * numbers[len(term) - j] for j in range(1, shared + 1)), Fraction(0)
    )


def fsii(v, n, players, k):
    """The best function of degree k for Shapley's kernel, exact at both ends (Tsai et al. 2023)."""
    return _faithful_to_shapley(v, n, k, contains)[players]


def fbii(v, n, players, k):
    """The best function of degree k for uniform coalitions (Tsai et al. 2023)."""
    return _fit(v, n, k, contains, _alike)[players]


def fwbii(v, n, players, k):
    """The best function of degree k where each player is kept with probability .9."""
    return _fit(v, n, k, contains, _kept_with_nine_tenths)[players]


def kadd_shap(v, n, players, k):
    """The same regression in the coordinates of Shapley interactions (Pelegrina et al. 2023)."""
    return _faithful_to_shapley(v, n, k, bernoulli_coordinate)[players]


def fourier(v, n, players, k):
    """The mean of v times the parity of the players (O'Donnell 2014)."""
    return sum(v(c) * (-1) ** len(c & players) for c in subsets(range(n))) / Fraction(2**n)


@cache
def _visits(n, k):
    """How likely each coalition is when sets of at most k newcomers arrive, all equally likely."""
    coalitions = subsets(range(n))
    visits = dict.fromkeys(coalitions, Fraction(0))
    visits[frozenset()] = Fraction(1)
    for coalition in coalitions:
        newcomers = [s for s in subsets(frozenset(range(n)) - coalition) if 0 < len(s) <= k]
        for group in newcomers:
            visits[coalition | group] += visits[coalition] / len(newcomers)
    return visits


def joint_sv(v, n, players, k):
    """Groups of at most k players arrive at random, one after another (Harris et al. 2022)."""
    return sum(
        _visits(n, k)[coalition]
        / sum(comb(n - len(coalition), s) for s in range(1, min(k, n - len(coalition)) + 1))
        * contribution(v, players, coalition)
        for coalition in subsets(frozenset(range(n)) - players)
    )


def shapley_value(v, n, players, k):
    """The mean contribution over all orders of arrival (Shapley 1953)."""
    total = Fraction(0)
    for coalition in subsets(frozenset(range(n)) - players):
        orders = factorial(len(coalition)) * factorial(n - 1 - len(coalition))
        total += Fraction(orders, factorial(n)) * contribution(v, players, coalition)
    return total


DEFINITIONS = {
    "SV": shapley_value,
    "BV": average("banzhaf", derivative),
    "SII": average("shapley", derivative),
    "BII": average("banzhaf", derivative),
    "CHII": average("chaining", derivative),
    "Moebius": average("internal", derivative),
    "Co-Moebius": average("external", derivative),
    "SGV": average("shapley", contribution),
    "BGV": average("banzhaf", contribution),
    "CHGV": average("chaining", contribution),
    "IGV": average("internal", contribution),
    "EGV": average("external", contribution),
    "k-SII": k_sii,
    "STII": stii,
    "FSII": fsii,
    "FBII": fbii,
    "kADD-SHAP": kadd_shap,
    "Fourier": fourier,
    "JointSV": joint_sv,
    "WBV(0.9)": average(Fraction(9, 10), derivative),
    "WBII(0.9)": average(Fraction(9, 10), derivative),
    "FWBII(0.9)": fwbii,
}
"""(v, number of players, set of players, largest order) -> its value."""

DEFINED_AT_THE_EMPTY_SET = (
    *("BV", "SII", "BII", "Moebius", "Co-Moebius", "FBII", "Fourier"),
    *("WBV(0.9)", "WBII(0.9)", "FWBII(0.9)"),
)
"""Interaction indices whose definitions cover the empty set; the others repeat v({}) there."""
