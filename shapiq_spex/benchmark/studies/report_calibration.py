"""Whether reports tell the truth: R2 and its bound, what interactions add, forecasts and advice.

``python -m shapiq_spex.benchmark.studies.report_calibration run FILE`` measures the runs that are
not in the file yet (``--quick``: a few games, one seed, two budgets), ``... table`` prints the
recorded table.

The constants of reports were chosen on the games ``TUNING`` of
:mod:`shapiq_spex.benchmark.games.calibration_games`; ``REPORTED`` is the other half. (When its
seeds 0 and 1 were first seen, the reach of bounds was 1.75 and the exponent of forecasts at best
was 2.) ProxySPEX explains each game with FBII of order 2, that is, from uniform coalitions. The
truth comes from fresh coalitions of the same law: 3,000 random ones, or all 2^n for at most 12
players, in both cases without those that were evaluated. The best additive explanation of the same
rows is the better one, on the fresh rows, of a lasso and of a ridge regression whose penalties are
cross-validated. The R2 of the larger budgets tells how many ablations a forecast should have named.
What reports say of regions, under other laws as well, is measured by
:mod:`shapiq_spex.benchmark.studies.region_calibration`.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.linear_model import RidgeCV

from shapiq_spex.approximators.one_thread import one_thread
from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, GameRecipe, available
from shapiq_spex.benchmark.games.calibration_games import FAMILIES, REPORTED, TUNING, Family
from shapiq_spex.benchmark.games.known_indices import exact_spectrum
from shapiq_spex.benchmark.measuring.csv_records import DIGITS, append_records, read_records
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.meter import MeteredGame
from shapiq_spex.benchmark.studies.command_line import add_seeds, known_names, study_command
from shapiq_spex.estimators.held_out import r_squared
from shapiq_spex.estimators.sparse.additive import Additive
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.terms import Term, Vector
from shapiq_spex.reports.prediction import interactions_of
from shapiq_spex.reports.region_scores import GOOD, POOR
from shapiq_spex.reports.report import Report

UNITS = (0.5, 1.0, 2.0, 4.0)
"""Budgets of the reports that are judged, in units of n log2 n."""

TARGETS = (0.9, 0.95)
"""The R2 that forecasts are judged for."""

WRONG = 0.1
"""The relative squared error from which values are not to be trusted (a choice)."""

FORECASTS = ("reached", "at least more", "at most more")
"""The statements of forecasts."""

_LARGEST = 8.0
"""The budget beyond these that decides forecasts."""

_FRESH, _ENUMERATED = 3000, 12
"""Fresh coalitions, and the most players for which all others are used (choices)."""

QUICK = ("diabetes10 forest", "lookup 14", "noisy threshold 13", "jump of 5 12")
"""The games of ``--quick``."""


@dataclass(frozen=True)
class ReportRun:
    """A report and the truth.

    Attributes:
        half: ``"tuning"`` or ``"reported"``.
        family: The family of the game.
        game: The game.
        n_players: Its number of players.
        units: The budget in units of n log2 n.
        seed: The seed of the approximator.
        rows: The number of ablations.
        reported: The R2 that the report states.
        bound: What it exceeds with 95% confidence; NaN if there is none.
        true: The R2 on fresh coalitions.
        gain: The share of the additive error that interactions are said to remove.
        gain_bound: Its lower bound; NaN if there is none.
        true_gain: The true share.
        effective_pairs: Those of the report.
        right: The sentences of the advice that turned out to be true, separated by semicolons.
        wrong: Those that turned out to be false.
        seconds: CPU seconds of the approximation, without those of the game.
        environment: Versions, machine and date.
    """

    half: str
    family: str
    game: str
    n_players: int
    units: float
    seed: int
    rows: int
    reported: float
    bound: float
    true: float
    gain: float
    gain_bound: float
    true_gain: float
    effective_pairs: float
    right: str
    wrong: str
    seconds: float
    environment: str


@dataclass(frozen=True)
class Truth:
    """What is true of an explanation.

    Attributes:
        r_squared: R2 on fresh coalitions.
        additive: R2 of the best additive explanation of the same rows.
        gain: The share of the additive explanation's squared error that interactions remove.
        value_error: The squared error of the players' values over their squared exact values; NaN
            if these are not known.
        pair_error: The same for pairs.
        largest_are_right: Whether the three largest values of players have the right sign.
        rows: The ablations of this and all other budgets.
        reached: The true R2 with each.
    """

    r_squared: float
    additive: float
    gain: float
    value_error: float = math.nan
    pair_error: float = math.nan
    largest_are_right: bool = False
    rows: tuple[int, ...] = ()
    reached: tuple[float, ...] = ()


def fresh_rows(n_players: int, evaluated: Coalitions, seed: int) -> Coalitions:
    """Uniform coalitions that were not evaluated; all of them for few players."""
    if n_players <= _ENUMERATED:
        drawn = Coalitions.all_of(n_players)
    else:
        rng = np.random.default_rng([seed, n_players])
        drawn = Coalitions.from_dense(rng.random((_FRESH, n_players)) < 0.5).distinct()[0]
    return drawn[~np.isin(drawn.keys(), evaluated.keys())]


def additive_predictions(
    coalitions: Coalitions, values: Vector, others: Coalitions
) -> list[Vector]:
    """Predictions of other coalitions by a lasso and by a ridge regression on single players."""
    lasso = Additive().fit(coalitions, values, rng=np.random.default_rng(0)).spectrum
    ridge = RidgeCV(np.geomspace(1e-3, 1e3, 13)).fit(coalitions.dense(), values)
    return [lasso.evaluate(others), ridge.predict(others.dense())]


def explained(game: BenchmarkGame, units: float, seed: int) -> tuple[Report, Truth, float] | None:
    """A report, the truth without forecasts, and CPU seconds; None if all coalitions are asked."""
    budget = game.budget(units)
    if budget >= 2**game.n_players:
        return None
    approximator = ProxySPEX(
        n=game.n_players, index="FBII", max_order=2, random_state=seed, keep="uniform"
    )
    clock = MeteredGame(game)
    started = time.process_time()
    values = approximator.approximate(budget, clock)
    seconds = time.process_time() - started - clock.seconds
    evaluated, answers = approximator.ablations_
    others = fresh_rows(game.n_players, evaluated, seed)
    answered = np.asarray(game.value(others.dense()), dtype=np.float64)
    found = r_squared(answered, approximator.spectrum_.evaluate(others))
    with one_thread():
        additive = max(
            r_squared(answered, predicted)
            for predicted in additive_predictions(evaluated, answers, others)
        )
    gain = 1.0 - (1.0 - found) / (1.0 - additive) if additive < 1.0 else math.nan
    truth = Truth(found, additive, gain, *errors_of_values(game, interactions_of(values)))
    return approximator.report_, truth, seconds


def errors_of_values(
    game: BenchmarkGame, values: Mapping[Term, float]
) -> tuple[float, float, bool]:
    """The relative squared errors of players and pairs, and whether the largest signs are right."""
    spectrum = exact_spectrum(game) if game.is_enumerable else None
    if spectrum is None:
        return math.nan, math.nan, False
    exact = convert(spectrum, "FBII", 2).to_dict()
    singles, pairs = (list(combinations(range(game.n_players), size)) for size in (1, 2))

    def error(terms: Sequence[Term]) -> float:
        given, true = (np.array([of.get(term, 0.0) for term in terms]) for of in (values, exact))
        return float(((given - true) ** 2).sum() / (true**2).sum()) if true.any() else math.nan

    largest = sorted(singles, key=lambda term: -abs(values.get(term, 0.0)))[:3]
    right = all(values.get(term, 0.0) * exact.get(term, 0.0) > 0 for term in largest)
    return error(singles), error(pairs), right


def judged_sentences(report: Report, truth: Truth) -> Iterator[tuple[str, bool]]:
    """The kinds of the statements that a report makes, and whether they turned out to be true.

    Statements that the largest budget does not decide are left out.
    """
    if math.isfinite(report.faithfulness_bound):
        yield "R2 at least", report.faithfulness_bound <= truth.r_squared
    if "worth a look" in report.verdict:
        yield "gain at least", truth.gain >= report.interaction_gain_interval[0]
    if report.faithfulness < POOR and math.isfinite(truth.value_error):
        yield "trust no values", truth.value_error > WRONG
    elif report.faithfulness < GOOD and math.isfinite(truth.pair_error):
        yield "trust no interactions", truth.pair_error > WRONG
        yield "trust the largest", truth.largest_are_right
    for target in TARGETS:
        yield from _judged_forecast(report, truth, target)


def _judged_forecast(report: Report, truth: Truth, target: float) -> Iterator[tuple[str, bool]]:
    expected = report.forecast(target)
    if not expected:
        return
    if expected.high <= report.rows:
        yield FORECASTS[0], truth.r_squared >= target
        return
    needed = ablations_needed(truth.rows, truth.reached, target)
    known = math.inf if needed is None else needed
    most = truth.rows[-1]
    if expected.low > report.rows and (needed or most >= expected.low):
        yield FORECASTS[1], known >= expected.low
    if math.isfinite(expected.high) and (needed or most >= expected.high):
        yield FORECASTS[2], known <= expected.high


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


def measure(half: str, family: Family, game: BenchmarkGame, seed: int) -> list[ReportRun]:
    """All budgets of a game and seed."""
    made = [(units, explained(game, units, seed)) for units in (*UNITS, _LARGEST)]
    found = [(units, *run) for units, run in made if run is not None]
    rows = tuple(report.rows for _, report, _, _ in found)
    reached = tuple(truth.r_squared for _, _, truth, _ in found)
    stamp = environment()
    runs: list[ReportRun] = []
    for units, report, own, seconds in found:
        if units > UNITS[-1]:
            continue
        truth = replace(own, rows=rows, reached=reached)
        sentences = list(judged_sentences(report, truth))
        runs.append(
            ReportRun(
                half, family, game.name, game.n_players, units, seed, report.rows,
                report.faithfulness, report.faithfulness_bound, truth.r_squared,
                report.interaction_gain, report.interaction_gain_interval[0], truth.gain,
                report.effective_pairs,
                ";".join(kind for kind, right in sentences if right),
                ";".join(kind for kind, right in sentences if not right),
                seconds, stamp,
            )
        )  # fmt: skip
    return runs


def run(
    path: Path,
    halves: Mapping[str, Mapping[str, tuple[Family, GameRecipe]]],
    *,
    seeds: Sequence[int] = range(2),
) -> None:
    """Measure and append to a file; games and seeds that are in it are skipped."""
    done = {(row.game, row.seed) for row in read_records(path, ReportRun)}
    for half, games in halves.items():
        for name, (family, made) in games.items():
            wanted = [seed for seed in seeds if (name, seed) not in done]
            for game in available([made] if wanted else []):
                for seed in wanted:
                    append_records(path, measure(half, family, game, seed), ReportRun, DIGITS)
                print(name, flush=True)


def calibration_table(runs: Sequence[ReportRun]) -> str:
    """R2 and bounds by half and family, then every kind of sentence, as Markdown."""
    head = ["games", "family", "n log2 n", "runs", "R2 - true, mean", "median"]
    head += ["above by .05", "bound", "holds", "gain bound", "holds"]
    lines = [
        [half, family, "all" if units is None else f"{units:g}", *_figures(chosen)]
        for half in ("tuning", "reported")
        for family in FAMILIES
        for units in (*UNITS, None)
        if (chosen := [r for r in runs if _is_of(r, half, family) and units in (None, r.units)])
    ]
    return "\n\n".join(filter(None, (markdown_table(head, lines), _statement_table(runs))))


def _is_of(run: ReportRun, half: str, family: str) -> bool:
    return (run.half, run.family) == (half, family)


def _figures(runs: Sequence[ReportRun]) -> list[str]:
    known = [run for run in runs if math.isfinite(run.reported)]
    away = np.array([run.reported - run.true for run in known])
    bounds = [run.bound <= run.true for run in runs if math.isfinite(run.bound)]
    gains = [run.gain_bound <= run.true_gain for run in runs if math.isfinite(run.gain_bound)]
    return [
        str(len(runs)),
        f"{away.mean():+.3f}" if len(away) else "-",
        f"{np.median(away):+.3f}" if len(away) else "-",
        f"{np.mean(away > 0.05):.0%}" if len(away) else "-",
        *(text for held in (bounds, gains) for text in (str(len(held)), _share(held))),
    ]


def _share(held: Sequence[bool]) -> str:
    return f"{np.mean(held):.0%}" if held else "-"


def outcomes(runs: Iterable[ReportRun]) -> dict[str, list[bool]]:
    """Whether the statements of each kind turned out to be true."""
    found: dict[str, list[bool]] = {}
    for made in runs:
        for kinds, outcome in ((made.right, True), (made.wrong, False)):
            for kind in filter(None, kinds.split(";")):
                found.setdefault(kind, []).append(outcome)
    return found


def _statement_table(runs: Sequence[ReportRun]) -> str:
    """How often each kind of statement turned out to be true; rare terms aside."""
    groups = {
        "tuning": outcomes(r for r in runs if r.half == "tuning" and r.family != "rare"),
        "reported": outcomes(r for r in runs if r.half == "reported" and r.family != "rare"),
        "rare": outcomes(r for r in runs if r.family == "rare"),
    }
    kinds = sorted(set().union(*groups.values()))
    lines = [
        [kind, *(f"{_share(held)} of {len(held)}" for held in of_groups)]
        for kind in kinds
        for of_groups in [[found.get(kind, []) for found in groups.values()]]
    ]
    return markdown_table(["statement", *groups], lines)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="a few games and one seed")
    parser.add_argument("--games", nargs="+", metavar="NAME", help="only games with these names")
    parser.add_argument("--half", choices=["tuning", "reported"], help="only this half")
    add_seeds(parser, default=2)


def _run(options: argparse.Namespace) -> None:
    halves = {"tuning": TUNING, "reported": REPORTED}
    if options.half:
        halves = {options.half: halves[options.half]}
    every = [name for games in halves.values() for name in games]
    names = options.games or (QUICK if options.quick else every)
    known_names(names, every, "games")
    chosen = {
        half: {name: made for name, made in games.items() if name in names}
        for half, games in halves.items()
    }
    run(options.file, chosen, seeds=range(1 if options.quick else options.seeds))


main = study_command(
    "report_calibration",
    __doc__,
    ("calibration.csv", ReportRun),
    calibration_table,
    run=_run,
    options=_add_options,
)

if __name__ == "__main__":
    main()
