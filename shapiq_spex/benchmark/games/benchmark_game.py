"""What is benchmarked: a game with a name and held-out coalitions that never change.

A user's own game takes five lines (with a file to keep, in place of a temporary one):

    >>> from tempfile import TemporaryDirectory
    >>> from shapiq_spex.benchmark import METHODS, BenchmarkGame, run
    >>> game = BenchmarkGame("my game", 8, lambda rows: 2.0 * rows[:, 0] + rows[:, 1] * rows[:, 2])
    >>> with TemporaryDirectory() as folder:
    ...     rows = run(f"{folder}/results.csv", [game], [METHODS["lasso order 2"]], seeds=[0])
    >>> [(row.units, round(row.r2, 2)) for row in rows if row.target == "faithfulness"][-1]
    (8.0, 1.0)
"""

from __future__ import annotations

import math
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Vector

ValueFunction = Callable[[BoolMatrix], Vector]

BUDGET_UNITS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""The budgets of the benchmark in units of n log2 n, the cost at which ProxySPEX is judged."""

EXACT_PLAYERS = 14
"""Games of at most this many players are enumerated, and their indices known exactly."""


REFERENCE_PLAYERS = (30, 200)
"""Real games of this many players have their Shapley values estimated at high budget."""


@dataclass(frozen=True)
class BenchmarkGame:
    """A value function with what the benchmark needs to know about it.

    Attributes:
        name: A unique name; it also fixes the held-out coalitions.
        n_players: The number of players n.
        value: What the methods ask: boolean (m, n) matrix -> m numbers. Must be deterministic.
        family: ``"real"`` (a model) or ``"synthetic"`` (a planted function).
        noiseless: For planted functions with noise, the function underneath; held-out
            faithfulness is measured against it. Defaults to ``value``.
        spectrum: The planted spectrum, where there is one.
        exact_spectrum: Computes the exact spectrum of a real game that is too large to enumerate,
            where the model allows it.
        units: Budgets in units of n log2 n.
        n_held_out: How many held-out coalitions to draw.
        cheap: Whether Shapley values may be estimated at high budget, for which some 100,000
            coalitions are asked before anything is benchmarked.
    """

    name: str
    n_players: int
    value: ValueFunction
    family: Literal["real", "synthetic"] = "real"
    noiseless: ValueFunction | None = None
    spectrum: Spectrum | None = None
    exact_spectrum: Callable[[], Spectrum] | None = None
    units: tuple[float, ...] = BUDGET_UNITS
    n_held_out: int = 2000
    cheap: bool = True

    def budget(self, units: float) -> int:
        """The number of ablations that ``units`` x n log2 n amounts to."""
        return round(units * self.n_players * math.log2(self.n_players))

    @cached_property
    def held_out(self) -> BoolMatrix:
        """Uniformly random coalitions, drawn from a generator seeded by the name alone."""
        generator = np.random.default_rng([2025, zlib.crc32(self.name.encode())])
        shape = (self.n_held_out, self.n_players)
        return generator.integers(0, 2, shape, dtype=np.uint8).view(np.bool_)

    @cached_property
    def held_out_values(self) -> Vector:
        """The noise-free values of the held-out coalitions."""
        truth = self.value if self.noiseless is None else self.noiseless
        return np.asarray(truth(self.held_out), dtype=np.float64)

    @property
    def is_enumerable(self) -> bool:
        """Whether the exact interaction indices are computed and compared with."""
        return self.n_players <= EXACT_PLAYERS

    @property
    def has_reference(self) -> bool:
        """Whether Shapley values are compared with a long run of permutation sampling."""
        smallest, largest = REFERENCE_PLAYERS
        of_size = smallest <= self.n_players <= largest
        return self.family == "real" and self.cheap and of_size


GameRecipe = Callable[[], BenchmarkGame]


def available(sources: Iterable[BenchmarkGame | GameRecipe]) -> Iterator[BenchmarkGame]:
    """The games, each made when its turn comes.

    Those that need a package that is not installed are left out with a warning.
    """
    for source in sources:
        try:
            yield source if isinstance(source, BenchmarkGame) else source()
        except ImportError as error:
            warnings.warn(f"a game is left out: {error}", stacklevel=2)
