"""Half of the rows by the law of an index: what follows them, and what is recovered."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import SPEX
from shapiq_spex.benchmark.games.planted_functions import planted_game
from shapiq_spex.designs.coded_design import UncodedDesign
from shapiq_spex.designs.sample_or_code import FEW_PLAYERS, SampleOrCodeDesign
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from tests.designs.designs import sample_or_code

N, BUDGET = 40, 1600
PARITIES = [(0, 7, 30), (3, 8, 21), (5, 12, 38), (9, 13, 17), (2, 4, 39)]


@pytest.fixture(scope="module")
def design():
    return sample_or_code(N, BUDGET, 0, degree=3)


def after_the_first_rows(design, game):
    first = design.coalitions[: design.stage_end]
    known = np.ones(len(first), dtype=np.bool_)
    return design.advance(game(first), known, np.random.default_rng(1))


def test_half_of_the_rows_are_drawn_and_the_code_takes_the_others(design):
    assert design.stage_end == design.drawn == BUDGET // 2
    assert design.coalitions[: design.drawn] == design.sample[: design.drawn]
    assert design.coalitions[design.places] == design.plan.coalitions
    assert len(design.coalitions) == BUDGET


def test_coded_rows_that_were_drawn_before_are_replaced_by_drawn_ones():
    design = sample_or_code(20, 4000, 0, degree=3)
    places = design.places
    assert (places < design.first).any()
    assert design.coalitions[places] == design.plan.coalitions
    extra = np.setdiff1d(np.arange(design.first, len(design.coalitions)), places)
    assert len(extra) == (places < design.first).sum()
    assert np.isin(design.coalitions[extra].keys(), design.sample.keys()).all()


def test_more_rows_by_the_law_follow_if_a_regression_predicts_the_first(design):
    found = after_the_first_rows(design, lambda rows: rows.dense() @ np.arange(N))
    assert isinstance(found, UncodedDesign)
    assert found.coalitions == design.sample
    assert found.sample_law is design.size_law


def test_parities_are_decoded_and_their_shapley_values_are_exact(design):
    game = Spectrum.from_terms(N, [(), *PARITIES], [0.3, 1.0, -1.0, 0.8, 1.2, -0.9])
    settled = after_the_first_rows(design, game.evaluate)
    assert isinstance(settled, SampleOrCodeDesign)
    values = game.evaluate(settled.coalitions)
    found = settled.recover(values, np.ones(BUDGET, dtype=np.bool_), np.random.default_rng(2))
    assert found.estimators == {"code": 1.0}
    exact, values = (convert(s, "SV", 1).to_dict() for s in (game, found.spectrum))
    for term, value in exact.items():
        assert values.get(term, 0.0) == pytest.approx(value, abs=1e-9)


def test_what_decoding_leaves_is_found_by_a_regression_on_all_rows(design):
    flat = Spectrum.from_terms(N, PARITIES, [3.0, -3.0, 2.4, 3.6, -2.7])
    rng = np.random.default_rng(4)
    small = Spectrum.from_terms(N, [(i,) for i in range(N)], 0.2 * rng.normal(size=N))
    game = flat + small
    values = game.evaluate(design.coalitions)
    known = np.ones(BUDGET, dtype=np.bool_)
    found = design.in_one_stage().recover(values, known, np.random.default_rng(2))
    assert set(PARITIES) <= set(found.spectrum.terms())
    rows = rng.random((2000, N)) < 0.5
    gap = game.evaluate(rows) - found.spectrum.evaluate(rows)
    assert gap.var() < 0.1 * small.variance


def test_answers_of_one_half_are_enough(design):
    game = Spectrum.from_terms(N, [(0,), (1, 2)], [1.0, 2.0])
    values = game.evaluate(design.coalitions)
    for half in (slice(None, design.first), slice(design.first, None)):
        known = np.zeros(BUDGET, dtype=np.bool_)
        known[half] = True
        masked = np.where(known, values, np.nan)
        found = design.in_one_stage().recover(masked, known, np.random.default_rng(2))
        assert np.isnan(found.held_out[~known]).all()
        assert found.spectrum[(1, 2)] == pytest.approx(2.0, abs=0.2)


def test_up_to_16_players_nothing_is_coded():
    assert sample_or_code(FEW_PLAYERS, 1000, 0, degree=3) is None
    assert sample_or_code(FEW_PLAYERS + 1, 1000, 0, degree=3) is not None


def test_flat_functions_of_few_players_need_no_code():
    flat = planted_game("flat", 14, 20, noise=0.0, seed=6)
    spex = SPEX(n=14, index="SV", max_order=1, random_state=0)
    found = spex.approximate(430, flat.value).dict_values
    for term, value in convert(flat.spectrum, "SV", 1).to_dict().items():
        assert found.get(term, 0.0) == pytest.approx(value, abs=1e-9)
    assert "finds what a code would" in spex.report_.notes[0]
