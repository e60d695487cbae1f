"""Prices, least squares and selection against brute force over all subsets."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.estimators.sparse import description_length
from shapiq_spex.estimators.sparse.description_length import GramProblem, prices, select
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.samples import seeds, uniform


def random_problem(seed, n_rows=60, n_columns=9):
    rng = np.random.default_rng(seed)
    rows = signs(uniform(rng, n_rows, 6))
    terms = [(), *combinations(range(6), 1), *combinations(range(6), 2)][: n_columns + 1]
    columns = parity_columns(rows, terms)
    values = 2.0 * columns[2] - columns[5] + 0.3 * columns[-1] + 0.2 * rng.normal(size=n_rows)
    return rows, terms, columns, values


def length_of(columns, values, support, price):
    used = columns[support].T.astype(float)
    residual = values - used @ np.linalg.lstsq(used, values, rcond=None)[0]
    energy = max(residual @ residual, 1e-13 * values @ values)
    return len(values) * np.log(energy / len(values)) + price[support].sum()


@given(n_players=st.integers(1, 60), n_rows=st.integers(1, 1000), choice=st.floats(0, 2))
def test_a_term_costs_its_weight_and_its_choice_among_those_of_its_degree(
    n_players, n_rows, choice
):
    terms = [tuple(range(degree)) for degree in range(min(n_players, 8) + 1)]
    expected = [
        np.log(n_rows) + choice * np.log(comb(n_players, len(t))) if t else 0.0 for t in terms
    ]
    np.testing.assert_allclose(prices(terms, n_players, n_rows, choice=choice), expected, atol=1e-9)


def test_inner_products_are_those_of_the_columns():
    _, _, columns, values = random_problem(0)
    problem = GramProblem.of(columns, values)
    np.testing.assert_array_equal(problem.gram, columns @ columns.T)
    np.testing.assert_allclose(problem.moments, columns @ values)
    assert problem.energy == pytest.approx(values @ values)
    assert problem.n_rows == 60
    assert problem.gram.dtype == np.float64


@given(seed=seeds)
def test_least_squares_is_that_of_the_rows(seed):
    _, _, columns, values = random_problem(seed)
    support = np.array([0, 3, 7, 2])
    expected = np.linalg.lstsq(columns[support].T.astype(float), values)[0]
    np.testing.assert_allclose(
        GramProblem.of(columns, values).least_squares(support), expected, atol=1e-9
    )


@given(seed=seeds)
def test_the_path_leaves_the_constant_free_and_starts_where_all_weights_vanish(seed):
    _, _, columns, values = random_problem(seed)
    values = values + 3.0
    factors = np.random.default_rng(seed).uniform(0.5, 2, len(columns))
    path = GramProblem.of(columns, values).path(factors, count=5, smallest=0.01)
    assert path.shape == (5, len(columns))
    assert path[0, 0] == pytest.approx(values.mean(), rel=1e-3)
    np.testing.assert_allclose(path[0, 1:], 0, atol=1e-3 * np.abs(values).max())
    assert (path[1, 1:] != 0).any()
    residuals = values - path @ columns
    np.testing.assert_allclose(residuals.mean(axis=1), 0, atol=1e-3 * np.abs(values).max())
    scores = np.abs(columns @ residuals.T) / len(values) / factors[:, None]
    # the largest weighted correlation that is left is the penalty, in geometric steps
    largest = scores[1:].max(axis=0)
    np.testing.assert_allclose(largest, largest[0] * np.geomspace(1, 0.01, 5), rtol=0.05, atol=2e-3)


@given(seed=seeds, choice=st.sampled_from([0.0, 0.5, 1.0]))
def test_of_orthogonal_columns_the_best_of_all_subsets_is_selected(seed, choice):
    rng = np.random.default_rng(seed)
    rows = signs(Coalitions.all_of(4))
    terms = [(), *combinations(range(4), 1), *combinations(range(4), 2)][:8]
    columns = parity_columns(rows, terms)
    values = rng.normal(size=8) * (rng.random(8) < 0.5) @ columns + 0.3 * rng.normal(size=16)
    price = prices(terms, 30, 16, choice=choice)
    found = select(GramProblem.of(columns, values), [np.arange(1, 8)], price)
    lengths = {
        (0, *others): length_of(columns, values, [0, *others], price)
        for size in range(8)
        for others in combinations(range(1, 8), size)
    }
    assert tuple(found.support) == min(lengths, key=lengths.get)
    assert found.length == pytest.approx(min(lengths.values()), abs=1e-3)
    expected = np.linalg.lstsq(columns[found.support].T.astype(float), values)[0]
    np.testing.assert_allclose(found.weights, expected, atol=1e-9)


@given(seed=seeds)
def test_removal_is_greedy_and_the_best_support_on_the_way_is_kept(seed):
    _, terms, columns, values = random_problem(seed, n_rows=30, n_columns=8)
    price = prices(terms, 6, 30, choice=1.0)
    support, best = list(range(9)), (np.inf, [])
    while True:
        length = length_of(columns, values, support, price)
        best = min(best, (length, support[:]))
        if len(support) == 1:
            break
        fewer = [[k for k in support if k != out] for out in support[1:]]
        support = min(fewer, key=lambda part: length_of(columns, values, part, price))
    found = select(GramProblem.of(columns, values), [np.arange(1, 9)], price)
    assert found.length == pytest.approx(best[0], abs=1e-4)
    assert found.support.tolist() == best[1]


@pytest.mark.parametrize("seed", range(4))
def test_the_selected_support_has_the_description_length_it_claims_and_no_single_removal_helps(
    seed,
):
    _, terms, columns, values = random_problem(seed)
    price = prices(terms, 6, len(values), choice=1.0)
    found = select(GramProblem.of(columns, values), [np.arange(1, len(terms))], price)
    assert found.length == pytest.approx(length_of(columns, values, found.support, price), abs=1e-4)
    assert found.support[0] == 0
    assert {2, 5} <= set(found.support.tolist())
    for position in range(1, len(found.support)):
        fewer = np.delete(found.support, position)
        assert length_of(columns, values, fewer, price) >= found.length - 1e-6


def test_the_shortest_of_several_supports_is_found_whatever_their_order():
    _, terms, columns, values = random_problem(0)
    price = prices(terms, 6, 60, choice=1.0)
    problem = GramProblem.of(columns, values)
    parts = [np.array([2]), np.array([2, 5, 9]), np.array([5])]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        found = select(problem, [parts[k] for k in order], price)
        assert found.support.tolist() == [0, 2, 5, 9]


def test_the_search_ends_after_three_supports_without_an_improvement():
    _, terms, columns, values = random_problem(0)
    price = prices(terms, 6, 60, choice=1.0)
    problem = GramProblem.of(columns, values)
    poor = [np.array([k]) for k in (1, 3, 4)]
    good = np.array([2, 5, 9])
    start = np.array([2])
    assert select(problem, [start, *poor, good], price).support.tolist() == [0, 2]
    assert select(problem, [start, *poor[:2], good], price).support.tolist() == [0, 2, 5, 9]
    # neither repetitions nor failures before an improvement count
    repeated = [start, *poor[:2], poor[0], poor[0], good]
    assert select(problem, repeated, price).support.tolist() == [0, 2, 5, 9]
    late = [start, *poor[:2], np.array([2, 5]), poor[2], np.array([6]), good]
    assert select(problem, late, price).support.tolist() == [0, 2, 5, 9]


def test_no_more_columns_than_half_of_the_rows_are_considered():
    rng = np.random.default_rng(1)
    columns = np.where(rng.random((12, 8)) < 0.5, -1.0, 1.0)
    columns[0] = 1
    values = columns[11] * 1.0
    problem = GramProblem.of(columns, values)
    price = np.r_[0.0, np.full(11, 0.1)]
    assert 11 not in select(problem, [np.arange(1, 12)], price).support
    assert select(problem, [np.r_[1:4, 11]], price).support.tolist() == [0, 11]
    one = GramProblem.of(columns[:, :1], values[:1])
    assert len(select(one, [np.arange(1, 12)], price).support) <= 2


def test_equal_columns_are_no_problem_and_one_of_them_is_selected():
    _, terms, columns, values = random_problem(2)
    columns = np.concatenate([columns, columns[2:3]])
    price = prices([*terms, (0, 1, 2)], 6, 60, choice=1.0)
    found = select(GramProblem.of(columns, values), [np.arange(1, len(columns))], price)
    assert len({2, len(columns) - 1} & set(found.support.tolist())) == 1
    assert found.weights @ columns[found.support] == pytest.approx(values, abs=1.0)


def test_a_function_without_noise_is_found_exactly():
    _, terms, columns, _ = random_problem(3)
    values = 2.0 * columns[2] - columns[5]
    price = prices(terms, 6, 60, choice=1.0)
    found = select(GramProblem.of(columns, values), [np.arange(1, len(terms))], price)
    assert found.support.tolist() == [0, 2, 5]
    np.testing.assert_allclose(found.weights, [0, 2, -1], atol=1e-9)
    assert found.length < -1000


def test_without_any_structure_only_the_constant_is_selected():
    rng = np.random.default_rng(2)
    _, terms, columns, _ = random_problem(3, n_rows=200)
    price = prices(terms, 6, 200, choice=1.0)
    found = select(GramProblem.of(columns, rng.normal(size=200)), [np.arange(1, len(terms))], price)
    assert found.support.tolist() == [0]


def test_without_supports_the_constant_is_left():
    _, terms, columns, values = random_problem(4)
    found = select(GramProblem.of(columns, values), [], prices(terms, 6, 60, choice=1.0))
    assert found.support.tolist() == [0]
    assert found.weights == pytest.approx([values.mean()])
    assert found.length == np.inf
    assert description_length.RSS_FLOOR == 1e-13


def test_supports_that_shrink_to_the_same_one_are_neither_improvements_nor_failures():
    _, terms, columns, values = random_problem(0)
    price = prices(terms, 6, 60, choice=1.0)
    problem = GramProblem.of(columns, values)
    pairs = [np.array([2, k]) for k in range(3, len(terms))]
    shrinking = [p for p in pairs if select(problem, [p], price).support.tolist() == [0, 2]]
    assert len(shrinking) > 3
    shrinking.sort(key=lambda part: select(problem, [part], price).length)  # by rounding errors
    every = [np.array([2]), *shrinking, np.array([2, 5, 9])]
    assert select(problem, every, price).support.tolist() == [0, 2, 5, 9]
