"""The weights, in exact rationals, against the definitions and axioms of the indices."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb

import pytest

from shapiq_spex.fourier.index import interaction_weight
from shapiq_spex.fourier.index_weights import bernoulli, mean_parity

EFFICIENT = ("k-SII", "STII", "FSII")
LARGE_DEGREES = (63, 64, 200)


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


def constrained_fit(features, weights, values):
    """Weighted least squares, exact at the first and the last row (Lagrange multipliers)."""
    size = len(features[0])
    inner = range(1, len(features) - 1)
    ends = (0, len(features) - 1)
    matrix = [
        [sum(weights[c] * features[c][i] * features[c][j] for c in inner) for j in range(size)]
        + [Fraction(features[end][i]) for end in ends]
        for i in range(size)
    ]
    matrix += [[Fraction(x) for x in features[end]] + [Fraction(0)] * 2 for end in ends]
    right = [sum(weights[c] * features[c][i] * values[c] for c in inner) for i in range(size)]
    return solve(matrix, right + [Fraction(values[end]) for end in ends])[:size]


@pytest.mark.parametrize("family", ["shapley", "banzhaf", "chaining", "internal", "external"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_mean_parity_is_the_mean_over_the_law_of_the_coalition(family, size):
    """The laws as ExactComputer and the papers state them: one weight per coalition size."""
    n = 7
    laws = {
        "shapley": lambda c: Fraction(1, (n - size + 1) * comb(n - size, c)),
        "banzhaf": lambda c: Fraction(1, 2 ** (n - size)),
        "chaining": lambda c: Fraction(size, (size + c) * comb(n, size + c)),
        "internal": lambda c: Fraction(int(c == 0)),
        "external": lambda c: Fraction(int(c == n - size)),
    }
    for outside in range(n - size + 1):
        mean = sum(
            laws[family](c) * (-1) ** len(set(coalition) & set(range(outside)))
            for c in range(n - size + 1)
            for coalition in combinations(range(n - size), c)
        )
        assert mean_parity(family, outside, size) == mean


@pytest.mark.parametrize("index", EFFICIENT)
@pytest.mark.parametrize("degree", [*range(1, 9), *LARGE_DEGREES])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_efficiency_holds_exactly_for_every_parity(index, degree, order):
    """The values of a parity add up to chi(N) - chi({}), also at degrees floats cannot reach."""
    total = sum(
        comb(degree, size) * interaction_weight(index, degree, size, order)
        for size in range(1, min(degree, order) + 1)
    )
    assert total == (-1) ** degree - 1


@pytest.mark.parametrize("index", [*EFFICIENT, "SII", "kADD-SHAP", "CHII"])
@pytest.mark.parametrize("degree", [1, 2, 3, 8, *LARGE_DEGREES])
def test_at_order_one_all_are_the_shapley_value(index, degree):
    shapley = Fraction(-2, degree) if degree % 2 else Fraction(0)
    assert interaction_weight(index, degree, 1, 1) == shapley


@pytest.mark.parametrize("degree", [2, 5, 6, *LARGE_DEGREES])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_fsii_is_the_faithful_regression(degree, order):
    """For a parity of all players the regression has one unknown per size, so any n is in reach.

    Kernel (Tsai et al. 2023): C(n, c) coalitions of size c, each weighing
    1 / ((n-1) C(n-2, c-1)), i.e. n / (c (n-c)) together; infinite at both ends.
    """
    order = min(order, degree - 1)
    sizes = range(degree + 1)
    features = [[comb(c, s) for s in range(order + 1)] for c in sizes]
    weights = [Fraction(1, c * (degree - c)) if 0 < c < degree else Fraction(0) for c in sizes]
    fit = constrained_fit(features, weights, [(-1) ** c for c in sizes])
    assert fit == [interaction_weight("FSII", degree, s, order) for s in range(order + 1)]


@pytest.mark.parametrize("degree", [2, 5, 6, *LARGE_DEGREES])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_kadd_shap_is_the_regression_in_bernoulli_coordinates(degree, order):
    """v(C) - v({}) = sum_A gamma(|A|, |A & C|) I(A) (Pelegrina et al. 2023)."""
    order = min(order, degree - 1)

    def gamma(size, shared):
        return sum(comb(shared, j) * bernoulli(size - j) for j in range(1, shared + 1))

    sizes = range(degree + 1)
    features = [
        [Fraction(1)]
        + [
            sum(comb(c, j) * comb(degree - c, s - j) * gamma(s, j) for j in range(s + 1))
            for s in range(1, order + 1)
        ]
        for c in sizes
    ]
    weights = [Fraction(1, c * (degree - c)) if 0 < c < degree else Fraction(0) for c in sizes]
    fit = constrained_fit(features, weights, [(-1) ** c for c in sizes])
    assert fit == [interaction_weight("kADD-SHAP", degree, s, order) for s in range(order + 1)]


@pytest.mark.parametrize("degree", [3, 6, *LARGE_DEGREES])
@pytest.mark.parametrize("order", [2, 3])
def test_top_order_stii_averages_derivatives_over_arrival_orders(degree, order):
    """Sundararajan et al. 2020: the mean derivative at the players who arrive before any of S."""
    outside = degree - order
    mean = sum(
        Fraction(order, degree * comb(degree - 1, c)) * comb(outside, c) * (-1) ** c
        for c in range(outside + 1)
    )
    assert interaction_weight("STII", degree, order, order) == (-2) ** order * mean


@pytest.mark.parametrize("index", [*EFFICIENT, "FBII"])
def test_with_all_orders_allowed_these_are_the_moebius_transform(index):
    for degree in range(1, 7):
        for size in range(1, degree + 1):
            assert interaction_weight(index, degree, size, 6) == (-2) ** size


def test_bernoulli_numbers_sum_powers():
    """Faulhaber: sum_{i<x} i^3 = 1/4 sum_j C(4, j) B_j x^{4-j}, for B_1 = -1/2."""
    for x in range(6):
        power_sum = sum(comb(4, j) * bernoulli(j) * Fraction(x) ** (4 - j) for j in range(4)) / 4
        assert power_sum == sum(i**3 for i in range(x))
