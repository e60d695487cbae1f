"""Random coalitions, tables and spectra for the laws of this room."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from shapiq_spex.fourier.spectrum import Spectrum

seeds = st.integers(0, 2**32 - 1)


@st.composite
def masks(draw, max_players=20, max_rows=12):
    """A boolean matrix; widths around a multiple of 8 are what bit packing can get wrong."""
    n_players = draw(st.integers(1, max_players))
    rng = np.random.default_rng(draw(seeds))
    return rng.random((draw(st.integers(0, max_rows)), n_players)) < rng.random()


@st.composite
def terms_and_coefficients(draw, max_players=12, max_terms=20):
    """A number of players, terms with repetitions and unsorted players, and coefficients."""
    n_players = draw(st.integers(1, max_players))
    rng = np.random.default_rng(draw(seeds))
    count = draw(st.integers(0, max_terms))
    degrees = rng.integers(0, min(n_players, 5) + 1, size=count)
    terms = [tuple(rng.choice(n_players, d, replace=False).tolist()) for d in degrees]
    return n_players, terms, rng.normal(size=count)


@st.composite
def spectra(draw, max_players=12, max_terms=20):
    return Spectrum.from_terms(*draw(terms_and_coefficients(max_players, max_terms)))


@st.composite
def tables(draw, max_players=6):
    """The 2^n values of a random game."""
    return np.random.default_rng(draw(seeds)).normal(size=2 ** draw(st.integers(1, max_players)))
