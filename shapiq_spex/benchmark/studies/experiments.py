"""Experiments with planted functions, each made to answer one question.

They run like a suite (``run FILE --suite players``) into a file of their own. No method was tuned
on them, and their seed is used nowhere else. The design of the players' experiment was changed once
after first results had been seen; it had 15 terms and n log2 n ablations (24 for 8 players).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.planted_functions import PlantedCase, planted_recipes

_SEED = 5


def _planted(case: PlantedCase, rows: Iterable[float]) -> dict[str, GameRecipe]:
    """A planted function with budgets in rows, by its name."""
    n_players = case[1]
    return planted_recipes([case], _SEED, [m / (n_players * math.log2(n_players)) for m in rows])


def _all(games: Iterable[dict[str, GameRecipe]]) -> Mapping[str, GameRecipe]:
    return reduce(or_, games)


PLAYERS = _all(
    _planted(("hierarchical", n, 10, 0.1), [min(2.0 * (n * math.log2(n)), 20_000)])
    for n in (8, 16, 32, 64, 128, 256, 512, 1000, 2000)
)
"""Which methods still work with many players? 2 n log2 n ablations, at most 20,000."""

PLAYERS_METHODS = (
    *("LIME-like", "lasso order 1", "lasso order 2", "shapiq KernelSHAPIQ", "shapiq ProxySHAP"),
    *("shapiq ProxySPEX hpo=False", "shapiq SPEX soft", "ProxySPEX", "SPEX", "oracle support"),
)
"""Additive methods, methods of order two, and sparse methods of any order."""

_TEN_THOUSAND_CASES: tuple[PlantedCase, ...] = (
    ("hierarchical", 10_000, 150, 0.316),
    ("flat", 10_000, 100, 0.0),
)

TEN_THOUSAND = _all(_planted(case, (5_000, 10_000, 30_000, 95_000)) for case in _TEN_THOUSAND_CASES)
"""What do methods recover of functions of 10,000 players, by number of ablations?"""

TEN_THOUSAND_METHODS = (
    *("ProxySPEX", "SPEX"),
    *("shapiq ProxySPEX hpo=False", "shapiq ProxySHAP", "shapiq SPEX soft"),
)

THOUSANDS = _all(_planted(("hierarchical", n, 150, 0.316), [10_000]) for n in (1_000, 5_000))
"""The same with 10,000 ablations for fewer players; the signal-to-noise ratio is 10."""

SCALING_PLAYERS = 64
SCALING_ROWS = 4_000

SCALING = _all(
    _planted(("hierarchical", n, 20, 0.1), rows)
    for n, rows in {
        SCALING_PLAYERS: (500, 1000, 2000, 4000, 8000, 16_000, 32_000),
        **dict.fromkeys((16, 128, 256, 512, 1024, 2048, 4096), (SCALING_ROWS,)),
    }.items()
)
"""How do time and memory grow with the rows, and with the players?"""

SCALING_METHODS = (
    *("ProxySPEX", "ProxySPEX fast", "SPEX"),
    *("shapiq ProxySPEX hpo=False", "shapiq ProxySPEX", "shapiq SPEX soft"),
)

EXPERIMENTS: Mapping[str, tuple[Mapping[str, GameRecipe], tuple[str, ...]]] = {
    "players": (PLAYERS, PLAYERS_METHODS),
    "ten-thousand": (TEN_THOUSAND, TEN_THOUSAND_METHODS),
    "thousands": (THOUSANDS, TEN_THOUSAND_METHODS),
    "scaling": (SCALING, SCALING_METHODS),
}
"""Games and methods by the name of the experiment."""
