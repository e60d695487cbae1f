r"""Peeling: find terms in bins, accept what shortens the description, subtract, look again.

A term T found in one bin of one family of cosets must also be in the bins of the other families
where its coordinates put it; all of them are asked before it is believed. With u_c the P numbers in
its bin of family c and g_c its pattern of signs there, the coefficient is estimated as

    F = sum_c w_c <u_c, g_c> / P  /  sum_c w_c,     w_c = P / |u_c - <u_c, g_c> g_c / P|^2,

so that crowded bins count little, and subtracting it shortens the description of the bins, as
Gaussian noise of unknown variance, by

    gain = sum_c P/2 log(|u_c|^2 / |u_c - F g_c|^2)    nats.

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
from shapiq_spex.coding.decoder import BinDecoder, Effort
from shapiq_spex.fourier.spectrum import Vector

SOFT = (Effort(), Effort(singles=16, pairs=8), Effort(singles=30, pairs=16))
HARD = (Effort(sort=False),)

_SIZE_COST = 6.0  # nats for the size of a term and its coefficient
_ROUNDING = 1e-26  # share of the mean energy of a bin that is nothing but rounding


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


def peel(families: Sequence[Bins], efforts: Sequence[Effort]) -> tuple[Members, Vector]:
    """Find terms until no bin yields one that is worth its description.

    Args:
        families: Families of cosets over one labelling, and their contents.
        efforts: Levels of effort; a bin is tried again with the next only when no bin is left to be
            tried with less.

    Returns:
        The terms, one row of players each (filled up with -1), and their coefficients.
    """
    labelling = families[0].cosets.labelling
    decoders = [
        BinDecoder(cosets.labelling, cosets.known, cosets.offsets) for cosets, _ in families
    ]
    families = [Bins(cosets, content.copy()) for cosets, content in families]
    floors = [_ROUNDING * float(np.square(content).sum(axis=1).mean()) for _, content in families]
    next_effort = [np.zeros(len(content), dtype=np.int64) for _, content in families]
    found: dict[bytes, float] = {}
    while True:
        for (_, content), level, floor in zip(families, next_effort, floors, strict=True):
            level[np.square(content).sum(axis=1) <= floor] = len(efforts)
        lowest = min(int(level.min()) for level in next_effort)
        if lowest == len(efforts):
            break
        proposals: list[Members] = []
        for decoder, (_, content), level in zip(decoders, families, next_effort, strict=True):
            pending = np.flatnonzero(level == lowest)
            proposals.append(decoder.propose(pending, content[pending], efforts[lowest]))
            level[pending] = lowest + 1
        members = np.unique(np.concatenate(proposals), axis=0)
        costs = cost_of(members, labelling.n_players)
        places = _locate(families, members)
        gains, _ = weigh(families, places)
        for term in np.argsort(costs - gains):
            if gains[term] <= costs[term]:
                break
            here = [Place(bins[[term]], signs[[term]]) for bins, signs in places]
            gain, coefficient = weigh(families, here)
            if gain[0] <= costs[term]:  # its bins have changed since it was proposed
                continue
            for (_, content), (bins, signs), level in zip(families, here, next_effort, strict=True):
                content[bins] -= coefficient * signs
                level[bins] = 0
            key = members[term].tobytes()
            found[key] = found.get(key, 0.0) + float(coefficient[0])
    rows = np.frombuffer(b"".join(found), dtype=np.int32).reshape(-1, labelling.degree)
    return rows, np.array(list(found.values()))


def _locate(families: Sequence[Bins], members: Members) -> list[Place]:
    coordinates = families[0].cosets.labelling.coordinates(members)
    return [Place(*cosets.locate(coordinates)) for cosets, _ in families]


def weigh(families: Sequence[Bins], places: Sequence[Place]) -> tuple[Vector, Vector]:
    """By how much every term shortens the description of its bins, and its coefficient.

    Returns:
        The gains in nats (minus infinity if the description of some bin becomes longer), and the
        coefficients F.
    """
    energies: list[Vector] = []
    projections: list[Vector] = []
    weights: list[Vector] = []
    for (cosets, content), (bins, signs) in zip(families, places, strict=True):
        numbers = content[bins]
        energies.append(np.square(numbers).sum(axis=1) + np.finfo(np.float64).tiny)
        projections.append((numbers * signs).mean(axis=1))
        unexplained = energies[-1] - cosets.n_offsets * projections[-1] ** 2
        weights.append(cosets.n_offsets / np.maximum(unexplained, 1e-13 * energies[-1]))
    weight, projection = np.array(weights), np.array(projections)
    coefficient = (weight * projection).sum(axis=0) / weight.sum(axis=0)
    gains = np.zeros(len(coefficient))
    for (cosets, _), energy, projection in zip(families, energies, projections, strict=True):
        change = cosets.n_offsets * coefficient * (coefficient - 2 * projection)
        left = np.maximum(energy + change, 1e-13 * energy)
        gain = cosets.n_offsets / 2 * np.log(energy / left)
        gains += np.where(gain < 0, -np.inf, gain)
    return gains, coefficient
