"""Hierarchical support expansion: from some terms of a sparse function to all of them.

In a hierarchical function the missing terms are mostly supersets or subsets of terms already found.
The expansion alternates between proposing relatives of the current support that correlate with its
residual and selecting again among the support and the proposals, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.signs import Signs, parity_columns
from shapiq_spex.estimators.sparse.description_length import GramProblem, prices, select
from shapiq_spex.estimators.sparse.lasso import SELECTION_FLOOR
from shapiq_spex.fourier.terms import Term, Vector

ROUNDS = 12
"""The largest number of rounds; hierarchical functions need about one per degree. Tuned."""

_CHILDREN_PER_PARENT = 12
"""Supersets proposed for each term: those with the largest scores. Tuned."""

_PAIRS = 60
"""Pairs proposed whatever the terms: those with the largest scores. Tuned."""

_PAIR_PLAYERS = 1000
"""Players of these pairs; bounds the n^2 scores."""

_PLAYERS_AT_ONCE = 256
"""Players whose correlations are computed at a time; bounds memory."""

_PROPOSALS = 250
"""Proposals of a round. Tuned."""

_STEPPING_STONES = 60
"""Proposals that were not selected whose relatives are tried once more. Tuned."""

_PATH = 10
"""Penalties on the path. Tuned."""

_SUPPORT_FACTOR = 0.7
"""The penalty of terms already found, relative to that of proposals. Tuned."""


def expand(
    rows: Signs, values: Vector, terms: list[Term], *, rounds: int = ROUNDS, choice: float = 1.0
) -> tuple[list[Term], Vector]:
    """Grow the support of a sparse hierarchical function.

    The values have mean about zero. ``choice`` is the price of choosing a term
    (:mod:`~shapiq_spex.estimators.sparse.description_length`).

    Returns:
        Terms, the constant first, and their least squares weights.
    """
    n_rows, n_players = rows.shape
    price = prices(terms, n_players, n_rows, choice=choice)
    columns = parity_columns(rows, terms)
    best = select(GramProblem.of(columns, values), [np.arange(1, len(terms))], price)
    stones: list[Term] = []
    for number in range(rounds):
        terms, columns = [terms[k] for k in best.support], columns[best.support]
        residual = values - best.weights @ columns
        scored = _relatives(rows, residual, terms, stones)
        if number == 0 or stones:
            scored = _pairs(rows, residual) | scored
        proposals = _best(scored, terms)
        terms = [*terms, *proposals]
        columns = np.concatenate([columns, parity_columns(rows, proposals)])
        problem = GramProblem.of(columns, values)
        factors = np.ones(len(terms))
        factors[: len(best.support)] = _SUPPORT_FACTOR
        path = problem.path(factors, count=_PATH, smallest=SELECTION_FLOOR)
        supports = [np.flatnonzero(weights[1:]) + 1 for weights in path]
        found = select(problem, supports, prices(terms, n_players, n_rows, choice=choice))
        if found.length < best.length - 1e-6 * abs(best.length):
            best, stones = found, []
        else:
            best = replace(best, support=np.arange(len(best.support)))
            if stones:
                break
            # a missing term may be linked to the support by a negligible one: try the relatives
            # of proposals that were not selected, once
            stones = proposals[:_STEPPING_STONES]
    return [terms[k] for k in best.support], best.weights


def _relatives(
    rows: Signs, residual: Vector, terms: list[Term], stones: list[Term]
) -> dict[Term, float]:
    """Singletons, and supersets and subsets by one player of the terms (and of stones), scored.

    The score of T is |sum_j r_j chi_T(x_j)|, r being the residual.
    """
    n_players = rows.shape[1]
    facets = set(_facets(terms))
    parents = sorted({*terms, *facets, *stones}, key=lambda term: (len(term), term))
    weighted = parity_columns(rows, parents) * residual.astype(rows.dtype)
    scored = dict(zip(parents, np.abs(weighted.sum(axis=1)).tolist(), strict=True))
    scores = np.abs(weighted @ rows)
    most = min(_CHILDREN_PER_PARENT, n_players)
    best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    for parent, row, players in zip(parents, scores, best, strict=True):
        for player in players.tolist() if parent else range(n_players):
            # adding a player twice removes it: a facet
            scored[tuple(sorted(set(parent) ^ {player}))] = float(row[player])
    return scored


def _pairs(rows: Signs, residual: Vector) -> dict[Term, float]:
    """The best pairs of all, whatever the terms, of the players with the best singletons."""
    n_players = rows.shape[1]
    if not n_players:
        return {}
    signal = residual.astype(rows.dtype)
    parts = np.array_split(rows.T, -(-n_players // _PLAYERS_AT_ONCE))
    single = np.concatenate([(part * signal).sum(axis=1) for part in parts])
    players = np.sort(_largest(np.abs(single), _PAIR_PLAYERS))
    scores = np.triu(np.abs((rows.T[players] * signal) @ rows[:, players]), 1)
    scored: dict[Term, float] = {}
    for position in _largest(scores.ravel(), _PAIRS):
        first, second = divmod(position, len(players))
        if first < second:
            scored[int(players[first]), int(players[second])] = float(scores[first, second])
    return scored


def _best(scored: dict[Term, float], terms: list[Term]) -> list[Term]:
    fresh = scored.keys() - set(terms)
    return sorted(fresh, key=lambda term: (-scored[term], term))[:_PROPOSALS]


def _largest(scores: NDArray[np.floating], count: int) -> list[int]:
    """Where the largest scores are."""
    count = min(count, len(scores))
    return np.argpartition(-scores, count - 1)[:count].tolist()


def _facets(terms: Iterable[Term]) -> Iterable[Term]:
    for term in terms:
        for left_out in range(len(term)):
            yield term[:left_out] + term[left_out + 1 :]
