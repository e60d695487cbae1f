r"""Pairs of players that a residual depends on, among all pairs of thousands of players.

A pair whose players have no effects of their own, such as a parity, correlates with no single
player: all pairs must be looked at. With d_i(S) = x_i - mean_k x_k, the sign of a player relative
to the mean of its row, the score of a pair is

    z_ij = sum_S r(S) d_i(S) d_j(S) / norm,    norm^2 = sum_S r(S)^2 w(S)^2,    w = 4 q (1 - q)

where q is the share of the players that S keeps. Given its size, a coalition is uniform, so that
d_i d_j has mean 0 and variance w^2 up to 1/n, whatever the law of the sizes and however r depends
on the size. Under the uniform law, d_i is about x_i. A coalition and its complement have the same
d_i d_j and are one draw, so that their residuals are added up. All scores take n^2 m / 2 products.
Where that is too much, some of the rows choose candidates, and all rows score these.

A pair is *striking* if its score is larger than chance explains for N = n (n - 1) / 2 pairs. Given
the residual, of which pairs that do not matter are independent, Chernoff's bound is

    P(z_ij > t) <= exp(K(u) - u t),    K(u) = sum_S log E exp(u r(S) d_i(S) d_j(S) / norm)

for every u > 0, and this is alpha / (2 N) at t = (K(u) + log(2 N / alpha)) / u. For signs K(u) is
at most u^2 / 2, and t at most sqrt(2 log(2 N / alpha)) (W. Hoeffding, *Probability inequalities for
sums of bounded random variables*, JASA 58, 1963). Where few players are left out, products are
skewed and t is larger.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from shapiq_spex.estimators.signs import Signs, take_rows
from shapiq_spex.fourier.terms import Term, Vector

FALSE_ALARMS = 0.5
"""A bound of the number of striking pairs expected of noise. A choice: the largest score of chance
grows as sqrt(2 log(2 N / alpha)) and hardly depends on it."""

_MOST_PRODUCTS = 10**11
"""n^2 m of the rows that choose candidates: a second on one core. 1,000 rows of 10,000 players."""

_CANDIDATES = 2000
"""Candidates at most; noise yields about as many. A choice; scoring them takes less time than
choosing them."""

_ROUNDING = 1e-3
"""How much a score in single precision may differ from one in double precision, relative to it."""

_MOST_PAIRS = 60
"""Pairs returned at most, as many as the expansion of a support proposes."""

_PLAYERS_AT_ONCE = 500
"""Players of a block of scores; bounds memory."""

_EXPONENTS = np.linspace(0.04, 1.0, 25)
"""Where Chernoff's bound is minimised, in units of sqrt(2 log(2 N / alpha)), the best exponent of
normal scores. A choice: the bound holds for each of them."""


def striking_pairs(rows: Signs, residual: Vector, table: NDArray[np.intp]) -> list[Term]:
    """The pairs with scores that chance does not explain, the most striking first.

    Args:
        rows: Signs of independent coalitions that are uniform given their size.
        residual: What a fit leaves in each row.
        table: The pairs {S, complement of S}, see :meth:`Coalitions.pair_table
            <shapiq_spex.fourier.coalitions.Coalitions.pair_table>`.

    Example:
        >>> rows = np.random.default_rng(0).choice([-1.0, 1.0], (200, 50))
        >>> alone = np.column_stack([np.arange(200), np.full(200, -1)])
        >>> striking_pairs(rows, rows[:, 3] * rows[:, 20], alone)
        [(3, 20)]
    """
    n_players = rows.shape[1]
    if n_players < 2:
        return []
    both = table[table[:, 1] >= 0]
    folded = residual.astype(np.float64)
    folded[both[:, 0]] += folded[both[:, 1]]
    folded[both[:, 1]] = 0.0
    means = rows.mean(axis=1)
    used = np.flatnonzero((folded != 0) & (np.abs(means) < 1))
    if not len(used):
        return []
    n_pairs = n_players * (n_players - 1) // 2
    signal = folded / np.linalg.norm(folded[used] * (1.0 - means[used] ** 2))
    few = used[: max(1, _MOST_PRODUCTS // n_players**2)]
    least = largest_score_of_chance(signal[used], (1.0 - means[used]) / 2, n_pairs)
    lenient = float(-ndtri(min(0.5, _CANDIDATES / n_pairs) / 2))
    if len(few) == len(used):  # the scores of candidates are those of all rows, but for rounding
        lenient = max(lenient, (1.0 - _ROUNDING) * least)
    pairs = _candidates(take_rows(rows, few), means[few], signal[few], lenient)
    scored = [
        (-abs(float(signal @ ((rows[:, i] - means) * (rows[:, j] - means)))), (i, j))
        for i, j in pairs.T.tolist()
    ]
    return [pair for score, pair in sorted(scored) if -score > least][:_MOST_PAIRS]


def largest_score_of_chance(residual: Vector, shares: Vector, n_pairs: int) -> float:
    """What the scores of at most ``FALSE_ALARMS`` of the pairs exceed by chance, on average.

    Args:
        residual: A number for each row.
        shares: The share of the players that each row keeps, between 0 and 1.
        n_pairs: The number of pairs looked at.

    Example:
        >>> half, tenth = np.full(500, 0.5), np.full(500, 0.1)
        >>> scores = [largest_score_of_chance(np.ones(500), q, 10**6) for q in (half, tenth)]
        >>> np.round([*scores, np.sqrt(2 * np.log(4 * 10**6))], 1).tolist()
        [5.5, 7.0, 5.5]
    """
    q = shares.astype(np.float64)
    signal = 4 * residual / np.linalg.norm(4 * residual * q * (1 - q))
    needed = np.log(2 * n_pairs / FALSE_ALARMS)
    largest = 0.0
    for side in (1.0, -1.0):  # products are skewed: large scores and small ones differ
        bounds: list[float] = []
        for u in np.sqrt(2 * needed) * _EXPONENTS:
            slope = side * u * signal
            alike = np.logaddexp(
                2 * np.log(q) + slope * (1 - q) ** 2, 2 * np.log(1 - q) + slope * q**2
            )
            different = np.log(2 * q * (1 - q)) - slope * q * (1 - q)
            bounds.append((float(np.logaddexp(alike, different).sum()) + needed) / u)
        largest = max(largest, min(bounds))
    return largest


def _candidates(rows: Signs, means: Vector, signal: Vector, lenient: float) -> NDArray[np.intp]:
    """The pairs i < j with the largest scores on some rows, above a lenient one, as columns."""
    n_players = rows.shape[1]
    least = lenient * np.linalg.norm(signal * (1 - means**2))
    weights = signal.astype(rows.dtype)
    found = np.empty((2, 0), dtype=np.intp)
    sizes = np.empty(0, dtype=rows.dtype)
    for start in range(0, n_players, _PLAYERS_AT_ONCE):
        weighted = (rows.T[start : start + _PLAYERS_AT_ONCE] - means) * weights
        for other in range(start, n_players, _PLAYERS_AT_ONCE):
            columns = rows.T[other : other + _PLAYERS_AT_ONCE] - means
            scores = np.abs(weighted @ columns.T)
            i, j = np.nonzero(scores > least)
            ascending = start + i < other + j
            i, j = i[ascending], j[ascending]
            sizes = np.concatenate([sizes, scores[i, j]])
            found = np.concatenate([found, [start + i, other + j]], axis=1)
            if len(sizes) > _CANDIDATES:
                kept = np.argsort(-sizes, kind="stable")[:_CANDIDATES]
                found, sizes = found[:, kept], sizes[kept]
    return found
