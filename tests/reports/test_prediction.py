"""The functions that indices define, against sums over subsets and known approximations."""

from __future__ import annotations

import numpy as np
import pytest
import shapiq
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex import Coalitions, Spectrum, to_interaction_values
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.reports.prediction import interactions_of, predict, prediction_of
from tests.fourier.indices import INDICES

N = 5
ROWS = Coalitions.all_of(N).dense()
SIZES = ROWS.sum(axis=1)


def random_game(seed):
    return spectrum_of_table(np.random.default_rng(seed).normal(size=2**N))


def sum_over_subsets(values, row, terms):
    return sum(value for term, value in terms.items() if row[list(term)].all())


def sum_of_aggregated(values, row, terms):
    """Of I'(T) = sum over U >= T of B_{|U|-|T|} I(U), from the baseline on."""
    numbers = [1.0, -1 / 2, 1 / 6, 0.0, -1 / 30]
    total = values.baseline_value
    for term in filter(None, terms):
        if row[list(term)].all():
            larger = (larger for larger in terms if set(term) <= set(larger))
            total += sum(numbers[len(u) - len(term)] * terms[u] for u in larger)
    return total


def sum_of_derivatives(values, row, terms):
    """Of I(T) times the product of the players' presence less its mean."""
    keep = INDICES[values.index].keep or 0.5
    return sum(value * (row[list(t)] - keep).prod() for t, value in terms.items())


def sum_of_parities(values, row, terms):
    return sum(value * (-1) ** row[list(term)].sum() for term, value in terms.items())


BY_HAND = {
    "sum": sum_over_subsets,
    "aggregated": sum_of_aggregated,
    "parities": sum_of_derivatives,
    "spectrum": sum_of_parities,
}
PREDICTING = [name for name, record in INDICES.items() if record.prediction]
seeds = st.integers(0, 10**6)
orders = st.integers(1, N)


@pytest.mark.parametrize("index", PREDICTING)
@settings(max_examples=10)
@given(seed=seeds, order=orders)
def test_the_function_of_an_index_is_the_sum_that_its_record_names(index, seed, order):
    values = to_interaction_values(random_game(seed), index=index, max_order=order)
    by_hand = BY_HAND[INDICES[values.index].prediction]
    if index == "FBII" and values.index == "BV":  # it has the constant term of FBII
        by_hand = sum_over_subsets
    expected = [by_hand(values, row, interactions_of(values)) for row in ROWS]
    assert prediction_of(values).evaluate(ROWS) == pytest.approx(expected, abs=1e-9)
    assert predict(values, Coalitions.from_dense(ROWS)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("index", [i for i in PREDICTING if INDICES[i].only_order is None])
@settings(max_examples=10)
@given(seed=seeds)
def test_of_full_order_it_is_the_game(index, seed):
    game = random_game(seed)
    values = to_interaction_values(game, index=index, max_order=N)
    assert prediction_of(values).evaluate(ROWS) == pytest.approx(game.evaluate(ROWS), abs=1e-9)


@pytest.mark.parametrize("index", PREDICTING)
@settings(max_examples=10)
@given(seed=seeds, order=orders)
def test_what_is_efficient_predicts_both_ends(index, seed, order):
    game = random_game(seed)
    values = to_interaction_values(game, index=index, max_order=order)
    if INDICES[index].efficient_over != "none":
        ends = ROWS[[0, -1]]
        assert prediction_of(values).evaluate(ends) == pytest.approx(game.evaluate(ends), abs=1e-9)


@given(seed=seeds, order=orders)
def test_different_coordinates_of_one_function_predict_the_same(seed, order):
    game = random_game(seed)

    def predicted(index):
        return prediction_of(to_interaction_values(game, index=index, max_order=order))(ROWS)

    assert predicted("SII") == pytest.approx(predicted("k-SII"), abs=1e-9)
    assert predicted("kADD-SHAP") == pytest.approx(predicted("FSII"), abs=1e-9)
    assert predicted("BII") == pytest.approx(predicted("FBII"), abs=1e-9)
    assert predicted("WBII(0.9)") == pytest.approx(predicted("FWBII(0.9)"), abs=1e-9)


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


@pytest.mark.parametrize("index", [name for name in INDICES if name not in PREDICTING])
def test_indices_without_a_function_are_refused(index):
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
