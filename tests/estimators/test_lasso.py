"""The Gram lasso against scikit-learn, and the additive proxy built on it."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

from shapiq_spex.estimators.sparse.additive import Additive
from shapiq_spex.estimators.sparse.lasso import lasso_path, penalty_grid


@pytest.mark.parametrize("n_rows", [20, 200])
def test_path_reaches_the_optimum_scikit_learn_finds(n_rows):
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(n_rows, 30)) + rng.normal(size=(n_rows, 1))
    target = columns[:, :4] @ [3.0, -2.0, 1.0, 0.5] + rng.normal(size=n_rows)
    gram, correlations = columns.T @ columns / n_rows, columns.T @ target / n_rows
    penalties = penalty_grid(correlations, count=6, smallest=0.02)
    path = lasso_path(gram, correlations, penalties, tolerance=1e-10, sweeps=100_000)
    for penalty, weights in zip(penalties[1:], path[1:], strict=True):
        theirs = Lasso(alpha=penalty, fit_intercept=False, tol=1e-12, max_iter=100_000)
        theirs.fit(columns, target)
        np.testing.assert_allclose(weights, theirs.coef_, atol=1e-5)
    assert (path[0] == 0).all()


def test_penalty_factors_are_those_of_rescaled_columns():
    rng = np.random.default_rng(1)
    columns, factors = rng.normal(size=(50, 6)), np.array([1.0, 2.0, 0.5, 1.0, 3.0, 1.0])
    target = columns.sum(axis=1)
    scaled = columns / factors
    penalties = np.array([0.3, 0.1])

    def solve(z, p=None):
        return lasso_path(z.T @ z / 50, z.T @ target / 50, penalties, p, tolerance=1e-12)

    np.testing.assert_allclose(solve(columns, factors) * factors, solve(scaled), atol=1e-8)


def test_a_column_of_zeros_gets_no_weight():
    gram = np.diag([1.0, 0.0])
    assert lasso_path(gram, np.array([1.0, 0.0]), np.array([0.1])).tolist() == [[0.9, 0.0]]


def test_additive_recovers_an_additive_game_and_only_its_players():
    rng = np.random.default_rng(2)
    rows = rng.random((200, 12)) < 0.5
    values = 10.0 + 4.0 * rows[:, 3] - 2.0 * rows[:, 7]
    fit = Additive().fit(rows, values, rng=rng)
    assert fit.spectrum[(3,)] == pytest.approx(-2.0, abs=0.02)
    assert fit.spectrum[(7,)] == pytest.approx(1.0, abs=0.02)
    assert fit.spectrum[()] == pytest.approx(11.0, abs=0.02)
    assert np.abs(fit.held_out - values).max() < 0.1


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_additive_survives_a_handful_of_rows(n_rows):
    rng = np.random.default_rng(3)
    rows = rng.random((n_rows, 5)) < 0.5
    fit = Additive().fit(rows, rng.normal(size=n_rows), rng=rng)
    assert np.isfinite(fit.held_out).all()
    assert np.isfinite(fit.spectrum(rows)).all()
