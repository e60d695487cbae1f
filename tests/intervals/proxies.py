"""A proxy that is fast and never good, so that intervals have something to do."""

from __future__ import annotations

from itertools import combinations

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


class Quadratic:
    """Ridge regression on players and pairs, with predictions for each row without itself."""

    name = "quadratic"

    def fit(self, coalitions, values, *, rng):
        n = coalitions.n_players
        signs = 1 - 2.0 * coalitions.dense()
        pairs = np.array(list(combinations(range(n), 2)))
        columns = np.hstack([np.ones((len(signs), 1)), signs, signs[:, pairs].prod(axis=2)])
        penalty = np.diag([1e-9, *[1.0] * (columns.shape[1] - 1)])
        inverse = np.linalg.inv(columns.T @ columns + penalty)
        weights = inverse @ columns.T @ values
        leverage = np.einsum("ri,ij,rj->r", columns, inverse, columns)
        held_out = values - (values - columns @ weights) / (1 - leverage)
        one, players, rest = np.split(weights, [1, n + 1])
        spectrum = Spectrum(n, [([[]], one), (np.arange(n)[:, None], players), (pairs, rest)])
        return Fit(spectrum, held_out)


class Clairvoyant:
    """Knows the game already."""

    name = "clairvoyant"

    def __init__(self, spectrum):
        self.spectrum = spectrum

    def fit(self, coalitions, values, *, rng):
        return Fit(self.spectrum, values)
