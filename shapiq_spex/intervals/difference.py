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

If answers are noisy, so that the value of C has a standard error t_C, nothing is known exactly,
not even where all coalitions of a size, or all of them, are in the sample. In D the row C of a unit
has the weight a(C) (1 + e_u), any other, such as the two ends, a(C), as if e_u = 0. The noise is
part of the spread of s_u, so that the first sum has e_h (1 + e_h) of the (1 + e_h)^2 it takes, and

    se^2 = sum_h m_h e_h (1 + e_h) var_h(s) + sum_{C sampled} a(C)^2 (1 + e_u) t_C^2

The second sum counts with the degrees of freedom of t.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector
from shapiq_spex.intervals.coalition_weights import coalition_weights
from shapiq_spex.intervals.fold_fits import HeldOutResiduals
from shapiq_spex.intervals.strata import Strata

_BLOCK = 1 << 22
"""Contributions (row, interaction) computed at a time: 32 MB."""


class Noise(NamedTuple):
    """How far the values of rows are from what the game would answer on average.

    Attributes:
        errors: The standard error of every value.
        degrees_of_freedom: Of these errors; infinite if they are known.
    """

    errors: Vector
    degrees_of_freedom: float


class Differences(NamedTuple):
    """The estimates of all interactions of one order.

    Attributes:
        estimates: D.
        standard_errors: Those of D.
        degrees_of_freedom: Of the standard errors.
        carriers: How many units make up the standard error: (sum c)^2 / sum c^2 over their squared
            deviations c; close to 1 where a single unusual answer dominates it. Noise enters the
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
    plain = _index_of(missed.mean_spectrum, index, max_order, interactions)
    members = np.array(interactions, dtype=np.intp)
    parts: list[NDArray[np.float64]] = []
    dense = missed.coalitions.dense()
    noise = noise or Noise(np.zeros(len(dense)), np.inf)
    weighted_errors = noise.errors.copy()
    weighted_errors[strata.units] *= np.sqrt(1 + strata.excess)[:, None]
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
        of_noise = np.square(weighted_errors) @ np.square(effects)
        spread = _spread(scores, strata, of_noise, noise.degrees_of_freedom)
        parts.append(np.vstack([known + strata.excess @ scores, spread]))
    corrections, errors, freedom, carriers = np.hstack(parts)
    return Differences(plain + corrections, errors, freedom, carriers)


def _spread(
    scores: NDArray[np.float64], strata: Strata, of_noise: Vector, noise_freedom: float
) -> NDArray[np.float64]:
    """Standard errors, degrees of freedom and numbers of carriers.

    They follow from the scores of the units and the further variance of the noise.
    """
    # two roots, since the square of an excess overflows for many players
    scaled = scores * (np.sqrt(strata.excess) * np.sqrt(1 + strata.excess))[:, None]
    variance, quotient = of_noise.copy(), of_noise**2 / noise_freedom
    fourth = np.zeros(scores.shape[1])
    for stratum in np.unique(strata.stratum):
        part = scaled[strata.stratum == stratum]
        count = len(part)
        squares = (part - part.mean(axis=0)) ** 2 * (count / (count - 1))
        term = squares.sum(axis=0)
        variance += term
        quotient += term**2 / (count - 1)
        fourth += (squares**2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = np.where(variance > 0, variance**2 / quotient, np.inf)
        carriers = np.where(variance > 0, variance**2 / fourth, np.inf)
    return np.vstack([np.sqrt(variance), freedom, carriers])


def _index_of(spectrum: Spectrum, index: str, max_order: int, interactions: list[Term]) -> Vector:
    size = len(interactions[0])
    values = convert(spectrum, index, max_order, min_order=min(size, max_order)).to_dict()
    return np.array([values.get(interaction, 0.0) for interaction in interactions])
