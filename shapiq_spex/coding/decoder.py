r"""From the noisy signs of one bin to terms: ordered-statistics decoding.

After the transform (:mod:`shapiq_spex.coding.cosets`) a bin holds, for every offset x_p, a number
u_p = F(T) (-1)^<x_p, y> + clutter, where y = y(T) are the coordinates of its strongest term. The
number of the bin reveals b coordinates of y for certain, and the sign of every u_p is one linear
equation over GF(2) on the other coordinates and on the sign of F(T), K unknown bits in all:

    <x_p, y> + [F(T) < 0] = [u_p < 0],      true the more probably the larger |u_p|.

*Soft* decoding (Fossorier and Lin, IEEE Trans. Inf. Theory 41, 1995) sorts the equations by |u_p|
and solves the first K independent ones. It then solves again with one or two of the least reliable
of these assumed to be wrong. *Hard* decoding solves the first K in the given order. A solution y
counts only if it belongs to a small set of players, which the algebra of the code decides
(:mod:`shapiq_spex.coding.algebra`). A wrong y passes about once in |T|! times; whether a proposed
term is accepted is decided in :mod:`shapiq_spex.coding.peeling`.

Cost per bin: 2 P K operations on words for the elimination, and about t^2 (m + 1) multiplications
for every assumed error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._compiled import compiled
from shapiq_spex.coding.algebra import Members, search_players
from shapiq_spex.coding.bits import Words, pack, parities, unpack
from shapiq_spex.coding.field import Elements, Field
from shapiq_spex.coding.labelling import Labelling
from shapiq_spex.fourier.terms import Vector

_ONE = np.uint64(1)


class Effort(NamedTuple):
    """How hard to try. The default number of proposals is Tuned.

    Attributes:
        sort: Whether the most reliable equations come first ("soft") or not ("hard").
        singles: How many of the least reliable equations are assumed to be wrong, one at a time.
        pairs: Among how many of these two may be wrong.
        proposals: The largest number of terms proposed per bin: those that fit it best.
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
            pack(np.hstack([dense[:, free], sign, ~sign])),  # room for the right-hand side
            labelling.syndromes[free],
            labelling.labels,
            labelling.field,
        )

    @property
    def solvable(self) -> bool:
        """Whether there are as many equations as unknowns."""
        return len(self._unknowns.equations) >= self._unknowns.size

    def propose(self, bins: NDArray[np.intp], values: Vector, effort: Effort) -> Members:
        """Find terms that may be in some of the given bins.

        Returns:
            One row of players per term; a term may occur more than once.
        """
        known = ((bins[:, None] >> np.arange(len(self._known_syndromes))) & 1) == 1
        signs = parities(pack(known), self._known_part)
        syndromes = np.zeros((len(bins), self._known_syndromes.shape[1]), dtype=np.int32)
        for bit, syndrome in zip(known.T, self._known_syndromes, strict=True):
            syndromes[bit] ^= syndrome
        return _propose(np.where(signs, -values, values), syndromes, self._unknowns, effort)


@compiled
def _propose(  # noqa: PLR0912, PLR0915 - one loop nest; slices and calls cost more than the work
    values: Vector, syndromes: Elements, unknowns: Unknowns, effort: Effort
) -> Members:
    """Decode every row of ``values``, whose terms have the given syndromes where y is known."""
    n_bins, n_equations = values.shape
    t = syndromes.shape[1]
    equations, width, size = unknowns.equations, unknowns.equations.shape[1], unknowns.size
    singles = min(effort.singles, size)
    rows = np.zeros((width, size), dtype=np.uint64)
    combinations = np.zeros((width, size), dtype=np.uint64)
    masks = np.zeros(size, dtype=np.uint64)
    # Line 0 is the solution as it stands, line k what changes if equation size - k is wrong.
    solutions = np.zeros((singles + 1, width), dtype=np.uint64)
    odd_sums = np.zeros((singles + 1, t), dtype=np.int32)
    solution = np.zeros(width, dtype=np.uint64)
    odd = np.zeros(t, dtype=np.int32)
    workspace = np.zeros((4, 2 * t + 2), dtype=np.int32)
    members = np.zeros(t, dtype=np.int32)
    order = np.arange(n_equations)
    fits = np.zeros(effort.proposals)
    proposed = np.zeros((n_bins * effort.proposals, t), dtype=np.int32)
    n_proposed = 0

    for row in range(n_bins):
        u = values[row]
        if effort.sort:
            order = np.argsort(-np.abs(u))
        if not _solve(equations, u, order, rows, combinations, masks):
            continue
        for line in range(singles + 1):
            for word in range(width):
                solutions[line, word] = 0
            for j in range(t):
                odd_sums[line, j] = 0 if line else syndromes[row, j]
            for unknown in range(size):
                changes = (
                    _bit(combinations, size - line, unknown) if line else _bit(rows, size, unknown)
                )
                if changes:
                    solutions[line, unknown >> 6] ^= _ONE << np.uint64(unknown & 63)
                    if unknown < size - 1:
                        for j in range(t):
                            odd_sums[line, j] ^= unknowns.syndromes[unknown, j]

        n_best = 0
        for first in range(singles + 1):
            for second in range(first if 0 < first <= effort.pairs else 1):
                for j in range(t):
                    odd[j] = odd_sums[0, j]
                    if first > 0:
                        odd[j] ^= odd_sums[first, j]
                    if second > 0:
                        odd[j] ^= odd_sums[second, j]
                if search_players(unknowns.field, unknowns.labels, odd, workspace, members) < 0:
                    continue
                for word in range(width):
                    solution[word] = solutions[0, word]
                    if first > 0:
                        solution[word] ^= solutions[first, word]
                    if second > 0:
                        solution[word] ^= solutions[second, word]
                fit = _correlation(equations, u, solution)
                place = n_best
                if n_best == effort.proposals:
                    place = np.argmin(fits)
                    if fit <= fits[place]:
                        continue
                else:
                    n_best += 1
                fits[place] = fit
                proposed[n_proposed + place] = members
        n_proposed += n_best
    return proposed[:n_proposed]


