"""Selection and expansion of supports."""

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.estimators.sparse.description_length import GramProblem, prices, select
from shapiq_spex.estimators.sparse.expansion import expand


def random_problem(seed, n_rows=60, n_columns=12):
    rng = np.random.default_rng(seed)
    rows = signs(rng.random((n_rows, 6)) < 0.5)
    terms = [(), *combinations(range(6), 1), *combinations(range(6), 2)][: n_columns + 1]
    columns = parity_columns(rows, terms)
    values = 2.0 * columns[2] - columns[5] + 0.3 * columns[9] + 0.2 * rng.normal(size=n_rows)
    return rows, terms, columns, values


def description_length(columns, values, support, price):
    used = columns[support].T.astype(float)
    residual = values - used @ np.linalg.lstsq(used, values, rcond=None)[0]
    return len(values) * np.log(residual @ residual / len(values)) + price[support].sum()


def test_parity_columns_are_products_of_signs():
    rng = np.random.default_rng(0)
    rows = signs(rng.random((20, 7)) < 0.5)
    terms = [(), (3,), (0, 6), (1, 2, 5), (4,)]
    for column, term in zip(parity_columns(rows, terms), terms, strict=True):
        np.testing.assert_array_equal(column, rows[:, list(term)].prod(axis=1))
    assert parity_columns(rows, []).shape == (0, 20)


def test_leaving_rows_out_is_a_subtraction():
    _, _, columns, values = random_problem(1)
    whole = GramProblem.of(columns, values)
    rest = whole.without(columns[:, :10], values[:10])
    expected = GramProblem.of(columns[:, 10:], values[10:])
    np.testing.assert_array_equal(rest.gram, expected.gram)
    np.testing.assert_allclose(rest.moments, expected.moments, atol=1e-9)
    assert rest.n_rows == 50


@pytest.mark.parametrize("seed", range(4))
def test_selected_support_has_the_description_length_it_claims_and_no_single_removal_helps(seed):
    _, terms, columns, values = random_problem(seed)
    price = prices(terms, 6, len(values), choice=1.0)
    found = select(GramProblem.of(columns, values), [np.arange(1, len(terms))], price)
    assert found.length == pytest.approx(
        description_length(columns, values, found.support, price), abs=1e-4
    )
    assert found.support[0] == 0
    assert {2, 5} <= set(found.support.tolist())
    for position in range(1, len(found.support)):
        fewer = np.delete(found.support, position)
        assert description_length(columns, values, fewer, price) >= found.length - 1e-6


def test_without_any_structure_only_the_constant_is_selected():
    rng = np.random.default_rng(2)
    _, terms, columns, _ = random_problem(3, n_rows=200)
    price = prices(terms, 6, 200, choice=1.0)
    found = select(GramProblem.of(columns, rng.normal(size=200)), [np.arange(1, len(terms))], price)
    assert found.support.tolist() == [0]


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_expansion_recovers_a_hierarchical_function_from_one_of_its_terms(noise):
    rng = np.random.default_rng(4)
    rows = signs(rng.random((400, 40)) < 0.5)
    truth = {(): 0.1, (3,): 1.0, (7,): -1.0, (3, 7): 0.8, (3, 7, 11): -0.7, (2, 3, 7, 11): 0.9}
    values = np.array(list(truth.values())) @ parity_columns(rows, list(truth))
    values = values + noise * rng.normal(size=len(values))
    terms, weights = expand(rows, values, [(), (3,)])
    assert set(truth) <= set(terms)
    assert len(terms) <= len(truth) + (2 if noise else 0)
    expected = [truth.get(term, 0.0) for term in terms]
    np.testing.assert_allclose(weights, expected, atol=1e-6 if noise == 0 else 0.1)


def test_expansion_steps_over_a_missing_link():
    rng = np.random.default_rng(5)
    rows = signs(rng.random((400, 30)) < 0.5)
    truth = [(1,), (1, 2), (1, 2, 3, 4)]  # no coefficient at (1, 2, 3) or any other link
    values = parity_columns(rows, truth).sum(axis=0) + 0.1 * rng.normal(size=400)
    values = values + 0.25 * parity_columns(rows, [(1, 2, 3)])[0]
    terms, _ = expand(rows, values, [()])
    assert set(truth) <= set(terms)
