"""Gradient boosted trees (LightGBM) with settings that suit coalitions, from 3 rows to 100,000.

LightGBM's defaults ask for 20 rows in a leaf and 3 in a histogram bin, so that below a few hundred
rows it does not split at all; it uses every core, and it reports on the console. The number of
trees is chosen by the error on all held-out folds together, read off the finished models:
LightGBM's own early stopping judges every fold by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.crossfit import CrossFit, Folds
from shapiq_spex.estimators.tree_fourier import Forest, mean_forest, spectrum_of_forest
from shapiq_spex.estimators.tree_models import read_lightgbm
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Vector


@dataclass(frozen=True)
class BoostingSettings:
    """What a search may vary.

    Attributes:
        max_depth: The largest number of players in an interaction.
        leaves: The largest number of leaves of a tree.
        learning_rate: The shrinkage of every tree.
        trees: The largest number of trees.
    """

    max_depth: int = 4
    leaves: int = 8
    learning_rate: float = 0.1
    trees: int = 200


SEARCH = (
    BoostingSettings(max_depth=2, leaves=4),
    BoostingSettings(),
    BoostingSettings(max_depth=5, leaves=24),
)
"""The settings among which ``hpo=True`` chooses by cross-validation."""


def boost(
    coalitions: BoolMatrix,
    values: Vector,
    folds: Folds,
    rng: np.random.Generator,
    settings: Sequence[BoostingSettings] = (BoostingSettings(),),
) -> CrossFit:
    """Boosted trees fitted outside every fold, of the settings and length that predict best.

    Args:
        coalitions: Distinct coalitions.
        values: Their values.
        folds: The rows to hold out.
        rng: The source of randomness.
        settings: The settings to choose from.

    Returns:
        The mean of the forests of all folds, if these cover all rows; else a forest fitted to all.
    """
    seed = int(rng.integers(2**31))
    searched = [
        _fitted(coalitions, values, folds, _parameters(each, len(values), seed), each.trees)
        for each in settings
    ]
    best = min(searched, key=lambda fitted: fitted.error)
    forests = best.forests
    if folds.cover_all_rows:
        whole = mean_forest(forests)
    else:
        every = np.ones(len(values), dtype=np.bool_)
        whole = _forests(coalitions, values, [every], best.parameters, len(forests[0].roots))[0]
    held_out = np.full(len(values), np.nan)
    for held, forest in zip(folds.held_out(), forests, strict=True):
        held_out[held] = forest.predict(coalitions[held])
    return CrossFit(
        spectrum_of_forest(whole),
        tuple(spectrum_of_forest(forest) for forest in forests),
        folds,
        held_out,
    )


@dataclass(frozen=True)
class _Fitted:
    forests: list[Forest]
    error: float
    parameters: dict[str, object]


def _fitted(
    coalitions: BoolMatrix,
    values: Vector,
    folds: Folds,
    parameters: dict[str, object],
    trees: int,
) -> _Fitted:
    """The forests of all folds, cut after the tree that gives the least held-out error."""
    kept = [~held for held in folds.held_out()]
    forests = _forests(coalitions, values, kept, parameters, trees)
    errors = np.zeros(max(len(forest.roots) for forest in forests))
    for rows, forest in zip(kept, forests, strict=True):
        staged = forest.staged_predict(coalitions[~rows])
        squares = ((staged - values[~rows]) ** 2).sum(axis=1)
        errors += np.pad(squares, (0, len(errors) - len(squares)), mode="edge")
    best = int(errors.argmin()) + 1
    return _Fitted([forest.first(best) for forest in forests], float(errors.min()), parameters)


def _forests(
    coalitions: BoolMatrix,
    values: Vector,
    subsets: Sequence[NDArray[np.bool_]],
    parameters: dict[str, object],
    trees: int,
) -> list[Forest]:
    """A forest for each subset of the rows."""
    import lightgbm  # takes long

    rows = lightgbm.Dataset(coalitions.astype(np.float32), values, params=parameters).construct()
    return [
        read_lightgbm(
            lightgbm.train(
                parameters,
                rows if kept.all() else rows.subset(np.flatnonzero(kept).tolist(), parameters),
                num_boost_round=trees,
                keep_training_booster=True,  # else the model is written and read once more
            ),
            coalitions.shape[1],
        )
        for kept in subsets
    ]


def _parameters(settings: BoostingSettings, n_rows: int, seed: int) -> dict[str, object]:
    return {
        "objective": "regression",
        "learning_rate": settings.learning_rate,
        "max_depth": settings.max_depth,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": int(np.clip(n_rows // 25, 1, 20)),
        "min_sum_hessian_in_leaf": 0.0,
        "min_data_in_bin": 1,
        "max_bin": 3,
        "bin_construct_sample_cnt": 5000,  # two values per player: a few rows show them
        "feature_pre_filter": False,  # true would refuse subsets of a data set
        "bagging_fraction": 0.8,
        "bagging_freq": int(n_rows >= 20),
        "lambda_l2": 1.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
