"""The Gram lasso against its optimality conditions and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from shapiq_spex.estimators.sparse.lasso import lasso_path, penalty_grid
from tests.estimators.samples import seeds


def random_problem(seed, n_rows, n_columns):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(n_rows, n_columns)) + rng.normal(size=(n_rows, 1))
    target = columns[:, : n_columns // 2].sum(axis=1) + rng.normal(size=n_rows)
    return columns.T @ columns / n_rows, columns.T @ target / n_rows, rng


@given(seed=seeds, n_rows=st.integers(3, 60), n_columns=st.integers(1, 30))
def test_solutions_satisfy_the_optimality_conditions(seed, n_rows, n_columns):
    gram, correlations, rng = random_problem(seed, n_rows, n_columns)
    factors = rng.uniform(0.2, 3, n_columns)
    factors[0] = 0.0  # free
    largest = np.abs(correlations).max()
    penalties = largest * np.array([1.0, 0.5, 0.2, 0.05])
    path = lasso_path(gram, correlations, penalties, factors, tolerance=1e-12, sweeps=100_000)
    for penalty, weights in zip(penalties, path, strict=True):
        gradient = correlations - gram @ weights
        limits = penalty * factors
        used = weights != 0
        tolerance = 1e-8 * largest
        np.testing.assert_allclose(
            gradient[used], (limits * np.sign(weights))[used], atol=tolerance
        )
        assert (np.abs(gradient[~used]) <= limits[~used] + tolerance).all()


def test_a_default_tolerance_of_a_thousandth_of_a_fitted_value_is_kept():
    gram, correlations, _ = random_problem(0, 100, 20)
    penalties = penalty_grid(correlations, count=8, smallest=0.01)
    for penalty, weights in zip(penalties, lasso_path(gram, correlations, penalties), strict=True):
        gradient = correlations - gram @ weights
        excess = np.where(
            weights != 0, np.abs(gradient - penalty * np.sign(weights)), np.abs(gradient) - penalty
        )
        assert excess.max() < 0.005 * np.abs(correlations).max()


def test_sweeps_are_limited():
    gram, correlations, _ = random_problem(1, 30, 30)
    few, many = (
        lasso_path(gram, correlations, np.array([1e-4]), tolerance=0.0, sweeps=sweeps)[0]
        for sweeps in (1, 2000)
    )
    weights, gradient = np.zeros(30), correlations.copy()
    for j in range(30):
        step = np.sign(gradient[j]) * max(abs(gradient[j]) - 1e-4, 0) / gram[j, j]
        weights[j] += step
        gradient -= step * gram[j]
    np.testing.assert_allclose(few, weights)
    assert np.abs(few - many).max() > 0.01


def test_a_tolerance_ends_the_sweeps_early():
    gram, correlations, _ = random_problem(2, 30, 30)
    one = lasso_path(gram, correlations, np.array([1e-4]), tolerance=0.0, sweeps=1)
    loose = lasso_path(gram, correlations, np.array([1e-4]), tolerance=10.0)
    np.testing.assert_array_equal(one, loose)


@pytest.mark.parametrize("n_rows", [20, 200])
def test_the_path_reaches_the_optimum_scikit_learn_finds(n_rows):
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


def test_the_grid_falls_from_the_first_penalty_without_weights_geometrically():
    correlations, factors = np.array([1.0, -4.0, 3.0]), np.array([1.0, 4.0, 0.5])
    grid = penalty_grid(correlations, factors, count=5, smallest=1e-2)
    np.testing.assert_allclose(grid, 6.0 * np.geomspace(1, 1e-2, 5))
    np.testing.assert_allclose(penalty_grid(correlations, count=3, smallest=0.01), [4.0, 0.4, 0.04])
    assert penalty_grid(np.zeros(0), count=3, smallest=0.01).tolist() == [0.0] * 3


def test_there_is_nothing_to_solve_without_columns():
    assert lasso_path(np.zeros((0, 0)), np.zeros(0), np.array([1.0])).shape == (1, 0)
