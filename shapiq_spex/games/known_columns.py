"""What is known of the columns of a table before any ablation: covariates and a surrogate as guide.

Covariates are the distance of the explained row from the background, in deviations, and the
logarithm of the importance of a column for the surrogate. The surrogate is a small forest, fitted
to the predictions of the model on the background; the guide imputes absent columns as the imputer
does, and predicts by the surrogate.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._argument_checks import check_type
from shapiq_spex.approximators.player_information import PlayerInformation
from shapiq_spex.games.closed_form_retraining import numbers
from shapiq_spex.games.named_game import Matrix, as_numbers

_MOST_ROWS = 1000
"""Background rows that the surrogate is fitted to; a choice, bounds calls of the model."""

_TREES, _DEPTH = 20, 8
"""Of the forest, which considers the root of the number of columns per split; a choice: thousands
of guide answers within seconds."""

_LEAST_IMPORTANCE = 0.01
"""Added to the share of a column in the importances, before the logarithm (a choice)."""


def known_columns(imputer: Any) -> PlayerInformation:
    """What is known of the columns of a table whose prediction is explained.

    The model predicts up to 1,000 rows of the background once; the guide does not call it.

    Args:
        imputer: An imputer of shapiq that was fitted to the row to explain, such as
            ``shapiq.MarginalImputer(model, data, x=x)`` or ``explainer.imputer``; its columns must
            be numbers.

    Raises:
        TypeError: If it is not an imputer.
        ValueError: If no row to explain was given to it, or a column is not a number.

    Example:
        >>> from shapiq import MarginalImputer
        >>> from shapiq_spex import ProxySPEX
        >>> data = np.random.default_rng(0).normal(size=(200, 16))
        >>> def predict(rows):
        ...     return np.tanh(2.0 * rows[:, 0] + rows[:, 1] - rows[:, 2] * rows[:, 3])
        >>> imputer = MarginalImputer(predict, data, x=data[7], sample_size=50)
        >>> approximator = ProxySPEX(
        ...     n=16, index="FBII", max_order=2, players=known_columns(imputer), random_state=0
        ... )
        >>> values = approximator.approximate(40, imputer)
        >>> approximator.report_.knowledge
        'the covariates "distance", "importance" and a guide'
    """
    from shapiq import Game
    from sklearn.ensemble import RandomForestRegressor

    check_type(imputer, Game, "known_columns needs an imputer of shapiq")
    if getattr(imputer, "data", None) is None or not callable(getattr(imputer, "predict", None)):
        raise TypeError(f"known_columns needs an imputer of shapiq, got {imputer!r}")
    data = _as_matrix(imputer.data, "the background")
    row = _as_matrix(np.atleast_2d(imputer.x), "the explained row")[0]
    chosen = data
    if len(data) > _MOST_ROWS:
        rows = np.random.default_rng(0).choice(len(data), _MOST_ROWS, replace=False)
        chosen = data[np.sort(rows)]
    forest = RandomForestRegressor(
        _TREES, max_depth=_DEPTH, max_features=cast("Any", "sqrt"), random_state=0, n_jobs=1
    ).fit(chosen, as_numbers(imputer.predict(chosen)).ravel())
    deviation = data.std(axis=0)
    distance = np.abs(row - data.mean(axis=0)) / np.where(deviation > 0.0, deviation, 1.0)
    importance = np.log(forest.feature_importances_ + _LEAST_IMPORTANCE)
    return PlayerInformation(
        covariates={"distance": distance, "importance": importance},
        guide=_imputed_by(imputer, forest),
    )


def _as_matrix(rows: Any, name: str) -> Matrix:
    found = numbers(rows)
    if found is None or not np.isfinite(found).all():
        raise ValueError(
            f"{name} must be finite numbers; give PlayerInformation(covariates=..., guide=...) of "
            "your own where columns are texts or have missing values"
        )
    return found


@dataclass(frozen=True, eq=False)
class _Predictions:
    """Those of a forest, for rows of any type."""

    forest: Any

    def __call__(self, rows: Any) -> NDArray[np.float64]:
        return self.forest.predict(np.asarray(rows, dtype=np.float64))


def _imputed_by(imputer: Any, forest: Any) -> Any:
    """The same imputer with a model and random numbers of its own."""
    clone = copy.copy(imputer)
    clone.predict = _Predictions(forest)
    if "_rng" in vars(clone):
        vars(clone)["_rng"] = copy.deepcopy(vars(clone)["_rng"])
    if hasattr(clone, "calc_empty_prediction"):
        clone.calc_empty_prediction()
    return clone
