"""R^2 and its lower bound against plain computation and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import r2_score

from shapiq_spex.estimators.held_out import (
    CROSS_FITTED_REACH,
    HeldOut,
    held_out_of,
    r_squared,
)
from shapiq_spex.estimators.unseen import unseen_share, unseen_squared_error
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import random_rows, seeds


@given(seed=seeds, rows=st.integers(2, 50))
def test_r_squared_is_the_usual_one(seed, rows):
    values, noise = np.random.default_rng(seed).normal(size=(2, rows))
    assert r_squared(values, values + noise) == pytest.approx(r2_score(values, values + noise))


def test_rows_without_prediction_do_not_count():
    values = np.array([1.0, 2.0, 3.0, 100.0])
    predictions = np.array([1.0, 2.0, 2.0, np.nan])
    assert r_squared(values, predictions) == 0.5


@pytest.mark.parametrize("values", [[], [1.0], [3.0, 3.0, 3.0], [1e9, 1e9 + 1e-6, 1e9]])
def test_there_is_nothing_to_explain_in_constants(values):
    assert np.isnan(r_squared(np.array(values), np.zeros(len(values))))


def test_small_differences_on_a_small_scale_are_explained():
    assert r_squared(np.array([1e-9, 2e-9, 3e-9]), np.array([1e-9, 2e-9, 2e-9])) == pytest.approx(
        0.5
    )


def example(seed, n_pairs=60):
    """A third of the pairs have one row."""
    rng = np.random.default_rng(seed)
    pairs = np.r_[np.repeat(np.arange(n_pairs), 2), n_pairs + np.arange(n_pairs // 2)]
    values, error = rng.normal(size=(2, len(pairs))) + 3.0
    return HeldOut(values, values + 0.3 * error * rng.random(len(pairs)), pairs)


def ratio_interval(error, other, confidence):
    """The delta method for the logarithm of a ratio of means over pairs."""
    count = len(error)
    spread = np.log(error.mean() / other.mean())
    deviations = error / error.mean() - other / other.mean()
    standard_error = np.sqrt(np.sum(deviations**2) / (count * (count - 1)))
    width = stats.t(count - 1).ppf(0.5 + confidence / 2) * standard_error
    return np.exp(spread - width), np.exp(spread + width)


def by_pair(held_out, squares):
    return np.array([
        squares[held_out.pair_of_row == pair].sum() for pair in np.unique(held_out.pair_of_row)
    ])  # fmt: skip


@given(seed=seeds, confidence=st.floats(0.1, 0.99))
def test_the_interval_is_that_of_the_delta_method_over_pairs(seed, confidence):
    held_out = example(seed)
    error = by_pair(held_out, (held_out.values - held_out.predictions) ** 2)
    spread = by_pair(held_out, (held_out.values - held_out.values.mean()) ** 2)
    low, high = ratio_interval(error, spread, confidence)
    assert held_out.interval(confidence) == pytest.approx((1 - high, 1 - low))
    bound = held_out.lower_bound((1 + confidence) / 2)
    assert bound == pytest.approx(1 - high)


@given(seed=seeds, confidence=st.floats(0.1, 0.99))
def test_the_gain_is_the_share_of_the_error_that_is_avoided(seed, confidence):
    held_out = example(seed)
    others = held_out.values + np.random.default_rng(seed).normal(size=len(held_out.values))
    share, low, high = held_out.gain_over(others, confidence)
    mine = by_pair(held_out, (held_out.values - held_out.predictions) ** 2)
    theirs = by_pair(held_out, (held_out.values - others) ** 2)
    assert share == pytest.approx(1 - mine.sum() / theirs.sum())
    expected = ratio_interval(mine, theirs, confidence)
    assert (1 - high, 1 - low) == pytest.approx(expected)


def test_nothing_is_gained_over_predictions_without_error():
    held_out = example(0)
    for sign in (1.0, -1.0):
        signed = HeldOut(sign * held_out.values, held_out.predictions, held_out.pair_of_row)
        assert np.isnan(signed.gain_over(signed.values)).all()
        assert np.isnan(signed.gain_over(signed.values * (1 + 1e-12))).all()
        assert np.isfinite(signed.gain_over(signed.values * (1 + 1e-8))[0])


@given(seed=seeds)
def test_effective_pairs_are_the_equal_ones_of_the_same_spread(seed):
    held_out = example(seed)
    squares = by_pair(held_out, (held_out.values - held_out.values.mean()) ** 2)
    expected = squares.sum() ** 2 / np.sum(squares**2)
    assert held_out.effective_pairs == pytest.approx(expected)


def test_equal_pairs_count_fully_at_any_scale_and_constants_not_at_all():
    values = np.tile([1.0, -1.0], 30)
    for scale in (1.0, 1e-100):
        held_out = HeldOut(scale * values, values, np.arange(60) // 2)
        assert held_out.effective_pairs == pytest.approx(30)
    assert HeldOut(np.ones(60), values, np.arange(60) // 2).effective_pairs == 0.0


def test_an_interval_needs_twenty_pairs_that_vary():
    rng = np.random.default_rng(3)
    values, error = np.tile([1.0, -1.0], 20), 0.1 * rng.normal(size=40)
    pairs = np.arange(40) // 2
    assert np.isfinite(HeldOut(values, values + error, pairs).interval()).all()
    few = HeldOut(values[2:], (values + error)[2:], pairs[2:])
    assert np.isnan(few.interval()).all()
    for varying, known in ((10, True), (9, False)):
        wanted = np.where(pairs < varying, values, 0.0)
        found = HeldOut(wanted, wanted + error, pairs)
        assert found.effective_pairs == pytest.approx(varying)
        assert np.isfinite(found.interval()).all() == known
        assert np.isfinite(found.gain_over(np.zeros(40))[0])
        assert np.isfinite(found.gain_over(np.zeros(40))).all() == known


def test_rows_with_a_prediction_are_taken_with_their_pairs():
    rows = random_rows(np.random.default_rng(4), 30, 8, paired=True)
    values = np.arange(30.0)
    predictions = np.where(values < 20, -values, np.nan)
    held_out = held_out_of(rows, values, predictions)
    np.testing.assert_array_equal(held_out.values, values[:20])
    np.testing.assert_array_equal(held_out.predictions, -values[:20])
    np.testing.assert_array_equal(held_out.pair_of_row, rows[:20].pair_of_row())


def test_an_explanation_that_misses_the_rows_it_was_fitted_to_is_judged_by_that():
    rng = np.random.default_rng(7)
    rows = random_rows(rng, 80, 8, paired=False)
    spectrum = Spectrum.from_dict(8, {(0,): 1.0, (1, 2): 0.5})
    values = spectrum.evaluate(rows)
    predictions = values + 0.1 * rng.normal(size=80)
    better = held_out_of(rows, values, predictions, spectrum)
    assert better.as_explained() is better
    short = Spectrum.from_dict(8, {(0,): 1.0})
    judged = held_out_of(rows, values, predictions, short).as_explained()
    assert judged.r_squared == pytest.approx(r_squared(values, short.evaluate(rows)))
    assert judged.lower_bound() < judged.r_squared < better.r_squared
    rounded = HeldOut(values, values, np.arange(80), fitted=values * (1 + 1e-15))
    assert rounded.as_explained() is rounded


def test_the_bound_holds_as_often_as_it_says():
    """True R^2 = 1 - .2 / 1.2 at every draw; 2,000 draws of 60 pairs."""
    rng = np.random.default_rng(0)
    truth = 1 - 0.2 / 1.2
    pairs = np.repeat(np.arange(60), 2)
    held = 0
    for _ in range(2000):
        signal = rng.normal(size=120)
        error = np.sqrt(0.2) * rng.normal(size=120)
        held += HeldOut(signal + error, signal, pairs).lower_bound(0.9) < truth
    assert 0.86 < held / 2000 < 0.94


def test_fits_that_differ_from_row_to_row_reach_further():
    values, error = np.random.default_rng(5).normal(size=(2, 80))
    rows = random_rows(np.random.default_rng(4), 80, 8, paired=True)
    cross_fitted = held_out_of(rows, values, values + 0.3 * error)
    fixed = HeldOut(values, values + 0.3 * error, rows.pair_of_row())
    wide, narrow = (
        np.log((1 - np.array(held.interval())) / (1 - held.r_squared))
        for held in (cross_fitted, fixed)
    )
    np.testing.assert_allclose(wide, CROSS_FITTED_REACH * narrow)
    others = values + np.random.default_rng(6).normal(size=80)
    gains = [held.gain_over(others) for held in (cross_fitted, fixed)]
    assert gains[0][0] == gains[1][0]
    assert gains[0][1] < gains[1][1] < gains[1][2] < gains[0][2]
    assert CROSS_FITTED_REACH > 1.5


def test_the_bound_rises_with_the_evidence_and_falls_with_the_confidence():
    rng = np.random.default_rng(1)
    signal, error = rng.normal(size=(2, 4000))
    values = signal + 0.3 * error
    few, many = (
        HeldOut(values[:rows], signal[:rows], np.arange(rows) // 2) for rows in (100, 4000)
    )
    assert few.lower_bound(0.99) < few.lower_bound(0.8) < few.r_squared
    assert few.lower_bound() < many.lower_bound() < many.r_squared


def test_too_few_pairs_give_no_bound():
    values = np.arange(38.0)
    assert np.isnan(HeldOut(values, values + 1, np.arange(38) // 2).lower_bound())


@pytest.mark.parametrize("slip", [0.0, 1e-9, 5e-4])
def test_perfect_predictions_are_bounded_by_the_rule_of_three(slip):
    values = np.tile([-1.0, 1.0], 100)
    error = slip * np.random.default_rng(0).normal(size=200).clip(-3, 3)
    held_out = HeldOut(values, values + error, np.arange(200) // 2)
    share = 1 - 0.05 ** (1 / 100)
    low, high = held_out.interval()
    assert low == held_out.lower_bound() == pytest.approx(1 - share / (1 - share) * 4, abs=1e-5)
    assert high == pytest.approx(1.0, abs=1e-5)
    assert held_out.unseen == pytest.approx(share)
    gain, least, _ = held_out.gain_over(np.zeros(200))
    assert gain == pytest.approx(1.0, abs=1e-5)
    assert 0 < least == pytest.approx(1 / (1 + 4 * share / (1 - share)), abs=1e-5)


@given(
    seed=seeds,
    unseen=st.floats(0.0, 1.0),
    size=st.floats(0.0, 1.0),
    kind=st.sampled_from(["any", "lowest", "highest"]),
)
def test_r_squared_is_above_the_bound_whatever_fewer_coalitions_do(seed, unseen, size, kind):
    """A population of 10,000, of which those that differ, none of them seen, have a share."""
    rng = np.random.default_rng(seed)
    fit = rng.choice(rng.normal(size=4), size=10_000, p=rng.dirichlet(np.ones(4)))
    order = rng.permutation(10_000)
    if kind != "any":
        order = order[np.argsort(fit[order] if kind == "lowest" else -fit[order])]
    share = unseen_share(400, 0.95)
    differ = order[: int(unseen * share * 10_000)]
    same = np.setdiff1d(np.arange(10_000), differ)
    values = fit.copy()
    values[differ] += size * np.ptp(fit[same]) * rng.choice([-1, 1])
    if np.ptp(fit[same]) == 0 or np.ptp(values) == 0:
        return
    # what 400 draws of the others show, if they show the variance exactly
    added = unseen_squared_error(fit[same], np.zeros(len(same)), 400) / fit[same].var()
    assert r2_score(values, fit) >= 1 - added - 1e-9
