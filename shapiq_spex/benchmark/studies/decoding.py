"""How many coalitions a sparse function costs to decode, compared with shapiq's SPEX.

``python -m shapiq_spex.benchmark.studies.decoding run FILE`` measures what is not in the file yet.
The studies:

* ``support``: the smallest budget at which the support is found on seeds 5 to 9, exactly without
  noise, with F1 >= .95 under noise. For this package's SPEX, budgets are k d log2 n times powers of
  2^(1/4). On seeds 0 to 2, the budget is doubled until decoding succeeds, and bisection finds the
  smallest sufficient one. Then the whole of SPEX has to confirm it on seeds 5 to 9, or to succeed
  at a larger one. shapiq's SPEX uses only budgets of 3 x 2^b x (length of its code). They are tried
  from b = 3 upwards on the same seeds until one succeeds or the time for the case is up. (With
  smaller ones it looks for terms of degree < 5 only.)
* ``time``: CPU seconds without those of the function, everything compiled.
* ``start``: CPU seconds of the first call in a fresh process, including imports, without and with
  numba's compiled files on disk.
* ``large``: 10,000 players; each run in a fresh process whose memory is measured.
* ``synergies``: parities of three to five players without any smaller effect; how many are found by
  decoding and by regression.

SPEX and both decoders of shapiq's SPEX try every case of ``support``. Code that shapiq's SPEX
compiles for each number of players, which numba does not keep on disk, is compiled once per process
before anything is measured, except in ``start``. All methods compute with one thread (BLAS, OpenMP,
numba), whatever the environment variables are, because several would mostly wait for each other.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

import numba
from threadpoolctl import threadpool_limits

from shapiq_spex.benchmark.measuring.csv_records import append_records, read_records
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.methods.all_methods import is_peer
from shapiq_spex.benchmark.studies.cold_start import NUMBA_THREADS, THREADS
from shapiq_spex.benchmark.studies.command_line import study_command
from shapiq_spex.benchmark.studies.decoding_cases import (
    DECODER,
    HARD_DECODER,
    Attempt,
    Case,
    Sizes,
    Support,
    attempt,
)
from shapiq_spex.benchmark.studies.decoding_tables import TIME_IS_UP, DecodingRow, decoding_tables

Study = Literal["support", "time", "start", "large", "synergies"]

SPEX = "SPEX"
PEERS = ("shapiq SPEX soft", "shapiq SPEX hard")
DECODERS = {SPEX: DECODER, "SPEX hard": HARD_DECODER}
"""What searches for the smallest budget of a method of this package."""

SYNERGY_METHODS = (
    *(SPEX, "ProxySPEX", "lasso order 1", "lasso order 2"),
    "shapiq ProxySPEX hpo=False",
)

SEARCH_SEEDS = range(3)
CONFIRMATION_SEEDS = range(5, 10)
"""The seeds that count, for shapiq's SPEX as well."""

DOUBLING = 4
STEP = 2 ** (1 / DOUBLING)
"""Ratio of neighbouring budgets (a choice: a fifth more each)."""

LOWEST, HIGHEST = -4, 18
"""The smallest and largest budget, in steps beyond k d log2 n: from 1/2 to 23 times that."""

MOST_STEPS_UP = 4
"""Budgets that SPEX may try to confirm: up to 1.7 times the one that decoding needs (a choice)."""

PEER_SECONDS = 240.0
"""CPU time for one case of shapiq's SPEX (a choice).

When it is over, the current attempt is finished, but no other one of the same budget is begun."""

_START_BUDGET = 2000  # rows of first calls and of the calls that compile; a choice
_RECORDED_DIGITS = 6


@dataclass(frozen=True)
class Task:
    """One case of one study for one method: what is run, or skipped, as a whole."""

    study: Study
    case: Case
    method: str
    setting: str = ""

    def row(self, result: Attempt) -> DecodingRow:
        """The row of an attempt."""
        made_with = environment()
        return DecodingRow(self.study, self.method, self.setting, self.case, result, made_with)


def tasks() -> list[Task]:
    """Everything that is measured."""
    timed = [(Case(100, 100), "3936"), (Case(1000, 20), "2688"), (Case(1000, 100), "5376")]
    large = [(Case(10_000, 1000), "99000"), (Case(10_000, 100, noise=0.3), "19900")]
    cases = support_cases()
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


def support_cases() -> list[Case]:
    """The cases of ``support``: numbers of players and terms, noise, sizes and hierarchy vary."""
    shapes: tuple[tuple[Support, Sizes], ...] = (
        ("flat", "decaying"),
        ("flat", "equal"),
        ("hierarchical", "uniform"),
    )
    return [
        *(
            Case(n, k, noise=noise)
            for n, k, noise in product((100, 1000), (20, 50, 100, 200), (0.0, 0.3))
        ),
        *(Case(n, k, noise=0.6) for n, k in product((100, 1000), (20, 100))),
        *(
            Case(n, 100, *shape, noise)
            for n, noise, shape in product((100, 1000), (0.0, 0.3), shapes)
        ),
    ]


