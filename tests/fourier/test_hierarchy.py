"""Hierarchy against its definition, written with sets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given

from shapiq_spex.fourier.hierarchy import hierarchy
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.fourier.strategies import spectra, tables


@given(spectra(max_players=6, max_terms=25))
def test_it_is_the_share_of_energy_with_all_immediate_subsets(spectrum):
    terms = spectrum.to_dict()
    interactions = {term: c * c for term, c in terms.items() if len(term) >= 2}
    backed = [
        energy
        for term, energy in interactions.items()
        if all(facet in terms for facet in combinations(term, len(term) - 1))
    ]
    expected = sum(backed) / sum(interactions.values()) if interactions else np.nan
    assert hierarchy(spectrum) == pytest.approx(expected, nan_ok=True)


@given(tables(max_players=5))
def test_a_complete_spectrum_is_hierarchical(table):
    spectrum = spectrum_of_table(table)
    expected = 1.0 if spectrum.n_players >= 2 else np.nan
    assert hierarchy(spectrum) == pytest.approx(expected, nan_ok=True)


def test_a_parity_has_none_and_zero_coefficients_are_no_terms():
    assert hierarchy(Spectrum.from_dict(5, {(0, 1, 2): 1.0})) == 0.0
    assert hierarchy(Spectrum.from_dict(5, {(0,): 1.0, (1,): 0.0, (0, 1): 1.0})) == 0.0


@pytest.mark.parametrize("terms", [{}, {(): 1.0}, {(0,): 1.0, (1,): 2.0}])
def test_without_interactions_there_is_nothing_to_say(terms):
    assert np.isnan(hierarchy(Spectrum.from_dict(3, terms)))
