"""Laws of coalition sizes."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.designs.law import LAW_NAMES, SizeLaw, few_removed, size_weights
from shapiq_spex.estimators.basis import FOURIER
from shapiq_spex.fourier.coalitions import log_binomial


@given(st.integers(1, 60))
def test_laws_are_probabilities_and_those_around_a_half_treat_complements_alike(n):
    for keep in (*LAW_NAMES, 0.01, 0.8):
        weights = size_weights(n, keep)
        assert weights.shape == (n + 1,)
        assert (weights >= 0).all()
        assert weights.sum() == pytest.approx(1.0)
        if keep in ("uniform", "sizes", "kernel"):
            np.testing.assert_allclose(weights, weights[::-1], rtol=1e-9)


@given(st.integers(1, 60), st.floats(0.01, 0.99))
def test_a_probability_keeps_players_independently(n, p):
    expected = [comb(n, size) * p**size * (1 - p) ** (n - size) for size in range(n + 1)]
    np.testing.assert_allclose(size_weights(n, p), expected, rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize(("n", "most"), [(1, 1), (4, 1), (8, 2), (19, 4), (20, 5), (2000, 5)])
def test_near_removes_one_to_a_few(n, most):
    assert few_removed(n) == most
    removed = np.flatnonzero(size_weights(n, "near")[::-1])
    assert removed.tolist() == list(range(1, most + 1))


def test_the_basis_of_a_law_is_the_share_it_keeps():
    for p in (0.3, 0.75):
        law = SizeLaw.named(40, p, paired=False)
        assert law.basis.keep == pytest.approx(p)
        uniform = size_weights(40, "uniform")
        np.testing.assert_allclose(law.size_weights, 0.75 * size_weights(40, p) + 0.25 * uniform)
    assert SizeLaw.named(1000, "near", paired=False).basis.keep == 0.9
    for n in (13, 40):
        law, uniform = (SizeLaw.named(n, keep, paired=False) for keep in (0.5, "uniform"))
        assert law.basis == uniform.basis == FOURIER
        np.testing.assert_array_equal(law.size_weights, uniform.size_weights)


@given(st.integers(2, 60), st.floats(1e-12, 1.0, exclude_max=True))
def test_rows_for_a_probability_remove_and_keep_a_player_on_average(n, p):
    rows = SizeLaw.named(n, p, paired=False).size_weights
    share = np.clip(10 / n, 0.1, 0.4)
    nearest = np.clip(p, 1 / n, 1 - 1 / n)
    expected = (1 - share) * size_weights(n, nearest) + share * size_weights(n, "uniform")
    np.testing.assert_allclose(rows, expected if p != 0.5 else size_weights(n, "uniform"))


@given(st.integers(2, 60))
def test_laws_are_what_their_names_say(n):
    sizes = np.arange(1, n)
    uniform = [comb(n, size) / 2**n for size in range(n + 1)]
    np.testing.assert_allclose(size_weights(n, "uniform"), uniform, rtol=1e-9)
    for name, weight in (("sizes", np.ones(n - 1)), ("kernel", 1 / (sizes * (n - sizes)))):
        weights = size_weights(n, name)
        assert weights[0] == weights[n] == 0.0
        np.testing.assert_allclose(weights[1:-1], weight / weight.sum())


def test_a_single_player_has_the_two_ends():
    for name in ("uniform", "sizes", "kernel"):
        assert size_weights(1, name).tolist() == [0.5, 0.5]


def test_a_named_law_has_its_weights():
    for paired in (True, False):
        law = SizeLaw.named(9, "kernel", paired=paired)
        assert law.paired is paired
        np.testing.assert_array_equal(law.size_weights, size_weights(9, "kernel"))


def test_binomials_in_logarithms():
    sizes = np.arange(31)
    expected = np.log([float(comb(30, size)) for size in range(31)])
    np.testing.assert_allclose(log_binomial(30, sizes), expected, atol=1e-9)


@given(st.integers(3, 90))
def test_mixtures_are_what_is_said_of_them(n):
    """Rows for "near" are half of p = .9, those of "range" of uniform ones, p = .9 and near."""
    half, most, near = (size_weights(n, keep) for keep in (0.5, 0.9, "near"))
    np.testing.assert_allclose(size_weights(n, "range"), 0.6 * half + 0.3 * most + 0.1 * near)
    rows = SizeLaw.named(n, "near", paired=False)
    uniform = min(0.4, 10 / n)
    expected = (1 - uniform) * (near + most) / 2 + uniform * half
    np.testing.assert_allclose(rows.size_weights, expected)
    assert rows.basis.keep == pytest.approx(min(0.9, 1 - (few_removed(n) + 1) / 2 / n), abs=0.0051)
    for name in ("range", "sizes", "kernel"):
        assert 0.5 < SizeLaw.named(n, name, paired=False).basis.keep <= 0.8


@given(st.integers(3, 60), st.floats(0.1, 1e3))
def test_uniform_is_what_makes_all_coalitions_equally_likely(n, scale):
    for keep in (*LAW_NAMES, 0.5, 0.4, 0.9):
        weights = scale * SizeLaw.named(n, keep, paired=False).size_weights
        expected = keep in ("uniform", 0.5)
        assert SizeLaw(weights, paired=False).is_uniform == expected


@given(st.integers(2, 60), st.floats(0.01, 0.99))
def test_keeping_with_a_probability_mirrors_removing_with_it(n, p):
    np.testing.assert_allclose(size_weights(n, p), size_weights(n, 1 - p)[::-1], rtol=1e-9)
    one, other = (SizeLaw.named(n, keep, paired=False) for keep in (p, 1 - p))
    np.testing.assert_allclose(one.size_weights, other.size_weights[::-1], rtol=1e-9)
    assert one.basis.keep == pytest.approx(1 - other.basis.keep)
    assert one.basis.keep == pytest.approx(np.clip(p, 0.1, 0.9))
