"""The check of forecasts counts what it says it counts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.suites import DEVELOPMENT
from shapiq_spex.benchmark.measuring.csv_records import read_records, write_records
from shapiq_spex.benchmark.studies import forecast_check
from shapiq_spex.benchmark.studies.forecast_check import (
    Check,
    ablations_needed,
    check_game,
    forecast_table,
    main,
    suite_of,
)
from tests.benchmark.examples import entry


def check(expected, needed, *, reached=True, rows=100, target=0.9):
    return Check("a game", 10, 0, rows, 0.7, target, expected, needed, reached, 0.1, "here")


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (check(300.0, 250.0), "held"),
        (check(300.0, 899.0), "held"),
        (check(300.0, 901.0), "optimistic"),
        (check(300.0, 149.0), "pessimistic"),
        (check(300.0, 899.0, reached=False), "held"),
        (check(300.0, 901.0, reached=False), "optimistic"),
        (check(math.inf, 5000.0, reached=False), "held"),
        (check(math.inf, 999.0), "pessimistic"),
        (check(math.nan, 500.0), "none"),
    ],
)
def test_outcomes(made, outcome):
    assert made.outcome == outcome


def test_the_ablations_needed_lie_between_budgets():
    assert ablations_needed([10, 20, 40], [0.0, 0.5, 0.75], 0.6) == pytest.approx(26.0, abs=1)
    assert ablations_needed([10, 20], [0.95, 0.99], 0.9) == 10
    assert ablations_needed([10, 20], [0.1, 0.2], 0.9) is None


def test_the_suite_is_told_by_the_games():
    assert suite_of([check(1.0, 1.0)]) == "test"
    assert suite_of([replace(check(1.0, 1.0), game=next(iter(DEVELOPMENT)))]) == "development"


def test_the_table_counts():
    rows = [check(300.0, 250.0), check(300.0, 950.0), check(math.nan, 500.0)]
    line = entry(forecast_table(rows), "0.9")
    assert line["forecasts"] == "2"
    assert (line["held"], line["optimistic"], line["pessimistic"]) == ("1", "1", "0")
    assert line["none given"] == "1"
    assert forecast_table([]) == ""


def test_a_game_is_checked_and_recorded(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(forecast_check, "UNITS", (1.5, 3.0))
    weights = np.random.default_rng(0).normal(size=(8, 8))

    def value(rows):
        kept = rows.astype(float)
        return ((kept @ weights) * kept).sum(axis=1) + np.sin(7 * kept @ weights[0])

    game = BenchmarkGame("small", 8, value, n_held_out=200)
    checks = check_game(game, seed=0)
    assert all(made.rows < made.needed for made in checks)
    assert {made.rows for made in checks} <= {36}
    write_records(tmp_path / "checks.csv", checks, Check)
    assert len(read_records(tmp_path / "checks.csv", Check)) == len(checks)
    main(["table", str(tmp_path / "checks.csv")])
    assert capsys.readouterr().out == forecast_table(checks) + "\n"
