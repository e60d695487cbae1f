"""How many terms does a faithful explanation need?

    python -m shapiq_spex.benchmark.studies.sparsity sparsity.csv.gz

Every recovered spectrum is truncated to its k largest terms and judged on the held-out coalitions.
The best k terms of the exact spectrum, where it is known, are the limit (Parseval).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.known_indices import exact_spectrum
from shapiq_spex.benchmark.games.suites import TEST
from shapiq_spex.benchmark.measuring.csv_records import write_records
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.meter import MeteredGame
from shapiq_spex.benchmark.measuring.metrics import faithfulness
from shapiq_spex.benchmark.methods.all_methods import ALL_METHODS
from shapiq_spex.benchmark.methods.method import Request
from shapiq_spex.benchmark.studies.command_line import study_parser
from shapiq_spex.fourier.spectrum import Spectrum

EXACT = "exact spectrum"
"""The name under which the limit is recorded."""

GAMES = ("cancer14 network", "cancer30 forest marginal", "digits64 forest", "cancer30 network")
METHODS = ("ProxySPEX", "SPEX", "shapiq ProxySPEX hpo=False", "lasso order 2")
UNITS = 4.0
"""The budget in units of n log2 n (a choice)."""


@dataclass(frozen=True)
class SparsityPoint:
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
) -> list[SparsityPoint]:
    """The curves of all methods that recover a spectrum, and of the exact one if it is known."""
    stamp = environment()

    def curve(
        name: str, seed: int, spectrum: Spectrum, unseen: NDArray[np.bool_]
    ) -> list[SparsityPoint]:
        rows, values = game.held_out[unseen], game.held_out_values[unseen]
        found: list[SparsityPoint] = []
        for count in _counts(len(spectrum.prune()) - 1):
            r2 = faithfulness(values, spectrum.prune(keep=count).evaluate(rows))
            found.append(
                SparsityPoint(game.name, game.n_players, name, units, seed, count, r2, stamp)
            )
        return found

    exact = exact_spectrum(game)
    everything = np.ones(len(game.held_out), dtype=np.bool_)
    points = [] if exact is None else curve(EXACT, 0, exact, everything)
    for name, seed in product(methods, seeds):
        method = ALL_METHODS[name].of(game)
        if method is None:
            continue
        clock = MeteredGame(game)
        explanation = method.explain(Request(clock, game.n_players, game.budget(units), seed))
        if explanation.spectrum is not None:
            points += curve(name, seed, explanation.spectrum, clock.unseen())
    return points


def _counts(most: int) -> list[int]:
    """Numbers of terms on a fixed grid, up to the first that includes all terms."""
    grid = np.unique(np.geomspace(1, 10**6, 84).astype(int)).tolist()
    return grid[: 1 + next(place for place, count in enumerate(grid) if count >= most)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the curves."""
    parser = study_parser("sparsity", __doc__)
    parser.add_argument("file", help="results file to write (CSV)")
    options = parser.parse_args(arguments)
    points = [point for name in GAMES for point in curves_of(TEST[name]())]
    write_records(options.file, points, SparsityPoint)


if __name__ == "__main__":
    main()
