"""The beam against all 2^n coefficients."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.gaussian import beam
from shapiq_spex.estimators.gaussian.beam import EXACT_PLAYERS, Mean, largest_coefficients
from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.posterior import Posterior
from shapiq_spex.estimators.signs import signs
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.estimators.gaussian.problems import (
    mean_of,
    paired_rows_of,
    prior_variances,
    random_kernel,
)
from tests.estimators.samples import random_rows, seeds


def random_means(rng, rows, n_players, count=2):
    return [
        Mean(
            rows,
            random_kernel(rng, n_players),
            *rng.normal(size=(2, len(rows))),
            float(rng.normal()),
        )
        for _ in range(count)
    ]


def brute_force(rows, means):
    """All coefficients: weights times prior variances times sums over the rows."""
    found = {}
    for mean in means:
        for term, variance in prior_variances(mean.kernel).items():
            dual = mean.odd if len(term) % 2 else mean.even
            size = mean.weight * variance * (dual @ rows[:, list(term)].prod(axis=1))
            found[term] = found.get(term, 0.0) + size
    return found


def sparse(coefficients):
    return {term: pytest.approx(c, abs=1e-10) for term, c in coefficients.items() if c}


@given(seed=seeds, n_players=st.integers(1, 7))
def test_of_few_players_all_coefficients_are_found(seed, n_players):
    rng = np.random.default_rng(seed)
    rows = signs(random_rows(rng, 6, n_players, paired=False)).astype(float)
    means = random_means(rng, rows, n_players)
    found = largest_coefficients(means, keep=2**n_players)
    assert found.to_dict() == sparse(brute_force(rows, means))


@given(seed=seeds, n_players=st.integers(1, 7))
def test_a_beam_that_is_wide_enough_finds_all_coefficients(seed, n_players):
    rng = np.random.default_rng(seed)
    rows = signs(random_rows(rng, 6, n_players, paired=False)).astype(float)
    means = random_means(rng, rows, n_players)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beam, "EXACT_PLAYERS", 0)
        found = largest_coefficients(means, keep=2**n_players, beam=2**7, max_degree=7)
        low = largest_coefficients(means, keep=2**n_players, beam=2**7, max_degree=2)
    expected = brute_force(rows, means)
    assert found.to_dict() == sparse(expected)
    assert low.to_dict() == sparse({t: c for t, c in expected.items() if len(t) <= 2})


@given(seed=seeds, keep=st.integers(0, 40))
def test_the_largest_are_kept_beside_the_constant(seed, keep):
    rng = np.random.default_rng(seed)
    rows = signs(random_rows(rng, 6, 6, paired=False)).astype(float)
    means = random_means(rng, rows, 6)
    expected = brute_force(rows, means)
    ranked = sorted((t for t in expected if t), key=lambda t: -abs(expected[t]))[:keep]
    exact = largest_coefficients(means, keep=keep)
    assert exact.to_dict() == sparse({t: expected[t] for t in [(), *ranked]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beam, "EXACT_PLAYERS", 0)
        found = largest_coefficients(means, keep=keep, max_degree=6)
    assert len(found.terms()) <= keep + 1
    for term, coefficient in found.to_dict().items():
        assert coefficient == pytest.approx(expected[term], abs=1e-10)


@given(seed=seeds, width=st.integers(1, 4))
def test_only_the_largest_of_a_degree_are_extended(seed, width):
    rng = np.random.default_rng(seed)
    n_players = 7
    rows = signs(random_rows(rng, 6, n_players, paired=False)).astype(float)
    means = random_means(rng, rows, n_players)
    expected = brute_force(rows, means)
    front, visited = [()], {()}
    for degree in range(1, 5):
        children = {
            child for child in combinations(range(n_players), degree)
            if any(set(parent) < set(child) for parent in front)
        }  # fmt: skip
        visited |= children
        front = sorted(children, key=lambda t: -abs(expected[t]))[:width]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beam, "EXACT_PLAYERS", 0)
        found = largest_coefficients(means, keep=1000, beam=width, max_degree=4)
    assert found.to_dict() == sparse({term: expected[term] for term in visited})


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("n_players", [3, 8])
def test_coefficients_are_the_transform_of_the_posterior_mean(paired, n_players):
    rng = np.random.default_rng(5)
    coalitions = random_rows(rng, 8 if n_players == 3 else 40, n_players, paired=paired)
    values = rng.normal(size=len(coalitions))
    posterior = Posterior(random_kernel(rng, n_players), paired_rows_of(coalitions, values))
    mean = mean_of(posterior)
    table = mean.evaluate(signs(Coalitions.all_of(n_players)))
    found = largest_coefficients([mean], keep=2**n_players)
    expected = spectrum_of_table(table)
    assert found.terms() == expected.terms()
    np.testing.assert_allclose(found.coefficients, expected.coefficients, atol=1e-9)


def test_the_beam_finds_the_largest_coefficients_and_computes_them_exactly():
    rng = np.random.default_rng(6)
    n_players = EXACT_PLAYERS + 2
    coalitions = random_rows(rng, 60, n_players, paired=True)
    x = signs(coalitions).astype(float)
    values = x[:, 0] + x[:, 1] + x[:, 0] * x[:, 1] + 0.5 * x[:, 0] * x[:, 1] * x[:, 2]
    rows = paired_rows_of(coalitions, values)
    kernel = WalshKernel(np.r_[1.0, 1.0, 1.0, np.full(n_players - 3, 0.05)], 1, 0.1, 1, 0.01)
    posterior = Posterior(kernel, rows)
    mean = mean_of(posterior, 0.5)
    found = largest_coefficients([mean, mean], keep=40)
    table = mean_of(posterior).evaluate(signs(Coalitions.all_of(n_players)))
    every = spectrum_of_table(table)
    expected = every.prune(keep=40)
    assert [t for t, _ in found.largest(20)] == [t for t, _ in expected.largest(20)]
    for term, coefficient in found.to_dict().items():
        assert coefficient == pytest.approx(every[term], abs=1e-5)


def test_many_terms_of_many_players_are_each_found_once():
    rng = np.random.default_rng(7)
    coalitions = random_rows(rng, 200, 60, paired=True)
    rows = paired_rows_of(coalitions, rng.normal(size=200))
    posterior = Posterior(random_kernel(rng, 60), rows)
    found = largest_coefficients([mean_of(posterior)], keep=500)
    terms = found.terms()
    assert len(set(terms)) == len(terms) == 501
    assert found.degree >= 3


def test_the_search_ends_where_no_coefficient_is_left():
    rows = signs(random_rows(np.random.default_rng(8), 20, 14, paired=True))
    kernel = WalshKernel(np.r_[1.0, np.zeros(13)], 1.0, 0.0, 1.0, 0.1)
    found = largest_coefficients([Mean(rows, kernel, np.ones(20), np.ones(20))], keep=50)
    assert set(found.terms()) <= {(), (0,)}
