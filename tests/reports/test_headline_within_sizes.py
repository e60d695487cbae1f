"""The headline of laws of all sizes: R2 within sizes, or over all of them where that is unknown."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from shapiq_spex import ProxySPEX, compare, faithfulness, to_interaction_values
from shapiq_spex.designs.law import size_weights
from shapiq_spex.estimators.held_out import r_squared
from shapiq_spex.reports.region_scores import CONSTANT, TOO_FEW

NOISE = np.random.default_rng(0).normal(size=2**12)


def noise(rows):
    """A number for each coalition that nothing explains."""
    return NOISE[(rows @ np.arange(1, rows.shape[1] + 1) ** 2) % len(NOISE)]


def of_size_alone(rows):
    return np.sqrt(rows.sum(axis=1)) + 0.02 * noise(rows)


def curved(rows):
    weights = np.linspace(-1.0, 2.0, rows.shape[1])
    return np.tanh(rows @ weights / 4.0) + rows[:, 0] * rows[:, 1] + 0.05 * noise(rows)


def simple(rows):
    return 1.0 * rows[:, 0] + 2.0 * rows[:, 1] * rows[:, 2]


def explained(n, game, budget, **settings):
    """A default explanation of the Shapley family."""
    approximator = ProxySPEX(n=n, random_state=0, **settings)
    values = approximator.approximate(budget, game)
    return approximator, values


def plainly(game, predict, n, keep, seed=7, of_each=400):
    """R2 within sizes from fresh coalitions of each size, or all of them."""
    rng, law = np.random.default_rng(seed), size_weights(n, keep)
    error = variance = 0.0
    for size in range(1, n):
        rows = np.argsort(rng.random((min(of_each, 4 * comb(n, size)), n)), axis=1) < size
        values = game(rows)
        error += law[size] * ((values - predict(rows)) ** 2).mean()
        variance += law[size] * values.var()
    return 1.0 - error / variance


SHAPLEY = [
    (30, 300, {"index": "SV", "max_order": 1}, "sizes"),
    (30, 300, {"index": "k-SII", "max_order": 2}, "kernel"),
    (12, 300, {"index": "FSII", "max_order": 2}, "kernel"),
    (12, 150, {"index": "FBII", "max_order": 2, "keep": "sizes"}, "sizes"),
]
"""Explanations for a law of all sizes, and this law."""


@pytest.mark.parametrize(("n", "budget", "settings", "keep"), SHAPLEY)
def test_it_is_r2_within_sizes_of_fresh_coalitions(n, budget, settings, keep):
    approximator, _ = explained(n, curved, budget, **settings)
    report, predict = approximator.report_, approximator.spectrum_.evaluate
    assert report.worst.keep == keep
    assert report.faithfulness == report.worst.r_squared
    low, high = report.faithfulness_interval
    truth = plainly(curved, predict, n, keep)
    assert low < truth < high
    assert f"with any number of {n} players removed on rows it was not fitted to" in str(report)
    # any explanation of fresh rows is judged by the same measure
    whole = to_interaction_values(approximator.spectrum_, index="Fourier", max_order=None)
    (judged,) = faithfulness(curved, whole, regions=[keep], laws=["uniform"]).regions
    assert judged.interval[0] - 0.02 < truth < judged.interval[1] + 0.02
    assert low < judged.r_squared < high


@pytest.mark.parametrize(("n", "budget", "settings", "keep"), SHAPLEY)
def test_a_trend_between_sizes_does_not_raise_it(n, budget, settings, keep):
    approximator, _ = explained(n, of_size_alone, budget, **settings)
    rng = np.random.default_rng(1)
    sizes = rng.choice(n + 1, size=500, p=size_weights(n, keep))
    rows = np.argsort(rng.random((500, n)), axis=1) < sizes[:, None]
    predicted = approximator.spectrum_.evaluate(rows)
    assert r_squared(of_size_alone(rows), predicted) > 0.8
    assert approximator.report_.worst.keep == keep
    assert approximator.report_.faithfulness < 0.1


@pytest.mark.parametrize(("index", "order"), [("SV", 1), ("k-SII", 2)])
def test_of_an_exact_explanation_it_is_1(index, order):
    report = explained(8, simple, 2**8, index=index, max_order=order)[0].report_
    assert report.exact
    assert (report.faithfulness, report.worst.keep) == (1.0, "kernel")
    assert "over all sizes" not in str(report)


def test_where_few_rows_are_of_each_size_it_is_over_all_sizes_and_says_so():
    approximator, _ = explained(30, curved, 40, index="SV", max_order=1, keep="sizes")
    report = approximator.report_
    asked = next(region for region in report.regions if region.asked)
    assert (asked.keep, asked.reason, report.worst) == ("sizes", TOO_FEW, None)
    assert report.over_all_sizes
    assert np.isfinite(report.faithfulness)
    assert "over all sizes on rows it was not fitted to" in str(report)
    assert "Within sizes it is unknown" in str(report)
    told = "with any number of 30 players removed is not known: too few rows there. R2 over all"
    assert any(told in sentence for sentence in report.warnings)


def test_where_answers_depend_on_the_size_alone_it_is_over_all_sizes():
    report = explained(20, lambda rows: np.sqrt(rows.sum(axis=1)), 200, index="SV")[0].report_
    assert report.over_all_sizes
    assert report.regions[0].reason == CONSTANT
    assert report.faithfulness > 0.9


def test_uniform_coalitions_are_judged_over_all_sizes_without_a_word():
    report = explained(12, curved, 200, index="SV", keep="uniform")[0].report_
    assert report.worst is None
    assert not report.over_all_sizes
    assert "sizes" not in str(report)


@pytest.mark.parametrize(("index", "order"), [("SV", 1), ("k-SII", 2), ("FSII", 2)])
def test_a_run_that_may_stop_stops_by_it(index, order):
    easy = explained(12, simple, 400, index=index, max_order=order, stop_at=0.5)[0].report_
    assert easy.asked < 400
    assert easy.faithfulness_bound > 0.5
    settings = {"index": index, "max_order": order, "keep": "sizes", "stop_at": 0.5}
    trend = explained(12, of_size_alone, 300, **settings)[0].report_
    assert trend.asked == 300


def test_a_run_stops_by_r2_over_all_sizes_where_nothing_else_can_be_told():
    def game(rows):
        return np.sqrt(rows.sum(axis=1))

    report = explained(20, game, 600, index="SV", max_order=1, stop_at=0.5)[0].report_
    assert report.over_all_sizes
    assert report.asked < 600
    assert report.faithfulness_bound > 0.5


def test_the_forecast_is_within_sizes():
    def noisy(rows):
        return curved(rows) + 0.2 * noise(rows)

    report = explained(20, noisy, 600, index="FSII", max_order=2)[0].report_
    (half, before), (rows, after) = report.learning_curve
    assert (half, rows) == (300, 600)
    assert after == pytest.approx(1.0 - report.worst.r_squared)
    assert before > 0.0


def test_explanations_are_compared_by_the_law_of_their_index():
    values = explained(30, curved, 200, index="SV", max_order=1)[1]
    compared = compare(values, 2.0 * values)
    assert list(compared.regions) == ["near", 0.9, 0.5, 0.1, "sizes"]
    assert compared.regions["sizes"] == pytest.approx(0.2)  # (2 - 1)^2 / (1 + 2^2)
    assert "any number removed 0.200" in str(compared)