def measure(task: Task) -> Iterator[Attempt]:
    """Run a task; yields every attempt that belongs to its result."""
    return _STUDIES[task.study](task)


def _smallest_budget(task: Task) -> Iterator[Attempt]:
    return _scan(task) if is_peer(task.method) else _search(task)


def _search(task: Task) -> Iterator[Attempt]:
    """The smallest sufficient budget of SPEX: found on few seeds, confirmed on others."""
    case = task.case

    def budget(step: int) -> int:
        return round(case.reference * STEP**step)

    def decodes(step: int) -> bool:
        attempts = _until_failure(case, DECODERS[task.method], budget(step), SEARCH_SEEDS)
        return all(case.succeeded(result) for result in attempts)

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
        results = list(_until_failure(case, task.method, budget(step), CONFIRMATION_SEEDS))
        yield from results
        if case.succeeded(results[-1]):
            return


def _scan(task: Task) -> Iterator[Attempt]:
    """The smallest sufficient budget of shapiq's SPEX, as far as time allows."""
    _compile(task.method, task.case.n_players)
    spent = 0.0
    for budget in _peer_budgets(task.case.n_players):
        for seed in CONFIRMATION_SEEDS:
            if spent > PEER_SECONDS:
                yield Attempt(budget, seed, TIME_IS_UP)
                return
            result = attempt(task.case, task.method, budget, seed)
            spent += result.cpu_seconds
            yield result
            if not task.case.succeeded(result):
                break
        else:
            return


def _peer_budgets(n_players: int) -> list[int]:
    """The budgets that shapiq's SPEX can use for terms of degree 5, from b = 3 upwards."""
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
        if not case.succeeded(result):
            return


@cache
def _compile(method: str, n_players: int) -> None:
    """Let a method compile what it needs; galois compiles every field anew."""
    attempt(Case(n_players, 10), method, _START_BUDGET, 0)


def _timed(task: Task) -> Iterator[Attempt]:
    _compile(task.method, task.case.n_players)
    for seed in (1, 2):
        yield attempt(task.case, task.method, int(task.setting), seed)


def _first_call(task: Task) -> Iterator[Attempt]:
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, NUMBA_CACHE_DIR=folder):
        if task.setting == "files":
            _apart(task.case, task.method, _START_BUDGET, 0)
        yield _apart(task.case, task.method, _START_BUDGET, 0)


def _in_fresh_processes(task: Task) -> Iterator[Attempt]:
    for seed in CONFIRMATION_SEEDS:
        yield _apart(task.case, task.method, int(task.setting), seed)


def _synergies(task: Task) -> Iterator[Attempt]:
    for budget, seed in product((600, 1000, 1600), range(5)):
        yield attempt(task.case, task.method, budget, seed)


_STUDIES: Mapping[Study, Callable[[Task], Iterator[Attempt]]] = {
    "support": _smallest_budget,
    "time": _timed,
    "start": _first_call,
    "large": _in_fresh_processes,
    "synergies": _synergies,
}


def _apart(case: Case, method: str, budget: int, seed: int) -> Attempt:
    """An attempt in a process of its own."""
    with (
        patch.dict(os.environ, {NUMBA_THREADS: "1"}),
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
    ):
        return pool.submit(attempt, case, method, budget, seed).result()


@contextmanager
def _one_thread() -> Generator[None]:
    """One thread for BLAS, OpenMP and numba, in this process and those started in the block."""
    threads_of_numba = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        with patch.dict(os.environ, dict.fromkeys(THREADS, "1")), threadpool_limits(limits=1):
            yield
    finally:
        numba.set_num_threads(threads_of_numba)


def run(path: Path, wanted: Sequence[Task]) -> None:
    """Run the tasks that are not in the results file and append their attempts."""
    done = {
        (row.study, row.case, row.method, row.setting) for row in read_records(path, DecodingRow)
    }
    for task in wanted:
        if (task.study, task.case, task.method, task.setting) in done:
            continue
        with _one_thread():
            rows = [task.row(result) for result in measure(task)]
        append_records(path, rows, DecodingRow, _RECORDED_DIGITS)
        last, words = rows[-1].attempt, (task.study, task.method, task.setting, task.case)
        print(*words, f"budget {last.budget}, F1 {last.f1:.3f}, {last.status}", flush=True)


main = study_command(
    "decoding",
    __doc__,
    ("coding.csv", DecodingRow),
    decoding_tables,
    run=lambda options: run(options.file, tasks()),
)

if __name__ == "__main__":
    main()
