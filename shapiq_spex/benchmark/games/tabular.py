"""Games of models trained on the tables that scikit-learn bundles: which features matter?

Players are features. An absent feature takes its value from a background: either the mean row of
the training data (*baseline* imputation), or each of several training rows, over which the
prediction is averaged (*marginal* imputation). The background is the same for every coalition, so
the game is deterministic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, ValueFunction, in_blocks
from shapiq_spex.benchmark.games.forest_spectrum import forest_spectrum, is_forest
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector

Matrix = NDArray[np.float64]
Model = Any
"""A scikit-learn estimator; estimators have no common base class that declares predictions."""

_BLOCK = 20_000  # rows that a model predicts at a time; a choice, bounds memory
_NEIGHBOUR_BLOCK = 1000  # the same for SoftNeighbours, whose distance matrix is larger
_BACKGROUND_SEED = 11  # draws the background rows of marginal imputation


class Table(NamedTuple):
    """Standardised features and a target."""

    features: Matrix
    target: NDArray[Any]


def load_table(name: str) -> Table:
    """One of scikit-learn's bundled tables, or ``"wide"``: 200 generated features.

    Args:
        name: ``"cancer"`` (30 features), ``"wine"`` (13), ``"diabetes"`` (10), ``"digits"`` (64)
            or ``"wide"``.
    """
    if name == "wide":
        features, target = datasets.make_classification(
            n_samples=1500, n_features=200, n_informative=40, n_redundant=40, random_state=7
        )
    else:
        loader = {"cancer": "breast_cancer"}.get(name, name)
        features, target = getattr(datasets, f"load_{loader}")(return_X_y=True)
    features, target = np.asarray(features, dtype=np.float64), np.asarray(target)
    spread = features.std(axis=0)
    spread[spread == 0] = 1.0
    return Table((features - features.mean(axis=0)) / spread, target)


def imputed(
    predict: Callable[[Matrix], Vector],
    instance: Vector,
    background: Matrix,
) -> ValueFunction:
    """The game of a prediction, with absent features taken from the rows of ``background``.

    One background row gives baseline imputation, several give marginal imputation.
    """

    def value(coalitions: BoolMatrix) -> Vector:
        values = np.zeros(len(coalitions))
        for row in background:
            values += predict(np.where(coalitions, instance, row))
        return values / len(background)

    return in_blocks(value, _BLOCK)


class TabularGame(NamedTuple):
    """A recipe of a game; call it to build the game.

    Attributes:
        name: Name of the game.
        table: Name of the table.
        model: Makes the untrained scikit-learn estimator.
        instance: The row to explain.
        background: The number of background rows; 0 for baseline imputation.
        features: If given, only this many features are players, those most correlated with the
            target; the other columns are dropped before training.
    """

    name: str
    table: str
    model: Callable[[], Model]
    instance: int
    background: int = 0
    features: int | None = None

    def __call__(self) -> BenchmarkGame:
        """Train the model and return its game."""
        features, target = load_table(self.table)
        if self.features is not None:
            relevance = np.abs(np.corrcoef(features.T, target)[-1, :-1])
            features = features[:, np.sort(np.argsort(-relevance)[: self.features])]
        model = self.model().fit(features, target)
        instance = features[self.instance]
        if self.background:
            chosen = np.random.default_rng(_BACKGROUND_SEED).choice(
                len(features), self.background, replace=False
            )
            background = features[chosen]
        else:
            background = features.mean(axis=0, keepdims=True)
        value = imputed(output_of(model, instance), instance, background)
        exact = partial(forest_spectrum, model, instance, background) if is_forest(model) else None
        return BenchmarkGame(self.name, features.shape[1], value, exact_spectrum=exact)


class SoftNeighbours:
    """Kernel-weighted nearest neighbours: the class shares of the training rows.

    A training row has the weight exp(-squared distance / number of features). This avoids the
    threads that scikit-learn's neighbour search starts and the steps of hard neighbours.
    """

    def fit(self, features: Matrix, target: NDArray[Any]) -> SoftNeighbours:
        """Store the training rows."""
        self._rows = features
        self._classes = np.eye(int(target.max()) + 1)[target]
        return self

    def predict_proba(self, rows: Matrix) -> Matrix:
        """The weighted class shares."""
        return in_blocks(self._shares, _NEIGHBOUR_BLOCK)(rows)

    def _shares(self, rows: Matrix) -> Matrix:
        distances = (rows**2).sum(axis=1)[:, None] - 2.0 * rows @ self._rows.T
        distances += (self._rows**2).sum(axis=1)
        distances -= distances.min(axis=1, keepdims=True)
        weights = np.exp(-distances / rows.shape[1])
        return (weights @ self._classes) / weights.sum(axis=1, keepdims=True)


def output_of(model: Model, instance: Vector) -> Callable[[Matrix], Vector]:
    """The output to explain: a regression, a margin, or the probability of the predicted class."""
    if hasattr(model, "predict_proba"):
        label = int(np.argmax(model.predict_proba(instance[None])[0]))
        return lambda rows: model.predict_proba(rows)[:, label]
    if hasattr(model, "decision_function"):
        margins = np.atleast_1d(model.decision_function(instance[None])[0])
        if len(margins) == 1:
            return model.decision_function
        label = int(np.argmax(margins))
        return lambda rows: model.decision_function(rows)[:, label]
    return model.predict
