"""How an approximator behaves: budgets, seeds, state, silence, errors."""

from __future__ import annotations

import copy
import pickle
import random
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .approximators import APPROXIMATORS, Recorder, random_game, sparse_game

EVERY = pytest.mark.parametrize("name", APPROXIMATORS)


@EVERY
@given(n=st.integers(1, 20), budget=st.integers(2, 300), seed=st.integers(0, 10**6))
def test_the_budget_counts_distinct_coalitions_and_is_spent(name, n, budget, seed):
    game = Recorder(sparse_game(n, 5, seed))
    approximator = APPROXIMATORS[name](n=n, index="FBII", max_order=1, random_state=seed)
    values = approximator.approximate(budget=budget, game=game)
    rows = game.rows
    assert rows.dtype == np.bool_
    assert rows.shape == (min(budget, 2**n), n)
    assert len(np.unique(rows, axis=0)) == len(rows)
    assert values.estimation_budget == len(rows) == approximator.report_.asked


@EVERY
def test_equal_seeds_give_bit_identical_results_and_none_differs(name):
    game = sparse_game(15, 10, 3)
    make = APPROXIMATORS[name]

    def run(seed):
        approximator = make(n=15, index="FBII", max_order=2, random_state=seed)
        return approximator.approximate(budget=60, game=game)

    first, second = run(7), run(7)
    assert first.interaction_lookup == second.interaction_lookup
    assert np.array_equal(first.values, second.values)
    asked = [Recorder(game), Recorder(game)]
    for recorder in asked:
        make(n=15, index="FBII", max_order=2).approximate(60, recorder)
    assert not np.array_equal(asked[0].rows, asked[1].rows)


@EVERY
def test_set_random_state_is_honoured_and_repeatable(name):
    game = sparse_game(15, 10, 3)
    approximator = APPROXIMATORS[name](n=15, index="FBII", max_order=2, random_state=1)
    before = approximator.approximate(60, game)
    approximator.set_random_state(2)
    other = approximator.approximate(60, game)
    approximator.set_random_state(random_state=1)
    again = approximator.approximate(60, game)
    assert np.array_equal(before.values, again.values)
    assert not np.array_equal(before.values, other.values)


@EVERY
def test_the_global_random_state_is_neither_read_nor_changed(name):
    game = sparse_game(12, 10, 3)
    make = APPROXIMATORS[name]
    results = []
    for seed in (0, 1):
        np.random.seed(seed)  # noqa: NPY002 - the global state is the subject
        random.seed(seed)
        states = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
        results.append(make(n=12, index="FBII", max_order=2, random_state=5).approximate(60, game))
        assert np.array_equal(states[0], np.random.get_state()[1])  # noqa: NPY002
        assert states[1] == random.getstate()
    assert np.array_equal(results[0].values, results[1].values)


@EVERY
def test_small_and_failed_calls_leave_no_trace(name):
    game = sparse_game(12, 10, 3)
    approximator = APPROXIMATORS[name](n=12, index="FBII", max_order=2, random_state=5)
    before = approximator.approximate(100, game)
    approximator.approximate(3, game)
    with pytest.raises(RuntimeError, match="model failed"):
        approximator.approximate(100, _failing)
    with pytest.raises(ValueError, match="at least 2"):
        approximator.approximate(1, game)
    assert np.array_equal(before.values, approximator.approximate(100, game).values)
    fresh = APPROXIMATORS[name](n=12, index="FBII", max_order=2, random_state=5)
    assert approximator == fresh
    assert hash(approximator) == hash(fresh)
    assert repr(approximator) == repr(fresh)


def _failing(rows):
    raise RuntimeError("model failed")


@EVERY
def test_pickle_and_deepcopy(name):
    game = sparse_game(10, 10, 3)
    approximator = APPROXIMATORS[name](n=10, index="FBII", max_order=2, random_state=5)
    values = approximator.approximate(60, game)
    for twin in (pickle.loads(pickle.dumps(approximator)), copy.deepcopy(approximator)):
        assert twin == approximator
        assert np.array_equal(twin.approximate(60, game).values, values.values)
        assert twin.spectrum_ == approximator.spectrum_


