"""A chosen coalition, and how much better another one could be."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._argument_checks import check_integer, check_list
from shapiq_spex._rounding import SUMMED_ROUNDINGS, rounding
from shapiq_spex.fourier.terms import Term, Vector

ROUNDING = 1e-7
"""What counts as equal, in units of the sum of |F(T)| over T != {}. A choice; the solver aims at
1e-9."""


@dataclass(frozen=True)
class BestSubset:
    """A coalition, and a proven bound on its distance from the best one.

    Attributes:
        kept: The players that stay.
        removed: The others.
        value: The value of the spectrum there.
        bound: No admissible coalition is better than this.
        gap: How much better the best coalition could be at most; 0 if ``optimal``.
        optimal: Whether it was proved that no coalition is better.
        seconds: Wall-clock time taken.

    Example:
        >>> from shapiq_spex import Spectrum
        >>> from shapiq_spex.optimisation import best_subset
        >>> best = best_subset(Spectrum.from_dict(3, {(0,): -1.0, (2,): 0.5}), keep=1)
        >>> best.kept, best.removed, best.value, best.optimal
        ((0,), (1, 2), 1.5, True)
    """

    kept: Term
    removed: Term
    value: float
    bound: float
    gap: float
    optimal: bool
    seconds: float

    @classmethod
    def of(
        cls, kept: NDArray[np.bool_], *, value: float, bound: float, gap: float, started: float
    ) -> BestSubset:
        """The result for a coalition given as booleans; ``started`` is a performance counter."""
        stay, go = (tuple(np.flatnonzero(part).tolist()) for part in (kept, ~kept))
        return cls(stay, go, value, bound, gap, gap == 0, time.perf_counter() - started)


def sums_rounding(numbers: Vector) -> float:
    """What rounding may do to sums of some numbers: more than ROUNDING if one of them is huge."""
    return SUMMED_ROUNDINGS * rounding(numbers)


def forced_players(always_keep: Iterable[int], n_players: int) -> NDArray[np.bool_]:
    """The players that must stay, as booleans; refuse numbers that are not players."""
    check_list(always_keep, "always_keep", "players")
    chosen = list(always_keep)
    for player in chosen:
        check_integer(player, "a player of always_keep")
    if any(not 0 <= player < n_players for player in chosen):
        raise ValueError(f"always_keep must name players 0 to {n_players - 1}, got {chosen}")
    forced = np.zeros(n_players, dtype=np.bool_)
    forced[chosen] = True
    return forced
