"""What it brings to know something of the players beforehand, and what wrong information costs.

    python -m shapiq_spex.benchmark.studies.known_players FILE

writes a table: R2 with half of the players removed, from few coalitions of ``keep="uniform"``,
without information on the players, with it, and with that of other players (permuted), in the mean
over seeds. "Share" is the weight of the informed candidate, and "CPU" the time relative to that
without information, without the guide's own answers and fit.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from shapiq_spex.approximators.player_information import PlayerInformation
from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.guided_games import KNOWN_PLAYERS, misinformed
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.metrics import faithfulness
from shapiq_spex.benchmark.studies.command_line import add_seeds, known_names, study_parser

UNITS = (0.125, 0.25, 0.5)
"""Budgets in units of n log2 n."""


class Found(NamedTuple):
    """One explanation: R2 on held-out coalitions, the share of the informed candidate, CPU-s."""

    r2: float
    share: float
    seconds: float


def explained(
    game: BenchmarkGame, players: PlayerInformation | None, units: float, seed: int
) -> Found:
    """Explain a game; the guide is evaluated before time is taken."""
    approximator = ProxySPEX(
        n=game.n_players,
        index="FBII",
        max_order=2,
        keep="uniform",
        players=players,
        random_state=seed,
    )
    coalitions = approximator.plan(game.budget(units)).coalitions
    values = game.value(coalitions.dense())
    if approximator.knowledge is not None:
        approximator.knowledge()
    started = time.process_time()
    approximator.approximate_from(coalitions, values)
    seconds = time.process_time() - started
    r2 = faithfulness(game.held_out_values, approximator.spectrum_(game.held_out))
    return Found(r2, approximator.report_.informed_share, seconds)


def lines(name: str, units: Sequence[float], seeds: int) -> Iterator[list[str]]:
    """The lines of the table for a game, one per budget."""
    game, known = KNOWN_PLAYERS[name]()
    explained(game, known, units[0], seeds)  # compiles
    for unit in units:
        cells = [
            [
                explained(game, players, unit, seed)
                for players in (None, known, misinformed(known, game.n_players, seed))
            ]
            for seed in range(seeds)
        ]
        plain, informed, wrong = np.array(cells, dtype=np.float64).mean(axis=0)
        yield [
            name, f"{unit:g}x", str(game.budget(unit)),
            *(f"{found[0]:.3f}" for found in (plain, informed, wrong)),
            *(f"{100 * found[1]:.0f}%" for found in (informed, wrong)),
            f"x {informed[2] / plain[2]:.2f}",
        ]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the table."""
    parser = study_parser("known_players", __doc__)
    parser.add_argument("file", type=Path, help="Markdown file to write")
    parser.add_argument("--units", nargs="+", type=float, default=list(UNITS))
    parser.add_argument("--games", nargs="+", default=list(KNOWN_PLAYERS), metavar="NAME")
    add_seeds(parser, 2)
    options = parser.parse_args(arguments)
    found: list[list[str]] = []
    for name in known_names(options.games, KNOWN_PLAYERS, "games"):
        try:
            found += lines(name, options.units, options.seeds)
        except ImportError as error:
            warnings.warn(f"a game is left out: {error}", stacklevel=2)
            continue
        print(*map(" | ".join, found[-len(options.units) :]), sep="\n", flush=True)
    head = [
        "game", "rows / n log2 n", "rows", "R2", "R2 informed", "R2 misinformed", "share",
        "share misinformed", "CPU",
    ]  # fmt: skip
    options.file.parent.mkdir(parents=True, exist_ok=True)
    options.file.write_text(
        f"{markdown_table(head, found)}\n\nMade with {environment()}.\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
