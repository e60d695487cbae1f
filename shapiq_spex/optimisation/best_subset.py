"""The best coalition with a given number of players."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._argument_checks import check_choice, check_integer, check_number
from shapiq_spex.fourier.spectrum import Spectrum, check_spectrum
from shapiq_spex.optimisation.parity_program import ParityProgram
from shapiq_spex.optimisation.subset import ROUNDING, BestSubset, forced_players, sums_rounding
from shapiq_spex.optimisation.subset_enumeration import every_removal
from shapiq_spex.optimisation.subset_search import SubsetSearch

Goal = Literal["maximise", "minimise"]
Method = Literal["exact", "greedy"]


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
    """Find the best coalition with a given number of players, according to a spectrum.

    A spectrum recovered from uniformly random coalitions is most accurate for coalitions of about
    half the players.

    Args:
        spectrum: The function to optimise.
        keep: How many players are kept; or
        remove: how many are removed. Without either, any number may be kept.
        goal: Whether to look for a large or a small value.
        always_keep: Players that must stay.
        method: ``"exact"`` proves its answer or bounds its error: it tries all coalitions if they
            are few and uses a solver otherwise. ``"greedy"`` adds, removes and swaps players; it
            is fast and its bound is weak.
        time_limit: Seconds for the exact method; the best coalition found by then is returned.

    Returns:
        The coalition, with a bound on the best value.

    Raises:
        TypeError: If ``spectrum`` is not a spectrum, or a number is of another type.
        ValueError: If no coalition has the wanted number of players, or an option is unknown.

    Example:
        >>> pair = Spectrum.from_dict(3, {(0,): -1.0, (1,): -0.9, (2,): -0.5, (0, 2): 0.8})
        >>> best_subset(pair, keep=2).kept
        (0, 2)
    """
    started = time.perf_counter()
    check_spectrum(spectrum)
    check_number(time_limit, "time_limit", positive=True)
    forced = forced_players(always_keep, spectrum.n_players)
    size = _checked_size(spectrum.n_players, keep, remove, int(forced.sum()))
    check_choice(goal, "goal", get_args(Goal))
    check_choice(method, "method", get_args(Method))
    cost, sign = (spectrum, 1.0) if goal == "minimise" else (-spectrum, -1.0)
    scale = float(np.abs(cost.coefficients[cost.degrees > 0]).sum())
    if method == "exact":
        best, bound = _cheapest(cost, forced, size, scale, time_limit)
    else:
        best, bound = SubsetSearch(cost, forced).best(size), cost.mean - scale
    value = float(cost(best[None])[0])
    equal = ROUNDING * scale + sums_rounding(cost.coefficients)
    gap = 0.0 if value - bound <= equal else value - bound
    return BestSubset.of(
        best, value=sign * value, bound=sign * min(bound, value), gap=gap, started=started
    )


def _cheapest(
    cost: Spectrum, forced: NDArray[np.bool_], size: int | None, scale: float, time_limit: float
) -> tuple[NDArray[np.bool_], float]:
    """The cheapest coalition that enumeration or the solver finds, and a lower bound."""
    sizes = range(int((~forced).sum()) + 1) if size is None else [cost.n_players - size]
    everyone = every_removal(cost, forced, sizes)
    if everyone is not None:
        costs = cost(everyone)
        return everyone[np.argmin(costs)], float(costs.min())
    best, bound = SubsetSearch(cost, forced).best(size), cost.mean - scale
    if ParityProgram.fits(cost):
        solved = ParityProgram(cost, forced).smallest_cost(size, time_limit)
        bound = max(bound, solved.bound)
        if solved.kept is not None:
            best = min(best, solved.kept, key=lambda kept: float(cost(kept[None])[0]))
    return best, bound


def _checked_size(n: int, keep: int | None, remove: int | None, forced: int) -> int | None:
    check_integer(keep, "keep", least=0, optional=True)
    check_integer(remove, "remove", least=0, optional=True)
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
