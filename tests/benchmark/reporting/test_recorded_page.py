"""The page of all tables comes from the recorded files alone."""

from dataclasses import replace

import pytest

from shapiq_spex.benchmark.__main__ import main
from shapiq_spex.benchmark.measuring.csv_records import write_records
from shapiq_spex.benchmark.measuring.result_rows import write_record
from shapiq_spex.benchmark.reporting.experiment_tables import players_table
from shapiq_spex.benchmark.reporting.recorded_page import PAGE, Records, page_of
from shapiq_spex.benchmark.studies import command_line, coverage
from shapiq_spex.benchmark.studies.cold_start import Start, cold_start_table
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow, coverage_table
from shapiq_spex.benchmark.studies.decoding_cases import Attempt, Case
from shapiq_spex.benchmark.studies.decoding_tables import DecodingRow, decoding_tables
from shapiq_spex.benchmark.studies.region_calibration import RegionRun, region_tables
from shapiq_spex.benchmark.studies.report_calibration import ReportRun, calibration_table
from tests.benchmark.examples import RECORDED
from tests.benchmark.reporting.test_experiment_tables import PLAYERS_ROWS

START = Start("a", False, 8, 40, 0.5, 2.0, 0.2, "ok", "of starts")
INTERVAL = CoverageRow(
    *("g", 8, "fast", "kernel", True, "SV", 1, 1, 2.0, 0),
    *(8, 8, 7, 5, 5, 4, 4, 0.25, 0.05, 3, 0, "of intervals"),
)
REPORT = ReportRun(
    *("reported", "tables", "g", 8, 2.0, 0, 48),
    *(0.8, 0.7, 0.75, 0.5, 0.3, 0.4, 20.0, "reached", "at most more", 0.1, "of reports"),
)
REGION = RegionRun(
    *("g", 8, 2.0, 0, "default", "near", True, 48, 20),
    *(0.8, 0.7, 0.75, "", "of regions"),
)
FOUND = Attempt(940, 0, "ok", 940, 9, 1.0, 0.8, 1.0, 1.0, 1.0)
SYNERGIES = DecodingRow("synergies", "SPEX", "", Case(60, 10, "synergies"), FOUND, "of decoding")
SUPPORT = [
    DecodingRow("support", "SPEX", "", Case(100, 20), replace(FOUND, seed=seed), "of decoding")
    for seed in range(5)
]


def test_the_page_shows_what_is_recorded():
    text = (RECORDED / PAGE).read_text(encoding="utf-8")
    assert text == page_of(Records.of(RECORDED))


def test_publishing_makes_the_page_and_the_figures(tmp_path):
    decoding = [*SUPPORT, SYNERGIES]
    write_record(tmp_path / "experiments.csv.gz", PLAYERS_ROWS)
    write_records(tmp_path / "coldstart.csv", [START], Start)
    write_records(tmp_path / "coding.csv", decoding, DecodingRow)
    write_records(tmp_path / "coverage.csv", [INTERVAL], CoverageRow)
    write_records(tmp_path / "calibration.csv", [REPORT], ReportRun)
    write_records(tmp_path / "regions.csv", [REGION], RegionRun)
    (tmp_path / "components.md").write_text("All of them are needed.")
    main(["publish", "--folder", str(tmp_path)])

    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert text == page_of(Records.of(tmp_path))
    for table in (
        players_table(PLAYERS_ROWS),
        cold_start_table([START]),
        decoding_tables(decoding),
        coverage_table([INTERVAL]),
        calibration_table([REPORT]),
        region_tables([REGION]),
    ):
        assert "| --- |" in table
        assert table in text
    assert "All of them are needed." in text
    for name in ("faithfulness-by-players", "synergies"):
        assert f"]({name}.png)" in text
        assert (tmp_path / f"{name}.png").stat().st_size > 5000
    for stamp in ("of starts", "of decoding", "of intervals", "of reports", "of regions"):
        assert f"\n* {stamp}\n" in text
    assert "CPU seconds for the same budget" not in text  # nothing was recorded of it


@pytest.mark.parametrize(
    ("command", "arguments"), [(main, ["publish"]), (coverage.main, ["table"])]
)
def test_commands_say_so_if_the_recorded_results_are_absent(
    command, arguments, monkeypatch, tmp_path
):
    monkeypatch.setattr(command_line, "RECORD_FOLDER", tmp_path / "absent")
    with pytest.raises(SystemExit, match="in the repository, not in the wheel"):
        command(arguments)
