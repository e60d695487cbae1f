"""Planted functions: their spectrum is known, so that recovery itself can be judged.

There are three shapes: *hierarchical* (every term extends a smaller one by one player, as in real
models), *flat* (random terms without sub-terms, the pure synergies that only coding finds) and
*dense* (all terms of degree at most two). Noise is a fixed function of the coalition, so the game
is deterministic whatever the order of evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

import numpy as np
from scipy.special import ndtri

from shapiq_spex.benchmark.games.benchmark_game import (
    BUDGET_UNITS,
    BenchmarkGame,
    GameRecipe,
    ValueFunction,
)
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

Shape = Literal["hierarchical", "flat", "dense"]

PlantedCase = tuple[Shape, int, int, float]
"""Shape, number of players, number of terms, and noise in units of the signal."""

_GROWTH = 0.7  # probability that a hierarchical term extends an earlier one; a choice


def planted_terms(
    shape: Shape, n_players: int, n_terms: int, generator: np.random.Generator, max_degree: int = 5
) -> list[Term]:
    """Distinct non-empty terms of the given shape (``n_terms`` is ignored for ``"dense"``)."""
    if shape == "dense":
        pairs = np.transpose(np.triu_indices(n_players, k=1)).tolist()
        return [(player,) for player in range(n_players)] + [(i, j) for i, j in pairs]
    terms: dict[Term, None] = {}
    active = generator.permutation(n_players)[: max(5, n_terms // 2)]
    while len(terms) < n_terms:
        if shape == "flat":
            size = int(generator.integers(1, max_degree + 1))
            term = generator.choice(n_players, size, replace=False)
        else:
            parents = [term for term in terms if len(term) < max_degree]
            grow = bool(parents) and generator.random() < _GROWTH
            parent = parents[int(generator.integers(len(parents)))] if grow else ()
            term = [*parent, int(generator.choice(active))]
        key = tuple(sorted({int(player) for player in term}))
        terms[key] = None
    return list(terms)


def planted_game(
    shape: Shape,
    n_players: int,
    n_terms: int,
    *,
    noise: float,
    seed: int,
    units: tuple[float, ...] = BUDGET_UNITS,
) -> BenchmarkGame:
    """A planted function with coefficients of random sign and magnitudes in [0.5, 1.5].

    The standard deviation of the noise is given in units of that of the function.
    """
    generator = np.random.default_rng([seed, n_players, n_terms])
    terms = planted_terms(shape, n_players, n_terms, generator)
    magnitudes = generator.uniform(0.5, 1.5, len(terms))
    spectrum = Spectrum.from_terms(
        n_players, terms, magnitudes * generator.choice([-1.0, 1.0], len(terms))
    )
    return BenchmarkGame(
        name=planted_name((shape, n_players, n_terms, noise), seed),
        n_players=n_players,
        value=noisy(spectrum, noise, seed),
        family="synthetic",
        noiseless=spectrum.evaluate,
        spectrum=spectrum,
        units=units,
    )


def planted_name(case: PlantedCase, seed: int) -> str:
    """The name of a planted function."""
    shape, n_players, n_terms, noise = case
    return f"{shape}{n_players} k{n_terms} noise {noise:g} s{seed}"


def planted_recipes(
    cases: Iterable[PlantedCase], seed: int, units: Iterable[float] = BUDGET_UNITS
) -> dict[str, GameRecipe]:
    """Recipes of planted functions by the name of the game."""
    units = tuple(units)
    return {
        planted_name(case, seed): partial(
            planted_game, *case[:3], noise=case[3], seed=seed, units=units
        )
        for case in cases
    }


def noisy(spectrum: Spectrum, noise: float, seed: int) -> ValueFunction:
    """A Fourier function plus noise, whose standard deviation is in units of the function's."""
    scale = noise * np.sqrt(spectrum.variance)

    def value(coalitions: BoolMatrix) -> Vector:
        values = spectrum.evaluate(coalitions)
        return values + scale * coalition_noise(coalitions, seed) if scale else values

    return value


def coalition_noise(coalitions: BoolMatrix, seed: int) -> Vector:
    """Standard normal noise that is a function of the coalition and the seed.

    The packed coalition is hashed by a random linear form modulo 2^64, mixed by splitmix64
    (Steele, Lea & Flood 2014) and mapped through the normal quantile function.
    """
    packed = Coalitions.from_dense(coalitions).packed.astype(np.uint64)
    weights = np.random.default_rng(seed).integers(
        1, 2**63, packed.shape[1], dtype=np.uint64
    ) * np.uint64(2) + np.uint64(1)
    state = (packed * weights).sum(axis=1, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    return ndtri((state >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54)
