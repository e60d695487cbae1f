"""Weights of a blend of proxies from their held-out predictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from shapiq_spex.fourier.terms import Vector


def blend_weights(
    predictions: NDArray[np.float64], values: Vector, prior: Vector, *, prior_rows: float = 3.0
) -> Vector:
    """Non-negative weights w that fit the values, shrunk towards a prior guess w0.

    They minimise |y - A w|^2 + prior_rows var(y) |w - w0|^2 over w >= 0, as if ``prior_rows``
    additional rows had said w0 (stacking with non-negative weights: L. Breiman, *Stacked
    regressions*, Machine Learning 24, 1996). Shrinking towards w0 instead of zero matters with
    few rows, where all weights would otherwise be too small.

    Args:
        predictions: One column of held-out predictions per proxy, of centred values.
        values: The centred values.
        prior: w0.
        prior_rows: The weight of the prior.

    Returns:
        One weight per proxy; they sum to one at most.

    Example:
        >>> truth = np.array([1.0, -1.0, 2.0, -2.0] * 25)
        >>> useless = np.array([1.0, 1.0, -1.0, -1.0] * 25)
        >>> columns = np.column_stack([truth, useless])
        >>> [round(float(w), 2) for w in blend_weights(columns, truth, np.array([0.5, 0.5]))]
        [0.97, 0.03]
    """
    ridge = np.sqrt(prior_rows * float(values.var()))
    system = np.concatenate([predictions, ridge * np.eye(len(prior))])
    weights = np.asarray(nnls(system, np.concatenate([values, ridge * prior]))[0])
    return weights / max(1.0, float(weights.sum()))


def parsimonious(weights: Vector, predictions: NDArray[np.float64], values: Vector) -> Vector:
    """Half of the blend's weights given to the best proxy alone, if the blend is not worth it.

    Weights have errors, and where noise is what all proxies predict equally badly they are large:
    a proxy that has found the truth shares with others that have not. The Bayesian information
    criterion compares the blend of k proxies with the best one alone, D = m log(SSE_1 / SSE) -
    (k - 1) log m, as odds exp(D / 2). Only half of the weight follows it, because choosing
    has errors, too.

    Args:
        weights: The weights of the blend.
        predictions: One column of held-out predictions per proxy, of centred values.
        values: The centred values.
    """
    used = np.flatnonzero(weights)
    error = float(((predictions @ weights - values) ** 2).sum())
    errors = ((predictions - values[:, None]) ** 2).sum(axis=0)
    best = int(errors.argmin())
    if len(used) == 0 or error == 0 or errors[best] == 0:
        return weights
    n_rows = len(values)
    gain = n_rows * np.log(errors[best] / error) - (len(used) - 1) * np.log(n_rows)
    share = 0.5 / (1.0 + np.exp(min(gain / 2, 50.0)))
    alone = np.zeros(len(weights))
    alone[best] = 1.0
    return (1 - share) * weights + share * alone


def confidence(values: Vector, pair_of_row: NDArray[np.intp]) -> float:
    """How far to trust held-out errors, and hence the blend they weigh: from 0 to 1.

    In games of rare enormous values all errors rest on a handful of rows, and a proxy that predicts
    one of them from another can be far worse than the mean. With a the share of rows that count
    (:func:`effective_rows`) and p the number of pairs of rows, the factor is
    max(0, 1 - (1 - a) (5 / (a p))^4): one wherever tails are normal, however few the rows, above
    .98 from 15 effective pairs on, and nil when a few rows of many are all there is to learn from.

    Args:
        values: The values.
        pair_of_row: The pair each row belongs to.
    """
    share = effective_rows(values) / len(values)
    effective_pairs = max(share * len(np.unique(pair_of_row)), 1e-9)
    return max(0.0, 1.0 - (1.0 - share) * (5.0 / effective_pairs) ** 4)


def effective_rows(values: Vector) -> float:
    """The number of rows that squared errors rest on: all of them, or few with heavy tails.

    It is 3 m / kurtosis, and m at most, so that normally distributed values count fully.

    Example:
        >>> effective_rows(np.array([1.0, -1.0, 1.0, -1.0]))
        4.0
    """
    squares = (values - values.mean()) ** 2
    spread = float((squares**2).sum())
    return min(float(len(values)), 3 * float(squares.sum()) ** 2 / spread) if spread else 0.0
