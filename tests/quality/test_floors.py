"""Floors of quality on development games: what no change may fall below.

Every case explains a game from few coalitions with some fixed seeds. ``R2`` is that of the
recovered spectrum on 2,000 fresh uniform coalitions, without the noise of the game; ``error`` is
the squared error of the index over its squared exact values; both are means over the seeds.
``worst`` is the smallest R2, and ``near`` the R2 on fresh coalitions that lack one to five players
(of fewer than 20 players, one to a quarter of them). The bounds lie at least three standard errors
of the mean away from what is measured, and on the near side of the breakages of
:mod:`tests.quality.test_breakages`. Measured again, with other seeds as well, by ::

    python -m tests.quality.test_floors 24
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest

from shapiq_spex import SPEX, ProxySPEX
from shapiq_spex.designs.law import size_weights
from shapiq_spex.designs.random_coalitions import independent_coalitions
from tests.quality import games
from tests.quality.games import Game

FRESH = 2000


@dataclass(frozen=True)
class Case:
    """One explanation, repeated with the seeds 0, 1, ....

    Attributes:
        game: Makes the game; takes the seed if ``varies``.
        index: The index and its order.
        budget: The number of coalitions.
        seeds: How often it is repeated.
        make: The approximator.
        settings: Its other settings.
        varies: Whether every seed has a game of its own.
    """

    game: Callable[..., Game]
    index: tuple[str, int]
    budget: int
    seeds: int
    make: Callable[..., Any] = ProxySPEX
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    varies: bool = False

    def measure(self, seed: int) -> dict[str, float]:
        """R2 and, where the exact values are known, the error of the index."""
        game = self.game(seed) if self.varies else self.game()
        name, order = self.index
        # what is judged on uniform coalitions is drawn by them, but for the Shapley family
        settings = {"keep": "uniform"} if name == "FBII" else {}
        approximator = self.make(
            n=game.n, index=name, max_order=order, random_state=seed, **settings | self.settings
        )
        values = approximator.approximate(self.budget, game.value).dict_values
        rows = np.random.default_rng([seed, 99]).random((FRESH, game.n)) < 0.5
        found, truth = approximator.spectrum_(rows), game.clean(rows)
        results = {"R2": 1 - float(np.mean((truth - found) ** 2) / truth.var())}
        if settings | self.settings != {"keep": "uniform"} and name == "FBII":
            rows = independent_coalitions(
                size_weights(game.n, "near"), FRESH, np.random.default_rng([seed, 98])
            )
            found, truth = approximator.spectrum_(rows), game.clean(rows)
            results["near"] = 1 - float(np.mean((truth - found) ** 2) / truth.var())
        if game.spectrum is not None or (game.shapley is not None and name == "SV"):
            exact = game.exact(name, order)
            terms = [term for term in exact.keys() | values.keys() if term]
            wanted, given = (np.array([d.get(t, 0.0) for t in terms]) for d in (exact, values))
            if wanted.any():
                results["error"] = float(((given - wanted) ** 2).sum() / (wanted**2).sum())
        return results


def _planted(shape: str, n: int, count: int, noise: float) -> Callable[[], Game]:
    return partial(games.planted, shape, n, count, noise)


LIGHTGBM = {"proxy_model": "lightgbm", "hpo": False}
PAIRED = {"keep": "uniform", "pairing_trick": True}

CASES = {
    "forest30 k-SII": Case(games.cancer_forest, ("k-SII", 2), 300, 4),
    "forest30 SV": Case(games.cancer_forest, ("SV", 1), 200, 6),
    "boosting30": Case(games.cancer_boosting, ("FBII", 2), 300, 4),
    "boosting14 FBII": Case(games.cancer14_boosting, ("FBII", 2), 150, 6),
    "boosting14 FSII": Case(games.cancer14_boosting, ("FSII", 2), 150, 6),
    "wine13 SV": Case(games.wine_network, ("SV", 1), 60, 8),
    "wine13 k-SII": Case(games.wine_network, ("k-SII", 2), 100, 6),
    "wine13 most known": Case(games.wine_network, ("k-SII", 2), 2000, 2),
    "diabetes10 FSII": Case(games.diabetes_forest, ("FSII", 2), 100, 6),
    "valuation100 few": Case(games.neighbours_valuation, ("SV", 1), 300, 12),
    "valuation100": Case(games.neighbours_valuation, ("SV", 1), 700, 4),
    "digits64": Case(games.digits_network, ("FBII", 2), 400, 4),
    "boosting30 range": Case(
        games.cancer_boosting, ("FBII", 2), 295, 4, settings={"keep": "range"}
    ),
    "valuation60 range": Case(
        partial(games.neighbours_valuation, 60), ("FBII", 2), 700, 4, settings={"keep": "range"}
    ),
    "jumps13 near": Case(games.wine_machine, ("FBII", 2), 383, 4, settings={"keep": "near"}),
    "hierarchical20": Case(_planted("hierarchical", 20, 15, 0.3), ("FBII", 2), 200, 6),
    "hierarchical64": Case(_planted("hierarchical", 64, 30, 0.3), ("FBII", 2), 400, 4),
    "hierarchical64 fast": Case(
        _planted("hierarchical", 64, 30, 0.3), ("FBII", 2), 400, 8, settings={"proxy_model": "fast"}
    ),
    "hierarchical64 gp": Case(
        _planted("hierarchical", 64, 30, 0.3), ("FBII", 2), 400, 4, settings={"proxy_model": "gp"}
    ),
    "hierarchical20 trees": Case(
        _planted("hierarchical", 20, 15, 0.3), ("FBII", 2), 200, 4, settings=LIGHTGBM
    ),
    "hierarchical1200": Case(_planted("hierarchical", 1200, 12, 0.1), ("FBII", 2), 800, 3),
    "pairs24": Case(_planted("pairs", 24, 0, 0.1), ("FBII", 2), 600, 6),
    "flat64 exact": Case(_planted("flat", 64, 20, 0.0), ("FBII", 2), 1500, 3, make=SPEX),
    "flat64 noisy": Case(_planted("flat", 64, 20, 0.3), ("FBII", 2), 1000, 2, make=SPEX),
    "beyond the code": Case(
        games.beyond_the_code, ("FBII", 2), 1000, 24, make=SPEX, settings={"degree_parameter": 2}
    ),
    "ends24": Case(games.outlying_ends, ("SV", 1), 250, 6),
    "disaster12": Case(games.disaster, ("FBII", 2), 40, 32, settings=PAIRED, varies=True),
}


class Bound(NamedTuple):
    """What a case must reach, beside its mean and standard deviation over ten seeds or more."""

    case: str
    metric: str
    mean: float
    deviation: float
    bound: float

    def __str__(self) -> str:
        return f"{self.case}, {self.metric}"


BOUNDS = [
    Bound("forest30 k-SII", "R2", 0.9571, 0.0055, 0.945),
    Bound("forest30 k-SII", "error", 0.0301, 0.0057, 0.043),
    Bound("forest30 SV", "R2", 0.95, 0.0048, 0.941),
    Bound("forest30 SV", "error", 0.0044, 0.0017, 0.008),
    Bound("boosting30", "R2", 0.9972, 0.0005, 0.9955),
    Bound("boosting14 FBII", "R2", 0.9993, 0.0004, 0.9984),
    Bound("boosting14 FBII", "error", 0.0004, 0.0003, 0.0013),
    Bound("boosting14 FSII", "R2", 0.997, 0.0017, 0.9935),
    Bound("boosting14 FSII", "error", 0.0013, 0.0008, 0.003),
    Bound("wine13 SV", "R2", 0.967, 0.013, 0.945),
    Bound("wine13 SV", "error", 0.0057, 0.0038, 0.0125),
    Bound("wine13 k-SII", "R2", 0.98, 0.011, 0.957),
    Bound("wine13 k-SII", "error", 0.0087, 0.0051, 0.019),
    Bound("wine13 most known", "R2", 0.9998, 3e-05, 0.9996),
    Bound("wine13 most known", "error", 3.4e-06, 8e-07, 2e-05),
    Bound("diabetes10 FSII", "R2", 0.9964, 0.0018, 0.9925),
    Bound("diabetes10 FSII", "error", 0.0051, 0.0028, 0.011),
    Bound("valuation100 few", "R2", 0.295, 0.046, 0.255),
    Bound("valuation100 few", "error", 0.111, 0.012, 0.128),
    Bound("valuation100", "R2", 0.443, 0.055, 0.33),
    Bound("valuation100", "error", 0.0555, 0.0068, 0.069),
    Bound("digits64", "R2", 0.898, 0.01, 0.873),
    Bound("boosting30 range", "R2", 0.992, 0.001, 0.99),
    Bound("boosting30 range", "near", 0.988, 0.0068, 0.975),
    Bound("valuation60 range", "R2", 0.474, 0.05, 0.395),
    Bound("valuation60 range", "near", 0.779, 0.026, 0.735),
    Bound("jumps13 near", "near", 0.9999, 3e-5, 0.999),
    Bound("hierarchical20", "R2", 0.9858, 0.0057, 0.9775),
    Bound("hierarchical20", "error", 0.0128, 0.0053, 0.025),
    Bound("hierarchical64", "R2", 0.9857, 0.0059, 0.965),
    Bound("hierarchical64", "error", 0.016, 0.0085, 0.038),
    Bound("hierarchical64 fast", "R2", 0.724, 0.053, 0.64),
    Bound("hierarchical64 fast", "error", 0.116, 0.066, 0.22),
    Bound("hierarchical64 gp", "R2", 0.689, 0.05, 0.575),
    Bound("hierarchical64 gp", "error", 0.234, 0.067, 0.38),
    Bound("hierarchical20 trees", "R2", 0.9846, 0.0062, 0.965),
    Bound("hierarchical20 trees", "error", 0.0144, 0.0067, 0.031),
    Bound("hierarchical1200", "R2", 0.99968, 8e-05, 0.9994),
    Bound("hierarchical1200", "error", 0.0003, 0.00015, 0.0008),
    Bound("pairs24", "R2", 0.9847, 0.002, 0.981),
    Bound("pairs24", "error", 0.0134, 0.002, 0.0175),
    Bound("flat64 exact", "R2", 1.0, 0.0, 0.999999999),
    Bound("flat64 exact", "error", 0.0, 0.0, 1e-12),
    Bound("flat64 noisy", "R2", 0.9982, 0.0004, 0.99),
    Bound("flat64 noisy", "error", 0.0011, 0.0007, 0.006),
    Bound("beyond the code", "R2", -0.002, 0.007, -0.03),
    Bound("ends24", "R2", 0.9982, 0.0007, 0.9955),
    Bound("ends24", "error", 1.9e-06, 6e-07, 1e-05),
    Bound("disaster12", "worst", -0.12, 0.05, -0.4),
]


def reached(name: str) -> dict[str, float]:
    """The metrics of a case over its seeds."""
    case = CASES[name]
    results = [case.measure(seed) for seed in range(case.seeds)]
    means = {metric: float(np.mean([r[metric] for r in results])) for metric in results[0]}
    return means | {"worst": min(r["R2"] for r in results)}


def misses(name: str) -> bool:
    """Whether a case misses one of its bounds.

    R2 is at most 1 and errors are at least 0, so that a few seeds can tell what all would.
    """
    case = CASES[name]
    bounds = [bound for bound in BOUNDS if bound.case == name]
    results: list[dict[str, float]] = []
    for seed in range(case.seeds):
        results.append(case.measure(seed))
        left = case.seeds - seed - 1
        for bound in bounds:
            every = [r["R2" if bound.metric == "worst" else bound.metric] for r in results]
            best = (sum(every) + left * (bound.metric != "error")) / case.seeds
            if not holds(bound, min(every) if bound.metric == "worst" else best):
                return True
    return False


def holds(bound: Bound, found: float) -> bool:
    """Whether a result is on the right side of a bound; NaN is not."""
    return found <= bound.bound if bound.metric == "error" else found >= bound.bound


@pytest.mark.parametrize("name", CASES)
def test_quality_is_kept(name):
    found = reached(name)
    bounds = [bound for bound in BOUNDS if bound.case == name]
    assert bounds
    broken = [
        f"{b}: {found[b.metric]:.5f}, not {b.bound}"
        for b in bounds
        if not holds(b, found[b.metric])
    ]
    assert not broken


def measure_again(seeds: int) -> None:
    """Print the table, and what the seeds of the guard reach."""
    for name, case in CASES.items():
        results = [case.measure(seed) for seed in range(max(seeds, case.seeds))]
        found = reached(name)
        for bound in BOUNDS:
            if bound.case == name:
                every = [r["R2" if bound.metric == "worst" else bound.metric] for r in results]
                sys.stdout.write(
                    f'    Bound("{name}", "{bound.metric}", {np.mean(every):.2g}, '
                    f"{np.std(every, ddof=1):.2g}, {bound.bound}),  # {found[bound.metric]:.5g}\n"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    measure_again(int(sys.argv[1]))
