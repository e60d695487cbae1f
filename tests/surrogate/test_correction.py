"""Surrogates are corrected by what was observed, as the table of indices says."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.designs.regression_design import GIVEN
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.index import index_named
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.surrogate.correction import corrected
from shapiq_spex.surrogate.residual_values import with_residual_values
from tests.fourier.indices import INDICES

N = 40
LAW = SizeLaw.named(N, "sizes", paired=True)
ROWS = sample_coalitions(N, 600, LAW, rng=np.random.default_rng(0))
TERMS = [(), *((i,) for i in range(N)), (0, 1), (3, 8), (5, 6, 7)]
GAME = Spectrum.from_terms(N, TERMS, np.random.default_rng(1).normal(size=len(TERMS)))
SURROGATE = 0.7 * GAME
every_index = pytest.mark.parametrize("index", INDICES)
orders = pytest.mark.parametrize("max_order", [1, 2, 3])


def correct(index, max_order, *, law=LAW, rows=ROWS, surrogate=SURROGATE):
    values = GAME.evaluate(rows)
    return corrected(surrogate, rows, values, law, index=index, max_order=max_order)


def shapley_values(spectrum):
    values = convert(spectrum, "SV").to_dict()
    return np.array([values.get((player,), 0.0) for player in range(spectrum.n_players)])


@every_index
@orders
def test_both_ends_are_exact_where_an_index_shares_out_what_lies_between(index, max_order):
    better = correct(index, max_order)
    if index_named(index, max_order).efficient_over == "none":
        assert better is SURROGATE
    else:
        ends = ROWS[:2]
        np.testing.assert_allclose(better.evaluate(ends), GAME.evaluate(ends), atol=1e-9)


@every_index
@orders
def test_shapley_values_of_the_residuals_are_added_where_players_get_them(index, max_order):
    record = index_named(index, max_order)
    if record.efficient_over == "none":
        return
    values = GAME.evaluate(ROWS)
    gain = shapley_values(correct(index, max_order)) - shapley_values(SURROGATE)
    if record.players_get == "shapley":
        better = with_residual_values(SURROGATE, ROWS, values, LAW)
        expected = shapley_values(better) - shapley_values(SURROGATE)
    else:
        expected = np.zeros(N)
    np.testing.assert_allclose(gain - gain.mean(), expected - expected.mean(), atol=1e-9)
    unknown = correct(index, max_order, law=GIVEN)
    np.testing.assert_allclose(
        shapley_values(unknown) - shapley_values(SURROGATE), gain.mean(), atol=1e-9
    )


@pytest.mark.parametrize("index", [i for i, r in INDICES.items() if r.at_order_one == "SV"])
def test_at_order_one_whatever_is_called_shapley_value_is_corrected_alike(index):
    assert correct(index, 1) == correct("SV", 1)


def test_exact_ends_change_the_spectrum_as_little_as_symmetry_allows():
    better = correct("STII", 2, law=GIVEN)
    change = (better - SURROGATE).to_dict()
    single = {coefficient for term, coefficient in change.items() if len(term) == 1}
    assert max(single) - min(single) < 1e-12
    assert {t: c for t, c in change.items() if abs(c) > 1e-12}.keys() == {
        (),
        *((player,) for player in range(N)),
    }
    at_empty, at_full = (GAME - SURROGATE).evaluate(ROWS[:2])
    assert change[()] == pytest.approx((at_empty + at_full) / 2)
    assert change[(0,)] == pytest.approx((at_empty - at_full) / 2 / N)


@pytest.mark.parametrize("missing", [0, 1])
def test_ends_that_were_not_observed_cannot_be_matched(missing):
    rows = ROWS[np.arange(len(ROWS)) != missing]
    assert correct("STII", 2, rows=rows) is SURROGATE


@every_index
def test_few_players_take_the_observed_value_wherever_there_is_one(index):
    n = 7
    table = np.random.default_rng(2).normal(size=2**n)
    everyone = Coalitions.all_of(n)
    observed = np.random.default_rng(3).permutation(2**n)[:50]
    rough = Spectrum.from_dict(n, {(): 1.0, (0, 3): 0.5})
    better = corrected(rough, everyone[observed], table[observed], GIVEN, index=index, max_order=2)
    expected = rough.evaluate(everyone)
    expected[observed] = table[observed]
    np.testing.assert_allclose(better.evaluate(everyone), expected, atol=1e-12)


@every_index
def test_all_observations_give_the_game_itself(index):
    table = np.random.default_rng(4).normal(size=16)
    order = np.random.default_rng(5).permutation(16)
    better = corrected(
        Spectrum(4), Coalitions.all_of(4)[order], table[order], GIVEN, index=index, max_order=4
    )
    assert better.to_dict() == pytest.approx(spectrum_of_table(table).to_dict())


@pytest.mark.parametrize(
    ("n", "max_order", "whole"), [(14, 2, True), (18, 1, True), (18, 4, False), (21, 1, False)]
)
def test_a_table_is_written_out_as_long_as_its_conversion_is_cheap(n, max_order, whole):
    law = SizeLaw.named(n, "uniform", paired=False)
    rows = sample_coalitions(n, 30, law, rng=np.random.default_rng(0))
    values = np.random.default_rng(1).normal(size=30)
    better = corrected(Spectrum(n), rows, values, GIVEN, index="BII", max_order=max_order)
    assert (len(better) == 2**n) == whole
    if whole:
        np.testing.assert_allclose(better.evaluate(rows), values, atol=1e-9)
