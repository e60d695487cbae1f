"""The page of all tables and the experiments on it come from recorded files alone."""

import math
from pathlib import Path

import pytest

from shapiq_spex.benchmark import BenchmarkGame
from shapiq_spex.benchmark import __main__ as cli
from shapiq_spex.benchmark.__main__ import main
from shapiq_spex.benchmark.measuring.csv_records import write_records
from shapiq_spex.benchmark.measuring.results_file import Row, write_record
from shapiq_spex.benchmark.reporting.experiment_tables import (
    growth_table,
    many_players_table,
    players_table,
)
from shapiq_spex.benchmark.reporting.readme_blocks import RECORDED
from shapiq_spex.benchmark.reporting.recorded_page import PAGE, Records, page_of
from shapiq_spex.benchmark.studies import blend_components as components
from shapiq_spex.benchmark.studies import coverage
from shapiq_spex.benchmark.studies import decoding as coding
from shapiq_spex.benchmark.studies import forecast_check as forecast
from shapiq_spex.benchmark.studies.cold_start import Start, cold_start_table
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow
from shapiq_spex.benchmark.studies.decoding import COLUMNS
from shapiq_spex.benchmark.studies.experiments import EXPERIMENTS, SCALING, THOUSANDS
from shapiq_spex.benchmark.studies.forecast_check import Check


def row(game, method, r2, seed=0, **others):
    settings = {"n_players": 8, "units": 2.0, "budget": 48, "cpu_seconds": 1.0, "peak_mb": 5.0}
    settings |= {"family": "synthetic", "target": "faithfulness", "environment": "here"}
    return Row(game=game, method=method, seed=seed, r2=r2, **(settings | others))


PLAYERS_ROWS = [
    *(
        row("hierarchical8 k10 noise 0.1 s5", "SPEX", r2, seed)
        for seed, r2 in enumerate((0.5, 0.9, 0.7))
    ),
    row("hierarchical16 k10 noise 0.1 s5", "SPEX", math.nan, n_players=16, status="timed out"),
]


def test_the_players_table_shows_medians_ranges_and_what_went_wrong():
    line = players_table(PLAYERS_ROWS).splitlines()[-1]
    assert line == "| SPEX | 0.7000 (0.5000 to 0.9000) | timed out |"


def test_the_table_of_thousands_says_why_there_is_no_number():
    game = next(iter(THOUSANDS))
    rows = [
        row(game, "SPEX", 0.98765, n_players=1000, budget=10_000, support_f1=1.0),
        row(game, "shapiq ProxySPEX", math.nan, budget=10_000, status="refused", message="too big"),
        row("another game", "SPEX", 0.5),
    ]
    lines = many_players_table(rows).splitlines()[2:]
    assert lines == [
        f"| {game} | 10,000 | SPEX | 0.9877 | 1.00 | 1.0 | 5 |  |",
        f"| {game} | 10,000 | shapiq ProxySPEX | refused |  |  |  | too big |",
    ]


def test_the_growth_table_fits_the_power_it_was_given():
    game = next(name for name in SCALING if name.startswith("hierarchical64"))
    rows = [
        row(
            game,
            "SPEX",
            0.9,
            n_players=64,
            units=float(m),
            budget=m,
            cpu_seconds=1e-6 * m**1.5,
            peak_mb=m / 100,
        )
        for m in (500, 1000, 2000, 8000)
    ]
    (line,) = growth_table(rows).splitlines()[2:]
    assert line == "| ablations, 64 players | SPEX | 8,000 | 1.50 (0.7) | 1.00 (80.0) |"


def test_a_failed_start_is_in_the_table():
    start = Start("a", False, 8, 40, 0.5, 2.0, 0.25, "ok", "here")
    broken = Start("b", False, 8, 40, math.nan, math.nan, math.nan, "no such module", "here")
    lines = cold_start_table([start, broken]).splitlines()[2:]
    assert lines == ["| a | 0.50 | 2.00 |  | 0.25 |  |", "| b |  |  |  |  | no such module |"]
    assert cold_start_table([]) == ""


