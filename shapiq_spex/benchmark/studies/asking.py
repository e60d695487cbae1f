"""What it costs to evaluate a game: overhead, speed-up by concurrency, the store of answers.

Run ``python -m shapiq_spex.benchmark.studies.asking``; ``--help`` lists the options.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answer_store import AnswerStore
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.studies.command_line import study_parser
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions


def random_coalitions(rows: int, n_players: int) -> Coalitions:
    """Random coalitions, drawn as bits."""
    packed = np.random.default_rng(0).integers(0, 256, (rows, -(-n_players // 8)), dtype=np.uint8)
    if n_players % 8:
        packed[:, -1] &= np.uint8((0xFF00 >> (n_players % 8)) & 0xFF)
    return Coalitions(packed, n_players)


def overhead(n_players: int, rows: int) -> Iterator[tuple[str, float]]:
    """CPU microseconds per coalition for a game that answers at once."""
    coalitions = random_coalitions(rows, n_players)
    with tempfile.TemporaryDirectory() as folder:
        stored = Ablation(store=f"{folder}/a.sqlite", fingerprint="instant")
        for name, policy in (
            ("default", Ablation()),
            ("progress bar", Ablation(progress=True)),
            ("retries and time-out", Ablation(retries=3, timeout=60)),
            ("batches of 32", Ablation(batch_size=32)),
            ("batches of 1", Ablation(batch_size=1)),
            ("store", stored),
            ("store, all answers reused", stored),
            ("16 threads, batches of 32", Ablation(concurrency=16, batch_size=32)),
        ):
            _, seconds = _timed(
                time.process_time, lambda policy=policy: ask(_first_player, coalitions, policy)
            )
            yield name, 1e6 * seconds / rows


def speed_up(calls: int, seconds: float) -> Iterator[tuple[str, float]]:
    """Wall seconds for a game that sleeps in each call, one coalition per call."""
    coalitions = random_coalitions(calls, 100)

    def sleeping(kept: BoolMatrix) -> NDArray[np.float64]:
        time.sleep(seconds)
        return _first_player(kept)

    async def sleeping_async(kept: BoolMatrix) -> NDArray[np.float64]:
        await asyncio.sleep(seconds)
        return _first_player(kept)

    def in_16_threads() -> object:
        with joblib.parallel_config("threading", n_jobs=16):
            return ask(sleeping, coalitions, Ablation(batch_size=1))

    one, sixteen = Ablation(batch_size=1), Ablation(concurrency=16)
    runs: dict[str, Callable[[], object]] = {
        "one after the other": lambda: ask(sleeping, coalitions, one),
        "concurrency=16": lambda: ask(sleeping, coalitions, sixteen),
        "joblib threading, n_jobs=16": in_16_threads,
        "async, concurrency=16": lambda: ask(sleeping_async, coalitions, sixteen),
    }
    for name, run in runs.items():
        yield name, _timed(time.perf_counter, run)[1]


def store_size(answers: int, n_players: int, batch: int) -> dict[str, float]:
    """Seconds (CPU and wall) and megabytes of a store of many answers."""
    coalitions = random_coalitions(answers, n_players)
    values = np.random.default_rng(1).normal(size=answers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.sqlite"

        def write() -> None:
            with AnswerStore(path, fingerprint="size", n_players=n_players) as store:
                for start in range(0, answers, batch):
                    store.add(coalitions[start : start + batch], values[start : start + batch])

        def read() -> int:
            with AnswerStore(path) as store:
                return int(store.find(coalitions[: answers // 10])[0].sum())

        (_, cpu), wall = _timed(time.perf_counter, lambda: _timed(time.process_time, write))
        megabytes = path.stat().st_size / 1e6
        found, reading = _timed(time.process_time, read)
        if found != answers // 10:
            raise AssertionError(f"{found} answers found of {answers // 10}")
    return {"write": wall, "write (CPU)": cpu, "find a tenth (CPU)": reading, "MB": megabytes}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print tables."""
    parser = study_parser("asking", __doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="coalitions for the overhead")
    parser.add_argument("--calls", type=int, default=320, help="calls of the sleeping game")
    parser.add_argument("--answers", type=int, default=1_000_000, help="answers in the store")
    options = parser.parse_args(arguments)

    costs = overhead(100, options.rows)
    title = f"An instant game of 100 players, {options.rows:,} coalitions"
    _show(title, ["policy", "CPU us per coalition"], ([name, f"{us:.2f}"] for name, us in costs))

    waits = list(speed_up(options.calls, 0.02))
    title = f"A game that sleeps 20 ms per call, {options.calls} calls"
    lines = ([name, f"{wait:.2f}", f"{waits[0][1] / wait:.1f}x"] for name, wait in waits)
    _show(title, ["how", "wall s", "speed-up"], lines)

    sizes = {batch: store_size(options.answers, 1000, batch) for batch in (1, 32, 1024)}
    lines = ([f"{batch:,}", *(f"{x:.1f}" for x in size.values())] for batch, size in sizes.items())
    title = f"A store of {options.answers:,} answers, 1,000 players"
    _show(title, ["batch", "write, s", "write, CPU s", "find a tenth, CPU s", "MB"], lines)


def _show(title: str, head: Sequence[str], lines: Iterator[list[str]]) -> None:
    print(f"{title}\n\n{markdown_table(head, lines)}\n", flush=True)


def _first_player(coalitions: BoolMatrix) -> NDArray[np.float64]:
    return coalitions[:, 0].astype(np.float64)


def _timed(clock: Callable[[], float], function: Callable[[], Any]) -> tuple[Any, float]:
    started = clock()
    result = function()
    return result, clock() - started


if __name__ == "__main__":
    main()
