"""The Walsh transform: round trips, Parseval, and the sum it is defined by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table, table_of_spectrum, walsh_transform

from .strategies import spectra, tables


@given(tables())
def test_the_transform_is_the_sum_that_defines_it(table):
    size = len(table)
    signs = [[(-1) ** (s & t).bit_count() for s in range(size)] for t in range(size)]
    assert walsh_transform(table) == pytest.approx(np.array(signs) @ table)


@given(tables())
def test_table_to_spectrum_and_back(table):
    spectrum = spectrum_of_table(table)
    assert len(spectrum) == len(table)
    assert table_of_spectrum(spectrum) == pytest.approx(table)
    everything = Coalitions.all_of(spectrum.n_players)
    assert spectrum.evaluate(everything) == pytest.approx(table)


@given(spectra(max_players=8))
def test_spectrum_to_table_and_back(spectrum):
    again = spectrum_of_table(table_of_spectrum(spectrum))
    assert again.n_players == spectrum.n_players
    assert all(again[term] == pytest.approx(value) for term, value in spectrum.to_dict().items())


@given(tables())
def test_parseval(table):
    spectrum = spectrum_of_table(table)
    assert spectrum.mean == pytest.approx(table.mean())
    assert spectrum.variance == pytest.approx(table.var())


def test_the_input_stays_and_columns_are_independent():
    table = np.arange(8.0).reshape(4, 2)
    result = walsh_transform(table)
    assert np.array_equal(table, np.arange(8.0).reshape(4, 2))
    assert np.array_equal(result[:, 1], walsh_transform(table[:, 1]))


@pytest.mark.parametrize("size", [0, 3, 6])
def test_only_powers_of_two(size):
    with pytest.raises(ValueError, match=f"power of two, got {size}"):
        walsh_transform(np.zeros(size))


def test_a_table_of_many_players_is_refused():
    with pytest.raises(ValueError, match="2\\^40 values"):
        table_of_spectrum(Spectrum(40))
