"""Which of thousands of players matter, before anything expensive is computed.

Correlations with the values alone find too few players: the variance of all others hides those that
are weak or act in interactions. Correlations with the *residual* of a growing sparse fit, of every
player with every term found so far, find them at n m |terms| operations per round.

Rows that were used to choose players cannot validate a model of these players: of 2,000 players
with equally small effects, the most correlated ones predict the rows they were chosen on and no
others (``tests/estimators/test_screening.py``). Some rows are therefore not used for the choice,
and only these validate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.signs import Signs, parity_columns, signs
from shapiq_spex.estimators.sparse.description_length import prices
from shapiq_spex.estimators.sparse.expansion import expand
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

MOST_PLAYERS = 1000
"""Players that are modelled without screening: bounds matrices of n^2 entries."""

_ROUNDS = 8
"""Rounds of the growing sparse fit. Tuned."""

_CHOICE = 2.0
"""Nats per nat of log C(n, |T|) for choosing a term: the largest of N squared standard normal
scores is about 2 log N, so that none of noise passes."""

_MOST_SIGNS = 400_000_000
"""Signs of the rows that choose: 1.6 GB. Further rows neither choose nor validate."""

_JUDGES = 300
"""Rows that validate; half of the rows if there are fewer than twice as many, at least a tenth. An
R^2 from 300 rows has a standard error below .05."""


@dataclass(frozen=True)
class Screening:
    """The players to model, and the rows that may validate the model.

    Attributes:
        players: The numbers of the players, ascending.
        judges: Which rows were not used to choose the players.
    """

    players: NDArray[np.intp]
    judges: NDArray[np.bool_]

    @classmethod
    def of(cls, coalitions: Coalitions, values: Vector, rng: np.random.Generator) -> Screening:
        """Choose among thousands of players by most of the rows; keep all of up to 1,000."""
        n_rows, n_players = len(coalitions), coalitions.n_players
        if n_players <= MOST_PLAYERS:
            return cls(np.arange(n_players), np.ones(n_rows, dtype=np.bool_))
        judges = paired_folds(coalitions, int(np.clip(n_rows // _JUDGES, 2, 10)), rng) == 0
        choosing = np.flatnonzero(~judges)[: _MOST_SIGNS // n_players]
        chosen = relevant_players(signs(coalitions[choosing]), values[choosing])
        return cls(chosen, judges)


def relevant_players(rows: Signs, values: Vector) -> NDArray[np.intp]:
    """The players of a sparse fit, and those that would pay their price in one of its terms.

    The mean of the values is about zero.
    """
    n_rows, n_players = rows.shape
    terms: list[Term] = [()]
    weights = np.zeros(1)
    for _ in range(_ROUNDS):
        terms, weights = expand(rows, values, terms, rounds=1, choice=_CHOICE)
    columns = parity_columns(rows, terms)
    residual = (values - weights @ columns).astype(rows.dtype)
    scores = ((columns * residual) @ rows) ** 2
    energy = float(residual @ residual)
    (price,) = prices([(0,)], n_players, n_rows, choice=_CHOICE)
    joins = scores.max(axis=0) > price * energy
    joins[[player for term in terms for player in term]] = True
    if not joins.any():
        joins[scores[0].argmax()] = True
    return np.flatnonzero(joins)


def renamed(spectrum: Spectrum, players: NDArray[np.integer], n_players: int) -> Spectrum:
    """A spectrum of some players, numbered 0, 1, ..., as one of all players.

    Example:
        >>> renamed(Spectrum.from_dict(2, {(0, 1): 1.0}), np.array([3, 7]), 9).terms()
        [(3, 7)]
    """
    groups = [(players[members], coefficients) for members, coefficients in spectrum.groups]
    return Spectrum(n_players, groups)
