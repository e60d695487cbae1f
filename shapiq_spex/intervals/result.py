"""Intervals as users get them: aligned with the interaction values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.terms import Term, Vector

_SHOWN = 10
"""Interactions that are printed."""

_ROUNDING = 1e-9
"""The width, relative to the largest value, up to which an interval is rounding."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """An interval for every interaction, and the evidence that it is not zero.

    ``intervals[interaction]`` is ``(lower, upper)``. The order is that of the interaction values,
    without the empty set. Where no interval can be given, both ends are NaN and :attr:`reason`
    says why.

    Attributes:
        interactions: The sets of players.
        values: Their values, as they were returned.
        lower: The lower ends.
        upper: The upper ends.
        nonzero: 1 - p of a two-sided test of the sign: close to 1 where the interaction is hardly
            zero, 0 where its sign is open. NaN where there is no interval.
        confidence: The nominal share of intervals that contain the true value.
        reason: Why some or all intervals are missing; empty if none is.
        condition: What no sample excludes and intervals and signs therefore presuppose, as
            "unless fewer than about 3% of all coalitions differ" (by the law they were drawn by);
            empty if all they depend on is known. See :mod:`shapiq_spex.estimators.unseen`.

    Raises:
        ValueError: If ``confidence`` does not lie between 0 and 1.

    Example:
        >>> intervals = Intervals(
        ...     interactions=[(0,), (1,)],
        ...     values=np.array([2.0, 0.1]),
        ...     lower=np.array([1.5, -0.2]),
        ...     upper=np.array([2.5, 0.4]),
        ...     nonzero=np.array([0.999, 0.3]),
        ...     confidence=0.9,
        ... )
        >>> intervals[(0,)]
        (1.5, 2.5)
        >>> intervals.established()
        [(0,)]
        >>> print(intervals)
        90% intervals for 2 interactions; the sign of 1 is established.
          (0,)   2   [1.5, 2.5]
          (1,)  0.1  [-0.2, 0.4]
    """

    interactions: list[Term]
    values: Vector
    lower: Vector
    upper: Vector
    nonzero: Vector
    confidence: float
    reason: str = ""
    condition: str = ""
    _position: dict[Term, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise ValueError(
                f"confidence must lie between 0 and 1, such as 0.9, got {self.confidence!r}"
            )
        position = {term: place for place, term in enumerate(self.interactions)}
        object.__setattr__(self, "_position", position)

    @classmethod
    def unavailable(
        cls, interactions: list[Term], values: Vector, confidence: float, reason: str
    ) -> Intervals:
        """No interval for any interaction."""
        nothing = np.full(len(values), np.nan)
        return cls(interactions, values, nothing, nothing, nothing, confidence, reason)

    @classmethod
    def exact(cls, interactions: list[Term], values: Vector, confidence: float) -> Intervals:
        """Intervals of width zero around values that are known."""
        nonzero = (values != 0).astype(np.float64)
        return cls(interactions, values, values, values, nonzero, confidence)

    @property
    def available(self) -> bool:
        """Whether there is an interval for at least one interaction."""
        return bool(self.given.any())

    @property
    def given(self) -> NDArray[np.bool_]:
        """Which interactions have an interval."""
        return np.isfinite(self.lower)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which values are exact: their intervals are no wider than rounding.

        That takes all coalitions a value depends on: all 2^n, or those of a value that depends on
        few, as that of a single player of the Shapley-Taylor index, v({i}) - v({}). A fit that
        misses nothing elsewhere does not suffice.
        """
        return self.upper - self.lower <= _ROUNDING * np.abs(self.values).max(initial=0.0)

    def established(self, false_discovery_rate: float = 0.1) -> list[Term]:
        """The interactions whose sign is established, strongest evidence first.

        It is so under the :attr:`condition`, which no sample excludes.

        By the procedure of Benjamini & Hochberg (1995): among those listed, the expected share of
        wrong signs is at most ``false_discovery_rate``.
        """
        p = 1.0 - self.nonzero[self.given]
        order = np.argsort(p, kind="stable")
        allowed = false_discovery_rate * np.arange(1, len(p) + 1) / max(len(p), 1)
        passed = np.flatnonzero(p[order] <= allowed)
        count = int(passed[-1]) + 1 if len(passed) else 0
        places = np.flatnonzero(self.given)[order[:count]]
        return [self.interactions[place] for place in places.tolist()]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain lists, ready for JSON; None stands for what is not known."""
        return {
            "confidence": self.confidence,
            "reason": self.reason,
            "condition": self.condition,
            "interactions": [list(term) for term in self.interactions],
            **{
                name: [number if np.isfinite(number) else None for number in vector.tolist()]
                for name, vector in (
                    ("values", self.values),
                    ("lower", self.lower),
                    ("upper", self.upper),
                    ("nonzero", self.nonzero),
                )
            },
        }

    def __getitem__(self, interaction: Term) -> tuple[float, float]:
        try:
            place = self._position.get(tuple(sorted(interaction)))
        except TypeError:
            raise TypeError(
                f"an interaction is a tuple of players, such as (0,) or (0, 2), got {interaction!r}"
            ) from None
        if place is None:
            raise KeyError(
                f"{interaction} is not among the {len(self)} interactions that were returned "
                "(see intervals.interactions)"
            )
        return float(self.lower[place]), float(self.upper[place])

    def __contains__(self, interaction: object) -> bool:
        return interaction in self._position

    def __iter__(self) -> Iterator[Term]:
        return iter(self.interactions)

    def __len__(self) -> int:
        return len(self.interactions)

    def __str__(self) -> str:
        percent = f"{100 * self.confidence:g}%"
        if not self.available:
            return f"No {percent} intervals. {self.reason}"
        unless, given = f", {self.condition}" if self.condition else "", int(self.given.sum())
        lines = [
            f"{percent} intervals for {given} interaction{'s' if given != 1 else ''}; "
            f"the sign of {len(self.established())} is established{unless}."
        ]
        order = np.argsort(-np.abs(np.where(self.given, self.values, 0.0)), kind="stable")
        shown = [place for place in order.tolist() if self.given[place]][:_SHOWN]
        names = [str(self.interactions[place]) for place in shown]
        numbers = [f"{self.values[place]:.3g}" for place in shown]
        width, wide = max(map(len, names)), max(map(len, numbers))
        known = self.known
        lines += [
            f"  {name:{width}}  {number:^{wide}}  "
            + ("exact" if known[place] else f"[{self.lower[place]:.3g}, {self.upper[place]:.3g}]")
            for name, number, place in zip(names, numbers, shown, strict=True)
        ]
        if (more := given - len(shown)) > 0:
            lines.append(f"  ... and {more} more")
        if self.reason:
            lines.append(self.reason)
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Intervals: {len(self)} interactions, {100 * self.confidence:g}%>"
