r"""Where an explanation is judged: regions of coalitions, and the laws that rows are drawn by.

Given its size, a coalition is uniform (:func:`shapiq_spex.designs.law.size_weights`).

Under the law of a region,

    R^2 = 1 - mean (v - p)^2 / var v,

and the R^2 *within* sizes has the variance around the mean of each size in place of var v, so that
a trend between sizes does not count.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, ValueFunction
from shapiq_spex.designs.law import Keep, size_weights
from shapiq_spex.designs.random_coalitions import independent_coalitions
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector

FRESH = 600
"""Coalitions per region (a choice: an R^2 of .9 has a standard error of about .006)."""

_LEAST_SPREAD = 1e-9  # standard deviation, relative to the values, below which a game is constant


QUESTIONS: Mapping[str, Keep] = {
    "uniform": "uniform",
    "kernel": "kernel",
    **{f"p {p}": p for p in (0.7, 0.8, 0.9)},
    "near": "near",
}
"""The laws that an explanation may be about, by their names in the study."""

ROW_LAWS: Mapping[str, Callable[[int], Vector]] = {
    name: partial(size_weights, keep=keep) for name, keep in QUESTIONS.items()
}
"""The laws that peers draw rows by: for a number of players, the probability of each size."""

REGIONS: Mapping[str, Callable[[int], Vector]] = {
    "half": ROW_LAWS["uniform"],
    **{f"p {p}": ROW_LAWS[f"p {p}"] for p in (0.7, 0.8, 0.9)},
    "near": ROW_LAWS["near"],
    "few": partial(size_weights, keep=0.1),
}
"""The laws under which explanations are judged; "few" is the mirror image of p = .9."""


class JudgedRegions:
    """Coalitions of all regions with their values, which are the same for every method.

    They are independent draws by the law of the region, whether or not a method has evaluated them:
    near the input of ten players there are only 55 coalitions.

    Args:
        game: The game.
        count: The number of coalitions per region.
        regions: The laws of the regions by name.
    """

    def __init__(
        self,
        game: BenchmarkGame,
        count: int = FRESH,
        regions: Mapping[str, Callable[[int], Vector]] = REGIONS,
    ) -> None:
        rng = np.random.default_rng([21, zlib.crc32(game.name.encode())])
        truth = game.value if game.noiseless is None else game.noiseless
        self.rows = {
            region: independent_coalitions(law(game.n_players), count, rng)
            for region, law in regions.items()
        }
        self.values = {
            region: np.asarray(truth(rows), dtype=np.float64) for region, rows in self.rows.items()
        }

    def scores(
        self, predict: ValueFunction, evaluated: Coalitions | None = None
    ) -> dict[str, tuple[float, float]]:
        """R^2 and R^2 within sizes, by region; NaN where the game is constant.

        Predictions of coalitions that were ``evaluated`` do not count, as far as there are others
        of their size.
        """
        return {
            region: self._scores(region, np.asarray(predict(rows), dtype=np.float64), evaluated)
            for region, rows in self.rows.items()
        }

    def _scores(
        self, region: str, predictions: Vector, evaluated: Coalitions | None
    ) -> tuple[float, float]:
        values, rows = self.values[region], self.rows[region]
        _, place, counts = np.unique(rows.sum(axis=1), return_inverse=True, return_counts=True)
        errors = (values - predictions) ** 2
        if evaluated is not None:
            new = ~np.isin(Coalitions.from_dense(rows).keys(), evaluated.keys())
            news = np.bincount(place, new)
            means = np.bincount(place, new * errors) / np.maximum(news, 1.0)
            errors = np.where((news > 0)[place], means[place], errors)
        means = np.bincount(place, weights=values) / counts
        several = counts[place] > 1  # a mean of one value has no deviation
        unbiased = counts[place][several] / (counts[place][several] - 1.0)
        within = unbiased * (values - means[place])[several] ** 2
        total = (values - values.mean()) ** 2
        least = (_LEAST_SPREAD * np.abs(values).max(initial=0.0)) ** 2
        return tuple(
            1.0 - float(error.mean() / spread.mean()) if spread.mean() > least else float("nan")
            for error, spread in ((errors, total), (errors[several], within))
        )  # pyright: ignore[reportReturnType] - two of them
