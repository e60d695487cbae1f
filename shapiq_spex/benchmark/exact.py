"""Interaction indices of enumerable games and of recovered spectra."""

from __future__ import annotations

from itertools import combinations

from shapiq import InteractionValues

from shapiq_spex.benchmark.games import BenchmarkGame
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.indices import convert
from shapiq_spex.fourier.spectrum import Spectrum, Term
from shapiq_spex.fourier.walsh import spectrum_of_table

INDICES = ("SV", "k-SII", "FSII", "STII", "FBII", "BII")
"""The indices compared with exact values, all of order 2 but the Shapley value."""


def order_of(index: str) -> int:
    """The order at which an index is compared: 1 for the Shapley value, 2 for the others."""
    return 1 if index == "SV" else 2


def exact_indices(game: BenchmarkGame) -> dict[str, dict[Term, float]]:
    """All indices of an enumerable game, from its complete Fourier transform."""
    spectrum = spectrum_of_table(game.value(Coalitions.all_of(game.n_players).dense()))
    return {index: index_of_spectrum(spectrum, index) for index in INDICES}


def index_of_spectrum(spectrum: Spectrum, index: str) -> dict[Term, float]:
    """An index of a Fourier function at the order at which it is compared."""
    return convert(spectrum, index, order_of(index)).to_dict()


def spectrum_of_moebius(n_players: int, moebius: dict[Term, float]) -> Spectrum:
    """The Fourier spectrum of a function given by its Moebius transform.

    prod_{i in S} s_i with s_i = (1 - x_i) / 2 gives F(T) = (-1)^|T| sum_{S >= T} m(S) 2^-|S|.
    """
    coefficients: dict[Term, float] = {}
    for subset, value in moebius.items():
        share = value * 2.0 ** -len(subset)
        for size in range(len(subset) + 1):
            for term in combinations(subset, size):
                coefficients[term] = coefficients.get(term, 0.0) + share * (-1.0) ** size
    largest = max(map(abs, coefficients.values()), default=0.0)
    kept = {term: c for term, c in coefficients.items() if abs(c) > 1e-12 * largest}
    return Spectrum.from_dict(n_players, kept)


def values_of(interactions: InteractionValues) -> dict[Term, float]:
    """The values of a ``shapiq.InteractionValues`` with tuples of Python ints as keys."""
    return {
        tuple(sorted(int(player) for player in term)): float(interactions.values[place])
        for term, place in interactions.interaction_lookup.items()
    }
