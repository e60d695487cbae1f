"""Answers of planted games, as the decoder sees them."""

from __future__ import annotations

import numpy as np

from shapiq_spex.coding.algebra import search_players
from shapiq_spex.coding.bits import pack
from shapiq_spex.coding.cosets import Cosets
from shapiq_spex.coding.labelling import Labelling
from shapiq_spex.coding.least_squares import Evidence
from shapiq_spex.fourier.coalitions import Coalitions


def padded(terms, width):
    """Terms as rows of players, filled up with -1."""
    return np.array([[*t, *[-1] * (width - len(t))] for t in terms], dtype=np.int32)


def terms_of(members):
    """The inverse of :func:`padded`."""
    return [tuple(row[row >= 0].tolist()) for row in members]


def evidence_of(plan, values):
    """The answers to a plan."""
    contents = [c.transform(values[r]) for c, r in zip(plan.cosets, plan.coset_rows, strict=True)]
    return Evidence(plan.cosets, contents, plan.others, values[plan.uniform])


def families_of(n_players, degree, bits, n_offsets, rng, *, count=3):
    """Families of cosets over one labelling, with known coordinates of their own."""
    labelling = Labelling.draw(n_players, degree, rng)
    cosets = []
    for family in range(count):
        known = np.arange(family * bits, (family + 1) * bits)
        offsets = rng.random((n_offsets, labelling.rank)) < 0.5
        offsets[:, known] = False
        cosets.append(Cosets(labelling, known, pack(offsets)))
    return cosets


def contents_of(cosets, spectrum):
    """The bins of a game without noise."""
    return [
        family.transform(
            spectrum.evaluate(family.labelling.coalitions(family.vectors(slice(None))))
        )
        for family in cosets
    ]


def answers_of(cosets, spectrum, rng, *, rows=50, noise=0.0):
    """The evidence of a game, with uniformly random rows."""
    dense = rng.random((rows, spectrum.n_players)) < 0.5
    contents = [c + noise * rng.normal(size=c.shape) for c in contents_of(cosets, spectrum)]
    values = spectrum.evaluate(dense) + noise * rng.normal(size=rows)
    return Evidence(cosets, contents, Coalitions.from_dense(dense), values)


def players_of(field, labels, odd):
    """The set of at most t players with the given odd power sums, or None."""
    members = np.empty(len(odd), dtype=np.int32)
    workspace = np.empty((4, 2 * len(odd) + 2), dtype=np.int32)
    degree = search_players(field, labels, np.asarray(odd, dtype=np.int32), workspace, members)
    return None if degree < 0 else members[:degree]
