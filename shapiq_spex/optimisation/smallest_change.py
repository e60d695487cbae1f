"""The fewest players whose removal changes a decision."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._argument_checks import check_number
from shapiq_spex.fourier.spectrum import Spectrum, check_spectrum
from shapiq_spex.optimisation.parity_program import TOLERANCE, ParityProgram
from shapiq_spex.optimisation.subset import ROUNDING, BestSubset, forced_players, sums_rounding
from shapiq_spex.optimisation.subset_enumeration import every_removal
from shapiq_spex.optimisation.subset_search import SubsetSearch

_BEYOND = 10 * ROUNDING
"""How far beyond the threshold a value must lie, in units of the sum of all |F(T)|. A choice; what
the solver finds is then strictly beyond it in spite of rounding."""


def smallest_change(
    spectrum: Spectrum,
    threshold: float = 0.0,
    *,
    always_keep: Iterable[int] = (),
    time_limit: float = 10.0,
) -> BestSubset:
    """Find the fewest players whose removal takes the value across a threshold.

    All small removals are tried, which proves the answer; larger ones are left to the solver.

    Args:
        spectrum: The function; the side to leave is that of its value with all players.
        threshold: The threshold, for example 0 for a margin.
        always_keep: Players that must stay.
        time_limit: Seconds; the best coalition found by then is returned.

    Returns:
        The coalition that is left; ``bound`` and ``gap`` are numbers of *removed players* here: no
        removal of fewer than ``bound`` suffices.

    Raises:
        TypeError: If ``spectrum`` is not a spectrum, or a number is of another type.
        ValueError: If no removal suffices, none was found in time, or ``threshold`` is not finite.

    Example:
        >>> words = Spectrum.from_dict(3, {(): 0.5, (0,): -1.0, (1,): -1.0, (0, 1): -0.4})
        >>> smallest_change(words, 1.0).removed
        (0,)
    """
    started = time.perf_counter()
    check_spectrum(spectrum)
    check_number(threshold, "threshold", negative=True)
    check_number(time_limit, "time_limit", positive=True)
    forced = forced_players(always_keep, spectrum.n_players)
    full = float(spectrum(np.ones((1, spectrum.n_players), dtype=np.bool_))[0])
    sign = 1.0 if full > threshold else -1.0
    best, fewest = _fewest_removed(spectrum * sign, forced, sign * threshold, time_limit)
    if best is None:
        impossible = fewest > spectrum.n_players
        raise ValueError(
            f"no removal {'takes' if impossible else 'was found that takes'} the spectrum from "
            f"{full:.4g} across the threshold {threshold:g}"
            + ("" if impossible else "; allow more time")
        )
    removed = int((~best).sum())
    return BestSubset.of(
        best,
        value=float(spectrum(best[None])[0]),
        bound=float(min(fewest, removed)),
        gap=float(removed - min(fewest, removed)),
        started=started,
    )


def _fewest_removed(
    cost: Spectrum, forced: NDArray[np.bool_], threshold: float, time_limit: float
) -> tuple[NDArray[np.bool_] | None, int]:
    """The largest coalition found with a cost below the threshold, if any.

    And the number of players below which no removal suffices: above n if none does at all.
    """
    n = cost.n_players
    scale = float(np.abs(cost.coefficients[cost.degrees > 0]).sum())
    uncertain = sums_rounding(np.append(cost.coefficients, threshold))
    limit = threshold - _BEYOND * scale - 2.0 * uncertain
    best = SubsetSearch(cost, forced).until(limit)
    most = n if best is None else int((~best).sum()) - 1
    tried, fewest = _try_small_removals(cost, forced, limit, most)
    best = best if tried is None else tried
    if best is None and fewest > n:
        return None, fewest
    if (best is None or (~best).sum() > fewest) and ParityProgram.fits(cost):
        solved = ParityProgram(cost, forced).fewest_removals(limit, fewest, time_limit)
        if solved.infeasible:
            return None, n + 1
        fewest = int(max(fewest, np.ceil(min(solved.bound, n) - TOLERANCE)))
        if (
            solved.kept is not None
            and float(cost(solved.kept[None])[0]) <= limit + ROUNDING * scale + uncertain
        ):
            best = solved.kept if best is None or solved.kept.sum() >= best.sum() else best
    return best, fewest


def _try_small_removals(
    cost: Spectrum, forced: NDArray[np.bool_], limit: float, most: int
) -> tuple[NDArray[np.bool_] | None, int]:
    """Try all removals of 1, 2, ... up to ``most`` players, as long as they are few.

    Return what the best of the smallest removals that suffice leaves, if any does, and the number
    of players below which none does.
    """
    for size in range(1, min(most, int((~forced).sum())) + 1):
        kept = every_removal(cost, forced, [size])
        if kept is None:
            return None, size
        costs = cost(kept)
        if costs.min() <= limit:
            return kept[np.argmin(costs)], size
    return None, most + 1
