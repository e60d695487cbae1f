"""The spread of values among coalitions of one size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.spread import differ_far_more, spread_by_size
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.samples import seeds

N_PLAYERS = 20


def rows_of_all_sizes(rng, n_rows):
    return Coalitions.from_dense(rng.random((n_rows, N_PLAYERS)) < rng.random((n_rows, 1)))


def shares(rows):
    return 2.0 * rows.sizes() / rows.n_players - 1.0


@pytest.mark.parametrize(("slope", "curvature"), [(0, 0), (-2, 0), (1, 0), (0, -3), (-1.5, 1)])
def test_a_planted_spread_is_recovered(slope, curvature):
    """Up to its level, within the errors of 2,000 rows and a trend of degree three."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        rows = rows_of_all_sizes(rng, 2000)
        t = shares(rows)
        planted = slope * t + curvature * t**2
        trend = 3.0 - 2.0 * t + t**3
        values = trend + np.exp(planted / 2) * rng.normal(size=len(rows))
        found = spread_by_size(rows, values)
        assert found.mean() == pytest.approx(1.0)
        # standard errors of slope and curvature: (2 / (2000 var t))^(1/2) = .05 and .1
        away = np.log(found) - planted
        assert np.ptp(away) < 5 * (2 * 0.05 + 0.1)


@pytest.mark.parametrize("value", [0.0, 1.0, -1e6])
def test_equal_values_have_an_equal_spread(value):
    rows = rows_of_all_sizes(np.random.default_rng(0), 50)
    np.testing.assert_array_equal(spread_by_size(rows, np.full(50, value)), np.ones(50))


def test_where_all_coalitions_have_one_size_the_spread_is_one():
    rng = np.random.default_rng(1)
    dense = rng.permuted(np.arange(N_PLAYERS) < np.full((60, 1), 15), axis=1)
    spread = spread_by_size(Coalitions.from_dense(dense), rng.normal(size=60))
    np.testing.assert_allclose(spread, 1.0)


@given(seed=seeds, offset=st.floats(-1e3, 1e3), unit=st.floats(1e-3, 1e3), sign=st.booleans())
def test_the_spread_does_not_depend_on_units_and_offsets(seed, offset, unit, sign):
    rng = np.random.default_rng(seed)
    rows = rows_of_all_sizes(rng, 80)
    values = rng.normal(size=80) * np.exp(rng.normal() * shares(rows))
    other = offset + unit * (1 if sign else -1) * (values + 3.0)
    expected = spread_by_size(rows, values)
    assert ((expected > 0) & np.isfinite(expected)).all()
    rounding = 1e-7 * (1 + abs(offset) / unit)
    np.testing.assert_allclose(spread_by_size(rows, other), expected, rtol=rounding)


@given(seed=seeds, n_rows=st.integers(1, 60))
def test_coalitions_of_equal_sizes_have_an_equal_spread_and_their_order_does_not_matter(
    seed, n_rows
):
    rng = np.random.default_rng(seed)
    rows = rows_of_all_sizes(rng, n_rows)
    values = rng.standard_t(3, size=n_rows)
    found = spread_by_size(rows, values)
    assert ((found > 0) & np.isfinite(found)).all()
    for size in np.unique(rows.sizes()):
        assert np.ptp(found[rows.sizes() == size]) == 0.0
    order = rng.permutation(n_rows)
    np.testing.assert_allclose(spread_by_size(rows[order], values[order]), found[order], rtol=1e-6)


def test_rows_differ_far_more_than_most_from_ten_times_the_median_on():
    spread = np.array([1.0, 1.0, 1.0, 9.0, 11.0])
    assert differ_far_more(spread).tolist() == [False, False, False, False, True]
    assert differ_far_more(1e-9 * spread).tolist() == differ_far_more(spread).tolist()
    assert not differ_far_more(np.ones(5)).any()
