"""Spectra to optimise: any small ones, and large ones of random sparse terms."""

from __future__ import annotations

from hypothesis import strategies as st

from shapiq_spex import Coalitions, Spectrum


@st.composite
def spectra(draw, n=7):
    terms = st.frozensets(st.integers(0, n - 1), max_size=4)
    numbers = st.integers(-8, 8).map(lambda number: number / 4)
    found = draw(st.dictionaries(terms, numbers, max_size=12))
    return Spectrum.from_dict(n, {tuple(sorted(term)): value for term, value in found.items()})


ALL = Coalitions.all_of(7).dense()


def planted(n, count, rng, degree=3):
    terms = {
        tuple(sorted(rng.choice(n, size=1 + j % degree, replace=False).tolist()))
        for j in range(count)
    }
    return Spectrum.from_dict(n, {term: float(rng.normal()) for term in sorted(terms)})
