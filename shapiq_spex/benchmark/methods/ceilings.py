"""How far everything is from the limit: methods that are told what others have to find out."""

from __future__ import annotations

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, ValueFunction
from shapiq_spex.benchmark.games.known_indices import INDICES, exact_spectrum
from shapiq_spex.benchmark.methods.method import (
    Ceiling,
    Explanation,
    Method,
    explanation_of_spectrum,
    uniform_coalitions,
)
from shapiq_spex.fourier.spectrum import Spectrum

ORACLE_SUPPORT = "oracle support"
BEST_TERMS = "best k terms"


def ceilings() -> list[Ceiling]:
    """One for planted games, one for real games whose exact spectrum is known."""
    return [Ceiling(ORACLE_SUPPORT, oracle_support), Ceiling(BEST_TERMS, best_terms)]


def oracle_support(game: BenchmarkGame) -> Method | None:
    """Least squares on the planted terms, from as many uniform rows as everyone may ask for.

    What finding the support costs is its distance from this; with fewer rows than terms it is the
    solution of least norm.
    """
    planted = game.spectrum
    if planted is None:
        return None
    terms = planted.terms()

    def explain(
        ask: ValueFunction, n_players: int, budget: int, seed: int, target: str
    ) -> Explanation:
        rows = uniform_coalitions(n_players, budget, seed)
        design = np.empty((len(rows), len(terms)))
        for column, term in enumerate(terms):
            design[:, column] = 1.0 - 2.0 * (rows[:, list(term)].sum(axis=1) % 2)
        coefficients = np.linalg.lstsq(design, ask(rows), rcond=None)[0]
        return explanation_of_spectrum(Spectrum.from_terms(n_players, terms, coefficients))

    return Method(ORACLE_SUPPORT, explain, INDICES, shares_rows="all")


def best_terms(game: BenchmarkGame) -> Method | None:
    """The mean and the largest terms of the exact spectrum: k in all, the number of ablations.

    No function with at most one term per ablation is more faithful (Parseval), up to the sampling
    of the held-out coalitions.
    """
    exact = exact_spectrum(game)
    if exact is None:
        return None

    def explain(
        ask: ValueFunction, n_players: int, budget: int, seed: int, target: str
    ) -> Explanation:
        return explanation_of_spectrum(exact.prune(keep=budget - 1))

    return Method(BEST_TERMS, explain, INDICES, shares_rows="all")
