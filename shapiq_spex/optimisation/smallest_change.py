"""The fewest players whose removal changes a decision."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.optimisation.program import Program
from shapiq_spex.optimisation.search import Search
from shapiq_spex.optimisation.subset import BestSubset, forced_players, players_of


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
    best, fewest = Search(cost, forced).until(limit), 0.0
    if Program.fits(cost):
        solved = Program(cost, forced).fewest_removals(limit, time_limit)
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
    removed = float((~best).sum())
    fewest = min(fewest, removed)
    return BestSubset(
        kept=players_of(best),
        removed=players_of(~best),
        value=float(spectrum(best[None])[0]),
        bound=fewest,
        gap=removed - fewest,
        optimal=removed == fewest,
        seconds=time.perf_counter() - started,
    )
