"""The metrics against their definitions, the exact indices against shapiq's."""

import numpy as np
import pytest
import shapiq
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.known_indices import (
    INDICES,
    exact_spectrum,
    index_of_spectrum,
    known_indices,
    order_of,
    reference_shapley,
)
from shapiq_spex.benchmark.measuring.metrics import (
    calibrated_faithfulness,
    faithfulness,
    index_error,
    insertion_and_deletion,
    support_f1,
    top_k_recall,
)
from shapiq_spex.benchmark.methods.method import predictor_of_interactions, uniform_coalitions
from shapiq_spex.benchmark.methods.plain_regressions import (
    LIME_WIDTH,
    explain_by_lasso,
    explain_by_lime,
)
from shapiq_spex.fourier.moebius import spectrum_of_moebius
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.reports.prediction import interactions_of


def test_faithfulness_is_the_coefficient_of_determination():
    rng = np.random.default_rng(0)
    values = rng.normal(size=50)
    predicted = 0.3 * values + rng.normal(size=50)
    assert np.isclose(faithfulness(values, predicted), r2_score(values, predicted))
    fit = LinearRegression().fit(predicted[:, None], values)
    assert np.isclose(
        calibrated_faithfulness(values, predicted), fit.score(predicted[:, None], values)
    )


def test_hopeless_predictions_have_hopeless_scores():
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


@pytest.mark.parametrize("index", INDICES)
def test_exact_indices_are_those_of_shapiq(index):
    table = np.random.default_rng(1).normal(size=64)
    places = 1 << np.arange(6)

    class Enumerated(shapiq.Game):
        def value_function(self, coalitions):
            return table[np.asarray(coalitions, dtype=bool) @ places]

    wanted = interactions_of(
        shapiq.ExactComputer(n_players=6, game=Enumerated(6, normalize=False))(
            index, order_of(index)
        )
    )
    ours = known_indices(BenchmarkGame("table", 6, lambda rows: table[rows @ places]))[index]
    for term in wanted:
        if term:
            assert np.isclose(ours[term], wanted[term], atol=1e-7)


def test_reference_shapley_values_converge_to_the_exact_ones():
    table = np.random.default_rng(2).normal(size=2**8)
    places = 1 << np.arange(8)
    game = BenchmarkGame("table", 8, lambda rows: table[rows @ places])
    exact = index_of_spectrum(exact_spectrum(game), "SV")
    reference = reference_shapley(game, tolerance=2e-3)
    assert index_error(reference, exact) < 1e-2


def test_what_is_known_of_a_game_depends_on_its_size():
    def additive(rows):
        return rows @ np.arange(1.0, rows.shape[1] + 1)

    assert set(known_indices(BenchmarkGame("small", 5, additive))) == set(INDICES)
    assert set(known_indices(BenchmarkGame("middle", 20, additive))) == set()
    assert set(known_indices(BenchmarkGame("huge", 300, additive))) == set()
    large = known_indices(BenchmarkGame("large", 30, additive))
    assert large == {"SV": {(player,): player + 1.0 for player in range(30)}}


def test_moebius_transforms_become_spectra():
    moebius = {(): 1.0, (0,): 2.0, (0, 2): -3.0, (0, 1, 2): 5.0}
    rows = np.array([[False] * 3, [True, False, False], [True, False, True], [True] * 3])
    np.testing.assert_allclose(
        spectrum_of_moebius(Spectrum.from_dict(3, moebius)).evaluate(rows),
        [1.0, 3.0, 0.0, 5.0],
        atol=1e-12,
    )


def test_an_index_defines_the_sum_over_subsets():
    values = {(): 1.0, (0,): 2.0, (1,): 4.0, (0, 1): 8.0}
    rows = np.array([[False, False], [True, False], [False, True], [True, True]])
    np.testing.assert_allclose(predictor_of_interactions(values, 2)(rows), [1.0, 3.0, 5.0, 15.0])


@pytest.mark.parametrize(("n_players", "budget"), [(4, 50), (12, 300), (40, 300)])
def test_uniform_coalitions_are_distinct_and_fill_the_budget(n_players, budget):
    rows = uniform_coalitions(n_players, budget, seed=0)
    assert rows.dtype == bool
    assert rows.shape == (min(budget, 2**n_players), n_players)
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_the_lasso_finds_a_pairwise_function():
    def game(rows):
        return 1.0 + 2.0 * rows[:, 3] + 4.0 * (rows[:, 1] & rows[:, 5])

    explanation = explain_by_lasso(game, 12, 200, 0, "faithfulness", order=2)
    rows = uniform_coalitions(12, 500, seed=1)
    assert faithfulness(game(rows), explanation.predict(rows)) > 0.999
    assert np.isclose(explanation.index_values("SV")[(3,)], 2.0, atol=0.1)
    plain = explain_by_lasso(game, 12, 200, 0, "faithfulness", order=1)
    assert plain.spectrum.degree == 1


def test_lime_is_a_weighted_ridge_regression_on_the_players():
    def game(rows):
        return 1.0 + 2.0 * rows[:, 3] + 4.0 * (rows[:, 1] & rows[:, 5])

    explanation = explain_by_lime(game, 8, 60, 0, "faithfulness")
    rows = uniform_coalitions(8, 60, seed=0)
    distance = 1.0 - np.sqrt(rows.mean(axis=1))
    weights = np.sqrt(np.exp(-(distance**2) / LIME_WIDTH**2))  # as the LIME package writes it
    centred = rows - np.average(rows, axis=0, weights=weights)
    values = game(rows)
    gram = centred.T @ (weights[:, None] * centred) + np.eye(8)
    slopes = np.linalg.solve(gram, centred.T @ (weights * values))
    assert np.allclose([explanation.index_values("SV")[(i,)] for i in range(8)], slopes)
    middle = np.average(explanation.predict(rows), weights=weights)
    assert np.isclose(middle, np.average(values, weights=weights))
