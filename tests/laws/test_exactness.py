"""Once all coalitions are seen, or where an axiom says so, the result is exact."""

from __future__ import annotations

import warnings
from fractions import Fraction
from functools import cache
from itertools import combinations

import numpy as np
import pytest
import shapiq
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex import ProxySPEX
from shapiq_spex.fourier.coalitions import Coalitions
from tests.fourier.definitions import DEFINITIONS
from tests.fourier.indices import INDICES

from .approximators import APPROXIMATORS, Recorder, random_game, sparse_game

EVERY = pytest.mark.parametrize("name", APPROXIMATORS)
EFFICIENT = [name for name, record in INDICES.items() if record.efficient_over != "none"]


def differences(values, exact, n):
    """The largest difference over all interactions that either of the two reports."""
    keys = set(values.interaction_lookup) | set(exact.interaction_lookup)
    return max(abs(values[key] - exact[key]) for key in keys)


@EVERY
@pytest.mark.parametrize("index", INDICES)
@settings(max_examples=15)
@given(n=st.integers(1, 4), order=st.integers(1, 4), seed=st.integers(0, 10**6))
def test_all_coalitions_seen_gives_the_index_by_its_definition(name, index, n, order, seed):
    order = INDICES[index].only_order or min(order, n)
    game = random_game(n, seed)
    approximator = APPROXIMATORS[name](n=n, max_order=order, index=index, random_state=seed)
    values = approximator.approximate(budget=2**n, game=game)

    @cache
    def exact_game(coalition):
        return Fraction(float(game(np.array([[i in coalition for i in range(n)]]))[0]))

    for size in range(1, order + 1):
        for players in combinations(range(n), size):
            expected = DEFINITIONS[index](exact_game, n, frozenset(players), order)
            assert values[players] == pytest.approx(float(expected), abs=1e-9)
    assert approximator.report_.exact
    assert values.estimated  # as in shapiq; the report says that it is exact


@EVERY
@pytest.mark.parametrize("index", [i for i in INDICES if i in shapiq.ExactComputer.valid_indices])
@settings(max_examples=8)
@given(n=st.integers(1, 6), order=st.integers(1, 4), seed=st.integers(0, 10**6))
def test_all_coalitions_seen_gives_the_index_of_shapiq(name, index, n, order, seed):
    order = INDICES[index].only_order or min(order, n)
    game = random_game(n, seed)
    approximator = APPROXIMATORS[name](n=n, max_order=order, index=index, random_state=seed)
    values = approximator.approximate(budget=2**n, game=game)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CHII has no value for the empty set
        exact = shapiq.ExactComputer(game, n_players=n)(index=index, order=order)
    # SII and BII hold no value for the empty set in shapiq's exact computer, and it returns all
    # orders of the Moebius transform, whatever it is asked for
    keys = {key for key in exact.interaction_lookup if 0 < len(key) <= order}
    # shapiq finds these by a regression with weights of 1e7, which costs it eight digits
    tolerance = 1e-7 if index in ("FSII", "kADD-SHAP") else 1e-9
    assert max(abs(values[key] - exact[key]) for key in keys) < tolerance


@EVERY
@pytest.mark.parametrize("index", EFFICIENT)
@settings(max_examples=7)
@given(
    n=st.integers(1, 24),
    order=st.integers(1, 3),
    budget=st.integers(2, 120),
    seed=st.integers(0, 10**6),
)
def test_efficiency_at_every_budget(name, index, n, order, budget, seed):
    record = INDICES[index]
    order = record.only_order or min(order, n)
    game = sparse_game(n, 12, seed, degree=6)
    ends = game(np.array([[False] * n, [True] * n]))
    approximator = APPROXIMATORS[name](n=n, max_order=order, index=index, random_state=seed)
    values = approximator.approximate(budget=budget, game=game)
    largest = order if record.efficient_over == "interactions" else 1
    total = sum(values[key] for key in values.interaction_lookup if 0 < len(key) <= largest)
    assert total == pytest.approx(ends[1] - ends[0], abs=1e-9)
    assert values.baseline_value == pytest.approx(ends[0], abs=1e-9)


@cache
def order_one(name, index, n, budget):
    """The rows that are asked for, the name of the result, and the values of the players."""
    game = Recorder(sparse_game(n, 12, 3, degree=4))
    approximator = APPROXIMATORS[name](n=n, max_order=1, index=index, random_state=0)
    values = approximator.approximate(budget, game)
    return game.rows, values.index, [values[(player,)] for player in range(n)]


@EVERY
@pytest.mark.parametrize("index", [i for i, r in INDICES.items() if r.at_order_one != i])
@pytest.mark.parametrize(("n", "budget"), [(6, 40), (22, 90), (24, 30)])
def test_at_order_one_it_is_the_index_that_shapiq_calls_it(name, index, n, budget):
    """... from the same coalitions: everything that is called SV is one computation."""
    named = INDICES[index].at_order_one
    rows, final, found = order_one(name, index, n, budget)
    expected_rows, _, expected = order_one(name, named, n, budget)
    assert final == named
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_array_equal(found, expected)
    if named == "SV":
        ends = sparse_game(n, 12, 3, degree=4)(np.array([[False] * n, [True] * n]))
        assert sum(found) == pytest.approx(ends[1] - ends[0], abs=1e-9)


