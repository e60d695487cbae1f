"""The components of a blend: what they propose, hold out and contribute."""

from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.blend import components
from shapiq_spex.estimators.blend.components import (
    OPTIONAL_COMPONENTS,
    QUICK,
    THOROUGH,
    BlendRows,
    SparseEffort,
    gaussian_component,
    like_spread_component,
    pairwise_component,
    sparse_component,
)
from shapiq_spex.estimators.gaussian.beam import Mean, largest_coefficients
from shapiq_spex.estimators.gaussian.gaussian import Gaussian
from shapiq_spex.estimators.gaussian.posterior import Posterior
from shapiq_spex.estimators.signs import signs, take_rows
from shapiq_spex.estimators.sparse.expansion import WorthwhileRounds
from shapiq_spex.estimators.sparse.pairwise import pairwise_proxy
from shapiq_spex.estimators.sparse.sparse_regression import SparseRegression
from tests.estimators.gaussian.problems import mean_of, paired_rows_of
from tests.estimators.samples import game, random_rows


def problem(noise=0.3, n_rows=80, n_players=8, paired=True, seed=0):
    """Rows and what components are fitted to; the kernels are those of the same rows always."""
    rng = np.random.default_rng(seed)
    coalitions = random_rows(rng, n_rows, n_players, paired=paired)
    values = game(coalitions) + noise * rng.normal(size=len(coalitions))
    values = (values - values.mean()) / values.std()
    rows = paired_rows_of(coalitions, values)
    judges = np.ones(len(values), dtype=bool)
    posteriors = Gaussian().posteriors(rows, judges, np.random.default_rng(1))
    best = posteriors[0]
    data = BlendRows(rows, best, best.held_out_folds(np.random.default_rng(2)))
    return coalitions, data, posteriors


def test_gaussian_posteriors_share_one_prior_weight_and_sum_their_means():
    coalitions, _, posteriors = problem()
    component = gaussian_component(posteriors, 300, FOURIER)
    assert component.names == ("gaussian 1", "gaussian 2")
    assert component.prior == 0.5
    np.testing.assert_array_equal(component.held_out.T, [p.held_out for p in posteriors])
    found = component.fit(np.array([0.3, 0.6]))
    means = [mean_of(p.posterior).evaluate(signs(coalitions)) for p in posteriors]
    (part,) = found.parts
    np.testing.assert_allclose(part(coalitions), 0.3 * means[0] + 0.6 * means[1], atol=1e-6)
    assert found.exact is None


def test_a_gaussian_of_like_spread_neither_sees_nor_is_judged_by_its_fit_to_the_other_rows():
    coalitions, data, _ = problem()
    values, alike = data.rows.values, coalitions.sizes() > 3
    one, other = (
        like_spread_component(Gaussian(), coalitions, changed, alike, np.random.default_rng(3))
        for changed in (values, np.where(alike, values, 100.0 * values))
    )
    np.testing.assert_array_equal(one.held_out, other.held_out)
    (part,) = one.fit(np.array([0.5])).parts
    np.testing.assert_allclose(2.0 * part(coalitions)[~alike], one.held_out[~alike, 0], atol=1e-9)
    assert np.abs(2.0 * part(coalitions) - one.held_out[:, 0])[alike].max() > 1e-3


def test_the_pairwise_component_is_the_proxy_outside_the_folds_times_its_weight():
    coalitions, data, _ = problem()
    component = pairwise_component(data)
    folds = [fold.rows for fold in data.folds]
    proxy = pairwise_proxy(data.rows.signs, data.rows.values, folds, data.best.held_out)
    np.testing.assert_array_equal(component.held_out, proxy.held_out[:, None])
    found = component.fit(np.array([0.25]))
    np.testing.assert_allclose(found.parts[0](coalitions), 0.25 * proxy.spectrum()(coalitions))
    assert found.exact is None
    assert component.names == ("pairwise",)
    assert component.prior == 0


def test_a_pairwise_proxy_that_is_clearly_worse_is_not_offered():
    _, data, _ = problem()
    data.best.held_out[:] = data.rows.values
    assert pairwise_component(data) is None


def proposals_without(data, fold, effort=THOROUGH):
    """The largest coefficients of the posterior given all but the rows of a fold."""
    rows, proposer = data.rows, fold.proposer
    duals = proposer.duals_without(rows.positions(fold.rows))
    even, odd = (np.sqrt(2) * d for d in duals) if rows.paired else (duals[0], duals[0])
    keep = min(effort.proposals, 3 * (len(rows.values) - len(fold.rows)))
    return largest_coefficients([Mean(rows.block, proposer.kernel, even, odd)], keep=keep)


