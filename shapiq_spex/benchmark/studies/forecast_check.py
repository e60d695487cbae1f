"""How often a forecast of the ablations needed holds: the check of :mod:`..reports.forecast`.

``python -m shapiq_spex.benchmark.studies.forecast_check run FILE`` measures on the test games of up to 200
players (``--suite development`` on those from which the forecast's constants come),
``... table FILE`` prints what came of it, from ``recorded/forecast.csv`` unless told otherwise.

A budget is given, the report says what R^2 .9, .95 or .99 would need, and the same approximator
with larger budgets, up to 8 n log2 n, shows what it really needs on 2,000 unseen coalitions.
Planted noise is part of these: a forecast knows nothing else.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, available
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST
from shapiq_spex.benchmark.measuring.csv_records import read_records, write_records
from shapiq_spex.benchmark.measuring.meter import MeteredGame
from shapiq_spex.benchmark.measuring.results_file import environment
from shapiq_spex.reports.forecast import FARTHEST, OPTIMISM, PESSIMISM, Forecast
from shapiq_spex.reports.held_out import r_squared
from shapiq_spex.reports.report import Report

UNITS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Budgets in units of n log2 n."""

TARGETS = (0.9, 0.95, 0.99)

RECORDED = Path(__file__).parents[1] / "recorded" / "forecast.csv"

_FEWEST_ROWS = 20
_MOST_PLAYERS = 200


@dataclass(frozen=True)
class Check:
    """One forecast and what became of it.

    Attributes:
        game: The game.
        n_players: Its number of players.
        seed: The seed of the approximator.
        rows: The ablations made when the forecast was asked for.
        r2: The faithfulness that was reported then.
        target: The R^2 to reach.
        expected: The middle of the forecast, infinite for "not in sight"; NaN if there was none.
        needed: The ablations at which it was reached, or the most that were tried.
        reached: Whether it was reached.
        cost: The time of the learning curve as a share of that of the recovery.
        environment: Versions, machine and date.
    """

    game: str
    n_players: int
    seed: int
    rows: int
    r2: float
    target: float
    expected: float
    needed: float
    reached: bool
    cost: float
    environment: str

    @property
    def outcome(self) -> str:
        """What became of the forecast, in a word."""
        if math.isnan(self.expected):
            return "none"
        if PESSIMISM * self.expected < self.needed:
            return "optimistic"
        least = FARTHEST * self.rows if math.isinf(self.expected) else self.expected
        return "pessimistic" if self.reached and least / OPTIMISM > self.needed else "held"


def check_game(game: BenchmarkGame, seed: int) -> list[Check]:
    """All forecasts for one game and seed, for budgets that did not yet reach the target."""
    truth = np.asarray(game.value(game.held_out), dtype=np.float64)  # with its noise, if it has any
    reports: list[Report] = []
    reached: list[float] = []
    for units in UNITS:
        budget = game.budget(units)
        if budget < _FEWEST_ROWS or budget >= 2.0**game.n_players:
            continue
        approximator = ProxySPEX(n=game.n_players, index="FBII", max_order=2, random_state=seed)
        clock = MeteredGame(game)
        approximator.approximate(budget, clock)
        reports.append(approximator.report_)
        unseen = clock.unseen()
        predicted = approximator.spectrum_.evaluate(game.held_out[unseen])
        reached.append(r_squared(truth[unseen], predicted))
    rows = [report.rows for report in reports]
    checks: list[Check] = []
    for target in TARGETS:
        needed = ablations_needed(rows, reached, target)
        for report, quality in zip(reports, reached, strict=True):
            if min(report.faithfulness, quality) >= target or report.rows >= (needed or rows[-1]):
                continue
            expected = report.forecast(target)
            checks.append(
                Check(
                    game.name,
                    game.n_players,
                    seed,
                    report.rows,
                    report.faithfulness,
                    target,
                    math.nan if expected is None else _middle(expected),
                    needed or rows[-1],
                    needed is not None,
                    report.seconds.get("forecast", 0.0) / report.seconds["recovery"],
                    environment(),
                )
            )
    return checks


def ablations_needed(rows: Sequence[int], reached: Sequence[float], target: float) -> float | None:
    """The ablations at which R^2 reaches the target, between budgets on a double-log scale.

    Example:
        >>> ablations_needed([100, 400], [0.6, 0.9], 0.8)
        200.0
    """
    if max(reached) < target:
        return None
    above = next(place for place, quality in enumerate(reached) if quality >= target)
    if above == 0:
        return float(rows[0])
    before, after = (math.log(max(1.0 - reached[place], 1e-12)) for place in (above - 1, above))
    way = (before - math.log(1.0 - target)) / (before - after)
    first, last = math.log(rows[above - 1]), math.log(rows[above])
    return round(math.exp(first + way * (last - first)), 6)


def _middle(expected: Forecast) -> float:
    return math.inf if math.isinf(expected.high) else expected.expected


def suite_of(checks: Sequence[Check]) -> str:
    """Which games were checked: none of the development games, or some."""
    return "development" if any(check.game in DEVELOPMENT for check in checks) else "test"


def table(checks: Sequence[Check]) -> str:
    """Outcomes by target, as Markdown."""
    lines = [
        "| to reach R2 | forecasts | held | optimistic | pessimistic | middle / needed, median |"
        " within factor 3 | none given |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for target in TARGETS:
        of_target = [check for check in checks if check.target == target]
        given = [check for check in of_target if check.outcome != "none"]
        counts = [
            sum(check.outcome == word for check in given)
            for word in ("held", "optimistic", "pessimistic")
        ]
        ratios = np.array(
            [
                check.expected / check.needed
                for check in given
                if check.reached and math.isfinite(check.expected)
            ]
        )
        middle = f"{np.median(ratios):.2f}" if len(ratios) else "-"
        near = f"{np.mean(np.abs(np.log(ratios)) < math.log(3)):.0%}" if len(ratios) else "-"
        lines.append(
            f"| {target} | {len(given)} | {' | '.join(map(str, counts))} | {middle} "
            f"({len(ratios)}) | {near} | {len(of_target) - len(given)} |"
        )
    costs = [check.cost for check in checks if check.cost]
    if costs:
        lines.append(f"\nCost: {np.median(costs):.0%} of the recovery (median).")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure on the games of a suite")
    run.add_argument("file", type=Path)
    run.add_argument("--suite", choices=["test", "development"], default="test")
    run.add_argument("--seeds", type=int, default=3)
    show = commands.add_parser("table", help="print what was measured")
    show.add_argument("file", type=Path, nargs="?", default=RECORDED)
    options = parser.parse_args(arguments)
    if options.command == "run":
        checks: list[Check] = []
        for game in available((TEST if options.suite == "test" else DEVELOPMENT).values()):
            if game.n_players > _MOST_PLAYERS:
                continue
            sys.stderr.write(f"{game.name}\n")
            for seed in range(options.seeds):
                checks += check_game(game, seed)
            write_records(options.file, checks, Check)
    sys.stdout.write(table(read_records(options.file, Check)) + "\n")


if __name__ == "__main__":
    main()
