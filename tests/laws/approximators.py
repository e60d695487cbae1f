"""The table of approximators on which every law is tested, and the games the laws need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from shapiq_spex import SPEX, ProxySPEX

APPROXIMATORS = {
    "SPEX": SPEX,
    "ProxySPEX": ProxySPEX,
}

Game = Callable[[np.ndarray], np.ndarray]


def random_game(n: int, seed: int) -> Game:
    """A game without any structure: an independent normal value for every coalition."""
    values = np.random.default_rng(seed).normal(size=2**n)
    return lambda coalitions: values[coalitions @ (1 << np.arange(n))]


def sparse_game(n: int, terms: int, seed: int, *, degree: int = 3) -> Game:
    """A sum of a few products of players."""
    rng = np.random.default_rng(seed)
    parts = [
        (rng.choice(n, size=rng.integers(1, min(degree, n) + 1), replace=False), rng.normal())
        for _ in range(terms)
    ]
    return lambda coalitions: sum(
        (weight * coalitions[:, players].all(axis=1) for players, weight in parts),
        start=np.zeros(len(coalitions)),
    )


@dataclass
class Recorder:
    """A game that keeps a record of what it is asked."""

    game: Game
    batches: list[np.ndarray] = field(default_factory=list)

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        self.batches.append(coalitions.copy())
        return self.game(coalitions)

    @property
    def rows(self) -> np.ndarray:
        return np.concatenate(self.batches)
