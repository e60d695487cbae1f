r"""Peeling: find terms in bins, accept what shortens the description, refit, repeat.

A term T found in one bin of one family of cosets must also appear in the bins of the other families
that its coordinates select, so all families decide whether it is accepted. With u_c the P numbers
in its bin of family c and g_c its pattern of signs there, the coefficient is estimated as

    F = sum_c w_c <u_c, g_c> / P  /  sum_c w_c,     w_c = P / |u_c - <u_c, g_c> g_c / P|^2,

so that crowded bins count little, and subtracting it shortens the description of the bins, as
Gaussian noise of unknown variance, by

    gain = sum_c P/2 log(|u_c|^2 / |u_c - F g_c|^2)    nats.

(A hundredth of the squared norm of an average bin is added to all squared norms: until most terms
have been found, a bin that one term explains almost perfectly may be a coincidence.) T costs
log C(n, |T|) nats (which of the sets of its size), plus a constant for its size and its
coefficient. It is accepted if it gains more than it costs, and not in one bin alone: without the
family that gains most, the descriptions of the others must not become longer by more than a
tolerance, which allows for other terms in the same bins. Then all coefficients are fitted again by
least squares, their contributions are subtracted from the bins, and terms hidden by stronger ones
are found. (Peeling: Amrollahi et al. 2019; the criterion is Rissanen's minimum description length,
1978; the refit is that of orthogonal matching pursuit.)

At the end, terms whose coefficient is less than ``THRESHOLD`` standard errors are dropped.

Cost: a few thousand word operations per decoded bin, C P multiplications per proposed term.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.algebra import Members
from shapiq_spex.coding.bin_search import Search, Stage
from shapiq_spex.coding.cosets import Place
from shapiq_spex.coding.least_squares import (
    Evidence,
    TermRegression,
    characters,
    combine,
    moments_of,
)
from shapiq_spex.fourier.coalitions import Coalitions, log_binomial
from shapiq_spex.fourier.terms import Vector

THRESHOLD = 4.5
"""Standard errors below which a coefficient is dropped. Of a million noise coefficients, 7 exceed
it. Tuned."""

DOUBT = 5.0
"""The log-odds in nats at which fresh rows reject a term: odds of 1 to 150. Tuned."""

ROUNDS = 4
"""Rounds of peeling and dropping; more change nothing unless terms were dropped. Tuned."""

_SIZE_COST = 6.0
"""Nats for the size of a term and its coefficient: log m / 2 for a coefficient from some thousand
rows, and about two nats for the size. Tuned."""

_TOLERANCE = 2.0
"""Nats by which a term may lengthen the description of all bins but its best. Tuned."""

_NOISE = 0.01
"""The smallest energy of what is unexplained in a bin, as a share of the average bin's. Tuned."""

_ROUNDING = 1e-20
"""Energy below which a bin holds rounding errors, as a share of the average bin's: eps^1.3."""

_NOTHING = 1e-9
"""Size below which a coefficient is a rounding error, relative to the largest."""

_TINY = 1e-200
"""Keeps logarithms of empty bins finite."""


def explain(evidence: Evidence, stages: Sequence[Stage]) -> TermRegression:
    """Find the terms that explain the answers of a game."""
    regression = TermRegression(evidence)
    mean = np.full((1, evidence.cosets[0].labelling.degree), -1, dtype=np.int32)
    regression.add(mean)
    for _ in range(ROUNDS):
        before = len(regression)
        peel(regression, evidence, stages)
        if len(regression) == before or not drop_insignificant(regression):
            break
    return regression


def peel(regression: TermRegression, evidence: Evidence, stages: Sequence[Stage]) -> None:
    """Add terms until no bin yields one that is worth its description."""
    cosets = evidence.cosets
    floors = [_ROUNDING * _mean_energy(content) for content in evidence.contents]
    search = Search(cosets, stages)
    known = {row.tobytes() for row in regression.members}
    while (members := search.propose(regression.residual.contents, floors)) is not None:
        new = [term for term, row in enumerate(members) if row.tobytes() not in known]
        members = members[new]
        accepted = _accept(regression.residual, members)
        if len(accepted):
            known |= {row.tobytes() for row in accepted}
            regression.add(accepted)


