r"""Faithfulness: how much of a game an explanation reproduces, and how surely.

    R^2 = 1 - rho,    rho = sum_S (v(S) - p(S))^2 / sum_S (v(S) - mean v)^2

over coalitions S that the prediction p was not fitted to. The bound treats rho as a ratio of two
means over the sampled pairs {S, complement of S}, which are independent draws: with e and q the
squared errors and squared deviations of a pair, the delta method gives

    se(log rho)^2 = sum (e / mean e - q / mean q)^2 / (M (M - 1))        (M pairs)

(W. G. Cochran, *Sampling Techniques*, 1977, chapter 6). The logarithm keeps the bound below 1 and
makes it honest where few pairs carry most of the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from shapiq_spex.fourier.spectrum import Vector

FEWEST_PAIRS = 20
"""Below this many pairs a standard error is a guess, and no bound is given."""


def r_squared(values: Vector, predictions: Vector) -> float:
    """The share of the variance of ``values`` that ``predictions`` explain.

    Rows whose prediction is NaN do not count. NaN for fewer than two rows or constant values, for
    which there is nothing to explain.

    Example:
        >>> r_squared(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]))
        0.5
    """
    known = np.isfinite(predictions)
    values, predictions = values[known], predictions[known]
    if len(values) < 2:
        return float("nan")
    total = float(((values - values.mean()) ** 2).sum())
    scale = float(np.abs(values).max())
    if total <= len(values) * (1e-14 * scale) ** 2:
        return float("nan")
    return 1.0 - float(((values - predictions) ** 2).sum()) / total


@dataclass(frozen=True)
class HeldOut:
    """Values of a game and predictions that were made without knowing them.

    Attributes:
        values: The values.
        predictions: The predictions.
        pair_of_row: The number of the pair {S, complement of S} that each row belongs to.
    """

    values: Vector
    predictions: Vector
    pair_of_row: NDArray[np.intp]

    @property
    def r_squared(self) -> float:
        """The share of the variance of the values that the predictions explain."""
        return r_squared(self.values, self.predictions)

    def lower_bound(self, confidence: float = 0.95) -> float:
        """What R^2 exceeds with the given probability; NaN for fewer than 20 pairs."""
        _, pair_of_row = np.unique(self.pair_of_row, return_inverse=True)
        n_pairs = int(pair_of_row.max(initial=-1)) + 1
        if n_pairs < FEWEST_PAIRS or not np.isfinite(self.r_squared):
            return float("nan")
        error = np.bincount(pair_of_row, weights=(self.values - self.predictions) ** 2)
        spread = np.bincount(pair_of_row, weights=(self.values - self.values.mean()) ** 2)
        if error.sum() == 0:
            return 1.0
        deviation = error / error.mean() - spread / spread.mean()
        standard_error = np.sqrt((deviation**2).sum() / (n_pairs * (n_pairs - 1)))
        quantile = stats.t.ppf(confidence, n_pairs - 1)
        return 1.0 - (1.0 - self.r_squared) * float(np.exp(quantile * standard_error))
