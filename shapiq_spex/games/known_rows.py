r"""What is known of training rows before any retraining: covariates and a closed-form guide.

With columns standardised by the training rows, d(t, i) the squared distance of a test point t to a
training row i, and the kernel k(t, i) = exp(-4 d(t, i) / median d),

    closeness_i = log sum_t k(t, i) / sum_j k(t, j),
    agreement_i = log |sum_t <y_t - m, y_i - m> k(t, i) / sum_j k(t, j)|,
    surprise_i  = log |y_i - kernel regression of y_i on the other training rows|,

where y are targets, or indicators of the classes, and m is their mean. Rows of a group are summed
before the logarithm. The guide is the game of another learner, the mean of kernel regression
(E. A. Nadaraya, *On estimating regression*, 1964) and ridge regression, both in closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.approximators.player_information import PlayerInformation
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.games.closed_form_retraining import FromMasks, closed_form, numbers
from shapiq_spex.games.named_game import Matrix

_SHARPNESS = 4.0
"""Of the kernel, per median squared distance. A choice: e^-4 at the median is a local average."""

_PENALTY = 0.1
"""Of the ridge, per training row and in units of the variance of a column. A choice: training on
half of the rows must not interpolate."""

_LEAST_PROBABILITY = 0.1
"""Added to the share of every class. A choice: it bounds the logarithms of a value, in which
otherwise a few coalitions would dominate the guide."""

_LEAST_SIZE = 0.01
"""The smallest covariate before its logarithm, relative to the mean (a choice)."""

_ENTRIES = 1 << 22
"""Predictions held at a time; a choice, bounds memory at 32 MB."""


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """Rows of numbers with targets, or with indicators of classes in columns."""

    features: Matrix
    targets: Matrix


def labelled_rows(X: Any, y: NDArray[Any], classes: NDArray[Any] | None) -> LabelledRows:
    """Rows and targets as numbers.

    Raises:
        TypeError: If the rows are not a matrix of numbers.
    """
    features = numbers(X)
    if features is None:
        raise TypeError(
            "the rows of this game are not a matrix of numbers, so nothing is known of its "
            "players: give PlayerInformation(covariates=..., guide=...) of your own"
        )
    targets = y[:, None] if classes is None else y[:, None] == classes
    return LabelledRows(features, targets.astype(np.float64))


def known_rows(
    train: LabelledRows,
    test: LabelledRows,
    player_of_row: NDArray[np.intp],
    value_of: Callable[[Matrix], Vector],
    *,
    classifies: bool,
) -> PlayerInformation:
    """What is known of training rows or groups of them.

    Args:
        train: The training rows.
        test: The test points.
        player_of_row: The player of each training row.
        value_of: The value of predictions (sets, test points, columns of the targets).
        classifies: Whether predictions are probabilities.
    """
    mean, deviation = train.features.mean(axis=0), train.features.std(axis=0)
    scale = np.where(deviation > 0.0, deviation, 1.0)
    rows, points = (train.features - mean) / scale, (test.features - mean) / scale
    kernel, among = _kernel(points, rows), _kernel(rows, rows, others=True)
    centre = train.targets.mean(axis=0)
    agreement = ((test.targets - centre) @ (train.targets - centre).T * kernel).sum(axis=0)
    surprise = np.linalg.norm(among @ train.targets - train.targets, axis=1)
    raw = {"closeness": kernel.sum(axis=0), "agreement": agreement, "surprise": surprise}
    covariates = {
        name: _log_size(np.bincount(player_of_row, weights=column)) for name, column in raw.items()
    }
    ridges = _ridges(rows, train.targets, points)
    guide = _Guide(player_of_row, kernel, train.targets, ridges, value_of, classifies)
    return PlayerInformation(covariates=covariates, guide=guide)


@dataclass(frozen=True, eq=False)
class _Guide:
    """The mean of kernel regression and ridge regression on the rows that are kept."""

    player_of_row: NDArray[np.intp]
    kernel: Matrix
    targets: Matrix
    ridges: list[FromMasks]
    value_of: Callable[[Matrix], Vector]
    classifies: bool

    def __call__(self, coalitions: BoolMatrix) -> Vector:
        step = max(1, _ENTRIES // (len(self.kernel) * self.targets.shape[1]))
        blocks = range(0, len(coalitions), step)
        kept = coalitions[:, self.player_of_row]
        return np.concatenate([self.value_of(self.predictions(kept[b : b + step])) for b in blocks])

    def predictions(self, kept: BoolMatrix) -> Matrix:
        """Of every target, for sets of rows: (sets, test points, columns of the targets)."""
        weights = kept @ self.kernel.T
        least = np.finfo(np.float64).tiny
        found = np.empty((*weights.shape, self.targets.shape[1]))
        for column, target in enumerate(self.targets.T):
            found[:, :, column] = (kept @ (self.kernel * target).T) / np.maximum(weights, least)
            if self.ridges:
                found[:, :, column] = (found[:, :, column] + self.ridges[column](kept)) / 2.0
        if self.classifies:
            found = np.clip(found, 0.0, 1.0) + _LEAST_PROBABILITY
            found /= found.sum(axis=2, keepdims=True)
        return found


def _kernel(points: Matrix, rows: Matrix, *, others: bool = False) -> Matrix:
    """The share of each row in the kernel regression at each point, which sum to one."""
    from sklearn.metrics import pairwise_distances

    distances = pairwise_distances(points, rows, metric="sqeuclidean")
    median = float(np.median(distances))
    sharpness = _SHARPNESS / median if median > 0.0 else 0.0
    if others:
        np.fill_diagonal(distances, distances.max())
    kernel = np.exp(-sharpness * (distances - distances.min(axis=1, keepdims=True)))
    if others:
        np.fill_diagonal(kernel, 0.0)
    return kernel / kernel.sum(axis=1, keepdims=True)


def _ridges(rows: Matrix, targets: Matrix, points: Matrix) -> list[FromMasks]:
    """Ridge regression of each target; none if there are too many columns for a closed form."""
    from sklearn.linear_model import Ridge

    ridge = Ridge(_PENALTY * len(rows))
    found = [closed_form(ridge, rows, target, points, None) for target in targets.T]
    return [form for form in found if form is not None]


def _log_size(covariate: NDArray[Any]) -> Vector:
    sizes = np.abs(covariate.astype(np.float64))
    return np.log(sizes + max(_LEAST_SIZE * float(sizes.mean()), np.finfo(np.float64).tiny))
