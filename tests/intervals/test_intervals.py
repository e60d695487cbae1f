"""Intervals as users meet them, through the approximators."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from shapiq_spex import SPEX, Ablation, Intervals, ProxySPEX
from shapiq_spex.designs.law import SizeLaw, size_weights
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.intervals.hull import RandomSample, hull_intervals
from tests.intervals.proxies import Straight

N = 9


def smooth(coalitions):
    weights = np.linspace(-1, 2, coalitions.shape[1])
    return np.tanh(coalitions @ weights) + coalitions[:, 0] * coalitions[:, 1]


def proxyspex(**settings):
    defaults = {"n": N, "index": "k-SII", "max_order": 2, "random_state": 0, "proxy_model": "fast"}
    return ProxySPEX(**defaults | settings)


def test_intervals_are_aligned_with_the_interaction_values():
    approximator = proxyspex()
    values = approximator.approximate(200, smooth)
    intervals = approximator.intervals()
    assert isinstance(intervals, Intervals)
    assert intervals.interactions == [term for term in values.interaction_lookup if term]
    for term, value in zip(intervals.interactions, intervals.values, strict=True):
        assert value == values[term]
        lower, upper = intervals[term]
        assert not lower > value
        assert not value > upper
    assert intervals.confidence == 0.9
    assert intervals.available
    assert len(intervals) == len(values.interaction_lookup) - 1
    assert intervals[1, 0] == intervals[0, 1]
    with pytest.raises(TypeError, match=r"tuple of players, such as \(0,\) .* got 0"):
        intervals[0]
    with pytest.raises(KeyError, match=r"\(0, 99\) is not among the 45 interactions"):
        intervals[0, 99]
    assert (0, 1) in intervals
    assert (0, 99) not in intervals
    given = intervals.nonzero[intervals.given]
    assert ((given >= 0) & (given <= 1)).all()


@pytest.mark.parametrize(("index", "max_order"), [("SV", 1), ("k-SII", 2), ("FBII", 2)])
def test_most_intervals_contain_the_true_value(index, max_order):
    exact = convert(spectrum_of_table(smooth(Coalitions.all_of(N).dense())), index, max_order)
    truth = exact.to_dict()
    inside, large = [], []
    for seed in range(2):
        approximator = proxyspex(index=index, max_order=max_order, random_state=seed)
        approximator.approximate(150, smooth)
        intervals = approximator.intervals()
        for term, (lower, upper) in ((term, intervals[term]) for term in intervals):
            if np.isfinite(lower):
                inside.append(lower <= truth.get(term, 0.0) <= upper)
                large.append(abs(truth.get(term, 0.0)) > upper - lower)
    assert np.mean(inside) > 0.8
    assert any(large)  # and they say something
    assert len(inside) >= 15


def test_a_smaller_confidence_gives_shorter_intervals_without_fitting_again():
    approximator = proxyspex(index="BII")
    approximator.approximate(150, smooth)
    wide, narrow = approximator.intervals(0.99), approximator.intervals(confidence=0.5)
    assert (narrow.lower > wide.lower).all()
    assert (narrow.upper < wide.upper).all()
    np.testing.assert_array_equal(narrow.nonzero, wide.nonzero)


def test_equal_seeds_give_equal_bits():
    first, second = (proxyspex(random_state=5) for _ in range(2))
    first.approximate(150, smooth)
    once = first.intervals()
    second.approximate(150, smooth)
    np.testing.assert_array_equal(once.lower, second.intervals().lower)
    np.testing.assert_array_equal(once.upper, first.intervals().upper)


def test_answers_given_later_to_the_own_plan_are_as_good():
    one, other = proxyspex(random_state=2), proxyspex(random_state=2)
    one.approximate(150, smooth)
    coalitions = other.plan(150).coalitions
    other.approximate_from(coalitions, smooth(coalitions.dense()))
    np.testing.assert_array_equal(one.intervals().lower, other.intervals().lower)


def test_renaming_players_renames_intervals():
    n, weights = 8, size_weights(8, "kernel")
    rng = np.random.default_rng(0)
    rows = sample_coalitions(n, 120, weights, paired=True, rng=rng).dense()
    values, order = smooth(rows), rng.permutation(n)
    terms = list(combinations(range(n), 2))
    renamed = [tuple(sorted((int(order[i]), int(order[j])))) for i, j in terms]
    permuted = np.empty_like(rows)
    permuted[:, order] = rows

    def intervals(matrix, names):
        seed = np.random.SeedSequence(1)
        sample = RandomSample(
            Coalitions.from_dense(matrix), values, SizeLaw(weights, paired=True), Straight(), seed
        )
        return hull_intervals(sample, "k-SII", 2, names, np.zeros(len(names)), confidence=0.9)

    before, after = intervals(rows, terms), intervals(permuted, renamed)
    np.testing.assert_allclose(before.lower, after.lower, atol=1e-9)
    np.testing.assert_allclose(before.upper, after.upper, atol=1e-9)
    np.testing.assert_allclose(before.nonzero, after.nonzero, atol=1e-6)


def test_shifting_and_scaling_a_game_does_the_same_to_intervals():
    plain, scaled = proxyspex(index="SV", max_order=1), proxyspex(index="SV", max_order=1)
    plain.approximate(150, smooth)
    scaled.approximate(150, lambda rows: 3.0 - 2.0 * smooth(rows))
    before, after = plain.intervals(), scaled.intervals()
    np.testing.assert_allclose(after.lower, -2 * before.upper, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(after.upper, -2 * before.lower, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("model", [LinearRegression(), "tree"])
def test_any_proxy_will_do(model):
    approximator = proxyspex(index="BII", proxy_model=model)
    approximator.approximate(160, smooth)
    assert approximator.intervals().given.all()


def test_an_exact_result_has_no_error():
    approximator = proxyspex(n=4)
    values = approximator.approximate(16, lambda rows: rows[:, 0] * 2.0)
    intervals = approximator.intervals()
    np.testing.assert_array_equal(intervals.lower, intervals.upper)
    assert intervals[(0,)] == (values[(0,)], values[(0,)])
    assert intervals.known.all()
    assert str(intervals).count("exact") == len(intervals)
    assert intervals.established() == [(0,)]


def test_values_whose_coalitions_were_all_asked_are_exact_among_others_that_are_not():
    approximator = proxyspex(index="STII")
    approximator.approximate(150, smooth)
    intervals = approximator.intervals()
    ends = np.zeros((N + 1, N), dtype=np.bool_)
    ends[1:] = np.eye(N)
    values = smooth(ends)
    for player in range(N):
        alone = values[player + 1] - values[0]
        assert intervals[(player,)] == pytest.approx((alone, alone))
    single = np.array([len(term) == 1 for term in intervals])
    np.testing.assert_array_equal(intervals.known, single)
    assert "exact" in str(intervals)


def test_a_game_that_the_proxy_finds_exactly_has_nearly_no_error():
    approximator = proxyspex(proxy_model="auto", index="FBII")
    approximator.approximate(200, lambda rows: 1.0 + rows[:, 0] * rows[:, 1] - 2.0 * rows[:, 3])
    intervals = approximator.intervals()
    assert intervals.given.all()
    assert (intervals.upper - intervals.lower).max() < 1e-6
    assert set(intervals.established()) == {(3,), (0, 1)}


def test_the_difference_between_signs_that_are_open_and_established():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=2**N)

    def noisy(rows):
        return 3.0 * rows[:, 2] + noise[rows @ (1 << np.arange(N))]

    approximator = proxyspex(index="BII")
    approximator.approximate(200, noisy)
    intervals = approximator.intervals()
    assert intervals.established()[0] == (2,)
    assert len(intervals.established()) < 8
    assert intervals.nonzero[intervals.interactions.index((2,))] > 0.999


class TestRefusals:
    def refusal(self, approximator):
        intervals = approximator.intervals()
        assert not intervals.available
        assert np.isnan(intervals.lower).all()
        assert np.isnan(intervals.upper).all()
        assert np.isnan(intervals.nonzero).all()
        assert intervals.established() == []
        assert intervals.reason in str(intervals)
        return intervals.reason

    def test_a_tiny_budget(self):
        approximator = proxyspex()
        approximator.approximate(14, smooth)
        assert "12 random coalitions are too few" in self.refusal(approximator)
        approximator = proxyspex(index="SV", max_order=1)
        approximator.approximate(30, smooth)
        assert "14 random pairs of coalitions are too few" in self.refusal(approximator)

    def test_rows_of_unknown_origin(self):
        approximator = proxyspex()
        rows = np.random.default_rng(0).random((200, N)) < 0.5
        approximator.approximate_from(rows, smooth(rows))
        assert "not drawn by a random law" in self.refusal(approximator)

    def test_coded_rows(self):
        approximator = SPEX(n=60, index="FBII", max_order=2, random_state=0)
        approximator.approximate(1500, lambda rows: (-1.0) ** rows[:, [3, 7, 21, 40]].sum(axis=1))
        assert "coded" in self.refusal(approximator)

    def test_missing_answers(self):
        def failing(rows):
            return np.where(rows[:, 0] & rows[:, 1] & rows[:, 2], np.nan, smooth(rows))

        approximator = proxyspex(ablation=Ablation(on_error="skip", batch_size=1))
        approximator.approximate(100, failing)
        assert "have no answer" in self.refusal(approximator)

    def test_shapley_values_of_uniform_coalitions(self):
        approximator = proxyspex(n=12, index="SV", sampling="uniform", pairing_trick=True)
        approximator.approximate(300, smooth)
        assert 'Use sampling="auto"' in self.refusal(approximator)

    @pytest.mark.parametrize("index", ["Moebius", "Co-Moebius", "SGV", "CHII"])
    def test_indices_that_were_never_checked(self, index):
        approximator = proxyspex(n=7, index=index)
        approximator.approximate(100, smooth)
        assert "never checked" in self.refusal(approximator)

    def test_one_order_may_be_refused_and_another_not(self):
        approximator = proxyspex(n=12, index="STII")
        approximator.approximate(100, smooth)
        intervals = approximator.intervals()
        order = np.array([len(term) for term in intervals.interactions])
        assert not intervals.given[order == 1].any()
        assert intervals.given[order == 2].any()
        assert "At order 1, STII depends on a handful of coalitions" in intervals.reason

    @pytest.mark.parametrize(("index", "max_order"), [("FBII", 3), ("k-SII", 3)])
    def test_orders_that_were_not_checked(self, index, max_order):
        approximator = proxyspex(n=6, index=index, max_order=max_order)
        approximator.approximate(60, smooth)
        assert f"given up to max_order={max_order - 1}" in self.refusal(approximator)

    def test_lower_orders_of_an_index_that_does_not_know_its_largest_one(self):
        approximator = proxyspex(n=6, index="BII", max_order=4)
        approximator.approximate(60, smooth)
        intervals = approximator.intervals()
        assert [size for size in (1, 2, 3, 4) if not self.given(intervals, size)] == [4]

    def given(self, intervals, size):
        return any(intervals.given[i] for i, term in enumerate(intervals) if len(term) == size)

    def test_a_single_surprise(self):
        """One spike among the answers: its rate, and with it the error, cannot be told."""
        approximator = proxyspex(index="BII", max_order=2, proxy_model=LinearRegression())
        spike = approximator.plan(120).coalitions.dense()[40]

        def game(rows):
            return rows[:, 0] + 100.0 * (rows == spike).all(axis=1)

        approximator.approximate(120, game)
        assert "a single surprising answer" in self.refusal(approximator)


def test_nothing_to_give_intervals_for():
    with pytest.raises(ValueError, match=r"call approximate\(\) first"):
        proxyspex().intervals()


@pytest.mark.parametrize("confidence", [0, 1, 90, -0.1])
@pytest.mark.parametrize("budget", [150, 2**N])
def test_confidence_is_a_probability(confidence, budget):
    approximator = proxyspex()
    approximator.approximate(budget, smooth)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        approximator.intervals(confidence)


def test_intervals_go_into_json():
    approximator = proxyspex(n=12, index="STII")
    approximator.approximate(150, smooth)
    intervals = approximator.intervals()
    read = json.loads(json.dumps(intervals.to_dict(), allow_nan=False))
    assert read["confidence"] == 0.9
    assert read["interactions"][12] == [0, 1]
    assert read["lower"][0] is None
    assert read["upper"][12] == intervals.upper[12]
    assert "90%" in repr(intervals)
    assert "... and" in str(intervals)


def test_signs_are_established_by_benjamini_and_hochberg():
    p = np.array([0.001, 0.02, 0.03, 0.2, 0.9])
    intervals = Intervals([(i,) for i in range(5)], *np.ones((3, 5)), 1 - p, confidence=0.9)
    assert intervals.established() == [(0,), (1,), (2,)]  # .03 <= .1 x 3/5, .2 > .1 x 4/5
    assert intervals.established(0.01) == [(0,)]
