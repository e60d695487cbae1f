"""What SPEX and ProxySPEX share: their intervals, and values of other indices."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from shapiq_spex import SPEX, Ablation, Intervals, ProxySPEX
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.fourier.indices import INDICES

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


def test_a_game_that_the_proxy_finds_exactly_has_the_error_of_what_was_not_seen():
    approximator = proxyspex(proxy_model="auto", index="FBII", keep="uniform")
    approximator.approximate(200, lambda rows: 1.0 + rows[:, 0] * rows[:, 1] - 2.0 * rows[:, 3])
    intervals = approximator.intervals()
    assert intervals.given.all()
    reach = (intervals.upper - intervals.lower) / 2
    pair = np.array([len(term) == 2 for term in intervals])
    # 3 of the misses log(1 + 1/e) = -log(1 - 198 / 510), each moves a pair by the range 3 / 2^7
    assert reach[pair] == pytest.approx(np.log(20) / -np.log(1 - 198 / 510) * 3 / 2**7)
    assert not intervals.known.any()
    assert set(intervals.established()) == {(3,), (0, 1)}
    assert "established, unless fewer than about 1.5% of all coalitions differ" in str(intervals)


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

    def test_rows_whose_number_depends_on_the_answers(self):
        approximator = proxyspex(n=12, stop_at=0.5)
        approximator.approximate(400, lambda rows: rows[:, 0] + rows[:, 1])
        assert approximator.report_.asked < 400
        assert "depended on the answers" in self.refusal(approximator)
        approximator = proxyspex(n=12, stop_at=0.9999)  # it might have stopped
        approximator.approximate(120, lambda rows: np.tanh(rows.sum(axis=1) - 6.0))
        assert approximator.report_.asked == 120
        assert "depended on the answers" in self.refusal(approximator)

    def test_missing_answers_of_a_complete_design(self):
        def failing(rows):
            return np.where(rows[:, 0] & rows[:, 1] & rows[:, 2], np.nan, smooth(rows))

        approximator = proxyspex(ablation=Ablation(on_error="skip"))
        approximator.approximate(2**N, failing)
        assert "All coalitions were to be evaluated" in self.refusal(approximator)

    def test_coded_rows(self):
        approximator = SPEX(n=60, index="FBII", max_order=2, random_state=0)
        approximator.approximate(1500, lambda rows: (-1.0) ** rows[:, [3, 7, 21, 40]].sum(axis=1))
        assert "chosen by an error-correcting code" in self.refusal(approximator)

    def test_missing_answers(self):
        def failing(rows):
            return np.where(rows[:, 0] & rows[:, 1] & rows[:, 2], np.nan, smooth(rows))

        approximator = proxyspex(ablation=Ablation(on_error="skip", batch_size=1))
        approximator.approximate(100, failing)
        assert "got no answer" in self.refusal(approximator)

    def test_shapley_values_of_uniform_coalitions(self):
        approximator = proxyspex(n=12, index="SV", keep="uniform", pairing_trick=True)
        approximator.approximate(300, smooth)
        assert 'Use keep="auto"' in self.refusal(approximator)

    @pytest.mark.parametrize("index", [i for i, r in INDICES.items() if not r.intervals_up_to])
    def test_indices_that_were_never_checked(self, index):
        approximator = proxyspex(n=7, index=index)
        approximator.approximate(100, smooth)
        assert "were not checked against exact values" in self.refusal(approximator)

    def test_one_order_may_be_refused_and_another_not(self):
        approximator = proxyspex(n=12, index="STII")
        approximator.approximate(100, smooth)
        intervals = approximator.intervals()
        order = np.array([len(term) for term in intervals.interactions])
        assert not intervals.given[order == 1].any()
        assert intervals.given[order == 2].any()
        assert "At order 1, STII depends on a handful of coalitions" in intervals.reason

    def test_a_single_unusual_answer(self):
        """One spike among the answers: its rate, and with it the error, cannot be told."""
        approximator = proxyspex(index="BII", max_order=2, proxy_model=LinearRegression())
        spike = approximator.plan(120).coalitions.dense()[40]

        def game(rows):
            return rows[:, 0] + 100.0 * (rows == spike).all(axis=1)

        approximator.approximate(120, game)
        assert "a single unusual answer" in self.refusal(approximator)


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


@pytest.mark.parametrize("index", ["BII", "FBII", "SV", "k-SII"])
def test_intervals_of_another_index_are_those_of_its_values_from_the_same_surrogate(index):
    """With the law of the coalitions that were drawn, which may suit the other index less."""
    order = 1 if index == "SV" else 2
    own, other = (proxyspex(index=i, keep="kernel") for i in (index, "STII"))
    for approximator in (own, other):
        approximator.approximate(150, smooth)
    asked, expected = other.intervals(0.8, index=index, max_order=order), own.intervals(0.8)
    assert asked.interactions == expected.interactions
    for name in ("values", "lower", "upper", "nonzero"):
        np.testing.assert_allclose(getattr(asked, name), getattr(expected, name), atol=1e-12)
    assert asked.available
    of_order_one = other.intervals(index=index, max_order=1)
    assert max(map(len, of_order_one.interactions)) == 1


def test_intervals_of_an_unknown_index_are_refused():
    approximator = proxyspex()
    approximator.approximate(30, smooth)
    with pytest.raises(ValueError, match="unknown index 'SVI'"):
        approximator.intervals(index="SVI")
