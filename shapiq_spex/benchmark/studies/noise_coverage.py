"""How often intervals contain the true value where answers are noisy.

Run ``python -m shapiq_spex.benchmark.studies.noise_coverage``; ``--help`` lists the options. Every
answer of real games that can be enumerated is changed by a normal random number, whose standard
deviation is a share of the game's own. The noise is not known (and the answers taken as exact),
told by the game, or estimated from 10 answers to each of the two ends. The true values are those of
the game without noise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, available
from shapiq_spex.benchmark.games.coverage_games import REPORTED
from shapiq_spex.benchmark.games.known_indices import exact_spectrum
from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.studies.command_line import add_seeds, known_names, study_parser
from shapiq_spex.benchmark.studies.coverage import CONFIDENCE, TOP, count
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.terms import Term, Vector
from shapiq_spex.intervals.result import Intervals

GAMES = (
    "diabetes10 boosting marginal",
    "diabetes10 network",
    "cancer12 boosting",
    "cancer12 forest marginal",
    "cancer14 network",
)
NOISE = (0.0, 0.1, 0.5)
"""Standard deviations of the noise in units of that of the game."""

KNOWLEDGE = ("not known", "told", "10 answers to each end")
"""Where the size of the noise comes from."""

INDICES = (("SV", 1), ("k-SII", 2), ("FSII", 2), ("FBII", 2))
"""The indices, with their largest orders."""


class NoisyGame:
    """A game whose answers are changed at random, each time anew.

    Args:
        game: The game.
        spread: The standard deviation of the noise.
        seed: Seed of the noise.
        tells: Whether it tells the standard errors of its answers.
    """

    def __init__(self, game: BenchmarkGame, spread: float, seed: int, *, tells: bool) -> None:
        self.game, self.spread = game, spread
        self.rng = np.random.default_rng(seed)
        if tells:
            self.standard_errors = self._standard_errors

    def __call__(self, coalitions: BoolMatrix) -> Vector:
        """The values of the game, changed."""
        return self.game.value(coalitions) + self.spread * self.rng.normal(size=len(coalitions))

    def _standard_errors(self, coalitions: BoolMatrix, values: Vector) -> Vector:
        del coalitions
        return np.full(len(values), self.spread)


@dataclass(frozen=True, order=True)
class Case:
    """What is counted together."""

    noise: float
    knowledge: str
    index: str
    order: int


def measure(
    game: BenchmarkGame, *, units: float, seeds: Iterable[int]
) -> Iterator[tuple[Case, dict[str, Any]]]:
    """The counts of all runs of a game that can be enumerated."""
    spectrum = exact_spectrum(game)
    assert spectrum is not None
    n, deviation = game.n_players, float(np.sqrt(spectrum.variance))
    for noise, knowledge, seed, (index, order) in product(NOISE, KNOWLEDGE, seeds, INDICES):
        if noise == 0.0 and knowledge != KNOWLEDGE[0]:
            continue
        policy = Ablation(repeats_of_ends=10 if knowledge == KNOWLEDGE[2] else 1)
        approximator = ProxySPEX(
            n=n,
            index=index,
            max_order=order,
            proxy_model="fast",
            random_state=seed,
            ablation=policy,
        )
        noisy = NoisyGame(game, noise * deviation, seed, tells=knowledge == KNOWLEDGE[1])
        approximator.approximate(game.budget(units), noisy)
        intervals = approximator.intervals(CONFIDENCE)
        exact = convert(spectrum, index, order).to_dict()
        for size in range(1, order + 1):
            terms = list(combinations(range(n), size))
            true = np.array([exact.get(term, 0.0) for term in terms])
            found = count(_of(intervals, terms), true, TOP[size])
            yield Case(noise, knowledge, index, size), found | {"all": len(terms)}


def _of(intervals: Intervals, terms: list[Term]) -> Intervals:
    """The intervals of some interactions."""
    place = {term: number for number, term in enumerate(intervals)}
    rows = np.array([place[term] for term in terms])
    parts = (intervals.values, intervals.lower, intervals.upper, intervals.nonzero)
    values, lower, upper, nonzero = (part[rows] for part in parts)
    return Intervals(terms, values, lower, upper, nonzero, intervals.confidence)


def table(runs: Iterable[tuple[Case, dict[str, Any]]]) -> str:
    """One line per case, as Markdown."""
    of_case: dict[Case, list[dict[str, Any]]] = defaultdict(list)
    for case, counts in runs:
        of_case[case].append(counts)

    def share(counts: list[dict[str, Any]], part: str, whole: str) -> str:
        total = sum(found[whole] for found in counts)
        return f"{sum(found[part] for found in counts) / total:.1%}" if total else "-"

    def middle(counts: list[dict[str, Any]], name: str) -> str:
        known = [found[name] for found in counts if np.isfinite(found[name])]
        return f"{np.median(known):.3f}" if known else "-"

    lines = [
        [
            f"{case.noise:g}",
            case.knowledge,
            case.index,
            str(case.order),
            share(counts, "given", "all"),
            share(counts, "covered", "given"),
            share(counts, "top_covered", "top"),
            middle(counts, "error"),
            middle(counts, "half_width"),
            str(sum(found["wrong_signs"] for found in counts)),
            str(sum(found["established"] for found in counts)),
        ]
        for case, counts in sorted(of_case.items())
    ]
    header = ["noise", "known by", "index", "order", "given", "covered", "of the largest", "error"]
    return markdown_table([*header, "half width", "wrong signs", "established"], lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = study_parser("noise_coverage", __doc__)
    parser.add_argument("--games", nargs="+", metavar="NAME", help="only games with these names")
    parser.add_argument("--units", type=float, default=4.0, help="budget in n log2 n (default 4)")
    add_seeds(parser)
    options = parser.parse_args(arguments)
    names = known_names(options.games or GAMES, REPORTED, "games")
    games = available(REPORTED[name] for name in names)
    print(
        table(
            run
            for game in games
            for run in measure(game, units=options.units, seeds=range(options.seeds))
        )
    )


if __name__ == "__main__":
    main()
