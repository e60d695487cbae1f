import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shapiq_spex.estimators.trees.tree_fourier as tree_fourier
from shapiq_spex.estimators.trees.forest import Forest, mean_forest
from shapiq_spex.estimators.trees.tree_fourier import affordable_degree, spectrum_of_forest
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.walsh import spectrum_of_table


def random_forest(seed, n_players, n_trees, depth, *, distinct=False):
    """Random trees; unless ``distinct``, players repeat on paths and splits may be trivial."""
    rng = np.random.default_rng(seed)
    player, out, into, value = [], [], [], []

    def grow(level, free):
        here = len(player)
        for column, entry in zip(
            (player, out, into, value), (-1, 0, 0, float(rng.normal())), strict=True
        ):
            column.append(entry)
        if level < depth and free and (level == 0 or rng.random() < 0.8):
            asked = int(rng.choice(free))
            player[here] = asked
            below = [p for p in free if p != asked] if distinct else free
            out[here] = grow(level + 1, below)
            trivial = not distinct and rng.random() < 0.1
            into[here] = out[here] if trivial else grow(level + 1, below)
        return here

    roots = [grow(0, list(range(n_players))) for _ in range(n_trees)]
    tables = [np.array(column, dtype=np.int32) for column in (roots, player, out, into)]
    return Forest(n_players, *tables, np.array(value), constant=float(rng.normal()))


forests = st.builds(
    random_forest,
    seed=st.integers(0, 10**6),
    n_players=st.integers(1, 9),
    n_trees=st.integers(0, 6),
    depth=st.integers(0, 9),
)


@given(forests)
@settings(max_examples=60, deadline=None)
def test_spectrum_agrees_with_the_transform_of_all_values(forest):
    spectrum = spectrum_of_forest(forest)
    every = Coalitions.all_of(forest.n_players)
    expected = spectrum_of_table(forest.predict(every.dense()))
    assert np.allclose(spectrum.evaluate(every), forest.predict(every.dense()), atol=1e-12)
    difference = spectrum - expected
    assert np.abs(difference.coefficients).max(initial=0.0) < 1e-13


@given(forests, st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_a_limited_degree_leaves_lower_degrees_exact(forest, max_degree):
    whole = spectrum_of_forest(forest)
    limited = spectrum_of_forest(forest, max_degree=max_degree)
    low = whole.select(lambda group: np.full(len(group.coefficients), group.degree <= max_degree))
    assert limited.terms() == low.terms()
    assert np.allclose(limited.coefficients, low.coefficients, atol=1e-14)


@given(forests, st.integers(0, 20))
@settings(max_examples=20, deadline=None)
def test_the_largest_terms_can_be_kept(forest, keep):
    whole = spectrum_of_forest(forest)
    assert spectrum_of_forest(forest, keep=keep).variance == pytest.approx(
        whole.prune(keep=keep).variance
    )
    assert spectrum_of_forest(forest, keep=keep).mean == whole.mean


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
    degree = affordable_degree(forest)
    assert 2 <= degree < n_players
    spectrum = spectrum_of_forest(forest)
    assert spectrum.degree == degree
    # the tree counts the players in front of the first that is missing: P(count >= k) = 2^-k
    assert spectrum.mean == pytest.approx(1.0)
    assert spectrum[(0,)] == pytest.approx(-1.0)


def test_the_limit_of_additions_is_respected(monkeypatch):
    forest = random_forest(3, n_players=30, n_trees=20, depth=10, distinct=True)
    whole = spectrum_of_forest(forest)
    monkeypatch.setattr(tree_fourier, "MAX_ADDITIONS", 5000)
    degree = affordable_degree(forest)
    assert 1 <= degree < whole.degree
    assert spectrum_of_forest(forest).degree == degree


def test_sums_and_prefixes_of_forests():
    one = random_forest(1, 7, 4, 4)
    two = random_forest(2, 7, 3, 5)
    rows = Coalitions.all_of(7).dense()
    mean = (one.predict(rows) + two.predict(rows)) / 2
    assert np.allclose(mean_forest([one, two]).predict(rows), mean)
    assert np.allclose(one.scaled(-2.0).predict(rows), -2.0 * one.predict(rows))
    staged = one.staged_predict(rows)
    assert staged.shape == (4, len(rows))
    for k in range(4):
        assert np.allclose(staged[k], one.first(k + 1).predict(rows))


def test_columns_of_unequal_length_are_refused():
    ints = np.zeros(2, dtype=np.int32)
    with pytest.raises(ValueError, match="one entry per node"):
        Forest(1, ints[:1], ints, ints, ints[:1], np.zeros(2))
