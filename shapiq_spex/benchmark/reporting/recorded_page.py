"""The page beside the recorded files: every table and figure, made from these files alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shapiq_spex.benchmark.measuring.csv_records import read_records
from shapiq_spex.benchmark.measuring.markdown import captioned, chapters
from shapiq_spex.benchmark.measuring.result_rows import Row, read_rows
from shapiq_spex.benchmark.reporting.claims import claims_report
from shapiq_spex.benchmark.reporting.experiment_tables import (
    growth_table,
    many_players_table,
    players_table,
)
from shapiq_spex.benchmark.reporting.savings import savings_table
from shapiq_spex.benchmark.reporting.suite_tables import suite_tables
from shapiq_spex.benchmark.studies.cold_start import Start, cold_start_table
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow, coverage_table
from shapiq_spex.benchmark.studies.decoding_tables import DecodingRow, decoding_tables
from shapiq_spex.benchmark.studies.region_calibration import RegionRun, region_tables
from shapiq_spex.benchmark.studies.report_calibration import ReportRun, calibration_table
from shapiq_spex.benchmark.studies.sparsity import SparsityPoint

PAGE = "README.md"
"""The name of the page in the folder of the recorded files."""

_HEAD = """# Recorded results of the benchmark

This page is made by `python -m shapiq_spex.benchmark publish` from the files beside it; a test
compares them. R2 is measured on coalitions that the method did not evaluate. CPU seconds and memory
do not include those of the game. Results are medians over seeds. A cell (a game, a method, a
budget and a seed) may cost 300 CPU seconds and 6 GB of memory; one that runs out of time is not run
with other seeds. Cells that were refused, crashed, ran out of time or were not run are rows with
that status. The cells of each seed of shapiq's SPEX share one process, because it compiles anew in
each process; their memory is unknown.

