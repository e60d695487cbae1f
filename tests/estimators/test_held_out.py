"""R^2 and its lower bound against plain computation and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from shapiq_spex.estimators.held_out import HeldOut, r_squared


@given(seed=st.integers(0, 10**6), rows=st.integers(2, 50))
def test_r_squared_is_the_usual_one(seed, rows):
    values, noise = np.random.default_rng(seed).normal(size=(2, rows))
    assert r_squared(values, values + noise) == pytest.approx(r2_score(values, values + noise))


def test_rows_without_prediction_do_not_count():
    values = np.array([1.0, 2.0, 3.0, 100.0])
    predictions = np.array([1.0, 2.0, 2.0, np.nan])
    assert r_squared(values, predictions) == 0.5


@pytest.mark.parametrize("values", [[], [1.0], [3.0, 3.0, 3.0]])
def test_there_is_nothing_to_explain_in_constants(values):
    assert np.isnan(r_squared(np.array(values), np.zeros(len(values))))


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


def test_perfect_predictions_are_certain():
    values = np.arange(100.0)
    assert HeldOut(values, values, np.arange(100) // 2).lower_bound() == 1.0
