"""The pairwise proxy: a lasso on the parities of degree one and two, hierarchical or not.

It treats all terms alike, whereas the Gaussian proxies assume few relevant players. It predicts
better where many pairs are spread over the players.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.signs import RowNumbers, Signs, parity_columns, take_rows
from shapiq_spex.estimators.sparse.description_length import GramProblem
from shapiq_spex.estimators.sparse.lasso import PAIRWISE_FLOOR
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

_MOST_TERMS = 1000
"""Terms: all players, then pairs; the time grows with the square."""

_PENALTIES = 16
"""Penalties on the path."""

_HOPELESS = 1.2
"""The error on the first fold, relative to that of the rival, beyond which no other fold is tried.
Tuned."""


@dataclass(frozen=True)
class PairwiseProxy:
    """Held-out predictions of the lasso; its fit to all rows waits until it is needed.

    ``penalty`` is the position of the best penalty on the path.
    """

    held_out: Vector
    penalty: int
    rows: Signs
    values: Vector

    def spectrum(self) -> Spectrum:
        """The spectrum of the lasso of all rows."""
        path = _Path.of(self.rows, self.values)
        weights = path.weights[self.penalty]
        kept = np.flatnonzero(weights)
        terms = [path.terms[k] for k in kept.tolist()]
        return Spectrum.from_terms(self.rows.shape[1], terms, weights[kept])


def pairwise_proxy(
    rows: Signs, values: Vector, folds: Sequence[RowNumbers], rival: Vector
) -> PairwiseProxy | None:
    """Hold out folds from the lasso, whose penalty minimises the squared error.

    ``None`` if it is clearly worse on the first fold than ``rival``, the held-out predictions of
    another proxy. The mean of the values is about zero.
    """
    predictions = np.full((len(values), _PENALTIES), np.nan)
    for number, held in enumerate(folds):
        rest = np.ones(len(values), dtype=np.bool_)
        rest[held] = False
        path = _Path.of(take_rows(rows, rest), values[rest])
        predictions[held] = path.predict(take_rows(rows, held))
        if number == 0:
            error = ((predictions[held] - values[held, None]) ** 2).sum(axis=0).min()
            if error > _HOPELESS * ((rival[held] - values[held]) ** 2).sum():
                return None
    penalty = int(np.nansum((predictions - values[:, None]) ** 2, axis=0).argmin())
    return PairwiseProxy(predictions[:, penalty], penalty, rows, values)


@dataclass(frozen=True)
class _Path:
    """Lasso weights of some terms, the constant first, one line per penalty."""

    terms: Sequence[Term]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Signs, values: Vector) -> _Path:
        terms = _likely_terms(rows, values)
        problem = GramProblem.of(parity_columns(rows, terms), values)
        return cls(
            terms, problem.path(np.ones(len(terms)), count=_PENALTIES, smallest=PAIRWISE_FLOOR)
        )

    def predict(self, rows: Signs) -> NDArray[np.float64]:
        return (self.weights @ parity_columns(rows, self.terms)).T


def _likely_terms(rows: Signs, values: Vector) -> list[Term]:
    """The constant, the players, and the pairs most correlated with the values."""
    weighted = rows.T * values.astype(rows.dtype)
    single = np.abs(weighted.sum(axis=1))
    players = np.sort(np.argsort(-single, kind="stable")[:_MOST_TERMS])
    left, right = np.triu_indices(len(players), k=1)
    scores = np.abs((weighted[players] @ rows[:, players])[left, right])
    best = np.sort(np.argsort(-scores, kind="stable")[: _MOST_TERMS - len(players)])
    pairs = zip(players[left[best]].tolist(), players[right[best]].tolist(), strict=True)
    return [(), *((player,) for player in players.tolist()), *pairs]
