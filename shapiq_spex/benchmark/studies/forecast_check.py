"""How often the report's forecasts of the ablations needed hold.

``python -m shapiq_spex.benchmark.studies.forecast_check run FILE`` measures on the test games with
up to 200 players (``--suite development``: on those that the forecast's constants come from),
``... table`` prints the recorded table.

For each budget, the report forecasts the ablations needed for R^2 .9, .95 or .99. The same
approximator with larger budgets, up to 8 n log2 n, shows how many it needs on 2,000 unseen
coalitions. Their values include planted noise, as those behind the forecast do.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, available
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST
from shapiq_spex.benchmark.measuring.csv_records import write_records
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.meter import MeteredGame
from shapiq_spex.benchmark.studies.command_line import add_seeds, study_command
from shapiq_spex.estimators.held_out import r_squared
from shapiq_spex.reports.forecast import FARTHEST, OPTIMISM, PESSIMISM, Forecast
from shapiq_spex.reports.report import Report

UNITS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Budgets in units of n log2 n."""

TARGETS = (0.9, 0.95, 0.99)

_FEWEST_ROWS = 20  # smaller budgets are left out; a choice
_MOST_PLAYERS = 200  # larger games are left out; a choice that bounds the time


@dataclass(frozen=True)
class Check:
    """One forecast and its outcome.

    Attributes:
        game: The game.
        n_players: Its number of players.
        seed: The seed of the approximator.
        rows: The number of ablations behind the forecast.
        r2: The faithfulness reported for them.
        target: The R^2 to reach.
        expected: The middle of the forecast; infinite for "not in sight", NaN if there was none.
        needed: The ablations at which the target was reached, or the most that were tried.
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
        """The outcome in one word."""
        if math.isnan(self.expected):
            return "none"
        if PESSIMISM * self.expected < self.needed:
            return "optimistic"
        least = FARTHEST * self.rows if math.isinf(self.expected) else self.expected
        return "pessimistic" if self.reached and least / OPTIMISM > self.needed else "held"


def check_game(game: BenchmarkGame, seed: int) -> list[Check]:
    """All forecasts for one game and seed at budgets that did not reach the target yet."""
    truth = np.asarray(game.value(game.held_out), dtype=np.float64)  # includes planted noise
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
                    _middle(expected) if expected and report.learning_curve else math.nan,
                    needed or rows[-1],
                    needed is not None,
                    report.seconds.get("forecast", 0.0) / report.seconds["recovery"],
                    environment(),
                )
            )
    return checks


def ablations_needed(rows: Sequence[int], reached: Sequence[float], target: float) -> float | None:
    """The ablations at which R^2 reaches the target, interpolated on a double-log scale.

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
    """The suite that was checked, recognised by its games."""
    return "development" if any(check.game in DEVELOPMENT for check in checks) else "test"


def forecast_table(checks: Sequence[Check]) -> str:
    """Outcomes by target as Markdown; empty if there are no checks."""
    lines: list[list[str]] = []
    for target in TARGETS if checks else ():
        of_target = [check for check in checks if check.target == target]
        given = [check for check in of_target if check.outcome != "none"]
        outcomes = [check.outcome for check in given]
        counts = [outcomes.count(word) for word in ("held", "optimistic", "pessimistic")]
        ratios = np.array(
            [
                check.expected / check.needed
                for check in given
                if check.reached and math.isfinite(check.expected)
            ]
        )
        middle = f"{np.median(ratios):.2f}" if len(ratios) else "-"
        near = f"{np.mean(np.abs(np.log(ratios)) < math.log(3)):.0%}" if len(ratios) else "-"
        none = len(of_target) - len(given)
        numbers = (target, len(given), *counts, f"{middle} ({len(ratios)})", near, none)
        lines.append([str(number) for number in numbers])
    head = ["to reach R2", "forecasts", "held", "optimistic", "pessimistic"]
    head += ["middle / needed, median", "within factor 3", "none given"]
    costs = [check.cost for check in checks if check.cost]
    cost = f"\n\nCost: {np.median(costs):.0%} of the recovery (median)." if costs else ""
    return markdown_table(head, lines) + cost


def _run(options: argparse.Namespace) -> None:
    checks: list[Check] = []
    for game in available((DEVELOPMENT if options.suite == "development" else TEST).values()):
        if game.n_players <= _MOST_PLAYERS:
            print(game.name, flush=True)
            for seed in range(options.seeds):
                checks += check_game(game, seed)
            write_records(options.file, checks, Check)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", choices=["test", "development"], default="test")
    add_seeds(parser)


main = study_command(
    "forecast_check",
    __doc__,
    ("forecast.csv", Check),
    forecast_table,
    run=_run,
    options=_add_options,
)

if __name__ == "__main__":
    main()
