"""What it brings to know something of the players beforehand, and what wrong information costs.

    python -m shapiq_spex.benchmark.studies.known_players FILE

writes a table: R2 with half of the players removed, from few coalitions of ``keep="uniform"``,
without information on the players, with it, and with that of other players (permuted), in the mean
over seeds. "Saved" is how many times as many coalitions the explanation without information needs
for the same R2, interpolated linearly in the logarithm of the number; 1x is the largest of its
budgets, and below the smallest its curve goes on as between the two smallest. "Share" is the weight
of the informed candidate, and "CPU" the time relative to that without information, without the
guide's own answers and fit. A second table has the geometric mean of "saved" by family.

For the seven games of training data and three seeds it is

    ====== ===================== ===== ============= ========================
    budget R2, without and with  saved least gain    least gain misinformed
    ====== ===================== ===== ============= ========================
    .125x  .291  .510            2.25  .080          -.030
    .25x   .490  .586            1.88  .020          -.001
    .5x    .589  .658            1.57  .007          -.013
    ====== ===================== ===== ============= ========================
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
from shapiq_spex.benchmark.games.guided_games import FAMILIES, KNOWN_PLAYERS, misinformed
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.metrics import faithfulness
from shapiq_spex.benchmark.studies.command_line import add_seeds, known_names, study_parser

UNITS = (0.125, 0.25, 0.5)
"""Budgets in units of n log2 n."""

_GUIDE_SEED = 1000
"""The seed of the guides, which is none of those of the games."""

_MOST_UNITS = 1.0
"""The largest budget without information, to which "saved" is interpolated."""


class Found(NamedTuple):
    """One explanation: R2 on held-out coalitions, the share of the informed candidate, CPU-s."""

    r2: float
    share: float
    seconds: float


def explained(
    game: BenchmarkGame, players: PlayerInformation | None, units: float, seed: int
) -> Found:
    """Explain a game."""
    approximator = _approximator(game.n_players, players, seed)
    coalitions = approximator.plan(game.budget(units)).coalitions
    values = game.value(coalitions.dense())
    started = time.process_time()
    approximator.approximate_from(coalitions, values)
    seconds = time.process_time() - started
    r2 = faithfulness(game.held_out_values, approximator.spectrum_(game.held_out))
    return Found(r2, approximator.report_.informed_share, seconds)


def fitted(known: PlayerInformation, n_players: int) -> PlayerInformation:
    """The same information with the fitted guide, so that it is fitted once for all seeds."""
    knowledge = _approximator(n_players, known, _GUIDE_SEED).knowledge
    assert knowledge is not None
    return PlayerInformation(known.covariates, knowledge().guide)


def _approximator(n_players: int, players: PlayerInformation | None, seed: int) -> ProxySPEX:
    return ProxySPEX(
        n=n_players,
        index="FBII",
        max_order=2,
        keep="uniform",
        players=players,
        random_state=seed,
    )


class Cell(NamedTuple):
    """A budget of a game: means over seeds without, with and with wrong information."""

    game: str
    units: float
    rows: int
    plain: Found
    informed: Found
    wrong: Found
    saved: float

    def line(self) -> list[str]:
        """Its line of the table."""
        found = (self.plain, self.informed, self.wrong)
        return [
            self.game, f"{self.units:g}x", str(self.rows), *(f"{each.r2:.3f}" for each in found),
            f"{self.saved:.2f}", *(f"{100 * each.share:.0f}%" for each in found[1:]),
            f"x {self.informed.seconds / self.plain.seconds:.2f}",
        ]  # fmt: skip


def cells(name: str, units: Sequence[float], seeds: int) -> Iterator[Cell]:
    """The cells of a game, one per budget."""
    game, given = KNOWN_PLAYERS[name]()
    known = fitted(given, game.n_players)
    explained(game, known, units[0], seeds)  # compiles

    def mean(unit: float, wrong: bool | None) -> Found:
        found: list[Found] = []
        for seed in range(seeds):
            players = None if wrong is None else known
            if wrong:
                players = misinformed(known, game.n_players, seed)
            found.append(explained(game, players, unit, seed))
        return Found(*np.mean(np.array(found, dtype=np.float64), axis=0).tolist())

    plain = [mean(unit, None) for unit in (*units, _MOST_UNITS)]
    curve = [found.r2 for found in plain]
    for number, unit in enumerate(units):
        informed, wrong = mean(unit, wrong=False), mean(unit, wrong=True)
        factor = saved([*units, _MOST_UNITS], curve, number, informed.r2)
        yield Cell(name, unit, game.budget(unit), plain[number], informed, wrong, factor)


def saved(units: Sequence[float], curve: Sequence[float], number: int, r2: float) -> float:
    """How many times as many rows as ``units[number]`` a curve of R2 needs to reach ``r2``.

    Example:
        >>> round(saved([1, 2, 4], [0.2, 0.4, 0.8], 0, 0.6), 3)
        2.828
    """
    logs = np.log2([units[0] ** 2 / units[1], *units])
    heights = np.maximum.accumulate([2.0 * curve[0] - curve[1], *curve])
    heights += 1e-9 * np.arange(len(heights))  # increasing
    factor = float(2.0 ** (np.interp(r2, heights, logs) - np.log2(units[number])))
    return max(1.0, factor) if r2 >= curve[number] else min(1.0, factor)


def by_family(found: Sequence[Cell]) -> list[list[str]]:
    """The geometric means of "saved", the mean gain and the largest losses by family and budget."""
    lines: list[list[str]] = []
    for family, games in FAMILIES.items():
        for unit in sorted({cell.units for cell in found}):
            of_family = [cell for cell in found if cell.game in games and cell.units == unit]
            if not of_family:
                continue
            factor = np.exp(np.mean([np.log(cell.saved) for cell in of_family]))
            gains = [cell.informed.r2 - cell.plain.r2 for cell in of_family]
            wrong = [cell.wrong.r2 - cell.plain.r2 for cell in of_family]
            lines.append([
                family, f"{unit:g}x", str(len(of_family)), f"{factor:.2f}",
                f"{np.mean(gains):+.3f}", f"{min(gains):+.3f}", f"{min(wrong):+.3f}",
            ])  # fmt: skip
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the table."""
    parser = study_parser("known_players", __doc__)
    parser.add_argument("file", type=Path, help="Markdown file to write")
    parser.add_argument("--units", nargs="+", type=float, default=list(UNITS))
    parser.add_argument("--games", nargs="+", default=list(KNOWN_PLAYERS), metavar="NAME")
    add_seeds(parser, 2)
    options = parser.parse_args(arguments)
    found: list[Cell] = []
    for name in known_names(options.games, KNOWN_PLAYERS, "games"):
        try:
            for cell in cells(name, options.units, options.seeds):
                found.append(cell)
                print(" | ".join(cell.line()), flush=True)
        except ImportError as error:
            warnings.warn(f"a game is left out: {error}", stacklevel=2)
    head = [
        "game", "rows / n log2 n", "rows", "R2", "R2 informed", "R2 misinformed", "saved", "share",
        "share misinformed", "CPU",
    ]  # fmt: skip
    of_families = [
        "family", "rows / n log2 n", "games", "saved", "mean gain", "least gain",
        "least gain misinformed",
    ]  # fmt: skip
    tables = [
        markdown_table(head, [cell.line() for cell in found]),
        markdown_table(of_families, by_family(found)),
    ]
    options.file.parent.mkdir(parents=True, exist_ok=True)
    options.file.write_text(
        "\n\n".join([*tables, f"Made with {environment()}.\n"]), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
