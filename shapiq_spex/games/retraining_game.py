"""A game that refits a scikit-learn estimator on some of its training rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shapiq_spex._argument_checks import (
    check_choice,
    check_flag,
    check_number,
)
from shapiq_spex.approximators.player_information import PlayerInformation
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.games.closed_form_retraining import closed_form
from shapiq_spex.games.known_rows import known_rows, labelled_rows
from shapiq_spex.games.named_game import Matrix, digest
from shapiq_spex.games.training_game import RowNumbers, TrainingGame

ClassValue = Literal["margin", "logit", "probability", "loss"]
NumberValue = Literal["prediction", "loss"]
OwnValue = Callable[[Any, Any, Any], ArrayLike]

_LEAST_PROBABILITY = 1e-6
"""A choice; bounds the logarithms at 13.8 where an estimator is certain."""


class RetrainingGame(TrainingGame):
    r"""A game that refits an estimator of scikit-learn on the training rows of a coalition.

    With p the probability of the true class of a test point and q the largest of the others,

    =============== ================================== ==========================================
    value           classifiers                        regressors
    =============== ================================== ==========================================
    ``margin``      log p - log q (the default)
    ``logit``       log p - log(1 - p)
    ``probability`` p
    ``prediction``                                     the prediction (the default)
    ``loss``        -log p                             squared error
    =============== ================================== ==========================================

    Probabilities are clipped to [1e-6, 1 - 1e-6], except for the value ``probability``. Without
    rows of two classes, which most classifiers need, the prediction is Laplace's rule of
    succession, p_c = (n_c + 1) / (n + C); a regressor without rows predicts the mean of all
    targets. Every ``random_state`` of the estimator is set from the coalition. k-nearest neighbours
    and ridge regression are computed in closed form, without refitting (and are defined for fewer
    rows than neighbours).

    Args:
        estimator: A classifier, a regressor or a pipeline; it is cloned, not fitted itself.
        X: Training rows: an array, a data frame, a sparse matrix or a list.
        y: Training targets.
        X_test: Test points.
        y_test: Their targets.
        value: See above; or a function from (fitted estimator, X_test, y_test) to one number per
            test point.
        empty: The number for every test point if ``value`` is a function and there are no rows of
            two classes (for a regressor: no rows).
        use_closed_form: Whether to use closed forms where there are any.
        **options: ``groups``, ``seed``, ``player_names``, ``output_names``, ``weights``,
            ``fingerprint``, ``record``, ``batch_size`` and ``verbose`` of :class:`TrainingGame`.

    Raises:
        ValueError: If the numbers of rows disagree, a test label does not occur in training, all
            training labels are the same, or the value is not one of the above.
        TypeError: If the estimator is not one, or has no ``predict_proba``.

    Example:
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> X, y = [[0.0], [0.1], [1.0]], [0, 0, 1]
        >>> game = RetrainingGame(
        ...     KNeighborsClassifier(1), X, y, [[0.2]], [0], value="probability"
        ... )
        >>> game(np.array([[True, False, True], [False, False, False]]))
        array([1. , 0.5])
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        X_test: Any,
        y_test: ArrayLike,
        *,
        value: ClassValue | NumberValue | OwnValue | None = None,
        empty: float = 0.0,
        use_closed_form: bool = True,
        **options: Any,
    ) -> None:
        targets, truth = np.asarray(y), np.asarray(y_test)
        _check_lengths(X, targets, X_test, truth)
        check_number(empty, "empty", negative=True)
        check_flag(use_closed_form, "use_closed_form")
        wanted = _checked_value(estimator, value)
        classes = _checked_classes(targets, truth) if _classifies(estimator) else None
        self._refit = _Refit(estimator, X, targets, X_test, truth, wanted, classes)
        self._from_masks = (
            closed_form(estimator, X, targets, X_test, classes)
            if use_closed_form and not callable(wanted)
            else None
        )
        super().__init__(
            self._refit, n_rows=len(targets), n_outputs=len(truth), empty=empty, **options
        )
        self.estimator = estimator

    @property
    def fingerprint(self) -> str | None:
        """A digest of the data, the estimator's settings and the value.

        ``None`` if data are not arrays or the value is a function, unless a name is given.
        """
        given = super().fingerprint
        refit = self._refit
        data = [refit.X, refit.y, refit.X_test, refit.y_test]
        if given is not None or callable(refit.value) or not all(map(_is_plain, data)):
            return given
        described = (repr(self.estimator), refit.value, self.player_of_row, self.seed)
        return f"{type(self.estimator).__name__} / {digest(*data, *described)}"

    def player_information(self) -> PlayerInformation:
        """What is known of the rows beforehand, for ``ProxySPEX(..., players=game)``.

        Covariates, and kernel and ridge regression as a guide, which take no retraining
        (:mod:`shapiq_spex.games.known_rows`).

        Raises:
            TypeError: If the rows are not a matrix of numbers.
        """
        refit = self._refit
        return known_rows(
            labelled_rows(refit.X, refit.y, refit.classes),
            labelled_rows(refit.X_test, refit.y_test, refit.classes),
            self.player_of_row,
            _ValueOfGuide(refit, self.weights),
            classifies=refit.classes is not None,
        )

    def _evaluate(self, coalitions: BoolMatrix) -> Matrix:
        refit = self._refit
        if self._from_masks is None:
            return super()._evaluate(coalitions)
        kept = coalitions[:, self.player_of_row]
        predictions = self._from_masks(kept)
        for row in np.flatnonzero(refit.too_few(kept)):
            predictions[row] = refit.without_training(np.flatnonzero(kept[row]))
        return np.array([refit.values_of(prediction) for prediction in predictions])

    def _trained(self, coalition: NDArray[np.bool_]) -> Vector:
        refit = self._refit
        rows = self.rows_of(coalition)
        if refit.too_few(coalition[None, self.player_of_row])[0]:
            if callable(refit.value):
                return np.full(len(refit.y_test), self.empty)
            return refit.values_of(refit.without_training(rows))
        return super()._trained(coalition)


