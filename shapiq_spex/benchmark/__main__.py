"""Command line of the benchmark."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, QUICK, TEST
from shapiq_spex.benchmark.measuring.cells import Limits
from shapiq_spex.benchmark.measuring.csv_records import read_records, write_records
from shapiq_spex.benchmark.measuring.results_file import Row, read_rows, write_record
from shapiq_spex.benchmark.measuring.runner import run
from shapiq_spex.benchmark.methods.all_methods import ALL_METHODS, METHODS
from shapiq_spex.benchmark.reporting.cell_scores import is_peer
from shapiq_spex.benchmark.reporting.claims import claims_report
from shapiq_spex.benchmark.reporting.readme_blocks import RECORDED, update
from shapiq_spex.benchmark.reporting.recorded_page import PAGE, Records, page_of
from shapiq_spex.benchmark.reporting.suite_figures import save_figures
from shapiq_spex.benchmark.reporting.suite_tables import all_tables
from shapiq_spex.benchmark.studies import blend_components as components
from shapiq_spex.benchmark.studies import coverage, decoding_tables, sparsity
from shapiq_spex.benchmark.studies import decoding as coding
from shapiq_spex.benchmark.studies import forecast_check as forecast
from shapiq_spex.benchmark.studies.cold_start import Start, cold_start_table, measure_all
from shapiq_spex.benchmark.studies.experiments import EXPERIMENTS

QUICK_METHODS = (
    "best constant",
    "lasso order 1",
    "lasso order 2",
    "shapiq KernelSHAP",
    "shapiq ProxySHAP",
    "shapiq ProxySPEX hpo=False",
    "ProxySPEX",
    "ProxySPEX fast",
    "SPEX",
    "oracle support",
    "best k terms",
)
"""The methods of ``--quick``: those that take a moment."""

SUITES: Mapping[str, tuple[Mapping[str, GameRecipe], Sequence[str]]] = {
    "test": (TEST, list(METHODS)),
    "development": (DEVELOPMENT, list(METHODS)),
    **EXPERIMENTS,
}
"""Games and the methods that run on them by default, by name of the suite."""

_QUICK_HELP = "three small games of the development suite, two budgets, one seed"


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do what it says."""
    options = _parser().parse_args(arguments)
    action: Callable[[argparse.Namespace], None] = options.action
    action(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shapiq_spex.benchmark", description=__doc__)
    commands = parser.add_subparsers(required=True)
    runs = commands.add_parser("run", help="run the cells that are not in the results file yet")
    runs.add_argument("results", help="results file (CSV); rows are appended")
    runs.add_argument("--suite", choices=list(SUITES), default="test")
    runs.add_argument("--quick", action="store_true", help=_QUICK_HELP)
    runs.add_argument("--games", nargs="+", metavar="NAME", help="only games with these names")
    runs.add_argument("--methods", nargs="+", metavar="NAME", help="only these methods")
    runs.add_argument("--units", nargs="+", type=float, help="budgets in units of n log2 n")
    runs.add_argument("--seeds", type=int, default=3, help="number of seeds (default 3)")
    runs.add_argument("--jobs", type=int, default=1, help="cells run at the same time")
    runs.add_argument("--cell-limit", type=float, default=300.0, help="CPU seconds per cell")
    runs.add_argument(
        "--retry", nargs="+", default=[], metavar="STATUS", help="run such rows again"
    )
    runs.set_defaults(action=_run)
    record = commands.add_parser("record", help="merge results files into a small one to keep")
    record.add_argument("recorded", help="the file to write (.csv.gz)")
    record.add_argument("results", nargs="+", help="results files; of equal rows the last counts")
    record.set_defaults(action=_record)
    cold = commands.add_parser("coldstart", help="measure first calls in fresh processes")
    cold.add_argument("results", help="the file to write (CSV)")
    cold.add_argument("--repeats", type=int, default=3, help="pairs of starts of each method")
    cold.set_defaults(action=_cold_start)
    sparse = commands.add_parser("sparsity", help="measure R2 against the number of terms kept")
    sparse.add_argument("results", help="the file to write (CSV)")
    sparse.set_defaults(action=_sparsity)
    table = commands.add_parser("table", help="print all tables as Markdown")
    table.add_argument("results", help="results file (CSV)")
    table.set_defaults(action=_table)
    claim = commands.add_parser("claims", help="print every claim with its number, as Markdown")
    claim.add_argument("results", help="results file (CSV)")
    claim.set_defaults(action=_claims)
    plot = commands.add_parser("plot", help="save all figures as PNG files")
    plot.add_argument("results", help="results file of a suite (CSV)")
    plot.add_argument("folder", help="where to save them")
    plot.add_argument("--experiments", metavar="FILE", help="results file of the experiments")
    plot.add_argument("--sparsity", metavar="FILE", help="what the command sparsity wrote")
    plot.set_defaults(action=_plot)
    everything = commands.add_parser(
        "all", help="measure all that is not in a folder yet, and publish it there"
    )
    everything.add_argument("folder", help="where results, figures and the page are kept")
    everything.add_argument("--jobs", type=int, default=1, help="cells run at the same time")
    everything.set_defaults(action=_all)
    publish = commands.add_parser(
        "publish", help="make all figures and the page of all tables anew from recorded files"
    )
    publish.add_argument("--folder", default=str(RECORDED), help="folder of the recorded files")
    publish.add_argument(
        "--readme", metavar="FILE", help="also write the tables between the markers of this file"
    )
    publish.set_defaults(action=_publish)
    return parser


def _run(options: argparse.Namespace) -> None:
    suite, suite_methods = SUITES["development" if options.quick else options.suite]
    names = options.games or (QUICK if options.quick else list(suite))
    _check(names, suite, "games")
    methods = options.methods or (QUICK_METHODS if options.quick else suite_methods)
    _check(methods, ALL_METHODS, "methods")
    rows = run(
        options.results,
        [suite[name] for name in names],
        [ALL_METHODS[name] for name in methods],
        seeds=range(1 if options.quick else options.seeds),
        units=(1.0, 4.0) if options.quick else options.units,
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


def _cold_start(options: argparse.Namespace) -> None:
    starts: list[Start] = []
    for start in measure_all(repeats=options.repeats):
        starts.append(start)
        write_records(options.results, starts, Start)
    sys.stdout.write(cold_start_table(starts) + "\n")


def _sparsity(options: argparse.Namespace) -> None:
    points = [point for name in sparsity.GAMES for point in sparsity.curves_of(TEST[name]())]
    write_records(options.results, points, sparsity.Point)


def _table(options: argparse.Namespace) -> None:
    sys.stdout.write(all_tables(read_rows(options.results)))


def _claims(options: argparse.Namespace) -> None:
    sys.stdout.write(claims_report(read_rows(options.results)))


def _plot(options: argparse.Namespace) -> None:
    paths = save_figures(
        options.folder,
        read_rows(options.results),
        read_rows(options.experiments) if options.experiments else (),
        read_records(options.sparsity, sparsity.Point) if options.sparsity else (),
    )
    for path in paths:
        sys.stdout.write(f"{path}\n")


def _all(options: argparse.Namespace) -> None:
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, suites in {"results": ["test"], "experiments": list(EXPERIMENTS)}.items():
        measured = str(folder / f"{name}.csv")
        for suite in suites:
            main(["run", measured, "--suite", suite, "--jobs", str(options.jobs)])
        main(["record", f"{measured}.gz", measured])
    coding.main(["run", str(folder / "coding.csv")])
    coverage.main(["run", str(folder / "coverage.csv")])
    in_one_go: dict[str, tuple[Callable[[Sequence[str]], None], list[str]]] = {
        "forecast.csv": (forecast.main, ["run"]),
        "sparsity.csv.gz": (main, ["sparsity"]),
        "coldstart.csv": (main, ["coldstart"]),
        "components.md": (components.main, []),
    }
    for file, (command, words) in in_one_go.items():
        if not (folder / file).exists():
            unfinished = folder / f"unfinished-{file}"
            command([*words, str(unfinished)])
            unfinished.rename(folder / file)
    main(["publish", "--folder", str(folder)])


def _publish(options: argparse.Namespace) -> None:
    folder = Path(options.folder)
    records = Records.of(folder)
    paths = save_figures(folder, records.results, records.experiments, records.sparsity)
    if any(line["study"] == "synergies" for line in records.decoding):
        paths.append(folder / "synergies.png")
        decoding_tables.save_figure(records.decoding, paths[-1])
    (folder / PAGE).write_text(page_of(records, [path.stem for path in paths]), encoding="utf-8")
    if options.readme:
        update(Path(options.readme), records)
    for path in [*paths, folder / PAGE]:
        sys.stdout.write(f"{path}\n")


def _check(names: Sequence[str], known: Collection[str], what: str) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"unknown {what}: {', '.join(unknown)}; known: {', '.join(known)}")


def _show(row: Row) -> None:
    quality = f"R2 {row.r2:.4f}" if row.status == "ok" else f"{row.status}: {row.message[:60]}"
    sys.stdout.write(
        f"{row.game:38} {row.method:28} {row.target:12} {row.units:4g}x seed {row.seed}  "
        f"{row.cpu_seconds:7.2f} CPU-s  {quality}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
