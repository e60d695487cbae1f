"""The study of intervals: what it counts, and what it found."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.measuring.csv_records import read_records
from shapiq_spex.benchmark.studies import coverage
from shapiq_spex.benchmark.studies.coverage import measure, run, true_values
from shapiq_spex.benchmark.studies.coverage_table import (
    CoverageRow,
    coverage_rates,
    coverage_table,
)
from shapiq_spex.intervals.result import Intervals
from tests.benchmark.examples import RECORDED, entries


def value(rows):
    return np.tanh(rows @ np.linspace(-1, 2, rows.shape[1])) + rows[:, 0] * rows[:, 1]


GAME = BenchmarkGame("tanh", 9, value)


def test_counts_are_those_of_the_approximator_itself():
    truth = true_values(GAME)
    indices = [("k-SII", 2), ("STII", 2)]
    rows = measure(GAME, truth, indices, ("kernel", False), units=5.0, seed=3, mode="fast")
    counted = next(row for row in rows if (row.index, row.order) == ("k-SII", 2))
    approximator = ProxySPEX(n=9, index="k-SII", max_order=2, random_state=3, proxy_model="fast")
    approximator.approximate(GAME.budget(5.0), value)
    intervals = approximator.intervals()
    pairs = [term for term in intervals if len(term) == 2]
    inside = [
        lower <= truth["k-SII", 2][term] <= upper
        for term in pairs
        for lower, upper in [intervals[term]]
    ]
    assert counted.interactions == len(pairs) == 36
    assert counted.covered == sum(inside)


def test_a_file_is_read_as_it_was_written_and_goes_on_where_it_stopped(tmp_path, capsys):
    path = tmp_path / "coverage.csv"
    run(path, {"tanh": lambda: GAME}, units=[5.0], seeds=[0])
    rows = read_records(path, CoverageRow)
    assert {(row.index, row.max_order) for row in rows} == set(coverage.CHECKED_INDICES)
    run(path, {"tanh": lambda: GAME}, units=[5.0], seeds=[0])
    assert repr(read_records(path, CoverageRow)) == repr(rows)  # NaN is not equal to itself
    assert "tanh" in capsys.readouterr().out
    lines = entries(coverage_table(rows))
    assert {line["budget"] for line in lines} == {"5"}
    assert len(lines) == len({(row.index, row.law, row.order) for row in rows})
    laws = {line["law"] for line in lines if line["index"] == "FBII, k = 2"}
    assert laws == {"range", "uniform", "0.8", "near"}
    coverage.main(["table", str(path)])
    assert capsys.readouterr().out == coverage_table(rows) + "\n"


def test_of_a_game_that_is_in_the_file_only_other_designs_are_measured(tmp_path, monkeypatch):
    path = tmp_path / "coverage.csv"
    monkeypatch.setattr(coverage, "OTHER_LAWS", {})
    for checked in ([("BV", 1)], [("BV", 1), ("WBV(0.9)", 1)]):
        monkeypatch.setattr(coverage, "CHECKED_INDICES", checked)
        run(path, {"tanh": lambda: GAME}, units=[5.0], seeds=[0])
    rows = read_records(path, CoverageRow)
    assert [(row.index, row.law) for row in rows] == [("BV", "range"), ("WBV(0.9)", "0.9")]


def test_counting():
    true = np.array([3.0, 0.1, -2.0, 0.2])
    intervals = Intervals(
        interactions=[(0,), (1,), (2,), (3,)],
        values=np.array([2.5, 0.3, 2.0, 0.2]),
        lower=np.array([2.0, 0.2, 1.5, np.nan]),
        upper=np.array([3.5, 0.4, 2.5, np.nan]),
        nonzero=np.array([0.999, 0.5, 0.999, np.nan]),
        confidence=0.9,
    )
    counts = coverage.count(intervals, true, 2)
    expected = {"given": 3, "covered": 1, "top": 2, "top_covered": 1, "large": 2}
    expected |= {"large_covered": 1, "established": 2, "wrong_signs": 1}
    assert {name: counts[name] for name in expected} == expected
    scale = np.sqrt((true**2).mean())
    assert counts["half_width"] == pytest.approx((0.75 + 0.1 + 0.5) / 3 / scale)


def test_recorded_coverage_is_that_of_many_games():
    rows = read_records(RECORDED / "coverage.csv", CoverageRow)
    assert len({row.game for row in rows if row.n_players <= 14}) >= 10


def test_recorded_intervals_cover_nearly_as_often_as_they_promise():
    rows = [row for row in read_records(RECORDED / "coverage.csv", CoverageRow) if row.units >= 2]
    assert min(rate.every for rate in coverage_rates(rows)) >= 0.85