@dataclass
class _Refit:
    """Fits a clone to some rows and evaluates it. Picklable if the estimator is."""

    estimator: Any
    X: Any
    y: NDArray[Any]
    X_test: Any
    y_test: NDArray[Any]
    value: str | OwnValue
    classes: NDArray[Any] | None

    def __call__(self, rows: RowNumbers, seed: int) -> ArrayLike:
        from sklearn.base import clone

        model: Any = clone(self.estimator)
        seeds = [name for name in model.get_params() if name.split("__")[-1] == "random_state"]
        model.set_params(**dict.fromkeys(seeds, seed % 2**32))
        model.fit(take(self.X, rows), self.y[rows])
        if callable(self.value):
            return self.value(model, self.X_test, self.y_test)
        if self.classes is None:
            return self.values_of(model.predict(self.X_test))
        probabilities = np.zeros((len(self.y_test), len(self.classes)))
        places = np.searchsorted(self.classes, model.classes_)
        probabilities[:, places] = model.predict_proba(self.X_test)
        return self.values_of(probabilities)

    def too_few(self, kept: BoolMatrix) -> NDArray[np.bool_]:
        """Whether each set of rows is too small to fit a model."""
        if self.classes is None:
            return np.count_nonzero(kept, axis=1) == 0
        present = np.zeros(len(kept), dtype=np.intp)
        for label in self.classes:
            present += kept[:, self.y == label].any(axis=1)
        return present < 2

    def without_training(self, rows: RowNumbers) -> Matrix:
        """The prediction from rows that are too few to fit a model."""
        if self.classes is None:
            return np.full(len(self.y_test), self.y.mean())
        counts = (self.y[rows, None] == self.classes).sum(axis=0)
        succession = (counts + 1.0) / (len(rows) + len(self.classes))
        return np.tile(succession, (len(self.y_test), 1))

    def values_of(self, predictions: Matrix) -> Vector:
        """The values of predictions: of probabilities of all classes, or of numbers."""
        if self.classes is None:
            return predictions if self.value == "prediction" else (predictions - self.y_test) ** 2
        points = np.arange(len(self.y_test))
        true_class = np.searchsorted(self.classes, self.y_test)
        if self.value == "probability":
            return predictions[points, true_class]
        kept = np.clip(predictions, _LEAST_PROBABILITY, 1.0 - _LEAST_PROBABILITY)
        log_p = np.log(kept[points, true_class])
        if self.value == "loss":
            return -log_p
        if self.value == "logit":
            return log_p - np.log1p(-kept[points, true_class])
        kept[points, true_class] = 0.0
        return log_p - np.log(kept.max(axis=1))


