"""How often intervals contain the true value: the benchmark behind :mod:`shapiq_spex.intervals`.

``python -m shapiq_spex.benchmark.studies.coverage run FILE`` measures, ``... table FILE`` prints Markdown.

The games are real ones. With at most 14 players they are enumerated, so that every index is known
exactly; for more, the truth is the difference estimate from 60,000 further coalitions, whose error
is about a tenth of that of the largest budget here. Thresholds were chosen on the games of
``TUNING``; those of ``REPORTED`` differ from them in the model, the imputation or the row
(:mod:`shapiq_spex.benchmark.games.coverage_games`).
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.designs import SizeLaw, sample_coalitions, size_weights
from shapiq_spex.approximators.observed import restore_observed
from shapiq_spex.approximators.one_thread import one_thread
from shapiq_spex.approximators.sampling import best_design, best_law
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, GameRecipe, available
from shapiq_spex.benchmark.games.coverage_games import QUICK, REPORTED, TUNING
from shapiq_spex.benchmark.measuring.csv_records import read_records
from shapiq_spex.benchmark.measuring.results_file import environment
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow, coverage_table
from shapiq_spex.estimators.blend import Blend, Mode
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.indices import convert
from shapiq_spex.fourier.spectrum import Spectrum, Vector
from shapiq_spex.fourier.terms import Term
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.intervals.crossfit import CrossFit
from shapiq_spex.intervals.difference import differences
from shapiq_spex.intervals.hull import Sample, hull_intervals
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.intervals.strata import Draw, strata_of

UNITS = (1.0, 2.0, 4.0, 8.0)
"""Budgets in units of n log2 n."""

INDICES: tuple[tuple[str, int], ...] = (
    ("SV", 1),
    ("k-SII", 2),
    ("FSII", 2),
    ("STII", 2),
    ("BV", 1),
    ("FBII", 2),
    ("BII", 3),
)
"""The indices measured, with their largest order. Up to order 2, SII and kADD-SHAP consist of
values of SV, k-SII and FSII, and BII of those of BV and FBII; Fourier is a multiple of BII."""

TOP = {1: 5, 2: 10, 3: 10}
"""How many of the largest reported values of each order count as "top"."""

REFERENCE_ROWS = 60_000

Truth = dict[tuple[str, int], dict[Term, float]]


def run(
    path: str | Path,
    games: Mapping[str, GameRecipe],
    *,
    units: Sequence[float] = UNITS,
    seeds: Iterable[int] = range(3),
    mode: Mode = "fast",
) -> None:
    """Measure and append to a CSV file; games that are in it already, with this mode, are skipped.

    Args:
        path: The file.
        games: The games.
        units: The budgets.
        seeds: The seeds.
        mode: The proxy, see :class:`~shapiq_spex.estimators.blend.Blend`.
    """
    done = (
        {(row.game, row.proxy) for row in read_records(path, CoverageRow)}
        if Path(path).exists()
        else set()
    )
    seeds = list(seeds)
    for game in available(made for name, made in games.items() if (name, mode) not in done):
        truth = true_values(game)
        rows = [
            row
            for unit in units
            for seed in seeds
            for design, indices in _designs(game.n_players).items()
            for row in measure(game, truth, indices, *design, units=unit, seed=seed, mode=mode)
        ]
        _append(path, rows)
        sys.stdout.write(f"{game.name}: {len(rows)} lines\n")
        sys.stdout.flush()


def _designs(n_players: int) -> dict[tuple[SizeLaw, bool], list[tuple[str, int]]]:
    """The indices by the design that ProxySPEX uses for them: law of sizes, in pairs or not."""
    designs: dict[tuple[SizeLaw, bool], list[tuple[str, int]]] = {}
    for index, max_order in INDICES:
        design = best_design(index, max_order, n_players)
        designs.setdefault(design, []).append((index, max_order))
    return designs


def measure(
    game: BenchmarkGame,
    truth: Truth,
    indices: Sequence[tuple[str, int]],
    law: SizeLaw,
    paired: bool,
    *,
    units: float,
    seed: int,
    mode: Mode,
) -> Iterator[CoverageRow]:
    """One run: indices of one design share the coalitions and the fits, which are the same.

    Args:
        game: The game.
        truth: Its true values.
        indices: The indices, with their largest orders.
        law: The law of coalition sizes.
        paired: Whether complements are drawn as well.
        units: The budget in units of n log2 n.
        seed: The seed of everything.
        mode: The proxy.
    """
    stamp = environment()
    n, proxy, weights = game.n_players, Blend(mode), size_weights(game.n_players, law)
    design, recovery, folds = np.random.SeedSequence(seed).spawn(3)
    rng = np.random.default_rng(design)
    coalitions = sample_coalitions(n, game.budget(units), weights, paired=paired, rng=rng)
    if len(coalitions) == 2.0**n:
        return
    values = np.asarray(game.value(coalitions.dense()), dtype=np.float64)
    with one_thread():
        fit = proxy.fit(coalitions.dense(), values, rng=np.random.default_rng(recovery))
        sample = Sample(coalitions, values, Draw(weights, paired), proxy, folds)
        for index, max_order in indices:
            spectrum = restore_observed(
                fit.spectrum,
                coalitions,
                values,
                sample.draw,
                index=index,
                max_order=max_order,
            )
            reported = convert(spectrum, index, max_order).to_dict()
            true = truth[index, max_order]
            for order in range(1, max_order + 1):
                terms = [term for term in true if len(term) == order]
                if not terms:
                    continue
                estimates = np.array([reported.get(term, 0.0) for term in terms])
                intervals = hull_intervals(
                    sample, index, max_order, terms, estimates, confidence=0.9
                )
                counts = _count(intervals, np.array([true[term] for term in terms]), TOP[order])
                yield CoverageRow(
                    game.name, n, mode, law, paired, index, max_order, order, units, seed,
                    len(terms), **counts, environment=stamp,
                )  # fmt: skip


def true_values(game: BenchmarkGame) -> Truth:
    """The true values of all indices, including zeros; up to order 2 for many players."""
    n = game.n_players
    if game.is_enumerable:
        exact = spectrum_of_table(game.value(Coalitions.all_of(n).dense()))
        return {
            (index, max_order): {
                term: values.get(term, 0.0)
                for size in _orders(index, max_order)
                for term in combinations(range(n), size)
            }
            for index, max_order in INDICES
            for values in [convert(exact, index, max_order).to_dict()]
        }
    fits = {law: _reference_fit(game, law) for law, _ in _designs(n)}
    truth: Truth = {key: {} for key in INDICES}
    for index, max_order in INDICES:
        for size in range(1, min(max_order, 2) + 1):
            if max_order > 2 or (index, size) == ("STII", 1):
                continue
            terms = list(combinations(range(n), size))
            estimates = differences(
                fits[best_law(index, max_order, n)], index, max_order, terms
            ).estimates
            truth[index, max_order] |= dict(zip(terms, estimates.tolist(), strict=True))
    return truth


def _orders(index: str, max_order: int) -> range:
    """The orders that are measured; the lower ones of BII are known as BV and FBII."""
    return range(max_order if index == "BII" else 1, max_order + 1)


def _reference_fit(game: BenchmarkGame, law: SizeLaw) -> CrossFit:
    """A proxy fitted to some coalitions, and what it misses on very many other ones."""
    weights = size_weights(game.n_players, law)
    rng = np.random.default_rng(game.n_players)
    few = sample_coalitions(game.n_players, 2000, weights, paired=True, rng=rng)
    with one_thread():
        fit = Blend("fast").fit(few.dense(), np.asarray(game.value(few.dense())), rng=rng)
    many = sample_coalitions(game.n_players, REFERENCE_ROWS, weights, paired=True, rng=rng)
    return missed(fit.spectrum, many, np.asarray(game.value(many.dense())), weights)


def missed(spectrum: Spectrum, coalitions: Coalitions, values: Vector, weights: Vector) -> CrossFit:
    """What a function misses on coalitions that it was not fitted to."""
    strata = strata_of(coalitions, Draw(weights, paired=True))
    residuals = values - spectrum.evaluate(coalitions)
    return CrossFit(coalitions, strata, spectrum, residuals, residuals[strata.units])


def _count(intervals: Intervals, true: Vector, most: int) -> dict[str, Any]:
    given, values = intervals.given, intervals.values
    scale = float(np.sqrt(np.mean(true**2)))
    # exact fits give intervals as wide as rounding, and the truth is rounded as well
    slack = 1e-9 * scale
    inside = (intervals.lower - slack <= true) & (true <= intervals.upper + slack)
    top = np.zeros(len(true), dtype=np.bool_)
    top[np.argsort(-np.abs(values), kind="stable")[:most]] = True
    large = np.abs(true) >= scale
    sign_of = dict(zip(intervals.interactions, np.sign(true * values).tolist(), strict=True))
    established = intervals.established()

    def number(mask: NDArray[np.bool_]) -> int:
        return int(mask.sum())

    return {
        "given": number(given),
        "covered": number(inside & given),
        "top": number(top & given),
        "top_covered": number(top & inside & given),
        "large": number(large & given),
        "large_covered": number(large & inside & given),
        "half_width": float((intervals.upper - intervals.lower)[given].mean() / 2 / scale)
        if given.any()
        else float("nan"),
        "error": float(np.sqrt(np.mean((values - true) ** 2))) / scale,
        "established": len(established),
        "wrong_signs": sum(sign_of[term] <= 0 for term in established),
    }


def _append(path: str | Path, rows: Sequence[CoverageRow]) -> None:
    new = not Path(path).exists()
    with Path(path).open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(CoverageRow)])
        if new:
            writer.writeheader()
        writer.writerows(
            asdict(row) | {"half_width": f"{row.half_width:.4g}", "error": f"{row.error:.4g}"}
            for row in rows
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(
        prog="python -m shapiq_spex.benchmark.studies.coverage", description=__doc__
    )
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run", help="measure the games that are not in the file yet")
    runs.add_argument("results", help="results file (CSV); lines are appended")
    runs.add_argument("--quick", action="store_true", help="two games, one budget, one seed")
    runs.add_argument("--tuning", action="store_true", help="the games that thresholds come from")
    runs.add_argument("--games", nargs="+", metavar="NAME", help="only games with these names")
    runs.add_argument("--seeds", type=int, default=3, help="number of seeds (default 3)")
    runs.add_argument("--full", action="store_true", help="the full proxy (five times slower)")
    tables = commands.add_parser("table", help="print the table as Markdown")
    tables.add_argument("results", help="results file (CSV)")
    tables.add_argument("--game", help="of this game only")
    options = parser.parse_args(arguments)
    if options.command == "table":
        rows = read_records(options.results, CoverageRow)
        chosen = [row for row in rows if options.game in (None, row.game)]
        sys.stdout.write(coverage_table(chosen) + "\n")
        return
    games = TUNING if options.tuning else REPORTED
    names = options.games or (QUICK if options.quick else list(games))
    if unknown := [name for name in names if name not in games]:
        sys.exit(f"unknown games: {', '.join(unknown)}; known: {', '.join(games)}")
    run(
        options.results,
        {name: games[name] for name in names},
        units=(4.0,) if options.quick else UNITS,
        seeds=range(1 if options.quick else options.seeds),
        mode="full" if options.full else "fast",
    )


if __name__ == "__main__":
    main()
