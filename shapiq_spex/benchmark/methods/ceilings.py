"""Ceilings: methods that know what the others have to find, and so bound what can be reached."""

from __future__ import annotations

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.known_indices import COMPARED, exact_spectrum
from shapiq_spex.benchmark.methods.method import (
    Ceiling,
    Explanation,
    Method,
    Request,
    explanation_of_spectrum,
)
from shapiq_spex.benchmark.methods.plain_regressions import uniform_coalitions
from shapiq_spex.fourier.spectrum import Spectrum

ORACLE_SUPPORT = "oracle support"
BEST_TERMS = "best k terms"


def ceilings() -> list[Ceiling]:
    """One for planted games, one for real games whose exact spectrum is known."""
    return [Ceiling(ORACLE_SUPPORT, oracle_support), Ceiling(BEST_TERMS, best_terms)]


def oracle_support(game: BenchmarkGame) -> Method | None:
    """Least squares on the planted terms, from uniformly random rows within the budget.

    The distance of a method from this ceiling is the price of finding the support. With fewer rows
    than terms it is the solution of least norm.
    """
    planted = game.spectrum
    if planted is None:
        return None
    terms = planted.terms()

    def explain(request: Request) -> Explanation:
        rows = uniform_coalitions(request.n_players, request.budget, request.seed)
        design = np.empty((len(rows), len(terms)))
        for column, term in enumerate(terms):
            design[:, column] = 1.0 - 2.0 * (rows[:, list(term)].sum(axis=1) % 2)
        coefficients = np.linalg.lstsq(design, request.game(rows), rcond=None)[0]
        return explanation_of_spectrum(Spectrum.from_terms(request.n_players, terms, coefficients))

    return Method(ORACLE_SUPPORT, explain, COMPARED, shares_rows="all")


def best_terms(game: BenchmarkGame) -> Method | None:
    """The mean and the largest terms of the exact spectrum, as many in all as there are ablations.

    No function with at most one term per ablation is more faithful (Parseval), up to the sampling
    of the held-out coalitions.
    """
    exact = exact_spectrum(game)
    if exact is None:
        return None

    def explain(request: Request) -> Explanation:
        return explanation_of_spectrum(exact.prune(keep=request.budget - 1))

    return Method(BEST_TERMS, explain, COMPARED, shares_rows="all")