@dataclass
class _ValueOfGuide:
    """The value of many predictions at once; of squared errors if it is a function of a model."""

    refit: _Refit
    weights: Vector

    def __call__(self, predictions: Matrix) -> Vector:
        refit = self.refit
        if callable(refit.value):
            truth = refit.y_test[:, None]
            truth = truth.astype(np.float64) if refit.classes is None else truth == refit.classes
            return ((predictions - truth) ** 2).sum(axis=2) @ self.weights
        if refit.classes is None:
            predictions = predictions[:, :, 0]
        return np.array([refit.values_of(given) for given in predictions]) @ self.weights


def take(data: Any, rows: RowNumbers) -> Any:
    """Select rows of an array, a data frame, a sparse matrix or a list."""
    if hasattr(data, "iloc"):
        return data.iloc[rows]
    return data[rows] if hasattr(data, "shape") else [data[row] for row in rows]


def _classifies(estimator: Any) -> bool:
    from sklearn.base import is_classifier

    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(f"estimator must be an estimator of scikit-learn, got {estimator!r}")
    return is_classifier(estimator)


def _checked_value(estimator: Any, value: str | OwnValue | None) -> str | OwnValue:
    classifies = _classifies(estimator)
    if callable(value):
        return value
    known = get_args(ClassValue if classifies else NumberValue)
    wanted = known[0] if value is None else value
    check_choice(wanted, f"value of a {'classifier' if classifies else 'regressor'}", known)
    if classifies and not hasattr(estimator, "predict_proba"):
        raise TypeError(
            f"{type(estimator).__name__} has no predict_proba: wrap it in "
            "sklearn.calibration.CalibratedClassifierCV, or give a function as value, "
            "for example lambda model, X, y: model.decision_function(X)"
        )
    return wanted


def _checked_classes(y: NDArray[Any], y_test: NDArray[Any]) -> NDArray[Any]:
    classes = np.unique(y)
    unknown = np.setdiff1d(y_test, classes).tolist()
    if unknown:
        raise ValueError(f"the test label {unknown[0]!r} does not occur among the training labels")
    if len(classes) < 2:
        raise ValueError(
            f"all training rows have the label {classes.tolist()[0]!r}; a classifier needs two"
        )
    return classes


def _check_lengths(X: Any, y: NDArray[Any], X_test: Any, y_test: NDArray[Any]) -> None:
    for name, data, targets in (("training", X, y), ("test", X_test, y_test)):
        try:
            rows = data.shape[0] if hasattr(data, "shape") else len(data)
        except (TypeError, IndexError):
            raise TypeError(f"the {name} data X must have rows, got {data!r}") from None
        if targets.ndim != 1 or rows != len(targets) or rows == 0:
            raise ValueError(
                f"{rows} {name} rows need as many targets (and at least one), got targets of "
                f"shape {targets.shape}"
            )


def _is_plain(data: Any) -> bool:
    return isinstance(data, np.ndarray) and data.dtype.kind in "biufU"
