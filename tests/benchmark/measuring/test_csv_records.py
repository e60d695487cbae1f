"""What is written is what is read, in few bytes, whatever interrupted the writing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from shapiq_spex.benchmark import read_rows
from shapiq_spex.benchmark.__main__ import main
from shapiq_spex.benchmark.measuring.csv_records import append_records, read_records, write_records
from shapiq_spex.benchmark.measuring.result_rows import Row, write_record
from tests.benchmark.examples import row


@dataclass(frozen=True)
class Place:
    name: str
    units: float


@dataclass(frozen=True)
class Found:
    place: Place
    count: int
    open: bool
    share: float


FOUND = [Found(Place("a, b", 1.0 / 3.0), 3, True, 0.123456), Found(Place("", 2.0), -1, False, 1e9)]


@pytest.mark.parametrize("name", ["found.csv", "found.csv.gz"])
def test_records_are_rounded_but_their_keys_are_not(tmp_path, name):
    write_records(tmp_path / name, FOUND, Found)
    first, second = read_records(tmp_path / name, Found)
    assert first == Found(Place("a, b", 1.0 / 3.0), 3, True, 0.1235)
    assert second == FOUND[1]
    with pytest.raises(ValueError, match="should have the columns"):
        read_records(tmp_path / name, Place)


def test_appending_rounds_only_when_told_to(tmp_path):
    append_records(tmp_path / "new" / "f.csv", FOUND[:1], Found)
    append_records(tmp_path / "new" / "f.csv", FOUND[:1], Found, digits=2)
    exact, rounded = read_records(tmp_path / "new" / "f.csv", Found)
    assert (exact, rounded.share) == (FOUND[0], 0.12)


@pytest.mark.parametrize("kept", [0, 5, 30, 60])
def test_an_unfinished_line_is_ignored_and_then_replaced(tmp_path, kept):
    path = tmp_path / "f.csv"
    append_records(path, FOUND, Found)
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    before = read_records(path, Found) if b"\n" in whole[:kept] else []
    append_records(path, FOUND, Found)
    assert read_records(path, Found) == [*before, *FOUND]


def test_a_file_that_does_not_exist_has_no_records(tmp_path):
    assert read_records(tmp_path / "f.csv", Found) == []


def test_a_recorded_file_keeps_every_row_in_few_bytes(tmp_path):
    rows = [row("a", "m", 1.0 / 3.0, 0.123456789, seed) for seed in range(300)]
    rows += [row("b", "m", 2.0, 0.99987654321), row("b", "n", 2.0, math.nan, status="refused")]
    path, again = tmp_path / "r.csv.gz", tmp_path / "again.csv.gz"
    write_record(path, rows)
    write_record(again, reversed(rows))
    back = {one.key: one for one in read_rows(path)}
    assert path.read_bytes() == again.read_bytes()
    assert path.stat().st_size < 4000
    assert back.keys() == {one.key for one in rows}
    assert back["a", "m", "faithfulness", 1.0 / 3.0, 5].r2 == 0.1235
    assert back["b", "m", "faithfulness", 2.0, 0].r2 == 0.999877
    assert math.isnan(back["b", "n", "faithfulness", 2.0, 0].r2)


def test_of_equal_rows_in_merged_files_the_last_counts(tmp_path):
    old, new, merged = (tmp_path / name for name in ("old.csv", "new.csv.gz", "merged.csv.gz"))
    append_records(old, [row("a", "m", 1.0, 0.5)], Row)
    write_record(new, [row("a", "m", 1.0, 0.6, insertion=1.5), row("b", "m", 1.0, 0.7)])
    main(["record", str(merged), str(old), str(new)])
    first, second = read_rows(merged)
    assert (first.game, first.r2, first.insertion) == ("a", 0.6, 1.5)
    assert second.game == "b"
