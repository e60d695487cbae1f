"""Plain regressions on uniformly random coalitions, and the best constant.

The lassos take parities of degree at most 1 or 2; scikit-learn's ``LassoCV`` chooses the penalty (5
folds, 100 penalties). The lasso of order 1 is what ContextCite fits (Cohen-Wang et al. 2024). LIME
(Ribeiro, Singh & Guestrin 2016) is a ridge regression on the players that weights coalitions by
their proximity to the full coalition, here with the kernel, width and penalty of its image
explainer.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from sklearn.linear_model import LassoCV, Ridge

from shapiq_spex.benchmark.games.known_indices import COMPARED
from shapiq_spex.benchmark.methods.method import (
    Explanation,
    Method,
    Request,
    explanation_of_spectrum,
)
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

CONSTANT = "best constant"
LASSOS = ("lasso order 1", "lasso order 2")

LIME_WIDTH = 0.25
"""Width of LIME's kernel for images, in units of the cosine distance (LIME's default)."""

_LIME_PENALTY = 1.0  # of the ridge regression; LIME's default


def plain_regressions() -> list[Method]:
    """The best constant, LIME and the lassos.

    The lasso of order 2 runs with up to 128 players (a choice; bounds the design at 8,256 columns).
    """
    first, second = (partial(explain_by_lasso, order=order) for order in (1, 2))
    return [
        Method(CONSTANT, explain_by_constant, peer=True),
        Method("LIME-like", explain_by_lime, COMPARED, "all", warm_up="here", peer=True),
        Method(LASSOS[0], first, COMPARED, "all", warm_up="here", peer=True),
        Method(LASSOS[1], second, COMPARED, "all", expense=1, max_players=128, peer=True),
    ]


def uniform_coalitions(n_players: int, budget: int, seed: int) -> BoolMatrix:
    """``budget`` distinct uniformly random coalitions (all of them if there are no more)."""
    generator = np.random.default_rng(seed)
    if n_players < 31 and 2**n_players <= 4 * budget:
        numbers = generator.permutation(2**n_players)[:budget]
        return (numbers[:, None] >> np.arange(n_players)) & 1 == 1
    rows = generator.integers(0, 2, (budget + 64, n_players), dtype=np.uint8).view(np.bool_)
    _, first = np.unique(np.packbits(rows, axis=1), axis=0, return_index=True)
    return rows[np.sort(first)][:budget]


def explain_by_constant(request: Request) -> Explanation:
    """Predict the mean over uniformly random coalitions."""
    rows = uniform_coalitions(request.n_players, request.budget, request.seed)
    mean = float(np.mean(request.game(rows)))
    return Explanation(lambda rows: np.full(len(rows), mean))


def explain_by_lasso(request: Request, *, order: int) -> Explanation:
    """Fit parities of degree <= ``order`` by cross-validated lasso."""
    coalitions = uniform_coalitions(request.n_players, request.budget, request.seed)
    return explanation_of_spectrum(lasso_spectrum(coalitions, request.game(coalitions), order))


def lasso_spectrum(coalitions: BoolMatrix, values: Vector, order: int) -> Spectrum:
    """The lasso on parities of degree <= ``order``."""
    n_players = coalitions.shape[1]
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
    return Spectrum.from_terms(
        n_players,
        [(), *(terms[place] for place in chosen)],
        np.concatenate([[model.intercept_], model.coef_[chosen]]),
    )


def explain_by_lime(request: Request) -> Explanation:
    """Fit LIME's regression (:func:`lime_spectrum`)."""
    coalitions = uniform_coalitions(request.n_players, request.budget, request.seed)
    return explanation_of_spectrum(lime_spectrum(coalitions, request.game(coalitions)))


def lime_spectrum(coalitions: BoolMatrix, values: Vector) -> Spectrum:
    """An additive function, fitted by ridge regression with the weights of LIME's kernel.

    A coalition S has the cosine distance d = 1 - sqrt(|S| / n) from the full coalition and the
    weight exp(-d^2 / (2 width^2)), the root of the Gaussian, as in the LIME package.
    """
    distances = 1.0 - np.sqrt(coalitions.mean(axis=1))
    weights = np.exp(-(distances**2) / (2.0 * LIME_WIDTH**2))
    model = Ridge(alpha=_LIME_PENALTY).fit(coalitions.astype(np.float64), values, weights)
    halves = np.asarray(model.coef_) / 2.0  # player = (1 - parity) / 2
    return Spectrum.from_terms(
        coalitions.shape[1],
        [(), *((player,) for player in range(coalitions.shape[1]))],
        np.concatenate([[model.intercept_ + halves.sum()], -halves]),
    )
