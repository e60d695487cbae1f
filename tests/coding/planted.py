"""Games with a known sparse spectrum."""

from __future__ import annotations

from shapiq_spex.fourier.spectrum import Spectrum


def planted(n_players, n_terms, rng, *, degree=5):
    """Terms of degree 1 to ``degree`` with coefficients of size 0.5 to 1.5, and a mean."""
    terms = {()}
    while len(terms) <= n_terms:
        size = rng.integers(1, degree + 1)
        terms.add(tuple(sorted(rng.choice(n_players, size, replace=False).tolist())))
    signs = rng.choice([-1.0, 1.0], len(terms))
    return Spectrum.from_terms(n_players, sorted(terms), signs * rng.uniform(0.5, 1.5, len(terms)))


def f1(found, truth):
    """The harmonic mean of precision and recall of the support, the mean left out."""
    found, truth = set(found.terms()) - {()}, set(truth.terms()) - {()}
    return 2 * len(found & truth) / (len(found) + len(truth))
