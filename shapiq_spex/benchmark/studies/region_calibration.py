"""Whether reports tell where an explanation holds: R2 and its bound in each region, and the truth.

``python -m shapiq_spex.benchmark.studies.region_calibration run FILE`` measures what is not in the
file yet (``--quick``: four games, one seed, 2 n log2 n), ``... table`` prints the recorded table.

ProxySPEX explains each development game of
:mod:`shapiq_spex.benchmark.games.near_games` with FBII of order 2, by default and for several laws
(``keep=``), and with SV and FSII by default (k-SII and STII have the rows of FSII). What its report
states of each region is compared with R2 within sizes on coalitions of the region, without those
that were evaluated, as far as there are others of their size
(:mod:`shapiq_spex.benchmark.games.size_regions`); what its headline states, with the worst of the
regions that were asked for and judged, or with R2 over all sizes where it is that.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import (
    BenchmarkGame,
    GameRecipe,
    available,
    with_memory,
)
from shapiq_spex.benchmark.games.near_games import GAME_FAMILIES, NEAR_DEVELOPMENT, family_of
from shapiq_spex.benchmark.games.size_regions import REGIONS as OF_KEEP
from shapiq_spex.benchmark.games.size_regions import JudgedRegions
from shapiq_spex.benchmark.measuring.csv_records import DIGITS, append_records, read_records
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.studies.command_line import add_seeds, known_names, study_command
from shapiq_spex.designs.law import Keep, size_weights
from shapiq_spex.reports.report import Report

UNITS = (1.0, 2.0, 8.0)
"""Budgets in units of n log2 n."""

LAWS: Mapping[str, tuple[str, int, Keep | Literal["auto"]]] = {
    "default": ("FBII", 2, "auto"),
    "p 0.8": ("FBII", 2, 0.8),
    "near": ("FBII", 2, "near"),
    "uniform": ("FBII", 2, "uniform"),
    "sizes": ("FBII", 2, "sizes"),
    "SV": ("SV", 1, "auto"),
    "FSII": ("FSII", 2, "auto"),
}
"""What ProxySPEX is asked, by the name in the table: index, order and ``keep``."""

REGIONS: Mapping[Keep, str] = {
    "near": "near",
    0.9: "p 0.9",
    0.8: "p 0.8",
    0.5: "half",
    0.1: "few",
    "sizes": "sizes",
    "kernel": "kernel",
}
"""The regions of reports, by the names of those in which explanations are judged."""

JUDGED = {**OF_KEEP, **{name: partial(size_weights, keep=name) for name in ("sizes", "kernel")}}
"""Their laws."""

HEADLINE = "headline"
"""The name of what the report states first: the worst of what was asked for."""

LARGE = ("wide200 boosting s9", "valuation200 neighbours digits")
"""Games of 200 players, which are left out unless they are named (a choice; bounds the time)."""

QUICK = ("wine13 network", "cancer30 boosting", "cancer30 network marginal", "digits64 network")
"""The games of ``--quick``."""

FRESH = 2000
"""Coalitions of each region (a choice: an R2 of .9 has a standard error of about .003)."""


@dataclass(frozen=True)
class RegionRun:
    """What a report states of a region, and the truth.

    Attributes:
        game: The game.
        n_players: Its number of players.
        units: The budget in units of n log2 n.
        seed: The seed of the approximator.
        law: What was asked.
        region: The region, or the headline.
        asked: Whether it was asked for.
        rows: The number of ablations.
        draws: Those in the region, as draws of equal weight; 0 for the headline.
        reported: The R2 that the report states; NaN if it says that this is unknown.
        bound: What it exceeds with 95% confidence; NaN if there is none.
        true: R2 on fresh coalitions; NaN for a constant game.
        reason: Why nothing is stated.
        environment: Versions, machine and date.
    """

    game: str
    n_players: int
    units: float
    seed: int
    law: str
    region: str
    asked: bool
    rows: int
    draws: int
    reported: float
    bound: float
    true: float
    reason: str
    environment: str

    @property
    def away(self) -> float:
        """How much too high the stated R2 is, R2 below 0 taken as 0; NaN if it is unknown."""
        return float(np.maximum(self.reported, 0.0) - np.maximum(self.true, 0.0))


def statements(
    run: RegionRun, report: Report, truth: Mapping[str, tuple[float, float]]
) -> Iterator[RegionRun]:
    """What a report states of each region and in its headline, with the truth.

    Args:
        run: The run without statements.
        report: The report.
        truth: R2, and R2 within sizes, in the regions in which explanations are judged.
    """
    for score in report.regions:
        region = REGIONS[score.keep]
        yield replace(
            run,
            region=region,
            asked=score.asked,
            draws=score.draws,
            reported=score.r_squared,
            bound=score.interval[0],
            true=truth[region][1],
            reason=score.reason,
        )
    known = [truth[REGIONS[r.keep]][1] for r in report.regions if r.asked and r.known]
    over_all = [REGIONS[r.keep] for r in report.regions if r.asked and r.of_all_sizes]
    over_all += ["half"] * (run.law == "uniform")
    if known or over_all:  # otherwise the headline is that of all rows, by their law
        yield replace(
            run,
            region=HEADLINE,
            reported=report.faithfulness,
            bound=report.faithfulness_bound,
            true=float(np.min(known)) if known else truth[over_all[0]][0],
        )


def measure(
    game: BenchmarkGame, judged: JudgedRegions, stamp: str, *, units: float, seed: int, law: str
) -> Iterator[RegionRun]:
    """Explain a game and compare all statements of the report with the truth."""
    index, order, keep = LAWS[law]
    approximator = ProxySPEX(
        n=game.n_players, index=index, max_order=order, random_state=seed, keep=keep
    )
    approximator.approximate(game.budget(units), game.value)
    report = approximator.report_
    run = RegionRun(
        game.name, game.n_players, units, seed, law, HEADLINE, True, report.rows, 0,
        math.nan, math.nan, math.nan, "", stamp,
    )  # fmt: skip
    evaluated = approximator.ablations_[0]
    yield from statements(run, report, judged.scores(approximator.spectrum_.evaluate, evaluated))


def run(
    path: Path,
    games: Mapping[str, GameRecipe],
    *,
    units: Sequence[float] = UNITS,
    seeds: Sequence[int] = range(2),
    laws: Sequence[str] = tuple(LAWS),
    progress: Callable[[str], object] = print,
) -> None:
    """Measure and append to a file; what is in it is skipped. The largest budget takes one seed."""
    done = {(r.game, r.units, r.seed, r.law) for r in read_records(path, RegionRun)}
    stamp = environment()
    for made in games.values():
        for plain in available([made]):
            game = replace(plain, value=with_memory(plain.value))  # laws share many rows
            wanted = [
                (unit, seed, law)
                for unit in units
                if game.budget(unit) < 2**game.n_players
                for seed in (seeds if unit < UNITS[-1] else seeds[:1])
                for law in laws
                if (game.name, unit, seed, law) not in done
            ]
            judged = JudgedRegions(game, FRESH, JUDGED) if wanted else None
            for unit, seed, law in wanted:
                assert judged is not None
                made_runs = measure(game, judged, stamp, units=unit, seed=seed, law=law)
                append_records(path, made_runs, RegionRun, DIGITS)
            progress(game.name)


def region_tables(runs: Sequence[RegionRun]) -> str:
    """What was measured, then R2 and bounds by law and region, by budget and by family."""
    regions = [*dict.fromkeys(REGIONS.values()), HEADLINE]
    by_region = [
        [law, region, *_figures(chosen)]
        for law in LAWS
        for region in regions
        if (chosen := [r for r in runs if (r.law, r.region) == (law, region)])
    ]
    of_regions = [r for r in runs if r.region != HEADLINE]
    by_budget = [
        [f"{unit:g}", family, *_figures(chosen)]
        for unit in UNITS
        for family in GAME_FAMILIES
        if (chosen := [r for r in of_regions if (r.units, family_of(r.game)) == (unit, family)])
    ]
    head = ["statements", "R2 - true, mean", "median", "above by .05", "bounds", "hold", "unknown"]
    tables = (
        markdown_table([*first, *head], lines)
        for first, lines in (
            (["keep", "region"], by_region),
            (["n log2 n", "family"], by_budget),
        )
        if lines
    )
    return "\n\n".join((region_scope(runs), *tables)) if runs else ""


def region_scope(runs: Sequence[RegionRun]) -> str:
    """The games, budgets and seeds that were measured, and the development games that were not."""
    games = dict.fromkeys(run.game for run in runs)
    budgets: list[str] = []
    for unit in sorted({run.units for run in runs}):
        seeds = Counter(game for game, _ in {(r.game, r.seed) for r in runs if r.units == unit})
        each = " to ".join(f"{n}" for n in sorted({min(seeds.values()), max(seeds.values())}))
        budgets.append(f"{unit:g} n log2 n ({len(seeds)} games, seeds of each: {each})")
    missing = [name for name in NEAR_DEVELOPMENT if name not in games]
    return (
        f"Measured: {_games(runs)}: {', '.join(games)}. Budgets: {', '.join(budgets)}. "
        f"Development games that were not measured: {', '.join(missing) or 'none'}."
    )


def _games(runs: Sequence[RegionRun]) -> str:
    players = {run.game: run.n_players for run in runs}
    low, high = min(players.values()), max(players.values())
    return f"{len(players)} games of {low} to {high} players"


def region_sentence(runs: Sequence[RegionRun]) -> str:
    """How right the statements about regions are, and on what, in a part of a sentence."""
    of_regions = [run for run in runs if run.region != HEADLINE]
    count, mean, _, above, bounds, hold, _ = _figures(of_regions)
    if not of_regions:
        return "has not been measured"
    units = [run.units for run in of_regions]
    return (
        f"was too high by {mean} in the mean of {count} statements, and by more than .05 in "
        f"{above} of them; {hold} of {bounds} bounds of 95% held, on {_games(runs)} with "
        f"{min(units):g} to {max(units):g} n log2 n ablations"
    )


def _figures(runs: Sequence[RegionRun]) -> list[str]:
    away = np.array([run.away for run in runs if math.isfinite(run.away)])
    bounds = [
        run.bound <= run.true
        for run in runs
        if math.isfinite(run.bound) and math.isfinite(run.true)
    ]
    return [
        str(len(away)),
        f"{away.mean():+.3f}" if len(away) else "-",
        f"{np.median(away):+.3f}" if len(away) else "-",
        f"{np.mean(away > 0.05):.0%}" if len(away) else "-",
        str(len(bounds)),
        f"{np.mean(bounds):.0%}" if bounds else "-",
        str(sum(bool(run.reason) for run in runs)),
    ]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="a few games, one seed and budget")
    parser.add_argument("--games", nargs="+", metavar="NAME", help="only games with these names")
    parser.add_argument("--laws", nargs="+", metavar="NAME", help="only these rows of the table")
    add_seeds(parser, default=2)


def _run(options: argparse.Namespace) -> None:
    games = {name: made for name, made in NEAR_DEVELOPMENT.items() if name not in LARGE}
    names = options.games or (QUICK if options.quick else list(games))
    known_names(names, NEAR_DEVELOPMENT, "games")
    laws = options.laws or list(LAWS)
    known_names(laws, LAWS, "laws")
    run(
        options.file,
        {name: NEAR_DEVELOPMENT[name] for name in names},
        units=UNITS[1:2] if options.quick else UNITS,
        seeds=range(1 if options.quick else options.seeds),
        laws=laws,
    )


main = study_command(
    "region_calibration",
    __doc__,
    ("regions.csv", RegionRun),
    region_tables,
    run=_run,
    options=_add_options,
)

if __name__ == "__main__":
    main()
