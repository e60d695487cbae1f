"""The command lines of the studies.

A study that records rows has the commands ``run FILE``, which measures and prints the table, and
``table [FILE]``, which prints it from the file, by default the recorded one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from shapiq_spex.benchmark.measuring.csv_records import Record, read_records

RECORD_FOLDER = Path(__file__).parents[1] / "recorded"
"""The folder of the recorded results in a checkout."""


def record_folder() -> Path:
    """The folder of the recorded results; the program exits with a message if there is none."""
    if not RECORD_FOLDER.exists():
        sys.exit(
            "the recorded results are in the repository, not in the wheel: clone the repository "
            "and run this command from the checkout, or name a file or folder of your own"
        )
    return RECORD_FOLDER


def study_parser(name: str, purpose: str | None) -> argparse.ArgumentParser:
    """The parser of a study's command; ``purpose`` is the docstring of its module."""
    return argparse.ArgumentParser(
        prog=f"python -m shapiq_spex.benchmark.studies.{name}",
        description=(purpose or "").split("\n", 1)[0],
    )


def study_command(
    name: str,
    purpose: str | None,
    record: tuple[str, type[Record]],
    table: Callable[[list[Record]], str],
    *,
    run: Callable[[argparse.Namespace], None],
    options: Callable[[argparse.ArgumentParser], object] = lambda parser: None,
) -> Callable[..., None]:
    """The ``main`` function of a study that records rows, which takes the command line.

    Args:
        name: Name of the module in this package.
        purpose: The module's docstring, whose first line is shown.
        record: Name of the recorded file and the class of its rows.
        table: Makes the table of rows.
        run: Measures into ``options.file``.
        options: Adds further options of ``run``.
    """

    def main(arguments: Sequence[str] | None = None) -> None:
        parser = study_parser(name, purpose)
        commands = parser.add_subparsers(dest="command", required=True)
        runs = commands.add_parser("run", help="measure, and print the table")
        runs.add_argument("file", type=Path, help="results file (CSV)")
        options(runs)
        tables = commands.add_parser("table", help="print the table as Markdown")
        tables.add_argument(
            "file", type=Path, nargs="?", help=f"by default the recorded {record[0]}"
        )
        given = parser.parse_args(arguments)
        if given.command == "run":
            run(given)
        file = given.file or record_folder() / record[0]
        if not file.exists():
            parser.error(f"there is no file {file}")
        print(table(read_records(file, record[1])))

    return main


def add_seeds(parser: argparse.ArgumentParser, default: int = 3) -> None:
    """Add the option ``--seeds``."""
    parser.add_argument(
        "--seeds", type=int, default=default, help=f"number of seeds (default {default})"
    )


def known_names(names: Sequence[str], known: Collection[str], what: str) -> Sequence[str]:
    """The names, if all of them are known; otherwise the program exits with a message."""
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"unknown {what}: {', '.join(unknown)}; known: {', '.join(known)}")
    return names