`python -m shapiq_spex.benchmark all FOLDER --jobs 2` measures everything again and resumes where it
stopped. A game of your own takes five lines: see
`shapiq_spex/benchmark/games/benchmark_game.py`."""

_SAVED = """Geometric means over games, medians over seeds. A refusal and an answer worse than the
best constant count as R2 = 0. SPEX uses the rows and the regression of ProxySPEX where these
predict well, so the two hardly differ on real games."""

_PLAYERS = """No method was tuned on these functions, but the experiment itself was changed once
after first results: it had 15 terms and n log2 n ablations (24 for 8 players)."""

_GROWTH = """Slopes of least-squares lines through the upper half of the sizes (at least three),
both axes logarithmic; in brackets the cost of the largest size."""

_DECODING = """The smallest budget that finds the support on five seeds: exactly without noise, with
an F1 of .95 under noise (its standard deviation in units of the function's). A number alone is a
budget at which all seeds succeeded; "> 1000" means that no budget up to 1,000 did, "(time)" that
there was no CPU time for the rest. The last columns are k d log2 n with d = 5, the ratio of SPEX's
budget to it, and the number of rows that a regression needs if it knows the terms."""

_INTERVALS = """Intervals of 90% of the fast proxy, compared with exact values or, for many players,
with far better estimates. The columns: law of the rows (`keep`); budget in n log2 n; share of the
interactions with an interval; share of the intervals that contain the true value, of all, of the
largest reported and of the truly large interactions (means over games), and in the worst game;
half-width and error over the root mean square of the true values; signs established at a false
discovery rate of 10%, and how many of these are wrong."""

_REPORTS = """What reports state, compared with fresh coalitions, on the games that their constants
come from ("tuning") and on others ("reported"). The columns: budget in n log2 n; runs; mean and
median of the R2 reported minus the true one, and how often it is above by more than .05; bounds of
95% that were given for R2 and for the share of the additive error that interactions remove, and how
often they hold. The second table counts statements: that R2 is above its bound, that interactions
remove at least a share, that no values or interactions are to be trusted (their squared error
exceeds a tenth of their exact squares), that the signs of the three largest are, that .9 or .95 is
reached, or would need at least, or at most, some more ablations. Statements that no budget up to
8 n log2 n decides are left out."""

_REGIONS = """What reports state of regions (near: a few players are removed; p .9: one in ten;
half; few: one in ten is kept), compared with fresh coalitions of each region, on development games.
The columns: what was asked for; the region, or the headline, the worst of what was asked for;
statements of R2; mean and median of the R2 stated minus the true one (R2 below 0 taken as 0), and
how often it is above by more than .05; bounds of 95%, and how often they hold; reports that say
that R2 there is not known. The second table has the same statements, without the headlines, by
budget and by family of games."""

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
    """The contents of a folder of recorded files; what is missing is empty.

    Attributes:
        results: Rows of the test suite.
        experiments: Rows of the experiments.
        sparsity: R2 by number of terms.
        starts: Cold starts.
        decoding: Attempts to decode.
        coverage: Outcomes of intervals.
        reports: Reports and the truth.
        regions: What reports state of regions, and the truth.
        components: The tables of the components of ProxySPEX, as Markdown.
        figures: Names of the figures, without ``.png``.
    """

    results: Sequence[Row]
    experiments: Sequence[Row]
    sparsity: Sequence[SparsityPoint]
    starts: Sequence[Start]
    decoding: Sequence[DecodingRow]
    coverage: Sequence[CoverageRow]
    reports: Sequence[ReportRun]
    regions: Sequence[RegionRun]
    components: str
    figures: Sequence[str]

    @classmethod
    def of(cls, folder: Path) -> Records:
        """Read the files."""
        components = folder / "components.md"
        return cls(
            read_rows(folder / "results.csv.gz"),
            read_rows(folder / "experiments.csv.gz"),
            read_records(folder / "sparsity.csv.gz", SparsityPoint),
            read_records(folder / "coldstart.csv", Start),
            read_records(folder / "coding.csv", DecodingRow),
            read_records(folder / "coverage.csv", CoverageRow),
            read_records(folder / "calibration.csv", ReportRun),
            read_records(folder / "regions.csv", RegionRun),
            components.read_text(encoding="utf-8") if components.exists() else "",
            [path.stem for path in folder.glob("*.png")],
        )


def page_of(records: Records) -> str:
    """The page as Markdown."""
    experiments, results = records.experiments, records.results
    parts = [
        ("Figures", _figures(records.figures)),
        ("Ablations saved", captioned(_SAVED, savings_table(results))),
        (
            "Players: 10 hierarchical terms, 2 n log2 n ablations (at most 20,000)",
            captioned(_PLAYERS, players_table(experiments)),
        ),
        ("Thousands of players", many_players_table(experiments)),
        (
            "Growth of time and memory: fitted exponents",
            captioned(_GROWTH, growth_table(experiments)),
        ),
        ("The first call: CPU seconds in a fresh process", cold_start_table(records.starts)),
        (
            "Decoding, compared with shapiq's SPEX",
            captioned(_DECODING, decoding_tables(records.decoding)),
        ),
        (
            "Intervals: how often they contain the true value",
            captioned(_INTERVALS, coverage_table(records.coverage)),
        ),
        (
            "Reports: how often they are right",
            captioned(_REPORTS, calibration_table(records.reports)),
        ),
        (
            "Reports: how often they are right about where an explanation holds",
            captioned(_REGIONS, region_tables(records.regions)),
        ),
        ("What each component of ProxySPEX contributes", records.components.strip()),
        ("Claims", claims_report(results).strip()),
        ("The test suite", suite_tables(results).strip()),
        ("Everything but the test suite was made with", _environments(records)),
    ]
    return f"{_HEAD}\n\n{chapters(parts, level=2)}\n"


def _figures(names: Sequence[str]) -> str:
    return "\n\n".join(
        f"{title}:\n\n![{title}]({name}.png)" for name, title in _FIGURES.items() if name in names
    )


def _environments(records: Records) -> str:
    recorded = (
        *(*records.experiments, *records.sparsity, *records.starts),
        *(*records.decoding, *records.coverage, *records.reports, *records.regions),
    )
    return "\n".join(f"* {stamp}" for stamp in sorted({each.environment for each in recorded}))
