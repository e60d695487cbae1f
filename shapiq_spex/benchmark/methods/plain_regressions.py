"""Surrogates: the plain regressions everyone could run, on uniformly random coalitions.

The lassos take parities of degree at most 1 or 2, their penalty chosen by scikit-learn's
``LassoCV`` (5 folds, 100 penalties); of order 1 it is what ContextCite fits (Cohen-Wang et al.
2024). LIME (Ribeiro, Singh & Guestrin 2016) is a ridge regression on the players themselves that
weighs coalitions by their nearness to all players; here with the kernel, width and penalty of its
image explainer, which draws its coalitions like everyone here.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LassoCV, Ridge

from shapiq_spex.benchmark.games.benchmark_game import ValueFunction
from shapiq_spex.benchmark.methods.method import (
    Explanation,
    explanation_of_spectrum,
    uniform_coalitions,
)
from shapiq_spex.fourier.spectrum import Spectrum, Term

LIME_WIDTH = 0.25
"""Width of LIME's kernel for images, in units of the cosine distance."""


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


def explain_by_lime(
    game: ValueFunction, n_players: int, budget: int, seed: int, target: str
) -> Explanation:
    """Fit an additive function by ridge regression, weighed by LIME's kernel.

    A coalition S has the cosine distance d = 1 - sqrt(|S| / n) from all players, and the weight
    exp(-d^2 / (2 width^2)), the root of the Gaussian as in the LIME package.
    """
    coalitions = uniform_coalitions(n_players, budget, seed)
    distances = 1.0 - np.sqrt(coalitions.mean(axis=1))
    weights = np.exp(-(distances**2) / (2.0 * LIME_WIDTH**2))
    model = Ridge(alpha=1.0).fit(coalitions.astype(np.float64), game(coalitions), weights)
    halves = np.asarray(model.coef_) / 2.0  # player = (1 - parity) / 2
    spectrum = Spectrum.from_terms(
        n_players,
        [(), *((player,) for player in range(n_players))],
        np.concatenate([[model.intercept_ + halves.sum()], -halves]),
    )
    return explanation_of_spectrum(spectrum)