def test_publishing_makes_page_and_figures(tmp_path):
    write_record(tmp_path / "experiments.csv.gz", PLAYERS_ROWS)
    write_records(
        tmp_path / "coldstart.csv", [Start("a", False, 8, 40, 0.5, 2.0, 0.2, "ok", "x")], Start
    )
    main(["publish", "--folder", str(tmp_path)])
    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert text == page_of(Records.of(tmp_path), ["faithfulness-by-players"])
    assert (tmp_path / "faithfulness-by-players.png").stat().st_size > 5000
    assert players_table(PLAYERS_ROWS) in text
    assert "| a | 0.50 | 2.00 |" in text
    assert "* here\n* x" in text


def test_publishing_shows_decoding_intervals_and_forecasts(tmp_path):
    decoding = [
        *(
            f"support,SPEX,,100,20,flat,uniform,0,940,{seed},ok,940,20,1,1,1,1,1,y"
            for seed in range(5)
        ),
        "synergies,SPEX,,60,10,synergies,uniform,0,600,0,ok,600,9,0.9,0.8,1,1,1,y",
    ]
    (tmp_path / "coding.csv").write_text("\n".join([",".join(COLUMNS), *decoding, ""]))
    interval = CoverageRow(
        *("g", 8, "fast", "kernel", True, "SV", 1, 1, 2.0, 0),
        *(8, 8, 7, 5, 5, 4, 4, 0.25, 0.05, 3, 0, "z"),
    )
    write_records(tmp_path / "coverage.csv", [interval], CoverageRow)
    check = Check("g", 8, 0, 100, 0.8, 0.9, 200.0, 250.0, True, 0.1, "here")
    write_records(tmp_path / "forecast.csv", [check], Check)
    main(["publish", "--folder", str(tmp_path)])
    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "| 100 | 20 | flat | uniform | 0 | 940 | 664 | 1.41 | 21 |" in text
    assert "| SPEX | 60 | 10 | 600 | 9.0 | 0.800 |" in text
    assert "](synergies.png)" in text
    assert (tmp_path / "synergies.png").stat().st_size > 5000
    assert "| SV | 1 | 2 | 100% | 88% | 100% | 100% | 88% | 0.25 | 0.05 | 3 | 0 |" in text
    assert "| 0.9 | 1 | 1 | 0 | 0 | 0.80 (1) | 100% | 0 |" in text
    assert "made with\n\n* here\n* y\n* z" in text
    assert "CPU seconds for the same budget" not in text  # nothing was recorded of it


@pytest.mark.skipif(not (RECORDED / PAGE).exists(), reason="nothing published yet")
def test_the_page_shows_what_is_recorded():
    figures = [path.stem for path in RECORDED.glob("*.png")]
    assert (RECORDED / PAGE).read_text(encoding="utf-8") == page_of(Records.of(RECORDED), figures)


def test_all_measures_what_is_missing_and_publishes(tmp_path, monkeypatch):
    games = {"tiny": lambda: BenchmarkGame("tiny", 8, lambda s: s.sum(axis=1) * 1.0, units=(1.0,))}
    monkeypatch.setattr(
        cli, "SUITES", dict.fromkeys(("test", *EXPERIMENTS), (games, ["best constant"]))
    )
    monkeypatch.setattr(cli.sparsity, "GAMES", ())
    start = Start("a", False, 8, 40, 0.5, 2.0, 0.25, "ok", "here")
    monkeypatch.setattr(cli, "measure_all", lambda repeats: iter([start]))
    asked = []

    def measure(arguments):
        *commands, file = arguments
        asked.append((*commands, Path(file).name))
        if "forecast" in file:
            write_records(file, [], Check)
        if "components" in file:
            Path(file).write_text("All of them are needed.")

    for module in (coding, components, coverage, forecast):
        monkeypatch.setattr(module, "main", measure)
    folder = tmp_path / "everything"

    main(["all", str(folder)])
    growing = [("run", "coding.csv"), ("run", "coverage.csv")]
    in_one_go = [("run", "unfinished-forecast.csv"), ("unfinished-components.md",)]
    assert asked == [*growing, *in_one_go]
    assert not list(folder.glob("unfinished*"))
    records = Records.of(folder)
    assert [found.game for found in records.results] == ["tiny"] * 3
    assert {found.method for found in records.experiments} == {"best constant"}
    assert list(records.starts) == [start]
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert page == page_of(records, [path.stem for path in folder.glob("*.png")])

    main(["all", str(folder)])
    assert "All of them are needed." in page
    assert asked[4:] == growing
    assert repr(Records.of(folder).results) == repr(records.results)  # NaN is not equal to NaN
