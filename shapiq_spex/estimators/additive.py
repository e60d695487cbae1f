"""The additive proxy: a lasso on the parities of degree one, the cheapest estimator of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapiq_spex.estimators.contract import Fit, paired_folds
from shapiq_spex.estimators.lasso import lasso_path, penalty_grid
from shapiq_spex.estimators.sample import signs
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Vector


@dataclass(frozen=True)
class Additive:
    """A lasso of order one; its penalty minimises the squared error of four folds.

    Attributes:
        folds: The number of folds.
        penalties: The number of penalties tried.
        most_players: The number of players that may enter: the most correlated ones, if there
            are more. It bounds the memory, 8 most_players^2 bytes.
    """

    folds: int = 4
    penalties: int = 12
    most_players: int = 1000

    @property
    def name(self) -> str:
        """The name for reports."""
        return "additive"

    def fit(self, coalitions: BoolMatrix, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy; see :class:`~shapiq_spex.estimators.contract.Estimator`."""
        n_rows, n_players = coalitions.shape
        rows = signs(coalitions)
        mean = float(values.mean())
        centred = values - mean
        correlations = centred @ rows
        players = np.sort(np.argsort(-np.abs(correlations), kind="stable")[: self.most_players])
        columns = np.column_stack([np.ones(n_rows), rows[:, players]])
        gram, moments = columns.T @ columns, columns.T @ centred
        penalties = penalty_grid(moments[1:] / n_rows, count=self.penalties, smallest=1e-3)
        fold_of_row = paired_folds(coalitions, self.folds, rng)
        predictions = np.zeros((n_rows, len(penalties)))
        for fold in np.unique(fold_of_row):
            held = fold_of_row == fold
            if held.all():
                break
            out, target = columns[held], centred[held]
            rest = n_rows - int(held.sum())
            weights = _path(
                (gram - out.T @ out) / rest, (moments - out.T @ target) / rest, penalties
            )
            predictions[held] = out @ weights.T
        best = int(((predictions - centred[:, None]) ** 2).sum(axis=0).argmin())
        weights = _path(gram / n_rows, moments / n_rows, penalties[: best + 1])[-1]
        kept = np.flatnonzero(weights[1:])
        spectrum = Spectrum(
            n_players,
            [(np.empty((1, 0)), [mean + weights[0]]), (players[kept, None], weights[1:][kept])],
        )
        return Fit(spectrum, mean + predictions[:, best])


def _path(gram: Vector, moments: Vector, penalties: Vector) -> Vector:
    """Lasso weights with an unpenalised intercept in front, one row per penalty."""
    centre = gram[0, 1:] / gram[0, 0]
    level = moments[0] / gram[0, 0]
    inner = gram[1:, 1:] - gram[0, 0] * np.multiply.outer(centre, centre)
    weights = lasso_path(inner, moments[1:] - moments[0] * centre, penalties)
    return np.column_stack([level - weights @ centre, weights])
