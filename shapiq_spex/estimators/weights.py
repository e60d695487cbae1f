"""Weights of a blend of proxies from their held-out predictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from shapiq_spex.fourier.spectrum import Vector


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


def confidence(predictions: Vector, values: Vector, pair_of_row: NDArray[np.intp]) -> float:
    """How far to trust held-out predictions rather than the mean: a factor from 0 to 1.

    The squared error saved against predicting the mean is averaged over pairs of rows; with t the
    ratio of this average to its standard error, the factor is max(0, 1 - t^-4). It is one for all
    practical purposes unless the saving rests on a handful of rows, as in games of rare enormous
    values, where unshrunk predictions can be far worse than the mean.

    Args:
        predictions: Held-out predictions of the centred values.
        values: The centred values.
        pair_of_row: The pair each row belongs to.
    """
    saved = np.bincount(pair_of_row, values**2 - (values - predictions) ** 2)
    saved = saved[np.unique(pair_of_row)]
    average = float(saved.mean())
    if average <= 0:
        return 0.0
    error = float(saved.std()) / np.sqrt(len(saved))
    return max(0.0, 1.0 - (error / average) ** 4)
