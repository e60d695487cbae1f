"""A game of the benchmark: a value function with a name and fixed held-out coalitions.

A game of your own takes five lines (replace the temporary folder by a file that you keep):

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
from typing import Any, Literal

import numpy as np

from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

ValueFunction = Callable[[BoolMatrix], Vector]

BUDGET_UNITS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Default budgets in units of n log2 n, the unit in which the ProxySPEX paper states budgets."""

EXACT_PLAYERS = 14
"""Games with at most this many players are enumerated (a choice: 16,384 evaluations at most)."""

REFERENCE_PLAYERS = (30, 200)
"""Fewest and most players of real games whose Shapley values are estimated for comparison.

A choice; it bounds the estimate at 2 x 4,000 permutations of 200 players."""


@dataclass(frozen=True)
class BenchmarkGame:
    """A value function and what the benchmark needs to know about it.

    Attributes:
        name: A unique name. It also determines the held-out coalitions.
        n_players: The number of players n.
        value: The function that methods evaluate: boolean (m, n) matrix -> m numbers. It must be
            deterministic.
        family: ``"real"`` (a model) or ``"synthetic"`` (a planted function).
        noiseless: The planted function without its noise. Held-out faithfulness is measured
            against it. Defaults to ``value``.
        spectrum: The planted spectrum, if there is one.
        exact_spectrum: Computes the exact spectrum of a real game that is too large to enumerate,
            if the model allows it.
        units: Budgets in units of n log2 n.
        n_held_out: The number of held-out coalitions.
        cheap: Whether the game is cheap enough to estimate its Shapley values from some 100,000
            further coalitions.
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
        """The number of ablations in ``units`` x n log2 n."""
        return round(units * self.n_players * math.log2(self.n_players))

    @cached_property
    def held_out(self) -> BoolMatrix:
        """Uniformly random coalitions from a generator that is seeded by the name alone."""
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
        """Whether all 2^n coalitions are evaluated to compute exact interaction indices."""
        return self.n_players <= EXACT_PLAYERS

    @property
    def has_reference(self) -> bool:
        """Whether Shapley values are compared with a long run of permutation sampling."""
        smallest, largest = REFERENCE_PLAYERS
        of_size = smallest <= self.n_players <= largest
        return self.family == "real" and self.cheap and of_size


GameRecipe = Callable[[], BenchmarkGame]


def available(sources: Iterable[BenchmarkGame | GameRecipe]) -> Iterator[BenchmarkGame]:
    """Build the games one by one; leave out, with a warning, those whose package is missing."""
    for source in sources:
        try:
            yield source if isinstance(source, BenchmarkGame) else source()
        except ImportError as error:
            warnings.warn(f"a game is left out: {error}", stacklevel=2)


def in_blocks(function: Callable[[Any], Any], size: int) -> Callable[[Any], Any]:
    """The same function of rows, evaluated on at most ``size`` rows at a time."""

    def blockwise(rows: Any) -> Any:
        starts = range(0, max(len(rows), 1), size)
        return np.concatenate([function(rows[start : start + size]) for start in starts])

    return blockwise


def with_memory(value: ValueFunction) -> ValueFunction:
    """The same game, which evaluates each coalition once and keeps its value."""
    known: dict[bytes, float] = {}

    def remembered(coalitions: BoolMatrix) -> Vector:
        keys = [row.tobytes() for row in np.packbits(coalitions, axis=1)]
        new = {key: place for place, key in enumerate(keys) if key not in known}
        if new:
            known.update(zip(new, value(coalitions[list(new.values())]), strict=True))
        return np.array([known[key] for key in keys])

    return remembered
