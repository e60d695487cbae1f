"""The commands run suites and studies, resume, and refuse unknown names."""

from dataclasses import replace
from pathlib import Path

import pytest

from shapiq_spex.benchmark import BenchmarkGame
from shapiq_spex.benchmark import __main__ as cli
from shapiq_spex.benchmark.__main__ import main
from shapiq_spex.benchmark.measuring.csv_records import write_records
from shapiq_spex.benchmark.reporting.recorded_page import PAGE, Records, page_of
from shapiq_spex.benchmark.studies import coverage
from shapiq_spex.benchmark.studies.cold_start import Start
from shapiq_spex.benchmark.studies.experiments import EXPERIMENTS
from shapiq_spex.benchmark.studies.sparsity import SparsityPoint

KINDS = {"sparsity.csv.gz": SparsityPoint, "coldstart.csv": Start}


def test_a_suite_runs_and_unknown_names_are_refused(tmp_path, capsys):
    path = str(tmp_path / "results.csv")
    arguments = ["run", path, "--games", "wine13 machine", "--suite", "development"]
    main([*arguments, "--methods", "best constant", "--units", "1", "--seeds", "2"])
    assert capsys.readouterr().out.count("wine13 machine") == 2
    with pytest.raises(SystemExit, match="unknown methods: magic; known: best constant"):
        main([*arguments, "--methods", "magic"])


def test_a_study_refuses_files_that_do_not_exist_and_unknown_names(tmp_path, capsys):
    with pytest.raises(SystemExit):
        coverage.main(["table", str(tmp_path / "absent.csv")])
    assert "absent.csv" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="unknown games: magic"):
        coverage.main(["run", str(tmp_path / "new.csv"), "--games", "magic"])


def test_all_measures_what_is_missing_and_publishes(tmp_path, monkeypatch):
    games = {"tiny": lambda: BenchmarkGame("tiny", 8, lambda s: s.sum(axis=1) * 1.0, units=(1.0,))}
    suites = dict.fromkeys(("test", *EXPERIMENTS), (games, ["best constant"]))
    monkeypatch.setattr(cli, "SUITES", suites)
    measured = []

    def measure(arguments):
        *_, file = map(Path, arguments)
        measured.append(file.name.removeprefix("unfinished-"))
        if measured[-1] in KINDS:
            write_records(file, [], KINDS[measured[-1]])
        elif file.suffix == ".md":
            file.write_text("All of them are needed.")

    monkeypatch.setattr(cli, "RESUMED", dict.fromkeys(cli.RESUMED, measure))
    replaced = {file: (measure, words) for file, (_, words) in cli.IN_ONE_GO.items()}
    monkeypatch.setattr(cli, "IN_ONE_GO", replaced)
    folder = tmp_path / "everything"

    main(["all", str(folder)])
    assert measured == [*cli.RESUMED, *cli.IN_ONE_GO]
    assert not list(folder.glob("unfinished*"))
    records = Records.of(folder)
    assert [found.game for found in records.results] == ["tiny"] * 3
    assert {found.method for found in records.experiments} == {"best constant"}
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert page == page_of(records)
    assert "All of them are needed." in page

    main(["all", str(folder)])
    assert measured[len(cli.RESUMED) + len(cli.IN_ONE_GO) :] == [*cli.RESUMED]
    again = Records.of(folder)
    assert repr(again.results) == repr(records.results)  # NaN is not equal to NaN
    assert replace(again, results=(), experiments=()) == replace(
        records, results=(), experiments=()
    )
