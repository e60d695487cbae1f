r"""Write a spectrum as a mixed integer linear program for HiGHS, the solver in SciPy.

With x_i = 1 if player i is kept, a term is chi_T = 1 - 2 z_T, where z_T is the parity of its
players. A parity is a sum minus a multiple of two:

    sum_{i in T} x_i - z_T = 2 k_T,        0 <= z_T <= 1,        k_T an integer,

so that each term costs one row and two variables, whatever its degree. (The usual linearisation
(R. Fortet 1960) works with the products of the Moebius basis and needs the up to 2^|T| subsets of
every term.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_bounds: Any = Bounds  # arrays are allowed, the stubs of SciPy err
_constraint: Any = LinearConstraint
_MOST_TERMS = 50_000
"""A choice; bounds the size of the program (one row and two variables per term)."""
TOLERANCE = 1e-6
"""Differences up to this count as equality in HiGHS."""
_SCALE = 1000.0
"""The sum of all |F(T)| in the program. A choice; TOLERANCE is then 1e-9 of that sum."""
_RELATIVE_GAP = 1e-9  # the same, for the optimum


@dataclass(frozen=True)
class SolverResult:
    """The best coalition found, if any, a lower bound, and whether none is admissible."""

    kept: NDArray[np.bool_] | None
    bound: float
    infeasible: bool


class ParityProgram:
    """The mixed integer program that minimises a cost.

    Its variables are the players, then the parities z, then the integers k. HiGHS stops at an
    absolute accuracy, so the cost is rescaled. ``forced`` players must stay.
    """

    def __init__(self, cost: Spectrum, forced: NDArray[np.bool_]) -> None:
        n = cost.n_players
        single = [group for group in cost.groups if group.degree == 1]
        higher = [group for group in cost.groups if group.degree > 1]
        degrees = [np.full(len(g.coefficients), g.degree) for g in higher]
        self.degrees = np.concatenate([np.empty(0, dtype=np.int64), *degrees])
        self.n, self.count, self.forced = n, len(self.degrees), forced
        self.scale = _SCALE / (float(np.abs(cost.coefficients[cost.degrees > 0]).sum()) or 1.0)
        linear = np.zeros(n + 2 * self.count)
        for group in single:
            linear[group.members[:, 0]] = group.coefficients
        linear[n : n + self.count] = np.concatenate(
            [np.empty(0), *(g.coefficients for g in higher)]
        )
        self.constant = cost.mean + float(linear.sum())
        self.cost: Vector = -2.0 * self.scale * linear
        players = np.concatenate(
            [np.empty(0, dtype=np.int32), *(g.members.ravel() for g in higher)]
        )
        self.parities = self._parities(players)

    @staticmethod
    def fits(cost: Spectrum) -> bool:
        """Whether the program is small enough for the solver."""
        return len(cost) <= _MOST_TERMS

    def smallest_cost(self, size: int | None, time_limit: float) -> SolverResult:
        """The cheapest coalition (of the given size); the bound is a cost."""
        extra = [] if size is None else [self._row(np.ones(self.n), size, size)]
        solved = self._solve(self.cost, extra, time_limit)
        return replace(solved, bound=solved.bound / self.scale + self.constant)

    def fewest_removals(self, limit: float, at_least: int, time_limit: float) -> SolverResult:
        """The largest coalition that costs at most ``limit``; the bound is a number of removals.

        Fewer than ``at_least`` removals are known not to suffice.
        """
        enough = self._row(self.cost, -np.inf, (limit - self.constant) * self.scale)
        some = self._row(np.ones(self.n), 0, self.n - at_least)
        removals = np.zeros(len(self.cost))
        removals[: self.n] = -1.0
        solved = self._solve(removals, [enough, some], time_limit)
        return replace(solved, bound=solved.bound + self.n)

    def _row(self, entries: Vector, least: float, most: float) -> Any:
        row = np.zeros((1, len(self.cost)))
        row[0, : len(entries)] = entries
        return _constraint(csr_array(row), least, most)

    def _parities(self, players: NDArray[np.int32]) -> Any:
        """The rows sum_{i in T} x_i - z_T - 2 k_T = 0."""
        terms = np.arange(self.count)
        rows = np.concatenate([np.repeat(terms, self.degrees), terms, terms])
        columns = np.concatenate([players, self.n + terms, self.n + self.count + terms])
        entries = np.repeat([1.0, -1.0, -2.0], [len(players), self.count, self.count])
        shape = (self.count, len(self.cost))
        return _constraint(csr_array((entries, (rows, columns)), shape=shape), 0.0, 0.0)

    def _solve(self, objective: Vector, extra: list[Any], time_limit: float) -> SolverResult:
        lower = np.zeros(len(objective))
        lower[: self.n] = self.forced
        upper = np.ones(len(objective))
        upper[self.n + self.count :] = self.degrees // 2
        integrality = np.ones(len(objective))
        integrality[self.n : self.n + self.count] = 0  # parities follow from the rest
        result: Any = milp(
            objective,
            integrality=integrality,
            bounds=_bounds(lower, upper),
            constraints=[*([self.parities] if self.count else []), *extra],
            options={"time_limit": time_limit, "mip_rel_gap": _RELATIVE_GAP},
        )
        bound = getattr(result, "mip_dual_bound", None)
        return SolverResult(
            None if result.x is None else result.x[: self.n] > 0.5,
            -np.inf if bound is None else float(bound),
            infeasible=result.status == 2,
        )
