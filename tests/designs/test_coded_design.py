"""Coded designs: the order of their rows, when they do without a code, and what they decode."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex.designs.coded_design import CODED, CodedDesign, UncodedDesign, preference
from shapiq_spex.designs.design import ADAPTIVE
from shapiq_spex.designs.law import Refusal
from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.gaussian.informed_kernel import INFORMED
from shapiq_spex.estimators.held_out import r_squared
from shapiq_spex.estimators.knowledge import Knowledge
from shapiq_spex.fourier.spectrum import Spectrum
from tests.coding.planted import planted
from tests.designs.designs import coded_design, uncoded_design

N, BUDGET = 60, 1400


@pytest.fixture(scope="module")
def design():
    return coded_design(N, BUDGET, 0)


@pytest.fixture(scope="module")
def shared():
    return coded_design(N, BUDGET, 0, shared=True)


def additive(coalitions):
    kept = coalitions.dense()
    return kept @ np.linspace(-1, 1, N) + 1.0 * kept[:, 0] * kept[:, 1]


def after_the_random_rows(design, game):
    asked = design.coalitions[: design.stage_end]
    known = np.ones(len(asked), dtype=np.bool_)
    return design.advance(game(asked), known, np.random.default_rng(0))


def recovered(design, values, known=None):
    known = np.ones(len(values), dtype=np.bool_) if known is None else known
    return design.recover(np.where(known, values, np.nan), known, np.random.default_rng(0))


def test_rows_are_the_ends_then_random_ones_then_coded_ones(design):
    plan, coalitions = design.plan, design.coalitions
    assert len(coalitions) == BUDGET
    assert coalitions[:2].sizes().tolist() == [0, N]
    assert coalitions[2 : design.n_random] == plan.others
    assert coalitions[design.n_random :] == plan.coalitions[: plan.uniform.start]
    mixed = np.array([1, BUDGET - 1, 0, design.n_random, 2])
    assert coalitions[mixed].dense().tolist() == coalitions.dense()[mixed].tolist()
    assert design.sample_law is design.size_law is CODED
    assert not design.parts_tell_growth


def test_the_first_stage_ends_with_the_random_rows_unless_a_large_code_is_settled(design):
    assert design.stage_end == design.n_random == 2 + len(design.plan.others)
    assert design.in_one_stage().stage_end == BUDGET
    many = coded_design(600, 3000, 0)
    assert many.plan.cosets[0].n_bins > 8
    assert many.stage_end == 3000
    few_bins = coded_design(600, 900, 0)
    assert few_bins.plan.cosets[0].n_bins <= 8
    assert few_bins.stage_end == few_bins.n_random


def test_a_game_that_a_regression_predicts_needs_no_code(design):
    found = after_the_random_rows(design, additive)
    assert isinstance(found, UncodedDesign)
    assert len(found.coalitions) == BUDGET
    assert found.coalitions[: design.n_random] == design.coalitions[: design.n_random]
    assert found.sample_law is ADAPTIVE
    values = additive(found.coalitions)
    recovery = recovered(found, values)
    decoded, advice = recovery.notes
    assert decoded.startswith("Nothing was decoded: a regression on 2")
    assert decoded.endswith("The spectrum was found by regression, as ProxySPEX finds it.")
    assert advice.endswith("ProxySPEX suits this game as well.")
    assert r_squared(values, recovery.held_out) > 0.99


def test_rows_by_two_laws_follow_their_mixture():
    design = coded_design(40, 600, 0, law="kernel")
    found = after_the_random_rows(design, lambda rows: rows.dense()[:, 0] * 1.0)
    share = design.n_random / 600
    weights = found.size_law.size_weights
    kernel, uniform = design.random.law.size_weights, coded_design(40, 600, 0).random.law
    np.testing.assert_allclose(weights, share * uniform.size_weights + (1 - share) * kernel)
    assert isinstance(found.sample_law, Refusal)
    sizes = found.coalitions.sizes()[design.n_random :]
    assert (sizes < 10).mean() > 0.2  # hardly any uniform coalition is so small
    assert (design.coalitions.sizes()[2 : design.n_random] < 10).mean() < 0.05


def test_rows_that_proxyspex_would_ask_for_follow_its_law(shared):
    found = after_the_random_rows(shared, additive)
    assert found.coalitions == shared.random.draw(BUDGET)
    assert found.sample_law is found.size_law is shared.random.law


def test_a_game_that_no_regression_predicts_is_decoded(design):
    truth = planted(N, 20, np.random.default_rng(1), degree=3)
    flat = truth.select(lambda group: np.full(len(group.members), group.degree == 3))
    settled = after_the_random_rows(design, flat.evaluate)
    assert isinstance(settled, CodedDesign)
    assert settled.stage_end == BUDGET
    assert settled.coalitions == design.coalitions
    values = flat.evaluate(design.coalitions)
    recovery = recovered(settled, values)
    assert set(recovery.spectrum.terms()) - {()} == set(flat.terms()) - {()}
    assert recovery.estimators == {"code": 1.0}
    fresh = np.flatnonzero(np.isfinite(recovery.held_out))
    assert fresh.min() >= 2
    assert fresh.max() < design.n_random
    assert len(fresh) == design.plan.fresh.stop - design.plan.fresh.start
    np.testing.assert_allclose(recovery.held_out[fresh], values[fresh], atol=1e-9)
    np.testing.assert_array_equal(np.isfinite(recovery.additive), np.isfinite(recovery.held_out))
    expected = recovery.spectrum.up_to_degree(1).evaluate(design.coalitions[fresh])
    np.testing.assert_allclose(recovery.additive[fresh], expected)
    assert "SPEX is the safer choice" in recovery.notes[-1]


def dense_function():
    """A function of all players and pairs, which no code finds, and one that resembles it."""
    rng = np.random.default_rng(3)
    pairs = np.transpose(np.triu_indices(N, 1))
    dense = Spectrum(N, [(pairs, 0.05 * rng.normal(size=len(pairs)))])
    dense = dense + Spectrum.from_terms(N, [(i,) for i in range(N)], rng.normal(size=N))
    return dense, dense + Spectrum(N, [(pairs, 0.02 * rng.normal(size=len(pairs)))])


def test_where_the_regression_wins_it_may_be_informed(design):
    dense, guide = dense_function()
    values = dense.evaluate(design.coalitions)
    known = Knowledge(np.empty((N, 0)), guide)
    informed = replace(design, estimator=Blend("fast", knowledge=lambda: known))
    plain, found = recovered(design, values), recovered(informed, values)
    assert plain.uninformed is None
    assert found.estimators[INFORMED] > 0.5
    # the fits without information are the same; one follows others, with other random numbers
    gap = r_squared(values, found.uninformed) - r_squared(values, plain.held_out)
    assert abs(gap) < 0.03
    np.testing.assert_array_equal(np.isfinite(found.uninformed), np.isfinite(found.held_out))
    assert r_squared(values, found.held_out) > r_squared(values, found.uninformed) + 0.01


def test_information_changes_no_bit_of_what_is_decoded(design):
    flat = planted(N, 12, np.random.default_rng(2), degree=3)
    values = flat.evaluate(design.coalitions)
    known = Knowledge(np.arange(float(N))[:, None], flat)
    informed = replace(design, estimator=Blend("fast", knowledge=lambda: known))
    plain, found = recovered(design, values), recovered(informed, values)
    assert found.estimators == {"code": 1.0}
    assert found.spectrum == plain.spectrum
    assert found.uninformed is None


def test_where_the_regression_wins_it_is_compared_with_an_additive_one(design):
    dense, _ = dense_function()
    values = dense.evaluate(design.coalitions)
    recovery = recovered(design, values)
    assert "code" not in recovery.estimators
    assert 0.9 < sum(recovery.estimators.values()) < 1.1
    fresh = np.isfinite(recovery.held_out)
    best = dense.up_to_degree(1).evaluate(design.coalitions[fresh])
    gap = np.square(recovery.additive[fresh] - best).mean()
    assert gap < 0.3 * best.var()


def test_missing_answers_are_no_obstacle(design):
    truth = planted(N, 10, np.random.default_rng(5), degree=3)
    values = truth.evaluate(design.coalitions)
    known = np.random.default_rng(6).random(BUDGET) > 0.1
    recovery = recovered(design, values, known)
    assert recovery.spectrum.terms() == truth.terms()
    assert np.isnan(recovery.held_out[~known]).all()
    nothing_yet = np.zeros(design.n_random, dtype=np.bool_)
    settled = design.advance(np.full(design.n_random, np.nan), nothing_yet, np.random.default_rng())
    assert isinstance(settled, CodedDesign)


def test_an_uncoded_design_says_why():
    design = uncoded_design(14, 100, 0)
    recovery = recovered(design, design.coalitions.dense()[:, 0] * 1.0)
    assert recovery.notes == (
        "Nothing was decoded: a reason. The spectrum was found by regression, as ProxySPEX finds "
        "it.",
    )
    complete = uncoded_design(5, 32, 0)
    assert recovered(complete, complete.coalitions.dense()[:, 0] * 1.0).notes == ()


@pytest.mark.parametrize(
    ("terms", "advice"),
    [
        ({(0,): 1.0, (1,): 1.0, (0, 1): 0.5}, "100% of the energy of interactions is in those"),
        ({(0,): 1.0, (1,): 1.0, (0, 1): 0.5}, "ProxySPEX suits this game as well."),
        ({(0,): 1.0, (1, 2, 3): 0.5}, "0% of the energy of"),
        ({(0,): 1.0, (1, 2, 3): 0.5}, "SPEX is the safer choice for this game."),
        ({(0,): 1.0, (1,): 1e-4, (0, 1): 0.5}, "0% of the energy of"),  # no trace worth the name
        ({(0,): 1.0, (0, 1): 1e-3}, "no interactions worth mentioning: ProxySPEX suits it"),
    ],
)
def test_the_advice_goes_by_the_hierarchy_of_what_was_recovered(terms, advice):
    assert advice in preference(Spectrum.from_dict(6, terms))
