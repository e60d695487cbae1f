"""How many coalitions a sparse function costs to decode, beside shapiq's SPEX.

``python -m shapiq_spex.benchmark.studies.decoding run FILE`` measures what is not in the file yet, ``table
FILE`` prints the tables and ``plot FILE PNG`` draws the figure. The studies:

* ``support``: the smallest budget at which the support is found on seeds 5 to 9: exactly without
  noise, with F1 >= .95 with noise. For SPEX, budgets are k d log2 n times powers of 2^(1/4): on
  seeds 0 to 2, the budget is doubled until decoding succeeds, and bisection finds the smallest one
  at which it does; then the whole of SPEX has to confirm it on seeds 5 to 9, or to succeed at a
  larger one. shapiq's SPEX uses budgets of 3 x 2^b x (length of its code) only; they are tried from
  b = 3 upwards on the same seeds until one succeeds or the time for the case is up. (Smaller ones
  make it look for terms of degree < 5 only.)
* ``time``: CPU seconds, those of the function excluded, everything compiled.
* ``start``: CPU seconds of the first call in a fresh process, imports included, without and with
  numba's compiled files on disk.
* ``large``: 10,000 players, each run in a fresh process whose memory is measured.
* ``synergies``: parities of three to five players without any smaller effect: how many are found by
  decoding and by regression.

SPEX and shapiq's SPEX with both its decoders try every case of ``support`` (recorded for its hard
decoder are 23 of 32, 22 of them of an older machine). shapiq's SPEX takes up to 30 CPU seconds per
attempt, at the largest budgets a minute. What it compiles (about a minute per number of players,
which numba does not keep on disk) is compiled once per process before anything is measured, except
in ``start``. Everybody computes with one thread (BLAS, OpenMP, numba), whatever the user's
environment says: there is so little to share that more threads would mostly wait for each other,
which costs shapiq's SPEX ten times the CPU seconds.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numba
from threadpoolctl import threadpool_limits

from shapiq_spex import __version__
from shapiq_spex.benchmark.measuring.results_file import environment
from shapiq_spex.benchmark.studies.cold_start import NUMBA_THREADS, THREADS
from shapiq_spex.benchmark.studies.decoding_cases import (
    DECODER,
    HARD_DECODER,
    Attempt,
    Case,
    Sizes,
    Support,
    attempt,
)
from shapiq_spex.benchmark.studies.decoding_tables import all_tables, save_figure

Study = Literal["support", "time", "start", "large", "synergies"]

SPEX = "SPEX"
PEERS = ("shapiq SPEX soft", "shapiq SPEX hard")
DECODERS = {SPEX: DECODER, "SPEX hard": HARD_DECODER}
"""What searches for the smallest budget of a method of ours."""

SYNERGY_METHODS = (
    *(SPEX, "ProxySPEX", "lasso order 1", "lasso order 2"),
    "shapiq ProxySPEX hpo=False",
)

SEARCH_SEEDS = range(3)
CONFIRMATION_SEEDS = range(5, 10)
"""The seeds that count, for shapiq's SPEX as well."""

DOUBLING = 4
STEP = 2 ** (1 / DOUBLING)
LOWEST, HIGHEST = -4, 18
"""The smallest and largest budgets tried, in steps beyond k d log2 n."""

MOST_STEPS_UP = 4
PEER_SECONDS = 240.0
"""CPU time for one case of shapiq's; a budget that has been begun is not finished beyond it."""


@dataclass(frozen=True)
class Task:
    """One case of one study for one method: what is run, or skipped, as a whole."""

    study: Study
    case: Case
    method: str
    setting: str = ""

    def record(self, result: Attempt) -> dict[str, str]:
        """A line of the results file."""
        line = {"study": self.study, "method": self.method, "setting": self.setting}
        values = line | asdict(self.case) | asdict(result) | {"environment": environment()}
        return {
            key: f"{value:.6g}" if isinstance(value, float) else str(value)
            for key, value in values.items()
        }


COLUMNS = (
    *("study", "method", "setting"),
    *(field.name for field in fields(Case)),
    *(field.name for field in fields(Attempt)),
    "environment",
)


