"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, QUICK, TEST
from shapiq_spex.benchmark.measuring.cells import Limits
from shapiq_spex.benchmark.measuring.result_rows import Row, read_rows, write_record
from shapiq_spex.benchmark.measuring.runner import run
from shapiq_spex.benchmark.methods.all_methods import ALL_METHODS, METHODS, is_peer
from shapiq_spex.benchmark.reporting.claims import claims_report
from shapiq_spex.benchmark.reporting.readme_blocks import update
from shapiq_spex.benchmark.reporting.recorded_page import PAGE, Records, page_of
from shapiq_spex.benchmark.reporting.suite_figures import save_figures
from shapiq_spex.benchmark.reporting.suite_tables import suite_tables
from shapiq_spex.benchmark.studies import (
    blend_components,
    cold_start,
    coverage,
    decoding,
    near_the_input,
    region_calibration,
    report_calibration,
    sparsity,
)
from shapiq_spex.benchmark.studies.command_line import add_seeds, known_names, record_folder
from shapiq_spex.benchmark.studies.decoding_tables import save_synergies
from shapiq_spex.benchmark.studies.experiments import EXPERIMENTS

QUICK_METHODS = (
    *("best constant", "lasso order 1", "lasso order 2"),
    *("shapiq KernelSHAP", "shapiq ProxySHAP", "shapiq ProxySPEX hpo=False"),
    *("ProxySPEX", "ProxySPEX fast", "SPEX", "oracle support", "best k terms"),
)
"""The fast methods, which ``--quick`` runs."""

SUITES: Mapping[str, tuple[Mapping[str, GameRecipe], Sequence[str]]] = {
    "test": (TEST, list(METHODS)),
    "development": (DEVELOPMENT, list(METHODS)),
    **EXPERIMENTS,
}
"""Games, and the methods that run on them by default, by the name of the suite."""

RESUMED: Mapping[str, Callable[[Sequence[str]], None]] = {
    "coding.csv": decoding.main,
    "coverage.csv": coverage.main,
    "calibration.csv": report_calibration.main,
    "near.csv": near_the_input.main,
    "regions.csv": region_calibration.main,
}
"""Studies that resume where they stopped, by the name of their file."""

