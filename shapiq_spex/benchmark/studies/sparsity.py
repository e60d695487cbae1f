"""How many terms does a faithful explanation need?

Every recovered spectrum is cut to its k largest terms and judged on the held-out coalitions. The
best k terms of the exact spectrum are the limit (Parseval), where it is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.known_indices import exact_spectrum
from shapiq_spex.benchmark.measuring.meter import MeteredGame
from shapiq_spex.benchmark.measuring.metrics import faithfulness
from shapiq_spex.benchmark.measuring.results_file import environment
from shapiq_spex.benchmark.methods.all_methods import ALL_METHODS
from shapiq_spex.benchmark.methods.method import FAITHFULNESS
from shapiq_spex.fourier.spectrum import Spectrum

EXACT = "exact spectrum"
"""The name under which the limit is recorded."""

GAMES = ("cancer14 network", "cancer30 forest marginal", "digits64 forest", "cancer30 network")
METHODS = ("ProxySPEX", "SPEX", "shapiq ProxySPEX hpo=False", "lasso order 2")
UNITS = 4.0


@dataclass(frozen=True)
class Point:
    """R2 of the ``n_terms`` largest terms of the spectrum that a method recovered."""

    game: str
    n_players: int
    method: str
    units: float
    seed: int
    n_terms: int
    r2: float
    environment: str


def curves_of(
    game: BenchmarkGame,
    methods: Sequence[str] = METHODS,
    *,
    units: float = UNITS,
    seeds: Iterable[int] = range(3),
) -> list[Point]:
    """The curves of each method, and of the exact spectrum if it is known.

    Args:
        game: The game.
        methods: Names of methods that recover a spectrum.
        units: The budget in units of n log2 n.
        seeds: Seeds of the methods.
    """
    stamp = environment()

    def curve(name: str, seed: int, spectrum: Spectrum, unseen: NDArray[np.bool_]) -> list[Point]:
        rows, values = game.held_out[unseen], game.held_out_values[unseen]
        found: list[Point] = []
        for count in _counts(len(spectrum.prune()) - 1):
            r2 = faithfulness(values, spectrum.prune(keep=count).evaluate(rows))
            found.append(Point(game.name, game.n_players, name, units, seed, count, r2, stamp))
        return found

    exact = exact_spectrum(game)
    everything = np.ones(len(game.held_out), dtype=np.bool_)
    points = [] if exact is None else curve(EXACT, 0, exact, everything)
    for name, seed in product(methods, seeds):
        method = ALL_METHODS[name].of(game)
        if method is None:
            continue
        clock = MeteredGame(game)
        explanation = method.explain(clock, game.n_players, game.budget(units), seed, FAITHFULNESS)
        if explanation.spectrum is not None:
            points += curve(name, seed, explanation.spectrum, clock.unseen())
    return points


def _counts(most: int) -> list[int]:
    """Numbers of terms on a grid that is the same for all, up to the first that takes them all."""
    grid = np.unique(np.geomspace(1, 10**6, 84).astype(int)).tolist()
    return grid[: 1 + next(place for place, count in enumerate(grid) if count >= most)]
