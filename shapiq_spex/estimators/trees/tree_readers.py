"""Reading fitted tree ensembles (LightGBM, XGBoost, scikit-learn) as a :class:`Forest`.

Libraries are recognised by the names of a model's classes, so none of them is imported here. All
trees of a model are read at once and compared with the model's own predictions, which detects link
functions, unusual options and future file formats.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.trees.forest import Forest
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector

_CHECKED_ROWS = 64
"""Random rows on which a model that was read is compared with its predictions."""

_BLOCK, _BLOCK_ROWS = 1 << 22, 2048
"""Entries and rows of a block to predict: 32 MB, and 80 MB where a model compares each row with
5,000 rows that it was fitted to. A choice; bounds memory."""


class UnreadableModelError(TypeError):
    """The model is not a tree ensemble that can be read exactly."""


def read_forest(model: Any, n_players: int) -> Forest:
    """The trees of a fitted regression model.

    Args:
        model: A fitted LightGBM or XGBoost regressor or booster, or scikit-learn's decision tree,
            random forest, extra trees, gradient boosting or histogram gradient boosting regressor.
        n_players: The number of its features.

    Returns:
        A forest whose sum is the model's prediction (for XGBoost up to its own single precision).

    Raises:
        UnreadableModelError: If the model is something else, or uses an option under which its
            prediction is not the sum of its trees (categorical splits, linear leaves, link
            functions such as that of a Poisson objective).
    """
    reader = _reader(type(model))
    if reader is None:
        raise UnreadableModelError(
            f"cannot read a {type(model).__name__} as a tree ensemble; readable are "
            f"{', '.join(sorted({name for _, name in _READERS}))}"
        )
    return _with_constant(reader(model, n_players), model)


def is_tree_model(model: object) -> bool:
    """Whether :func:`read_forest` knows this kind of model (fitted or not)."""
    return _reader(type(model)) is not None


def read_lightgbm(model: Any, n_players: int) -> Forest:
    """The trees of a LightGBM booster or regressor, without the check of :func:`read_forest`.

    The text form of the model is parsed, the quickest of the forms that LightGBM offers.
    """
    text: str = getattr(model, "booster_", model).model_to_string()
    header, _, trees = text.partition("\nTree=0\n")
    lines: dict[str, list[str]] = {}
    for line in trees.partition("end of trees")[0].split("\n"):
        name, _, numbers = line.partition("=")
        lines.setdefault(name, []).append(numbers)

    def field(name: str) -> NDArray[np.float64]:
        """The numbers of all trees under that name."""
        return np.fromstring(" ".join(lines.get(name, ())), sep=" ")

    if field("is_linear").any():
        raise UnreadableModelError("LightGBM models with linear_tree=True cannot be read")
    if field("num_cat").any():
        raise UnreadableModelError("LightGBM models with categorical features cannot be read")
    n_leaves = field("num_leaves").astype(np.int64)
    n_nodes = int((n_leaves - 1).sum())
    first_node = np.cumsum(n_leaves - 1) - (n_leaves - 1)
    first_leaf = n_nodes + np.cumsum(n_leaves) - n_leaves
    tree = np.repeat(np.arange(len(n_leaves)), n_leaves - 1)

    def children(name: str) -> NDArray[np.int64]:
        numbers = field(name).astype(np.int64)  # leaf k is written as ~k
        return np.where(numbers >= 0, numbers + first_node[tree], ~numbers + first_leaf[tree])

    left, right = children("left_child"), children("right_child")
    threshold, flags = field("threshold"), field("decision_type").astype(np.int64)
    zero_is_missing = (flags >> 2) & 3 == 1
    zero_goes_left = np.where(zero_is_missing, flags & 2 != 0, threshold >= 0.0)
    leaf_values = field("leaf_value")
    none = np.zeros(len(leaf_values))
    if "\naverage_output\n" in header:  # boosting="rf"
        leaf_values = leaf_values / len(n_leaves)
    return _forest(
        n_players,
        roots=np.where(n_leaves > 1, first_node, first_leaf),
        player=np.r_[field("split_feature"), none - 1.0],
        out=np.r_[np.where(zero_goes_left, left, right), none],
        into=np.r_[np.where(threshold >= 1.0, left, right), none],
        value=np.r_[np.zeros(n_nodes), leaf_values],
    )


def _from_xgboost(model: Any, n_players: int) -> Forest:
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    best = booster.attr("best_iteration")
    if best is not None:
        booster = booster[: int(best) + 1]
    gradient_booster = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]
    if gradient_booster["name"] != "gbtree":
        raise UnreadableModelError(
            f"XGBoost's booster {gradient_booster['name']!r} cannot be read, only 'gbtree'"
        )
    tables: list[_Table] = []
    for tree in gradient_booster["model"]["trees"]:
        if any(tree["split_type"]):
            raise UnreadableModelError("XGBoost models with categorical features cannot be read")
        left = np.array(tree["left_children"])
        right = np.array(tree["right_children"])
        # XGBoost computes in single precision; a leaf keeps its value where nodes keep thresholds
        conditions = np.array(tree["split_conditions"], dtype=np.float32).astype(np.float64)
        player = np.where(left < 0, -1, np.array(tree["split_indices"]))
        out = np.where(conditions > 0.0, left, right)
        into = np.where(conditions > 1.0, left, right)
        tables.append((player, out, into, conditions))
    return _joined(n_players, tables)


def _from_sklearn_tree(model: Any, n_players: int) -> Forest:
    return _joined(n_players, [_sklearn_table(model)])


def _from_sklearn_forest(model: Any, n_players: int) -> Forest:
    trees = [_sklearn_table(tree) for tree in model.estimators_]
    return _joined(n_players, trees).scaled(1.0 / len(trees))


def _from_sklearn_boosting(model: Any, n_players: int) -> Forest:
    trees = [_sklearn_table(tree) for tree in model.estimators_[:, 0]]
    return _joined(n_players, trees).scaled(model.learning_rate)


def _from_sklearn_histogram_boosting(model: Any, n_players: int) -> Forest:
    tables: list[_Table] = []
    for (predictor,) in model._predictors:  # scikit-learn offers no public way
        nodes = predictor.nodes
        if nodes["is_categorical"].any():
            raise UnreadableModelError("models with categorical features cannot be read")
        left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
        threshold = nodes["num_threshold"]
        player = np.where(nodes["is_leaf"], -1, nodes["feature_idx"].astype(np.int64))
        out, into = np.where(threshold >= 0.0, left, right), np.where(threshold >= 1.0, left, right)
        tables.append((player, out, into, nodes["value"]))
    return _joined(n_players, tables)


_READERS: dict[tuple[str, str], Callable[[Any, int], Forest]] = {
    ("lightgbm", "LGBMRegressor"): read_lightgbm,
    ("lightgbm", "Booster"): read_lightgbm,
    ("xgboost", "XGBRegressor"): _from_xgboost,
    ("xgboost", "Booster"): _from_xgboost,
    ("sklearn", "DecisionTreeRegressor"): _from_sklearn_tree,
    ("sklearn", "RandomForestRegressor"): _from_sklearn_forest,
    ("sklearn", "ExtraTreesRegressor"): _from_sklearn_forest,
    ("sklearn", "GradientBoostingRegressor"): _from_sklearn_boosting,
    ("sklearn", "HistGradientBoostingRegressor"): _from_sklearn_histogram_boosting,
}


def _reader(model_class: type) -> Callable[[Any, int], Forest] | None:
    for base in model_class.__mro__:  # ExtraTreeRegressor is a DecisionTreeRegressor, and so on
        reader = _READERS.get((base.__module__.partition(".")[0], base.__name__))
        if reader is not None:
            return reader
    return None


_Table = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]  # player, out, into, value


def _sklearn_table(model: Any) -> _Table:
    tree = model.tree_
    if tree.value.shape[1:] != (1, 1):
        raise UnreadableModelError("trees with several outputs cannot be read; fit one per output")
    left, right = tree.children_left, tree.children_right
    out = np.where(tree.threshold >= 0.0, left, right)
    into = np.where(tree.threshold >= 1.0, left, right)
    return np.where(left < 0, -1, tree.feature), out, into, tree.value[:, 0, 0]


def _joined(n_players: int, tables: Iterable[_Table]) -> Forest:
    """One forest of trees whose root is their first node and whose children count from there."""
    players, outs, intos, values = zip(*tables, strict=True)
    sizes = np.array([len(player) for player in players])
    roots = np.cumsum(sizes) - sizes
    shift = np.repeat(roots, sizes)
    return _forest(
        n_players,
        roots=roots,
        player=np.concatenate(players),
        out=np.concatenate(outs) + shift,
        into=np.concatenate(intos) + shift,
        value=np.concatenate(values),
    )


def _forest(n_players: int, **tables: NDArray[Any]) -> Forest:
    return Forest(
        n_players,
        roots=tables["roots"].astype(np.int32),
        player=tables["player"].astype(np.int32),
        out=tables["out"].astype(np.int32),
        into=tables["into"].astype(np.int32),
        value=tables["value"].astype(np.float64),
    )


def _with_constant(forest: Forest, model: Any) -> Forest:
    """The forest plus what the model adds to its trees, if that explains all its predictions."""
    rows = np.random.default_rng(0).random((_CHECKED_ROWS, forest.n_players)) < 0.5
    rows[0] = False
    predicted = predict(model, rows)
    added = predicted - forest.predict(rows)
    if not np.allclose(added, added[0], rtol=0.0, atol=1e-5 * np.abs(predicted).max()):
        raise UnreadableModelError(
            f"the predictions of this {type(model).__name__} are not a sum of its trees; "
            "objectives with a link function (such as Poisson) and unusual options cannot be read"
        )
    return replace(forest, constant=float(added[0]))


def predict(model: Any, coalitions: BoolMatrix) -> Vector:
    """The predictions of any scikit-learn-like model or booster for coalitions, block by block.

    Raises:
        ValueError: If they are not one finite number for each coalition.
    """
    rows = max(1, min(_BLOCK_ROWS, _BLOCK // max(coalitions.shape[1], 1)))
    starts = range(0, len(coalitions), rows)
    blocks = [_predictions(model, coalitions[start : start + rows]) for start in starts]
    return np.concatenate([np.empty(0), *blocks])


def _predictions(model: Any, coalitions: BoolMatrix) -> Vector:
    inputs: Any = coalitions
    library = type(model).__module__.partition(".")[0]
    if not is_tree_model(model) or type(model).__name__ == "Booster":
        inputs = coalitions.astype(np.float64)
        if is_tree_model(model) and library == "xgboost":
            inputs = import_module(library).DMatrix(inputs)
    predicted = np.asarray(model.predict(inputs))
    if predicted.shape not in ((len(coalitions),), (len(coalitions), 1)):
        raise ValueError(
            f"the proxy model {type(model).__name__} predicts an array of shape {predicted.shape} "
            f"for {len(coalitions)} coalitions; it must predict one number for each"
        )
    numbers = predicted.astype(np.float64).reshape(len(coalitions))
    if not np.isfinite(numbers).all():
        raise ValueError(
            f"the proxy model {type(model).__name__} predicts NaN or infinity for "
            f"{int((~np.isfinite(numbers)).sum())} of {len(coalitions)} coalitions"
        )
    return numbers
