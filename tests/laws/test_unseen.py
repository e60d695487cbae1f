"""A fit that misses nothing does not make a result exact: only all 2^n coalitions do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex import ProxySPEX, to_interaction_values
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.walsh import spectrum_of_table


def rare(coalitions):
    """The first player, a pair, and a term on one of 256 coalitions, as large as all others."""
    term = coalitions[:, :7].all(axis=1) & ~coalitions[:, 7]
    return coalitions[:, 0] + 2.0 * coalitions[:, 1] * coalitions[:, 2] + 3.0 * term


def spectrum_of(game, n):
    every = Coalitions.all_of(n)
    table = np.empty(2**n)
    table[every.numbers()] = game(every.dense())
    return spectrum_of_table(table)


def true_values(spectrum, intervals, index, order):
    exact = to_interaction_values(spectrum, index=index, max_order=order)
    return np.array([exact[term] for term in intervals])


def assert_nothing_is_certain(approximator, intervals):
    report = approximator.report_
    assert not report.exact
    assert not report.faithfulness_bound >= 1.0
    assert not report.interaction_gain_interval[0] >= 1.0
    assert not intervals.known.any()
    for text in (str(report), str(intervals)):
        assert "exact" not in text
        assert "to 1)" not in text
    assert "unless fewer than about" in str(intervals) or not intervals.available
    if np.isfinite(report.faithfulness_bound):
        assert "unless fewer than about" in str(report)


@pytest.mark.parametrize(("n", "rows"), [(8, 60), (20, 200)])
def test_a_rare_term_that_was_not_seen_lies_in_the_intervals(n, rows):
    approximator = ProxySPEX(n=n, index="FBII", max_order=2, random_state=0, keep="uniform")
    approximator.approximate(rows, rare)
    intervals = approximator.intervals()
    assert approximator.report_.faithfulness == pytest.approx(1.0)  # it was not seen
    assert_nothing_is_certain(approximator, intervals)
    truth = true_values(spectrum_of(rare, 8), intervals, "FBII", 2) if n == 8 else None
    if truth is None:  # the other players are dummies
        small = ProxySPEX(n=8, index="FBII", max_order=2).approximate(256, rare)
        truth = np.array([small[term] if max(term) < 8 else 0.0 for term in intervals])
    assert ((intervals.lower <= truth) & (truth <= intervals.upper)).all()
    signs = {term: np.sign(value) for term, value in zip(intervals, truth, strict=True)}
    for term in intervals.established():
        assert signs[term] == np.sign(intervals.values[intervals.interactions.index(term)])


def explained_without_a_rare_term(seed, n, rows, index):
    """A sparse game and a term on fewer coalitions than the sample excludes, none of them drawn.

    The approximator after its call, the intervals and the game; None if there is no such term.
    """
    rng = np.random.default_rng(seed)
    order = 1 if index == "SV" else 2
    approximator = ProxySPEX(
        n=n, index=index, max_order=order, random_state=seed, proxy_model="fast"
    )
    planned = approximator.plan(rows).coalitions.dense()
    parts = [(rng.permutation(n)[: rng.integers(1, 3)], rng.choice([-2, -1, 1, 2])) for _ in "123"]

    def seen(coalitions):
        return sum(size * coalitions[:, players].all(axis=1) for players, size in parts) * 1.0

    # uniform draws miss k coalitions with probability (1 - rows / 2^n)^k
    missed = np.log(0.05) / np.log(1 - rows / 2**n)
    players = rng.permutation(n)[: int(np.ceil(n - np.log2(missed)))]
    patterns = rng.random((200, len(players))) < 0.5
    unseen = [p for p in patterns if not (planned[:, players] == p).all(axis=1).any()]
    jump = np.ptp(seen(planned)) * rng.choice([-1, 1])
    if not unseen or jump == 0:
        return None

    def game(coalitions):
        return seen(coalitions) + jump * (coalitions[:, players] == unseen[0]).all(axis=1)

    approximator.approximate(rows, game)
    return approximator, approximator.intervals(), game


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(8, 11),
    rows=st.sampled_from([50, 100, 200]),
    index=st.sampled_from(["FBII", "BII", "SV"]),
)
def test_what_rare_terms_do_lies_within_the_bounds_that_are_stated(seed, n, rows, index):
    explained = explained_without_a_rare_term(seed, n, rows, index)
    if explained is None:
        return
    approximator, intervals, game = explained
    assert_nothing_is_certain(approximator, intervals)
    if index == "SV":  # rows are not uniform
        return
    if "by more than the range" in intervals.condition:
        truth = true_values(spectrum_of(game, n), intervals, index, 2)
        inside = (intervals.lower <= truth + 1e-9) & (truth <= intervals.upper + 1e-9)
        assert inside[intervals.given].all()
    if approximator.report_.faithfulness > 1 - 1e-9:
        every = Coalitions.all_of(n)
        values, fit = game(every.dense()), approximator.spectrum_.evaluate(every)
        bound = approximator.report_.faithfulness_bound  # NaN where none is given
        assert not 1 - np.var(values - fit) / np.var(values) <= bound


@pytest.mark.slow
@pytest.mark.parametrize("index", ["FBII", "k-SII", "SV"])
def test_signs_and_the_largest_effects_hold_where_a_rare_term_was_not_seen(index):
    covered, largest, established, wrong = 0, 0, 0, 0
    for seed in range(20):
        for n, rows in ((10, 120), (12, 250)):
            explained = explained_without_a_rare_term(seed, n, rows, index)
            if explained is None or "by more than" not in explained[1].condition:
                continue
            _, intervals, game = explained
            order = 1 if index == "SV" else 2
            truth = true_values(spectrum_of(game, n), intervals, index, order)
            inside = (intervals.lower <= truth + 1e-9) & (truth <= intervals.upper + 1e-9)
            sizes = np.array([len(term) for term in intervals])
            top = np.argsort(-np.abs(truth) * (sizes == order) * intervals.given)[:5]
            covered, largest = covered + int(inside[top].sum()), largest + len(top)
            places = [intervals.interactions.index(term) for term in intervals.established()]
            established += len(places)
            wrong += int((truth[places] * intervals.values[places] <= 1e-9).sum())
    assert largest > 50
    assert covered >= 0.95 * largest
    assert established > 0
    assert wrong <= 0.02 * established


def test_a_constant_that_was_not_asked_everywhere_is_not_exact():
    approximator = ProxySPEX(n=8, index="SV", max_order=1, random_state=0)
    approximator.approximate(60, lambda coalitions: np.ones(len(coalitions)))
    intervals = approximator.intervals()
    assert not intervals.available
    assert "All answers are equal" in str(intervals)


def test_all_coalitions_are_exact_and_need_no_condition():
    approximator = ProxySPEX(n=8, index="FBII", max_order=2)
    approximator.approximate(256, rare)
    report, intervals = approximator.report_, approximator.intervals()
    assert report.faithfulness_interval == (1.0, 1.0)
    assert report.unseen == 0.0
    assert intervals.known.all()
    assert intervals.condition == ""
    assert "unless" not in str(report) + str(intervals)


def test_ordinary_residuals_keep_their_intervals_and_state_the_condition():
    n = 10
    weights = np.linspace(-1, 2, n)
    approximator = ProxySPEX(n=n, index="BII", max_order=1, random_state=0, proxy_model="fast")
    approximator.approximate(120, lambda coalitions: np.tanh(coalitions @ weights))
    intervals = approximator.intervals()
    assert "differ by more" not in intervals.condition
    assert intervals.condition in str(intervals)
    assert_nothing_is_certain(approximator, intervals)
    assert intervals.to_dict()["condition"] == intervals.condition
    assert (intervals.upper - intervals.lower).max() < 0.5
