"""Regions in which an explanation is judged: laws of how many players are removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.designs.law import Keep, size_weights
from shapiq_spex.estimators.held_out import HeldOut
from shapiq_spex.estimators.within_sizes import WithinSizes
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector


@dataclass(frozen=True)
class Region:
    """Coalitions in which about as many players are removed, each size as likely as the law says.

    Attributes:
        keep: The probability with which each player is kept, or ``"near"``: a few are removed.

    Example:
        >>> Region("near").size_weights(8)
        array([0. , 0. , 0. , 0. , 0. , 0. , 0.5, 0.5, 0. ])
    """

    keep: float | Literal["near"]

    def size_weights(self, n_players: int) -> Vector:
        """The probability of each size 0 ... n."""
        return size_weights(n_players, self.keep)

    def rows_among(self, sizes: NDArray[np.integer], n_players: int) -> WithinSizes:
        """Which of some rows judge the region."""
        return WithinSizes.of(sizes, self.size_weights(n_players))


NEAR = Region("near")
"""A few players are removed: where people act who change an input."""

RANGE = (NEAR, Region(0.9), Region(0.5))
"""What an explanation should serve that is not made for one law: a few, one in ten, or half of the
players are removed."""

STANDARD = (*RANGE, Region(0.1))
"""The regions that every report lists; in the last, few are kept."""


def regions_asked(keep: Keep) -> tuple[Region, ...]:
    """The regions in which an explanation for a law should hold; none for laws of all sizes.

    Example:
        >>> [region.keep for region in regions_asked("range")], regions_asked("sizes")
        (['near', 0.9, 0.5], ())
    """
    if keep == "range":
        return RANGE
    return () if keep in ("uniform", "sizes", "kernel") else (Region(keep),)


def lower_bound(
    asked: tuple[Region, ...],
    sizes: NDArray[np.integer],
    n_players: int,
    held_out: HeldOut,
    confidence: float,
) -> tuple[float, float]:
    """What R^2 exceeds in all regions asked for, each with this probability, and on what condition.

    The R^2 of the worst of them exceeds it with this probability, too: it is below its own bound no
    more often. The condition is the share of its coalitions that may differ unseen
    (:mod:`shapiq_spex.estimators.unseen`), in the region where it is largest. Both are NaN if there
    is no region, or one cannot be judged or has no bound.
    """
    judged = [region.rows_among(sizes, n_players) for region in asked]
    if not judged or not all(judging.suffices(held_out.pair_of_row) for judging in judged):
        return float("nan"), float("nan")
    there = [judging.judge(held_out) for judging in judged]
    bounds = [rows.lower_bound(confidence) for rows in there]
    return float(np.min(bounds)), max(rows.unseen for rows in there)


def judged_by(asked: tuple[Region, ...], coalitions: Coalitions) -> tuple[Region, ...]:
    """The regions that some coalitions suffice to judge."""
    sizes, pairs = coalitions.sizes(), coalitions.pair_of_row()
    return tuple(r for r in asked if r.rows_among(sizes, coalitions.n_players).suffices(pairs))