def _accept(residual: Evidence, members: Members) -> Members:
    """The terms that are worth their description, best first, each given the better ones."""
    contents = [content.copy() for content in residual.contents]
    noise = [_NOISE * _mean_energy(content) for content in contents]
    places = [cosets.locate(members) for cosets in residual.cosets]
    costs = cost_of(members, residual.rows.n_players)
    gains, coefficients = weigh(contents, places, noise)
    touched = [np.zeros(len(content), dtype=np.bool_) for content in contents]
    accepted: list[int] = []
    for term in np.argsort(costs - gains, kind="stable"):
        if gains[term] <= costs[term]:
            break
        coefficient = coefficients[term]
        if any(changed[bins[term]] for changed, (bins, _) in zip(touched, places, strict=True)):
            here = [Place(bins[[term]], signs[[term]]) for bins, signs in places]
            (gain,), (coefficient,) = weigh(contents, here, noise)
            if gain <= costs[term]:
                continue
        accepted.append(term)
        for content, changed, (bins, signs) in zip(contents, touched, places, strict=True):
            content[bins[term]] -= coefficient * signs[term]
            changed[bins[term]] = True
    return members[accepted]


def drop_insignificant(regression: TermRegression) -> bool:
    """Drop insignificant terms until all that remain are significant; whether there were any.

    The mean always stays.
    """
    dropped = False
    while True:
        sizes = np.abs(regression.coefficients)
        constant = (regression.members < 0).all(axis=1)
        keep = (sizes >= THRESHOLD * regression.errors()) & (sizes > _NOTHING * sizes.max())
        keep |= constant
        if keep.all():
            return dropped
        regression.keep(keep)
        dropped = True


def confirmed(
    regression: TermRegression, coalitions: Coalitions, values: Vector
) -> NDArray[np.bool_]:
    """Which terms fresh rows do not contradict.

    A term of degree > t may have the coordinates of a small one, which is then decoded in its
    place, with its coefficient F, and fits all cosets perfectly. Random rows distinguish the two:
    with their residuals r, and sigma^2 the mean square of these, the log-odds that the term is
    real and not an alias are

        (|r + F chi_T|^2 - |r|^2) / (2 sigma^2)  =  F (F m + 2 <r, chi_T>) / (2 sigma^2).

    Returns:
        True for the terms to be kept: those whose odds are better than e^-``DOUBT``.
    """
    signs = characters(coalitions, regression.members)
    coefficients = regression.coefficients
    rest = values - combine(coefficients, signs)
    odds = coefficients * (coefficients * len(rest) + 2 * moments_of(signs, rest))
    return odds >= -DOUBT * 2 * float(np.square(rest).mean())


def cost_of(members: Members, n_players: int) -> Vector:
    """The description length of terms, in nats."""
    degree = (members >= 0).sum(axis=1)
    return log_binomial(n_players, degree) + _SIZE_COST


def weigh(
    contents: Sequence[Vector], places: Sequence[Place], noise: Sequence[float]
) -> tuple[Vector, Vector]:
    """By how much every term shortens the description of its bins, and its coefficient.

    ``noise`` is, for every family, an energy that no bin is believed to fall short of.

    Returns:
        The gains in nats (minus infinity if only one family gains), and the coefficients F.
    """
    energies, projections = np.empty((2, len(contents), len(places[0].bins)))
    n_offsets = np.array([[content.shape[1]] for content in contents])
    for family, (content, (bins, signs)) in enumerate(zip(contents, places, strict=True)):
        numbers = content[bins]
        energies[family] = np.einsum("ij,ij->i", numbers, numbers) + noise[family] + _TINY
        projections[family] = np.einsum("ij,ij->i", numbers, signs) / content.shape[1]
    weights = n_offsets / (energies - n_offsets * projections**2)
    coefficients = (weights * projections).sum(axis=0) / weights.sum(axis=0)
    left = energies + n_offsets * coefficients * (coefficients - 2 * projections)
    gains = n_offsets / 2 * np.log(energies / left)
    total = gains.sum(axis=0)
    alone = total - gains.max(axis=0) < -_TOLERANCE
    return np.where(alone, -np.inf, total), coefficients


def _mean_energy(content: Vector) -> float:
    return float(np.square(content).sum(axis=1).mean())