IN_ONE_GO: Mapping[str, tuple[Callable[[Sequence[str]], None], Sequence[str]]] = {
    "sparsity.csv.gz": (sparsity.main, []),
    "coldstart.csv": (cold_start.main, ["run"]),
    "components.md": (blend_components.main, []),
}
"""Studies that do not, with the command that measures."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and act on it."""
    options = _parser().parse_args(arguments)
    action: Callable[[argparse.Namespace], None] = options.action
    action(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shapiq_spex.benchmark", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(
        action: Callable[[argparse.Namespace], None], purpose: str, **files: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(action.__name__.strip("_"), help=purpose)
        added.set_defaults(action=action)
        for name, meaning in files.items():
            added.add_argument(name, type=Path, help=meaning)
        return added

    rows = "results file (CSV)"
    runs = command(_run, "run the cells that are not in the results file yet", results=rows)
    runs.add_argument("--suite", choices=list(SUITES), default="test")
    runs.add_argument(
        "--quick", action="store_true", help="three development games, two budgets, one seed"
    )
    runs.add_argument("--games", nargs="+", metavar="NAME", help="only games with these names")
    runs.add_argument("--methods", nargs="+", metavar="NAME", help="only these methods")
    runs.add_argument("--units", nargs="+", type=float, help="budgets in units of n log2 n")
    runs.add_argument("--per-player", nargs="+", type=float, default=[], help="rows per player")
    add_seeds(runs)
    runs.add_argument("--cell-limit", type=float, default=300.0, help="CPU seconds per cell")
    runs.add_argument(
        "--retry", nargs="+", default=[], metavar="STATUS", help="run rows with this status again"
    )
    merged = command(_record, "merge results files into a small one to keep")
    merged.add_argument("recorded", type=Path, help="the file to write (.csv.gz)")
    merged.add_argument("results", type=Path, nargs="+", help="of equal rows the last counts")
    command(_table, "print all tables as Markdown", results=rows)
    command(_claims, "print every claim with its number as Markdown", results=rows)
    command(_plot, "save the figures of a suite as PNG files", results=rows, folder="for the files")
    everything = command(
        _all, "measure what is not in a folder yet, and publish it there", folder="for all files"
    )
    for parallel in (runs, everything):
        parallel.add_argument("--jobs", type=int, default=1, help="cells run at the same time")
    publish = command(_publish, "make the figures and the page of all tables from recorded files")
    publish.add_argument("--folder", type=Path, help="by default the recorded results")
    publish.add_argument(
        "--readme", type=Path, metavar="FILE", help="also write the blocks of this README"
    )
    return parser


def _run(options: argparse.Namespace) -> None:
    suite, suite_methods = SUITES["development" if options.quick else options.suite]
    names = options.games or (QUICK if options.quick else list(suite))
    methods = options.methods or (QUICK_METHODS if options.quick else suite_methods)
    rows = run(
        options.results,
        [suite[name] for name in known_names(names, suite, "games")],
        [ALL_METHODS[name] for name in known_names(methods, ALL_METHODS, "methods")],
        seeds=range(1 if options.quick else options.seeds),
        units=(1.0, 4.0) if options.quick else options.units,
        per_player=options.per_player,
        limits=Limits(cell=options.cell_limit),
        jobs=options.jobs,
        retry=options.retry,
        report=_show,
    )
    failed = {row.method for row in rows if row.status != "ok" and not is_peer(row.method)}
    if options.quick and failed:
        sys.exit(f"some rows of {', '.join(sorted(failed))} are not ok: see {options.results}")


def _record(options: argparse.Namespace) -> None:
    rows = {row.key: row for path in options.results for row in read_rows(path)}
    write_record(options.recorded, rows.values())


def _table(options: argparse.Namespace) -> None:
    print(suite_tables(read_rows(options.results)), end="")


def _claims(options: argparse.Namespace) -> None:
    print(claims_report(read_rows(options.results)), end="")


def _plot(options: argparse.Namespace) -> None:
    print(*save_figures(options.folder, read_rows(options.results)), sep="\n")


def _all(options: argparse.Namespace) -> None:
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, suites in {"results": ["test"], "experiments": list(EXPERIMENTS)}.items():
        measured = str(folder / f"{name}.csv")
        for suite in suites:
            main(["run", measured, "--suite", suite, "--jobs", str(options.jobs)])
        main(["record", f"{measured}.gz", measured])
    for file, study in RESUMED.items():
        study(["run", str(folder / file)])
    for file, (study, words) in IN_ONE_GO.items():
        if not (folder / file).exists():
            unfinished = folder / f"unfinished-{file}"
            study([*words, str(unfinished)])
            unfinished.rename(folder / file)
    main(["publish", "--folder", str(folder)])


def _publish(options: argparse.Namespace) -> None:
    folder: Path = options.folder or record_folder()
    records = Records.of(folder)
    paths = save_figures(folder, records.results, records.experiments, records.sparsity)
    if any(row.study == "synergies" for row in records.decoding):
        paths.append(folder / "synergies.png")
        save_synergies(records.decoding, paths[-1])
    records = replace(records, figures=[path.stem for path in paths])
    (folder / PAGE).write_text(page_of(records), encoding="utf-8")
    if options.readme:
        update(options.readme, records, folder)
    print(*paths, folder / PAGE, sep="\n")


def _show(row: Row) -> None:
    quality = f"R2 {row.r2:.4f}" if row.status == "ok" else f"{row.status}: {row.message[:60]}"
    print(
        f"{row.game:38} {row.method:28} {row.target:12} {row.units:4g}x seed {row.seed}  "
        f"{row.cpu_seconds:7.2f} CPU-s  {quality}",
        flush=True,
    )


if __name__ == "__main__":
    main()
