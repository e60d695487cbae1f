"""The games of the study of reports: one half to choose constants on, another to report.

Five families. *Tables* are models of real tables. *Deep* games are words of a passage in front of
a transformer. *Adversarial* games are formulas that no proxy contains: thresholds, majorities,
maxima, saturation, parities, lookups. *Rare* games jump on one to three per cent of the
coalitions, which a sample may hardly show. *Noisy* games answer with noise that no proxy can
predict. The two halves differ in sizes, weights, models and rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal, NamedTuple, get_args

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, GameRecipe, ValueFunction
from shapiq_spex.benchmark.games.coverage_games import REPORTED as COVERAGE_REPORTED
from shapiq_spex.benchmark.games.coverage_games import TUNING as COVERAGE_TUNING
from shapiq_spex.benchmark.games.planted_functions import coalition_noise
from shapiq_spex.benchmark.games.retrieval import retrieval_game
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector

Family = Literal["tables", "deep", "adversarial", "rare", "noisy"]
FAMILIES: tuple[Family, ...] = get_args(Family)

Formula = Callable[[BoolMatrix, np.random.Generator], Vector]
"""The values of coalitions; the generator is the same in each call and gives the weights."""


def formula_game(
    name: str, n_players: int, formula: Formula, seed: int, noise: float = 0.0
) -> BenchmarkGame:
    """A formula with weights from a seed, and noise in units of its standard deviation."""
    scale = noise and noise * float(np.std(_evaluated(formula, seed)(_some_rows(n_players))))

    def value(rows: BoolMatrix) -> Vector:
        values = _evaluated(formula, seed)(rows)
        return values + scale * coalition_noise(rows, seed) if scale else values

    return BenchmarkGame(name, n_players, value, family="synthetic")


def _evaluated(formula: Formula, seed: int) -> ValueFunction:
    return lambda rows: np.asarray(formula(rows, np.random.default_rng(seed)), dtype=np.float64)


def _some_rows(n_players: int) -> BoolMatrix:
    return np.random.default_rng(n_players).random((4000, n_players)) < 0.5


def _weighted(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    return rows @ rng.normal(size=rows.shape[1])


def _positive(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    return rows @ rng.exponential(size=rows.shape[1]) / rows.shape[1]


def _threshold(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    weights = rng.exponential(size=rows.shape[1])
    return rows @ weights > 0.55 * weights.sum()


def _majority(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    return 2 * rows.sum(axis=1) > rows.shape[1]


def _largest(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    return (rows * rng.exponential(size=rows.shape[1])).max(axis=1)


def _saturated(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    return 1 - np.exp(-6 * _positive(rows, rng))


def _parity_and_sum(rows: BoolMatrix, rng: np.random.Generator, size: int) -> Vector:
    return 2 * (-1.0) ** rows[:, :size].sum(axis=1) + _weighted(rows, rng)


def _and_and_sum(rows: BoolMatrix, rng: np.random.Generator, sizes: tuple[int, ...]) -> Vector:
    total = _weighted(rows, rng)
    for size in sizes:
        players = rng.permutation(rows.shape[1])[:size]
        total += 1.5 ** (size - 2) * rows[:, players].all(axis=1)
    return total


def _xor_of_groups(rows: BoolMatrix, rng: np.random.Generator, size: int) -> Vector:
    groups = np.stack([rows[:, at : at + size].any(axis=1) for at in range(0, 3 * size, size)])
    return groups.sum(axis=0) % 2 + 0.1 * _weighted(rows, rng)


def _smallest_sum(rows: BoolMatrix, rng: np.random.Generator, count: int) -> Vector:
    return np.min([_positive(rows, rng) for _ in range(count)], axis=0)


def _product(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    return _weighted(rows, rng) * _weighted(rows, rng)


def _clipped(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    total = _weighted(rows, rng)
    return np.clip(total, -0.5, 1.5)


def _exactly(rows: BoolMatrix, rng: np.random.Generator, wanted: int, of: int) -> Vector:
    return (rows[:, :of].sum(axis=1) == wanted) + 0.05 * _weighted(rows, rng)


def _lookup(rows: BoolMatrix, rng: np.random.Generator, size: int) -> Vector:
    table = rng.normal(size=2**size)
    return 2 * table[rows[:, :size] @ (1 << np.arange(size))] + 0.3 * _weighted(rows, rng)


def _branches(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    first, second, third = (_weighted(rows, rng) for _ in range(3))
    return np.where(rows[:, 0], first, np.where(rows[:, 1] & rows[:, 2], second, third))


def _network(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    return sum((np.tanh(_weighted(rows, rng)) for _ in range(6)), np.zeros(len(rows)))


def _distance(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    total = _weighted(rows, rng)
    return np.abs(total - 0.5)


def _remainder(rows: BoolMatrix, rng: np.random.Generator, of: int) -> Vector:
    return rows[:, :of].sum(axis=1) % 3 + 0.2 * _weighted(rows, rng)


def _exponential(rows: BoolMatrix, rng: np.random.Generator) -> Vector:
    return np.exp(_weighted(rows, rng) / np.sqrt(rows.shape[1]))


def _jump(rows: BoolMatrix, rng: np.random.Generator, size: int, missing: int = 0) -> Vector:
    """A large jump where the first players are in and some others are not."""
    there = rows[:, :size].all(axis=1) & ~rows[:, size : size + missing].any(axis=1)
    return _weighted(rows, rng) / np.sqrt(rows.shape[1]) + 8.0 * there


class _Case(NamedTuple):
    """A formula and its number of players in either half."""

    name: str
    formula: Formula
    players: tuple[int, int]
    noise: float = 0.0


_ADVERSARIAL = (
    _Case("threshold", _threshold, (14, 19)),
    _Case("majority", _majority, (15, 21)),
    _Case("largest", _largest, (16, 24)),
    _Case("saturated", _saturated, (20, 14)),
    _Case("parity of 3 and sum", partial(_parity_and_sum, size=3), (12, 16)),
    _Case("parity of 4 and sum", partial(_parity_and_sum, size=4), (18, 13)),
    _Case("and of 3 to 6", partial(_and_and_sum, sizes=(3, 4, 5, 6)), (18, 22)),
    _Case("xor of pairs", partial(_xor_of_groups, size=2), (12, 15)),
    _Case("xor of triples", partial(_xor_of_groups, size=3), (16, 13)),
    _Case("smallest sum", partial(_smallest_sum, count=2), (20, 28)),
    _Case("product", _product, (24, 16)),
    _Case("clipped", _clipped, (30, 20)),
    _Case("4 of 8", partial(_exactly, wanted=4, of=8), (16, 12)),
    _Case("lookup", partial(_lookup, size=5), (14, 20)),
    _Case("branches", _branches, (25, 17)),
    _Case("network", _network, (40, 26)),
    _Case("distance", _distance, (24, 32)),
    _Case("remainder", partial(_remainder, of=7), (12, 14)),
    _Case("exponential", _exponential, (20, 30)),
)

_RARE = (
    _Case("jump of 5", partial(_jump, size=5), (12, 20)),
    _Case("jump of 6", partial(_jump, size=6), (20, 14)),
    _Case("jump of 7", partial(_jump, size=3, missing=4), (16, 30)),
)

_NOISY = (
    _Case("noisy threshold", _threshold, (13, 18), 0.5),
    _Case("noisy product", _product, (16, 20), 0.1),
    _Case("noisy sum", _weighted, (20, 30), 0.5),
    _Case("noisy saturated", _saturated, (24, 15), 0.1),
    _Case("noisy branches", _branches, (14, 24), 0.5),
)

_TEXTS = (
    {
        "text13 pasta": (
            "Boil the pasta for nine minutes then drain it and add the sauce",
            "How long does pasta have to cook?",
        ),
        "text12 train": (
            "The last train to the coast leaves at nine from platform four",
            "When does the last train go?",
        ),
        "text12 garden": (
            "Water the young trees every evening unless it has rained all day",
            "How often should trees be watered?",
        ),
        "text12 review": (
            "The film was not bad at all although nobody expected much fun",
            "Was the film good?",
        ),
    },
    {
        "text12 bridge": (
            "The old stone bridge was closed after heavy rain damaged two arches",
            "Why can nobody cross the river?",
        ),
        "text12 doctor": (
            "Take two of these tablets after breakfast but never together with alcohol",
            "Can I drink wine with this medicine?",
        ),
        "text12 whale": (
            "Blue whales eat tiny krill and can live for about ninety years",
            "What do whales feed on?",
        ),
        "text12 library": (
            "Books may be kept for four weeks and renewed twice without charge",
            "How long can I borrow a book?",
        ),
    },
)

_TABLES = (
    {
        **{
            name: DEVELOPMENT[name]
            for name in (
                "wine13 network",
                "diabetes10 forest",
                "cancer30 forest",
                "cancer30 boosting",
                "wine13 machine",
            )
        },
        **{name: made for name, made in COVERAGE_TUNING.items() if name.startswith("valuation")},
    },
    {
        **{
            name: TEST[name]
            for name in (
                "diabetes10 boosting marginal",
                "diabetes10 network",
                "wine13 forest",
                "wine13 machine marginal",
                "cancer14 network",
                "cancer30 machine",
            )
        },
        **{name: made for name, made in COVERAGE_REPORTED.items() if name.startswith("valuation")},
    },
)


_HEAVY_TAILED = {"wine13 machine"}
"""Tables whose variance rests on three pairs of coalitions of a hundred: they count as rare."""


def _half(half: int) -> dict[str, tuple[Family, GameRecipe]]:
    games: dict[str, tuple[Family, GameRecipe]] = {}
    games |= {
        name: ("rare" if name in _HEAVY_TAILED else "tables", made)
        for name, made in _TABLES[half].items()
    }
    games |= {
        name: ("deep", partial(retrieval_game, name, *texts))
        for name, texts in _TEXTS[half].items()
    }
    cases: tuple[tuple[Family, tuple[_Case, ...]], ...] = (
        ("adversarial", _ADVERSARIAL),
        ("rare", _RARE),
        ("noisy", _NOISY),
    )
    for family, members in cases:
        for number, case in enumerate(members):
            n_players = case.players[half]
            name = f"{case.name} {n_players}"
            seed = 100 * half + number
            made = partial(formula_game, name, n_players, case.formula, seed, case.noise)
            games[name] = family, made
    return games


TUNING: Mapping[str, tuple[Family, GameRecipe]] = _half(0)
"""Families and games on which the constants of reports were chosen."""

REPORTED: Mapping[str, tuple[Family, GameRecipe]] = _half(1)
"""Families and games whose figures are reported."""
