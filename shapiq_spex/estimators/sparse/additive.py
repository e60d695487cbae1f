"""The additive proxy: a lasso on the parities of degree one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.signs import Signs, signs
from shapiq_spex.estimators.sparse.lasso import ADDITIVE_FLOOR, lasso_path, penalty_grid
from shapiq_spex.estimators.spread import spread_by_size
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector


@dataclass(frozen=True)
class Additive:
    """A lasso of order one; its penalty minimises the squared error of the folds.

    The defaults are Tuned, but for the last.

    Attributes:
        folds: The number of folds.
        penalties: The number of penalties tried.
        most_players: The number of players that may enter: the most correlated ones, if there
            are more. It bounds the memory: 8 most_players^2 bytes, and as many signs of a row.
        relative: Whether errors count relative to the spread of coalitions of their size
            (:mod:`shapiq_spex.estimators.spread`). A sum of effects that fits nearly full
            coalitions is otherwise lost where others differ a hundred times as much.
    """

    folds: int = 4
    penalties: int = 12
    most_players: int = 1000
    relative: bool = False

    @property
    def name(self) -> str:
        """The name for reports."""
        return "additive"

    def fit(self, coalitions: Coalitions, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy; see :class:`~shapiq_spex.estimators.contract.Estimator`."""
        n_rows, n_players = len(coalitions), coalitions.n_players
        mean = float(values.mean())
        centred = values - mean
        weights = np.ones(n_rows)
        if self.relative:
            weights = 1.0 / spread_by_size(coalitions, values)
            weights /= weights.mean()
        problem = _PlayerProducts.of(coalitions, centred, weights, self.most_players)
        penalties = penalty_grid(problem.slopes(), count=self.penalties, smallest=ADDITIVE_FLOOR)
        fold_of_row = paired_folds(coalitions, self.folds, rng)
        predictions = np.zeros((n_rows, len(penalties)))
        for fold in range(int(fold_of_row.max()) + 1):
            held = fold_of_row == fold
            if held.all():
                break
            # players chosen by the held-out rows would predict them too well
            if n_players <= self.most_players:
                columns = _columns(coalitions, problem.players, held)
                rest = problem.excluding(columns, centred[held], weights[held])
            else:
                known = np.where(held, 0.0, weights)
                rest = _PlayerProducts.of(coalitions, centred, known, self.most_players)
                columns = _columns(coalitions, rest.players, held)
            predictions[held] = columns @ rest.path(penalties).T
        best = int((weights @ (predictions - centred[:, None]) ** 2).argmin())
        effects = problem.path(penalties[: best + 1])[-1]
        kept = np.flatnonzero(effects[1:])
        spectrum = Spectrum(
            n_players,
            [
                (np.empty((1, 0)), [mean + effects[0]]),
                (problem.players[kept, None], effects[1:][kept]),
            ],
        )
        return Fit(spectrum, mean + predictions[:, best])


@dataclass(frozen=True)
class _PlayerProducts:
    """Weighted inner products of a column of ones, the most correlated players, and the values."""

    players: NDArray[np.intp]
    gram: NDArray[np.float64]
    moments: Vector

    @classmethod
    def of(
        cls, coalitions: Coalitions, values: Vector, weights: Vector, most_players: int
    ) -> _PlayerProducts:
        known = (weights * values).astype(np.float32)
        every = np.arange(coalitions.n_players)
        scores = [
            np.abs(signs(coalitions, every[first : first + most_players]).T @ known)
            for first in range(0, coalitions.n_players, most_players)
        ]
        players = np.sort(np.argsort(-np.concatenate(scores), kind="stable")[:most_players])
        used = weights > 0
        columns = _columns(coalitions, players, used)
        return cls._weighing(players, columns, values[used], weights[used])

    @classmethod
    def _weighing(
        cls, players: NDArray[np.intp], columns: Signs, values: Vector, weights: Vector
    ) -> _PlayerProducts:
        if (weights == 1.0).all():
            gram = (columns.T @ columns).astype(np.float64)  # sums of +-1 are exact
            return cls(players, gram, values @ columns)
        weighted = columns.T * weights
        return cls(players, weighted @ columns, weighted @ values)

    def excluding(self, columns: Signs, values: Vector, weights: Vector) -> _PlayerProducts:
        """The inner products of the other rows, given those of some."""
        out = self._weighing(self.players, columns, values, weights)
        return _PlayerProducts(self.players, self.gram - out.gram, self.moments - out.moments)

    def slopes(self) -> Vector:
        """The mean product of each player and the values."""
        return self.moments[1:] / self.gram[0, 0]

    def path(self, penalties: Vector) -> NDArray[np.float64]:
        """Lasso weights with an unpenalised intercept in front, one line per penalty."""
        n_rows = self.gram[0, 0]
        centre = self.gram[0, 1:] / n_rows
        inner = self.gram[1:, 1:] / n_rows - np.multiply.outer(centre, centre)
        level = self.moments[0] / n_rows
        weights = lasso_path(inner, self.moments[1:] / n_rows - level * centre, penalties)
        return np.column_stack([level - weights @ centre, weights])


def _columns(coalitions: Coalitions, players: NDArray[np.intp], used: NDArray[np.bool_]) -> Signs:
    """Ones and the signs of the players, for some of the rows."""
    chosen = signs(coalitions[used], players)
    return np.concatenate([np.ones((1, len(chosen)), chosen.dtype), chosen.T]).T
