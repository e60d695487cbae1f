"""What asking a game costs and survives: overhead, speed-up, store, memory and injected faults.

Run ``python -m shapiq_spex.benchmark.studies.asking``; ``--help`` lists the options.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import joblib
import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.policy import Ablation
from shapiq_spex.ablation.store import AnswerStore
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions

Fault = Literal["exception", "nan", "infinite", "too few", "text", "too late"]
FAULTS: tuple[Fault, ...] = get_args(Fault)

_TIMEOUT = 0.05


def random_coalitions(rows: int, n_players: int) -> Coalitions:
    """Random coalitions, drawn as bits."""
    packed = np.random.default_rng(0).integers(0, 256, (rows, -(-n_players // 8)), dtype=np.uint8)
    if n_players % 8:
        packed[:, -1] &= np.uint8((0xFF00 >> (n_players % 8)) & 0xFF)
    return Coalitions(packed, n_players)


class FaultyGame:
    """An exact game whose calls fail, most of them, until enough faults have been injected.

    Args:
        n_players: The number of players.
        kinds: The kinds of faults, in turn.
        faults: How many faults to inject.
    """

    def __init__(self, n_players: int, kinds: Sequence[Fault], faults: int) -> None:
        self.weights = np.arange(1, n_players + 1)
        self.kinds = kinds
        self.left = faults
        self.injected = 0
        self.calls = 0
        self._random = np.random.default_rng(0)
        self._lock = threading.Lock()

    def value(self, coalitions: BoolMatrix) -> NDArray[np.float64]:
        """The true values: integers, the same in whatever batch."""
        return (coalitions @ self.weights).astype(np.float64)

    def __call__(self, coalitions: BoolMatrix) -> Any:
        """A value function with faults."""
        fault = self._draw()
        if fault == "too late":
            time.sleep(1.2 * _TIMEOUT)
        return self._spoil(fault, coalitions)

    async def asynchronous(self, coalitions: BoolMatrix) -> Any:
        """The same as an ``async`` game."""
        fault = self._draw()
        await asyncio.sleep(1.2 * _TIMEOUT if fault == "too late" else 0)
        return self._spoil(fault, coalitions)

    def _draw(self) -> Fault | None:
        with self._lock:
            self.calls += 1
            if self.left == 0 or self._random.random() > 0.6:
                return None
            self.left -= 1
            self.injected += 1
            return self.kinds[self.injected % len(self.kinds)]

    def _spoil(self, fault: Fault | None, coalitions: BoolMatrix) -> Any:
        if fault == "exception":
            raise ConnectionError("injected")
        values = self.value(coalitions)
        if fault in ("nan", "infinite"):
            values[len(values) // 2] = np.nan if fault == "nan" else np.inf
        if fault == "too few":
            return values[1:]
        return ["unavailable"] * len(values) if fault == "text" else values


@dataclass(frozen=True)
class FaultRow:
    """What became of the answers under injected faults."""

    faults: str
    asked_by: str
    injected: int
    calls: int
    answers: int
    lost: int
    identical: bool


def inject(name: str, kinds: Sequence[Fault], faults: int, asked_by: str) -> FaultRow:
    """Inject faults and compare the answers with those of a faultless game.

    Args:
        name: What to call the kinds.
        kinds: The kinds of faults.
        faults: Their number.
        asked_by: ``"one thread"``, ``"8 threads"`` or ``"async, 8 at once"``.
    """
    coalitions = random_coalitions(4 * faults, 60)
    game = FaultyGame(60, kinds, faults)
    policy = Ablation(
        batch_size=5,
        retries=faults,  # not even all of them, in a row, exhaust the patience with one coalition
        backoff=0,
        on_error="skip",
        timeout=_TIMEOUT if "too late" in kinds else None,
        concurrency=None if asked_by == "one thread" else 8,
    )
    answers = ask(game.asynchronous if "async" in asked_by else game, coalitions, policy)
    return FaultRow(
        faults=name,
        asked_by=asked_by,
        injected=game.injected,
        calls=game.calls,
        answers=int(answers.answered.sum()),
        lost=int((~answers.answered).sum()),
        identical=bool(np.array_equal(answers.values, game.value(coalitions.dense()))),
    )


def fault_table(faults: int) -> Iterator[FaultRow]:
    """Every kind of fault alone, then all of them by every way of asking."""
    for kind in FAULTS:
        yield inject(kind, [kind], faults // (10 if kind == "too late" else 1), "one thread")
    quick: list[Fault] = [kind for kind in FAULTS if kind != "too late"]
    for asked_by in ("one thread", "8 threads", "async, 8 at once"):
        yield inject("all but late", quick, faults, asked_by)
    yield inject("all", FAULTS, faults, "async, 8 at once")


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
    parser = argparse.ArgumentParser(prog="python -m shapiq_spex.benchmark.studies.asking")
    parser.add_argument("--faults", type=int, default=1000, help="faults per row (default 1000)")
    parser.add_argument("--rows", type=int, default=10_000, help="coalitions for the overhead")
    parser.add_argument("--calls", type=int, default=320, help="calls of the sleeping game")
    parser.add_argument("--answers", type=int, default=1_000_000, help="answers in the store")
    options = parser.parse_args(arguments)

    _print(f"CPU per coalition beside an instant game, n=100, {options.rows:,} coalitions")
    for name, microseconds in overhead(100, options.rows):
        _print(f"  {name:32}{microseconds:8.2f} us")
    _print(f"A game that sleeps 20 ms per call, {options.calls} calls")
    alone = None
    for name, seconds in speed_up(options.calls, 0.02):
        alone = alone or seconds
        _print(f"  {name:32}{seconds:8.2f} s  {alone / seconds:6.1f}x")
    for batch in (1, 32, 1024):
        _print(f"Store of {options.answers:,} answers, n=1,000, batches of {batch:,}")
        for name, number in store_size(options.answers, 1000, batch).items():
            _print(f"  {name:32}{number:8.1f}{'' if name == 'MB' else ' s'}")
    _print("Injected faults")
    _print(f"  {'kind':14}{'asked by':20}{'injected':>9}{'calls':>8}{'answers':>9}{'lost':>6}")
    for row in fault_table(options.faults):
        _print(
            f"  {row.faults:14}{row.asked_by:20}{row.injected:9,}{row.calls:8,}{row.answers:9,}"
            f"{row.lost:6,}  {'identical' if row.identical else 'DIFFERENT'}"
        )


def _first_player(coalitions: BoolMatrix) -> NDArray[np.float64]:
    return coalitions[:, 0].astype(np.float64)


def _timed(clock: Callable[[], float], function: Callable[[], Any]) -> tuple[Any, float]:
    started = clock()
    result = function()
    return result, clock() - started


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
