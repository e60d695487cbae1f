"""The functions that indices define, against sums over subsets and known approximations."""

from __future__ import annotations

import numpy as np
import pytest
import shapiq
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex import Coalitions, Spectrum, to_interaction_values
from shapiq_spex.fourier.index import INDICES
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.reports.prediction import interactions_of, prediction_of

N = 5
ROWS = Coalitions.all_of(N).dense()
SIZES = ROWS.sum(axis=1)


def random_game(seed):
    return spectrum_of_table(np.random.default_rng(seed).normal(size=2**N))


def sum_over_subsets(values):
    terms = interactions_of(values)
    return np.array([sum(v for t, v in terms.items() if row[list(t)].all()) for row in ROWS])


seeds = st.integers(0, 10**6)
orders = st.integers(1, N)


@given(seed=seeds, order=orders, index=st.sampled_from(["SV", "k-SII", "STII", "FSII", "FBII"]))
def test_most_indices_are_summed_over_subsets(seed, order, index):
    values = to_interaction_values(random_game(seed), index=index, max_order=order)
    predicted = prediction_of(values).evaluate(ROWS)
    assert predicted == pytest.approx(sum_over_subsets(values), abs=1e-9)


@given(seed=seeds, index=st.sampled_from(["SII", "k-SII", "FSII", "FBII", "BII", "kADD-SHAP"]))
def test_of_full_order_they_are_the_game(seed, index):
    game = random_game(seed)
    values = to_interaction_values(game, index=index, max_order=N)
    assert prediction_of(values).evaluate(ROWS) == pytest.approx(game.evaluate(ROWS), abs=1e-9)


@given(seed=seeds, index=st.sampled_from(["Moebius", "Fourier"]))
def test_transforms_are_the_game(seed, index):
    game = random_game(seed)
    values = to_interaction_values(game, index=index, max_order=N)
    assert prediction_of(values).evaluate(ROWS) == pytest.approx(game.evaluate(ROWS), abs=1e-9)


@given(seed=seeds, order=orders)
def test_different_coordinates_of_one_function_predict_the_same(seed, order):
    game = random_game(seed)

    def predicted(index):
        return prediction_of(to_interaction_values(game, index=index, max_order=order))(ROWS)

    assert predicted("SII") == pytest.approx(predicted("k-SII"), abs=1e-9)
    assert predicted("kADD-SHAP") == pytest.approx(predicted("FSII"), abs=1e-9)
    assert predicted("BII") == pytest.approx(predicted("FBII"), abs=1e-9)


@given(seed=seeds)
def test_banzhaf_values_with_either_constant_are_the_best_additive_function(seed):
    game = random_game(seed)
    best = game.select(lambda g: np.full(len(g.members), g.degree <= 1)).evaluate(ROWS)
    for index in ("BV", "FBII"):  # the latter is named BV at order 1, with its constant term
        values = to_interaction_values(game, index=index, max_order=1)
        assert values.index == "BV"
        assert prediction_of(values).evaluate(ROWS) == pytest.approx(best, abs=1e-9)


@given(seed=seeds)
def test_results_of_shapiq_itself_are_understood(seed):
    game = random_game(seed)
    for method in (
        shapiq.KernelSHAP(n=N, random_state=0),
        shapiq.RegressionFSII(n=N, max_order=2, random_state=0),
    ):
        values = method.approximate(2**N, game.evaluate)
        own = to_interaction_values(game, index=values.index, max_order=values.max_order)
        assert prediction_of(values)(ROWS) == pytest.approx(prediction_of(own)(ROWS), abs=1e-4)


@pytest.mark.parametrize("index", ["Co-Moebius", "CHII", "SGV", "EGV", "JointSV"])
def test_indices_without_a_function_are_refused(index):
    assert index in INDICES
    values = to_interaction_values(random_game(0), index=index, max_order=2)
    with pytest.raises(ValueError, match=r"defines no function.*FSII"):
        prediction_of(values)


def test_the_top_order_alone_predicts_nothing():
    values = to_interaction_values(random_game(0), index="FSII", max_order=2, top_order=True)
    with pytest.raises(ValueError, match="top_order=False"):
        prediction_of(values)


def test_no_players_matter():
    values = to_interaction_values(Spectrum.from_dict(3, {(): 2.0}), index="FSII", max_order=2)
    assert prediction_of(values)(np.eye(3, dtype=bool)) == pytest.approx([2.0, 2.0, 2.0])
