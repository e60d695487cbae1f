"""The study of regions compares what reports state with the truth there."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.near_games import NEAR_DEVELOPMENT
from shapiq_spex.benchmark.games.size_regions import JudgedRegions
from shapiq_spex.benchmark.measuring.csv_records import read_records
from shapiq_spex.benchmark.studies import region_calibration
from shapiq_spex.benchmark.studies.region_calibration import (
    HEADLINE,
    LAWS,
    RegionRun,
    main,
    region_sentence,
    region_tables,
    run,
    statements,
)
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.reports.region_scores import TOO_FEW, RegionScore
from tests.reports.games import explained

RUN = RegionRun(
    *("wine13 network", 13, 2.0, 0, "default", "near", True, 96, 40),
    *(0.8, 0.7, 0.76, "", "here"),
)
TRUTH = {
    name: (0.1, r2) for name, r2 in (("near", 0.6), ("p 0.9", 0.7), ("half", 0.9), ("few", -9))
}


def stated(*regions, law="default"):
    """The statements of a report with these regions."""
    report = replace(explained(200).report_, regions=regions, faithfulness=0.5)
    return {run.region: run for run in statements(replace(RUN, law=law), report, TRUTH)}


def test_the_headline_is_held_to_the_worst_of_what_is_asked_for_and_known():
    near = RegionScore(keep="near", asked=True, r_squared=0.5, interval=(0.4, 0.7))
    half = replace(near, keep=0.5)
    few = RegionScore(keep=0.1, reason=TOO_FEW)
    told = stated(near, half, few)
    assert told[HEADLINE].true == 0.6
    assert (told["near"].true, told["near"].bound, told["few"].reason) == (0.6, 0.4, TOO_FEW)
    unknown = replace(near, r_squared=math.nan, reason=TOO_FEW)
    assert stated(unknown, half)[HEADLINE].true == 0.9
    assert HEADLINE not in stated(unknown, few)
    half = replace(half, asked=False)
    assert stated(half, law="uniform")[HEADLINE].true == 0.1  # of all coalitions, R2 itself
    assert HEADLINE not in stated(half, law="sizes")


def test_the_table_counts_what_holds():
    rows = [
        RUN,
        replace(RUN, reported=-7.0, bound=-9.0, true=-5.0),  # both are worse than a constant
        replace(RUN, bound=0.79),
        replace(RUN, reported=math.nan, bound=math.nan, reason=TOO_FEW),
        replace(RUN, reported=0.9, bound=math.nan),
    ]
    lines = region_tables(rows).splitlines()
    expected = "near | 4 | +0.055 | +0.040 | 25% | 3 | 67% | 1 |"
    assert lines[4] == f"| default | {expected}"
    assert f"| 2 | baseline | {expected.removeprefix('near | ')}" in lines
    assert region_tables([]) == ""
    assert region_sentence([*rows, replace(RUN, region=HEADLINE)]) == (
        "was too high by +0.055 in the mean of 4 statements, and by more than .05 in 25% of them; "
        "67% of 3 bounds of 95% held, on 1 games of 13 to 13 players with 2 to 2 n log2 n ablations"
    )


def test_the_table_says_what_was_measured_and_what_was_not(monkeypatch):
    known = dict.fromkeys(("wine13 network", "large", "cancer30 forest"))
    monkeypatch.setattr(region_calibration, "NEAR_DEVELOPMENT", known)
    rows = [
        RUN,
        replace(RUN, seed=1),
        replace(RUN, game="cancer30 forest", n_players=30),
        replace(RUN, units=8.0),
    ]
    scope = (
        "Measured: 2 games of 13 to 30 players: wine13 network, cancer30 forest. Budgets: "
        "2 n log2 n (2 games, seeds of each: 1 to 2), 8 n log2 n (1 games, seeds of each: 1). "
        "Development games that were not measured: "
    )
    assert region_tables(rows).splitlines()[0] == f"{scope}large."
    known.pop("large")
    assert region_tables(rows).splitlines()[0] == f"{scope}none."


def test_evaluated_coalitions_do_not_judge_where_there_are_others_of_their_size():
    game = BenchmarkGame("any", 8, lambda rows: rows @ np.linspace(-1.0, 1.0, 8))
    judged = JudgedRegions(game, 500)
    seen = Coalitions.from_dense(judged.rows["half"][:60])

    def memorised(rows):
        """Right where evaluated."""
        known = np.isin(Coalitions.from_dense(rows).keys(), seen.keys())
        return np.where(known, game.value(rows), 0.0)

    fresh = ~np.isin(Coalitions.from_dense(judged.rows["half"]).keys(), seen.keys())
    assert 0.2 < fresh.mean() < 0.95
    constant = judged.scores(lambda rows: np.zeros(len(rows)))["half"][1]
    assert judged.scores(memorised)["half"][1] > constant + 0.1
    assert judged.scores(memorised, seen)["half"][1] == pytest.approx(constant, abs=0.3)
    every = Coalitions.all_of(8)
    assert judged.scores(game.value, every) == judged.scores(game.value)


def test_games_are_measured_once_for_every_law_and_recorded(tmp_path, monkeypatch, capsys):
    made = []

    def game():
        made.append(1)
        return BenchmarkGame("small", 8, lambda rows: np.tanh(rows @ np.arange(8.0) / 9.0))

    monkeypatch.setattr(region_calibration, "NEAR_DEVELOPMENT", {"small": game})
    monkeypatch.setattr(region_calibration, "FRESH", 100)
    path = tmp_path / "runs.csv"
    main(["run", str(path), "--seeds", "1"])
    runs = read_records(path, RegionRun)
    assert {(run.law, run.units) for run in runs} == {
        (law, unit) for law in LAWS for unit in (1, 2, 8)
    }
    assert {run.region for run in runs} >= {"near", "p 0.9", "half", "few", HEADLINE}
    assert capsys.readouterr().out == f"small\n{region_tables(runs)}\n"
    main(["run", str(path), "--seeds", "1"])
    assert len(made) == 2
    assert len(read_records(path, RegionRun)) == len(runs)


CHEAP = ("diabetes10 forest", "wine13 forest marginal", "cancer30 forest")
"""Games whose reports are measured in seconds."""


@pytest.mark.slow
def test_reports_are_right_about_regions_as_often_as_stated(tmp_path):
    path = tmp_path / "runs.csv"
    run(path, {name: NEAR_DEVELOPMENT[name] for name in CHEAP}, units=(1.0, 2.0))
    runs = [made for made in read_records(path, RegionRun) if made.region != HEADLINE]
    away = np.array([made.away for made in runs if math.isfinite(made.away)])
    held = [made.bound <= made.true for made in runs if math.isfinite(made.bound)]
    assert len(away) > 60
    assert abs(away.mean()) < 0.03
    assert np.mean(away > 0.05) < 0.05
    assert np.mean(held) > 0.92
