"""Regions in which an explanation is judged: laws of how many players are removed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.designs.law import ALL_SIZES, Keep, size_weights
from shapiq_spex.estimators.held_out import HeldOut, KnownSizes
from shapiq_spex.estimators.within_sizes import WithinSizes
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector


@dataclass(frozen=True)
class Region:
    """Coalitions in which about as many players are removed, each size as likely as the law says.

    Attributes:
        keep: The probability with which each player is kept; ``"near"``: a few are removed;
            ``"sizes"`` or ``"kernel"``: any number, by the law of that name.

    Example:
        >>> Region("near").size_weights(8)
        array([0. , 0. , 0. , 0. , 0. , 0. , 0.5, 0.5, 0. ])
    """

    keep: Keep

    @property
    def of_all_sizes(self) -> bool:
        """Whether any number of players is removed."""
        return self.keep in ALL_SIZES

    def size_weights(self, n_players: int) -> Vector:
        """The probability of each size 0 ... n."""
        return size_weights(n_players, self.keep)

    def rows_among(
        self, sizes: NDArray[np.integer], n_players: int, known: KnownSizes | None = None
    ) -> WithinSizes:
        """Which of some rows judge the region; ``known`` are all rows whose values are known."""
        return WithinSizes.of(
            sizes,
            self.size_weights(n_players),
            known=known if self.of_all_sizes else None,
            smooth=self.of_all_sizes,
        )


NEAR = Region("near")
"""A few players are removed: where people act who change an input."""

RANGE = (NEAR, Region(0.9), Region(0.5))
"""What an explanation should serve that is not made for one law: a few, one in ten, or half of the
players are removed."""

STANDARD = (*RANGE, Region(0.1))
"""The regions that every report lists; in the last, few are kept."""


def regions_asked(keep: Keep) -> tuple[Region, ...]:
    """The regions in which an explanation for a law should hold; none for uniform coalitions.

    Example:
        >>> [region.keep for region in regions_asked("range")], regions_asked("uniform")
        (['near', 0.9, 0.5], ())
    """
    if keep == "range":
        return RANGE
    return () if keep == "uniform" else (Region(keep),)


def lower_bound(
    asked: tuple[Region, ...], coalitions: Coalitions, held_out: HeldOut, confidence: float
) -> tuple[float, float]:
    """What R^2 exceeds in all regions asked for, each with this probability, and on what condition.

    The R^2 of the worst of them exceeds it with this probability, too: it is below its own bound no
    more often. The condition is the share of its coalitions that may differ unseen
    (:mod:`shapiq_spex.estimators.unseen`), in the region where it is largest. Both are NaN if one
    of the regions cannot be judged or has no bound.

    Without regions, the bound is that of R^2 over all rows. Where any number of players is removed
    and R^2 within sizes has no bound, it is the lower one of that and of R^2 within sizes.
    """
    over_all = all(region.of_all_sizes for region in asked)
    sizes, n_players = coalitions.sizes(), coalitions.n_players
    judged = [region.rows_among(sizes, n_players, held_out.known) for region in asked]
    there = [judging.judge(held_out) for judging in judged]
    if judged and all(judging.suffices(held_out.pair_of_row) for judging in judged):
        bound = float(np.min([rows.lower_bound(confidence) for rows in there]))
        if np.isfinite(bound) or not over_all:
            return bound, max(rows.unseen for rows in there)
    if not over_all:
        return float("nan"), float("nan")
    bound = held_out.as_explained().lower_bound(confidence)
    return min([bound, *(rows.r_squared for rows in there)]), held_out.unseen


def judged_by(asked: tuple[Region, ...], coalitions: Coalitions) -> tuple[Region, ...]:
    """The regions that some coalitions suffice to judge."""
    sizes, pairs = coalitions.sizes(), coalitions.pair_of_row()
    return tuple(r for r in asked if r.rows_among(sizes, coalitions.n_players).suffices(pairs))
