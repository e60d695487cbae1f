"""Posterior means read in the basis of any probability, against sums over all coalitions."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.basis import Basis
from shapiq_spex.estimators.gaussian import beam, biased_mean
from shapiq_spex.estimators.gaussian.beam import Mean, largest_coefficients, search
from shapiq_spex.estimators.gaussian.biased_mean import BiasedMean, largest_biased_coefficients
from shapiq_spex.estimators.gaussian.gaussian import Gaussian, posterior_spectrum
from shapiq_spex.estimators.signs import signs
from shapiq_spex.fourier.biased import BiasedSpectrum
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.gaussian.problems import covariance, mean_of, paired_rows_of, random_kernel
from tests.estimators.samples import random_rows, seeds

probabilities = st.floats(0.1, 0.9)
sizes = st.integers(1, 7)


def random_means(rng, n_players, *, paired, growing=True, n_rows=8):
    """Two means of the same rows; only pairs have different duals of even and of odd terms."""
    rows = signs(random_rows(rng, n_rows, n_players, paired=paired)).astype(float)
    means = []
    for _ in range(2):
        growth = rng.uniform(-1.0, 1.0) if growing and not paired else 0.0
        even, odd = rng.normal(size=(2, len(rows)))
        kernel = random_kernel(rng, n_players, growth)
        means.append(Mean(rows, kernel, even, odd if paired else even, float(rng.normal())))
    return means


def values_of(means):
    """The sum of the means on all coalitions, by the formula of the kernel."""
    every = signs(Coalitions.all_of(means[0].rows.shape[1])).astype(float)
    total = np.zeros(len(every))
    for mean in means:
        near = covariance(mean.kernel, every, mean.rows) @ (mean.even + mean.odd) / 2
        far = covariance(mean.kernel, every, -mean.rows) @ (mean.even - mean.odd) / 2
        total += mean.weight * (near + far)
    return total


def expectations(values, n_players, p):
    """E_p[f prod_{i in T} phi_i] for all terms T."""
    kept = Coalitions.all_of(n_players).dense().astype(float)
    chance = np.prod(np.where(kept == 1.0, p, 1 - p), axis=1)
    phi = (kept - p) / np.sqrt(p * (1 - p))
    return {
        term: float(chance * values @ phi[:, list(term)].prod(axis=1))
        for degree in range(n_players + 1)
        for term in combinations(range(n_players), degree)
    }


def beam_at_any_size(patch):
    patch.setattr(beam, "EXACT_PLAYERS", 0)
    patch.setattr(biased_mean, "EXACT_PLAYERS", 0)


@given(seed=seeds, n_players=sizes, p=probabilities, paired=st.booleans())
def test_a_beam_that_is_wide_enough_finds_all_coefficients_in_the_basis(seed, n_players, p, paired):
    means = random_means(np.random.default_rng(seed), n_players, paired=paired)
    found = search(
        n_players, [BiasedMean(mean, p) for mean in means], keep=2**n_players, beam=2**n_players,
        max_degree=n_players,
    )  # fmt: skip
    coefficients = BiasedSpectrum(n_players, p, found).to_dict()
    expected = expectations(values_of(means), n_players, p)
    assert {t: coefficients.get(t, 0.0) for t in expected} == pytest.approx(expected, abs=1e-9)


@given(seed=seeds, n_players=sizes, p=probabilities, paired=st.booleans())
def test_of_few_players_the_mean_is_read_as_it_is(seed, n_players, p, paired):
    means = random_means(np.random.default_rng(seed), n_players, paired=paired)
    every, expected = Coalitions.all_of(n_players), values_of(means)
    for keep in (1, 2**n_players):
        found = largest_biased_coefficients(means, p, keep=keep)
        np.testing.assert_allclose(found(every), expected, atol=1e-9)


@given(seed=seeds, p=probabilities, paired=st.booleans())
def test_the_beam_and_the_table_of_few_players_agree(seed, p, paired):
    means = random_means(np.random.default_rng(seed), 6, paired=paired)
    table = largest_biased_coefficients(means, p, keep=64)
    with pytest.MonkeyPatch.context() as patch:
        beam_at_any_size(patch)
        found = largest_biased_coefficients(means, p, keep=64)
    every = Coalitions.all_of(6)
    np.testing.assert_allclose(found(every), table(every), atol=1e-8)


@given(seed=seeds, keep=st.integers(1, 100), paired=st.booleans())
def test_at_a_half_the_fourier_coefficients_are_read(seed, keep, paired):
    means = random_means(np.random.default_rng(seed), 8, paired=paired, growing=False)
    with pytest.MonkeyPatch.context() as patch:
        beam_at_any_size(patch)
        expected = largest_coefficients(means, keep=keep).to_dict()
        found = largest_biased_coefficients(means, 0.5, keep=keep).to_dict()
    assert found == pytest.approx(expected, abs=1e-9)


@given(seed=seeds, keep=st.integers(1, 40), p=probabilities, paired=st.booleans())
def test_those_that_are_kept_are_large_in_the_basis_and_exact(seed, keep, p, paired):
    means = random_means(np.random.default_rng(seed), 6, paired=paired)
    with pytest.MonkeyPatch.context() as patch:
        beam_at_any_size(patch)
        found = BiasedSpectrum.of(largest_biased_coefficients(means, p, keep=keep), p)
    expected = expectations(values_of(means), 6, p)
    read = {term: size for term, size in found.to_dict().items() if abs(size) > 1e-8}
    assert len(set(read) - {()}) <= keep
    assert read == pytest.approx({term: expected[term] for term in read}, abs=1e-8)
    # a single player is never hidden behind a smaller term
    most = sorted((abs(size) for term, size in expected.items() if term), reverse=True)[keep - 1]
    for player in range(6):
        assert abs(expected[player,]) < most + 1e-8 or (player,) in read


@pytest.mark.parametrize("basis", [0.5, 0.8])
def test_the_gaussian_proxy_reads_its_posteriors_in_its_basis(monkeypatch, basis):
    beam_at_any_size(monkeypatch)
    rng = np.random.default_rng(3)
    coalitions = Coalitions.from_dense(rng.random((120, 8)) < 0.7).distinct()[0]
    kept = coalitions.dense()
    values = np.tanh(kept[:, :5].sum(axis=1) - 3.0) + kept[:, 5] * kept[:, 6]
    rows = paired_rows_of(coalitions, (values - values.mean()) / values.std())
    judges = np.ones(len(values), dtype=bool)
    posteriors = Gaussian(basis=Basis(basis)).posteriors(rows, judges, rng)
    found = posterior_spectrum(posteriors, [0.5, 0.5], keep=20, basis=Basis(basis))
    every = Coalitions.all_of(8)
    mean = np.mean([mean_of(p.posterior).evaluate(signs(every)) for p in posteriors], axis=0)
    largest = sorted(
        ((t, c) for t, c in expectations(mean, 8, basis).items() if t), key=lambda tc: -abs(tc[1])
    )[:10]
    coefficients = BiasedSpectrum.of(found, basis).to_dict()
    for term, coefficient in largest:
        assert coefficients[term] == pytest.approx(coefficient, abs=1e-4)
