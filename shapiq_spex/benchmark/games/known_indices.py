"""The interaction indices that methods are compared with: exact ones, or references."""

from __future__ import annotations

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term
from shapiq_spex.fourier.walsh import spectrum_of_table

COMPARED = ("SV", "k-SII", "FSII", "STII", "FBII", "BII")
"""The indices that are compared, all of order 2 except the Shapley value."""

_PAIRS = 100  # pairs of permutations evaluated at a time; a choice, bounds memory


def order_of(index: str) -> int:
    """The order at which an index is compared: 1 for the Shapley value, 2 for the others."""
    return 1 if index == "SV" else 2


def known_indices(game: BenchmarkGame) -> dict[str, dict[Term, float]]:
    """The values that methods are compared with: all indices, the Shapley value, or none."""
    exact = exact_spectrum(game)
    if exact is not None:
        return {index: index_of_spectrum(exact, index) for index in COMPARED}
    return {"SV": reference_shapley(game)} if game.has_reference else {}


def exact_spectrum(game: BenchmarkGame) -> Spectrum | None:
    """The complete Fourier transform of a game that is small or whose model allows it."""
    if game.is_enumerable:
        return spectrum_of_table(game.value(Coalitions.all_of(game.n_players).dense()))
    return None if game.exact_spectrum is None else game.exact_spectrum()


def reference_shapley(
    game: BenchmarkGame, tolerance: float = 1e-4, max_pairs: int = 4000
) -> dict[Term, float]:
    """Shapley values by antithetic permutation sampling (Mitchell et al. 2022).

    Each permutation is walked forwards and backwards.

    Args:
        game: The game.
        tolerance: Sampling stops when the estimated variance, summed over the players, is below
            this share of the sum of squared values. It is the smallest normalised squared error
            that a comparison can resolve (a choice).
        max_pairs: Sampling stops after this many pairs in any case (a choice; bounds the time).
    """
    n_players = game.n_players
    generator = np.random.default_rng(n_players)
    sizes = np.arange(n_players + 1)[:, None]
    marginals = np.empty((0, n_players))
    while len(marginals) < max_pairs:
        ranks = np.argsort(generator.random((_PAIRS, n_players)), axis=1)
        new = np.zeros((_PAIRS, n_players))
        for places in (ranks, n_players - 1 - ranks):
            chains = places[:, None, :] < sizes
            values = game.value(chains.reshape(-1, n_players)).reshape(_PAIRS, n_players + 1)
            new += 0.5 * np.take_along_axis(np.diff(values, axis=1), places, axis=1)
        marginals = np.concatenate([marginals, new])
        means = marginals.mean(axis=0)
        variance = marginals.var(axis=0, ddof=1).sum() / len(marginals)
        if variance < tolerance * (means @ means):
            break
    return {(player,): float(value) for player, value in enumerate(marginals.mean(axis=0))}


def index_of_spectrum(spectrum: Spectrum, index: str) -> dict[Term, float]:
    """An index of a Fourier function at the order at which it is compared."""
    return convert(spectrum, index, order_of(index)).to_dict()