def tasks(*, quick: bool = False) -> list[Task]:
    """Everything that is measured."""
    if quick:
        small = [Case(64, 10), Case(64, 10, noise=0.3)]
        return [
            *(Task("support", case, method) for case in small for method in (SPEX, *PEERS)),
            Task("synergies", Case(30, 5, "synergies"), SPEX),
        ]
    basic = [
        Case(n, k, noise=noise)
        for n, k, noise in product((100, 1000), (20, 50, 100, 200), (0.0, 0.3))
    ]
    noisy = [Case(n, k, noise=0.6) for n, k in product((100, 1000), (20, 100))]
    shapes: tuple[tuple[Support, Sizes], ...] = (
        ("flat", "decaying"),
        ("flat", "equal"),
        ("hierarchical", "uniform"),
    )
    varied = [
        Case(n, 100, *shape, noise) for n, noise, shape in product((100, 1000), (0.0, 0.3), shapes)
    ]
    cases = [*basic, *noisy, *varied]
    timed = [(Case(100, 100), "3936"), (Case(1000, 20), "2688"), (Case(1000, 100), "5376")]
    large = [(Case(10_000, 1000), "99000"), (Case(10_000, 100, noise=0.3), "19900")]
    return [
        *(Task("support", case, SPEX) for case in cases),
        *(Task("support", Case(100, 100, noise=noise), "SPEX hard") for noise in (0.0, 0.3)),
        *(Task("large", case, SPEX, rows) for case, rows in large),
        *(Task("synergies", Case(60, 10, "synergies"), name) for name in SYNERGY_METHODS),
        *(Task("time", case, name, rows) for case, rows in timed for name in (SPEX, *PEERS)),
        *(
            Task("start", Case(100, 20), name, which)
            for name in (SPEX, *PEERS)
            for which in ("no files", "files")
        ),
        *(Task("support", case, name) for name in PEERS for case in cases),
    ]


def measure(task: Task) -> Iterator[Attempt]:
    """Run a task; yields every attempt that belongs to its result."""
    if task.study == "support":
        if task.method in DECODERS:
            return _search(task.case, task.method)
        return _scan(task.case, task.method)
    return _STUDIES[task.study](task)


def succeeded(case: Case, result: Attempt) -> bool:
    """Whether the support was found well enough."""
    return result.status == "ok" and result.f1 >= (0.95 if case.noise else 1.0)


def _search(case: Case, method: str) -> Iterator[Attempt]:
    """The smallest sufficient budget of ours: found on few seeds, confirmed on others."""

    def budget(step: int) -> int:
        return round(case.reference * STEP**step)

    def decodes(step: int) -> bool:
        return _all_succeed(case, DECODERS[method], budget(step), SEARCH_SEEDS)

    failing, passing = LOWEST - 1, 0
    while passing < HIGHEST and not decodes(passing):
        failing, passing = passing, min(passing + DOUBLING, HIGHEST)
    while passing - failing > 1:
        middle = (failing + passing) // 2
        if decodes(middle):
            passing = middle
        else:
            failing = middle
    for step in range(passing, passing + MOST_STEPS_UP):
        results = list(_until_failure(case, method, budget(step), CONFIRMATION_SEEDS))
        yield from results
        if succeeded(case, results[-1]):
            return


def _scan(case: Case, method: str) -> Iterator[Attempt]:
    """The smallest sufficient budget of shapiq's SPEX, as far as time allows."""
    _compile(method, case.n_players)
    spent = 0.0
    for budget in _peer_budgets(case.n_players):
        for seed in CONFIRMATION_SEEDS:
            if spent > PEER_SECONDS:
                yield Attempt(budget, seed, "time is up")
                return
            result = attempt(case, method, budget, seed)
            spent += result.cpu_seconds
            yield result
            if not succeeded(case, result):
                break
        else:
            return


def _peer_budgets(n_players: int) -> list[int]:
    """What shapiq's SPEX uses of unlimited budgets, for terms of degree 5, from b = 3 upwards."""
    import shapiq

    peer: Any = shapiq.SPEX
    approximator = peer(n=n_players, max_order=2, index="FBII")
    largest = approximator._set_transform_budget(10**6)
    most_bits = approximator.query_args["b"]
    return [largest >> (most_bits - bits) for bits in range(3, most_bits + 1)]


def _until_failure(case: Case, method: str, budget: int, seeds: Iterable[int]) -> Iterator[Attempt]:
    for seed in seeds:
        result = attempt(case, method, budget, seed)
        yield result
        if not succeeded(case, result):
            return


