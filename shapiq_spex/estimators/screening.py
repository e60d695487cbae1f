"""Which of thousands of players matter, before anything expensive is done with them.

A correlation with the values alone finds too few players: the ones that act in interactions, or
weakly, drown in the variance of all others. Correlations with the *residual* of a growing sparse
fit, of every player with every term found so far, find them: n m |terms| operations per round.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.expansion import expand
from shapiq_spex.estimators.sample import Signs
from shapiq_spex.estimators.selection import parity_columns, prices
from shapiq_spex.fourier.spectrum import Spectrum, Term, Vector

MOST_PLAYERS = 1000  # that are modelled without screening

_ROUNDS = 8
_CHOICE = 2.0  # the largest of N squared noise scores is about 2 log N: let none pass


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
