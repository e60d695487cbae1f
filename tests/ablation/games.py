"""Games that count, fail and dawdle, for the tests of this room."""

from __future__ import annotations

import threading
import time
from collections import Counter

import numpy as np

from shapiq_spex.fourier.coalitions import Coalitions


def random_coalitions(rows: int, players: int, seed: int = 0) -> Coalitions:
    """Distinct random coalitions."""
    rng = np.random.default_rng(seed)
    drawn = Coalitions.from_dense(rng.random((2 * rows + 8, players)) < 0.5)
    return drawn.distinct()[0][:rows]


class Recorder:
    """A game whose last bits depend on its batch (a matrix product), and that knows its calls."""

    def __init__(self, players: int, *, seconds: float = 0.0, log: str | None = None) -> None:
        rng = np.random.default_rng(players)
        self.weights = rng.normal(size=(players, 16)).astype(np.float32)
        self.seconds = seconds
        self.log = log
        self.calls = 0
        self.asked: Counter[bytes] = Counter()
        self._lock = threading.Lock()

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        with self._lock:
            self.calls += 1
            self.asked.update(row.tobytes() for row in np.packbits(coalitions, axis=1))
            if self.log:
                with open(self.log, "a", encoding="ascii") as file:
                    file.write("asked\n" * len(coalitions))
        time.sleep(self.seconds)
        return self.value(coalitions)

    def value(self, coalitions: np.ndarray) -> np.ndarray:
        return np.tanh(coalitions.astype(np.float32) @ self.weights).sum(axis=1)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, _lock=threading.Lock())
