r"""Faithfulness: how much of a game an explanation reproduces, and how surely.

    R^2 = 1 - rho,    rho = sum_S (v(S) - p(S))^2 / sum_S (v(S) - mean v)^2

over coalitions S that the prediction p was not fitted to. The interval treats rho as a ratio of two
means over the sampled pairs {S, complement of S}, which are independent draws: with e and q the
squared errors and squared deviations of a pair, the delta method gives

    se(log rho)^2 = sum (e / mean e - q / mean q)^2 / (M (M - 1))        (M pairs)

(W. G. Cochran, *Sampling Techniques*, 1977, chapter 6). The logarithm keeps the interval below 1
and fits the skewed errors that arise where few pairs carry most of the error. With the squared
errors of another explanation in place of q, the interval tells how surely one is better.

Where residuals vanish, so do e and se, although coalitions that were not drawn may differ: the
interval then reaches down to what these may add (:mod:`shapiq_spex.estimators.unseen`).

Where rare enormous values make up most of the variance, a sample without them looks well explained.
No interval is given where the variance depends on few pairs, (sum q)^2 / sum q^2 of them in effect
(L. Kish, *Survey Sampling*, 1965). Where rows are a share f of all coalitions of their size, their
q^2 counts 1 - f times: no other can be drawn of a size that is complete (Cochran, section 2.6).
Where rows have weights, the degrees of freedom of Student's t are those of a sum of independent
squares, (sum d^2)^2 / sum d^4 with d the deviations above (B. L. Welch, *The generalization of
Student's problem*, Biometrika 34, 1947).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from shapiq_spex._rounding import SUMMED_ROUNDINGS, rounding
from shapiq_spex.estimators.unseen import residuals_vanish, unseen_share, unseen_squared_error
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

FEWEST_PAIRS, FEWEST_EFFECTIVE_PAIRS = 20, 10
"""Pairs below which no interval is given: a variance from 10 values has a standard error of half
its size, sqrt(2 / 9)."""

_CONSTANT = 1e-14
"""The standard deviation, relative to the largest value, up to which values are constant: some ten
rounding errors."""

CROSS_FITTED_REACH = 2.0
"""The reach of an interval for predictions by fits that differ from row to row, relative to that
for one fixed prediction. The fits share rows, so that their errors are correlated, and 5 folds take
at least sqrt(1 + 5/4) = 1.5 (C. Nadeau and Y. Bengio, *Inference for the generalization error*,
Machine Learning 52, 2003). With 2, bounds of 95% hold in 93 to 98% of the runs of
``python -m shapiq_spex.benchmark.studies.report_calibration``."""


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
    if total <= len(values) * (_CONSTANT * scale) ** 2:
        return float("nan")
    return 1.0 - float(((values - predictions) ** 2).sum()) / total


def held_out_of(
    coalitions: Coalitions,
    values: Vector,
    predictions: Vector,
    fit: Spectrum | None = None,
    *,
    drawn: bool = True,
) -> HeldOut:
    """The rows that have a held-out prediction.

    ``fit`` is the fit to all rows, and ``drawn`` tells whether these are random draws. If they are
    and it misses none of them, as the held-out predictions miss none, all count as draws that would
    have shown a deviation.
    """
    rows = np.isfinite(predictions)
    fit = fit if drawn else None
    held_out = HeldOut(
        values[rows],
        predictions[rows],
        coalitions[rows].pair_of_row(),
        reach=CROSS_FITTED_REACH,
        fitted=None if fit is None else fit.evaluate(coalitions[rows]),
        known=KnownSizes.of(coalitions.sizes(), values, coalitions.n_players) if drawn else None,
    )
    if (
        fit is not None
        and residuals_vanish(held_out.values - held_out.predictions, held_out.values)
        and residuals_vanish(values - fit.evaluate(coalitions), values)
    ):
        draws = len(np.unique(coalitions.pair_of_row()))
        return replace(held_out, draws=draws, all_seen=True)
    return held_out


@dataclass(frozen=True)
class KnownSizes:
    """The rows of each size 0 ... n whose values are known, held out or not.

    Attributes:
        counts: Their number.
        means: The mean of their values; 0 if there are none.
    """

    counts: NDArray[np.intp]
    means: Vector

    @classmethod
    def of(cls, sizes: NDArray[np.integer], values: Vector, n_players: int) -> KnownSizes:
        """Count rows of these sizes and average their values."""
        counts = np.bincount(sizes, minlength=n_players + 1)
        sums = np.bincount(sizes, values, minlength=n_players + 1)
        return cls(counts, sums / np.maximum(counts, 1))


@dataclass(frozen=True)
class HeldOut:
    """Values of a game and predictions by fits without these values.

    Attributes:
        values: The values.
        predictions: The predictions.
        pair_of_row: The number of the pair {S, complement of S} that each row belongs to.
        draws: Independent draws on which a deviation would have shown; by default the pairs.
        reach: The reach of intervals, in log(1 - R^2), relative to that of one fixed prediction.
        weights: The weight of each row, 1 on average; ``None`` for equal ones.
        squares: What stands for the squared deviation of each row from the mean; ``None`` for that
            itself. See :mod:`shapiq_spex.estimators.within_sizes`.
        fitted: What the explanation says of the rows, to which it was fitted; ``None`` if it may
            not differ from what the predicting fits say.
        of_all: The share of the coalitions of the size of each row that rows are; ``None`` if it is
            small.
        known: All random draws whose values are known, by size; ``None`` if the rows are all.
        all_seen: Whether a deviation would have shown on each of these.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> signal, noise = rng.normal(size=(2, 200))
        >>> held_out = HeldOut(signal + noise / 3, signal, np.arange(200) // 2)
        >>> low, high = held_out.interval()
        >>> low < held_out.r_squared < high
        True
    """

    values: Vector
    predictions: Vector
    pair_of_row: NDArray[np.intp]
    draws: int = 0
    reach: float = 1.0
    weights: Vector | None = None
    squares: Vector | None = None
    fitted: Vector | None = None
    of_all: Vector | None = None
    known: KnownSizes | None = None
    all_seen: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "draws", self.draws or len(np.unique(self.pair_of_row)))

    @property
    def r_squared(self) -> float:
        """The share of the variance of the values that the predictions explain."""
        if self.squares is None and self.weights is None:
            return r_squared(self.values, self.predictions)
        total = float(self.spread.sum())
        scale = float(np.abs(self.values).max(initial=0.0))
        if total <= len(self.values) * (_CONSTANT * scale) ** 2:
            return float("nan")
        return 1.0 - float(self._weighted((self.values - self.predictions) ** 2).sum()) / total

    @property
    def spread(self) -> Vector:
        """The weighted squared deviation of each row; on average, the variance of the values."""
        if self.squares is not None:
            return self._weighted(self.squares)
        return self._weighted((self.values - self.values.mean()) ** 2)

    def _weighted(self, rows: Vector) -> Vector:
        return rows if self.weights is None else self.weights * rows

    @property
    def effective_pairs(self) -> float:
        """The number of equal pairs that would give the variance of the values."""
        if len(self.values) == 0:
            return 0.0
        squares = np.bincount(self.pair_of_row, self.spread)
        largest = squares.max()
        if largest == 0:
            return 0.0
        shares = squares / largest  # the square of a tiny number would be nil
        if self.of_all is None:
            return float(shares.sum() ** 2 / (shares**2).sum())
        by_chance = np.bincount(self.pair_of_row, self.spread * np.sqrt(1.0 - self.of_all))
        squared = float(((by_chance / largest) ** 2).sum())
        equal = float(shares.sum() ** 2) / np.count_nonzero(shares)  # of as many equal pairs
        return float(shares.sum() ** 2) / max(squared, equal)

    @property
    def unseen(self) -> float:
        """The share of coalitions that may differ although no row shows it, with 95% confidence."""
        return unseen_share(self.draws)

    def as_explained(self) -> HeldOut:
        """These rows, judged by the explanation itself where it misses more than the predictions.

        Fits outside folds are those of the proxies; the explanation may be a spectrum that has too
        few terms to say the same. It was fitted to these rows and is no better on others.
        """
        if self.fitted is None or not len(self.values):
            return self
        missed, missed_by_fit = (
            float(self._weighted((self.values - predicted) ** 2).sum())
            for predicted in (self.predictions, self.fitted)
        )
        if missed_by_fit <= missed + self._rounding():
            return self
        return replace(self, predictions=self.fitted, fitted=None)

    def select(self, rows: NDArray[np.intp]) -> HeldOut:
        """Some of the rows, as if there were no others."""
        return HeldOut(
            self.values[rows], self.predictions[rows], self.pair_of_row[rows], reach=self.reach
        )

    def lower_bound(self, confidence: float = 0.95) -> float:
        """What R^2 exceeds with the given probability; NaN as :meth:`interval`."""
        return self.interval(2.0 * confidence - 1.0)[0]

    def interval(self, confidence: float = 0.9) -> tuple[float, float]:
        """Where R^2 lies with the given probability.

        NaN for fewer than 20 pairs, or if most of the variance rests on fewer than 10.
        """
        if not np.isfinite(self.r_squared):
            return float("nan"), float("nan")
        low, high = self._ratio_interval(self.spread, confidence)
        return 1.0 - high - self._unseen_error(confidence) / float(self.spread.mean()), 1.0 - low

    def gain_over(self, predictions: Vector, confidence: float = 0.9) -> tuple[float, float, float]:
        """The share of the squared error of other predictions that these ones avoid.

        Returns:
            The share, negative if these are worse, and its interval. All are NaN where the others
            make no error, the interval also where R^2 has none.
        """
        error, others = (
            self._weighted((self.values - other) ** 2) for other in (self.predictions, predictions)
        )
        if not np.isfinite(self.r_squared) or others.sum() <= self._rounding():
            return float("nan"), float("nan"), float("nan")
        low, high = self._ratio_interval(others, confidence)
        unseen = self._unseen_error(confidence) / float(others.mean())
        high = (high + unseen) / (1.0 + unseen)  # both miss what was not seen
        return 1.0 - float(error.sum() / others.sum()), 1.0 - high, 1.0 - low

    def _unseen_error(self, confidence: float) -> float:
        """What coalitions that were not drawn may add to the mean squared error."""
        residuals = self.values - self.predictions
        error = unseen_squared_error(self.values, residuals, self.draws, (1.0 + confidence) / 2.0)
        if self.squares is None or not error:
            return error
        # within sizes: twice the largest deviation, not the range of all sizes
        largest = 4.0 * float(self.squares.max()) / float(np.ptp(self.values)) ** 2
        return min(largest, 1.0) * error

    def _rounding(self) -> float:
        """The sum of squared errors up to which predictions are perfect."""
        squared_rounding = (SUMMED_ROUNDINGS * rounding(self.values)) ** 2
        return 1e-20 * float(self.spread.sum()) + len(self.values) * squared_rounding

    def _ratio_interval(self, denominators: Vector, confidence: float) -> tuple[float, float]:
        """The interval of the mean squared error over the mean of ``denominators``."""
        _, pair_of_row = np.unique(self.pair_of_row, return_inverse=True)
        n_pairs = int(pair_of_row.max(initial=-1)) + 1
        if n_pairs < FEWEST_PAIRS or self.effective_pairs < FEWEST_EFFECTIVE_PAIRS:
            return float("nan"), float("nan")
        error = np.bincount(
            pair_of_row, weights=self._weighted((self.values - self.predictions) ** 2)
        )
        other = np.bincount(pair_of_row, weights=denominators)
        if error.sum() == 0:
            return 0.0, 0.0
        deviation = error / error.mean() - other / other.mean()
        standard_error = np.sqrt((deviation**2).sum() / (n_pairs * (n_pairs - 1)))
        freedom = n_pairs - 1.0
        if self.weights is not None and deviation.any():
            freedom = float((deviation**2).sum() ** 2 / (deviation**4).sum())
        quantile = self.reach * stats.t.ppf((1.0 + confidence) / 2.0, freedom)
        factor = float(np.exp(quantile * standard_error))
        ratio = float(error.sum() / other.sum())
        return ratio / factor, ratio * factor
