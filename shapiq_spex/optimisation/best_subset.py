"""The best coalition with a given number of players."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Literal

import numpy as np

from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.optimisation.parity_program import Program
from shapiq_spex.optimisation.subset import BestSubset, forced_players, players_of
from shapiq_spex.optimisation.subset_enumeration import every_removal
from shapiq_spex.optimisation.subset_search import Search

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
    """The best coalition with a given number of players, as far as the spectrum knows.

    A spectrum that was recovered from uniformly random coalitions knows those best that keep about
    half of the players.

    Args:
        spectrum: The function to optimise.
        keep: How many players are kept; or
        remove: how many are removed. Without either, any number may be kept.
        goal: Whether a large or a small value is wanted.
        always_keep: Players that must stay.
        method: ``"exact"`` proves its answer or says how far off it may be: it tries everything
            where that is little, and asks the solver otherwise. ``"greedy"`` adds, removes and
            swaps players in a fraction of a second and proves little.
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
    forced = forced_players(always_keep, spectrum.n_players)
    size = _checked_size(spectrum.n_players, keep, remove, int(forced.sum()))
    if goal not in ("maximise", "minimise"):
        raise ValueError(f"goal must be 'maximise' or 'minimise', got {goal!r}")
    if method not in ("exact", "greedy"):
        raise ValueError(f"method must be 'exact' or 'greedy', got {method!r}")
    if not time_limit > 0:
        raise ValueError(f"time_limit must be positive, got {time_limit}")
    cost = spectrum if goal == "minimise" else -spectrum
    scale = float(np.abs(cost.coefficients[cost.degrees > 0]).sum())
    everyone, free = None, int((~forced).sum())
    if method == "exact":
        sizes = range(free + 1) if size is None else [spectrum.n_players - size]
        everyone = every_removal(cost, forced, sizes)
    if everyone is not None:
        costs = cost(everyone)
        best, bound = everyone[np.argmin(costs)], float(costs.min())
    else:
        best, bound = Search(cost, forced).best(size), cost.mean - scale
        if method == "exact" and Program.fits(cost):
            solved = Program(cost, forced).smallest_cost(size, time_limit)
            bound = max(bound, solved.bound)
            if solved.kept is not None:
                best = min(best, solved.kept, key=lambda kept: float(cost(kept[None])[0]))
    value = float(cost(best[None])[0])
    optimal = value - bound <= 1e-7 * scale
    sign = 1.0 if goal == "minimise" else -1.0
    return BestSubset(
        kept=players_of(best),
        removed=players_of(~best),
        value=sign * value,
        bound=sign * min(bound, value),
        gap=0.0 if optimal else value - bound,
        optimal=optimal,
        seconds=time.perf_counter() - started,
    )


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
