r"""Peeling: find terms in bins, accept what shortens the description, subtract, look again.

A term T found in one bin of one family of cosets must also be in the bins of the other families
where its coordinates put it; all of them are asked before it is believed. With u_c the P numbers in
its bin of family c and g_c its pattern of signs there, the coefficient is estimated as

    F = sum_c w_c <u_c, g_c> / P  /  sum_c w_c,     w_c = P / |u_c - <u_c, g_c> g_c / P|^2,

so that crowded bins count little, and subtracting it shortens the description of the bins, as
Gaussian noise of unknown variance, by

    gain = sum_c P/2 log(|u_c|^2 / |u_c - F g_c|^2)    nats.

(To all squared norms a hundredth of that of an average bin is added: until most terms have been
found, a bin that one term explains almost perfectly is a coincidence as likely as a discovery.)

T itself costs log C(n, |T|) nats (which of the sets of its size), plus a constant for its size and
its coefficient. It is accepted if it gains more than it costs and does not lengthen the
description of any bin. What is left of its bins is decoded again: terms hidden by stronger ones
come to light (Amrollahi et al. 2019; the criterion is Rissanen's minimum description length, 1978).

Cost: a few thousand word operations per decoded bin, C P multiplications per proposed term.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from shapiq_spex.coding.algebra import Members
from shapiq_spex.coding.cosets import Cosets
from shapiq_spex.coding.search import Search, Stage
from shapiq_spex.fourier.spectrum import Vector

_SIZE_COST = 6.0  # nats for the size of a term and its coefficient
_NOISE = (
    0.01  # the clutter in a bin is believed to be at least this share of that in an average bin
)
_TOLERANCE = 2.0  # nats by which a term may lengthen the description of one bin
_TINY = 1e-200
_ROUNDING = 1e-26  # share of the energy of an average bin that is nothing but rounding


class Bins(NamedTuple):
    """A family of cosets and the (remaining) content of its bins.

    Attributes:
        cosets: The family.
        content: One row of P numbers per bin.
    """

    cosets: Cosets
    content: Vector


class Place(NamedTuple):
    """Where terms appear in a family: the number of the bin, the signs there."""

    bins: NDArray[np.intp]
    signs: Vector


def cost_of(members: Members, n_players: int) -> Vector:
    """The description length of terms, in nats."""
    degree = (members >= 0).sum(axis=1)
    return (
        gammaln(n_players + 1) - gammaln(degree + 1) - gammaln(n_players - degree + 1) + _SIZE_COST
    )


def peel(families: Sequence[Bins], stages: Sequence[Stage]) -> tuple[Members, Vector]:
    """Find terms until no bin yields one that is worth its description.

    Args:
        families: Families of cosets over one labelling, and their contents.
        stages: What to try.

    Returns:
        The terms, one row of players each (filled up with -1), and their coefficients.
    """
    labelling = families[0].cosets.labelling
    families = [Bins(cosets, content.copy()) for cosets, content in families]
    contents = [content for _, content in families]
    floors = [_ROUNDING * _mean_energy(content) for content in contents]
    search = Search([cosets for cosets, _ in families], stages)
    found: dict[bytes, float] = {}
    while (members := search.propose(contents, floors)) is not None:
        noise = [_NOISE * _mean_energy(content) for content in contents]
        costs = cost_of(members, labelling.n_players)
        places = locate(families, members)
        gains, _ = weigh(families, places, noise)
        for term in np.argsort(costs - gains, kind="stable"):
            if gains[term] <= costs[term]:
                break
            here = [Place(bins[[term]], signs[[term]]) for bins, signs in places]
            gain, coefficient = weigh(families, here, noise)
            if gain[0] <= costs[term]:  # its bins have changed since it was proposed
                continue
            for family, (content, (bins, signs)) in enumerate(zip(contents, here, strict=True)):
                content[bins] -= coefficient * signs
                search.changed(family, int(bins[0]))
            key = members[term].tobytes()
            found[key] = found.get(key, 0.0) + float(coefficient[0])
    rows = np.frombuffer(b"".join(found), dtype=np.int32).reshape(-1, labelling.degree)
    return rows, np.array(list(found.values()))


def locate(families: Sequence[Bins], members: Members) -> list[Place]:
    """Where terms appear in every family."""
    coordinates = families[0].cosets.labelling.coordinates(members)
    return [Place(*cosets.locate(coordinates)) for cosets, _ in families]


def weigh(
    families: Sequence[Bins], places: Sequence[Place], noise: Sequence[float]
) -> tuple[Vector, Vector]:
    """By how much every term shortens the description of its bins, and its coefficient.

    Args:
        families: The families.
        places: Where the terms appear in them.
        noise: An energy that no bin of a family is believed to fall short of.

    Returns:
        The gains in nats (minus infinity if the description of some bin becomes longer), and the
        coefficients F.
    """
    energies, projections, weights = np.empty((3, len(families), len(places[0].bins)))
    n_offsets = np.array([[cosets.n_offsets] for cosets, _ in families])
    for family, ((_, content), (bins, signs)) in enumerate(zip(families, places, strict=True)):
        numbers = content[bins]
        energies[family] = np.square(numbers).sum(axis=1) + noise[family] + _TINY
        projections[family] = (numbers * signs).mean(axis=1)
    unexplained = energies - n_offsets * projections**2
    weights = n_offsets / unexplained
    coefficients = (weights * projections).sum(axis=0) / weights.sum(axis=0)
    left = energies + n_offsets * coefficients * (coefficients - 2 * projections)
    gains = n_offsets / 2 * np.log(energies / left)
    return np.where((gains < -_TOLERANCE).any(axis=0), -np.inf, gains.sum(axis=0)), coefficients


def _mean_energy(content: Vector) -> float:
    return float(np.square(content).sum(axis=1).mean())
