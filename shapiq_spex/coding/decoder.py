r"""From the noisy signs of one bin to terms: ordered-statistics decoding.

After the transform (:mod:`shapiq_spex.coding.cosets`) a bin holds, for every offset x_p, a number
u_p = F(T) (-1)^<x_p, y> + clutter, where y = y(T) are the coordinates of its strongest term. The
number of the bin reveals b coordinates of y for certain, and the sign of every u_p is one linear
equation over GF(2) on the others and on the sign of F(T), K unknown bits in all:

    <x_p, y> + [F(T) < 0] = [u_p < 0],      true the more probably the larger |u_p|.

*Soft* decoding (Fossorier and Lin, IEEE Trans. Inf. Theory 41, 1995) sorts the equations by |u_p|,
takes the first K independent ones at their word, and then supposes one or two of the least
reliable among these to be wrong. *Hard* decoding takes the first K in the given order. Either way
a solution y is worth something only if it belongs to a small set of players, which the algebra of
the code decides (:mod:`shapiq_spex.coding.algebra`); a wrong y slips through about once in |T|!
times. What slips through is proposed, and judged elsewhere (:mod:`shapiq_spex.coding.peeling`).

Cost per bin: 2 P K operations on words for the elimination, and about t^2 (m + 1) multiplications
for every supposed error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from shapiq_spex.coding.algebra import Members, search_players
from shapiq_spex.coding.bits import Words, pack, parities, unpack
from shapiq_spex.coding.field import Elements, Field
from shapiq_spex.coding.labelling import Labelling
from shapiq_spex.fourier.spectrum import Vector


class Effort(NamedTuple):
    """How hard to try.

    Attributes:
        sort: Whether the most reliable equations come first ("soft") or not ("hard").
        singles: This many of the least reliable equations are supposed to be wrong one at a time.
        pairs: Among this many of them two may be wrong.
        proposals: At most this many terms are proposed per bin, those that fit it best.
    """

    sort: bool = True
    singles: int = 0
    pairs: int = 0
    proposals: int = 8


class Unknowns(NamedTuple):
    """The linear system of a family of bins, without its right-hand sides.

    Attributes:
        size: K, the number of unknown bits; the last is the sign of the coefficient.
        equations: Which unknowns enter each equation, packed: one row per offset.
        syndromes: The odd power sums that every unknown coordinate contributes when it is 1.
        labels: The label of every player.
        field: The field of the labels.
    """

    size: int
    equations: Words
    syndromes: Elements
    labels: Elements
    field: Field


class BinDecoder:
    """Decodes the bins of one family of cosets.

    Args:
        labelling: The coordinates in use.
        known: The coordinates that the number of a bin reveals: bit k of the number is coordinate
            ``known[k]``.
        offsets: The vectors x_p, packed.
    """

    def __init__(self, labelling: Labelling, known: NDArray[np.intp], offsets: Words) -> None:
        free = np.setdiff1d(np.arange(labelling.rank), known)
        dense = unpack(offsets, labelling.rank)
        sign = np.ones((len(dense), 1), dtype=np.bool_)
        self._known_syndromes = labelling.syndromes[known]
        self._known_part = pack(dense[:, known])
        self._unknowns = Unknowns(
            len(free) + 1,
            pack(np.hstack([dense[:, free], sign])),
            labelling.syndromes[free],
            labelling.labels,
            labelling.field,
        )

    def propose(self, bins: NDArray[np.intp], values: Vector, effort: Effort) -> Members:
        """Find terms that may be in some of the given bins.

        Args:
            bins: Bin numbers.
            values: u_p of these bins, one row per bin.
            effort: How hard to try.

        Returns:
            One row of players per term; a term may occur more than once.
        """
        known = ((bins[:, None] >> np.arange(len(self._known_syndromes))) & 1) == 1
        signs = parities(pack(known), self._known_part)
        syndromes = np.zeros((len(bins), self._known_syndromes.shape[1]), dtype=np.int32)
        for bit, syndrome in zip(known.T, self._known_syndromes, strict=True):
            syndromes[bit] ^= syndrome
        return _propose(np.where(signs, -values, values), syndromes, self._unknowns, effort)


@njit(cache=True)
def _propose(  # noqa: PLR0912 - one loop nest; calls would cost as much as their work
    values: Vector, syndromes: Elements, unknowns: Unknowns, effort: Effort
) -> Members:
    """Decode every row of ``values``, whose terms have the given syndromes where y is known."""
    n_bins, n_equations = values.shape
    t = syndromes.shape[1]
    count, equations = unknowns.size, unknowns.equations
    singles = min(effort.singles, count)
    solved = np.zeros(count, dtype=np.bool_)
    combinations = np.zeros((count, equations.shape[1]), dtype=np.uint64)
    flips = np.zeros((singles + 1, equations.shape[1]), dtype=np.uint64)  # the last: no flip
    flip_syndromes = np.zeros((singles + 1, t), dtype=np.int32)
    base = np.zeros(equations.shape[1], dtype=np.uint64)
    workspace = np.zeros((4, 2 * t + 2), dtype=np.int32)
    order = np.arange(n_equations)
    best_fits = np.zeros(effort.proposals)
    best = np.zeros((effort.proposals, t), dtype=np.int32)
    members = np.zeros(t, dtype=np.int32)
    proposed = np.zeros((n_bins * effort.proposals, t), dtype=np.int32)
    n_proposed = 0

    for row in range(n_bins):
        u = values[row]
        if effort.sort:
            order = np.argsort(-np.abs(u))
        if not _solve(equations, u, order, solved, combinations):
            continue
        # What changes in the solution, and in its syndrome, if one of the last equations is wrong.
        flips[:] = 0
        flip_syndromes[:] = 0
        for k in range(singles):
            for unknown in range(count):
                if _bit(combinations[unknown], count - 1 - k):
                    _flip(flips[k], unknown)
                    if unknown < count - 1:
                        flip_syndromes[k] ^= unknowns.syndromes[unknown]
        base[:] = 0
        base_syndrome = syndromes[row].copy()
        for unknown in range(count):
            if solved[unknown]:
                _flip(base, unknown)
                if unknown < count - 1:
                    base_syndrome ^= unknowns.syndromes[unknown]

        n_best = 0
        for first in range(-1, singles):
            for second in range(-1, first if 0 < first < effort.pairs else 0):
                odd = base_syndrome ^ flip_syndromes[first] ^ flip_syndromes[second]
                if search_players(unknowns.field, unknowns.labels, odd, workspace, members) < 0:
                    continue
                fit = _correlation(equations, u, base ^ flips[first] ^ flips[second])
                place = n_best if n_best < effort.proposals else np.argmin(best_fits)
                if n_best < effort.proposals:
                    n_best += 1
                elif fit <= best_fits[place]:
                    continue
                best_fits[place] = fit
                best[place] = members
        proposed[n_proposed : n_proposed + n_best] = best[:n_best]
        n_proposed += n_best
    return proposed[:n_proposed]


@njit(cache=True)
def _solve(
    equations: Words,
    u: Vector,
    order: NDArray[np.intp],
    solved: NDArray[np.bool_],
    combinations: Words,
) -> bool:
    """Solve the first independent equations in the given order, by Gauss-Jordan elimination.

    Args:
        equations: The unknowns of every equation, packed.
        u: The right-hand side of an equation is 1 if its u is negative.
        order: The order in which to take the equations.
        solved: Receives the solution.
        combinations: Receives, for every unknown, which of the equations taken add up to it.

    Returns:
        Whether there are enough independent equations.
    """
    count = len(solved)
    rows = np.zeros((count, equations.shape[1]), dtype=np.uint64)
    taken = np.zeros(count, dtype=np.bool_)
    rank = 0
    for equation in order:
        row = equations[equation].copy()
        combination = np.zeros_like(combinations[0])
        right = u[equation] < 0
        for unknown in range(count):
            if taken[unknown] and _bit(row, unknown):
                row ^= rows[unknown]
                combination ^= combinations[unknown]
                right ^= solved[unknown]
        pivot = 0
        while pivot < count and not _bit(row, pivot):
            pivot += 1
        if pivot == count:
            continue
        _flip(combination, rank)
        for unknown in range(count):
            if taken[unknown] and _bit(rows[unknown], pivot):
                rows[unknown] ^= row
                combinations[unknown] ^= combination
                solved[unknown] ^= right
        rows[pivot] = row
        combinations[pivot] = combination
        solved[pivot] = right
        taken[pivot] = True
        rank += 1
        if rank == count:
            return True
    return False


@njit(cache=True)
def _correlation(equations: Words, u: Vector, solution: Words) -> float:
    """How well a solution agrees with the numbers in the bin: sum of u_p times its sign."""
    total = 0.0
    for equation in range(len(u)):
        odd = np.uint64(0)
        for word in range(len(solution)):
            odd ^= equations[equation, word] & solution[word]
        for shift in (32, 16, 8, 4, 2, 1):
            odd ^= odd >> np.uint64(shift)
        total += -u[equation] if odd & np.uint64(1) else u[equation]
    return total


@njit(cache=True)
def _bit(words: Words, index: int) -> bool:
    return (words[index >> 6] >> np.uint64(index & 63)) & np.uint64(1) != 0


@njit(cache=True)
def _flip(words: Words, index: int) -> None:
    words[index >> 6] ^= np.uint64(1) << np.uint64(index & 63)
