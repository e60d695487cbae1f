"""Hierarchical support expansion: from some terms of a sparse function to all of them.

In a hierarchical function the terms still missing are mostly supersets or subsets of terms already
found. Alternate between proposing relatives of the current support that correlate with its
residual and selecting again among the support and the proposals, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.sample import Signs
from shapiq_spex.estimators.selection import Regression, parity_columns, prices, select
from shapiq_spex.fourier.spectrum import Term, Vector

_CHILDREN_PER_PARENT = 12
_PAIRS = 60
_PROPOSALS = 250
_STEPPING_STONES = 60
_PATH = 10  # penalties
_SUPPORT_FACTOR = 0.7  # the penalty of terms already found, relative to that of proposals


def expand(
    rows: Signs, values: Vector, terms: list[Term], *, rounds: int = 12
) -> tuple[list[Term], Vector]:
    """Grow the support of a sparse hierarchical function.

    Args:
        rows: Signs.
        values: The values of the rows, of mean about zero.
        terms: The terms found so far, the constant first.
        rounds: The largest number of rounds.

    Returns:
        Terms, the constant first, and their least squares weights.
    """
    n_rows, n_players = rows.shape
    price = prices(terms, n_players, n_rows, choice=1.0)
    columns = parity_columns(rows, terms)
    best = select(Regression.of(columns, values), [np.arange(1, len(terms))], price)
    stones: list[Term] = []
    for _ in range(rounds):
        terms, columns = [terms[k] for k in best.support], columns[best.support]
        proposals = _proposals(rows, values - best.weights @ columns, terms, stones)
        terms = [*terms, *proposals]
        columns = np.concatenate([columns, parity_columns(rows, proposals)])
        regression = Regression.of(columns, values)
        factors = np.ones(len(terms))
        factors[: len(best.support)] = _SUPPORT_FACTOR
        path = regression.path(factors, count=_PATH, smallest=2e-3)
        supports = [np.flatnonzero(weights[1:]) + 1 for weights in path]
        found = select(regression, supports, prices(terms, n_players, n_rows, choice=1.0))
        if found.length < best.length - 1e-6 * abs(best.length):
            best, stones = found, []
        else:
            best = replace(best, support=np.arange(len(best.support)))
            if stones:
                break
            # A term may be missing because the one between it and the support is negligible:
            # step once over proposals that were not selected.
            stones = proposals[:_STEPPING_STONES]
    return [terms[k] for k in best.support], best.weights


def _proposals(
    rows: Signs, residual: NDArray[np.floating], terms: list[Term], stones: list[Term]
) -> list[Term]:
    """Relatives of the terms (and of stones) that correlate with the residual, best first."""
    n_players = rows.shape[1]
    residual = residual.astype(rows.dtype)
    known = set(terms)
    facets = set(_facets(terms))
    parents = sorted(known | facets | set(stones), key=lambda term: (len(term), term))
    scores = np.abs((parity_columns(rows, parents) * residual) @ rows)
    scored: dict[Term, float] = {}
    most = min(_CHILDREN_PER_PARENT, n_players)
    best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    for parent, row, players in zip(parents, scores, best, strict=True):
        for player in range(n_players) if not parent else players.tolist():
            # adding a player twice removes it: a facet, scored along the way
            child = tuple(sorted(set(parent) ^ {player}))
            if child not in known:
                scored[child] = float(row[player])
    pairs = np.triu(np.abs((rows * residual[:, None]).T @ rows), 1)
    for flat in np.argsort(-pairs, axis=None, kind="stable")[:_PAIRS].tolist():
        pair = divmod(flat, n_players)
        if pair[0] < pair[1] and pair not in known:
            scored[pair] = float(pairs[pair])
    missing = [facet for facet in facets if facet not in known and facet not in scored]
    found = np.abs(parity_columns(rows, missing) @ residual)
    scored |= dict(zip(missing, found.tolist(), strict=True))
    return sorted(scored, key=lambda term: (-scored[term], term))[:_PROPOSALS]


def _facets(terms: Iterable[Term]) -> Iterable[Term]:
    for term in terms:
        for left_out in range(len(term)):
            yield term[:left_out] + term[left_out + 1 :]
