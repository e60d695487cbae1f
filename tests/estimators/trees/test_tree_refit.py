"""Refits of a proxy's terms: their proposals, their weights and what they hold out."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given

from shapiq_spex.estimators.folds import FoldFits, Folds, paired_folds
from shapiq_spex.estimators.trees import tree_refit
from shapiq_spex.estimators.trees.tree_refit import fit_and_refit, refit
from shapiq_spex.estimators.weighting import blend_weights
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import game, random_rows, seeds, uniform


def fold_fits(coalitions, spectrum, fold_spectra, fold_of_row):
    folds = Folds(fold_of_row)
    held_out = np.full(len(coalitions), np.nan)
    for held, part in zip(folds.held_out(), fold_spectra, strict=True):
        held_out[held] = part(coalitions[held])
    return FoldFits(spectrum, tuple(fold_spectra), folds, held_out)


def rough(noise, seed):
    """The terms of the game with wrong coefficients."""
    rng = np.random.default_rng(seed)
    truth = {(0,): 2.0, (1,): -1.0, (0, 1): 1.0, (0, 2): 0.5, (3,): 0.3, (4, 5): 0.1}
    return Spectrum.from_dict(9, {t: c * (1 + noise * rng.normal()) for t, c in truth.items()})


def problem(noise=0.3, n_rows=160, coefficients=0.5, seed=0, cover=True):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, n_rows, 9, paired=True)
    values = game(rows) + noise * rng.normal(size=n_rows)
    folds = paired_folds(rows, 4, rng)
    if not cover:
        folds = np.where(folds < 2, folds, -1)
    parts = [rough(coefficients, k) for k in range(4 if cover else 2)]
    return rows, values, fold_fits(rows, rough(coefficients, 9), parts, folds)


@pytest.mark.parametrize("cover", [True, False])
def test_refits_repair_rough_coefficients(cover):
    rows, values, proxy = problem(cover=cover)
    fit = refit(proxy, rows, values)
    fresh = uniform(np.random.default_rng(1), 500, 9)
    truth = game(fresh)
    assert np.mean((proxy.spectrum(fresh) - truth) ** 2) > 0.05 * truth.var()
    assert np.mean((fit.spectrum(fresh) - truth) ** 2) < 0.01 * truth.var()
    seen = np.isfinite(fit.held_out)
    np.testing.assert_array_equal(seen, proxy.folds.fold_of_row >= 0)
    assert np.mean((fit.held_out - values)[seen] ** 2) < 0.2


def test_a_proxy_that_is_right_stays_as_it_is():
    rows, _, _ = problem()
    values = game(rows)
    truth = rough(0.0, 0)
    folds = paired_folds(rows, 4, np.random.default_rng(0))
    without = Spectrum.from_dict(9, {t: c for t, c in truth.to_dict().items() if t != (4, 5)})
    fit = refit(fold_fits(rows, without, [without] * 4, folds), rows, values)
    np.testing.assert_allclose(fit.spectrum(rows), values, atol=1e-6)
    np.testing.assert_allclose(fit.held_out, values, atol=1e-6)


def test_without_anything_to_learn_the_mean_is_left():
    rows, _, proxy = problem()
    values = 5.0 + np.random.default_rng(3).normal(size=len(rows))
    fit = refit(proxy, rows, values)
    assert fit.spectrum.mean == pytest.approx(values.mean(), abs=0.05)
    assert fit.spectrum.variance < 0.1


def test_held_out_errors_are_at_most_those_of_the_proxy_and_of_the_mean():
    for seed in range(4):
        rows, values, proxy = problem(noise=2.0, n_rows=40, seed=seed)
        fit = refit(proxy, rows, values)
        levels = np.empty(len(values))
        for held in proxy.folds.held_out():
            levels[held] = values[~held].mean()
        errors = [np.sum((found - values) ** 2) for found in (fit.held_out, proxy.held_out, levels)]
        assert errors[0] <= min(errors[1:]) * (1 + 1e-9)


def test_a_prediction_does_not_depend_on_the_values_of_its_own_fold():
    rows, values, proxy = problem()
    held = proxy.folds.fold_of_row == 2
    changed = values + 1e-7 * held
    one, two = (refit(proxy, rows, known) for known in (values, changed))
    # the weights are chosen by all held-out errors, the predictions they weigh are not
    assert np.abs(one.held_out - two.held_out)[held].max() < 2e-8


@pytest.mark.parametrize("column", [0, 1, 7, 14, 15, 20, 30, 31, 32])
def test_spectra_are_what_their_columns_predict(column):
    rows, values, proxy = problem()
    refits = tree_refit._Refits(rows, values, proxy.spectrum)
    fresh = uniform(np.random.default_rng(2), 60, 9)
    predicted = refits.predict(fresh)
    assert predicted.shape == (60, 15 + 16 + 2)
    np.testing.assert_allclose(refits.spectrum(column)(fresh), predicted[:, column], atol=1e-5)


def test_the_best_penalty_of_ridge_and_lasso_is_blended():
    rng = np.random.default_rng(4)
    targets = rng.normal(size=50)
    deviations = targets[:, None] + rng.normal(size=(50, 34))
    for best_ridge, best_lasso in ((1, 16), (15, 31), (7, 20)):
        columns = deviations.copy()
        columns[:, [best_ridge, best_lasso]] = targets[:, None] + 0.01
        found = tree_refit._best_penalties(columns, targets)
        assert found == [0, best_ridge, best_lasso, 32, 33]


@given(seed=seeds)
def test_weights_are_those_of_the_best_alternative_shrunk_towards_the_constant(seed):
    rng = np.random.default_rng(seed)
    targets = rng.normal(size=30)
    deviations = targets[:, None] * rng.uniform(0, 1, 5) + rng.normal(size=(30, 5))
    prior = np.array([1, 1, 1, 0, 0]) / 3
    alternatives = [*np.eye(5), blend_weights(deviations, targets, prior)]
    errors = [np.sum((deviations @ w - targets) ** 2) for w in alternatives]
    best, error = alternatives[int(np.argmin(errors))], min(errors)
    r_squared = 1 - error / np.sum(targets**2)
    scale = max(0.0, 1 - 3 * (1 - r_squared) / (30 * r_squared)) if r_squared > 0 else 0.0
    np.testing.assert_allclose(tree_refit._weights(deviations, targets), scale * best, atol=1e-9)


def test_perfect_predictions_are_not_shrunk():
    targets = np.random.default_rng(5).normal(size=30)
    deviations = np.column_stack([0 * targets, targets, *np.zeros((3, 30))])
    np.testing.assert_array_equal(tree_refit._weights(deviations, targets), [0, 1, 0, 0, 0])


def test_proposals_are_the_largest_terms_their_facets_and_the_players():
    proxy = Spectrum.from_dict(6, {(): 9.0, (0, 1, 2): -4.0, (3,): 2.0, (4, 5): 1.0})
    found = tree_refit._proposals(proxy, 2).to_dict()
    facets = [*combinations((0, 1, 2), 2)]
    players = [(player,) for player in range(6) if player != 3]
    expected = {(): 9.0, (0, 1, 2): -4.0, (3,): 2.0} | dict.fromkeys([*facets, *players], 4e-6)
    assert found == pytest.approx(expected)


def test_of_many_players_only_those_of_the_proxy_are_proposed(monkeypatch):
    monkeypatch.setattr(tree_refit, "_FEW_PLAYERS", 5)
    proxy = Spectrum.from_dict(6, {(0, 1): -4.0, (3,): 2.0})
    assert set(tree_refit._proposals(proxy, 9).terms()) == {(0, 1), (3,), (0,), (1,)}


def test_a_proxy_without_terms_proposes_the_players_alike():
    found = tree_refit._proposals(Spectrum.from_dict(3, {(): 2.0}), 9).to_dict()
    assert found == {(): 2.0, (0,): 1.0, (1,): 1.0, (2,): 1.0}


def test_there_are_at_most_three_proposals_per_row(monkeypatch):
    rows, values, _ = problem(n_rows=160)
    every = Spectrum.from_dict(9, {t: 1.0 + t[0] for t in combinations(range(9), 3)})
    few = tree_refit._Refits(rows[:4], values[:4], every)
    assert sum(len(term) == 3 for term in few.ridge.terms) == 12
    monkeypatch.setattr(tree_refit, "_MOST_TERMS", 7)
    limited = tree_refit._Refits(rows, values, every)
    assert sum(len(term) == 3 for term in limited.ridge.terms) == 7


def test_one_pair_gives_its_mean_and_holds_nothing_out():
    rows = Coalitions.from_dense([[True, False, True], [False, True, False]])

    def refuse(*_):
        raise AssertionError

    found = fit_and_refit(refuse, rows, np.array([1.0, 4.0]), np.random.default_rng(0))
    assert found.spectrum.to_dict() == {(): 2.5}
    assert np.isnan(found.held_out).all()


@pytest.mark.parametrize("blend", [True, False])
def test_the_proxy_stays_if_no_refit_is_wanted(blend):
    rows, values, proxy = problem()
    seen = []

    def fit_folds(coalitions, known, rng):
        seen.append(known)
        return proxy

    found = fit_and_refit(fit_folds, rows, 3 + values, np.random.default_rng(0), blend=blend)
    assert seen[0].mean() == pytest.approx(0)
    assert seen[0].std() == pytest.approx(1)
    expected = 3 + values.mean() + values.std() * proxy.spectrum(rows)
    assert np.allclose(found.spectrum(rows), expected) is not blend
