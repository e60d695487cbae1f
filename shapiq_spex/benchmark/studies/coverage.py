"""How often intervals contain the true value.

``python -m shapiq_spex.benchmark.studies.coverage run FILE`` measures the games that are not in the
file yet, ``... table`` prints the recorded table, which :mod:`shapiq_spex.intervals` documents.

The games are real ones. Games with at most 14 players are enumerated, so that every index is known
exactly. For the others, the truth is the difference estimate from 60,000 further coalitions.
Thresholds were chosen on the games ``TUNING``. The games ``REPORTED`` differ from these in the
model, the imputation or the row (:mod:`shapiq_spex.benchmark.games.coverage_games`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.approximators.one_thread import one_thread
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, GameRecipe, available
from shapiq_spex.benchmark.games.coverage_games import REPORTED, TUNING
from shapiq_spex.benchmark.games.known_indices import exact_spectrum
from shapiq_spex.benchmark.measuring.csv_records import DIGITS, append_records, read_records
from shapiq_spex.benchmark.measuring.environment import environment
from shapiq_spex.benchmark.studies.command_line import (
    add_seeds,
    known_names,
    study_command,
)
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow, coverage_table
from shapiq_spex.designs.law import Keep, SizeLaw
from shapiq_spex.designs.random_coalitions import RandomRows, sample_coalitions
from shapiq_spex.designs.suitable_law import suitable_law, suitable_law_name
from shapiq_spex.estimators.blend.blend import Blend, Mode
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.terms import Term, Vector
from shapiq_spex.intervals.difference import differences
from shapiq_spex.intervals.fold_fits import HeldOutResiduals
from shapiq_spex.intervals.hull import RandomSample, hull_intervals
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.intervals.strata import Strata, strata_of
from shapiq_spex.surrogate.correction import corrected

UNITS = (1.0, 2.0, 4.0, 8.0)
"""Budgets in units of n log2 n."""

CHECKED_INDICES: tuple[tuple[str, int], ...] = (
    ("SV", 1),
    ("k-SII", 2),
    ("FSII", 2),
    ("STII", 2),
    ("BV", 1),
    ("FBII", 2),
    ("BII", 3),
    *(
        (f"{family}({p})", max_order)
        for p in (0.7, 0.8, 0.9)
        for family, max_order in (("WBV", 1), ("FWBII", 2), ("WBII", 3))
    ),
)
"""The indices measured on rows of their default law, with their largest order.

Up to order 2, SII and kADD-SHAP consist of values of SV, k-SII and FSII, and BII of those of BV and
FBII; Fourier is a multiple of BII. The same holds of WBII(p), WBV(p) and FWBII(p)."""

OTHER_LAWS: Mapping[Keep, tuple[tuple[str, int], ...]] = {
    "uniform": (("FBII", 2), ("BII", 3)),
    "range": (("FWBII(0.9)", 2),),
    0.8: (("FBII", 2),),
    "near": (("FWBII(0.9)", 2), ("FBII", 2)),
}
"""Indices measured on rows of another law that ``keep=`` may name, too."""

TOP = {1: 5, 2: 10, 3: 10}
"""How many of the largest reported values of each order count as "top" (a choice)."""

CONFIDENCE = 0.9
"""The confidence of the intervals."""

REFERENCE_ROWS = 60_000
"""Coalitions of the reference for many players (a choice).

