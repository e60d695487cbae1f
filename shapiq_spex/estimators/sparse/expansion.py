"""Hierarchical support expansion: from some terms of a sparse function to all of them.

In a hierarchical function the missing terms are mostly supersets or subsets of terms already found.
The expansion alternates between proposing relatives of the current support that correlate with its
residual and selecting again among the support and the proposals, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

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

_ROUNDING = 1e-4
"""How much the scores of one term from two parents may differ in single precision."""

_FRUITLESS_ROUNDS = 4
"""Rounds in a row that do not predict other rows better, after which an expansion ends. Tuned: two
cost 14% more error of pairs of 30 unanimity games on 20 players, four 3%."""


@dataclass
class WorthwhileRounds:
    """Ends an expansion that no longer predicts other rows better.

    The support of a sparse function is complete after few rounds. That of any other function grows
    with every round, long after the terms it adds are those of the rows at hand alone.

    Attributes:
        rows: Signs that the expansion is not fitted to.
        values: Their values.
        rounds: The number of rounds so far.
        ended: Whether they are enough.
    """

    rows: Signs
    values: Vector
    rounds: int = -1
    ended: bool = False
    _least: float = np.inf
    _failures: int = 0

    def __call__(self, terms: list[Term], weights: Vector) -> bool:
        """Whether another round is worth it after one that led to these terms and weights."""
        self.rounds += 1
        error = float(((self.values - weights @ parity_columns(self.rows, terms)) ** 2).sum())
        self._failures = 0 if error < self._least else self._failures + 1
        self._least = min(error, self._least)
        self.ended = self._failures >= _FRUITLESS_ROUNDS
        return not self.ended


def expand(
    rows: Signs,
    values: Vector,
    terms: list[Term],
    *,
    rounds: int = ROUNDS,
    choice: float = 1.0,
    goes_on: Callable[[list[Term], Vector], bool] | None = None,
) -> tuple[list[Term], Vector]:
    """Grow the support of a sparse hierarchical function.

    The values have mean about zero. ``choice`` is the price of choosing a term
    (:mod:`~shapiq_spex.estimators.sparse.description_length`). ``goes_on`` may end the expansion
    before any of its rounds, by the terms and weights so far.

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
        best = replace(best, support=np.arange(len(terms)))
        if goes_on is not None and not goes_on(terms, best.weights):
            break
        residual = values - best.weights @ columns
        pairs = _pairs(rows, residual) if number == 0 or stones else {}
        proposals = _proposals(rows, residual, terms, stones, pairs)
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
        elif stones:
            break
        else:
            # a missing term may be linked to the support by a negligible one: try the relatives
            # of proposals that were not selected, once
            stones = proposals[:_STEPPING_STONES]
    return [terms[k] for k in best.support], best.weights


def _proposals(
    rows: Signs, residual: Vector, terms: list[Term], stones: list[Term], pairs: dict[Term, float]
) -> list[Term]:
    """The terms with the largest scores: some pairs, and relatives of terms and of stones.

    Relatives are singletons, and supersets and subsets by one player. The score of T is
    |sum_j r_j chi_T(x_j)|, r being the residual.
    """
    n_players = rows.shape[1]
    facets = set(_facets(terms))
    parents = sorted({*terms, *facets, *stones}, key=lambda term: (len(term), term))
    weighted = parity_columns(rows, parents) * residual.astype(rows.dtype)
    scored = pairs | dict(zip(parents, np.abs(weighted.sum(axis=1)).tolist(), strict=True))
    scores = np.abs(weighted @ rows)
    most = min(_CHILDREN_PER_PARENT, n_players)
    best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    # the first parent is the constant, whose children are the players
    parent = np.r_[np.zeros(n_players, np.intp), np.repeat(np.arange(1, len(parents)), most)]
    player = np.r_[np.arange(n_players), best[1:].ravel()]
    score = scores[parent, player]
    known = set(terms)
    count = min(len(score), 2 * _PROPOSALS + len(terms))  # to name all of them takes long
    while True:
        likely = np.sort(np.array(_largest(score, count), dtype=np.intp))
        children = zip(*(a[likely].tolist() for a in (parent, player, score)), strict=True)
        # adding a player twice removes it: a facet
        named = scored | {tuple(sorted({*parents[j]} ^ {k})): value for j, k, value in children}
        found = sorted(named.keys() - known, key=lambda term: (-named[term], term))[:_PROPOSALS]
        rest = float(score[likely].min(initial=np.inf))
        complete = len(found) == _PROPOSALS and rest < (1.0 - _ROUNDING) * named[found[-1]]
        if complete or count == len(score):
            return found
        count = min(2 * count, len(score))


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


def _largest(scores: NDArray[np.floating], count: int) -> list[int]:
    """Where the largest scores are."""
    count = min(count, len(scores))
    return np.argpartition(-scores, count - 1)[:count].tolist()


def _facets(terms: Iterable[Term]) -> Iterable[Term]:
    for term in terms:
        for left_out in range(len(term)):
            yield term[:left_out] + term[left_out + 1 :]
