"""Informed kernels against their formula, all 2^n coefficients and finite differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from shapiq_spex.estimators.basis import Basis
from shapiq_spex.estimators.gaussian import beam, biased_mean
from shapiq_spex.estimators.gaussian.beam import largest_coefficients
from shapiq_spex.estimators.gaussian.biased_mean import largest_coefficients_in
from shapiq_spex.estimators.gaussian.evidence import Objective, fit_kernel
from shapiq_spex.estimators.gaussian.informed_kernel import (
    Direction,
    Hints,
    InformedKernel,
    no_hints,
)
from shapiq_spex.estimators.gaussian.posterior import Posterior
from shapiq_spex.estimators.signs import signs
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.estimators.gaussian.problems import (
    covariance,
    mean_of,
    one_by_one,
    paired_rows_of,
    random_kernel,
)
from tests.estimators.samples import random_rows, seeds

N_PLAYERS = 5
EVEN, ODD, ANY = ((), (0, 1), (1, 2, 3, 4)), ((0,), (3,), (1, 2, 4)), ((), (0,), (2, 4))


def random_directions(rng, *, whole=False):
    """Functions of even and of odd degrees, or one of both."""
    parts = {"any": ANY} if whole else {"even": EVEN, "odd": ODD}
    return tuple(
        Direction(Spectrum.from_terms(N_PLAYERS, terms, rng.normal(size=3)), parity)
        for parity, terms in parts.items()
    )


def random_informed_kernel(rng, *, whole=False, growth=0.0):
    directions = random_directions(rng, whole=whole)
    strengths = rng.gamma(2.0, 0.5, len(directions))
    return InformedKernel.of(random_kernel(rng, N_PLAYERS, growth), directions, strengths)


def covariance_with_directions(kernel, left, right):
    """k(x, x') by the formula, without noise."""
    total = covariance(kernel, left, right)
    for direction, strength in zip(kernel.directions, kernel.strengths, strict=True):
        function = direction.function
        total += strength * np.multiply.outer(function.evaluate(left < 0), function(right < 0))
    return total


@given(seed=seeds, whole=st.booleans())
def test_covariances_are_those_of_the_formula(seed, whole):
    rng = np.random.default_rng(seed)
    kernel = random_informed_kernel(rng, whole=whole, growth=float(rng.uniform(-1, 1)))
    left = signs(random_rows(rng, 9, N_PLAYERS, paired=False)).astype(float)
    right = signs(random_rows(rng, 7, N_PLAYERS, paired=False)).astype(float)
    for other in (left, right):
        (block,) = kernel.blocks(left, other, paired=False)
        expected = covariance_with_directions(kernel, left, other)
        np.testing.assert_allclose(block.covariances, expected, rtol=1e-9, atol=1e-9)


@given(seed=seeds)
def test_pairs_are_two_independent_blocks(seed):
    rng = np.random.default_rng(seed)
    kernel = random_informed_kernel(rng)
    rows = signs(random_rows(rng, 8, N_PLAYERS, paired=False)).astype(float)
    near = covariance_with_directions(kernel, rows, rows)
    far = covariance_with_directions(kernel, rows, -rows)
    even, odd = kernel.blocks(rows, rows, paired=True)
    np.testing.assert_allclose(even.covariances, near + far, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(odd.covariances, near - far, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("keep", [0.5, 0.8])
@given(seed=seeds)
def test_the_spectrum_is_the_posterior_mean(paired, keep, seed):
    """... that is k(x, X) (K + noise)^-1 y, for all x, by the exact reading and by the beam."""
    rng = np.random.default_rng(seed)
    kernel = random_informed_kernel(rng, whole=not paired)
    coalitions = random_rows(rng, 12, N_PLAYERS, paired=paired)
    values = rng.normal(size=len(coalitions))
    mean = mean_of(Posterior(kernel, paired_rows_of(coalitions, values)))
    every = Coalitions.all_of(N_PLAYERS)
    x, known = signs(every).astype(float), signs(coalitions).astype(float)
    inner = covariance_with_directions(kernel, known, known) + kernel.noise * np.eye(len(known))
    expected = covariance_with_directions(kernel, x, known) @ np.linalg.solve(inner, values)
    np.testing.assert_allclose(mean.evaluate(x), expected, atol=1e-7)
    exact = largest_coefficients_in(Basis(keep), [mean], keep=32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beam, "EXACT_PLAYERS", 0)
        patch.setattr(biased_mean, "EXACT_PLAYERS", 0)
        found = largest_coefficients_in(Basis(keep), [mean], keep=32)
    np.testing.assert_allclose(exact(every), expected, atol=1e-7)
    np.testing.assert_allclose(found(every), expected, atol=1e-4)  # single precision


def test_what_lies_along_directions_is_read_as_a_whole():
    rng = np.random.default_rng(1)
    kernel = random_informed_kernel(rng)
    coalitions = random_rows(rng, 12, N_PLAYERS, paired=True)
    mean = mean_of(Posterior(kernel, paired_rows_of(coalitions, rng.normal(size=12))), 0.3)
    exact = spectrum_of_table(mean.evaluate(signs(Coalitions.all_of(N_PLAYERS))))
    found = largest_coefficients([mean], keep=32)
    assert found.to_dict() == pytest.approx(exact.to_dict(), abs=1e-9)
    plain = InformedKernel.of(kernel, kernel.directions, np.zeros(2))
    assert len(largest_coefficients([mean], keep=0)) > 1
    rest = mean_of(Posterior(plain, paired_rows_of(coalitions, rng.normal(size=12))))
    assert np.count_nonzero(largest_coefficients([rest], keep=0).coefficients) == 1


def problem(seed, *, paired, whole):
    rng = np.random.default_rng(seed)
    coalitions = random_rows(rng, 14, N_PLAYERS, paired=paired)
    rows = paired_rows_of(coalitions, rng.normal(size=len(coalitions)))
    hints = Hints(rng.normal(size=(N_PLAYERS, 2)), random_directions(rng, whole=whole))
    tail = [*rng.uniform(-2, 0, 3), rng.uniform(-4, 0), (not paired) * rng.uniform(-0.9, 0.9)]
    known = rng.uniform(-1, 1, 2 + len(hints.directions))
    return coalitions, rows, hints, np.r_[rng.uniform(-1.5, 1.5, N_PLAYERS), tail, known]


@given(seed=seeds, paired=st.booleans(), width=st.sampled_from([0.7, 2.0]))
def test_the_gradient_of_the_objective_is_that_of_finite_differences(seed, paired, width):
    _, rows, hints, theta = problem(seed, paired=paired, whole=not paired)
    objective = Objective(rows, width, np.float64, hints)
    steps = 1e-5 * np.eye(len(theta))
    numeric = [(objective(theta + s)[0] - objective(theta - s)[0]) / 2e-5 for s in steps]
    np.testing.assert_allclose(objective(theta)[1], numeric, rtol=1e-5, atol=1e-4)


@given(seed=seeds)
def test_the_objective_is_the_negative_log_posterior_up_to_a_constant(seed):
    coalitions, rows, hints, one = problem(seed, paired=False, whole=False)
    two = problem(seed + 1, paired=False, whole=False)[3]
    x = signs(coalitions).astype(float)

    def expected(theta):
        z, (mu, scale, linear, noise, growth) = theta[:N_PLAYERS], theta[N_PLAYERS:][:5]
        weights, log_taus = np.split(theta[N_PLAYERS + 5 :], 2)
        relevance = np.exp(mu + 0.7 * z + hints.covariates @ weights)
        plain = InformedKernel(relevance, *np.exp([scale, linear]), 1.0, np.exp(noise), growth)
        kernel = InformedKernel.of(plain, hints.directions, np.exp(2 * log_taus))
        inner = covariance_with_directions(kernel, x, x) + kernel.noise * np.eye(len(x))
        means = [*[0.0] * N_PLAYERS, -np.log(N_PLAYERS), 0, -1, -3, 0, 0, 0, -1, -1]
        half = np.sqrt(0.5)
        deviations = [*[1.0] * N_PLAYERS, 1, 2, 2, 3, 0.5, half, half, 1.5, 1.5]
        likelihood = stats.multivariate_normal(np.zeros(len(x)), inner).logpdf(rows.values)
        return -likelihood - stats.norm.logpdf(theta, means, deviations).sum()

    objective = Objective(rows, 0.7, np.float64, hints)
    found = objective(one)[0] - objective(two)[0]
    assert found == pytest.approx(expected(one) - expected(two), rel=1e-7, abs=1e-6)


def test_folding_pairs_does_not_change_the_evidence():
    coalitions, rows, hints, theta = problem(2, paired=True, whole=False)
    theta[N_PLAYERS + 4] = 0.0
    dense = one_by_one(coalitions, rows.values)
    found, expected = (Objective(r, 1.0, np.float64, hints)(theta) for r in (rows, dense))
    assert found[0] == pytest.approx(expected[0], rel=1e-9)
    growth = N_PLAYERS + 4  # which pairs do not have
    np.testing.assert_allclose(
        np.delete(found[1], growth), np.delete(expected[1], growth), rtol=1e-8
    )


def test_no_hints_leave_the_kernel_as_it_is():
    _, rows, _, _ = problem(3, paired=False, whole=False)
    expected = fit_kernel(rows, width=1.0, iterations=10)
    found = fit_kernel(rows, width=1.0, iterations=10, hints=no_hints(N_PLAYERS))
    assert (found.relevance == expected.relevance).all()
    assert (found.scale, found.noise) == (expected.scale, expected.noise)


def test_the_evidence_finds_a_direction_that_is_true_and_shuns_one_that_is_not():
    rng = np.random.default_rng(4)
    coalitions = random_rows(rng, 60, 9, paired=False)
    terms = [(0, 1), (2, 3), (4, 5), (6, 7)]
    true, false = (Spectrum.from_terms(9, terms, rng.normal(size=4)) for _ in range(2))
    rows = paired_rows_of(coalitions, 0.7 * true(coalitions))
    hints = Hints(np.empty((9, 0)), (Direction(true, "even"), Direction(false, "even")))
    found = fit_kernel(rows, width=1.0, iterations=40, hints=hints)
    assert found.strengths[0] > 10 * found.strengths[1]
