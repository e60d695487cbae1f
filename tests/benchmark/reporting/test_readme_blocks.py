"""The README shows what is recorded."""

import pytest

from shapiq_spex.benchmark.__main__ import main
from shapiq_spex.benchmark.measuring.result_rows import write_record
from shapiq_spex.benchmark.reporting.readme_blocks import cpu_hours, readme_tables, with_records
from shapiq_spex.benchmark.reporting.recorded_page import Records
from tests.benchmark.examples import RECORDED, ROOT, entry, row
from tests.benchmark.reporting.test_claims import example_rows

MARKED = ("benchmark", "forecasts", "intervals", "regions")


def test_the_readme_shows_what_is_recorded():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    place = RECORDED.relative_to(ROOT).as_posix()
    assert with_records(text, Records.of(RECORDED), place) == text


def test_tables_are_written_between_the_markers(tmp_path):
    readme, folder = tmp_path / "front.md", tmp_path / "records"
    folder.mkdir()
    parts = [f"<!-- {name}: begin -->old<!-- {name}: end -->" for name in MARKED]
    readme.write_text("\n".join(["before", *parts, "after"]))
    write_record(folder / "results.csv.gz", example_rows())
    main(["publish", "--folder", str(folder), "--readme", str(readme)])
    records = Records.of(folder)
    told = {
        "benchmark": f"\n{readme_tables(records, 'records')}\n",
        "forecasts": "0 of 0 such statements held on games that nothing was tuned on",
        "intervals": "have not been measured",
        "regions": "has not been measured",
    }
    parts = [f"<!-- {name}: begin -->{told[name]}<!-- {name}: end -->" for name in MARKED]
    assert readme.read_text() == "\n".join(["before", *parts, "after"])
    with pytest.raises(ValueError, match="benchmark: begin"):
        with_records("no markers", records, "records")


def test_the_readme_counts_what_is_reached_and_names_what_is_lost(tmp_path):
    write_record(tmp_path / "results.csv.gz", example_rows())
    text = readme_tables(Records.of(tmp_path), "records")
    assert "in 1 of 4 cells: b at 1x (-0.100 to shapiq ProxySPEX)." in text
    reached = entry(text[text.index("| ProxySPEX on 1 games") :], "games with R2 >= 0.95")
    assert (reached["1"], reached["2"], reached["8"]) == ("0", "1", "1")


def test_runs_that_fill_several_rows_are_timed_once():
    shared = [row("a", "m", 1.0, 0.5, cpu_seconds=1800.0, game_seconds=0.5, target=t) for t in "xy"]
    assert cpu_hours([*shared, row("a", "m", 2.0, 0.5, cpu_seconds=3600.0)]) == pytest.approx(
        1.5 + 0.5 / 3600
    )
