"""A game that fails on purpose, and what becomes of its answers."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

import numpy as np

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from tests.ablation.games import random_coalitions

FAULTS = ("exception", "nan", "infinite", "too few", "text", "too late")
WAYS = ("one thread", "8 threads", "async, 8 at once")

TIMEOUT = 0.05  # seconds
LATE = 20 * TIMEOUT  # much later, so that a busy machine does not take it for in time
FAULT_RATE = 0.6  # of the calls, until all faults are injected


class FaultyGame:
    """An exact game most of whose calls fail until enough faults of some kinds are injected."""

    def __init__(self, n_players, kinds, faults):
        self.weights = np.arange(1, n_players + 1)
        self.kinds = kinds
        self.left = faults
        self.injected = 0
        self._random = np.random.default_rng(0)
        self._lock = threading.Lock()

    def value(self, coalitions):
        """The true values: integers, the same in every batch."""
        return (coalitions @ self.weights).astype(np.float64)

    def __call__(self, coalitions):
        fault = self._draw()
        if fault == "too late":
            time.sleep(LATE)
        return self._spoil(fault, coalitions)

    async def asynchronous(self, coalitions):
        fault = self._draw()
        await asyncio.sleep(LATE if fault == "too late" else 0)
        return self._spoil(fault, coalitions)

    def _draw(self):
        with self._lock:
            if self.left == 0 or self._random.random() > FAULT_RATE:
                return None
            self.left -= 1
            self.injected += 1
            return self.kinds[self.injected % len(self.kinds)]

    def _spoil(self, fault, coalitions):
        if fault == "exception":
            raise ConnectionError("injected")
        values = self.value(coalitions)
        if fault in ("nan", "infinite"):
            values[len(values) // 2] = np.nan if fault == "nan" else np.inf
        if fault == "too few":
            return values[1:]
        return ["unavailable"] * len(values) if fault == "text" else values


@dataclass(frozen=True)
class Outcome:
    """What became of the answers under injected faults."""

    injected: int
    lost: int
    identical: bool


def inject(kinds, faults, way):
    """Inject faults and compare the answers with those of a game without faults."""
    coalitions = random_coalitions(4 * faults, 60)
    game = FaultyGame(60, kinds, faults)
    policy = Ablation(
        batch_size=5,
        retries=faults,  # even if all faults in a row hit the same coalition
        backoff=0,
        on_error="skip",
        timeout=TIMEOUT if "too late" in kinds else None,
        concurrency=None if way == "one thread" else 8,
    )
    answers = ask(game.asynchronous if "async" in way else game, coalitions, policy)
    return Outcome(
        injected=game.injected,
        lost=int((~answers.answered).sum()),
        identical=np.array_equal(answers.values, game.value(coalitions.dense())),
    )
