"""Weights of a blend of proxies from their held-out predictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from shapiq_spex.fourier.terms import Vector

_PRIOR_ROWS = 3.0
"""The weight of the prior guess of blend weights, in rows. Tuned."""

_PARSIMONY = 0.5
"""The largest share of a blend's weights that goes to its best proxy alone. Tuned."""

_FEW_EFFECTIVE_PAIRS = 5.0
"""Effective pairs of rows from which held-out errors tell nothing if tails are heavy. Tuned."""

_CONFIDENCE_EXPONENT = 4
"""How fast they tell more with more pairs: at three times as many, all but 1 in 81. Tuned."""


def blend_weights(predictions: NDArray[np.float64], values: Vector, prior: Vector) -> Vector:
    """Non-negative weights w that fit the values, shrunk towards a prior guess w0.

    They minimise |y - A w|^2 + p var(y) |w - w0|^2 over w >= 0, as if p additional rows were
    evidence for w0 (stacking with non-negative weights: L. Breiman, *Stacked regressions*, Machine
    Learning 24, 1996). Shrinking towards zero instead would make all weights too small with few
    rows.

    Args:
        predictions: One column of held-out predictions per proxy, of centred values.
        values: The centred values.
        prior: w0.

    Returns:
        One weight per proxy; they sum to one at most.

    Example:
        >>> truth = np.array([1.0, -1.0, 2.0, -2.0] * 25)
        >>> useless = np.array([1.0, 1.0, -1.0, -1.0] * 25)
        >>> columns = np.column_stack([truth, useless])
        >>> [round(float(w), 2) for w in blend_weights(columns, truth, np.array([0.5, 0.5]))]
        [0.97, 0.03]
    """
    ridge = np.sqrt(_PRIOR_ROWS * float(values.var()))
    system = np.concatenate([predictions, ridge * np.eye(len(prior))])
    weights = np.asarray(nnls(system, np.concatenate([values, ridge * prior]))[0])
    return weights / max(1.0, float(weights.sum()))


def parsimonious(weights: Vector, predictions: NDArray[np.float64], values: Vector) -> Vector:
    """Move up to half of the blend's weights to the best proxy, if the blend is hardly better.

    Weights have errors. These are large where all proxies predict noise equally badly: a proxy that
    has found the truth then shares with others that have not. The Bayesian information criterion
    compares the blend of k proxies with the best one alone, D = m log(SSE_1 / SSE) - (k - 1) log m,
    as odds exp(D / 2). Only half of the weight follows these odds, because the choice of the best
    proxy has errors too.
    """
    used = np.flatnonzero(weights)
    error = float(((predictions @ weights - values) ** 2).sum())
    errors = ((predictions - values[:, None]) ** 2).sum(axis=0)
    best = int(errors.argmin())
    if len(used) == 0 or error == 0 or errors[best] == 0:
        return weights
    n_rows = len(values)
    gain = n_rows * np.log(errors[best] / error) - (len(used) - 1) * np.log(n_rows)
    share = _PARSIMONY / (1.0 + np.exp(min(gain / 2, 50.0)))
    alone = np.zeros(len(weights))
    alone[best] = 1.0
    return (1 - share) * weights + share * alone


def confidence(values: Vector, pair_of_row: NDArray[np.intp]) -> float:
    """How far to trust held-out errors, and hence blend weights: from 0 to 1.

    In games of rare enormous values all errors depend on a handful of rows, and a proxy that
    predicts one of these from another can be far worse than the mean. With a the share of rows that
    count (:func:`effective_rows`) and p the number of pairs of rows, the factor is
    max(0, 1 - (1 - a) (5 / (a p))^4): one for normal tails, however few the rows; above .98 from 15
    effective pairs on; zero where a few rows of many carry all the information.
    """
    share = effective_rows(values) / len(values)
    effective_pairs = max(share * len(np.unique(pair_of_row)), 1e-9)
    doubt = (1.0 - share) * (_FEW_EFFECTIVE_PAIRS / effective_pairs) ** _CONFIDENCE_EXPONENT
    return max(0.0, 1.0 - doubt)


def effective_rows(values: Vector) -> float:
    """The number of rows that determine squared errors: all of them, or few with heavy tails.

    It is 3 m / kurtosis, at most m, so that normally distributed values count fully.

    Example:
        >>> effective_rows(np.array([1.0, -1.0, 1.0, -1.0]))
        4.0
    """
    squares = (values - values.mean()) ** 2
    spread = float((squares**2).sum())
    return min(float(len(values)), 3 * float(squares.sum()) ** 2 / spread) if spread else 0.0
