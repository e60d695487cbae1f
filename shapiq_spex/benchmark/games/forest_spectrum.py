"""The exact spectrum of a random forest's game, for any number of features.

Walk down a tree with the explained row x and a background row b together. Where they part at a
feature, its player decides: f = s_j f_x + (1 - s_j) f_b with s_j = (1 - chi_j) / 2, that is

    f = (f_x + f_b) / 2 + (f_b - f_x) / 2 * chi_j.

Below that node the feature follows the side taken. A forest averages its trees and marginal
imputation averages its background rows, so their spectra are averaged as well. TreeSHAP does the
same for one index (Lundberg et al. 2020).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

Matrix = NDArray[np.float64]

_ROUNDING = 1e-14  # coefficients below this share of the largest one are rounding errors


def is_forest(model: object) -> bool:
    """Whether the model's output is an average of trees without a link function."""
    return isinstance(model, RandomForestClassifier | RandomForestRegressor)


def forest_spectrum(model: Any, instance: Vector, background: Matrix) -> Spectrum:
    """The spectrum of the prediction (of the class predicted for ``instance``) under imputation."""
    label = 0
    if hasattr(model, "predict_proba"):
        label = int(np.argmax(model.predict_proba(instance[None])[0]))
    total: dict[Term, float] = {}
    share = 1.0 / (len(model.estimators_) * len(background))
    for estimator in model.estimators_:
        walker = _TreeWalker(estimator.tree_, label, instance)
        for row in background:
            for term, coefficient in walker.spectrum(row).items():
                total[term] = total.get(term, 0.0) + share * coefficient
    largest = max(map(abs, total.values()), default=0.0)
    kept = {term: c for term, c in total.items() if abs(c) > _ROUNDING * largest}
    return Spectrum.from_dict(len(instance), kept)


class _TreeWalker:
    """Walks a scikit-learn tree, comparing features in single precision as scikit-learn does."""

    def __init__(self, tree: Any, label: int, instance: Vector) -> None:
        values = tree.value[:, 0, :]
        scores = values / values.sum(axis=1, keepdims=True) if values.shape[1] > 1 else values
        self._leaf_values = scores[:, label].tolist()
        self._left = tree.children_left.tolist()
        self._right = tree.children_right.tolist()
        self._feature = tree.feature.tolist()
        self._threshold = tree.threshold.tolist()
        self._instance = instance.astype(np.float32).tolist()

    def spectrum(self, background: Vector) -> dict[Term, float]:
        """The coefficients of the game of one tree and one background row."""
        return self._below(0, background.astype(np.float32).tolist(), {})

    def _below(
        self, node: int, background: list[float], taken: dict[int, bool]
    ) -> dict[Term, float]:
        """The coefficients below a node; ``taken`` maps the players met so far to their side."""
        if self._left[node] < 0:
            return {(): self._leaf_values[node]}
        player, threshold = self._feature[node], self._threshold[node]
        children = (self._right[node], self._left[node])
        of_kept = children[self._instance[player] <= threshold]
        of_absent = children[background[player] <= threshold]
        if player in taken:
            return self._below(of_kept if taken[player] else of_absent, background, taken)
        if of_kept == of_absent:
            return self._below(of_kept, background, taken)
        kept = self._below(of_kept, background, {**taken, player: True})
        absent = self._below(of_absent, background, {**taken, player: False})
        merged: dict[Term, float] = {}
        for term in kept.keys() | absent.keys():
            with_it, without = kept.get(term, 0.0), absent.get(term, 0.0)
            merged[term] = merged.get(term, 0.0) + 0.5 * (with_it + without)
            grown = tuple(sorted((*term, player)))
            merged[grown] = merged.get(grown, 0.0) + 0.5 * (without - with_it)
        return merged
