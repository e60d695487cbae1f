"""Explanations of random sparse games."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from shapiq_spex import Spectrum, to_interaction_values
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.reports.prediction import interactions_of

N = 6

seeds = st.integers(0, 10**6)


def random_values(seed, n_players=N, index="FSII", order=2, terms=12):
    """A game and its interaction values."""
    rng = np.random.default_rng(seed)
    everything = [t for size in range(4) for t in combinations(range(n_players), size)]
    chosen = rng.choice(len(everything), terms, replace=False)
    coefficients = dict(zip([everything[i] for i in chosen], rng.normal(size=terms), strict=True))
    game = Spectrum.from_dict(n_players, coefficients)
    return game, to_interaction_values(game, index=index, max_order=order)


def intervals_around(values, half_width, shift=0.0):
    """Intervals of one width around all values."""
    terms = [term for term in interactions_of(values) if term]
    centres = np.array([values[term] for term in terms]) + shift
    return Intervals(
        terms, centres, centres - half_width, centres + half_width, np.ones(len(terms)), 0.9
    )