@compiled
def _bit(columns: Words, index: int, column: int) -> bool:
    return (columns[index >> 6, column] >> np.uint64(index & 63)) & _ONE != 0


@compiled
def _solve(  # noqa: PLR0917 - compiled functions take positional arguments
    equations: Words,
    u: Vector,
    order: NDArray[np.intp],
    rows: Words,
    combinations: Words,
    masks: Words,
) -> bool:
    """Solve the first independent equations in the given order, by Gauss-Jordan elimination.

    Args:
        equations: The unknowns of every equation, packed.
        u: The right-hand side of an equation is 1 if its u is negative.
        order: The order in which to take the equations.
        rows: Receives one column per unknown: the reduced equation that determines it. Bit number
            ``size`` is its right-hand side, the solution.
        combinations: Receives one column per unknown: which of the equations taken add up to it.
        masks: Scratch, one word per unknown.

    Returns:
        Whether there are enough independent equations.
    """
    width, size = rows.shape
    rows[:] = 0
    combinations[:] = 0
    row = np.zeros(width, dtype=np.uint64)
    combination = np.zeros(width, dtype=np.uint64)
    rank = 0
    for equation in order:
        # Subtract the reduced rows of all unknowns in the equation; those without are zero.
        for unknown in range(size):
            bit = (equations[equation, unknown >> 6] >> np.uint64(unknown & 63)) & _ONE
            masks[unknown] = ~bit + _ONE  # all ones or all zeros
        for word in range(width):
            left, used = equations[equation, word], np.uint64(0)
            if u[equation] < 0 and word == size >> 6:
                left ^= _ONE << np.uint64(size & 63)
            for unknown in range(size):
                left ^= masks[unknown] & rows[word, unknown]
                used ^= masks[unknown] & combinations[word, unknown]
            row[word], combination[word] = left, used
        pivot = 0
        while pivot < size and not (row[pivot >> 6] >> np.uint64(pivot & 63)) & _ONE:
            pivot += 1
        if pivot == size:
            continue
        combination[rank >> 6] ^= _ONE << np.uint64(rank & 63)
        # Subtract the new row from the reduced rows that contain its pivot.
        for unknown in range(size):
            bit = (rows[pivot >> 6, unknown] >> np.uint64(pivot & 63)) & _ONE
            masks[unknown] = ~bit + _ONE
        for word in range(width):
            left, used = row[word], combination[word]
            for unknown in range(size):
                rows[word, unknown] ^= masks[unknown] & left
                combinations[word, unknown] ^= masks[unknown] & used
            rows[word, pivot], combinations[word, pivot] = left, used
        rank += 1
        if rank == size:
            return True
    return False


@compiled
def _correlation(equations: Words, u: Vector, solution: Words) -> float:
    """How well a solution agrees with the numbers in the bin: sum of u_p times its sign."""
    total = 0.0
    for equation in range(len(u)):
        odd = np.uint64(0)
        for word in range(len(solution)):
            odd ^= equations[equation, word] & solution[word]
        for shift in (32, 16, 8, 4, 2, 1):
            odd ^= odd >> np.uint64(shift)
        total += -u[equation] if odd & _ONE else u[equation]
    return total
