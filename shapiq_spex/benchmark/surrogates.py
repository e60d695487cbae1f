"""Lasso surrogates in the Fourier basis: the plain regression everyone could run.

Parities of degree at most 1 or 2 on uniformly random coalitions, penalty chosen by scikit-learn's
``LassoCV`` (5 folds, 100 penalties). The order-1 lasso is what LIME and ContextCite amount to.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LassoCV

from shapiq_spex.benchmark.games import ValueFunction
from shapiq_spex.benchmark.methods import (
    Explanation,
    explanation_of_spectrum,
    uniform_coalitions,
)
from shapiq_spex.fourier.spectrum import Spectrum, Term


def explain_by_lasso(
    game: ValueFunction, n_players: int, budget: int, seed: int, target: str, *, order: int
) -> Explanation:
    """Fit parities of degree <= ``order`` by cross-validated lasso."""
    coalitions = uniform_coalitions(n_players, budget, seed)
    values = game(coalitions)
    signs = 1.0 - 2.0 * coalitions
    terms: list[Term] = [(player,) for player in range(n_players)]
    columns = [signs]
    if order == 2:
        left, right = np.triu_indices(n_players, k=1)
        columns.append(signs[:, left] * signs[:, right])
        terms += list(zip(left.tolist(), right.tolist(), strict=True))
    design = np.concatenate(columns, axis=1)
    model = LassoCV(cv=5, precompute=design.shape[0] > design.shape[1]).fit(design, values)
    chosen = np.flatnonzero(model.coef_)
    spectrum = Spectrum.from_terms(
        n_players,
        [(), *(terms[place] for place in chosen)],
        np.concatenate([[model.intercept_], model.coef_[chosen]]),
    )
    return explanation_of_spectrum(spectrum)