@EVERY
@pytest.mark.parametrize("index", EFFICIENT)
@pytest.mark.parametrize("budget", [30, 120])
def test_efficiency_on_many_players_from_few_rows(name, index, budget):
    """24 players are too many for a full table of the surrogate, which is efficient anyway."""
    record = INDICES[index]
    game = sparse_game(24, 40, 5, degree=9)
    ends = game(np.array([[False] * 24, [True] * 24]))
    approximator = APPROXIMATORS[name](
        n=24, max_order=record.only_order or 2, index=index, random_state=0
    )
    values = approximator.approximate(budget, game)
    largest = 2 if record.efficient_over == "interactions" else 1
    total = sum(values[key] for key in values.interaction_lookup if 0 < len(key) <= largest)
    assert total == pytest.approx(ends[1] - ends[0], abs=1e-9)


@EVERY
def test_efficiency_at_a_thousand_players(name):
    game = sparse_game(1_000, 30, 5)
    approximator = APPROXIMATORS[name](n=1_000, index="k-SII", max_order=2, random_state=0)
    values = approximator.approximate(budget=300, game=game)
    ends = game(np.array([[False] * 1_000, [True] * 1_000]))
    total = sum(
        values.values[position] for key, position in values.interaction_lookup.items() if key
    )
    assert total == pytest.approx(ends[1] - ends[0], abs=1e-9)


@EVERY
@pytest.mark.parametrize("budget", [2, 3, 5, 30])
@given(constant=st.floats(-1e6, 1e6), n=st.integers(1, 12))
def test_constant_games_have_no_effects(name, budget, constant, n):
    approximator = APPROXIMATORS[name](n=n, index="k-SII", max_order=2, random_state=0)
    values = approximator.approximate(budget, lambda rows: np.full(len(rows), constant))
    tolerance = 1e-12 * max(abs(constant), 1.0)
    assert all(abs(values[key]) <= tolerance for key in values.interaction_lookup if key)
    assert values[()] == pytest.approx(constant)


@EVERY
@given(n=st.integers(2, 12), seed=st.integers(0, 10**6))
def test_additive_games_are_explained_exactly_from_enough_rows(name, n, seed):
    weights = np.random.default_rng(seed).normal(size=n)
    approximator = APPROXIMATORS[name](n=n, index="SV", max_order=1, random_state=seed)
    values = approximator.approximate(6 * n + 10, lambda rows: 3.0 + rows @ weights)
    found = [values[(player,)] for player in range(n)]
    np.testing.assert_allclose(found, weights, atol=1e-7)


@EVERY
@given(seed=st.integers(0, 10**6))
def test_given_data_explain_like_asked_data(name, seed):
    game = sparse_game(9, 8, seed)
    make = APPROXIMATORS[name]
    asking = make(n=9, index="FBII", max_order=2, random_state=seed)
    everything = asking.approximate(512, game)
    coalitions, values = asking.ablations_
    shuffled = np.random.default_rng(seed).permutation(len(values))
    given_values = make(n=9, index="FBII", max_order=2).approximate_from(
        coalitions.dense()[shuffled], values[shuffled]
    )
    assert differences(everything, given_values, 9) < 1e-9


def vote(n, seed):
    """A game of two values: a majority, a weighted vote, or teams of which one must be complete."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 4, n) if seed % 3 else np.ones(n)
    quota = rng.integers(1, int(weights.sum())) if seed % 3 else n // 2
    teams = [rng.choice(n, rng.integers(2, 4), replace=False) for _ in range(3)]
    if seed % 3 == 2:
        return lambda kept: 1.0 * np.any([kept[:, team].all(axis=1) for team in teams], axis=0)
    return lambda kept: 1.0 * (kept @ weights > quota)


@pytest.mark.parametrize(("index", "order"), [("SV", 1), ("FBII", 2)])
@pytest.mark.parametrize("n", range(5, 16, 2))
@pytest.mark.parametrize("per_player", [2, 3, 4])
def test_a_perfect_score_from_few_rows_is_right(index, order, n, per_player):
    for seed in range(3):
        game = vote(n, 31 * n + 7 * per_player + seed)
        approximator = ProxySPEX(
            n=n, index=index, max_order=order, proxy_model="fast", random_state=seed
        )
        approximator.approximate(per_player * n, game)
        if approximator.report_.faithfulness > 1 - 1e-9:
            every = Coalitions.all_of(n)
            truth = game(every.dense())
            np.testing.assert_allclose(approximator.spectrum_(every), truth, atol=1e-6)
