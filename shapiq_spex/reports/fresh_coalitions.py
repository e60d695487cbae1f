"""Coalitions on which an explanation is judged: drawn anew, or all of few players."""

from __future__ import annotations

from math import comb
from typing import Literal

import numpy as np

from shapiq_spex._argument_checks import is_one_of
from shapiq_spex.designs.random_coalitions import independent_coalitions
from shapiq_spex.designs.regions import Region
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions, coalitions_of_sizes
from shapiq_spex.fourier.terms import Vector

Law = Literal["uniform", "sizes"]


def coalitions_of_law(
    n_players: int, count: int, law: Law, seed: int
) -> tuple[BoolMatrix, Vector | None]:
    """Coalitions drawn under a law, or all of them with their probabilities."""
    if not is_one_of(law, ("uniform", "sizes")):
        raise ValueError(f'a law of coalitions is "uniform" or "sizes", got {law!r}')
    uniform = law == "uniform" or n_players == 1  # no size lies between 0 and 1
    if n_players <= 30 and 2**n_players <= count:
        rows = Coalitions.all_of(n_players).dense()
        if uniform:
            return rows, np.full(len(rows), 1.0 / len(rows))
        of_size = np.array([0.0, *(1.0 / comb(n_players, s) for s in range(1, n_players)), 0.0])
        return rows, of_size[rows.sum(axis=1)] / (n_players - 1)
    rng = np.random.default_rng([seed, int(uniform)])
    if uniform:
        return rng.random((count, n_players)) < 0.5, None
    return coalitions_of_sizes(rng.integers(1, n_players, size=count), n_players, rng), None


def coalitions_of_region(region: Region, n_players: int, count: int, seed: list[int]) -> BoolMatrix:
    """Coalitions drawn in a region, or all."""
    if n_players <= 30 and 2**n_players <= count:
        return Coalitions.all_of(n_players).dense()
    rng = np.random.default_rng([*seed, 2])
    return independent_coalitions(region.size_weights(n_players), count, rng)