@EVERY
@pytest.mark.parametrize("n", [1, 2, 3, 5, 30])
@pytest.mark.parametrize("budget", [2, 3, 5, 17, 40])
def test_nothing_is_printed_and_no_warning_leaks(name, n, budget, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for game in (sparse_game(n, 6, n), lambda rows: np.zeros(len(rows))):
            APPROXIMATORS[name](n=n, max_order=2, random_state=0).approximate(budget, game)
    assert capfd.readouterr() == ("", "")


@EVERY
def test_games_may_return_lists_and_integers(name):
    game = random_game(6, 1)
    make = APPROXIMATORS[name]
    as_array = make(n=6, index="SV", max_order=1, random_state=0).approximate(30, game)
    as_list = make(n=6, index="SV", max_order=1, random_state=0).approximate(
        30, lambda rows: game(rows).tolist()
    )
    assert np.array_equal(as_array.values, as_list.values)
    counts = make(n=6, index="SV", max_order=1, random_state=0).approximate(
        64, lambda rows: rows.sum(axis=1)
    )
    assert [counts[(i,)] for i in range(6)] == pytest.approx([1.0] * 6)


@EVERY
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 0}, ValueError, "players n must be at least 1"),
        ({"n": -3}, ValueError, "players n must be at least 1"),
        ({"n": 2.5}, TypeError, "must be an integer"),
        ({"n": True}, TypeError, "must be an integer"),
        ({"n": 4, "index": "nonsense"}, ValueError, "Valid indices are: .*SV"),
        ({"n": 4, "max_order": 0}, ValueError, "max_order must be at least 1"),
        ({"n": 4, "max_order": 1.5}, TypeError, "max_order must be an integer"),
        ({"n": 4, "random_state": -1}, ValueError, "random_state must be at least 0"),
        ({"n": 4, "random_state": "seed"}, TypeError, "random_state must be an integer"),
        ({"n": 4, "ablation": {"store": "a.db"}}, TypeError, "must be an Ablation or None"),
    ],
)
def test_wrong_arguments_are_refused(name, arguments, error, message):
    with pytest.raises(error, match=message):
        APPROXIMATORS[name](**arguments)


@EVERY
@pytest.mark.parametrize("attribute", ["spectrum_", "ablations_", "report_"])
def test_results_are_missed_with_a_hint_before_anything_is_explained(name, attribute):
    approximator = APPROXIMATORS[name](n=3)
    assert not hasattr(approximator, attribute)
    with pytest.raises(AttributeError, match=rf"no {attribute} before .* call approximate\(\)"):
        getattr(approximator, attribute)
    with pytest.raises(AttributeError, match="no attribute 'reports_'"):
        _ = approximator.reports_


@EVERY
@pytest.mark.parametrize(
    ("budget", "error", "message"),
    [
        (1, ValueError, "at least 2"),
        (0, ValueError, "at least 2"),
        (-5, ValueError, "at least 2"),
        (10.5, TypeError, "must be an integer"),
        ("10", TypeError, "must be an integer"),
        (None, TypeError, "must be an integer"),
    ],
)
def test_wrong_budgets_are_refused_before_the_game_is_asked(name, budget, error, message):
    game = Recorder(sparse_game(4, 3, 0))
    with pytest.raises(error, match=message):
        APPROXIMATORS[name](n=4).approximate(budget, game)
    assert game.batches == []


@EVERY
@pytest.mark.parametrize(
    ("game", "error", "message"),
    [
        (lambda rows: np.zeros(len(rows) - 1), ValueError, "values for"),
        (lambda rows: np.zeros(len(rows) + 1), ValueError, "values for"),
        (lambda rows: np.full(len(rows), np.nan), ValueError, "nan"),
        (lambda rows: np.where(rows.all(axis=1), np.inf, 0.0), ValueError, "inf"),
        (lambda rows: ["a"] * len(rows), TypeError, "real numbers"),
        (lambda rows: np.zeros((len(rows), 2)), ValueError, "shape"),
        (lambda rows: None, TypeError, "return"),
        (42, TypeError, "game"),
    ],
)
def test_games_with_wrong_answers_are_refused(name, game, error, message):
    with pytest.raises(error, match=message):
        APPROXIMATORS[name](n=4).approximate(12, game)


@EVERY
@pytest.mark.parametrize(
    ("coalitions", "values", "error", "message"),
    [
        (np.ones((3, 5), bool), [1.0, 2.0, 3.0], ValueError, "5 columns"),
        (np.ones((3, 4), bool), [1.0, 2.0], ValueError, "one value each"),
        (np.ones((2, 4), bool), [1.0, np.nan], ValueError, "row 1"),
        (np.full((2, 4), 0.5), [1.0, 2.0], ValueError, "True/False"),
        (np.ones(4, bool), [1.0], ValueError, "matrix"),
        (np.ones((0, 4), bool), [], ValueError, "at least one"),
    ],
)
def test_wrong_given_data_are_refused(name, coalitions, values, error, message):
    with pytest.raises(error, match=message):
        APPROXIMATORS[name](n=4).approximate_from(coalitions, values)


@EVERY
def test_an_order_above_n_means_n_and_none_means_all(name):
    game = random_game(3, 0)
    make = APPROXIMATORS[name]
    results = [
        make(n=3, index="FBII", max_order=order, random_state=0).approximate(8, game)
        for order in (3, 7, None)
    ]
    assert all(np.array_equal(results[0].values, other.values) for other in results[1:])


@EVERY
def test_a_game_for_another_number_of_players_is_refused(name):
    import shapiq

    game = shapiq.Game(n_players=5, normalize=False)
    with pytest.raises(ValueError, match="5 players"):
        APPROXIMATORS[name](n=4).approximate(12, game)
