r"""Whether a design allows an estimate of the error of an index, decided before any value is seen.

If a proxy erred equally on all coalitions, a unit u would contribute c_u = a_u sqrt(e_u (1 + e_u))
to the error: a_u is the weight of its coalition in the index and e_u the number of unknown units
that it represents. Two things prevent an estimate:

* *Few coalitions matter*: the effective number of contributions, (sum E|c_u|)^2 / sum E c_u^2
  (Kish 1965), is small. In the Shapley-Taylor index, the value of a single player is
  v({i}) - v({}), one coalition that a sample contains or not.
* *Those that matter are hardly ever drawn*: most of sum E c_u^2 belongs to sizes of which fewer
  than four units are expected, as for Shapley values from uniformly random coalitions.
"""

from __future__ import annotations

from math import comb

import numpy as np

from shapiq_spex.designs.law import Refusal
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.intervals.coalition_weights import coalition_weights
from shapiq_spex.intervals.strata import Strata

_FEWEST_CONTRIBUTIONS = 5.0
"""Effective contributions below which an error is not estimated. Tuned."""

_FEWEST_OF_A_SIZE = 4.0
"""Expected units of a size below which the size counts as hardly drawn. Tuned."""

_LARGEST_THIN_SHARE = 0.5
"""The largest share of the variance in such sizes. Tuned."""


def inadequacy(
    strata: Strata, index: str, max_order: int, size: int, n_players: int
) -> Refusal | None:
    """Why a design cannot tell the error of interactions of ``size`` players; None if it can."""
    if not strata.classes:
        return None
    weights = coalition_weights(index, max_order, size, n_players)
    expected = np.array([part.expected for part in strata.classes])
    first, second = np.transpose(
        [
            (shares @ contributions, shares @ contributions**2)
            for part in strata.classes
            for shares in [overlaps(part.size, size, n_players)]
            for contributions in [
                np.sqrt(part.excess)
                * np.sqrt(1 + part.excess)
                * np.abs(weights[part.size, : len(shares)])
            ]
        ]
    )
    variance = expected * second
    if variance.sum() == 0:
        return None
    if variance[expected < _FEWEST_OF_A_SIZE].sum() > _LARGEST_THIN_SHARE * variance.sum():
        return Refusal(
            f"At order {size}, {index} depends on sizes of coalitions of which this design draws "
            'hardly any. Use keep="auto", or ask for more coalitions.'
        )
    if (expected @ first) ** 2 < _FEWEST_CONTRIBUTIONS * variance.sum():
        return Refusal(
            f"At order {size}, {index} depends on a handful of coalitions, which a random sample "
            "either contains or not. Ask for more coalitions, or for another index."
        )
    return None


def overlaps(coalition: int, interaction: int, n_players: int) -> Vector:
    """The law of |C & S| for random C and a fixed S of these sizes."""
    ways = [
        comb(interaction, overlap) * comb(n_players - interaction, coalition - overlap)
        for overlap in range(min(interaction, coalition) + 1)
    ]
    return np.array([way / comb(n_players, coalition) for way in ways])
