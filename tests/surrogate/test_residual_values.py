"""Shapley values of the residuals of a surrogate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex import ProxySPEX
from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.surrogate.residual_values import with_residual_values


def sample(n_players, count, seed=0):
    """Random coalitions in pairs, and the law they follow."""
    law = SizeLaw.named(n_players, "sizes", paired=True)
    return sample_coalitions(n_players, count, law, rng=np.random.default_rng(seed)), law


def shapley(spectrum):
    values = convert(spectrum, "SV", 1).to_dict()
    return np.array([values.get((player,), 0.0) for player in range(spectrum.n_players)])


def random_spectrum(n_players, rng, terms=60):
    chosen = {tuple(sorted(rng.choice(n_players, rng.integers(1, 4), False))) for _ in range(terms)}
    return Spectrum.from_terms(n_players, sorted(chosen), rng.normal(size=len(chosen)))


def plain_regression(coalitions, residuals, weights):
    """The same by a dense least squares problem with one more equation, sum d = 0."""
    rows = coalitions.dense().astype(float)
    centred = rows - rows.mean(axis=1, keepdims=True)
    scale = np.sqrt(weights)
    system = np.vstack([centred * scale[:, None], np.ones(rows.shape[1])])
    return np.linalg.lstsq(system, np.append(residuals * scale, 0.0), rcond=None)[0]


@settings(deadline=None, max_examples=20)
@given(st.integers(16, 40), st.integers(0, 1000))
def test_it_is_the_kernel_weighted_regression_shrunk(n_players, seed):
    rng = np.random.default_rng(seed)
    game = random_spectrum(n_players, rng)
    coalitions, draw = sample(n_players, 30 * n_players, seed)
    values = game.evaluate(coalitions)
    added = shapley(with_residual_values(0.5 * game, coalitions, values, draw) - 0.5 * game)

    sizes = coalitions.sizes()
    inner = (sizes > 0) & (sizes < n_players)
    sizes, residuals = sizes[inner], 0.5 * (values - game.evaluate(coalitions[:1]))[inner]
    for size in np.unique(sizes):
        residuals[sizes == size] -= residuals[sizes == size].mean()
    weights = 1.0 / (sizes * (n_players - sizes))
    expected = plain_regression(coalitions[inner], residuals, weights)
    rows = weights.sum() ** 2 / (weights**2).sum()
    np.testing.assert_allclose(
        added, rows / (rows + 6 * n_players) * expected, atol=1e-6 * np.abs(expected).max()
    )
    assert abs(added.sum()) < 1e-9


@pytest.mark.parametrize("n_players", [20, 60])
def test_it_undoes_shrinkage(n_players):
    game = random_spectrum(n_players, np.random.default_rng(1), terms=3 * n_players)
    coalitions, draw = sample(n_players, 40 * n_players)
    shrunk = 0.7 * game
    better = with_residual_values(shrunk, coalitions, game.evaluate(coalitions), draw)
    truth = shapley(game)
    centred = shapley(shrunk) + (truth - shapley(shrunk)).mean()  # what exact ends would do
    before = np.square(centred - truth).sum()
    after = np.square(shapley(better) - shapley(better).mean() + truth.mean() - truth).sum()
    assert after < 0.4 * before


def test_a_surrogate_that_agrees_stays_as_it_is():
    game = random_spectrum(30, np.random.default_rng(2))
    coalitions, draw = sample(30, 900)
    result = with_residual_values(game, coalitions, game.evaluate(coalitions), draw)
    assert np.abs((result - game).coefficients).max() < 1e-12


def test_permuting_the_players_permutes_it():
    rng = np.random.default_rng(3)
    game, order = random_spectrum(25, rng), rng.permutation(25)
    coalitions, draw = sample(25, 800)
    values = game.evaluate(coalitions)
    nothing = Spectrum(25)
    straight = shapley(with_residual_values(nothing, coalitions, values, draw))
    permuted = Coalitions.from_dense(coalitions.dense()[:, order])
    np.testing.assert_allclose(
        shapley(with_residual_values(nothing, permuted, values, draw)), straight[order], atol=1e-9
    )


def test_the_size_of_blocks_does_not_matter(monkeypatch):
    game = random_spectrum(25, np.random.default_rng(4))
    coalitions, draw = sample(25, 800)
    values = game.evaluate(coalitions)
    whole = shapley(with_residual_values(Spectrum(25), coalitions, values, draw))
    monkeypatch.setattr("shapiq_spex.surrogate.residual_values._BLOCK", 700)
    parts = shapley(with_residual_values(Spectrum(25), coalitions, values, draw))
    np.testing.assert_allclose(parts, whole, atol=1e-10)


def test_fewer_rows_than_players_change_nothing():
    coalitions, draw = sample(60, 60)
    values = np.random.default_rng(5).normal(size=len(coalitions))
    result = with_residual_values(Spectrum(60), coalitions, values, draw)
    assert len(result.coefficients) == 0


def test_a_few_enormous_answers_are_not_trusted():
    coalitions, draw = sample(40, 1000)
    values = np.zeros(len(coalitions))
    values[[100, 400]] = 1e6
    result = with_residual_values(Spectrum(40), coalitions, values, draw)
    assert not result.coefficients.any()


def test_shapley_values_of_many_players_are_those_of_the_residuals_too():
    """A few coalitions of one or two players are worth far more than any smooth surrogate says."""
    rng = np.random.default_rng(6)
    n_players, worth = 40, rng.normal(size=40)

    def game(coalitions):
        sizes = coalitions.sum(axis=1)
        return coalitions @ worth / np.maximum(sizes, 1)

    # the mean of a coalition: v({i}) = w_i, v(S + i) - v(S) = (w_i - mean of S) / (|S| + 1)
    harmonic = (1 / np.arange(1, n_players + 1)).sum()
    others = (worth.sum() - worth) / (n_players - 1)
    truth = worth * harmonic / n_players - others * (harmonic - 1) / n_players
    plan = ProxySPEX(n=n_players, index="SV", max_order=1, random_state=0)
    values = plan.approximate(1700, game)
    estimate = np.array([values[(player,)] for player in range(n_players)])
    surrogate = shapley(plan.spectrum_)
    surrogate += (truth - surrogate).mean()
    assert np.square(estimate - truth).sum() < 0.5 * np.square(surrogate - truth).sum()
    assert estimate.sum() == pytest.approx(game(np.ones((1, n_players), bool))[0])


def test_a_goal_that_is_never_reached_changes_no_value():
    game = random_spectrum(30, np.random.default_rng(7), terms=200)
    settings = {"n": 30, "index": "SV", "max_order": 1, "random_state": 0, "proxy_model": "fast"}
    plain = ProxySPEX(**settings).approximate(400, game.evaluate)
    staged = ProxySPEX(**settings, stop_at=0.99999)
    np.testing.assert_array_equal(staged.approximate(400, game.evaluate).values, plain.values)
    again = staged.approximate_from(*staged.ablations_)
    np.testing.assert_array_equal(again.values, plain.values)
