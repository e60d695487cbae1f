"""Gradient boosted trees with settings that suit coalitions, from 3 rows to 100,000.

LightGBM's defaults require 20 rows in a leaf and 3 in a histogram bin, so that it does not split at
all below a few hundred rows. The number of trees minimises the error on all held-out folds
together, read off the finished models; the libraries' early stopping judges every fold separately.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.folds import FoldFits, Folds
from shapiq_spex.estimators.trees.forest import Forest, mean_forest
from shapiq_spex.estimators.trees.tree_fourier import spectrum_of_forest
from shapiq_spex.estimators.trees.tree_readers import read_forest, read_lightgbm
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector

Library = Literal["lightgbm", "xgboost"]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Settings:
    """What a search may vary. The defaults are Tuned.

    Attributes:
        max_depth: The largest number of players in an interaction.
        leaves: The largest number of leaves of a tree (of LightGBM's).
        trees: The largest number of trees.
    """

    max_depth: int = 4
    leaves: int = 8
    trees: int = 200


SEARCH = (Settings(2, leaves=4), Settings(), Settings(5, leaves=24))
"""The settings among which a search chooses by cross-validation."""

_LEARNING_RATE = 0.1
"""The libraries' default."""

_ROWS_SHARE = 0.8
"""The share of the rows that each tree is fitted to. Tuned."""

_FEWEST_TO_SHARE = 20
"""Rows below which each tree is fitted to all of them."""


def boost(
    coalitions: BoolMatrix,
    values: Vector,
    folds: Folds,
    rng: np.random.Generator,
    library: Library = "lightgbm",
    *,
    search: bool = False,
) -> FoldFits:
    """Boosted trees fitted outside every fold, of the length that predicts the folds best.

    Returns:
        The mean of the forests of all folds, if these cover all rows; else a forest fitted to all.
    """
    train, seed = trainer(library), int(rng.integers(2**31))
    kept = [~held for held in folds.held_out()]
    searched = [
        _cut(list(train(coalitions, values, kept, settings, seed)), coalitions, values, kept)
        for settings in (SEARCH if search else (Settings(),))
    ]
    best = int(np.argmin([error for _, error in searched]))
    forests = searched[best][0]
    if folds.cover_all_rows:
        whole = mean_forest(forests)
    else:
        settings = SEARCH[best] if search else Settings()
        every = np.ones(len(values), dtype=np.bool_)
        (whole,) = train(coalitions, values, [every], settings, seed)
        whole = whole.first(max(len(forest.roots) for forest in forests))
    held_out = np.full(len(values), np.nan)
    for held, forest in zip(folds.held_out(), forests, strict=True):
        held_out[held] = forest.predict(coalitions[held])
    spectra = tuple(spectrum_of_forest(forest) for forest in forests)
    return FoldFits(spectrum_of_forest(whole), spectra, folds, held_out)


def trainer(library: str) -> _Trainer:
    """The function that fits trees of a library.

    Raises:
        ValueError: If the library is not one of the two.
        ModuleNotFoundError: If it is not installed.
    """
    if library not in _TRAINERS:
        raise ValueError(f"trees come from {' or '.join(map(repr, _TRAINERS))}, got {library!r}")
    if find_spec(library) is None:
        raise ModuleNotFoundError(
            f"{library} is not installed; `pip install {library}`, or choose another proxy model"
        )
    return _TRAINERS[library]


def _cut(
    forests: Sequence[Forest], coalitions: BoolMatrix, values: Vector, kept: Sequence[Mask]
) -> tuple[list[Forest], float]:
    """The forests cut after the tree that gives the least held-out error, and that error."""
    errors = np.zeros(max(len(forest.roots) for forest in forests))
    for rows, forest in zip(kept, forests, strict=True):
        staged = forest.staged_predict(coalitions[~rows])
        squares = ((staged - values[~rows]) ** 2).sum(axis=1)
        errors += np.pad(squares, (0, len(errors) - len(squares)), mode="edge")
    best = int(errors.argmin()) + 1
    return [forest.first(best) for forest in forests], float(errors.min())


def _lightgbm(
    coalitions: BoolMatrix, values: Vector, kept: Sequence[Mask], settings: Settings, seed: int
) -> Iterator[Forest]:
    import lightgbm  # takes long

    n_rows = int(kept[0].sum())
    parameters: dict[str, object] = {
        "objective": "regression",
        "learning_rate": _LEARNING_RATE,
        "max_depth": settings.max_depth,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": int(np.clip(n_rows // 20, 1, 20)),
        "min_sum_hessian_in_leaf": 0.0,
        "min_data_in_bin": 1,
        "max_bin": 3,
        "bin_construct_sample_cnt": 5000,  # two values per player: a few rows show them
        "feature_pre_filter": False,  # true would refuse subsets of a data set
        "bagging_fraction": _ROWS_SHARE,
        "bagging_freq": int(n_rows >= _FEWEST_TO_SHARE),
        "lambda_l2": 1.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    rows = lightgbm.Dataset(coalitions.astype(np.float32), values, params=parameters).construct()
    for mask in kept:
        booster = lightgbm.train(
            parameters,
            rows if mask.all() else rows.subset(np.flatnonzero(mask).tolist(), parameters),
            num_boost_round=settings.trees,
            keep_training_booster=True,  # else the model is written and read once more
        )
        yield read_lightgbm(booster, coalitions.shape[1])


def _xgboost(
    coalitions: BoolMatrix, values: Vector, kept: Sequence[Mask], settings: Settings, seed: int
) -> Iterator[Forest]:
    import xgboost  # pyright: ignore[reportMissingImports] # optional

    n_rows = int(kept[0].sum())
    parameters = {
        "eta": _LEARNING_RATE,
        "max_depth": settings.max_depth,
        "min_child_weight": int(np.clip(n_rows // 20, 1, 20)),
        "subsample": _ROWS_SHARE if n_rows >= _FEWEST_TO_SHARE else 1.0,
        "lambda": 1.0,
        "base_score": 0.0,
        "tree_method": "hist",
        "seed": seed,
        "nthread": 1,
        "verbosity": 0,
    }
    for mask in kept:
        rows = xgboost.DMatrix(coalitions[mask].astype(np.float32), values[mask], nthread=1)
        booster = xgboost.train(parameters, rows, num_boost_round=settings.trees)
        yield read_forest(booster, coalitions.shape[1])


_Trainer = Callable[[BoolMatrix, Vector, Sequence[Mask], Settings, int], Iterator[Forest]]
_TRAINERS: dict[str, _Trainer] = {"lightgbm": _lightgbm, "xgboost": _xgboost}
