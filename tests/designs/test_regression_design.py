"""Designs whose answers a regression is fitted to: when they stop, and what they recover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex.designs.design import ADAPTIVE
from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.designs.regions import regions_asked
from shapiq_spex.designs.regression_design import COMPLETE, RegressionDesign, StoppingDesign
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table

N = 10
LAW = SizeLaw.named(N, "uniform", paired=False)
TRUTH = Spectrum.from_dict(N, {(): 1.0, (0,): 2.0, (1, 2): 1.0, (3,): -0.5})


class Known:
    """A proxy that predicts with an error of a given size, and counts its fits."""

    name = "known"

    def __init__(self, error=0.0, additive=None):
        self.error, self.additive, self.rows = error, additive, []

    def fit(self, coalitions, values, *, rng):
        self.rows.append(len(coalitions))
        held_out = values + self.error * rng.standard_normal(len(values))
        return Fit(TRUTH, held_out, additive=self.additive, notes=("a note",))


def rows(count, seed=0):
    return sample_coalitions(N, count, LAW, rng=np.random.default_rng(seed))


def stopping(error, stop_at=0.8, count=400):
    return StoppingDesign.of(
        RegressionDesign(coalitions=rows(count), size_law=LAW, estimator=Known(error)), stop_at
    )


def everything(design):
    return np.ones(design.stage_end, dtype=np.bool_)


def advance(design):
    values = TRUTH.evaluate(design.coalitions[: design.stage_end])
    return design.advance(values, everything(design), np.random.default_rng(0))


def test_each_stage_is_half_as_long_again():
    design, ends = stopping(error=100.0), []
    while design.stage_end < len(design.coalitions):
        ends.append(design.stage_end)
        design = advance(design)
    assert [*ends, design.stage_end] == [64, 96, 144, 216, 324, 400]
    assert isinstance(design, StoppingDesign)
    assert design.sample_law is ADAPTIVE


def test_it_stops_as_soon_as_the_faithfulness_is_sure_enough():
    design = stopping(error=0.1)
    last = advance(design)
    assert len(last.coalitions) == last.stage_end == 64
    assert last.sample_law is ADAPTIVE
    assert last.size_law is LAW
    recovery = last.recover(np.empty(64), everything(last), np.random.default_rng(9))
    assert design.whole.estimator.rows == [64], "nothing is fitted twice"
    assert recovery.notes == (
        "a note",
        "Stopped after 64 of 400 coalitions: the faithfulness is above 0.8 with 95% confidence, "
        "unless fewer than about 4.8% of all coalitions differ.",
    )
    assert recovery.spectrum == TRUTH


@pytest.mark.parametrize(("error", "stops"), [(0.2, True), (0.7, False), (1.5, False)])
def test_a_lucky_look_does_not_suffice(error, stops):
    """R2 is .99, .91 and .57 here; among 64 rows .9 may well be luck."""
    assert (len(advance(stopping(error, stop_at=0.9)).coalitions) == 64) == stops


class BadNear:
    """A proxy that predicts well unless five players or fewer are removed."""

    name = "bad near"
    worth = np.linspace(1.0, 9.0, 80)
    spectrum = Spectrum(
        80, [(np.empty((1, 0)), [worth.sum() / 2]), (np.arange(80)[:, None], -worth / 2)]
    )

    def fit(self, coalitions, values, *, rng):
        near = coalitions.sizes() >= coalitions.n_players - 5
        return Fit(
            self.spectrum, values + np.where(near, 5.0, 0.1) * rng.standard_normal(len(near))
        )


@pytest.mark.parametrize("keep", ["range", 0.5])
def test_a_region_with_too_few_rows_so_far_keeps_a_run_from_stopping(keep):
    n, law = 80, SizeLaw.named(80, keep, paired=False)
    coalitions = sample_coalitions(n, 1000, law, rng=np.random.default_rng(1))
    values = coalitions.dense() @ BadNear.worth
    whole = RegressionDesign(
        coalitions=coalitions, size_law=law, estimator=BadNear(), asked=regions_asked(keep)
    )
    design = StoppingDesign.of(whole, 0.6)
    while isinstance(design, StoppingDesign) and design.stage_end < len(coalitions):
        end = design.stage_end
        design = design.advance(values[:end], np.ones(end, bool), np.random.default_rng(0))
    assert isinstance(design, StoppingDesign) == (keep == "range")


def test_a_short_design_has_one_stage():
    assert stopping(0.1, count=64).stage_end == 64
    assert stopping(0.1, count=30).stage_end == 30
    assert stopping(0.1, count=65).stage_end == 64


def test_in_one_stage_it_is_a_plain_design():
    whole = replace(stopping(0.1).whole, parts_tell_growth=False)
    design = StoppingDesign.of(whole, 0.8)
    assert design.in_one_stage() is whole
    assert whole.sample_law is whole.size_law is LAW
    assert not design.parts_tell_growth
    assert stopping(0.1).parts_tell_growth


def test_the_proxy_is_fitted_to_the_answered_rows_alone():
    design = RegressionDesign(coalitions=rows(80), size_law=LAW, estimator=Known())
    known = np.arange(80) % 4 != 0
    values = np.where(known, TRUTH.evaluate(design.coalitions), np.nan)
    found = design.recover(values, known, np.random.default_rng(0))
    assert design.estimator.rows == [60]
    np.testing.assert_array_equal(found.held_out[known], values[known])
    assert np.isnan(found.held_out[~known]).all()
    assert np.isfinite(found.additive).tolist() == known.tolist()
    assert found.estimators == {"known": 1.0}
    assert found.notes == ("a note",)
    assert not found.exact


def test_the_additive_predictions_of_the_proxy_are_used_if_it_has_some():
    design = RegressionDesign(
        coalitions=rows(50), size_law=LAW, estimator=Known(additive=np.arange(50.0))
    )
    values = TRUTH.evaluate(design.coalitions)
    found = design.recover(values, np.ones(50, bool), np.random.default_rng(0))
    np.testing.assert_array_equal(found.additive, np.arange(50.0))


def test_additive_predictions_are_those_of_an_additive_fit():
    design = RegressionDesign(coalitions=rows(300), size_law=LAW, estimator=Known())
    values = TRUTH.evaluate(design.coalitions)
    found = design.recover(values, np.ones(300, bool), np.random.default_rng(0))
    best = TRUTH.up_to_degree(1).evaluate(design.coalitions)
    assert np.square(found.additive - best).mean() < 0.05 * np.square(values - best).mean()


def test_all_answers_of_all_coalitions_give_the_exact_spectrum():
    everyone = Coalitions.all_of(6)
    order = np.random.default_rng(0).permutation(64)
    table = np.random.default_rng(1).normal(size=64)
    proxy = Known()
    design = RegressionDesign(coalitions=everyone[order], size_law=COMPLETE, estimator=proxy)
    found = design.recover(table[order], np.ones(64, bool), np.random.default_rng(0))
    assert found.exact
    exact = spectrum_of_table(table)
    assert found.spectrum.to_dict() == pytest.approx(exact.to_dict())
    np.testing.assert_array_equal(found.held_out, table[order])
    additive = exact.up_to_degree(1).evaluate(design.coalitions)
    np.testing.assert_allclose(found.additive, additive)
    assert not proxy.rows
    almost = np.arange(64) != 7
    assert not design.recover(table[order], almost, np.random.default_rng(0)).exact
    assert proxy.rows == [63]


def test_terms_that_are_nothing_but_rounding_are_left_out():
    every, proxy = Coalitions.all_of(8), Known()
    design = RegressionDesign(coalitions=every, size_law=COMPLETE, estimator=proxy)
    game = Spectrum.from_dict(8, {(): 0.1, (0,): 0.7, (1, 2, 5): -0.3})
    found = design.recover(
        game.evaluate(design.coalitions), np.ones(256, bool), np.random.default_rng(0)
    )
    assert found.spectrum.terms() == game.terms()
