"""R^2 within sizes against the enumeration of all coalitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex.designs.law import size_weights
from shapiq_spex.estimators.held_out import HeldOut, KnownSizes
from shapiq_spex.estimators.within_sizes import WithinSizes
from tests.estimators.samples import seeds

N = 12
ALL = (np.arange(2**N)[:, None] >> np.arange(N)) & 1 == 1
SIZES = ALL.sum(axis=1)


def some_law(rng, n_players=N):
    """Any law of sizes, with sizes that it excludes."""
    return rng.random(n_players + 1) * (rng.random(n_players + 1) < 0.7)


def binomial(keep, n_players=N):
    from scipy.stats import binom

    return binom.pmf(np.arange(n_players + 1), n_players, keep)


def game_and_prediction(rng):
    """A game with a bent trend in the size, and what predicts it badly where few are kept."""
    weights = rng.normal(size=N) + 1.0
    values = np.tanh(ALL @ weights / 4) * 4 + ALL[:, 0] * ALL[:, 1]
    return values, values + (0.2 + 0.2 * (SIZES < 5)) * rng.normal(size=len(values))


def by_enumeration(values, predictions, law):
    """1 - the mean squared error over the mean variance of the sizes 1 ... n - 1."""
    error = variance = 0.0
    for size in range(1, N):
        of_size = size == SIZES
        error += law[size] * ((values - predictions)[of_size] ** 2).mean()
        variance += law[size] * values[of_size].var()
    return 1.0 - error / variance


def judge(values, predictions, rows, law):
    judging = WithinSizes.of(SIZES[rows], law)
    every = HeldOut(values[rows], predictions[rows], np.arange(len(rows)))
    return judging, judging.judge(every)


@settings(max_examples=20)
@given(seed=seeds)
def test_of_all_coalitions_it_is_that_of_the_enumeration(seed):
    rng = np.random.default_rng(seed)
    values, predictions = game_and_prediction(rng)
    law = some_law(rng)
    if law[1:-1].sum() == 0.0:
        return
    judging, found = judge(values, predictions, rng.permutation(2**N), law)
    assert judging.complete
    assert judging.covered == pytest.approx(1.0)
    assert found.r_squared == pytest.approx(by_enumeration(values, predictions, law))


@pytest.mark.parametrize(("keep", "drawn"), [(0.5, 0.6), (0.75, 0.6), (0.75, 0.75)])
@pytest.mark.parametrize("paired", [False, True])
def test_a_sample_of_another_law_is_unbiased_and_its_bound_holds(keep, drawn, paired):
    """R^2 lies around the truth, and the bound of 95% below it in 90% of 200 samples or more."""
    rng = np.random.default_rng(3)
    values, predictions = game_and_prediction(rng)
    law = binomial(keep)
    truth = by_enumeration(values, predictions, law)
    chance = binomial(drawn)[SIZES] / np.bincount(SIZES)[SIZES]
    found, held = [], 0
    for _ in range(200):
        rows = rng.choice(2**N, 200, replace=False, p=chance / chance.sum())
        if paired:
            rows = np.unique(np.concatenate([rows[:100], 2**N - 1 - rows[:100]]))
        pairs = np.unique(np.minimum(rows, 2**N - 1 - rows), return_inverse=True)[1]
        judging = WithinSizes.of(SIZES[rows], law)
        if judging.suffices(pairs):
            there = judging.judge(HeldOut(values[rows], predictions[rows], pairs))
            found.append(there.r_squared)
            held += there.lower_bound(0.95) < truth
    assert len(found) > 80
    assert held > (0.9 - 0.02) * len(found)  # a standard error less
    # a ratio of means has a bias of the order of its variance
    slack = np.std(found) ** 2 / (1 - truth)
    assert abs(np.mean(found) - truth) < 3 * np.std(found) / np.sqrt(len(found)) + slack


@given(seed=seeds)
def test_a_trend_in_the_size_explains_nothing(seed):
    rng = np.random.default_rng(seed)
    values = ALL @ rng.normal(size=N)
    trend = 10.0 * np.sqrt(SIZES)
    rows = rng.choice(2**N, 300, replace=False)
    _, found = judge(values + trend, trend, rows, binomial(0.5))
    assert found.r_squared < 0.2  # over all rows, it is .6 and more
    _, alone = judge(trend, 0.0 * trend, rows, binomial(0.5))
    assert np.isnan(alone.r_squared)


@given(seed=seeds, power=st.integers(-300, 300), shift=st.floats(-2, 2))
def test_units_and_origin_do_not_matter(seed, power, shift):
    rng = np.random.default_rng(seed)
    values, predictions = game_and_prediction(rng)
    rows, law = rng.choice(2**N, 200, replace=False), binomial(0.6)
    _, found = judge(values, predictions, rows, law)
    _, scaled = judge(2.0**power * values, 2.0**power * predictions, rows, law)
    assert scaled.r_squared == found.r_squared
    assert scaled.interval() == found.interval()
    _, moved = judge(values + shift, predictions + shift, rows, law)
    assert moved.r_squared == pytest.approx(found.r_squared)


def test_regions_without_rows_are_not_judged():
    sizes = np.random.default_rng(0).binomial(30, 0.5, size=2000)
    pairs = np.arange(2000)
    near = np.where((np.arange(31) >= 25) & (np.arange(31) < 30), 0.2, 0.0)
    for law, known in ((near, False), (binomial(0.9, 30), False), (binomial(0.5, 30), True)):
        judging = WithinSizes.of(sizes, law)
        assert judging.suffices(pairs) == known
    assert WithinSizes.of(sizes, near).draws(pairs) == 0.0


def test_twenty_draws_of_equal_weight_are_needed():
    law = binomial(0.5, 30)
    for rows, known in ((19, False), (20, True)):
        sizes = np.full(rows, 15)
        only = np.where(np.arange(31) == 15, law, 0.0)
        assert WithinSizes.of(sizes, only).suffices(np.arange(rows)) == known
    # rows that count little do not make up for few that count much
    sizes = np.r_[np.full(500, 20), np.full(2, 15)]
    two = np.where(np.arange(31) == 15, 0.9, np.where(np.arange(31) == 20, 0.1, 0.0))
    assert not WithinSizes.of(sizes, two).suffices(np.arange(502))


def test_a_size_that_is_complete_hides_no_rare_values():
    """One of 12 coalitions without one player is unlike all others, as a necessary player makes."""
    values = np.random.default_rng(0).normal(size=2**N)
    values[np.flatnonzero(SIZES == N - 1)[0]] = 100.0
    law = np.where(np.isin(np.arange(N + 1), (N - 2, N - 1)), 0.5, 0.0)
    near, others = (np.flatnonzero(size == SIZES) for size in (N - 1, N - 2))
    for one_less, enough in ((near, True), (near[:6], False)):
        judging, found = judge(values, 0.9 * values, np.r_[one_less, others[:40]], law)
        assert judging.suffices(np.arange(len(judging.rows)))
        assert (found.effective_pairs > 10) == enough
        assert found.effective_pairs <= len(judging.rows)


def test_ends_and_single_rows_of_a_size_do_not_count():
    sizes = np.array([0, 12, 3, 5, 5, 7, 7, 7])
    judging = WithinSizes.of(sizes, np.ones(13))
    np.testing.assert_array_equal(judging.rows, [3, 4, 5, 6, 7])
    assert judging.weights.mean() == pytest.approx(1.0)


def test_weights_are_smooth_over_sizes_where_rows_are_scattered():
    """10,000 players: most sizes have no row, and rows of the law itself have like weights."""
    n = 10_000
    sizes = np.random.default_rng(0).binomial(n, 0.5, size=400)
    judging = WithinSizes.of(sizes, binomial(0.5, n))
    assert judging.covered > 0.95
    assert judging.draws(np.arange(400)) > 0.75 * len(judging.rows)


@pytest.mark.parametrize("n_players", [1, 2, 3])
def test_few_players_are_judged_or_not_without_failing(n_players):
    every = (np.arange(2**n_players)[:, None] >> np.arange(n_players)) & 1 == 1
    judging = WithinSizes.of(every.sum(axis=1), binomial(0.9, n_players))
    assert judging.complete == (n_players > 1)
    assert len(judging.rows) == (2**n_players - 2 if n_players > 1 else 0)
    assert not WithinSizes.of(np.empty(0, dtype=int), binomial(0.9, n_players)).complete


def test_means_of_all_known_rows_serve_sizes_of_which_few_are_judged():
    """A fifth of the rows is judged: R^2 lies around the truth, and single rows count."""
    rng = np.random.default_rng(4)
    values, predictions = game_and_prediction(rng)
    law = size_weights(N, "sizes")
    chance = law[SIZES] / np.bincount(SIZES)[SIZES]
    found = []
    for _ in range(200):
        rows = rng.choice(2**N, 300, replace=False, p=chance / chance.sum())
        judged = rows[:60]
        known = KnownSizes.of(SIZES[rows], values[rows], N)
        judging = WithinSizes.of(SIZES[judged], law, known=known, smooth=True)
        assert len(judging.rows) == len(judged)
        assert judging.covered > 0.9
        held_out = HeldOut(values[judged], predictions[judged], np.arange(60), known=known)
        there = judging.judge(held_out)
        found.append((there.spread.mean(), there.r_squared))
    variance = sum(law[s] * values[s == SIZES].var() for s in range(1, N))
    mean, r_squared = np.mean(found, axis=0)
    assert mean == pytest.approx(variance, rel=0.05)
    assert r_squared == pytest.approx(by_enumeration(values, predictions, law), abs=0.03)


def test_weights_are_smooth_only_over_sizes_that_are_about_as_likely():
    sizes = np.repeat(np.arange(1, 13), 4)
    sizes[sizes == 6] = 7
    for law, smoothed in (("sizes", range(2, 12)), ("kernel", range(4, 10))):
        plain, smooth = (
            WithinSizes.of(sizes, size_weights(13, law), smooth=smooth) for smooth in (False, True)
        )
        inner = np.isin(sizes, smoothed)
        assert plain.weights[inner].max() < 1.4 * smooth.weights[inner].max()
        assert plain.covered < smooth.covered == pytest.approx(1.0)


@pytest.mark.parametrize(("keep", "budget"), [("kernel", 200), ("kernel", 1500), ("sizes", 300)])
def test_rows_that_show_every_deviation_miss_the_share_left_unseen_in_5_of_100_cases(keep, budget):
    """The chance of m of C coalitions to miss d of them is (1 - m / C)^d, or less."""
    rng = np.random.default_rng(0)
    law, of_size = size_weights(N, keep), np.bincount(SIZES)
    chance = (law / of_size)[SIZES]
    for _ in range(20):
        rows = rng.choice(2**N, budget, replace=False, p=chance / chance.sum())
        known = KnownSizes.of(SIZES[rows], 0.0 * rows, N)
        held_out = HeldOut(0.0 * rows, 0.0 * rows, rows, known=known, all_seen=True)
        there = WithinSizes.of(SIZES[rows], law, known=known).judge(held_out)
        hiding = (known.counts < of_size) & (law > 0.0)
        differ = there.unseen / law[hiding].sum() * of_size[hiding]
        missed = np.prod((1.0 - (known.counts / of_size)[hiding]) ** differ)
        assert 0.01 < missed < 0.0501
        assert there.draws >= WithinSizes.of(SIZES[rows], law).draws(rows) - 1.0


def test_complete_sizes_leave_nothing_unseen():
    rows = np.flatnonzero(np.isin(SIZES, (1, 11)))
    law = np.where(np.isin(np.arange(N + 1), (1, 11)), 0.5, 0.0)
    known = KnownSizes.of(SIZES[rows], 0.0 * rows, N)
    held_out = HeldOut(0.0 * rows, 0.0 * rows, rows, known=known, all_seen=True)
    assert WithinSizes.of(SIZES[rows], law).judge(held_out).draws == held_out.draws
