"""The metrics against their definitions."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from shapiq_spex.benchmark.measuring.metrics import (
    calibrated_faithfulness,
    faithfulness,
    index_error,
    insertion_and_deletion,
    support_f1,
    top_k_recall,
)


def test_faithfulness_is_the_coefficient_of_determination():
    rng = np.random.default_rng(0)
    values = rng.normal(size=50)
    predicted = 0.3 * values + rng.normal(size=50)
    assert np.isclose(faithfulness(values, predicted), r2_score(values, predicted))
    fit = LinearRegression().fit(predicted[:, None], values)
    assert np.isclose(
        calibrated_faithfulness(values, predicted), fit.score(predicted[:, None], values)
    )


def test_useless_predictions_score_zero_and_unusable_ones_minus_infinity():
    values = np.array([1.0, 2.0, 4.0])
    assert faithfulness(values, np.full(3, values.mean())) == 0.0
    assert calibrated_faithfulness(values, np.full(3, 7.0)) == 0.0
    assert faithfulness(values, np.array([1.0, np.nan, 0.0])) == -np.inf
    assert calibrated_faithfulness(values, np.array([1.0, np.inf, 0.0])) == -np.inf
    assert np.isnan(faithfulness(np.ones(3), np.ones(3)))


def test_index_error_ignores_the_empty_set_and_counts_what_is_missing():
    exact = {(): 100.0, (0,): 3.0, (1,): 0.0, (0, 1): 4.0}
    assert index_error({(0,): 3.0, (0, 1): 4.0}, exact) == 0.0
    assert index_error({(): 1.0}, exact) == 1.0
    assert np.isclose(index_error({(0,): 3.0, (1,): 5.0, (0, 1): 4.0}, exact), 1.0)
    assert np.isclose(index_error({(0,): 3.0, (2,): 5.0, (0, 1): 4.0}, exact), 1.0)


def test_support_f1():
    assert support_f1({(0,), (1,)}, {(0,), (1,), ()}) == 1.0
    assert support_f1({(0,), (2,)}, {(0,), (1,)}) == 0.5
    assert support_f1(set(), {(1,)}) == 0.0


def test_top_k_recall():
    exact = {(): 100.0, (0,): 5.0, (1,): -4.0, (2,): 3.0, (0, 1): 2.0, (0, 2): 1.0, (1, 2): 0.0}
    assert top_k_recall(exact, exact, 2) == 1.0
    assert top_k_recall({(1,): 1.0, (2,): 0.5, (0,): 0.1}, exact, 2) == 0.5
    assert top_k_recall({(1,): -9.0}, exact, 2) == 0.5  # zeros found nothing
    assert top_k_recall({(0,): 1.0, (1,): 1.0, (0, 2): 0.5}, exact, 5) == 1.0  # half of five
    ties = {(player,): 1.0 for player in range(4)}
    assert top_k_recall({(3,): 2.0, (0,): 1.0}, ties, 2) == 1.0
    assert np.isnan(top_k_recall({(3,): 2.0}, {(): 1.0}, 2))


def test_insertion_and_deletion_walk_from_one_end_to_the_other():
    weights = np.array([1.0, 4.0, 2.0])

    def value(rows):
        return rows @ weights

    held_out = np.array([2.0, 4.0])
    best = insertion_and_deletion(value, weights, held_out)
    assert best == pytest.approx(((0 + 4 + 6 + 7) / 4 - 3, (7 + 3 + 1 + 0) / 4 - 3))
    worst = insertion_and_deletion(value, -weights, held_out)
    assert worst == pytest.approx((best[1], best[0]))
