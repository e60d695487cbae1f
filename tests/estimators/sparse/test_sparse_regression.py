"""The three sparse regressions on proposed terms."""

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.estimators.sparse.description_length import GramProblem, prices, select
from shapiq_spex.estimators.sparse.expansion import expand
from shapiq_spex.estimators.sparse.sparse_regression import (
    PENALTIES,
    SparseRegression,
    relative_sizes,
)
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import uniform

TRUTH = {(0,): 1.0, (1,): -0.8, (0, 1): 0.7, (0, 1, 2): 0.6}


def problem(noise=0.2, n_rows=120, n_players=10, seed=0):
    rng = np.random.default_rng(seed)
    rows = signs(uniform(rng, n_rows, n_players))
    values = np.array(list(TRUTH.values())) @ parity_columns(rows, list(TRUTH))
    values = values + noise * rng.normal(size=n_rows)
    terms = [(), *((i,) for i in range(n_players)), *combinations(range(4), 2)]
    sizes = {term: TRUTH.get(term, 0.05) for term in terms}
    sizes[()] = 7.0  # a constant is proposed as well
    return rows, values, Spectrum.from_dict(n_players, sizes)


def test_sizes_are_relative_to_the_largest_and_never_nil():
    np.testing.assert_allclose(relative_sizes(np.array([-4.0, 1.0, 0.0])), [1.0001, 0.2501, 0.0001])
    assert relative_sizes(np.zeros(0)).tolist() == []
    np.testing.assert_allclose(relative_sizes(np.zeros(2)), [1e-4, 1e-4])


def test_the_path_is_a_lasso_that_penalises_small_proposals_more():
    rows, values, proposals = problem()
    found = SparseRegression(rows, values, proposals)
    assert found.terms[0] == ()
    assert sorted(found.terms) == sorted(proposals.terms())
    magnitudes = [abs(proposals[term]) for term in found.terms[1:]]
    assert magnitudes == sorted(magnitudes, reverse=True)
    sizes = (np.array(magnitudes) / max(magnitudes) + 1e-4) ** -0.6
    columns = parity_columns(rows, found.terms)
    expected = GramProblem.of(columns, values).path(np.r_[1.0, sizes], count=16, smallest=2e-3)
    np.testing.assert_allclose(found.path, expected)
    assert PENALTIES == 16


def test_the_selection_is_made_from_the_supports_of_the_path():
    rows, values, proposals = problem()
    found = SparseRegression(rows, values, proposals)
    columns = parity_columns(rows, found.terms)
    price = prices(found.terms, 10, len(values), choice=0.5)
    supports = [np.flatnonzero(weights[1:]) + 1 for weights in found.path]
    expected = select(GramProblem.of(columns, values), supports, price)
    assert found.selection[0] == [found.terms[k] for k in expected.support]
    np.testing.assert_array_equal(found.selection[1], expected.weights)


def test_the_expansion_starts_from_the_selection():
    rows, values, proposals = problem()
    found = SparseRegression(rows, values, proposals, rounds=3)
    terms, weights = expand(rows, values, found.selection[0], rounds=3)
    assert found.expansion[0] == terms
    np.testing.assert_array_equal(found.expansion[1], weights)
    assert (0, 1, 2) in terms  # it was not proposed
    assert (0, 1, 2) not in SparseRegression(rows, values, proposals, rounds=0).expansion[0]


@pytest.mark.parametrize(("noise", "perfect"), [(0.0, True), (1e-4, False), (0.2, False)])
def test_only_without_noise_the_expansion_fits_perfectly(noise, perfect):
    found = SparseRegression(*problem(noise))
    assert found.fits_perfectly is perfect
    if perfect:
        assert set(found.expansion[0]) == {(), *TRUTH}


def test_predictions_are_those_of_the_spectra():
    rows, values, proposals = problem()
    found = SparseRegression(rows, values, proposals)
    fresh = uniform(np.random.default_rng(1), 50, 10)
    predicted = found.predict(signs(fresh))
    assert predicted.shape == (50, PENALTIES + 2)
    for penalty in (0, 9):
        lasso, selection, expansion = found.spectra(penalty)
        np.testing.assert_allclose(lasso(fresh), predicted[:, penalty], atol=1e-6)
        np.testing.assert_allclose(selection(fresh), predicted[:, -2], atol=1e-6)
        np.testing.assert_allclose(expansion(fresh), predicted[:, -1], atol=1e-6)
        assert (lasso.coefficients != 0).all()
    assert len(found.spectra(0)[0].terms()) <= 1


def test_without_proposals_the_expansion_still_searches():
    rows, values, _ = problem()
    found = SparseRegression(rows, values, Spectrum(10))
    assert found.path.shape == (PENALTIES, 1)
    assert found.selection[0] == [()]
    assert set(TRUTH) <= set(found.expansion[0])


def test_pairs_that_nobody_proposes_are_found_by_a_scan():
    rows, values, proposals = problem(n_rows=300, n_players=60)
    values = values + parity_columns(rows, [(20, 41), (30, 31)]).sum(axis=0)
    alone = np.column_stack([np.arange(300), np.full(300, -1)])
    without, found = (
        SparseRegression(rows, values, proposals, 0, table=table) for table in (None, alone)
    )
    assert not {(20, 41), (30, 31)} & {*without.expansion[0]}
    assert {(20, 41), (30, 31)} <= {*found.expansion[0]}
    assert found.selection[0] == without.selection[0]


def test_a_scan_that_finds_no_pair_changes_nothing():
    rows, values, proposals = problem(n_rows=300)
    alone = np.column_stack([np.arange(300), np.full(300, -1)])
    without, found = (
        SparseRegression(rows, values, proposals, 0, table=table).expansion
        for table in (None, alone)
    )
    assert found[0] == without[0]
