"""Expansion of supports: which terms it considers and when it stops."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.estimators.sparse import expansion
from shapiq_spex.estimators.sparse.description_length import GramProblem, prices, select
from shapiq_spex.estimators.sparse.expansion import WorthwhileRounds, expand
from tests.estimators.samples import seeds, uniform


def scores_of(rows, residual, terms):
    return dict(zip(terms, np.abs(parity_columns(rows, terms) @ residual), strict=True))


@given(seed=seeds, n_players=st.integers(0, 60), terms=st.integers(0, 60))
def test_the_best_relatives_that_are_new_are_proposed(seed, n_players, terms):
    rng = np.random.default_rng(seed)
    rows = signs(uniform(rng, 40, n_players)).astype(float)
    residual = rng.normal(size=40)
    some = {
        tuple(np.flatnonzero(rng.random(n_players) < 2 / max(n_players, 1))) for _ in range(terms)
    }
    support, stones = [(), *sorted(some - {()})[::2]], sorted(some)[1::2]
    pairs = expansion._pairs(rows, residual) if seed % 2 else {}
    found = expansion._proposals(rows, residual, support, stones, pairs)
    facets = {term[:k] + term[k + 1 :] for term in support for k in range(len(term))}
    parents = {*support, *stones, *facets}
    expected = parents | pairs.keys() | {(player,) for player in range(n_players)}
    for parent in parents - {()}:
        children = {tuple(sorted({*parent} ^ {player})) for player in range(n_players)}
        scores = scores_of(rows, residual, sorted(children))
        expected |= set(sorted(children, key=lambda term: -scores[term])[:12])
    scores = scores_of(rows, residual, sorted(expected - {*support}))
    if len({round(score, 9) for score in scores.values()}) == len(scores):  # there are no ties
        assert found == sorted(scores, key=lambda term: -scores[term])[:250]


@given(seed=seeds, n_players=st.integers(0, 20))
def test_the_sixty_best_pairs_of_all_are_scored(seed, n_players):
    rng = np.random.default_rng(seed)
    rows = signs(uniform(rng, 40, n_players)).astype(float)
    residual = rng.normal(size=40)
    found = expansion._pairs(rows, residual)
    every = scores_of(rows, residual, list(combinations(range(n_players), 2)))
    if len({round(score, 9) for score in every.values()}) < len(every):  # there are ties
        return
    # diagonal elements score nothing, but take places where there are few pairs
    expected = sorted(every, key=lambda pair: -every[pair])[:60]
    assert set(found) == set(expected)
    assert found == pytest.approx({pair: every[pair] for pair in expected})


def test_of_many_players_those_with_the_best_singletons_are_paired(monkeypatch):
    monkeypatch.setattr(expansion, "_PAIR_PLAYERS", 5)
    monkeypatch.setattr(expansion, "_PLAYERS_AT_ONCE", 4)
    rng = np.random.default_rng(0)
    rows = signs(uniform(rng, 60, 11)).astype(float)
    residual = rng.normal(size=60)
    singles = np.abs(rows.T @ residual)
    players = sorted(np.argsort(-singles)[:5].tolist())
    assert set(expansion._pairs(rows, residual)) == set(combinations(players, 2))


def a_round(rows, values, terms, stones=None, *, pairs, price):
    """One round by its parts: residual, proposals, lasso, selection."""
    columns = parity_columns(rows, terms)
    weights = GramProblem.of(columns, values).least_squares(np.arange(len(terms)))
    residual = values - weights @ columns
    scored = expansion._pairs(rows, residual) if pairs else {}
    proposals = expansion._proposals(rows, residual, terms, stones or [], scored)
    every = [*terms, *proposals]
    problem = GramProblem.of(parity_columns(rows, every), values)
    factors = np.r_[np.full(len(terms), 0.7), np.ones(len(proposals))]
    supports = [
        np.flatnonzero(weights[1:]) + 1
        for weights in problem.path(factors, count=10, smallest=2e-3)
    ]
    found = select(problem, supports, prices(every, rows.shape[1], len(values), choice=price))
    return [every[k] for k in found.support], found, proposals


def test_a_round_selects_among_the_support_and_its_proposals():
    rows, _, values = hierarchical(noise=0.5, n_rows=150)
    first, _, _ = a_round(rows, values, [(), (3,)], pairs=True, price=0.5)
    terms, weights = expand(rows, values, [(), (3,)], rounds=1, choice=0.5)
    assert terms == first
    np.testing.assert_allclose(
        weights,
        GramProblem.of(parity_columns(rows, terms), values).least_squares(np.arange(len(terms))),
    )
    # pairs are looked at in the first round and with stones
    second, _, _ = a_round(rows, values, first, pairs=False, price=0.5)
    assert second != first
    assert expand(rows, values, [(), (3,)], rounds=2, choice=0.5)[0] == second


def test_without_progress_the_best_sixty_proposals_become_stepping_stones():
    rng = np.random.default_rng(29)
    rows = signs(uniform(rng, 200, 30))
    values = parity_columns(rows, [(1,), (2,), (1, 2, 3, 4)]).sum(axis=0) + 0.3 * rng.normal(
        size=200
    )
    support = expand(rows, values, [(), (1,), (2,)], rounds=1)[0]
    again, found, proposals = a_round(rows, values, support, pairs=False, price=1.0)
    assert sorted(again) == sorted(support)  # no progress
    third, better, _ = a_round(rows, values, support, proposals[:60], pairs=True, price=1.0)
    assert better.length < found.length - 1.0
    assert expand(rows, values, [(), (1,), (2,)], rounds=2)[0] == support
    assert sorted(expand(rows, values, [(), (1,), (2,)], rounds=3)[0]) == sorted(third)


def hierarchical(seed=4, noise=0.0, n_rows=400, n_players=40):
    rng = np.random.default_rng(seed)
    rows = signs(uniform(rng, n_rows, n_players))
    truth = {(): 0.1, (3,): 1.0, (7,): -1.0, (3, 7): 0.8, (3, 7, 11): -0.7, (2, 3, 7, 11): 0.9}
    values = np.array(list(truth.values())) @ parity_columns(rows, list(truth))
    return rows, truth, values + noise * rng.normal(size=len(values))


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_hierarchical_function_is_recovered_from_one_of_its_terms(noise):
    rows, truth, values = hierarchical(noise=noise)
    terms, weights = expand(rows, values, [(), (3,)])
    assert set(truth) <= set(terms)
    assert len(terms) <= len(truth) + (2 if noise else 0)
    expected = [truth.get(term, 0.0) for term in terms]
    np.testing.assert_allclose(weights, expected, atol=1e-6 if noise == 0 else 0.1)


def test_every_round_finds_about_one_degree_more():
    rows, truth, values = hierarchical()
    degrees = []
    for rounds in range(5):
        terms, weights = expand(rows, values, [(), (3,)], rounds=rounds)
        assert set(terms) <= set(truth) | {(3,)} or rounds < 3
        columns = parity_columns(rows, terms).T.astype(float)
        expected = np.linalg.lstsq(columns, values)[0]
        np.testing.assert_allclose(weights, expected, atol=1e-6)
        degrees.append(max(map(len, set(terms) & set(truth))))
    assert degrees == sorted(degrees)
    assert degrees[0] == 1
    assert degrees[-1] == 4


def test_without_rounds_what_was_found_is_selected_from():
    rows, _, values = hierarchical(noise=0.3)
    terms, _ = expand(rows, values, [(), (3,), (20,), (5, 6)], rounds=0)
    assert terms == [(), (3,)]


def test_an_expansion_ends_after_two_rounds_that_do_not_predict_other_rows_better():
    rows, truth, values = hierarchical(noise=0.5, n_rows=300)
    noise = np.random.default_rng(1).normal(size=300)
    for target, ended in ((values, False), (noise + 0.1 * values, True)):
        goes_on = WorthwhileRounds(rows[200:], target[200:])
        terms, _ = expand(
            rows[:200], target[:200], [(), (3,)], choice=0.0, rounds=6, goes_on=goes_on
        )
        assert goes_on.ended == ended
        if ended:
            errors = [
                np.sum((target[200:] - w @ parity_columns(rows[200:], t)) ** 2)
                for t, w in (
                    expand(rows[:200], target[:200], [(), (3,)], choice=0.0, rounds=rounds)
                    for rounds in range(goes_on.rounds + 1)
                )
            ]
            assert min(errors[-2:]) >= min(errors[:-2])
            again = expand(rows[:200], target[:200], [(), (3,)], choice=0.0, rounds=goes_on.rounds)
            assert again[0] == terms
        else:
            assert set(truth) <= set(terms)


def test_a_higher_price_of_choice_leaves_fewer_terms():
    rows, _, _ = hierarchical(n_rows=100)
    values = np.random.default_rng(0).normal(size=100)
    sizes = [len(expand(rows, values, [()], choice=choice)[0]) for choice in (0.0, 1.0, 2.0)]
    assert sizes[0] > sizes[1] >= sizes[2] == 1
    assert expand(rows, values, [()])[0] == expand(rows, values, [()], choice=1.0)[0]


def test_it_steps_over_a_missing_link():
    rng = np.random.default_rng(5)
    rows = signs(uniform(rng, 400, 30))
    truth = [(1,), (1, 2), (1, 2, 3, 4)]  # no coefficient at (1, 2, 3) or any other link
    values = parity_columns(rows, truth).sum(axis=0) + 0.1 * rng.normal(size=400)
    values = values + 0.25 * parity_columns(rows, [(1, 2, 3)])[0]
    terms, _ = expand(rows, values, [()])
    assert set(truth) <= set(terms)


def test_a_negligible_link_becomes_a_stepping_stone(monkeypatch):
    rng = np.random.default_rng(6)
    rows = signs(uniform(rng, 300, 12))
    truth = [(1,), (2,), (1, 2, 3)]
    values = parity_columns(rows, truth).sum(axis=0) + 0.05 * rng.normal(size=300)
    assert set(truth) <= set(expand(rows, values, [()])[0])
    monkeypatch.setattr(expansion, "_STEPPING_STONES", 0)
    monkeypatch.setattr(expansion, "_CHILDREN_PER_PARENT", 1)
    assert (1, 2, 3) not in expand(rows, values, [()])[0]


def test_pairs_without_singletons_are_found():
    rng = np.random.default_rng(7)
    rows = signs(uniform(rng, 300, 50))
    truth = [(4, 9), (20, 31)]
    values = parity_columns(rows, truth).sum(axis=0) + 0.3 * rng.normal(size=300)
    terms, weights = expand(rows, values, [()])
    assert terms[0] == ()
    assert set(truth) <= set(terms)
    found = dict(zip(terms, weights, strict=True))
    assert [found[term] for term in truth] == pytest.approx([1.0, 1.0], abs=0.1)
