"""A proxy that is fast and never good, so that intervals have something to do."""

from __future__ import annotations

import numpy as np

from shapiq_spex.estimators.contract import Fit
from shapiq_spex.fourier.spectrum import Spectrum


class Straight:
    """Ridge regression on single players."""

    name = "straight"

    def fit(self, coalitions, values, *, rng):
        n = coalitions.n_players
        columns = np.column_stack([np.ones(len(coalitions)), 1 - 2.0 * coalitions.dense()])
        gram = columns.T @ columns + np.diag([1e-9, *[1.0] * n])
        weights = np.linalg.solve(gram, columns.T @ values)
        spectrum = Spectrum(n, [([[]], weights[:1]), (np.arange(n)[:, None], weights[1:])])
        return Fit(spectrum, np.full(len(values), np.nan))


class Clairvoyant:
    """Knows the game already."""

    name = "clairvoyant"

    def __init__(self, spectrum):
        self.spectrum = spectrum

    def fit(self, coalitions, values, *, rng):
        return Fit(self.spectrum, values)
