"""The p-biased basis, against means over all coalitions with their probabilities."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.fourier.biased import BiasedSpectrum
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table

from .strategies import spectra, tables

probabilities = st.floats(0.02, 0.98)
orders = st.integers(0, 6)


def players_of(table):
    return len(table).bit_length() - 1


def law_of(n, keep):
    """All coalitions, their probabilities, and phi of each player in each of them."""
    rows = Coalitions.all_of(n).dense()
    chances = np.where(rows, keep, 1 - keep).prod(axis=1)
    return rows, chances, (rows - keep) / np.sqrt(keep * (1 - keep))


def terms_up_to(n, degree):
    return [term for size in range(degree + 1) for term in combinations(range(n), size)]


@given(tables(), probabilities)
def test_coefficients_are_means_of_the_game_times_the_basis(table, keep):
    n = players_of(table)
    _, chances, phi = law_of(n, keep)
    biased = BiasedSpectrum.of(spectrum_of_table(table), keep)
    for term in terms_up_to(n, n):
        expected = chances @ (table * phi[:, list(term)].prod(axis=1))
        assert biased[term] == pytest.approx(expected, abs=1e-9)


@given(spectra(max_players=6), probabilities)
def test_the_way_back_leads_to_the_spectrum(spectrum, keep):
    biased = BiasedSpectrum.of(spectrum, keep)
    rows = Coalitions.all_of(spectrum.n_players)
    back = biased.to_spectrum()
    difference = back - spectrum
    assert np.abs(difference.coefficients).max(initial=0.0) < 1e-7
    assert biased.evaluate(rows) == pytest.approx(spectrum.evaluate(rows), abs=1e-6)
    assert biased(rows).tolist() == biased.evaluate(rows).tolist()


@given(spectra(max_players=6), probabilities)
def test_any_coefficients_are_those_of_the_function_they_define(spectrum, keep):
    given_ones = BiasedSpectrum(spectrum.n_players, keep, spectrum.groups)
    found = BiasedSpectrum.of(given_ones.to_spectrum(), keep)
    assert (given_ones.n_players, given_ones.keep) == (found.n_players, found.keep)
    assert given_ones.to_dict() == spectrum.to_dict()
    for term in terms_up_to(spectrum.n_players, spectrum.n_players):
        assert found[term] == pytest.approx(given_ones[term], abs=1e-7)


@given(tables(), probabilities)
def test_squares_add_up_to_the_variance(table, keep):
    _, chances, _ = law_of(players_of(table), keep)
    biased = BiasedSpectrum.of(spectrum_of_table(table), keep)
    mean = chances @ table
    assert biased.mean == pytest.approx(mean, abs=1e-9)
    assert biased.variance == pytest.approx(chances @ (table - mean) ** 2, abs=1e-9)
    energy = biased.energy_by_degree()
    assert energy.sum() == pytest.approx(chances @ table**2, abs=1e-9)
    assert energy.tolist() == pytest.approx(
        [(group.coefficients**2).sum() for group in biased.groups]
    )


@given(tables(max_players=5), probabilities, orders)
def test_the_truncation_is_the_best_approximation_of_its_degree(table, keep, degree):
    n = players_of(table)
    rows, chances, _ = law_of(n, keep)
    features = np.stack([rows[:, list(t)].all(axis=1) for t in terms_up_to(n, degree)], axis=1)
    root = np.sqrt(chances)
    fit = features @ np.linalg.lstsq(root[:, None] * features, root * table, rcond=None)[0]
    biased = BiasedSpectrum.of(spectrum_of_table(table), keep)
    best = biased.up_to_degree(degree).evaluate(rows)
    assert root * best == pytest.approx(root * fit, abs=1e-7)
    residual = root * (best - table)
    assert np.abs((root[:, None] * features).T @ residual).max() < 1e-9


@given(tables(), probabilities, orders)
def test_low_degrees_can_be_computed_alone(table, keep, degree):
    spectrum = spectrum_of_table(table)
    alone = BiasedSpectrum.of(spectrum, keep, max_degree=degree)
    assert alone.to_dict() == pytest.approx(
        BiasedSpectrum.of(spectrum, keep).up_to_degree(degree).to_dict(), abs=1e-12
    )


@given(tables(max_players=5), st.floats(0.05, 0.95), st.integers(1, 5))
def test_weighted_banzhaf_indices_are_read_from_it(table, keep, order):
    """WBII of U is F_p(U) / sigma^|U|; FWBII is the Moebius transform of the truncation."""
    spectrum = spectrum_of_table(table)
    biased = BiasedSpectrum.of(spectrum, keep)
    sigma = np.sqrt(keep * (1 - keep))
    expected = {u: c / sigma ** len(u) for u, c in biased.to_dict().items()}
    assert convert(spectrum, f"WBII({keep})").to_dict() == pytest.approx(expected, abs=1e-7)
    order = min(order, spectrum.n_players)
    found = convert(spectrum, f"FWBII({keep})", order).to_dict()
    expected = convert(biased.up_to_degree(order).to_spectrum(), "Moebius", order)
    expected = expected.to_dict() | {(): expected.baseline}
    for term in set(found) | set(expected):
        assert found.get(term, 0.0) == pytest.approx(expected.get(term, 0.0), abs=1e-6)


@given(spectra())
def test_with_a_half_it_is_the_spectrum_up_to_signs_of_odd_degrees(spectrum):
    biased = BiasedSpectrum.of(spectrum, 0.5)
    expected = {term: (-1) ** len(term) * c for term, c in spectrum.to_dict().items()}
    assert biased.to_dict() == expected
    assert biased.to_spectrum() == spectrum
    assert (biased.mean, biased.variance) == (spectrum.mean, spectrum.variance)
    assert (len(biased), biased.degree) == (len(spectrum), spectrum.degree)


@given(spectra(), st.integers(0, 9), st.floats(0, 1))
def test_it_is_pruned_by_its_own_coefficients(spectrum, count, threshold):
    biased = BiasedSpectrum(spectrum.n_players, 0.8, spectrum.groups)
    pruned = biased.prune(keep=count, threshold=threshold)
    assert pruned.to_dict() == spectrum.prune(keep=count, threshold=threshold).to_dict()
    assert pruned.keep == biased.keep


def test_terms_of_high_degree_are_refused_unless_a_half_or_low_degrees_are_enough():
    wide = Spectrum(200, [(np.arange(200)[None, :], [1.0])])
    with pytest.raises(ValueError, match="as up_to_degree"):
        BiasedSpectrum.of(wide, 0.9)
    assert len(BiasedSpectrum.of(wide, 0.5)) == 1
    low = BiasedSpectrum.of(wide, 0.9, max_degree=2)
    assert low[3, 7] == pytest.approx(0.36 * 0.8**198, rel=1e-9)
    assert low.mean == pytest.approx(0.8**200, rel=1e-9)


@pytest.mark.parametrize("keep", [0.0, 1.0, -0.1, float("nan")])
def test_only_probabilities_make_a_basis(keep):
    with pytest.raises(ValueError, match="keep must lie between 0 and 1"):
        BiasedSpectrum.of(Spectrum(2), keep)
    with pytest.raises(ValueError, match="keep must lie between 0 and 1"):
        BiasedSpectrum(2, keep)


def test_it_says_what_it_is():
    biased = BiasedSpectrum(3, 0.9, [([[0, 1]], [1.0])])
    assert repr(biased) == "BiasedSpectrum of 3 players at p = 0.9: 1 terms of degree <= 2"
