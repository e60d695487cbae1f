r"""Ridge regression on the terms a proxy proposes, each shrunk by how large the proxy thinks it is.

With columns chi_T(x), prior weights w_T ~ N(0, s_T^2) and s_T = (|F(T)| / max |F| + 10^-4)^0.6 for
proposed coefficients F, the penalty l sum_T w_T^2 / s_T^2 shrinks small proposals more than large
ones, so that there may be more terms than rows. (The Bayesian interpretation of ridge regression:
T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*, 2009, section
3.4.1; the exponent is tuned.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.signs import Signs, parity_columns
from shapiq_spex.estimators.sparse.sparse_regression import SIZE_EXPONENT, relative_sizes
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

PENALTIES = np.geomspace(1e-7, 1.0, 15)
"""The penalties l, relative to the largest eigenvalue of the scaled columns' inner products."""


class RidgeRegression:
    """Ridge regressions of some rows for all penalties."""

    def __init__(self, rows: Signs, values: Vector, proposals: Spectrum) -> None:
        self.n_players = proposals.n_players
        ranked = proposals.largest(len(proposals))
        self.terms: Sequence[Term] = [term for term, _ in ranked]
        scales = relative_sizes(np.array([c for _, c in ranked])) ** SIZE_EXPONENT
        columns = parity_columns(rows, self.terms) * scales.astype(rows.dtype)[:, None]
        centre = columns.mean(axis=1, dtype=np.float64)
        columns -= centre[:, None].astype(rows.dtype)
        mean = float(values.mean())
        wide = len(self.terms) > len(values)
        gram = (columns.T @ columns if wide else columns @ columns.T).astype(np.float64)
        eigenvalues, vectors = np.linalg.eigh(gram)
        penalties = PENALTIES * max(eigenvalues[-1], 1e-300) if len(eigenvalues) else PENALTIES
        shrunk = eigenvalues[:, None].clip(0.0) + penalties
        centred = values - mean
        if wide:
            weights = columns @ (vectors @ ((vectors.T @ centred)[:, None] / shrunk))
        else:
            weights = vectors @ ((vectors.T @ (columns @ centred))[:, None] / shrunk)
        self.weights = weights * scales[:, None]
        self.constants = mean - (centre @ weights)

    def predict(self, rows: Signs) -> NDArray[np.float64]:
        """Predictions, one column per penalty."""
        return self.constants + parity_columns(rows, self.terms).T @ self.weights

    def spectrum(self, penalty: int) -> Spectrum:
        """The spectrum for one of the penalties."""
        weights = np.r_[self.constants[penalty], self.weights[:, penalty]]
        return Spectrum.from_terms(self.n_players, [(), *self.terms], weights)
