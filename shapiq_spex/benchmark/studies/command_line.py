"""The command lines of the studies.

A study that records rows has the commands ``run FILE``, which measures and prints the table, and
``table [FILE]``, which prints it from the file, by default the recorded one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

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


def study_parser(name: str, purpose: str) -> argparse.ArgumentParser:
    """The parser of a study's command.

    Args:
        name: Name of the module in this package.
        purpose: The module's docstring; its first line is shown.
    """
    return argparse.ArgumentParser(
        prog=f"python -m shapiq_spex.benchmark.studies.{name}",
        description=purpose.split("\n", 1)[0],
    )


def run_or_table(
    arguments: Sequence[str] | None,
    parser: argparse.ArgumentParser,
    *,
    record: str,
    run: Callable[[argparse.Namespace], None],
    table: Callable[[Path], str],
    options: Callable[[argparse.ArgumentParser], object] = lambda parser: None,
) -> None:
    """Parse the command line of a study that records rows, and act on it.

    Args:
        arguments: The command line.
        parser: The result of :func:`study_parser`.
        record: Name of the recorded file.
        run: Measures into the file that is the attribute ``file`` of its argument.
        table: Makes the table of a file.
        options: Adds further options of ``run``.
    """
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run", help="measure, and print the table")
    runs.add_argument("file", type=Path, help="results file (CSV)")
    options(runs)
    tables = commands.add_parser("table", help="print the table as Markdown")
    tables.add_argument("file", type=Path, nargs="?", help=f"by default the recorded {record}")
    given = parser.parse_args(arguments)
    if given.command == "run":
        run(given)
    file = given.file or record_folder() / record
    if not file.exists():
        parser.error(f"there is no file {file}")
    print(table(file))


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
