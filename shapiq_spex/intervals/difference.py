r"""The cross-fitted difference estimator of an interaction, and its standard error.

With weights a(C) such that I = sum_C a(C) v(C), a proxy g_{-k} that has not seen fold k, their mean
g over the folds, and a sample of m_h of the N_h units of stratum h,

    D = I(g) + sum_{C sampled} a(C) (v(C) - g(C)) + sum_h sum_{u in h} e_u s_u,
    s_u = sum_{C in u} a(C) (v(C) - g_{-k(u)}(C)),       e_u = N_h / m_h - 1

Known values are used as they are, unknown ones are predicted, and the mean error of the predictions
is estimated on the sample. D is unbiased for every proxy (C.-E. Sarndal, B.
Swensson & J. Wretman, *Model Assisted Survey Sampling*, 1992, section 6.3; cross-fitting as in
Chernozhukov et al. 2018), and only the spread of s_u enters its variance

    se^2 = sum_h m_h e_h (1 + e_h) var_h(s),     df = (sum V_h)^2 / sum V_h^2 / (m_h - 1)

with V_h the terms of the first sum (Cochran 1977, sections 5.3 and 5.4; Satterthwaite 1946).

Where a(C) differs much within a stratum, as that of a pair of players near the full coalition, the
few coalitions of large weight may be missing in the sample, and var_h(s) with them. The variance to
be expected is known even then, because the weights of all coalitions are known: that of a design
in which every unit of a stratum is equally likely to have each of its residuals,

    sum_h (N_h - m_h) N_h / m_h^2  sum_{u in h} mean_{C in h} (a(C) r_u)^2

(the anticipated variance: C. T. Isaki & W. A. Fuller, *Survey design under the regression
superpopulation model*, JASA 77, 1982; there is a second term for the complement of C). The larger
of the two variances counts. With t_u the contributions of the units, the second one has
(sum t_u)^2 / sum t_u^2 degrees of freedom, those of a sum of independent squares (Welch 1947).

If answers are noisy, se^2 is larger (:mod:`shapiq_spex.intervals.noise`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector
from shapiq_spex.intervals.adequacy import overlaps
from shapiq_spex.intervals.coalition_weights import coalition_weights
from shapiq_spex.intervals.fold_fits import HeldOutResiduals
from shapiq_spex.intervals.noise import Noise
from shapiq_spex.intervals.strata import Strata

_BLOCK = 1 << 22
"""Contributions (row, interaction) computed at a time: 32 MB."""


class Differences(NamedTuple):
    """The estimates of all interactions of one order.

    Attributes:
        estimates: D.
        standard_errors: Those of D.
        degrees_of_freedom: Of the standard errors.
        carriers: How many units make up the standard error: (sum c)^2 / sum c^2 over their
            contributions c; close to 1 where a single unusual answer dominates it. Noise enters the
            first sum alone, since its size does not rest on the answer that it changes.
    """

    estimates: Vector
    standard_errors: Vector
    degrees_of_freedom: Vector
    carriers: Vector


def differences(
    missed: HeldOutResiduals,
    index: str,
    max_order: int,
    interactions: list[Term],
    noise: Noise | None = None,
) -> Differences:
    """Estimate interactions of one order without the bias of the proxy.

    Without ``noise``, the game is taken to answer the same coalition always alike.
    """
    size = len(interactions[0])
    n = missed.coalitions.n_players
    weights = coalition_weights(index, max_order, size, n)
    sizes, strata = missed.coalitions.sizes(), missed.strata
    anticipated = _anticipated(missed, weights)
    plain = _index_of(missed.mean_spectrum, index, max_order, interactions)
    members = np.array(interactions, dtype=np.intp)
    parts: list[NDArray[np.float64]] = []
    dense = missed.coalitions.dense()
    per_block = max(1, _BLOCK // len(dense))
    for start in range(0, len(members), per_block):
        overlap = np.zeros((len(dense), len(members[start : start + per_block])), dtype=np.intp)
        for players in members[start : start + per_block].T:
            overlap += dense[:, players]
        effects = weights[sizes[:, None], overlap]
        known = missed.mean_residuals @ effects
        scores = np.einsum(
            "urj,ur->uj", effects[strata.units], missed.held_out_residuals, optimize=True
        )
        added, freedom_of_added = np.zeros(scores.shape[1]), np.inf
        if noise is not None:
            added, freedom_of_added = (
                noise.added_variance(effects, strata),
                noise.degrees_of_freedom,
            )
        spread = _spread(scores, strata, anticipated, (added, freedom_of_added))
        parts.append(np.vstack([known + strata.excess @ scores, spread]))
    corrections, errors, freedom, carriers = np.hstack(parts)
    return Differences(plain + corrections, errors, freedom, carriers)


def _anticipated(missed: HeldOutResiduals, weights: NDArray[np.float64]) -> Vector:
    """What every unit contributes to the variance to be expected; ``weights`` by size, overlap."""
    n, size = missed.coalitions.n_players, weights.shape[1] - 1
    units = missed.strata.units
    contributions = np.zeros(len(units))
    for part in missed.strata.classes:
        shares = overlaps(part.size, size, n)
        overlap = np.arange(len(shares))
        rows = [weights[part.size, overlap], weights[n - part.size, size - overlap]]
        inside = missed.strata.stratum == part.stratum
        # two roots, since the square of an excess overflows for many players
        scaled = np.array(rows[: units.shape[1]]) * np.sqrt(part.excess) * np.sqrt(1 + part.excess)
        squares = (missed.held_out_residuals[inside] @ scaled) ** 2 @ shares
        contributions[inside] += part.expected / max(inside.sum(), 1) * squares
    return contributions


def _spread(
    scores: NDArray[np.float64], strata: Strata, anticipated: Vector, added: tuple[Vector, float]
) -> NDArray[np.float64]:
    """Standard errors, degrees of freedom and numbers of carriers.

    They follow from the scores of the units, or from what these contribute to the variance to be
    expected, and from a variance that is added to either, with its degrees of freedom.
    """
    scaled = scores * (np.sqrt(strata.excess) * np.sqrt(1 + strata.excess))[:, None]
    variance, quotient, fourth = np.zeros((3, scores.shape[1]))
    for stratum in np.unique(strata.stratum):
        part = scaled[strata.stratum == stratum]
        count = len(part)
        squares = (part - part.mean(axis=0)) ** 2 * (count / (count - 1))
        term = squares.sum(axis=0)
        variance += term
        quotient += term**2 / (count - 1)
        fourth += (squares**2).sum(axis=0)
    expected = anticipated.sum()
    seen = variance >= expected
    quotient, fourth = (
        np.where(seen, each, anticipated @ anticipated) for each in (quotient, fourth)
    )
    variance = np.where(seen, variance, expected) + added[0]
    quotient = quotient + added[0] ** 2 / added[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = np.where(variance > 0, variance**2 / quotient, np.inf)
        carriers = np.where(variance > 0, variance**2 / fourth, np.inf)
    return np.vstack([np.sqrt(variance), freedom, carriers])


def _index_of(spectrum: Spectrum, index: str, max_order: int, interactions: list[Term]) -> Vector:
    size = len(interactions[0])
    values = convert(spectrum, index, max_order, min_order=min(size, max_order)).to_dict()
    return np.array([values.get(interaction, 0.0) for interaction in interactions])
