"""What the study of explanations near the input records, and how it is compared."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

OWN, OWN_VALUES = "ProxySPEX", "ProxySPEX FBII"
"""This package's method, judged by its spectrum and by its values added up."""

DEFAULT = "default"
"""The name of the law that ProxySPEX takes if none is named."""

BEFORE = "uniform"
"""The default law for FBII of earlier versions, with which the default is compared."""

LEAST = 1e-4
"""The least unexplained variance that is told from none (a choice: R2 to four digits)."""


@dataclass(frozen=True)
class NearRun:
    """A method on rows of a law, judged in every region by R2 and by R2 within sizes.

    Attributes:
        game: The game.
        n_players: Its number of players.
        units: The budget in units of n log2 n.
        seed: The seed of the method.
        method: The method.
        law: The law of its rows.
        rows: The number of ablations.
        r2_half: R2 on fresh coalitions with p = .5.
        within_half: The same within sizes; and so for the other regions.
        reported: The R2 that the report states; NaN for peers.
        seconds: CPU seconds without those of the game.
        environment: Versions, machine and date.
    """

    game: str
    n_players: int
    units: float
    seed: int
    method: str
    law: str
    rows: int
    r2_half: float
    within_half: float
    r2_p7: float
    within_p7: float
    r2_p8: float
    within_p8: float
    r2_p9: float
    within_p9: float
    r2_near: float
    within_near: float
    r2_few: float
    within_few: float
    reported: float
    seconds: float
    environment: str

    @property
    def cell(self) -> tuple[str, float, int]:
        """Game, budget and seed, within which methods are compared."""
        return self.game, self.units, self.seed

    def score(self, region: str, kind: str = "r2") -> float:
        """R2 (``kind`` "r2") or R2 within sizes ("within") in a region."""
        return getattr(self, column(kind, region))


def column(kind: str, region: str) -> str:
    """The field of a kind of score in a region."""
    return f"{kind}_{region.replace(' 0.', '')}"


def unexplained(score: float) -> float:
    """The unexplained share of the variance, at least :data:`LEAST`."""
    return max(1.0 - score, LEAST)


def geometric_mean(numbers: Sequence[float]) -> float:
    """The geometric mean; NaN of none."""
    return math.exp(float(np.mean(np.log(numbers)))) if numbers else math.nan


Cells = Mapping[tuple[str, float, int], float]
"""Scores by game, budget and seed; NaN is left out."""


class NearScores:
    """The scores of all runs.

    Args:
        runs: The runs.
        kind: ``"r2"`` or ``"within"``.
    """

    def __init__(self, runs: Iterable[NearRun], kind: str) -> None:
        self.kind = kind
        self._runs: dict[tuple[str, str], list[NearRun]] = defaultdict(list)
        for run in runs:
            self._runs[run.method, run.law].append(run)

    @cached_property
    def peers(self) -> list[str]:
        """The methods of others."""
        return list(dict.fromkeys(m for m, _ in self._runs if m not in (OWN, OWN_VALUES)))

    def of(self, method: str, law: str, region: str) -> Cells:
        """The scores of a method on rows of a law in a region."""
        found = {run.cell: run.score(region, self.kind) for run in self._runs[method, law]}
        return {cell: score for cell, score in found.items() if math.isfinite(score)}

    def best_law(self, method: str, region: str) -> str:
        """The law with the least unexplained variance in the region, in the geometric mean.

        Laws are compared on the cells that all of them have.
        """
        laws = [law for name, law in self._runs if name == method]
        of_law = {law: self.of(method, law, region) for law in laws}
        shared = set.intersection(*(set(cells) for cells in of_law.values()))
        if not shared:
            return max(laws, key=lambda law: len(of_law[law]))

        def price(law: str) -> float:
            return geometric_mean([unexplained(of_law[law][cell]) for cell in shared])

        return min(laws, key=price)

    def at_best(self, method: str, region: str) -> Cells:
        """The scores of a peer on rows of its best law."""
        return self.of(method, self.best_law(method, region), region)

    def best_peer(self, region: str) -> Mapping[tuple[str, float, int], tuple[float, str]]:
        """The best score of all peers in each cell, each on rows of its best law, and whose."""
        best: dict[tuple[str, float, int], tuple[float, str]] = {}
        for peer in self.peers:
            for cell, score in self.at_best(peer, region).items():
                best[cell] = max(best.get(cell, (-math.inf, "")), (score, peer))
        return best
