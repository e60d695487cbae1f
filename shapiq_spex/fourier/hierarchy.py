r"""How hierarchical a spectrum is: whether interactions leave a trace in their parts.

Regression finds an interaction of degree d through the terms of degree d - 1 inside it; a code
finds it without them. The *direct subset rate* (Butler et al. 2025,
https://arxiv.org/abs/2505.17495) is the share of the immediate subsets of a term that are terms
too. Here terms count by their energy F(T)^2, over |T| >= 2:

    hierarchy = sum { F(T)^2 : F(T \ {i}) != 0 for all i in T } / sum F(T)^2

If players are kept with probability p, the coefficients are those of the p-biased basis: a parity
of two players, which has no other terms at p = 1/2, has effects of both of them elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.biased import BiasedSpectrum
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, TermGroup


def hierarchy(spectrum: Spectrum | BiasedSpectrum) -> float:
    """The share of the energy of degree >= 2 in terms all of whose immediate subsets are terms.

    A spectrum with many tiny coefficients contains almost all subsets; prune it first where that
    matters.

    Returns:
        A number from 0 (no interaction has a trace in all its parts, as in a parity) to 1 (all
        have); NaN if there are no interactions.

    Example:
        >>> hierarchy(Spectrum.from_dict(3, {(0,): 1.0, (1,): 1.0, (0, 1): 3.0, (1, 2): 1.0}))
        0.9
    """
    present: set[Term] = set()
    backed = total = 0.0
    previous = 0
    for group in map(TermGroup.without_zeros, spectrum.groups):
        if group.degree >= 2:
            energy = group.coefficients**2
            total += float(energy.sum())
            if group.degree == previous + 1:
                backed += float(energy[_all_facets_in(present, group)].sum())
        present, previous = set(group.tuples()), group.degree
    return backed / total if total else float("nan")


def _all_facets_in(present: set[Term], group: TermGroup) -> NDArray[np.bool_]:
    """For each term whether all of its subsets with one player less are ``present``."""
    backed = np.ones(len(group.members), dtype=np.bool_)
    for position in range(group.degree):
        rows = np.flatnonzero(backed)
        facets = np.delete(group.members[rows], position, axis=1).tolist()
        backed[rows] = [tuple(facet) in present for facet in facets]
    return backed