Its standard error is about sqrt(m / 60,000) times that of m coalitions: a seventh for 8 n log2 n
coalitions of 30 players."""

_REFERENCE_FIT_ROWS = 2000  # to which the proxy of the reference is fitted; a choice

Truth = dict[tuple[str, int], dict[Term, float]]

Designs = dict[tuple[Keep, bool], list[tuple[str, int]]]
"""The indices, with their largest orders, by the law of their rows and whether these are paired."""


def run(
    path: Path,
    games: Mapping[str, GameRecipe],
    *,
    units: Sequence[float] = UNITS,
    seeds: Sequence[int] = range(3),
    mode: Mode = "fast",
) -> None:
    """Measure and append to a file; what it has of a game with the same mode is skipped."""
    done = {(row.game, row.proxy, row.law, row.paired) for row in read_records(path, CoverageRow)}
    for game in available(games.values()):
        designs: Designs = {
            (name, paired): indices
            for (name, paired), indices in _designs(game.n_players).items()
            if (game.name, mode, str(name), paired) not in done
        }
        if not designs:
            continue
        truth = true_values(game, designs)
        rows = [
            row
            for unit in units
            for seed in seeds
            for design, indices in designs.items()
            for row in measure(game, truth, indices, design, units=unit, seed=seed, mode=mode)
        ]
        append_records(path, rows, CoverageRow, DIGITS)
        print(f"{game.name}: {len(rows)} lines", flush=True)


def _designs(n_players: int) -> Designs:
    """What ProxySPEX draws for the indices by default, and the laws of :data:`OTHER_LAWS`."""
    designs: Designs = {}
    for index, max_order in CHECKED_INDICES:
        name = suitable_law_name(index, max_order, n_players)
        paired = suitable_law(index, max_order, n_players).paired
        designs.setdefault((name, paired), []).append((index, max_order))
    for name, indices in OTHER_LAWS.items():
        designs.setdefault((name, False), []).extend(indices)
    return designs


def measure(
    game: BenchmarkGame,
    truth: Truth,
    indices: Iterable[tuple[str, int]],
    design: tuple[Keep, bool],
    *,
    units: float,
    seed: int,
    mode: Mode,
) -> Iterator[CoverageRow]:
    """One run: the indices of a design (law of sizes, pairs or not) share coalitions and fits."""
    name, paired = design
    n, law = game.n_players, SizeLaw.named(game.n_players, name, paired=paired)
    proxy = Blend(mode, basis=law.basis)
    drawing, recovery, folds = np.random.SeedSequence(seed).spawn(3)
    coalitions = RandomRows(n, law, drawing).draw(game.budget(units))
    if len(coalitions) == 2.0**n:
        return
    values = np.asarray(game.value(coalitions.dense()), dtype=np.float64)
    stamp = environment()
    with one_thread():
        fit = proxy.fit(coalitions, values, rng=np.random.default_rng(recovery))
        sample = RandomSample(coalitions, values, law, proxy, folds)
        for index, max_order in indices:
            spectrum = corrected(
                fit.spectrum, coalitions, values, law, index=index, max_order=max_order
            )
            reported = convert(spectrum, index, max_order).to_dict()
            for order, true in _by_order(truth[index, max_order]).items():
                estimates = np.array([reported.get(term, 0.0) for term in true])
                intervals = hull_intervals(
                    sample, index, max_order, list(true), estimates, confidence=CONFIDENCE
                )
                counts = count(intervals, np.array(list(true.values())), TOP[order])
                yield CoverageRow(
                    game.name, n, mode, str(name), paired, index, max_order, order, units, seed,
                    len(true), **counts, environment=stamp,
                )  # fmt: skip


def _by_order(values: Mapping[Term, float]) -> dict[int, dict[Term, float]]:
    orders = sorted({len(term) for term in values})
    return {
        order: {term: value for term, value in values.items() if len(term) == order}
        for order in orders
    }


def true_values(game: BenchmarkGame, designs: Designs | None = None) -> Truth:
    """The true values of the indices including zeros; up to order 2 for many players.

    The lower orders of BII and WBII are left out, since they are those of other indices.
    """
    n = game.n_players
    designs = _designs(n) if designs is None else designs
    indices = {key for keys in designs.values() for key in keys}
    if game.is_enumerable:
        exact = exact_spectrum(game)
        assert exact is not None
        return {
            (index, max_order): {
                term: values.get(term, 0.0)
                for size in range(max_order if max_order > 2 else 1, max_order + 1)
                for term in combinations(range(n), size)
            }
            for index, max_order in indices
            for values in [convert(exact, index, max_order).to_dict()]
        }
    best: dict[tuple[str, int], Keep] = {key: suitable_law_name(*key, n) for key in indices}
    fits = {name: _reference_fit(game, name) for name in set(best.values())}
    truth: Truth = {key: {} for key in indices}
    for (index, max_order), name in best.items():
        for size in range(1, min(max_order, 2) + 1):
            if max_order > 2 or (index, size) == ("STII", 1):
                continue
            terms = list(combinations(range(n), size))
            estimates = differences(fits[name], index, max_order, terms).estimates
            truth[index, max_order] |= dict(zip(terms, estimates.tolist(), strict=True))
    return truth


def _reference_fit(game: BenchmarkGame, name: Keep) -> HeldOutResiduals:
    """A proxy fitted to some coalitions, and its residuals on very many others."""
    law = SizeLaw.named(game.n_players, name, paired=name in ("sizes", "kernel"))
    rng = np.random.default_rng(game.n_players)
    few = sample_coalitions(game.n_players, _REFERENCE_FIT_ROWS, law, rng=rng)
    with one_thread():
        fit = Blend("fast", basis=law.basis).fit(few, np.asarray(game.value(few.dense())), rng=rng)
    many = sample_coalitions(game.n_players, REFERENCE_ROWS, law, rng=rng)
    strata = strata_of(many, law)
    assert isinstance(strata, Strata)
    residuals = np.asarray(game.value(many.dense())) - fit.spectrum.evaluate(many)
    return HeldOutResiduals(many, strata, fit.spectrum, residuals, residuals[strata.units])


def count(intervals: Intervals, true: Vector, most: int) -> dict[str, Any]:
    """The counts of a :class:`CoverageRow`; the ``most`` largest reported values are "top"."""
    given, values = intervals.given, intervals.values
    scale = float(np.sqrt(np.mean(true**2)))
    slack = 1e-9 * scale  # exact fits give intervals as wide as rounding errors
    inside = (intervals.lower - slack <= true) & (true <= intervals.upper + slack)
    top = np.zeros(len(true), dtype=np.bool_)
    top[np.argsort(-np.abs(values), kind="stable")[:most]] = True
    large = np.abs(true) >= scale
    sign_of = dict(zip(intervals.interactions, np.sign(true * values).tolist(), strict=True))
    established = intervals.established()

    def number(mask: NDArray[np.bool_]) -> int:
        return int((mask & given).sum())

    return {
        "given": number(given),
        "covered": number(inside),
        "top": number(top),
        "top_covered": number(top & inside),
        "large": number(large),
        "large_covered": number(large & inside),
        "half_width": float((intervals.upper - intervals.lower)[given].mean() / 2 / scale)
        if given.any()
        else float("nan"),
        "error": float(np.sqrt(np.mean((values - true) ** 2))) / scale,
        "established": len(established),
        "wrong_signs": sum(sign_of[term] <= 0 for term in established),
    }


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tuning", action="store_true", help="the games that thresholds come from")
    parser.add_argument("--games", nargs="+", metavar="NAME", help="only games with these names")
    parser.add_argument("--full", action="store_true", help="the full proxy, which is slower")
    add_seeds(parser)


def _run(options: argparse.Namespace) -> None:
    games = TUNING if options.tuning else REPORTED
    names = known_names(options.games or list(games), games, "games")
    chosen = {name: games[name] for name in names}
    mode = "full" if options.full else "fast"
    run(options.file, chosen, seeds=range(options.seeds), mode=mode)


main = study_command(
    "coverage",
    __doc__,
    ("coverage.csv", CoverageRow),
    coverage_table,
    run=_run,
    options=_add_options,
)

if __name__ == "__main__":
    main()
