r"""Which players to keep or to remove: the best coalition of a recovered spectrum.

A spectrum is a polynomial in the 0/1 variables x_i = "player i is kept",

    f(x) = sum_T m(T) prod_{i in T} x_i                         (Moebius coefficients m)

Each product becomes a variable y_T of its own. Of the two sides of "y_T is the product",

    y_T <= x_i  for all i in T         and         y_T >= sum_{i in T} x_i - |T| + 1,

only the one is needed that the goal pulls against (R. Fortet 1960; F. Glover, E. Woolsey,
*Operations Research* 22, 1974), and y_T need not be declared integer. What results is a mixed
integer linear program for HiGHS, the solver in SciPy. The same can be written in the variables
"player i is removed"; the form with the smaller products is solved.

A fast path adds or removes one player at a time and then swaps pairs as long as that helps. It
also serves where the program is too large, and where its time is up.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from shapiq_spex.fourier.indices import convert
from shapiq_spex.fourier.spectrum import Spectrum, Vector
from shapiq_spex.fourier.terms import Term

Goal = Literal["maximise", "minimise"]
Method = Literal["exact", "greedy"]

_bounds: Any = Bounds  # arrays are allowed, the stubs of SciPy err
_constraint: Any = LinearConstraint
_MOST_PRODUCTS = 50_000
_HIGHEST_DEGREE = 16  # a term of degree t has 2^t products


@dataclass(frozen=True)
class BestSubset:
    """A coalition, and how good it is for certain.

    Attributes:
        kept: The players that stay.
        removed: The others.
        value: The value of the spectrum there.
        bound: No admissible coalition is better than this.
        optimal: Whether it was proved that there is no better one.
        seconds: Time taken.
    """

    kept: Term
    removed: Term
    value: float
    bound: float
    optimal: bool
    seconds: float

    @property
    def gap(self) -> float:
        """How much better the best coalition could be at most."""
        return 0.0 if self.optimal else abs(self.bound - self.value)


def best_subset(
    spectrum: Spectrum,
    *,
    keep: int | None = None,
    remove: int | None = None,
    goal: Goal = "maximise",
    always_keep: Iterable[int] = (),
    method: Method = "exact",
    time_limit: float = 10.0,
) -> BestSubset:
    """The best coalition with a given number of players, as far as the spectrum knows.

    Args:
        spectrum: The function to optimise.
        keep: How many players are kept; or
        remove: how many are removed. Without either, any number may be kept.
        goal: Whether a large or a small value is wanted.
        always_keep: Players that must stay.
        method: ``"exact"`` proves its answer or says how far off it may be; ``"greedy"`` takes
            milliseconds and proves little.
        time_limit: Seconds for the exact method; the best coalition found by then is returned.

    Returns:
        The coalition, with a bound on what it may miss.

    Raises:
        ValueError: If the numbers of players make no sense.

    Example:
        >>> pair = Spectrum.from_dict(3, {(0,): -1.0, (1,): -0.9, (2,): -0.5, (0, 2): 0.8})
        >>> best_subset(pair, keep=2).kept
        (0, 2)
    """
    started = time.perf_counter()
    n = spectrum.n_players
    forced = np.zeros(n, dtype=np.bool_)
    forced[_checked_players(always_keep, n)] = True
    size = _checked_size(n, keep, remove, int(forced.sum()))
    if goal not in ("maximise", "minimise"):
        raise ValueError(f"goal must be 'maximise' or 'minimise', got {goal!r}")
    if method not in ("exact", "greedy"):
        raise ValueError(f"method must be 'exact' or 'greedy', got {method!r}")
    cost = spectrum if goal == "minimise" else -spectrum
    best = _Search(cost, forced).run(size)
    bound = cost.mean - float(np.abs(cost.coefficients[cost.degrees > 0]).sum())
    if method == "exact" and (program := _program(cost)) is not None:
        solved = program.minimise(forced, size, time_limit)
        bound = max(bound, solved.bound)
        if solved.kept is not None:
            best = min(best, solved.kept, key=lambda kept: float(cost(kept[None])[0]))
    value = float(cost(best[None])[0])
    scale = float(np.abs(cost.coefficients).sum())
    sign = 1.0 if goal == "minimise" else -1.0
    return BestSubset(
        kept=_players(best),
        removed=_players(~best),
        value=sign * value,
        bound=sign * min(bound, value),
        optimal=value - bound <= 1e-7 * scale,
        seconds=time.perf_counter() - started,
    )


def smallest_change(
    spectrum: Spectrum,
    threshold: float = 0.0,
    *,
    always_keep: Iterable[int] = (),
    time_limit: float = 10.0,
) -> BestSubset:
    """The fewest players whose removal takes the value to the other side of a threshold.

    Args:
        spectrum: The function; its value with all players tells which side is left.
        threshold: The threshold, for example 0 for a margin.
        always_keep: Players that must stay.
        time_limit: Seconds; afterwards the best answer known is given.

    Returns:
        The coalition that is left; ``bound`` is a number of *removed players* here, below which
        no removal suffices.

    Raises:
        ValueError: If no removal suffices, or none was found in time.

    Example:
        >>> words = Spectrum.from_dict(3, {(): 0.5, (0,): -1.0, (1,): -1.0, (0, 1): -0.4})
        >>> smallest_change(words, 1.0).removed
        (0,)
    """
    started = time.perf_counter()
    n = spectrum.n_players
    forced = np.zeros(n, dtype=np.bool_)
    forced[_checked_players(always_keep, n)] = True
    full = float(spectrum(np.ones((1, n), dtype=np.bool_))[0])
    # what has to become small, and how small: strictly beyond the threshold
    cost = spectrum if full > threshold else -spectrum
    scale = float(np.abs(spectrum.coefficients).sum())
    limit = (threshold if full > threshold else -threshold) - 1e-6 * scale
    best, fewest = _Search(cost, forced).until(limit), 0.0
    proved = False
    if (program := _program(cost)) is not None:
        solved = program.fewest_removals(forced, limit, time_limit)
        if solved.infeasible:
            raise ValueError(
                f"no removal takes the spectrum from {full:.4g} across the threshold {threshold:g}"
            )
        fewest = max(0.0, float(np.ceil(solved.bound - 1e-6)))
        if solved.kept is not None and float(cost(solved.kept[None])[0]) <= limit + 1e-7 * scale:
            best = solved.kept if best is None or solved.kept.sum() >= best.sum() else best
    if best is None:
        raise ValueError(
            f"no removal was found that takes the spectrum from {full:.4g} across the threshold "
            f"{threshold:g}; allow more time"
        )
    removed = int((~best).sum())
    proved = removed <= fewest
    return BestSubset(
        kept=_players(best),
        removed=_players(~best),
        value=float(spectrum(best[None])[0]),
        bound=float(removed) if proved else fewest,
        optimal=proved,
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Solved:
    """What the solver knows: a coalition or none, and a bound on the objective."""

    kept: NDArray[np.bool_] | None
    bound: float
    infeasible: bool


class _Program:
    """The mixed integer program of a cost that is to be small.

    The first n variables are the players (kept, or removed if ``inverted``), the others products.
    """

    def __init__(self, products: dict[Term, float], n_players: int, *, inverted: bool) -> None:
        self.n, self.inverted = n_players, inverted
        self.constant = products.get((), 0.0)
        linear = np.zeros(n_players)
        higher = {term: m for term, m in products.items() if len(term) > 1}
        for term, coefficient in products.items():
            if len(term) == 1:
                linear[term[0]] = coefficient
        self.cost: Vector = np.concatenate([linear, list(higher.values())])
        self.rows, self.most = _product_constraints(higher, n_players)

    def minimise(self, forced: NDArray[np.bool_], size: int | None, time_limit: float) -> _Solved:
        """The cheapest coalition (of the given size)."""
        extra: list[Any] = []
        if size is not None:
            count = self.n - size if self.inverted else size
            ones = np.zeros((1, len(self.cost)))
            ones[0, : self.n] = 1.0
            extra.append(_constraint(csr_array(ones), count, count))
        solved = self._solve(self.cost, extra, forced, time_limit)
        solved.bound += self.constant
        return solved

    def fewest_removals(
        self, forced: NDArray[np.bool_], limit: float, time_limit: float
    ) -> _Solved:
        """The largest coalition that costs at most ``limit``; the bound is a number of removals."""
        removals = np.zeros(len(self.cost))
        removals[: self.n] = 1.0 if self.inverted else -1.0
        enough = _constraint(csr_array(self.cost[None]), -np.inf, limit - self.constant)
        solved = self._solve(removals, [enough], forced, time_limit)
        solved.bound += 0.0 if self.inverted else self.n
        return solved

    def _solve(
        self,
        objective: Vector,
        extra: list[Any],
        forced: NDArray[np.bool_],
        time_limit: float,
    ) -> _Solved:
        lower, upper = np.zeros(len(objective)), np.ones(len(objective))
        players = np.flatnonzero(forced)
        (upper if self.inverted else lower)[players] = 0.0 if self.inverted else 1.0
        integrality = np.zeros(len(objective))
        integrality[: self.n] = 1
        constraints = [_constraint(self.rows, -np.inf, self.most), *extra]
        result: Any = milp(
            objective,
            integrality=integrality,
            bounds=_bounds(lower, upper),
            constraints=constraints if len(self.most) else extra,
            options={"time_limit": time_limit, "mip_rel_gap": 1e-9},
        )
        bound = getattr(result, "mip_dual_bound", None)
        kept = None if result.x is None else (result.x[: self.n] > 0.5) != self.inverted
        return _Solved(
            kept, float(bound) if bound is not None else -np.inf, infeasible=result.status == 2
        )


def _program(cost: Spectrum) -> _Program | None:
    """The program in kept or in removed players, whichever has smaller products."""
    if cost.degree > _HIGHEST_DEGREE:
        return None
    if sum(2.0**group.degree * len(group.coefficients) for group in cost.groups) > 4e6:
        return None
    forms: list[tuple[float, bool, dict[Term, float]]] = []
    for inverted in (False, True):
        spectrum = cost if not inverted else _of_complements(cost)
        products = convert(spectrum, "Moebius", max(cost.degree, 1)).to_dict()
        size = sum(abs(m) for term, m in products.items() if len(term) > 1)
        forms.append((size, inverted, products))
    _, inverted, products = min(forms, key=lambda form: form[:2])
    if len(products) > _MOST_PRODUCTS:
        return None
    return _Program(products, cost.n_players, inverted=inverted)


def _of_complements(spectrum: Spectrum) -> Spectrum:
    """The function S -> f(complement of S): chi_T changes its sign for odd |T|."""
    return Spectrum(
        spectrum.n_players,
        [(g.members, (-1.0) ** g.degree * g.coefficients) for g in spectrum.groups],
    )


def _product_constraints(
    products: dict[Term, float], n_players: int
) -> tuple[csr_array[Any, Any], Vector]:
    """Rows A and numbers b of A z <= b that tie products to players, for costs to be small."""
    rows: list[int] = []
    columns: list[int] = []
    entries: list[float] = []
    most: list[float] = []
    for number, (term, coefficient) in enumerate(products.items()):
        product = n_players + number
        if coefficient < 0:  # the cost pulls the product up: y <= x_i
            for player in term:
                rows += [len(most)] * 2
                columns += [product, player]
                entries += [1.0, -1.0]
                most.append(0.0)
        else:  # it pulls the product down: sum x - y <= |T| - 1
            rows += [len(most)] * (len(term) + 1)
            columns += [*term, product]
            entries += [1.0] * len(term) + [-1.0]
            most.append(len(term) - 1.0)
    shape = (len(most), n_players + len(products))
    matrix = coo_array((entries, (rows, columns)), shape=shape)
    return csr_array(matrix), np.array(most)


class _Search:
    """Greedy steps and swaps on a cost that is to be small.

    Flipping player i changes the cost by -2 sum_{T with i} c_T, c_T = F(T) chi_T(S); flipping i
    and j by the sum of both changes and 4 sum_{T with both} c_T.
    """

    def __init__(self, cost: Spectrum, forced: NDArray[np.bool_]) -> None:
        self.forced = forced
        incidence: list[csr_array[Any, Any]] = []
        for group in cost.groups:
            count = len(group.coefficients)
            if group.degree == 0:
                continue
            where = (np.repeat(np.arange(count), group.degree), group.members.ravel())
            ones = np.ones(count * group.degree)
            incidence.append(csr_array((ones, where), shape=(count, cost.n_players)))
        empty = csr_array((0, cost.n_players))
        self.terms: Any = csr_array(vstack([empty, *incidence]))
        self.coefficients = cost.coefficients[cost.degrees > 0]
        self.constant = cost.mean

    def run(self, size: int | None) -> NDArray[np.bool_]:
        """A good coalition of the given size (of any size)."""
        n = self.terms.shape[1]
        if size is None:
            kept = np.ones(n, dtype=np.bool_)
            while self._flip_best(kept, ~self.forced, only_if_better=True):
                pass
            return kept
        adding = size - self.forced.sum() < n - size
        kept = self.forced.copy() if adding else np.ones(n, dtype=np.bool_)
        while kept.sum() != size:
            self._flip_best(kept, ~kept if adding else kept & ~self.forced)
        while self._swap_best(kept):
            pass
        return kept

    def until(self, limit: float) -> NDArray[np.bool_] | None:
        """Remove one player after the other until the cost is at most ``limit``."""
        kept = np.ones(self.terms.shape[1], dtype=np.bool_)
        while self.constant + self._signed(kept).sum() > limit:
            if not self._flip_best(kept, kept & ~self.forced):
                return None
        return kept

    def _signed(self, kept: NDArray[np.bool_]) -> Vector:
        odd = (self.terms @ kept.astype(np.float64)) % 2
        return self.coefficients * (1.0 - 2.0 * odd)

    def _flip_best(
        self, kept: NDArray[np.bool_], allowed: NDArray[np.bool_], *, only_if_better: bool = False
    ) -> bool:
        players = np.flatnonzero(allowed)
        if len(players) == 0:
            return False
        change = -2.0 * (self.terms.T @ self._signed(kept))[players]
        best = int(np.argmin(change))
        if only_if_better and change[best] >= -self._tolerance():
            return False
        kept[players[best]] ^= True
        return True

    def _swap_best(self, kept: NDArray[np.bool_]) -> bool:
        out, into = np.flatnonzero(kept & ~self.forced), np.flatnonzero(~kept)
        if len(out) == 0 or len(into) == 0:
            return False
        signed = self._signed(kept)
        change = -2.0 * (self.terms.T @ signed)
        leaving, coming = self.terms[:, out], self.terms[:, into]
        both = (leaving.multiply(signed[:, None]).T @ coming).toarray()
        total = change[out][:, None] + change[into][None, :] + 4.0 * both
        place = np.unravel_index(int(np.argmin(total)), total.shape)
        if total[place] >= -self._tolerance():
            return False
        kept[out[place[0]]], kept[into[place[1]]] = False, True
        return True

    def _tolerance(self) -> float:
        """Less than this is rounding, and chasing it might never end."""
        return 1e-12 * float(np.abs(self.coefficients).sum())


def _checked_size(n: int, keep: int | None, remove: int | None, forced: int) -> int | None:
    if keep is not None and remove is not None:
        raise ValueError("give either keep or remove, not both")
    if keep is None and remove is None:
        return None
    size = keep if keep is not None else n - (remove or 0)
    if not 0 <= size <= n:
        raise ValueError(f"of {n} players, {size} cannot be kept")
    if size < forced:
        raise ValueError(f"{forced} players must stay, but only {size} are to be kept")
    return size


def _checked_players(players: Iterable[int], n: int) -> list[int]:
    chosen = list(players)
    if any(not 0 <= player < n for player in chosen):
        raise ValueError(f"always_keep must name players 0 to {n - 1}, got {chosen}")
    return chosen


def _players(kept: NDArray[np.bool_]) -> Term:
    return tuple(np.flatnonzero(kept).tolist())
