"""The Walsh kernel against its formulas, by brute force over all terms."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.gaussian.kernel import WalshKernel, linear_products
from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.gaussian.problems import covariance, prior_variances, random_kernel
from tests.estimators.samples import seeds, uniform

sizes = st.integers(1, 6)


def two_sets_of_rows(rng, n_players):
    return [signs(uniform(rng, count, n_players)).astype(float) for count in (5, 7)]


@given(seed=seeds, n_players=sizes)
def test_the_kernel_is_the_covariance_its_prior_variances_imply(seed, n_players):
    kernel = random_kernel(np.random.default_rng(seed), n_players)
    x = signs(Coalitions.all_of(n_players)).astype(float)
    expected = np.zeros((len(x), len(x)))
    for degree in range(n_players + 1):
        terms = list(combinations(range(n_players), degree))
        members = np.array(terms, dtype=int).reshape(len(terms), degree)
        parities = parity_columns(x, terms)
        expected += (parities.T * kernel.prior_variance(members)) @ parities
    (block,) = kernel.blocks(x, x, paired=False)
    np.testing.assert_allclose(block.covariances, expected, atol=1e-12)


@given(seed=seeds, n_players=sizes)
def test_blocks_follow_the_formula_of_the_kernel(seed, n_players):
    rng = np.random.default_rng(seed)
    left, right = two_sets_of_rows(rng, n_players)
    growing = random_kernel(rng, n_players, growth=rng.uniform(-1.0, 1.0))
    (block,) = growing.blocks(left, right, paired=False)
    np.testing.assert_allclose(block.covariances, covariance(growing, left, right))
    kernel = random_kernel(rng, n_players)
    near, far = covariance(kernel, left, right), covariance(kernel, left, -right)
    even, odd = kernel.blocks(left, right, paired=True)
    np.testing.assert_allclose(even.covariances, near + far, atol=1e-12)
    np.testing.assert_allclose(odd.covariances, near - far, atol=1e-12)


def test_products_computed_before_are_used():
    rng = np.random.default_rng(0)
    kernel = random_kernel(rng, 4)
    left, right = two_sets_of_rows(rng, 4)
    products = linear_products(left, right)
    np.testing.assert_allclose(products, left @ right.T / 4)
    (without,) = kernel.blocks(left, right, paired=False, products=0 * products)
    (block,) = kernel.blocks(left, right, paired=False, products=products)
    difference = block.covariances - without.covariances
    np.testing.assert_allclose(difference, kernel.linear * products)


@given(seed=seeds, n_players=sizes)
def test_prior_variances_and_their_extensions_follow_the_formula(seed, n_players):
    kernel = random_kernel(np.random.default_rng(seed), n_players)
    expected = prior_variances(kernel)
    for degree in range(n_players + 1):
        terms = list(combinations(range(n_players), degree))
        members = np.array(terms, dtype=int).reshape(len(terms), degree)
        found = kernel.prior_variance(members)
        np.testing.assert_allclose(found, [expected[term] for term in terms])
        extended = kernel.extensions(members)
        for term, line in zip(terms, extended, strict=True):
            for player in set(range(n_players)) - set(term):
                child = tuple(sorted((*term, player)))
                assert line[player] == pytest.approx(expected[child])


@pytest.mark.parametrize("paired", [True, False])
@given(seed=seeds)
def test_the_log_gradient_is_that_of_finite_differences(paired, seed):
    """By the logarithms of all hyper-parameters but the growth, which pairs do not have."""
    rng = np.random.default_rng(seed)
    x = signs(uniform(rng, 8, 4)).astype(float)
    logs = np.log(np.r_[rng.gamma(1.0, 0.3, 4), rng.gamma(2.0, 0.5, 3)])
    theta = np.r_[logs, 0.0 if paired else rng.uniform(-1.0, 1.0)]
    weights = [w + w.T for w in rng.normal(size=(1 + paired, 8, 8))]

    def kernel_at(theta):
        scale, linear, noise = np.exp(theta[4:7])
        return WalshKernel(np.exp(theta[:4]), scale, linear, 0.7, noise, theta[7])

    def weighted_sum(theta):
        kernel = kernel_at(theta)
        blocks = kernel.blocks(x, x, paired=paired)
        return sum(
            np.sum(w * (b.covariances + kernel.noise * np.eye(8)))
            for w, b in zip(weights, blocks, strict=True)
        )

    steps = 1e-5 * np.eye(8)
    numeric = [(weighted_sum(theta + s) - weighted_sum(theta - s)) / 2e-5 for s in steps]
    kernel = kernel_at(theta)
    blocks = kernel.blocks(x, x, paired=paired)
    found = kernel.log_gradient(blocks, weights, x, linear_products(x, x))
    np.testing.assert_allclose(found, numeric, rtol=1e-6, atol=1e-6)


def test_large_relevances_neither_overflow_nor_make_subnormal_numbers():
    kernel = WalshKernel(np.full(200, 20.0), 1.0, 0.0, 0.0, 0.1)
    x = signs(uniform(np.random.default_rng(1), 20, 200))
    for block in kernel.blocks(x, x, paired=True):
        assert block.covariances.dtype == np.float32
        np.testing.assert_allclose(np.diag(block.covariances), 1.0, rtol=1e-6)
        sizes = np.abs(block.smooth[block.smooth != 0])
        assert sizes.min() > np.finfo(np.float32).tiny
    members = np.arange(200)[None]
    assert kernel.prior_variance(members) == pytest.approx(2.0**-200)


def test_no_players_leave_a_constant():
    kernel = WalshKernel(np.empty(0), 0.5, 1.0, 0.25, 0.1)
    (block,) = kernel.blocks(np.ones((2, 0)), np.ones((2, 0)), paired=False)
    np.testing.assert_array_equal(block.covariances, np.full((2, 2), 0.75))
