"""Which of thousands of players matter, before anything expensive is computed.

Correlations with the values alone find too few players: the variance of all others hides those that
are weak or act in interactions. Correlations with the *residual* of a growing sparse fit, of every
player with every term found so far, find them at n m |terms| operations per round. Pairs whose
players have no effects of their own correlate with none of them; where the fit ends, all pairs are
scanned (:mod:`~shapiq_spex.estimators.sparse.pair_scan`), and the fit goes on from those found, up
to triples and beyond. Of prompts of 10,000 words, with 1,000 to 5,000 rows, scans take 1 to 4 CPU
seconds and raise R^2 from .5 to .8 to .999 (``python -m tests.quality.test_many_words``, which also
tells where it stays below).

Rows that were used to choose players cannot validate a model of these players: of 2,000 players
with equally small effects, the most correlated ones predict the rows they were chosen on and no
others (``tests/estimators/test_screening.py``). Some rows are therefore not used for the choice,
and only these validate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.signs import Signs, parity_columns, signs
from shapiq_spex.estimators.sparse.description_length import prices
from shapiq_spex.estimators.sparse.expansion import expand
from shapiq_spex.estimators.sparse.pair_scan import striking_pairs
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

MOST_PLAYERS = 1000
"""Players that are modelled without screening: bounds matrices of n^2 entries."""

_ROUNDS = 8
"""Rounds of the growing sparse fit. Tuned."""

_SCANS = 4
"""Scans of all pairs, each of what the terms next to those found before leave. A choice; bounds the
time at seconds of 10,000 players, at most 4 of those measured
(``python -m tests.quality.test_many_words 10000 1000,2000,5000 3``)."""

_LEADERS, _PER_VARIANCE = 50, 200
"""Players that join because they correlate with the residual more than others: one for every half
percent of the variance that the fit leaves, and at most 50. A conjunction of six shows in each of
its players too weakly to be told from chance, as do many weak effects. Where the fit leaves nothing
but noise, more players only add to it. Tuned."""

_NOTHING = 1e-12
"""The share of the values' energy below which a residual is rounding."""

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
        chosen = relevant_players(coalitions[choosing], values[choosing])
        return cls(chosen, judges)

    def joined_by(self, players: NDArray[np.intp]) -> Screening:
        """The same with more players, which must not be chosen by the values of the game."""
        return Screening(np.union1d(self.players, players), self.judges)


def relevant_players(coalitions: Coalitions, values: Vector) -> NDArray[np.intp]:
    """The players of a sparse fit, and those that its residual depends on.

    The mean of the values is about zero.
    """
    rows = signs(coalitions)
    terms, residual, paired = _sparse_fit(rows, values, coalitions.pair_table())
    joins = np.zeros(coalitions.n_players, dtype=np.bool_)
    joins[[player for term in [*terms, *paired] for player in term]] = True
    energy, total = float(residual @ residual), float(values @ values)
    if energy > _NOTHING * total:
        signal = residual.astype(rows.dtype)
        scores = ((parity_columns(rows, terms) * signal) @ rows) ** 2
        (price,) = prices([(0,)], coalitions.n_players, len(values), choice=_CHOICE)
        joins[scores.max(axis=0) > price * energy] = True
        leaders = min(_LEADERS, math.ceil(_PER_VARIANCE * energy / total))
        joins[np.argsort(-scores[0], kind="stable")[:leaders]] = True
    if not joins.any():
        joins[0] = True
    return np.flatnonzero(joins)


def _sparse_fit(
    rows: Signs, values: Vector, table: NDArray[np.intp]
) -> tuple[list[Term], Vector, set[Term]]:
    """The terms of a growing sparse fit, its residual, and the striking pairs on the way.

    Where no term next to those found is missing, all pairs are scanned. Pairs that the fit does not
    choose are striking all the same.
    """
    terms: list[Term] = [()]
    paired: set[Term] = set()
    residual = values
    for _ in range(_SCANS):
        terms, residual = _grown(rows, values, terms)
        if residual @ residual <= _NOTHING * (values @ values):
            break
        found = [p for p in striking_pairs(rows, residual, table) if p not in paired]
        if not found:
            break
        paired.update(found)
        terms = [*terms, *(pair for pair in found if pair not in terms)]
    return terms, residual, paired


def _grown(rows: Signs, values: Vector, terms: list[Term]) -> tuple[list[Term], Vector]:
    """The terms of a fit that starts from some and grows to their neighbours, and its residual."""
    weights = np.zeros(len(terms))
    for _ in range(_ROUNDS):
        before = set(terms)
        terms, weights = expand(rows, values, terms, rounds=1, choice=_CHOICE)
        if set(terms) == before:
            break
    return terms, values - weights @ parity_columns(rows, terms)


def renamed(spectrum: Spectrum, players: NDArray[np.integer], n_players: int) -> Spectrum:
    """A spectrum of some players, numbered 0, 1, ..., as one of all players.

    Example:
        >>> renamed(Spectrum.from_dict(2, {(0, 1): 1.0}), np.array([3, 7]), 9).terms()
        [(3, 7)]
    """
    groups = [(players[members], coefficients) for members, coefficients in spectrum.groups]
    return Spectrum(n_players, groups)
