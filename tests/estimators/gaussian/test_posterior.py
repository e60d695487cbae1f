"""The posterior against plain Gaussian process regression by numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.gaussian import posterior as posterior_module
from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.gaussian.posterior import Posterior, even_and_odd
from shapiq_spex.estimators.signs import signs
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.gaussian.problems import (
    covariance,
    mean_of,
    one_by_one,
    paired_rows_of,
    prior_variances,
    random_kernel,
)
from tests.estimators.samples import random_rows, seeds, uniform

N_PLAYERS = 5


def problem(seed, *, paired, n_rows=14):
    rng = np.random.default_rng(seed)
    coalitions = random_rows(rng, n_rows, N_PLAYERS, paired=paired)
    return coalitions, rng.normal(size=len(coalitions)), random_kernel(rng, N_PLAYERS)


def regression(kernel, coalitions, values, fresh):
    """k(x, X) (K + noise)^-1 y."""
    x, z = signs(coalitions).astype(float), signs(fresh).astype(float)
    inner = covariance(kernel, x, x) + kernel.noise * np.eye(len(x))
    return covariance(kernel, z, x) @ np.linalg.solve(inner, values)


@given(seed=seeds, paired=st.booleans(), n_rows=st.integers(4, 20))
def test_the_mean_is_that_of_plain_regression(seed, paired, n_rows):
    coalitions, values, kernel = problem(seed, paired=paired, n_rows=n_rows)
    every = Coalitions.all_of(N_PLAYERS)
    expected = regression(kernel, coalitions, values, every)
    found = mean_of(Posterior(kernel, paired_rows_of(coalitions, values))).evaluate(signs(every))
    np.testing.assert_allclose(found, expected, atol=1e-8)


@given(seed=seeds)
def test_folding_pairs_does_not_change_the_posterior(seed):
    coalitions, values, kernel = problem(seed, paired=True)
    every = signs(Coalitions.all_of(N_PLAYERS))
    folded = Posterior(kernel, paired_rows_of(coalitions, values))
    dense = Posterior(kernel, one_by_one(coalitions, values))
    np.testing.assert_allclose(
        mean_of(folded).evaluate(every), mean_of(dense).evaluate(every), atol=1e-9
    )


@given(seed=seeds, paired=st.booleans())
def test_coefficients_are_prior_variances_times_sums_over_the_rows(seed, paired):
    coalitions, values, kernel = problem(seed, paired=paired)
    posterior = Posterior(kernel, paired_rows_of(coalitions, values))
    even, odd = posterior.row_duals
    every = signs(Coalitions.all_of(N_PLAYERS)).astype(float)
    expected = np.zeros(len(every))
    for term, variance in prior_variances(kernel).items():
        dual = odd if len(term) % 2 else even
        weight = variance * (dual @ posterior.rows.block[:, list(term)].prod(axis=1))
        expected += weight * every[:, list(term)].prod(axis=1)
    np.testing.assert_allclose(mean_of(posterior).evaluate(every), expected, atol=1e-9)


@given(seed=seeds, paired=st.booleans(), n_rows=st.integers(4, 20))
def test_residuals_are_those_of_refitting_without_the_pair(seed, paired, n_rows):
    coalitions, values, kernel = problem(seed, paired=paired, n_rows=n_rows)
    rows = paired_rows_of(coalitions, values)
    found = rows.unfold(*Posterior(kernel, rows).residuals(), out=np.zeros(len(rows.values)))
    for pair in coalitions.pair_table():
        out = pair[pair >= 0]
        rest = np.setdiff1d(np.arange(len(values)), out)
        predicted = regression(kernel, coalitions[rest], values[rest], coalitions[out])
        np.testing.assert_allclose(found[out], values[out] - predicted, rtol=1e-6, atol=1e-8)


@given(seed=seeds, paired=st.booleans())
def test_a_prediction_does_not_depend_on_the_values_of_its_own_pair(seed, paired):
    coalitions, values, kernel = problem(seed, paired=paired)
    pair = coalitions.pair_table()[0]
    own = pair[pair >= 0]

    def prediction(known):
        rows = paired_rows_of(coalitions, known)
        residuals = Posterior(kernel, rows).residuals()
        return (known - rows.unfold(*residuals, out=np.zeros(len(known))))[own]

    changed = values.copy()
    changed[own] += 1e3
    np.testing.assert_allclose(prediction(changed), prediction(values), atol=1e-6)


@given(seed=seeds, paired=st.booleans())
def test_duals_without_some_rows_are_those_of_refitting(seed, paired):
    coalitions, values, kernel = problem(seed, paired=paired)
    rows = paired_rows_of(coalitions, values)
    out = np.array([1, 4])
    kept = np.setdiff1d(np.arange(len(rows)), out)
    x = rows.block.astype(float)
    near, far = covariance(kernel, x, x), covariance(kernel, x, -x)
    halves = (near + far, near - far) if paired else (near,)
    duals = Posterior(kernel, rows).duals_without(out)
    for dual, half, target in zip(duals, halves, rows.targets, strict=True):
        inner = half[np.ix_(kept, kept)] + kernel.noise * np.eye(len(kept))
        np.testing.assert_allclose(dual[kept], np.linalg.solve(inner, target[kept]), atol=1e-8)
        assert (dual[out] == 0).all()


def test_duals_of_halves_count_sqrt_two_times_and_others_once():
    one, two = np.arange(3.0), np.ones(3)
    even, odd = even_and_odd((one, two))
    np.testing.assert_allclose(even, np.sqrt(2) * one)
    np.testing.assert_allclose(odd, np.sqrt(2) * two)
    assert even_and_odd((one,)) == (one, one)


@pytest.mark.parametrize(("rows", "dtype"), [(60, np.float64), (61, np.float32)])
def test_many_rows_are_factorised_in_single_precision(monkeypatch, rows, dtype):
    monkeypatch.setattr(posterior_module, "_DOUBLE_UP_TO", 60)
    used, factorise = [], posterior_module._cholesky

    def spy(matrix, noise):
        used.append(matrix.dtype)
        return factorise(matrix, noise)

    monkeypatch.setattr(posterior_module, "_cholesky", spy)
    rng = np.random.default_rng(0)
    coalitions = random_rows(rng, rows, 9, paired=False)
    kernel = random_kernel(rng, 9)
    values = rng.normal(size=rows)
    posterior = Posterior(kernel, one_by_one(coalitions, values))
    assert used == [dtype]
    fresh = uniform(rng, 40, 9)
    expected = regression(kernel, coalitions, values, fresh)
    np.testing.assert_allclose(mean_of(posterior).evaluate(signs(fresh)), expected, atol=1e-3)
    assert mean_of(posterior).evaluate(signs(fresh)).dtype == np.float64


def twice(scale=1.0):
    """Equal rows, whose covariance is singular without noise."""
    coalitions, values, _ = problem(3, paired=False)
    copies = np.r_[np.arange(len(values)), np.arange(len(values))]
    table = np.column_stack([np.arange(len(copies)), np.full(len(copies), -1)])
    kernel = WalshKernel(np.full(N_PLAYERS, 0.2), 1.0, 0.5, 1.0, 1e-18 * scale)
    return kernel, PairedRows(signs(coalitions[copies]), values[copies], table)


def test_noise_is_raised_where_rounding_needs_it():
    kernel, rows = twice()
    posterior = Posterior(kernel, rows)
    assert np.isfinite(posterior.duals[0]).all()
    predicted = mean_of(posterior).evaluate(rows.block)
    np.testing.assert_allclose(predicted, rows.values, atol=1e-2)


def test_a_matrix_that_is_not_a_covariance_is_refused():
    with pytest.raises(ArithmeticError, match="3 rows is not positive definite"):
        posterior_module._cholesky(-np.eye(3), 1e-9)


def test_the_noise_asked_for_is_the_noise_added():
    inner = np.array([[2.0, 1.0], [1.0, 2.0]])
    factor = posterior_module._cholesky(inner.copy(), 0.5)
    np.testing.assert_allclose(factor @ factor.T, inner + 0.5 * np.eye(2))
