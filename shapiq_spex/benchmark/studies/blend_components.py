"""What each component of the blend contributes and costs, measured on the development games.

    python -m shapiq_spex.benchmark.studies.blend_components components.md

writes the tables. Each component is left out alone. All variants are judged on the same rows by
held-out faithfulness, in R2 and in unexplained variance 1 - R2 (geometric mean over games), and by
CPU seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from shapiq_spex.approximators.one_thread import one_thread
from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, GameRecipe, available
from shapiq_spex.benchmark.games.planted_functions import planted_game
from shapiq_spex.benchmark.games.suites import DEVELOPMENT
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.markdown import chapters, markdown_table
from shapiq_spex.benchmark.measuring.metrics import faithfulness
from shapiq_spex.benchmark.studies.command_line import add_seeds, known_names, study_parser
from shapiq_spex.estimators.blend.blend import PARTS, Blend
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.estimators.gaussian.gaussian import Gaussian
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector

WHOLE = "nothing"

VARIANTS: Mapping[str, Callable[[], Estimator]] = {
    WHOLE: Blend,
    **{name: (lambda name=name: Blend(left_out=frozenset({name}))) for name in PARTS},
    "all but the Gaussians": Gaussian,
    "all but fast mode": lambda: Blend("fast"),
}
"""The estimator that remains, by what is left out."""

DENSE: Mapping[str, GameRecipe] = {
    f"dense{n} s{seed}": partial(planted_game, "dense", n, 0, noise=0.1, seed=seed)
    for n in (16, 30)
    for seed in (1, 3)
}
"""Planted functions in which all pairs of players interact, unlike in the real games."""

_LEAST_UNEXPLAINED = 1e-3  # share of the variance; a choice: smaller shares count as equal


def answered(game: BenchmarkGame, units: float, seed: int) -> tuple[Coalitions, Vector]:
    """The coalitions that ProxySPEX evaluates for faithfulness, and their values."""
    planner = ProxySPEX(n=game.n_players, index="FBII", random_state=seed)
    coalitions = planner.plan(game.budget(units)).coalitions
    return coalitions, np.asarray(game.value(coalitions.dense()), dtype=np.float64)


@one_thread()
def measure(
    make: Callable[[], Estimator], coalitions: Coalitions, values: Vector, game: BenchmarkGame
) -> tuple[float, float]:
    """Held-out faithfulness (never below -1) and CPU seconds."""
    started = time.process_time()
    fit = make().fit(coalitions, values, rng=np.random.default_rng(0))
    seconds = time.process_time() - started
    return max(-1.0, faithfulness(game.held_out_values, fit.spectrum(game.held_out))), seconds


def components_table(games: Mapping[str, GameRecipe], units: Sequence[float], seeds: int) -> str:
    """The table as Markdown: one line per variant, with differences from the whole blend."""
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in VARIANTS}
    made = list(available(games.values()))
    for game in made:
        for unit in units:
            if game.budget(unit) >= 2.0**game.n_players:
                continue
            for seed in range(seeds):
                rows = answered(game, unit, seed)
                if not results[WHOLE]:
                    measure(Blend, *rows, game)  # compiles
                for variant, make in VARIANTS.items():
                    results[variant].append(measure(make, *rows, game))
    whole = np.array(results[WHOLE])
    lines: list[list[str]] = []
    for variant, cells in results.items():
        found = np.array(cells)
        change = found[:, 0] - whole[:, 0]
        unexplained = (1 - found[:, 0]).clip(_LEAST_UNEXPLAINED)
        ratio = np.exp(np.log(unexplained / (1 - whole[:, 0]).clip(_LEAST_UNEXPLAINED)).mean())
        cost = found[:, 1].sum() / whole[:, 1].sum()
        changes = [f"{change.min():+.3f}", f"{change.max():+.3f}"]
        lines.append(
            [variant, f"{change.mean():+.4f}", f"x {ratio:.3f}", *changes, f"x {cost:.2f}"]
        )
    head = ["left out", "R2", "unexplained variance", "worst cell, R2", "best cell, R2", "CPU"]
    return (
        f"{len(made)} games, {', '.join(f'{unit:g}x' for unit in units)} n log2 n "
        f"rows, {seeds} seeds: {len(whole)} cells. R2 of the whole blend {whole[:, 0].mean():.4f}, "
        f"{whole[:, 1].mean():.2f} CPU-s on average.\n\n{markdown_table(head, lines)}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the tables."""
    parser = study_parser("blend_components", __doc__)
    parser.add_argument("file", type=Path, help="Markdown file to write")
    parser.add_argument("--units", nargs="+", type=float, default=[1.0, 4.0])
    parser.add_argument("--games", nargs="+", default=list(DEVELOPMENT), metavar="NAME")
    add_seeds(parser, 1)
    options = parser.parse_args(arguments)
    names = known_names(options.games, DEVELOPMENT, "games")
    suites = {
        "Development games": {name: DEVELOPMENT[name] for name in names},
        "Dense functions of order 2": DENSE,
    }
    tables = [
        (title, components_table(games, options.units, options.seeds))
        for title, games in suites.items()
    ]
    options.file.parent.mkdir(parents=True, exist_ok=True)
    options.file.write_text(
        "A positive R2 change means that the blend would be better without the component.\n\n"
        f"{chapters(tables)}\n\nMade with {environment()}.\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
