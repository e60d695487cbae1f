"""How long the first explanation takes: a fresh process, from the import to the answer.

Everything else in the benchmark is measured warm. Here every run is an interpreter of its own that
imports a package and explains a game with two interactions twice; the second call shows how much of
the first was compilation. Each method is started with an empty folder for compiled code, and again
with what the first start left there. All methods compute with one thread (BLAS, OpenMP, numba) on
one core, so that threads that wait for each other do not count (LightGBM starts one per core).
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from shapiq_spex.benchmark.measuring.csv_records import write_records
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.studies.command_line import study_command

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""The environment variables for the number of threads, except numba's."""

NUMBA_THREADS = "NUMBA_NUM_THREADS"
"""Numba's variable, for new processes only: numba refuses changes while its threads run."""

_OF_ORDER_TWO = "n=n, index='FBII', max_order=2, random_state=0"

STARTS: Mapping[str, tuple[str, str]] = {
    "ProxySPEX": ("shapiq_spex", f"ProxySPEX({_OF_ORDER_TWO})"),
    "ProxySPEX fast": ("shapiq_spex", f"ProxySPEX({_OF_ORDER_TWO}, proxy_model='fast')"),
    "SPEX": ("shapiq_spex", f"SPEX({_OF_ORDER_TWO})"),
    "shapiq ProxySPEX": ("shapiq", f"ProxySPEX({_OF_ORDER_TWO})"),
    "shapiq SPEX": ("shapiq", f"SPEX({_OF_ORDER_TWO})"),
}
"""Package and constructor call of each method."""

_SCRIPT = """
import os
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {{max(os.sched_getaffinity(0))}})
from time import process_time as clock
import numpy as np
started = clock()
import {module}
imported = clock()
n, budget = {n_players}, {budget}
weights = np.arange(1.0, n + 1)
def game(rows):
    rows = np.atleast_2d(rows)
    return rows @ weights + 50.0 * rows[:, 0] * rows[:, 1] - 20.0 * rows[:, 2] * rows[:, 3]
{module}.{call}.approximate(budget, game)
first = clock()
{module}.{call}.approximate(budget, game)
print(imported - started, first - imported, clock() - first)
"""


@dataclass(frozen=True)
class Start:
    """CPU seconds of one fresh process.

    Attributes:
        method: Name of the method.
        compiled: Whether compiled code of an earlier process was on disk.
        n_players: The number of players of the game.
        budget: The number of ablations.
        import_seconds: Importing the package.
        first_call: The first explanation.
        second_call: The second explanation, with everything compiled.
        status: ``"ok"``, or the last line of the error message.
        environment: Versions, machine and date.
    """

    method: str
    compiled: bool
    n_players: int
    budget: int
    import_seconds: float
    first_call: float
    second_call: float
    status: str
    environment: str


def measure(
    method: str, compiled_folder: str, compiled: bool, n_players: int, budget: int
) -> Start:
    """Start a process and measure it; numba keeps its compiled code in ``compiled_folder``."""
    module, call = STARTS[method]
    script = _SCRIPT.format(module=module, call=call, n_players=n_players, budget=budget)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | dict.fromkeys((*THREADS, NUMBA_THREADS), "1")
        | {"NUMBA_CACHE_DIR": compiled_folder},
    )
    if done.returncode == 0:
        imported, first, second = (float(entry) for entry in done.stdout.split()[-3:])
        status = "ok"
    else:
        imported = first = second = math.nan
        status = (done.stderr.strip().splitlines() or ["no message"])[-1][:200]
    return Start(
        method, compiled, n_players, budget, imported, first, second, status, environment()
    )


def measure_all(repeats: int) -> Iterator[Start]:
    """Start every method ``repeats`` times with an empty folder of compiled code, then a full one.

    A game of 64 players is explained from n log2 n ablations.
    """
    for method in STARTS:
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as folder:
                for compiled in (False, True):
                    yield measure(method, folder, compiled, n_players=64, budget=384)


def cold_start_table(starts: Sequence[Start]) -> str:
    """Medians in CPU seconds as a Markdown table, with the error message of failed starts."""
    lines: list[list[str]] = []
    for method in dict.fromkeys(start.method for start in starts):
        of_method = [start for start in starts if start.method == method]
        mine = [start for start in of_method if start.status == "ok"]
        columns = [
            [start.import_seconds for start in mine],
            [start.first_call for start in mine if not start.compiled],
            [start.first_call for start in mine if start.compiled],
            [start.second_call for start in mine],
        ]
        failures = [start.status for start in of_method if start.status != "ok"]
        numbers = [f"{median(column):.2f}" if column else "" for column in columns]
        lines.append([method, *numbers, failures[0] if failures else ""])
    head = [
        "method",
        "import",
        "first call, nothing compiled on disk",
        "first call",
        "second call",
        "failed",
    ]
    return markdown_table(head, lines)


def _run(options: argparse.Namespace) -> None:
    starts: list[Start] = []
    for start in measure_all(options.repeats):
        starts.append(start)
        write_records(options.file, starts, Start)


main = study_command(
    "cold_start",
    __doc__,
    ("coldstart.csv", Start),
    cold_start_table,
    run=_run,
    options=lambda parser: parser.add_argument(
        "--repeats", type=int, default=3, help="pairs of starts of each method (default 3)"
    ),
)

if __name__ == "__main__":
    main()
