r"""Predictions of k-nearest neighbours and ridge regression for many sets of training rows at once.

*Neighbours.* Sort the training rows once by their distance to a test point; the neighbours of a
set S are the first k of the sorted rows that belong to S.

*Ridge.* The normal equations of a set are sums over its rows. With x centred by the mean m of the
set (if there is an intercept),

    w = (sum_S x x^T - |S| m m^T + alpha I)^-1 (sum_S x y - m sum_S y)

so all sets of a batch cost one matrix product and one batched solve (T. Hastie, R. Tibshirani,
J. Friedman, *The Elements of Statistical Learning*, 2009, section 3.4.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector

Predictions = NDArray[np.float64]
FromMasks = Callable[[BoolMatrix], Predictions]
"""Sets of training rows in, predictions out: numbers (sets, test points), or probabilities
(sets, test points, classes). The predictions of a set without rows are arbitrary."""

_MOST_FEATURES = 100
"""A choice; bounds the products of all pairs of features, 80 kB per training row of a ridge."""
_MOST_ENTRIES = 1 << 23
"""Numbers in a temporary array. A choice; bounds its memory at 64 MB."""


def closed_form(
    estimator: Any, X: Any, y: NDArray[Any], X_test: Any, classes: NDArray[Any] | None
) -> FromMasks | None:
    """The closed form of a scikit-learn estimator; ``None`` if it has none here.

    ``classes`` are all classes, sorted; ``None`` for a regressor.
    """
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    train, test = numbers(X), numbers(X_test)
    if train is None or test is None:
        return None
    if type(estimator) in (KNeighborsClassifier, KNeighborsRegressor) and (
        estimator.weights == "uniform"
        and estimator.metric in ("minkowski", "euclidean")
        and (estimator.p == 2 or estimator.metric == "euclidean")
    ):
        targets = (
            y[:, None].astype(np.float64)
            if classes is None
            else (y[:, None] == classes).astype(np.float64)
        )
        return _Neighbours(
            _by_distance(train, test), targets, estimator.n_neighbors, classes is not None
        )
    if type(estimator) is Ridge and (
        not estimator.positive
        and np.ndim(estimator.alpha) == 0
        and float(estimator.alpha) > 0
        and train.shape[1] <= _MOST_FEATURES
    ):
        return _Ridge(
            train, y.astype(np.float64), test, float(estimator.alpha), estimator.fit_intercept
        )
    return None


@dataclass
class _Neighbours:
    order: NDArray[np.intp]
    targets: NDArray[np.float64]
    count: int
    classifies: bool

    def __call__(self, kept: BoolMatrix) -> Predictions:
        found = np.clip(kept.sum(axis=1), 1, self.count)[:, None]
        means = np.empty((len(kept), len(self.order), self.targets.shape[1]))
        for point, order in enumerate(self.order):
            sorted_rows = kept[:, order]
            nearest = sorted_rows & (np.cumsum(sorted_rows, axis=1) <= self.count)
            means[:, point] = (nearest @ self.targets[order]) / found
        return means if self.classifies else means[:, :, 0]


@dataclass
class _Ridge:
    X: NDArray[np.float64]
    y: Vector
    X_test: NDArray[np.float64]
    alpha: float
    intercept: bool

    def __post_init__(self) -> None:
        if self.intercept:  # centring keeps the prediction and reduces its rounding error
            self.centre, self.level = self.X.mean(axis=0), float(self.y.mean())
        else:
            self.centre, self.level = np.zeros(self.X.shape[1]), 0.0
        self._X, self._y = self.X - self.centre, self.y - self.level
        self._products = np.einsum("ij,ik->ijk", self._X, self._X).reshape(len(self.X), -1)

    def __call__(self, kept: BoolMatrix) -> Predictions:
        width = self.X.shape[1]
        rows = max(1, _MOST_ENTRIES // max(width * width, len(self.X)))
        blocks = range(0, len(kept), rows)
        return np.concatenate([self._solved(kept[b : b + rows].astype(np.float64)) for b in blocks])

    def _solved(self, kept: NDArray[np.float64]) -> Predictions:
        width = self.X.shape[1]
        gram = (kept @ self._products).reshape(-1, width, width)
        moments = kept @ (self._X * self._y[:, None])
        test = self.X_test - self.centre
        means, levels = np.zeros((len(kept), width)), np.zeros(len(kept))
        if self.intercept:
            sizes = np.maximum(kept.sum(axis=1), 1.0)
            means, levels = (kept @ self._X) / sizes[:, None], (kept @ self._y) / sizes
            gram -= sizes[:, None, None] * means[:, :, None] * means[:, None, :]
            moments -= sizes[:, None] * means * levels[:, None]
        weights = np.linalg.solve(gram + self.alpha * np.eye(width), moments[..., None])[..., 0]
        offsets = levels - (means * weights).sum(axis=1)
        return weights @ test.T + offsets[:, None] + self.level


def numbers(data: Any) -> NDArray[np.float64] | None:
    """The data as a matrix of floats, if they are one."""
    if not hasattr(data, "shape") and not isinstance(data, list):
        return None
    try:
        array = np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return array if array.ndim == 2 else None


def _by_distance(train: NDArray[np.float64], test: NDArray[np.float64]) -> NDArray[np.intp]:
    from sklearn.metrics import pairwise_distances

    return np.argsort(pairwise_distances(test, train), axis=1, kind="stable")
