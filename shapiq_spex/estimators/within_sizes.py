r"""R^2 within coalition sizes, for a law of sizes that need not be that of the rows.

An explanation is used where some number of players is removed, and there a trend from size to size
does not help: the mean of each size is not a prediction that anybody needs. For a law pi of sizes,

    R^2 = 1 - sum_s pi_s mean_s (v - p)^2 / sum_s pi_s var_s v

where mean_s and var_s are those over all coalitions of size s. Both are estimated without bias from
rows that are uniform given their size, whatever the law of their sizes was: each of the m_s rows
of size s has the weight pi_s / m_s (post-stratification: W. G. Cochran, *Sampling Techniques*,
1977, section 5A.9), and its squared deviation from the mean of its size counts

    m_s / (m_s - 1) (C(n, s) - 1) / C(n, s)

times, the second factor because rows are drawn without repetition. Rows that have no other row of
their size, among them the empty and the full coalition, are left out: neighbouring sizes pooled,
even around a line, would take a part of a bent trend for variance.

Where many sizes have few rows, weights are smoothed over sizes within a quarter of a binomial
standard deviation, sqrt(s (n - s) / n), which is less than one for a few removed players.
Sizes farther from any row are not judged, and a region is judged only if rows cover nine tenths of
it. Where any number of players is removed, few held-out rows are of each size. There, means are
those of all rows of a size whose values are known, m_s of them, and weights are smoothed over the
next sizes if the law is about the same there.

Coalitions that differ although none of them was drawn (:mod:`shapiq_spex.estimators.unseen`) may be
of any size s that is not complete. There, m_s draws without repetition miss a share p of the C =
C(n, s) coalitions with probability (1 - m_s / C)^{p C}, as do m'_s = -C log(1 - m_s / C) draws with
repetition. Where a deviation would have shown on all known rows, one over the number of draws is
the mean of pi_s / m'_s by the law of these sizes, about Kish's number if none is complete.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.held_out import FEWEST_PAIRS, HeldOut, KnownSizes
from shapiq_spex.fourier.coalitions import coalitions_of_each_size
from shapiq_spex.fourier.terms import Vector

_LEAST_COVERED = 0.9
"""The share of a law that rows must cover. A choice: near the input it asks for each number of
removed players; where players are kept with a probability, tails may be missing."""

_SMOOTHED = 0.25
"""The half-width of the window for weights, in binomial standard deviations. A choice: the law
hardly changes within it."""

_ABOUT_THE_SAME = 0.25
"""How far a law may change from one size to the next for weights to be smoothed over both, as a
share of the larger one. A choice: of 13 players, those that the kernel law smooths are 4 to 9."""


@dataclass(frozen=True)
class WithinSizes:
    """Which rows judge a law of sizes, and with which weights.

    Attributes:
        rows: The numbers of the rows that judge it.
        weights: Their weights, 1 on average.
        sizes: The size of each of them.
        factor: What makes the mean squared deviation from the mean of a size its variance.
        covered: The share of the law that the rows cover.
        of_all: The share of the coalitions of its size that the rows are.
        complete: Whether the rows are all coalitions of these sizes.
        law: The weight of each size 0 ... n.
        known: All rows whose values are known, if means are theirs.

    Example:
        >>> sizes = np.repeat([26, 27, 28], [100, 50, 1])
        >>> law = np.where(np.isin(np.arange(31), [26, 27]), 0.5, 0.0)
        >>> judging = WithinSizes.of(sizes, law)
        >>> judging.weights[[0, -1]], judging.covered
        (array([0.75, 1.5 ]), 1.0)
    """

    rows: NDArray[np.intp]
    weights: Vector
    sizes: NDArray[np.integer]
    factor: Vector
    covered: float
    of_all: Vector
    complete: bool
    law: Vector
    known: KnownSizes | None = None

    @classmethod
    def of(
        cls,
        sizes: NDArray[np.integer],
        law: Vector,
        *,
        known: KnownSizes | None = None,
        smooth: bool = False,
    ) -> WithinSizes:
        """Weigh distinct rows of these sizes.

        Args:
            sizes: The number of players in each row.
            law: The weight of each size 0 ... n.
            known: All rows whose values are known, to take means from.
            smooth: Whether to smooth over the next sizes where the law is about the same.
        """
        n_players = len(law) - 1
        law = np.where(np.arange(n_players + 1) % n_players > 0, law, 0.0) if n_players else law
        counts = np.bincount(sizes, minlength=n_players + 1)
        of_mean = counts if known is None else known.counts
        counts = np.where((of_mean > 1) & (law > 0.0), counts, 0)
        reach = np.maximum(_reach(n_players), smooth & _about_the_same(law))
        of_law, of_rows = _windowed(law, reach), _windowed(counts, reach)
        in_reach = of_rows > 0.0
        weight = np.divide(of_law, of_rows, out=np.zeros(len(law)), where=in_reach)
        weight[counts == 0] = 0.0
        rows = np.flatnonzero(weight[sizes] > 0.0)
        total = float(law.sum())
        covered = float(law[in_reach].sum()) / total if total else 0.0
        of_row = weight[sizes[rows]]
        population = coalitions_of_each_size(n_players)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = of_mean / (of_mean - 1.0) * (1.0 - 1.0 / population)
        complete = counts[law > 0.0] >= population[law > 0.0]
        return cls(
            rows,
            of_row / of_row.mean() if len(rows) else of_row,
            sizes[rows],
            factor[sizes[rows]],
            covered,
            np.minimum(counts / population, 1.0)[sizes[rows]],
            bool(len(rows)) and bool(complete.all()),
            law,
            known,
        )

    def draws(self, pair_of_row: NDArray[np.intp]) -> float:
        """The number of equally weighted draws that would be worth as much (Kish 1965)."""
        if not len(self.rows):
            return 0.0
        of_pair = np.bincount(pair_of_row[self.rows], self.weights)
        return float(of_pair.sum() ** 2 / (of_pair**2).sum())

    @property
    def evaluated(self) -> float:
        """The share of the coalitions, as likely as the law says, that the rows are.

        Example:
            >>> law = np.array([0.0, 0.25, 0.75, 0.0])
            >>> round(WithinSizes.of(np.array([1, 1, 1, 2, 2]), law).evaluated, 3)
            0.75
        """
        return self.covered * float((self.weights * self.of_all).mean()) if len(self.rows) else 0.0

    def suffices(self, pair_of_row: NDArray[np.intp]) -> bool:
        """Whether the rows can judge the law: 20 draws over most of it, or all coalitions."""
        enough = self.complete or self.draws(pair_of_row) >= FEWEST_PAIRS
        return enough and self.covered >= _LEAST_COVERED

    def judge(self, held_out: HeldOut) -> HeldOut:
        """The rows of ``held_out`` that judge the law, weighted and centred within their sizes."""
        return HeldOut(
            held_out.values[self.rows],
            held_out.predictions[self.rows],
            held_out.pair_of_row[self.rows],
            draws=self._seen(held_out),
            reach=held_out.reach,
            weights=self.weights,
            squares=self._squares(held_out.values),
            fitted=None if held_out.fitted is None else held_out.fitted[self.rows],
            of_all=self.of_all,
        ).as_explained()

    def _seen(self, held_out: HeldOut) -> int:
        """The draws on which a deviation would have shown."""
        if held_out.known is None or not held_out.all_seen:
            return int(self.draws(held_out.pair_of_row))
        counts = held_out.known.counts
        share = counts / coalitions_of_each_size(len(self.law) - 1)
        hiding = (counts > 0) & (self.law > 0.0) & (share < 1.0)
        if not hiding.any():
            return held_out.draws
        of_each = held_out.draws / float(counts.sum())  # a pair of rows is one draw
        draws = of_each * counts[hiding] * -np.log1p(-share[hiding]) / share[hiding]
        law = self.law[hiding]
        return int(self.law.sum() * law.sum() / float((law**2 / draws).sum()))

    def variance(self, values: Vector) -> float:
        """The variance of values, one for each row, within sizes."""
        return float((self.weights * self._squares(values)).mean()) if len(self.rows) else 0.0

    def _squares(self, values: Vector) -> Vector:
        values = values[self.rows]
        n_players = len(self.law) - 1
        known = self.known or KnownSizes.of(self.sizes, values, n_players)
        return self.factor * (values - known.means[self.sizes]) ** 2


def _reach(n_players: int) -> NDArray[np.intp]:
    """The half-width of the window of each size."""
    sizes = np.arange(n_players + 1)
    spread = np.sqrt(sizes * (n_players - sizes) / max(n_players, 1))
    return np.floor(_SMOOTHED * spread).astype(np.intp)


def _about_the_same(law: Vector) -> NDArray[np.bool_]:
    """Whether a law is about the same for the sizes before and after each size."""
    larger, smaller = np.maximum(law[1:], law[:-1]), np.minimum(law[1:], law[:-1])
    same = np.concatenate([[False], smaller > (1.0 - _ABOUT_THE_SAME) * larger, [False]])
    return same[1:] & same[:-1]


def _windowed(of_size: NDArray[np.number], reach: NDArray[np.intp]) -> Vector:
    """The sum over the window of each size."""
    n_players = len(of_size) - 1
    sizes = np.arange(n_players + 1)
    sums = np.concatenate([[0.0], np.cumsum(of_size)])
    last, first = np.minimum(sizes + reach, n_players) + 1, np.maximum(sizes - reach, 0)
    return np.where(reach > 0, np.maximum(sums[last] - sums[first], 0.0), of_size)