def _all_succeed(case: Case, method: str, budget: int, seeds: Iterable[int]) -> bool:
    return all(succeeded(case, r) for r in _until_failure(case, method, budget, seeds))


@cache
def _compile(method: str, n_players: int) -> None:
    """Let a method compile what it needs; galois compiles every field anew."""
    attempt(Case(n_players, 10), method, 2000, 0)


def _timed(task: Task) -> Iterator[Attempt]:
    _compile(task.method, task.case.n_players)
    for seed in (1, 2):
        yield attempt(task.case, task.method, int(task.setting), seed)


def _first_call(task: Task) -> Iterator[Attempt]:
    with tempfile.TemporaryDirectory() as folder, _environment(NUMBA_CACHE_DIR=folder):
        if task.setting == "files":
            _apart(task.case, task.method, 2000, 0)
        yield _apart(task.case, task.method, 2000, 0)


def _in_fresh_processes(task: Task) -> Iterator[Attempt]:
    for seed in CONFIRMATION_SEEDS:
        yield _apart(task.case, task.method, int(task.setting), seed)


def _synergies(task: Task) -> Iterator[Attempt]:
    for budget, seed in product((600, 1000, 1600), range(5)):
        yield attempt(task.case, task.method, budget, seed)


_STUDIES: dict[Study, Callable[[Task], Iterator[Attempt]]] = {
    "time": _timed,
    "start": _first_call,
    "large": _in_fresh_processes,
    "synergies": _synergies,
}


def _apart(case: Case, method: str, budget: int, seed: int) -> Attempt:
    """An attempt in a process of its own."""
    with (
        _environment(**{NUMBA_THREADS: "1"}),
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
    ):
        return pool.submit(attempt, case, method, budget, seed).result()


@contextmanager
def _environment(**variables: str) -> Generator[None]:
    """Set environment variables, for this process and those that are started in this block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _one_thread() -> Generator[None]:
    """One thread for BLAS and OpenMP, where loaded, where loaded later, in new processes; numba."""
    threads_of_numba = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        with _environment(**dict.fromkeys(THREADS, "1")), threadpool_limits(limits=1):
            yield
    finally:
        numba.set_num_threads(threads_of_numba)


def run(path: Path, wanted: Sequence[Task]) -> None:
    """Run the tasks that are not in the results file and append them."""
    done = {_task_key(line) for line in read(path)} if path.exists() else set()
    for task in wanted:
        if _task_key(task.record(Attempt(0, 0, ""))) in done:
            continue
        with _one_thread():
            lines = [task.record(result) for result in measure(task)]
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerows(lines)
        last = lines[-1]
        sys.stdout.write(
            f"{task.study:9} {task.method:26} n={last['n_players']:5} k={last['n_terms']:4} "
            f"{last['support']:12} {last['sizes']:8} noise {last['noise']:3} {task.setting:8} "
            f"budget {last['budget']:6} F1 {last['f1']:8} {last['cpu_seconds']:>8} CPU-s "
            f"{last['status']}\n"
        )
        sys.stdout.flush()


def read(path: Path) -> list[dict[str, str]]:
    """The lines of a results file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _task_key(line: dict[str, str]) -> tuple[str, ...]:
    return tuple(line[column] for column in COLUMNS[: 3 + len(fields(Case))])


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(
        prog="python -m shapiq_spex.benchmark.studies.decoding",
        description="How many coalitions a sparse function costs to decode, beside shapiq's SPEX.",
    )
    parser.add_argument("command", choices=["run", "table", "plot"])
    parser.add_argument("results", type=Path, help="results file (CSV)")
    parser.add_argument("figure", type=Path, nargs="?", help="where to save the figure (PNG)")
    parser.add_argument("--quick", action="store_true", help="a minute's worth of small cases")
    options = parser.parse_args(arguments)
    if options.command == "run":
        sys.stdout.write(f"shapiq_spex {__version__}, shapiq {version('shapiq')}\n")
        run(options.results, tasks(quick=options.quick))
    elif options.command == "table":
        sys.stdout.write(all_tables(read(options.results)) + "\n")
    elif options.figure is None:
        parser.error("plot needs the name of a PNG file")
    else:
        save_figure(read(options.results), options.figure)


if __name__ == "__main__":
    main()
