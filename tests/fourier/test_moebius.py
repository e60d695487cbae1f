"""Functions given by sums over subsets, against evaluating the sum."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.moebius import add_to_subsets, spectrum_of_moebius, sum_over_subsets
from shapiq_spex.fourier.spectrum import Spectrum
from tests.fourier.strategies import spectra


@given(spectra(max_players=6))
def test_it_is_the_sum_over_subsets(moebius):
    rows = Coalitions.all_of(moebius.n_players).dense()
    terms = moebius.to_dict().items()
    expected = [sum(c for term, c in terms if row[list(term)].all()) for row in rows]
    assert spectrum_of_moebius(moebius).evaluate(rows) == pytest.approx(expected, abs=1e-12)
    added_up = sum_over_subsets(moebius, Coalitions.from_dense(rows))
    assert added_up == pytest.approx(expected, abs=1e-12)


@given(spectra(max_players=8))
def test_the_moebius_index_leads_back(spectrum):
    moebius = Spectrum.from_dict(spectrum.n_players, convert(spectrum, "Moebius").to_dict())
    back = spectrum_of_moebius(moebius)
    rows = Coalitions.all_of(spectrum.n_players)
    assert back.evaluate(rows) == pytest.approx(spectrum.evaluate(rows), abs=1e-9)


def test_shares_are_added_up():
    doubled = add_to_subsets(
        Spectrum.from_dict(4, {(0, 1, 2): 1.0, (1, 2, 3): 2.0}), lambda t, s: float(t - s == 1)
    )
    expected = dict.fromkeys(combinations((0, 1, 2), 2), 1.0)
    for pair in combinations((1, 2, 3), 2):
        expected[pair] = expected.get(pair, 0.0) + 2.0
    assert doubled.to_dict() == expected


def test_too_many_subsets_are_refused():
    wide = Spectrum(40, [(np.arange(40)[None, :], [1.0])])
    with pytest.raises(ValueError, match="keep lower orders"):
        spectrum_of_moebius(wide)
