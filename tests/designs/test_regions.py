"""Regions: their laws, and R^2 within them against enumeration."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.designs.law import few_removed, size_weights
from shapiq_spex.designs.regions import NEAR, RANGE, STANDARD, Region, judged_by, lower_bound
from shapiq_spex.estimators.held_out import HeldOut
from shapiq_spex.fourier.coalitions import Coalitions


@given(st.integers(1, 60), st.sampled_from(STANDARD))
def test_laws_are_probabilities(n_players, region):
    weights = region.size_weights(n_players)
    assert weights.shape == (n_players + 1,)
    assert (weights >= 0.0).all()
    assert weights.sum() == pytest.approx(1.0)


@given(st.integers(1, 60))
def test_few_kept_mirrors_few_removed(n_players):
    np.testing.assert_allclose(
        Region(0.1).size_weights(n_players)[::-1], Region(0.9).size_weights(n_players), atol=1e-15
    )


@given(st.integers(1, 8), st.floats(0.05, 0.95))
def test_a_probability_keeps_each_player_independently(n_players, keep):
    expected = np.zeros(n_players + 1)
    for row in product((0, 1), repeat=n_players):
        expected[sum(row)] += keep ** sum(row) * (1 - keep) ** (n_players - sum(row))
    np.testing.assert_allclose(size_weights(n_players, keep), expected, atol=1e-12)


@given(st.integers(2, 100))
def test_near_the_input_each_small_number_is_as_likely(n_players):
    weights, most = NEAR.size_weights(n_players), few_removed(n_players)
    assert 1 <= most <= 5
    assert (most == 5) == (n_players >= 20)
    np.testing.assert_allclose(weights[-1 - most : -1], 1 / most)
    assert np.count_nonzero(weights) == most


def sample(rng, n_players=30, rows=900):
    """Rows that keep half, nine tenths or nearly all players, judged with an error."""
    third = rows // 3
    keep = np.repeat([0.5, 0.9, 0.93], third)[:, None]
    kept = np.unique(rng.random((rows, n_players)) < keep, axis=0)
    kept = kept[rng.permutation(len(kept))]
    values = kept @ rng.normal(size=n_players)
    predictions = values + 0.3 * rng.normal(size=len(values))
    return Coalitions.from_dense(kept), HeldOut(values, predictions, np.arange(len(values)))


def test_the_bound_of_several_regions_is_the_lowest():
    rows, held_out = sample(np.random.default_rng(0))
    bounds, unseen = np.array([lower_bound((region,), rows, held_out, 0.95) for region in RANGE]).T
    assert np.isfinite(bounds).all()
    assert lower_bound(RANGE, rows, held_out, 0.95) == (bounds.min(), unseen.max())
    assert unseen.max() > held_out.unseen, "a region has fewer rows than there are"
    few_kept = Region(0.1)  # which no row can judge
    assert np.isnan(lower_bound((*RANGE, few_kept), rows, held_out, 0.95)).all()
    assert np.isnan(lower_bound((few_kept,), rows, held_out, 0.95)).all()


def test_without_a_bound_within_sizes_it_is_that_over_all_sizes():
    rows, held_out = sample(np.random.default_rng(0))
    over_all = held_out.lower_bound(0.95), held_out.unseen
    assert lower_bound((), rows, held_out, 0.95) == over_all
    all_sizes = (Region("sizes"),)  # of which nearly empty coalitions are missing
    within = all_sizes[0].rows_among(rows.sizes(), 30).judge(held_out).r_squared
    assert lower_bound(all_sizes, rows, held_out, 0.95) == (min(over_all[0], within), over_all[1])
    of_size = np.sqrt(rows.sizes())
    pairs = np.arange(len(rows))
    trend = HeldOut(of_size, of_size + 0.05 * np.sin(pairs), pairs)
    assert lower_bound(all_sizes, rows, trend, 0.95)[0] == trend.lower_bound(0.95)
    missed = HeldOut(of_size + 0.04 * np.cos(pairs), of_size + 0.05 * np.sin(pairs), pairs)
    assert lower_bound(all_sizes, rows, missed, 0.95)[0] < 0.0 < missed.lower_bound(0.95)


def test_coalitions_judge_the_regions_of_which_they_contain_enough():
    rng = np.random.default_rng(0)
    rows = Coalitions.from_dense(np.unique(rng.random((300, 30)) < 0.9, axis=0))
    assert judged_by((*STANDARD,), rows) == (NEAR, Region(0.9))
    assert judged_by((), rows) == ()
