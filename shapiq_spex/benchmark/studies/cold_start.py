"""How long the first explanation takes: a fresh process, from the import to the answer.

Everything else in the benchmark is measured warm. Here every run is an interpreter of its own,
which imports the package and explains a game with two interactions twice; the second call shows
what of the first was compiling. Compiled code may be kept on disk between processes, so each method
is started with an empty folder for it, and then again with what the first start left there.
Everybody computes with one thread (BLAS, OpenMP, numba) on one core, so that nobody's threads wait
for each other at the cost of CPU time (LightGBM starts one for each core whatever it is told).
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from shapiq_spex.benchmark.measuring.results_file import environment
from shapiq_spex.benchmark.reporting.suite_tables import markdown

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""The environment variables that set the number of threads, but numba's."""

NUMBA_THREADS = "NUMBA_NUM_THREADS"
"""Numba's is for new processes only: it refuses one that changes when its threads run."""

STARTS: Mapping[str, tuple[str, str]] = {
    "ProxySPEX": ("shapiq_spex", "ProxySPEX(n=n, index='FBII', max_order=2, random_state=0)"),
    "ProxySPEX fast": (
        "shapiq_spex",
        "ProxySPEX(n=n, index='FBII', max_order=2, random_state=0, proxy_model='fast')",
    ),
    "SPEX": ("shapiq_spex", "SPEX(n=n, index='FBII', max_order=2, random_state=0)"),
    "shapiq ProxySPEX": ("shapiq", "ProxySPEX(n=n, index='FBII', max_order=2, random_state=0)"),
    "shapiq SPEX": ("shapiq", "SPEX(n=n, index='FBII', max_order=2, random_state=0)"),
}
"""Module and constructor call of each method."""

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
        compiled: Whether compiled code of an earlier process was found on disk.
        n_players: Players of the game.
        budget: Its ablations.
        import_seconds: Importing the package.
        first_call: The first explanation.
        second_call: The second, with everything compiled.
        status: ``"ok"``, or the last line of what went wrong.
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


def measure_all(
    methods: Sequence[str] = tuple(STARTS),
    *,
    n_players: int = 64,
    budget: int = 384,
    repeats: int = 3,
) -> Iterator[Start]:
    """Every method, ``repeats`` times, with an empty folder of compiled code and then a full one.

    An empty folder costs half a minute of compiling for some.

    Args:
        methods: Names from :data:`STARTS`.
        n_players: Players of the game.
        budget: Its ablations; by default n log2 n.
        repeats: The number of such pairs of starts.
    """
    for method in methods:
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as folder:
                for compiled in (False, True):
                    yield measure(method, folder, compiled, n_players, budget)


def cold_start_table(starts: Sequence[Start]) -> str:
    """Medians in CPU seconds as a Markdown table; what went wrong says so."""
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
    return markdown(head, lines)
