r"""Which of many candidate terms belong to the function: description length decides.

With few rows, many supports fit about equally well. Each term T of a support pays a price for its
weight and for having been chosen among all terms of its degree,

    DL = m log(RSS / m) + sum_T [log m + choice log C(n, |T|)]

which for ``choice = 0`` is the Bayesian information criterion (G. Schwarz, *Estimating the
dimension of a model*, Annals of Statistics 6, 1978) and otherwise an extended one (J. Chen and Z.
Chen, *Extended Bayesian information criteria for model selection with large model spaces*,
Biometrika 95, 2008), which accounts for the larger number of terms of higher degree. Supports come
from a lasso path. From each, terms are removed one by one, always the one whose removal costs
least, and the best support on the way is kept. Removing term j adds w_j^2 / (G^-1)_jj to the RSS,
and the inverse of the rest is a rank-one update.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from shapiq_spex._compiled import compiled
from shapiq_spex.estimators.signs import Signs
from shapiq_spex.estimators.sparse.lasso import lasso_path, penalty_grid
from shapiq_spex.fourier.coalitions import log_binomial
from shapiq_spex.fourier.terms import Term, Vector

Matrix = NDArray[np.float64]

_PATIENCE = 3
"""Supports in a row without an improvement after which the search ends. Tuned."""

RSS_FLOOR = 1e-13
"""Residual energy, relative to that of the values, below which differences are rounding errors."""

_TIE = 1e-6
"""Nats up to which two supports are equally long. One that is reached twice differs by rounding
errors, and counts neither as an improvement nor as a failure."""

_JITTER = 1e-9
"""Added to the diagonal of the inner products, in units of the rows, so that they can be inverted
where terms agree on all rows."""


@dataclass(frozen=True)
class GramProblem:
    """Inner products of candidate columns and values: all that selection needs of the rows.

    Attributes:
        gram: Z' Z; exact, because sums of +-1 are integers. The first column is the constant.
        moments: Z' y.
        energy: y' y.
        n_rows: m.
    """

    gram: Matrix
    moments: Vector
    energy: float
    n_rows: int

    @classmethod
    def of(cls, columns: Signs, values: Vector) -> GramProblem:
        """The inner products of columns (one line per term) and values."""
        # Single precision adds up to 2^24 signs exactly.
        gram = (columns @ columns.T).astype(np.float64)
        return cls(gram, columns @ values, float(values @ values), len(values))

    def path(self, factors: Vector, *, count: int, smallest: float) -> Matrix:
        """Lasso weights for ``count`` penalties; ``factors[0]`` is ignored, constants are free."""
        gram, moments = self.gram / self.n_rows, self.moments / self.n_rows
        centred = moments - moments[0] * gram[0]
        penalties = penalty_grid(centred[1:], factors[1:], count=count, smallest=smallest)
        return lasso_path(gram, moments, penalties, np.r_[0.0, factors[1:]])

    def least_squares(self, support: NDArray[np.intp]) -> Vector:
        """Unshrunk weights of some columns."""
        gram = self.gram[np.ix_(support, support)]
        weights, *_ = np.linalg.lstsq(gram, self.moments[support], rcond=1e-12)
        return np.asarray(weights, dtype=np.float64)


def prices(
    terms: Sequence[Term], n_players: int, n_rows: int, *, choice: float
) -> NDArray[np.float64]:
    """The price log m + choice log C(n, |T|) of every term; the constant is free.

    Example:
        >>> prices([(), (0,), (0, 1)], 4, 1, choice=1.0).round(3)
        array([0.   , 1.386, 1.792])
    """
    degrees = np.array([len(term) for term in terms], dtype=np.float64)
    nats = np.log(n_rows) + choice * log_binomial(n_players, degrees)
    return np.where(degrees > 0, nats, 0.0)


@dataclass(frozen=True)
class Selected:
    """A support (column numbers, the constant first), its weights and its description length."""

    support: NDArray[np.intp]
    weights: Vector
    length: float


def select(problem: GramProblem, supports: Iterable[NDArray[np.intp]], price: Vector) -> Selected:
    """The support of least description length that removing terms from some supports leads to."""
    best, least, failures = np.array([0]), np.inf, 0
    most = max(1, problem.n_rows // 2)
    seen: set[bytes] = set()
    for support in supports:
        columns = np.r_[0, support[:most]]
        if columns.tobytes() in seen:
            continue
        seen.add(columns.tobytes())
        gram, moments = problem.gram[np.ix_(columns, columns)], problem.moments[columns]
        gram += _JITTER * problem.n_rows * np.eye(len(columns))
        inverse = _inverse(gram)
        weights = inverse @ moments
        rss = max(problem.energy - float(weights @ moments), 0.0)
        floor = RSS_FLOOR * problem.energy
        length, kept = _backward(inverse, weights, price[columns], rss, floor, problem.n_rows)
        if length < least - _TIE:
            best, least, failures = columns[np.sort(kept)], length, 0
        elif length > least + _TIE:
            failures += 1
            if failures == _PATIENCE:
                break
    return Selected(best, problem.least_squares(best), least)


def _inverse(gram: Matrix) -> Matrix:
    """The inverse of a positive definite matrix."""
    factorise, invert = lapack.get_lapack_funcs(("potrf", "potri"), (gram,))
    factor, failed = factorise(gram, lower=False)
    if failed:
        return np.linalg.inv(gram).astype(np.float64, copy=False)
    half, _ = invert(factor, lower=False, overwrite_c=True)
    inverse = np.triu(half)
    inverse += np.triu(half, 1).T
    return inverse


@compiled
def _backward(  # noqa: PLR0917 - compiled functions take positional arguments
    inverse: Matrix, weights: Vector, price: Vector, rss: float, floor: float, n_rows: int
) -> tuple[float, NDArray[np.intp]]:
    """Least description length on the way down, and the positions of the columns kept there.

    The columns that remain are the first ``size`` of ``inverse``, so that the inner loop runs over
    adjacent numbers; ``inverse`` and ``weights`` are overwritten.
    """
    size = len(weights)
    position = np.arange(size)
    kept = position.copy()
    best = np.inf
    total = price.sum()
    while True:
        length = n_rows * np.log(max(rss, floor) / n_rows) + total
        if length < best:
            best = length
            kept = position[:size].copy()
        if size == 1:
            return best, kept
        worst = 0
        least = np.inf
        for j in range(1, size):
            loss = weights[j] * weights[j] / inverse[j, j]
            change = n_rows * np.log1p(loss / max(rss, floor)) - price[position[j]]
            if change < least:
                least = change
                worst = j
        rss += weights[worst] * weights[worst] / inverse[worst, worst]
        total -= price[position[worst]]
        size -= 1
        for j in range(size + 1):  # swap the worst column with the last
            inverse[worst, j], inverse[size, j] = inverse[size, j], inverse[worst, j]
        for j in range(size + 1):
            inverse[j, worst], inverse[j, size] = inverse[j, size], inverse[j, worst]
        weights[worst], weights[size] = weights[size], weights[worst]
        position[worst], position[size] = position[size], position[worst]
        pivot = inverse[size, size]
        for j in range(size):
            factor = inverse[j, size] / pivot
            weights[j] -= factor * weights[size]
            for k in range(size):
                inverse[j, k] -= factor * inverse[size, k]
