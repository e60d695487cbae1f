"""The page beside the recorded files: every table and figure, from these files and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shapiq_spex.benchmark.measuring.csv_records import Record, read_records
from shapiq_spex.benchmark.measuring.results_file import Row, read_rows
from shapiq_spex.benchmark.reporting.claims import claims_report
from shapiq_spex.benchmark.reporting.experiment_tables import (
    growth_table,
    many_players_table,
    players_table,
)
from shapiq_spex.benchmark.reporting.savings import savings_table
from shapiq_spex.benchmark.reporting.suite_tables import all_tables
from shapiq_spex.benchmark.studies import decoding as coding
from shapiq_spex.benchmark.studies import decoding_tables
from shapiq_spex.benchmark.studies import forecast_check as forecast
from shapiq_spex.benchmark.studies.cold_start import Start, cold_start_table
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow, coverage_table
from shapiq_spex.benchmark.studies.sparsity import Point

PAGE = "README.md"
"""The name of the page in the folder of the recorded files."""

_HEAD = """# Recorded results of the benchmark

Made by `python -m shapiq_spex.benchmark publish` from the files beside it; a test compares them.
R2 is that of coalitions that the method had not asked; CPU seconds and memory are without the
game's. Medians over seeds. A cell may cost 300 CPU seconds and 6 GB of memory; one that runs
out of time is not tried again with other seeds. What refused, crashed, ran out of time or was not
tried is a row that says so.
The cells of each seed of shapiq's SPEX share one process, for it compiles anew in each; their
memory is not known.

`python -m shapiq_spex.benchmark all FOLDER --jobs 2` makes all of it again and goes on where it
stopped; its parts are commands of their own. A game of your own takes five lines: see
`shapiq_spex/benchmark/games.py`."""

_SAVED = """Geometric means over games and medians over seeds. A refusal, and an answer worse than
the best constant, count as R2 = 0. SPEX asks and regresses like ProxySPEX where that predicts well,
so that the two hardly differ on real games."""

_PLAYERS = """No method was tuned on these functions, but the experiment itself was changed once
after first results: it had 15 terms and n log2 n ablations (24 for 8 players)."""

_GROWTH = """Slopes of least-squares lines through the upper half of the sizes (at least three),
both axes logarithmic; in brackets what the largest size took."""

_DECODING = """The smallest budget that finds the support on five seeds: exactly without noise, with
F1 of .95 with noise (its standard deviation in units of the function's). A number alone is a budget
at which all seeds succeeded; "> 1000" means that none up to 1,000 did, "(time)" that there was no
CPU time for the rest. Beside it k d log2 n, d = 5, the ratio of SPEX's budget to it, and the rows
that a regression needs which is told the terms."""

_INTERVALS = """Intervals of 90%, of the fast proxy, against exact values or, of many players,
against far better estimates. Budgets in n log2 n; the share of interactions that were given an
interval; how many of those contain the true value, of all, of the largest reported and of the truly
large ones (means over games), and in the worst game; half-width and error over the root mean square
of the true values; signs established at a false discovery rate of 10%, and how many are wrong."""

_FORECASTS = """Ablations that the report says R2 would need, and what it did need on the {suite}
games. A forecast held if that lay in its range, was optimistic if more was needed, and pessimistic
if less."""

_FIGURES = {
    "saved-ablations": "Unexplained variance by number of ablations, and the factor saved",
    "faithfulness-by-budget": "Faithfulness by number of ablations, game by game",
    "sparsity": "Faithfulness by number of terms kept",
    "faithfulness-by-players": "Faithfulness by number of players",
    "ten-thousand-players": "Ten thousand players",
    "scaling": "Time and memory, and the exponents of their growth",
    "synergies": "Parities without any smaller effect: found by decoding and by regression",
}
"""Figures by the name of their file, in the order of the page."""


@dataclass(frozen=True)
class Records:
    """What a folder of recorded files holds.

    Attributes:
        results: Rows of the test suite.
        experiments: Rows of the experiments.
        sparsity: R2 by number of terms.
        starts: Cold starts.
        decoding: Lines of the benchmark of decoding.
        coverage: What became of intervals.
        forecasts: What became of forecasts.
        components: What the components of ProxySPEX are worth, as Markdown.
    """

    results: Sequence[Row]
    experiments: Sequence[Row]
    sparsity: Sequence[Point]
    starts: Sequence[Start]
    decoding: Sequence[decoding_tables.Line]
    coverage: Sequence[CoverageRow]
    forecasts: Sequence[forecast.Check]
    components: str

    @classmethod
    def of(cls, folder: Path) -> Records:
        """Read the files; what is missing is empty."""
        decoding, components = folder / "coding.csv", folder / "components.md"
        return cls(
            read_rows(folder / "results.csv.gz"),
            read_rows(folder / "experiments.csv.gz"),
            _records(folder / "sparsity.csv.gz", Point),
            _records(folder / "coldstart.csv", Start),
            coding.read(decoding) if decoding.exists() else (),
            _records(folder / "coverage.csv", CoverageRow),
            _records(folder / "forecast.csv", forecast.Check),
            components.read_text(encoding="utf-8") if components.exists() else "",
        )


def _records(path: Path, kind: type[Record]) -> Sequence[Record]:
    return read_records(path, kind) if path.exists() else ()


def page_of(records: Records, figures: Sequence[str]) -> str:
    """The page as Markdown.

    Args:
        records: What was recorded.
        figures: Names of the figures that lie beside the page, without ``.png``.
    """
    experiments = [
        (
            "Players: 10 hierarchical terms, 2 n log2 n ablations (at most 20,000)",
            _told(_PLAYERS, players_table(records.experiments)),
        ),
        ("Thousands of players", many_players_table(records.experiments)),
        (
            "Growth of time and memory: fitted exponents",
            _told(_GROWTH, growth_table(records.experiments)),
        ),
    ]
    chapters = [
        ("Figures", _figures(figures)),
        ("Ablations saved", _told(_SAVED, savings_table(records.results))),
        *experiments,
        ("The first call: CPU seconds in a fresh process", cold_start_table(records.starts)),
        (
            "Decoding, beside shapiq's SPEX",
            _told(_DECODING, decoding_tables.all_tables(records.decoding)),
        ),
        (
            "Intervals: how often they contain the true value",
            _told(_INTERVALS, coverage_table(records.coverage)),
        ),
        (
            "Forecasts: how often they hold",
            _told(
                _FORECASTS.format(suite=forecast.suite_of(records.forecasts)),
                forecast.table(records.forecasts) if records.forecasts else "",
            ),
        ),
        ("What every component of ProxySPEX is worth", records.components.strip()),
        ("Claims", claims_report(records.results).strip()),
        ("The test suite", all_tables(records.results).strip()),
        ("Everything but the test suite was made with", _environments(records)),
    ]
    return (
        "\n\n".join([_HEAD, *(f"## {title}\n\n{text}" for title, text in chapters if text)]) + "\n"
    )


def _told(what: str, table: str) -> str:
    """A table after what it shows; nothing if there is no table."""
    return f"{what}\n\n{table}" if table else ""


def _figures(names: Sequence[str]) -> str:
    return "\n\n".join(
        f"{title}:\n\n![{title}]({name}.png)" for name, title in _FIGURES.items() if name in names
    )


def _environments(records: Records) -> str:
    stamps = {
        *(each.environment for each in (*records.experiments, *records.sparsity)),
        *(each.environment for each in (*records.starts, *records.coverage, *records.forecasts)),
        *(line["environment"] for line in records.decoding),
    }
    return "\n".join(f"* {stamp}" for stamp in sorted(stamps))
