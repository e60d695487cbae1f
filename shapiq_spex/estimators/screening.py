"""Which of thousands of players matter, before anything expensive is done with them.

A correlation with the values alone finds too few players: the ones that act in interactions, or
weakly, drown in the variance of all others. Correlations with the *residual* of a growing sparse
fit, of every player with every term found so far, find them: n m |terms| operations per round.

Rows that chose players cannot judge what is made of these: of 2,000 players that all matter a
little, those of the largest correlations predict the rows they were chosen on (R^2 .5 from 1,000
rows) and no others (-.2). So some rows have no say in the choice, and they alone are the judges.
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

MOST_PLAYERS = 1000  # that are modelled without screening

_ROUNDS = 8
_CHOICE = 2.0  # the largest of N squared noise scores is about 2 log N: let none pass
_MOST_SIGNS = 400_000_000  # of the rows that choose, 1.6 GB; the rest neither choose nor judge
_JUDGES = 300  # rows; half of the rows if there are fewer than twice as many, and a tenth at least


@dataclass(frozen=True)
class Screening:
    """The players to model, and who may judge the model.

    Attributes:
        players: The numbers of the players, ascending.
        judges: Which rows had no say in the choice of the players.
    """

    players: NDArray[np.intp]
    judges: NDArray[np.bool_]

    @classmethod
    def of(cls, coalitions: Coalitions, values: Vector, rng: np.random.Generator) -> Screening:
        """Choose among thousands of players by most of the rows; take up to 1,000 as they are.

        Args:
            coalitions: The rows.
            values: Their values, of mean about zero.
            rng: Chooses the judges.
        """
        n_rows, n_players = len(coalitions), coalitions.n_players
        if n_players <= MOST_PLAYERS:
            return cls(np.arange(n_players), np.ones(n_rows, dtype=np.bool_))
        judges = paired_folds(coalitions, int(np.clip(n_rows // _JUDGES, 2, 10)), rng) == 0
        choosing = np.flatnonzero(~judges)[: _MOST_SIGNS // n_players]
        chosen = relevant_players(signs(coalitions[choosing]), values[choosing])
        return cls(chosen, judges)


def relevant_players(rows: Signs, values: Vector) -> NDArray[np.intp]:
    """The players of a sparse fit, and those that would be worth their price in one of its terms.

    Args:
        rows: Signs.
        values: The values of the rows, of mean about zero.

    Returns:
        The numbers of the players, ascending.
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


def renamed(spectrum: Spectrum, players: NDArray[np.intp], n_players: int) -> Spectrum:
    """A spectrum of some players (0, 1, ... standing for ``players``) as one of all of them.

    Example:
        >>> renamed(Spectrum.from_dict(2, {(0, 1): 1.0}), np.array([3, 7]), 9).terms()
        [(3, 7)]
    """
    groups = [(players[members], coefficients) for members, coefficients in spectrum.groups]
    return Spectrum(n_players, groups)
