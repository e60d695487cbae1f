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
        One weight per proxy.

    Example:
        >>> truth = np.array([1.0, -1.0, 2.0, -2.0] * 25)
        >>> useless = np.array([1.0, 1.0, -1.0, -1.0] * 25)
        >>> columns = np.column_stack([truth, useless])
        >>> [round(float(w), 2) for w in blend_weights(columns, truth, np.array([0.5, 0.5]))]
        [0.99, 0.03]
    """
    ridge = np.sqrt(prior_rows * float(values.var()))
    system = np.concatenate([predictions, ridge * np.eye(len(prior))])
    return np.asarray(nnls(system, np.concatenate([values, ridge * prior]))[0], dtype=np.float64)