def table_without(rows, held):
    """The pairs of the other rows, numbered anew."""
    rest = [row for row in range(len(rows.values)) if row not in held]
    number = {-1: -1} | {row: place for place, row in enumerate(rest)}
    return np.array([[number[r] for r in pair] for pair in rows.table.tolist() if pair[0] in rest])


def predictions_without_folds(data, effort=THOROUGH):
    """All regressions without the folds, and which of the path is best."""
    rows, values = data.rows, data.rows.values
    every = np.full((len(values), 18), np.nan)
    first = data.folds[0].rows
    worthwhile = WorthwhileRounds(take_rows(rows.signs, first), values[first])
    rounds = effort.rounds
    for fold in data.folds:
        rest = np.setdiff1d(np.arange(len(values)), fold.rows)
        regression = SparseRegression(
            take_rows(rows.signs, rest), values[rest], proposals_without(data, fold, effort),
            rounds, goes_on=worthwhile if fold is data.folds[0] else None,
            table=table_without(rows, fold.rows) if effort.scanning else None,
        )  # fmt: skip
        rounds = worthwhile.rounds if worthwhile.ended else rounds
        every[fold.rows] = regression.predict(take_rows(rows.signs, fold.rows))
    return every, int(np.nansum((every[:, :16] - values[:, None]) ** 2, axis=0).argmin())


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("effort", [THOROUGH, QUICK, SparseEffort(proposals=10, rounds=1)])
def test_sparse_regressions_are_repeated_without_every_fold(paired, effort):
    _, data, _ = problem(paired=paired)
    component = sparse_component(data, effort)
    every, best = predictions_without_folds(data, effort)
    np.testing.assert_allclose(component.held_out, every[:, [best, 16, 17]], atol=1e-9)
    assert component.names == ("adaptive lasso", "selection", "expansion")
    assert component.prior == 0


def test_a_posterior_without_a_fold_proposes_as_if_it_had_never_seen_it():
    coalitions, data, _ = problem()
    fold = data.folds[1]
    rest = np.setdiff1d(np.arange(len(coalitions)), fold.rows)
    refitted = Posterior(
        fold.proposer.kernel, paired_rows_of(coalitions[rest], data.rows.values[rest])
    )
    expected = largest_coefficients([mean_of(refitted)], keep=600)
    found = proposals_without(data, fold).to_dict()
    assert found == pytest.approx({t: expected[t] for t in found}, abs=1e-6)


def test_a_prediction_does_not_depend_on_the_values_of_its_own_fold():
    coalitions, data, _ = problem()
    changed = data.rows.values.copy()
    held = data.folds[0].rows
    changed[held] += 1e-4
    rows = paired_rows_of(coalitions, changed)
    proposers = {id(f.proposer): Posterior(f.proposer.kernel, rows) for f in data.folds}
    folds = [fold._replace(proposer=proposers[id(fold.proposer)]) for fold in data.folds]
    one = sparse_component(data)
    two = sparse_component(BlendRows(rows, data.best, folds))
    np.testing.assert_allclose(one.held_out[held], two.held_out[held], atol=1e-7)
    others = np.setdiff1d(np.arange(len(changed)), held)
    assert np.abs(one.held_out - two.held_out)[others].max() > 1e-6


def test_all_folds_of_few_rows_and_the_first_of_many_are_tried():
    _, data, _ = problem()
    for most, folds in ((80, 4), (79, 1)):
        found = sparse_component(data, SparseEffort(rounds=0, most_rows=most))
        held = np.concatenate([fold.rows for fold in data.folds[:folds]])
        seen = np.flatnonzero(np.isfinite(found.held_out).all(axis=1))
        np.testing.assert_array_equal(seen, np.sort(held))


def test_sparse_regressions_that_are_hopeless_on_the_first_fold_are_not_offered():
    _, data, _ = problem(noise=1.0)
    found = sparse_component(data)
    first = data.folds[0].rows
    everything = SparseRegression(
        take_rows(data.rows.signs, np.setdiff1d(np.arange(80), first)),
        np.delete(data.rows.values, first), proposals_without(data, data.folds[0]),
    ).predict(take_rows(data.rows.signs, first))  # fmt: skip
    mine = ((everything - data.rows.values[first, None]) ** 2).mean(axis=0).min()
    assert found is not None
    for ratio, offered in ((1.45, True), (1.55, False)):
        data.best.held_out[:] = 1e9
        data.best.held_out[first] = data.rows.values[first] + np.sqrt(mine / ratio)
        assert (sparse_component(data) is not None) == offered
        assert sparse_component(data, QUICK) is None


