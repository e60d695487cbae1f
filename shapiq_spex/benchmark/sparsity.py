"""How many terms does a faithful explanation need?

Every recovered spectrum is cut to its k largest terms and judged on the held-out coalitions. The
best k terms of the exact spectrum are the limit (Parseval), where it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shapiq_spex.benchmark.competitors import ALL_METHODS
from shapiq_spex.benchmark.exact import exact_spectrum
from shapiq_spex.benchmark.games import BenchmarkGame
from shapiq_spex.benchmark.methods import FAITHFULNESS
from shapiq_spex.benchmark.metrics import faithfulness
from shapiq_spex.benchmark.results import environment
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
    seed: int = 0,
) -> list[Point]:
    """The curve of each method, and of the exact spectrum if it is known.

    Args:
        game: The game.
        methods: Names of methods that recover a spectrum.
        units: The budget in units of n log2 n.
        seed: Seed of the methods.
    """
    exact = exact_spectrum(game)
    spectra: dict[str, Spectrum] = {} if exact is None else {EXACT: exact}
    for name in methods:
        method = ALL_METHODS[name].of(game)
        if method is None:
            continue
        budget = game.budget(units)
        explanation = method.explain(game.value, game.n_players, budget, seed, FAITHFULNESS)
        if explanation.spectrum is not None:
            spectra[name] = explanation.spectrum
    stamp = environment()
    return [
        Point(game.name, game.n_players, name, units, seed, count, r2, stamp)
        for name, spectrum in spectra.items()
        for count, r2 in _curve(game, spectrum)
    ]


def _curve(game: BenchmarkGame, spectrum: Spectrum) -> list[tuple[int, float]]:
    """Numbers of terms on a geometric grid, and the R2 they reach."""
    most = len(spectrum.prune()) - 1
    counts = np.unique(np.geomspace(1, max(most, 1), 24).astype(int)).tolist()
    truth = game.held_out_values
    return [
        (count, faithfulness(truth, spectrum.prune(keep=count).evaluate(game.held_out)))
        for count in counts
    ]
