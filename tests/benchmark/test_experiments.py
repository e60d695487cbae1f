"""The experiments beside the suites: sizes as promised, and their measurements true."""

import numpy as np
import pytest

from shapiq_spex.benchmark import BenchmarkGame
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST
from shapiq_spex.benchmark.measuring.csv_records import read_records, write_records
from shapiq_spex.benchmark.methods.all_methods import ALL_METHODS
from shapiq_spex.benchmark.studies.cold_start import Start, cold_start_table, measure
from shapiq_spex.benchmark.studies.experiments import (
    EXPERIMENTS,
    PLAYERS,
    SCALING,
    TEN_THOUSAND,
    THOUSANDS,
)
from shapiq_spex.benchmark.studies.sparsity import EXACT, Point, curves_of


def budgets(games):
    made = [recipe() for recipe in games.values()]
    assert [game.name for game in made] == list(games)
    return {game.name: [game.budget(units) for units in game.units] for game in made}


def test_budgets_are_the_numbers_that_are_named():
    assert max(m for many in budgets(PLAYERS).values() for m in many) == 20_000
    assert set(map(tuple, budgets(TEN_THOUSAND).values())) == {(5_000, 10_000, 30_000, 95_000)}
    assert set(map(tuple, budgets(THOUSANDS).values())) == {(10_000,)}
    assert [4000] in budgets(SCALING).values()


def test_experiments_share_no_game_with_the_suites_and_name_known_methods():
    for games, methods in EXPERIMENTS.values():
        assert not set(games) & (set(TEST) | set(DEVELOPMENT))
        assert set(methods) <= set(ALL_METHODS)


def test_sparsity_curves_rise_to_what_the_method_reached():
    table = np.random.default_rng(0).normal(size=256) + np.arange(256.0)
    game = BenchmarkGame("table", 8, lambda rows: table[rows @ (1 << np.arange(8))])
    points = curves_of(game, ["lasso order 1", "best constant"], units=4.0, seeds=[7])
    exact = [point.r2 for point in points if point.method == EXACT]
    assert exact == sorted(exact)
    assert exact[-1] == pytest.approx(1.0)
    lasso = {point.n_terms: point.r2 for point in points if point.method == "lasso order 1"}
    assert set(lasso) == set(range(1, 9))  # the last takes them all
    assert {point.seed for point in points if point.method != EXACT} == {7}
    assert all(point.method != "best constant" for point in points)  # it recovers no spectrum


def test_records_come_back_from_their_file(tmp_path):
    points = [Point("g", 8, "m", 1.0 / 3.0, 0, 5, 0.9912345678, "here")]
    path = tmp_path / "p.csv"
    write_records(path, points, Point)
    assert read_records(path, Point) == [Point("g", 8, "m", 1.0 / 3.0, 0, 5, 0.991235, "here")]
    with pytest.raises(ValueError, match="should have the columns"):
        read_records(path, Start)


def test_a_cold_start_is_measured_in_a_fresh_process(tmp_path):
    start = measure("ProxySPEX fast", str(tmp_path), False, 8, 40)
    assert start.status == "ok"
    assert start.first_call > start.second_call > 0.0
    assert (
        cold_start_table([start, start.__class__(**{**vars(start), "compiled": True})]).count("|")
        > 12
    )
