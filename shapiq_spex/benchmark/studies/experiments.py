"""Experiments beside the suites: planted functions made to answer one question each.

They run like a suite (``run FILE --suite players``) into a file of their own, and have their own
figures. No method was tuned on them; their seed is used nowhere else. The design of the players'
experiment, however, was changed once after first results had been seen: it had 15 terms and
n log2 n ablations (24 for 8 players), now it has ten terms and twice as many ablations.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import partial

from shapiq_spex.benchmark.games.benchmark_game import GameRecipe
from shapiq_spex.benchmark.games.planted_functions import Shape, planted_game

_SEED = 5


def _units(rows: int, n_players: int) -> float:
    """The budget of ``rows`` in units of n log2 n."""
    return rows / (n_players * math.log2(n_players))


def _planted(
    shape: Shape, n_players: int, n_terms: int, noise: float, units: Iterable[float]
) -> tuple[str, GameRecipe]:
    """A planted function of the experiments' seed, by its name."""
    recipe = partial(
        planted_game, shape, n_players, n_terms, noise=noise, seed=_SEED, units=tuple(units)
    )
    return f"{shape}{n_players} k{n_terms} noise {noise:g} s{_SEED}", recipe


PLAYERS: Mapping[str, GameRecipe] = dict(
    _planted("hierarchical", n, 10, 0.1, [min(2.0, _units(20_000, n))])
    for n in (8, 16, 32, 64, 128, 256, 512, 1000, 2000)
)
"""Which methods still work as the players become many? Ten terms, 2 n log2 n ablations, at most
20,000."""

PLAYERS_METHODS = (
    "LIME-like",
    "lasso order 1",
    "lasso order 2",
    "shapiq KernelSHAPIQ",
    "shapiq ProxySHAP",
    "shapiq ProxySPEX hpo=False",
    "shapiq SPEX soft",
    "ProxySPEX",
    "SPEX",
    "oracle support",
)
"""Additive, of order two, and sparse of any order."""


_TEN_THOUSAND: list[tuple[Shape, int, float]] = [("hierarchical", 150, 0.316), ("flat", 100, 0.0)]

TEN_THOUSAND: Mapping[str, GameRecipe] = dict(
    _planted(
        *(shape, 10_000, terms, noise),
        units=[_units(rows, 10_000) for rows in (5_000, 10_000, 30_000, 95_000)],
    )
    for shape, terms, noise in _TEN_THOUSAND
)
"""Ten thousand players: which recovers what, from how many ablations?"""

TEN_THOUSAND_METHODS = (
    "ProxySPEX",
    "SPEX",
    "shapiq ProxySPEX hpo=False",
    "shapiq ProxySHAP",
    "shapiq SPEX soft",
)

THOUSANDS: Mapping[str, GameRecipe] = dict(
    _planted("hierarchical", n, 150, 0.316, [_units(10_000, n)]) for n in (1_000, 5_000)
)
"""10,000 ablations for fewer players than :data:`TEN_THOUSAND`; 150 terms, signal-to-noise 10."""

SCALING_PLAYERS = 64
SCALING_ROWS = 4_000

SCALING: Mapping[str, GameRecipe] = dict(
    _planted("hierarchical", n, 20, 0.1, [_units(m, n) for m in rows])
    for n, rows in {
        SCALING_PLAYERS: (500, 1000, 2000, 4000, 8000, 16_000, 32_000),
        **dict.fromkeys((16, 128, 256, 512, 1024, 2048, 4096), (SCALING_ROWS,)),
    }.items()
)
"""Time and memory: the same players and ever more rows, the same rows and ever more players."""

SCALING_METHODS = (
    "ProxySPEX",
    "ProxySPEX fast",
    "SPEX",
    "shapiq ProxySPEX hpo=False",
    "shapiq ProxySPEX",
    "shapiq SPEX soft",
)

EXPERIMENTS: Mapping[str, tuple[Mapping[str, GameRecipe], tuple[str, ...]]] = {
    "players": (PLAYERS, PLAYERS_METHODS),
    "ten-thousand": (TEN_THOUSAND, TEN_THOUSAND_METHODS),
    "thousands": (THOUSANDS, TEN_THOUSAND_METHODS),
    "scaling": (SCALING, SCALING_METHODS),
}
"""Games and methods by the name of the experiment."""
