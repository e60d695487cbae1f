"""The suites: their games are deterministic, and no suite shares a game with another one."""

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.benchmark import DEVELOPMENT, TEST
from shapiq_spex.benchmark.games.coverage_games import REPORTED, TUNING
from shapiq_spex.benchmark.games.suites import QUICK
from shapiq_spex.benchmark.games.tabular import imputed
from shapiq_spex.benchmark.studies.experiments import EXPERIMENTS

CHEAP = [
    "diabetes10 network",
    "wine13 machine marginal",
    "cancer14 neighbours",
    "cancer30 forest marginal",
    "digits64 machine",
    "valuation100 neighbours digits",
    "valuation100 logistic cancer",
    "valuation200 ridge diabetes",
    "hierarchical64 k30 noise 0.3 s2",
    "dense30 k0 noise 0.1 s2",
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", CHEAP)
def test_games_do_not_depend_on_batch_or_build(name):
    game, again = TEST[name](), TEST[name]()
    rows = np.random.default_rng(0).random((40, game.n_players)) < 0.5
    values = game.value(rows)
    assert game.name == name
    assert values.shape == (40,)
    assert np.isfinite(values).all()
    assert values.std() > 0
    order = np.random.default_rng(1).permutation(40)
    np.testing.assert_allclose(game.value(rows[order]), values[order], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(again.value(rows), values)
    np.testing.assert_array_equal(again.held_out, game.held_out)


def test_no_suite_shares_a_game_with_another_one():
    suites = [DEVELOPMENT, TEST, *(games for games, _ in EXPERIMENTS.values())]
    for one, other in combinations(suites, 2):
        assert not set(one) & set(other)
    assert not set(TUNING) & set(REPORTED)
    assert set(QUICK) <= set(DEVELOPMENT)


def test_imputation_averages_over_the_background():
    def model(rows):
        return rows[:, 0] * rows[:, 1]

    background = np.array([[1.0, 10.0], [3.0, 20.0]])
    game = imputed(model, np.array([7.0, 5.0]), background)
    rows = np.array([[True, True], [True, False], [False, True], [False, False]])
    np.testing.assert_allclose(game(rows), [35.0, 7 * 15.0, 5 * 2.0, (10 + 60) / 2])
