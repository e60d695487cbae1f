"""The building blocks of weights, in exact rationals, against their definitions."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.fourier.index_weights import NamedFamily, bernoulli, mean_parity, through_moebius
from tests.fourier.definitions import LAWS, subsets


@pytest.mark.parametrize("family", LAWS)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_mean_parity_is_the_mean_over_the_law_of_the_coalition(family, size):
    """The laws as ExactComputer and the papers state them: one weight per coalition size."""
    n = 7
    for outside in range(n - size + 1):
        parity = frozenset(range(outside))
        mean = sum(
            LAWS[family](n, size, len(coalition)) * (-1) ** len(coalition & parity)
            for coalition in subsets(range(n - size))
        )
        assert mean_parity(family, outside, size) == mean


def test_every_family_has_a_law_in_the_tests():
    assert set(get_args(NamedFamily)) == {family for family in LAWS if isinstance(family, str)}


@given(st.integers(1, 6), st.integers(0, 3), st.data())
def test_shares_of_moebius_coefficients_add_up_to_the_value(degree, size, data):
    """m(R) of a parity is (-2)^|R| inside it, and each S inside R is given its share."""
    size = min(size, degree)
    shares = data.draw(st.lists(st.fractions(), min_size=degree + 1, max_size=degree + 1))
    inside = frozenset(range(size))
    expected = sum(
        (-2) ** len(larger) * shares[len(larger)]
        for larger in subsets(range(degree))
        if inside <= larger
    )
    assert through_moebius(lambda r: shares[r], degree, size) == expected


@pytest.mark.parametrize("power", range(1, 12))
def test_bernoulli_numbers_sum_powers(power):
    """Faulhaber: sum_{i<x} i^p = 1/(p+1) sum_j C(p+1, j) B_j x^{p+1-j}, for B_1 = -1/2."""
    for x in range(6):
        terms = (
            comb(power + 1, j) * bernoulli(j) * Fraction(x) ** (power + 1 - j)
            for j in range(power + 1)
        )
        assert sum(terms) / (power + 1) == sum(i**power for i in range(x))
