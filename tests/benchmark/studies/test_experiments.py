"""The experiments have the sizes that are named, and name methods that exist."""

import pytest

from shapiq_spex.benchmark.methods.all_methods import ALL_METHODS
from shapiq_spex.benchmark.studies.experiments import (
    EXPERIMENTS,
    PLAYERS,
    SCALING,
    SCALING_ROWS,
    TEN_THOUSAND,
    THOUSANDS,
)


def budgets(games):
    made = [recipe() for recipe in games.values()]
    assert [game.name for game in made] == list(games)
    return [game.budget(units) for game in made for units in game.units]


def test_budgets_in_units_are_the_round_numbers_of_rows():
    assert all(rows % 1000 == 0 for rows in budgets({**TEN_THOUSAND, **THOUSANDS}))
    assert max(budgets(PLAYERS)) == 20_000
    assert budgets(SCALING).count(SCALING_ROWS) == len(SCALING)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_experiments_name_known_methods(experiment):
    _, methods = EXPERIMENTS[experiment]
    assert set(methods) <= set(ALL_METHODS)
