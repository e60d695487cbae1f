r"""How far coalitions that were not drawn can move an index.

An index is I(S) = sum_C a_S(C) v(C) (:mod:`shapiq_spex.intervals.coalition_weights`). If the game
differs from a fit by at most D on a set A of units, none of which is in the sample,

    |error of I(S)| <= D sum_{u in A} w_u,    w_u = sum_{C in u} |a_S(C)|

Of a stratum of N units of which m are known, a sample misses k further units with probability

    C(N - k, m) / C(N, m) <= (1 - m / N)^k = exp(-k c),    c = log(1 + 1 / e),   e = N / m - 1

(hypergeometric law), and A altogether with at most exp(-sum_A c_u). Sets that the sample misses
with probability alpha or more therefore cost sum_A c_u <= log(1 / alpha), 3 for 95%, and the error
of 1 - alpha intervals is at most

    D max { sum_A w_u : sum_A c_u <= log(1 / alpha) }

which is a fractional knapsack: the units of the largest w / c first (G. B. Dantzig,
*Discrete-variable extremum problems*, Operations Research 5, 1957). The other way round, a set that
turns the sign of an estimate x has sum_A w_u >= |x| / D; the least cost L of one gives the
probability of missing it, exp(-L), the p-value of the sign. It is used where residuals vanish
(:mod:`shapiq_spex.estimators.unseen`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapiq_spex.fourier.terms import Vector
from shapiq_spex.intervals.adequacy import overlaps
from shapiq_spex.intervals.coalition_weights import coalition_weights
from shapiq_spex.intervals.strata import Strata


@dataclass(frozen=True)
class UnseenWeights:
    """The largest weight that sets of unknown units can have, by the cost of missing them.

    Attributes:
        costs: Corners of the curve, ascending.
        weights: The largest weight at these costs.
        complete: Whether no unknown coalition has a weight, so that the index is known.
    """

    costs: Vector
    weights: Vector
    complete: bool

    @classmethod
    def of(
        cls, strata: Strata, index: str, max_order: int, size: int, n_players: int
    ) -> UnseenWeights:
        """Those of an interaction of ``size`` players."""
        table = np.abs(coalition_weights(index, max_order, size, n_players))
        if strata.units.shape[1] == 2:  # with its complement
            table = table + table[::-1, ::-1]
        costs, ratios = [np.zeros(0)], [np.zeros(0)]
        complete = True
        for part in strata.classes:
            shares = overlaps(part.size, size, n_players)
            weights = np.where(shares > 0, table[part.size, : len(shares)], 0.0)
            complete = complete and not weights.any()
            if part.excess > 0:
                cost = np.log1p(1.0 / part.excess)
                # as many as there are, or as are unknown: those of this interaction may be
                units = np.minimum((1.0 + part.excess) * shares, part.excess)
                costs.append(part.expected * units * cost)
                ratios.append(weights / cost)
        cost, ratio = np.concatenate(costs), np.concatenate(ratios)
        order = np.argsort(-ratio, kind="stable")
        return cls(
            np.concatenate([[0.0], np.cumsum(cost[order])]),
            np.concatenate([[0.0], np.cumsum((cost * ratio)[order])]),
            complete,
        )

    def reach(self, confidence: float) -> float:
        """How far an index can be off, for differences of 1."""
        return float(np.interp(-np.log1p(-confidence), self.costs, self.weights))

    def chance_of(self, errors: Vector) -> Vector:
        """The largest probability of missing units that make such errors by differences of 1."""
        return np.exp(-np.interp(errors, self.weights, self.costs, right=np.inf))
