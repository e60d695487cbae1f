"""The fewest players whose removal changes a decision."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.optimisation.parity_program import Program
from shapiq_spex.optimisation.subset import BestSubset, forced_players, players_of
from shapiq_spex.optimisation.subset_enumeration import every_removal
from shapiq_spex.optimisation.subset_search import Search


def smallest_change(
    spectrum: Spectrum,
    threshold: float = 0.0,
    *,
    always_keep: Iterable[int] = (),
    time_limit: float = 10.0,
) -> BestSubset:
    """The fewest players whose removal takes the value to the other side of a threshold.

    Small removals are all tried, which proves the answer; larger ones are left to the solver.

    Args:
        spectrum: The function; its value with all players tells which side is left.
        threshold: The threshold, for example 0 for a margin.
        always_keep: Players that must stay.
        time_limit: Seconds; afterwards the best answer known is given.

    Returns:
        The coalition that is left; ``bound`` and ``gap`` are numbers of *removed players* here: no
        removal of fewer than ``bound`` suffices.

    Raises:
        ValueError: If no removal suffices, or none was found in time.

    Example:
        >>> words = Spectrum.from_dict(3, {(): 0.5, (0,): -1.0, (1,): -1.0, (0, 1): -0.4})
        >>> smallest_change(words, 1.0).removed
        (0,)
    """
    started = time.perf_counter()
    n = spectrum.n_players
    forced = forced_players(always_keep, n)
    full = float(spectrum(np.ones((1, n), dtype=np.bool_))[0])
    # what has to become small, and how small: strictly beyond the threshold
    sign = 1.0 if full > threshold else -1.0
    cost = spectrum * sign
    scale = float(np.abs(spectrum.coefficients).sum())
    limit = sign * threshold - 1e-6 * scale
    best = Search(cost, forced).until(limit)
    tried, fewest = _all_small(cost, forced, limit, n if best is None else int((~best).sum()) - 1)
    best = best if tried is None else tried
    impossible = best is None and fewest > n
    if not impossible and (best is None or (~best).sum() > fewest) and Program.fits(cost):
        solved = Program(cost, forced).fewest_removals(limit, fewest, time_limit)
        impossible = solved.infeasible
        fewest = int(max(fewest, np.ceil(min(solved.bound, n) - 1e-6)))
        if solved.kept is not None and float(cost(solved.kept[None])[0]) <= limit + 1e-7 * scale:
            best = solved.kept if best is None or solved.kept.sum() >= best.sum() else best
    if impossible:
        raise ValueError(
            f"no removal takes the spectrum from {full:.4g} across the threshold {threshold:g}"
        )
    if best is None:
        raise ValueError(
            f"no removal was found that takes the spectrum from {full:.4g} across the threshold "
            f"{threshold:g}; allow more time"
        )
    removed = int((~best).sum())
    fewest = min(fewest, removed)
    return BestSubset(
        kept=players_of(best),
        removed=players_of(~best),
        value=float(spectrum(best[None])[0]),
        bound=float(fewest),
        gap=float(removed - fewest),
        optimal=removed == fewest,
        seconds=time.perf_counter() - started,
    )


def _all_small(
    cost: Spectrum, forced: NDArray[np.bool_], limit: float, most: int
) -> tuple[NDArray[np.bool_] | None, int]:
    """Try all removals of 1, 2, ... up to ``most`` players, as long as that takes no time.

    Returns:
        What is left by the best of the smallest removals that suffice, if any does; and the
        number of players below which none does.
    """
    for size in range(1, min(most, int((~forced).sum())) + 1):
        kept = every_removal(cost, forced, [size])
        if kept is None:
            return None, size
        costs = cost(kept)
        if costs.min() <= limit:
            return kept[np.argmin(costs)], size
    return None, most + 1
