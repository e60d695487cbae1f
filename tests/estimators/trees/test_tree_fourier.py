"""The spectrum of a forest against the transform of all its values."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shapiq_spex.estimators.trees.tree_fourier as tree_fourier
from shapiq_spex.estimators.trees.forest import Forest
from shapiq_spex.estimators.trees.tree_fourier import spectrum_of_forest
from shapiq_spex.fourier.biased import BiasedSpectrum
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.estimators.trees.forests import forests, random_forest


@given(forests)
@settings(max_examples=60)
def test_spectrum_agrees_with_the_transform_of_all_values(forest):
    spectrum = spectrum_of_forest(forest)
    every = Coalitions.all_of(forest.n_players)
    expected = spectrum_of_table(forest.predict(every.dense()))
    assert np.allclose(spectrum.evaluate(every), forest.predict(every.dense()), atol=1e-12)
    difference = spectrum - expected
    assert np.abs(difference.coefficients).max(initial=0.0) < 1e-13


@given(forests, st.floats(0.05, 0.95))
@settings(max_examples=40)
def test_in_the_basis_of_any_probability_the_forest_is_read_exactly(forest, keep):
    rows = Coalitions.all_of(forest.n_players).dense()
    chances = np.where(rows, keep, 1 - keep).prod(axis=1)
    phi = (rows - keep) / np.sqrt(keep * (1 - keep))
    values = forest.predict(rows)
    biased = BiasedSpectrum.of(spectrum_of_forest(forest), keep)
    for term, coefficient in biased.to_dict().items():
        expected = chances @ (values * phi[:, list(term)].prod(axis=1))
        assert coefficient == pytest.approx(expected, abs=1e-9)
    assert biased.variance == pytest.approx(chances @ (values - chances @ values) ** 2, abs=1e-9)


@given(forests, st.integers(0, 4))
def test_a_limited_degree_leaves_lower_degrees_exact(forest, max_degree):
    whole = spectrum_of_forest(forest)
    limited = spectrum_of_forest(forest, max_degree=max_degree)
    low = whole.select(lambda group: np.full(len(group.coefficients), group.degree <= max_degree))
    assert limited.terms() == low.terms()
    assert np.allclose(limited.coefficients, low.coefficients, atol=1e-14)


@given(forests, st.integers(0, 20))
def test_the_largest_terms_can_be_kept(forest, keep):
    whole = spectrum_of_forest(forest)
    kept = spectrum_of_forest(forest, keep=keep)
    assert kept.variance == pytest.approx(whole.prune(keep=keep).variance)
    assert kept.mean == whole.mean
    assert len(set(kept.terms()) - {()}) == min(keep, len(set(whole.terms()) - {()}))
    assert all(kept[term] == whole[term] for term in kept.terms())


def test_many_players_and_many_terms():
    forest = random_forest(0, n_players=3000, n_trees=20, depth=8, distinct=True)
    rows = np.random.default_rng(1).random((50, 3000)) < 0.5
    spectrum = spectrum_of_forest(forest)
    assert len(spectrum) > 5_000
    assert np.allclose(spectrum.evaluate(rows), forest.predict(rows), atol=1e-10)


def test_depth_above_64_is_no_problem(monkeypatch):
    monkeypatch.setattr(tree_fourier, "MAX_ADDITIONS", 1 << 14)
    n_players = 100
    chain = np.arange(n_players, dtype=np.int32)
    leaves = np.full(n_players + 1, -1, dtype=np.int32)
    out = np.r_[n_players + chain, np.zeros(n_players + 1)].astype(np.int32)
    into = np.r_[chain[1:], 2 * n_players, np.zeros(n_players + 1)].astype(np.int32)
    value = np.r_[np.zeros(n_players), np.arange(n_players + 1.0)]
    roots = np.zeros(1, dtype=np.int32)
    forest = Forest(n_players, roots, np.r_[chain, leaves], out, into, value)
    spectrum = spectrum_of_forest(forest)
    assert 2 <= spectrum.degree < n_players
    # the tree counts the players in front of the first that is missing: P(count >= k) = 2^-k
    assert spectrum.mean == pytest.approx(1.0)
    assert spectrum[(0,)] == pytest.approx(-1.0)


def test_the_limit_of_additions_is_respected(monkeypatch):
    forest = random_forest(3, n_players=30, n_trees=20, depth=10, distinct=True)
    whole = spectrum_of_forest(forest)
    monkeypatch.setattr(tree_fourier, "MAX_ADDITIONS", 5000)
    limited = spectrum_of_forest(forest)
    assert 1 <= limited.degree < whole.degree
    assert limited.to_dict() == {
        t: c for t, c in whole.to_dict().items() if len(t) <= limited.degree
    }


@pytest.mark.parametrize("depth", [7, 8])
def test_the_affordable_degree_counts_the_additions(depth, monkeypatch):
    forest = random_forest(3, n_players=30, n_trees=5, depth=depth, distinct=True)
    depths = []

    def descend(node, depth):
        if forest.player[node] >= 0:
            depths.append(depth)
            descend(forest.out[node], depth + 1)
            descend(forest.into[node], depth + 1)

    for root in forest.roots:
        descend(root, 0)
    deepest = max(depths) + 1
    additions = np.cumsum([sum(comb(d, k) for d in depths) for k in range(deepest)])
    for degree in (2, 4, deepest - 1, deepest):
        monkeypatch.setattr(tree_fourier, "MAX_ADDITIONS", int(additions[degree - 1]))
        assert spectrum_of_forest(forest).degree == degree
        monkeypatch.setattr(tree_fourier, "MAX_ADDITIONS", int(additions[degree - 1]) - 1)
        assert spectrum_of_forest(forest).degree == degree - 1
    monkeypatch.setattr(tree_fourier, "MAX_ADDITIONS", 0)
    assert spectrum_of_forest(forest).degree == 1
    monkeypatch.setattr(tree_fourier, "MAX_ADDITIONS", int(additions[-1]))
    assert spectrum_of_forest(forest).degree == deepest


def test_more_terms_than_the_first_tables_hold_are_all_found():
    forest = random_forest(5, n_players=40, n_trees=12, depth=9, distinct=True)
    spectrum = spectrum_of_forest(forest)
    assert len(spectrum) > 4096
    assert len(set(spectrum.terms())) == len(spectrum)
    rows = np.random.default_rng(2).random((50, 40)) < 0.5
    assert np.allclose(spectrum.evaluate(rows), forest.predict(rows), atol=1e-10)


def test_a_forest_without_trees_is_its_constant():
    ints = np.zeros(0, dtype=np.int32)
    forest = Forest(3, ints, ints, ints, ints, np.zeros(0), constant=2.5)
    assert spectrum_of_forest(forest).to_dict() == {(): 2.5}
