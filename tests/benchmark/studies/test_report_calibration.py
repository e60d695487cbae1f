"""The study of reports counts what it says it counts, and reports are as right as they say."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.calibration_games import FAMILIES, REPORTED, TUNING
from shapiq_spex.benchmark.measuring.csv_records import read_records
from shapiq_spex.benchmark.studies import report_calibration
from shapiq_spex.benchmark.studies.report_calibration import (
    ReportRun,
    Truth,
    ablations_needed,
    calibration_table,
    fresh_rows,
    judged_sentences,
    main,
    measure,
    outcomes,
)
from shapiq_spex.fourier.coalitions import Coalitions
from tests.benchmark.examples import entry
from tests.reports.games import explained

RUN = ReportRun(
    *("reported", "tables", "a game", 10, 2.0, 0, 66),
    *(0.8, 0.7, 0.76, 0.5, 0.3, 0.2, 20.0, "reached", "at most more;R2 at least", 0.1, "here"),
)


def test_the_ablations_needed_lie_between_budgets():
    assert ablations_needed([10, 20, 40], [0.0, 0.5, 0.75], 0.6) == pytest.approx(26.0, abs=1)
    assert ablations_needed([10, 20], [0.95, 0.99], 0.9) == 10
    assert ablations_needed([10, 20], [0.1, 0.2], 0.9) is None


@pytest.mark.parametrize("n_players", [6, 14])
def test_fresh_coalitions_were_not_evaluated(n_players):
    every = Coalitions.all_of(n_players)
    seen = every[::3]
    fresh = fresh_rows(n_players, seen, seed=0)
    assert not np.isin(fresh.keys(), seen.keys()).any()
    assert len(fresh.distinct()[0]) == len(fresh)
    assert len(fresh) == len(every) - len(seen) if n_players == 6 else len(fresh) > 1500


def test_the_table_counts_what_holds():
    rows = [RUN, replace(RUN, true=0.65, true_gain=0.4), replace(RUN, bound=math.nan, true=0.85)]
    line = calibration_table(rows).splitlines()[2].split(" | ")
    assert line[3:7] == ["3", "+0.047", "+0.040", "33%"]
    assert line[7:] == ["2", "50%", "3", "33% |"]
    assert entry(calibration_table(rows).split("\n\n")[1], "reached")["reported"] == "100% of 3"
    assert outcomes(rows) == {
        "reached": [True] * 3, "at most more": [False] * 3, "R2 at least": [False] * 3,
    }  # fmt: skip
    assert calibration_table([]) == ""


def test_forecasts_are_judged_where_some_budget_decides(monkeypatch):
    monkeypatch.setattr(report_calibration, "TARGETS", (0.9,))
    made = replace(
        explained(200).report_,
        faithfulness=0.65,
        faithfulness_interval=(0.6, 0.7),
        learning_curve=((100, 0.6), (200, 0.35)),
    )
    forecast = made.forecast(0.9)
    assert 200 < forecast.low < forecast.high < math.inf

    def judged(needed):
        """Of a game whose R2 jumps from .5 to 1 after so many ablations."""
        truth = Truth(0.6, 0.5, 0.2, rows=(200, needed, needed + 1), reached=(0.5, 0.5, 1.0))
        return dict(judged_sentences(made, truth))

    assert not judged(int(forecast.low) - 9)["at least more"]
    assert judged(int(forecast.low) + 9)["at least more"]
    assert judged(int(forecast.high) - 9)["at most more"]
    assert not judged(int(forecast.high) + 9)["at most more"]
    undecided = Truth(0.6, 0.5, 0.2, rows=(200, 201), reached=(0.5, 0.5))
    assert not {"at least more", "at most more"} & {k for k, _ in judged_sentences(made, undecided)}


def test_both_halves_have_games_of_every_family():
    for half in (TUNING, REPORTED):
        families = [family for family, _ in half.values()]
        assert set(families) == set(FAMILIES)
        assert families.count("adversarial") >= 15
    assert not set(TUNING) & set(REPORTED)


def test_a_game_is_measured_and_recorded(tmp_path, monkeypatch, capsys):
    weights = np.random.default_rng(0).normal(size=(8, 8))

    def value(rows):
        kept = rows.astype(float)
        return ((kept @ weights) * kept).sum(axis=1) + np.sin(7 * kept @ weights[0])

    game = BenchmarkGame("small", 8, value)
    monkeypatch.setattr(report_calibration, "TUNING", {"small": ("tables", lambda: game)})
    monkeypatch.setattr(report_calibration, "REPORTED", {})
    path = tmp_path / "runs.csv"
    main(["run", str(path), "--seeds", "1"])
    runs = read_records(path, ReportRun)
    assert [run.units for run in runs] == [0.5, 1.0, 2.0, 4.0]
    assert all(run.true < 1.0 and run.seconds > 0 for run in runs)
    assert capsys.readouterr().out == f"small\n{calibration_table(runs)}\n"


CHEAP = ("diabetes10 forest", "threshold 14", "lookup 14", "remainder 12", "xor of pairs 12")
"""Games whose reports are measured in seconds."""


@pytest.mark.slow
def test_bounds_hold_and_forecasts_are_true_about_as_often_as_stated():
    runs = [
        run
        for name in CHEAP
        for seed in range(4)
        for run in measure("tuning", TUNING[name][0], TUNING[name][1](), seed)
    ]
    bounds = [run.bound <= run.true for run in runs if math.isfinite(run.bound)]
    gains = [run.gain_bound <= run.true_gain for run in runs if math.isfinite(run.gain_bound)]
    assert len(bounds) > 60
    assert np.mean(bounds) > 0.9
    assert np.mean(gains) > 0.88
    away = [run.reported - run.true for run in runs if run.units == 4.0]
    assert abs(np.mean(away)) < 0.05
    found = outcomes(runs)
    for kind in ("gain at least", "trust no interactions", "at most more"):
        assert np.mean(found[kind]) > 0.85, kind