@pytest.mark.parametrize("basis", [FOURIER, Basis(0.8)])
def test_of_few_players_only_the_largest_terms_are_proposed(basis):
    _, data, _ = problem()
    posterior = data.best.posterior
    every = largest_coefficients([mean_of(posterior)], keep=10**6)
    found = components._proposals(posterior, posterior.duals, 20, QUICK, basis)
    expected = every.prune(keep=60)
    assert found.terms() == expected.terms()
    np.testing.assert_allclose(found.coefficients, expected.coefficients, atol=1e-9)


def test_fitted_sparse_parts_are_the_regressions_of_all_rows_times_their_weights():
    coalitions, data, _ = problem()
    component = sparse_component(data)
    found = component.fit(np.array([0.2, 0.3, 0.5]))
    posterior = data.best.posterior
    proposals = largest_coefficients([mean_of(posterior)], keep=240)
    regression = SparseRegression(data.rows.signs, data.rows.values, proposals)
    _, best = predictions_without_folds(data)
    expected = regression.spectra(best)
    for weight, part, spectrum in zip((0.2, 0.3, 0.5), found.parts, expected, strict=True):
        np.testing.assert_allclose(part(coalitions), weight * spectrum(coalitions), atol=1e-9)
    assert found.exact is None


def test_a_perfect_fit_is_exact_unless_it_can_be_chance(monkeypatch):
    _, data, _ = problem(noise=0.0)
    component = sparse_component(data)
    found = component.fit(np.full(3, 1 / 3))
    assert len(found.exact.terms()) == 6
    assert found.exact(data.rows.signs < 0) == pytest.approx(data.rows.values, abs=1e-9)
    monkeypatch.setattr(components, "_is_overdetermined", lambda *_: False)
    assert component.fit(np.full(3, 1 / 3)).exact is None


def test_the_exact_spectrum_is_the_expansion_which_may_hold_more_than_was_proposed():
    coalitions, data, _ = problem(noise=0.0)
    found = sparse_component(data, SparseEffort(proposals=2)).fit(np.full(3, 1 / 3))
    assert len(found.parts[1].terms()) <= 3
    np.testing.assert_allclose(found.exact(coalitions), data.rows.values, atol=1e-9)


@pytest.mark.parametrize(
    ("effort", "expands"),
    [(replace(QUICK, scanning=False), False), (SparseEffort(proposals=2), True)],
)
def test_a_quick_search_does_not_expand(effort, expands):
    _, data, _ = problem(noise=0.1, n_rows=200)
    found = sparse_component(data, effort).fit(np.full(3, 1.0))
    _, selection, expansion = (set(part.terms()) for part in found.parts)
    assert (not expansion <= selection) is expands


@pytest.mark.parametrize(
    ("n_terms", "odd", "n_pairs", "single", "overdetermined"),
    [
        (9, 4, 10, 0, True),
        (10, 5, 10, 0, True),
        (11, 5, 10, 0, False),
        (8, 6, 10, 0, False),
        (8, 2, 10, 0, False),
        (5, 2, 0, 10, True),
        (6, 3, 0, 10, False),
    ],
)
def test_half_of_the_equations_of_each_parity_are_enough(
    n_terms, odd, n_pairs, single, overdetermined
):
    rng = np.random.default_rng(3)
    coalitions = random_rows(rng, 2 * (n_pairs + single), 8, paired=True)
    table = coalitions.pair_table()
    if single:
        coalitions = coalitions[table[:, 0]]
    values = np.tile([1.0, -1.0], len(coalitions) // 2)
    values *= 1.0 + 1e-3 * rng.random(len(values))  # values that repeat prove less
    rows = paired_rows_of(coalitions, values)
    terms = [(k,) for k in range(odd)] + [(k, k + 1) for k in range(n_terms - odd)]
    assert components._is_overdetermined(rows, terms) is overdetermined


def test_values_that_are_mostly_equal_count_for_fewer_equations():
    coalitions = random_rows(np.random.default_rng(4), 40, 8, paired=True)
    terms = [(k,) for k in range(4)] + [(k, k + 1) for k in range(4)]
    values = np.zeros(40)
    values[:20] = np.tile([1.0, -1.0], 10)
    assert components._is_overdetermined(paired_rows_of(coalitions, values), terms)
    values[:] = 0
    values[:4] = [1.0, -1.0, 1.0, -1.0]
    assert not components._is_overdetermined(paired_rows_of(coalitions, values), terms)


def test_the_full_blend_has_a_pairwise_component_and_the_fast_one_a_quick_sparse_one():
    assert list(OPTIONAL_COMPONENTS["full"]) == ["pairwise", "sparse"]
    assert list(OPTIONAL_COMPONENTS["fast"]) == ["sparse"]
    assert OPTIONAL_COMPONENTS["full"]["sparse"] is sparse_component
    assert OPTIONAL_COMPONENTS["fast"]["sparse"].keywords == {"effort": QUICK}
