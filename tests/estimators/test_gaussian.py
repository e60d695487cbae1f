"""The Gaussian proxy against finite differences, brute force and its own definition."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.gaussian.beam import EXACT_PLAYERS, Mean, largest_coefficients
from shapiq_spex.estimators.gaussian.evidence import Objective, fit_kernel
from shapiq_spex.estimators.gaussian.gaussian import Gaussian
from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows, pair_table
from shapiq_spex.estimators.gaussian.posterior import Posterior
from shapiq_spex.estimators.signs import signs
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.walsh import spectrum_of_table

seeds = st.integers(0, 2**31)


def random_rows(rng, n_rows, n_players, *, paired):
    """Distinct coalitions, half of them complements of the others if paired."""
    rows = Coalitions.from_dense(rng.random((8 * n_rows, n_players)) < 0.5)
    rows = rows[rows.first_occurrences()].dense()
    if paired:
        rows = rows[rows[:, 0]][: n_rows // 2]
        return np.concatenate([rows, ~rows])[rng.permutation(2 * len(rows))]
    return rows[:n_rows]


def random_kernel(rng, n_players):
    relevance = rng.gamma(1.0, 1.0 / n_players, n_players)
    return WalshKernel(relevance, *rng.gamma(2.0, 0.5, 3), noise=0.05)


def sample_of(rows, values):
    return PairedRows(signs(rows), values, pair_table(rows))


@settings(deadline=None, max_examples=20)
@given(seed=seeds, paired=st.booleans())
def test_pair_table_lists_every_row_once_next_to_its_complement(seed, paired):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 12, 4, paired=paired)
    table = pair_table(rows)
    assert sorted(table[table >= 0]) == list(range(len(rows)))
    both = table[table[:, 1] >= 0]
    assert (rows[both[:, 0]] == ~rows[both[:, 1]]).all()
    assert not paired or sample_of(rows, np.zeros(len(rows))).paired


def test_kernel_is_the_covariance_its_prior_variances_imply():
    rng = np.random.default_rng(0)
    kernel = random_kernel(rng, 4)
    everything = Coalitions.all_of(4).dense()
    x = signs(everything).astype(float)
    expected = np.zeros((16, 16))
    for degree in range(5):
        terms = list(combinations(range(4), degree))
        members = np.array(terms, dtype=int).reshape(len(terms), degree)
        parities = x[:, members].prod(axis=2)
        expected += (parities * kernel.prior_variance(members)) @ parities.T
    np.testing.assert_allclose(kernel(x, x), expected, atol=1e-12)


@pytest.mark.parametrize("paired", [True, False])
def test_gradient_of_the_evidence_matches_finite_differences(paired):
    rng = np.random.default_rng(1)
    rows = random_rows(rng, 20, 5, paired=paired)
    objective = Objective(sample_of(rows, rng.normal(size=len(rows))), 0.7, np.float64)
    theta = rng.normal(size=9) * 0.3
    theta[-1] = -2
    steps = 1e-6 * np.eye(9)
    numeric = [(objective(theta + s)[0] - objective(theta - s)[0]) / 2e-6 for s in steps]
    np.testing.assert_allclose(objective(theta)[1], numeric, rtol=1e-5, atol=1e-5)


def test_folding_pairs_does_not_change_the_evidence():
    rng = np.random.default_rng(2)
    rows = random_rows(rng, 20, 5, paired=True)
    values = rng.normal(size=len(rows))
    folded = sample_of(rows, values)
    assert folded.paired
    dense = PairedRows(
        signs(rows), values, np.column_stack([np.arange(len(rows)), -np.ones(20, int)])
    )
    theta = rng.normal(size=9) * 0.3
    for mine, theirs in zip(
        Objective(folded, 1.0, np.float64)(theta), Objective(dense, 1.0, np.float64)(theta),
        strict=True,
    ):  # fmt: skip
        # the quadratic and determinant terms are equal under an orthogonal change of variables
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


@settings(deadline=None, max_examples=10)
@given(seed=seeds, paired=st.booleans(), n_rows=st.integers(4, 20))
def test_residuals_are_those_of_refitting_without_the_pair(seed, paired, n_rows):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, n_rows, 5, paired=paired)
    values = rng.normal(size=len(rows))
    sample = sample_of(rows, values)
    kernel = random_kernel(rng, 5)
    found = sample.unfold(*Posterior(kernel, sample).residuals(), out=np.zeros(len(rows)))
    x = signs(rows).astype(float)
    covariance = kernel(x, x) + kernel.noise * np.eye(len(rows))
    for pair in pair_table(rows):
        out = pair[pair >= 0]
        rest = np.setdiff1d(np.arange(len(rows)), out)
        weights = np.linalg.solve(covariance[np.ix_(rest, rest)], values[rest])
        predicted = covariance[np.ix_(out, rest)] @ weights
        np.testing.assert_allclose(found[out], values[out] - predicted, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("paired", [True, False])
def test_duals_without_some_rows_are_those_of_refitting(paired):
    rng = np.random.default_rng(4)
    rows = random_rows(rng, 20, 6, paired=paired)
    sample = sample_of(rows, rng.normal(size=len(rows)))
    kernel = random_kernel(rng, 6)
    out = np.array([1, 4])
    kept = np.setdiff1d(np.arange(len(sample)), out)
    duals = Posterior(kernel, sample).without(out)
    x = sample.rows.astype(float)
    blocks = kernel.halves(x, x) if paired else (kernel(x, x),)
    for dual, block, target in zip(duals, blocks, sample.targets, strict=True):
        inner = block[np.ix_(kept, kept)] + kernel.noise * np.eye(len(kept))
        np.testing.assert_allclose(dual[kept], np.linalg.solve(inner, target[kept]), atol=1e-9)
        assert (dual[out] == 0).all()


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("n_players", [3, 8])
def test_coefficients_are_the_transform_of_the_posterior_mean(paired, n_players):
    rng = np.random.default_rng(5)
    rows = random_rows(rng, 8 if n_players == 3 else 40, n_players, paired=paired)
    posterior = Posterior(
        random_kernel(rng, n_players), sample_of(rows, rng.normal(size=len(rows)))
    )
    table = posterior.mean(signs(Coalitions.all_of(n_players).dense()))
    mean = Mean(posterior.kernel, *posterior.row_duals)
    found = largest_coefficients(posterior.sample.rows, [mean], keep=2**n_players)
    expected = spectrum_of_table(table)
    assert found.terms() == expected.terms()
    np.testing.assert_allclose(found.coefficients, expected.coefficients, atol=1e-9)


def test_the_beam_finds_the_largest_coefficients_and_computes_them_exactly():
    rng = np.random.default_rng(6)
    n_players = EXACT_PLAYERS + 2
    rows = random_rows(rng, 60, n_players, paired=True)
    x = signs(rows)
    values = x[:, 0] + x[:, 1] + x[:, 0] * x[:, 1] + 0.5 * x[:, 0] * x[:, 1] * x[:, 2]
    sample = sample_of(rows, values.astype(float))
    kernel = WalshKernel(np.r_[1.0, 1.0, 1.0, np.full(n_players - 3, 0.05)], 1, 0.1, 1, 0.01)
    posterior = Posterior(kernel, sample)
    mean = Mean(posterior.kernel, *posterior.row_duals, 0.5)
    found = largest_coefficients(sample.rows, [mean, mean], keep=40)
    table = posterior.mean(signs(Coalitions.all_of(n_players).dense()))
    expected = spectrum_of_table(table).prune(keep=40)
    assert [t for t, _ in found.largest(20)] == [t for t, _ in expected.largest(20)]
    for term, coefficient in found.to_dict().items():
        assert coefficient == pytest.approx(spectrum_of_table(table)[term], abs=1e-5)


def test_a_failing_single_precision_factorisation_is_repeated_in_double(monkeypatch):
    rng = np.random.default_rng(7)
    rows = random_rows(rng, 40, 6, paired=False)
    x = signs(rows).astype(float)
    sample = sample_of(rows, x[:, 0] + x[:, 1] * x[:, 2])
    expected = fit_kernel(sample, width=1.0, iterations=10)
    call = Objective.__call__

    def fails(self, theta):
        if self.dtype == np.float32:
            self.failed = True
            return np.inf, np.zeros_like(theta)
        return call(self, theta)

    monkeypatch.setattr(Objective, "__call__", fails)
    found = fit_kernel(sample, width=1.0, iterations=10)
    np.testing.assert_allclose(np.log(found.relevance), np.log(expected.relevance), atol=1)


def test_gaussian_alone_learns_a_smooth_game():
    rng = np.random.default_rng(8)
    rows = random_rows(rng, 120, 10, paired=True)

    def game(coalitions):
        return np.tanh(coalitions[:, :4].sum(axis=1) - 2.0) + 5.0

    fit = Gaussian().fit(rows, game(rows), rng=rng)
    fresh = rng.random((500, 10)) < 0.5
    errors = fit.spectrum(fresh) - game(fresh)
    assert errors.var() < 0.01 * game(fresh).var()
    assert np.mean((fit.held_out - game(rows)) ** 2) < 0.05 * game(rows).var()


def test_of_more_rows_than_memory_allows_a_part_is_used(monkeypatch):
    monkeypatch.setattr("shapiq_spex.estimators.gaussian._MOST_ROWS", 60)
    rng = np.random.default_rng(20)
    rows = np.unique(rng.random((300, 9)) < 0.5, axis=0)
    values = 2.0 * rows[:, 0] - rows[:, 1] * rows[:, 2] + 0.1 * rng.normal(size=len(rows))
    for estimator in (Gaussian(), Blend()):
        fit = estimator.fit(rows, values, rng=np.random.default_rng(1))
        seen = np.isfinite(fit.held_out)
        assert 20 <= seen.sum() <= 80
        errors = (fit.spectrum(rows) - values) ** 2
        assert errors.mean() < 0.1 * values.var()
