"""Blend weights, parsimony and confidence against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from shapiq_spex.estimators.weighting import (
    blend_weights,
    confidence,
    effective_rows,
    parsimonious,
)
from tests.estimators.samples import seeds


def held_out_predictions(rng, n_rows, n_proxies):
    values = rng.normal(size=n_rows)
    errors = rng.normal(size=(n_rows, n_proxies)) * rng.uniform(0.2, 2, n_proxies)
    return values[:, None] * rng.uniform(0, 1.2, n_proxies) + errors, values


@given(seed=seeds, n_proxies=st.integers(1, 5))
def test_weights_minimise_the_penalised_error(seed, n_proxies):
    rng = np.random.default_rng(seed)
    predictions, values = held_out_predictions(rng, 30, n_proxies)
    prior = rng.dirichlet(np.ones(n_proxies))
    found = blend_weights(predictions, values, prior)

    def objective(weights):
        error = np.sum((values - predictions @ weights) ** 2)
        return error + 3.0 * values.var() * np.sum((weights - prior) ** 2)

    best = minimize(objective, prior, method="L-BFGS-B", bounds=[(0, None)] * n_proxies,
                    options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-10}).x  # fmt: skip
    np.testing.assert_allclose(found, best / max(1.0, best.sum()), atol=1e-5)


def test_weights_follow_the_held_out_errors():
    rng = np.random.default_rng(11)
    truth = rng.normal(size=400)
    good, bad = truth + 0.1 * rng.normal(size=400), rng.normal(size=400)
    weights = blend_weights(np.column_stack([bad, good]), truth, np.array([1.0, 0.0]))
    assert weights[1] > 0.9
    assert 0 <= weights[0] < 0.1
    few = blend_weights(np.column_stack([bad, good])[:2], truth[:2], np.array([0.5, 0.5]))
    assert (few > 0.1).all()


def test_weights_never_sum_to_more_than_one():
    truth = np.random.default_rng(1).normal(size=50)
    weights = blend_weights(truth[:, None] * [0.4, 0.5], truth, np.array([0.5, 0.5]))
    assert weights.sum() == pytest.approx(1.0)


@given(seed=seeds)
def test_parsimony_gives_half_of_the_odds_of_the_criterion_to_the_best_proxy(seed):
    rng = np.random.default_rng(seed)
    predictions, values = held_out_predictions(rng, 40, 3)
    weights = rng.dirichlet(np.ones(3)) * 0.9
    weights[rng.integers(3)] = 0.0
    errors = [np.sum((values - column) ** 2) for column in predictions.T]
    blended = np.sum((values - predictions @ weights) ** 2)
    # of two proxies: one weight more than the best alone
    difference = 40 * np.log(min(errors) / blended) - np.log(40)
    share = 0.5 / (1 + np.exp(difference / 2))
    alone = np.eye(3)[int(np.argmin(errors))]
    expected = (1 - share) * weights + share * alone
    np.testing.assert_allclose(parsimonious(weights, predictions, values), expected)


def test_parsimony_leaves_perfect_predictions_and_no_weights_alone():
    predictions, values = held_out_predictions(np.random.default_rng(2), 40, 2)
    perfect = np.column_stack([values, predictions[:, 0]])
    for columns, weights in (
        (perfect, np.array([1.0, 0.0])),
        (perfect, np.array([0.5, 0.5])),
        (predictions, np.zeros(2)),
    ):
        np.testing.assert_array_equal(parsimonious(weights, columns, values), weights)


def test_a_blend_that_is_not_worth_its_parameters_yields_to_the_best_proxy():
    rng = np.random.default_rng(14)
    truth = rng.normal(size=400)
    values = truth + 0.3 * rng.normal(size=400)
    rival = truth + 0.5 * rng.normal(size=400)
    columns = np.column_stack([truth, rival])
    assert parsimonious(np.array([0.9, 0.1]), columns, values)[0] > 0.94
    worth_it = np.column_stack([truth + rng.normal(size=400), truth + rng.normal(size=400)])
    assert parsimonious(np.array([0.4, 0.4]), worth_it, values) == pytest.approx(
        [0.4, 0.4], abs=1e-3
    )


def test_a_blend_far_better_than_any_proxy_keeps_its_weights_without_overflow():
    rng = np.random.default_rng(3)
    truth, noise = rng.normal(size=(2, 2000))
    columns = np.column_stack([truth + noise, truth - noise])
    weights = np.array([0.5, 0.5])
    values = truth + 1e-6 * rng.normal(size=2000)
    np.testing.assert_allclose(parsimonious(weights, columns, values), weights, atol=1e-9)


@given(seed=seeds, n_pairs=st.integers(8, 60))
def test_confidence_is_the_formula_of_effective_pairs(seed, n_pairs):
    values = np.random.default_rng(seed).standard_t(2, size=2 * n_pairs)
    share = effective_rows(values) / len(values)
    expected = 1 - (1 - share) * (5 / (share * n_pairs)) ** 4
    found = confidence(values, np.arange(2 * n_pairs) // 2)
    assert found == pytest.approx(max(0.0, expected))


def test_confidence_is_lost_when_everything_rests_on_one_pair():
    rng = np.random.default_rng(13)
    values = rng.normal(size=200)
    pair_of_row = np.arange(200) // 2
    assert confidence(values, pair_of_row) > 0.999
    assert confidence(values[:24], pair_of_row[:24]) > 0.95
    values[0] = 1e3
    assert confidence(values, pair_of_row) == 0
    assert confidence(np.ones(200), pair_of_row) == 0


@given(seed=seeds)
def test_effective_rows_are_three_per_kurtosis(seed):
    values = np.random.default_rng(seed).standard_cauchy(50)
    central = values - values.mean()
    kurtosis = np.mean(central**4) / np.mean(central**2) ** 2
    assert effective_rows(values) == pytest.approx(min(50, 3 * 50 / kurtosis))


def test_enormous_values_count_as_few_rows():
    rng = np.random.default_rng(0)
    values = rng.normal(size=1000)
    assert effective_rows(values) == pytest.approx(1000, rel=0.15)
    values[0] = 1e6
    assert effective_rows(values) < 4
    assert effective_rows(np.where(rng.random(50) < 0.5, 1.0, -1.0)) == 50
    assert effective_rows(np.ones(50)) == 0.0
