"""Single players that make up for the terms of a posterior mean that are not kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.basis import Basis
from shapiq_spex.estimators.gaussian.beam import Mean
from shapiq_spex.estimators.gaussian.biased_mean import largest_coefficients_in
from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.levelling import levelled
from shapiq_spex.estimators.signs import signs
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum


def of_shares(rng, n_rows, n_players):
    """Coalitions half of which keep half of the players, the others nine in ten."""
    shares = rng.choice([0.5, 0.9], (n_rows, 1))
    return Coalitions.from_dense(np.unique(rng.random((n_rows, n_players)) < shares, axis=0))


def mean_of(seed, n_players=14, growth=0.0):
    rng = np.random.default_rng(seed)
    rows = signs(of_shares(rng, 150, n_players)).astype(float)
    kernel = WalshKernel(rng.uniform(0.05, 0.3, n_players), 1.0, 0.3, 1.0, 0.1, growth)
    duals = rng.normal(size=len(rows))
    return Mean(rows, kernel, duals, duals)


def errors_of(found, mean, rows):
    return found.evaluate(rows) - mean.evaluate(signs(rows).astype(float))


@given(seed=st.integers(0, 2**32 - 1))
def test_only_single_players_and_the_constant_change(seed):
    mean = mean_of(seed)
    kept = largest_coefficients_in(Basis(0.8), [mean], keep=40)
    found = levelled(kept, [mean])
    before, after = kept.to_dict(), found.to_dict()
    assert all(after[term] == value for term, value in before.items() if len(term) > 1)
    assert all(len(term) <= 1 for term in set(after) - set(before))
    assert found == levelled(kept, [mean])


@given(seed=st.integers(0, 2**32 - 1))
def test_a_spectrum_that_lacks_nothing_but_single_players_becomes_the_mean(seed):
    rng = np.random.default_rng(seed)
    mean = mean_of(seed, n_players=8)
    every = Coalitions.all_of(8)
    exact = largest_coefficients_in(Basis(0.8), [mean], keep=256)
    single = Spectrum(8, [(np.arange(8)[:, None], rng.normal(size=8)), (np.empty((1, 0)), [2.0])])
    found = levelled(exact - single, [mean])
    scale = np.abs(exact.evaluate(every)).max() + 10.0
    np.testing.assert_allclose(errors_of(found, mean, every), 0.0, atol=1e-8 * scale)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_missing_becomes_smaller_where_half_of_the_players_are_removed(seed):
    mean = mean_of(seed, n_players=30)
    kept = largest_coefficients_in(Basis(0.8), [mean], keep=100)
    half = Coalitions.from_dense(np.random.default_rng(seed).random((500, 30)) < 0.5)
    before, after = (errors_of(s, mean, half) for s in (kept, levelled(kept, [mean])))
    assert (after**2).mean() < (before**2).mean()


def test_rows_that_are_the_two_ends_leave_the_spectrum_as_it_is():
    ends = np.array([[1.0] * 5, [-1.0] * 5])
    kernel = WalshKernel(np.full(5, 0.2), 1.0, 0.3, 1.0, 0.1)
    mean = Mean(ends, kernel, np.ones(2), np.ones(2))
    kept = Spectrum.from_dict(5, {(): 1.0, (0, 1): 2.0})
    assert levelled(kept, [mean]) == kept
