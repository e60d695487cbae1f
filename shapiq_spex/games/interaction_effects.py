r"""Find synergies and redundancies: sets of players worth more, or less, than their parts.

The size of an effect is the Banzhaf interaction index, the mean discrete derivative

    I(T) = E_S [ sum_{U <= T} (-1)^{|T| - |U|} v(S | U) ] = (-2)^{|T|} F(T)

(M. Grabisch, M. Roubens, *An axiomatic approach to the concept of interaction*, 1999): above 0
the players of T are worth more together than apart (a synergy), below 0 less (a redundancy).
Interaction values of another index keep that index. Intervals are those of
``approximator.intervals(...)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal

from shapiq.interaction_values import InteractionValues

from shapiq_spex._argument_checks import (
    check_integer,
    check_names,
    check_probability,
)
from shapiq_spex.approximators.spectral import SpectralApproximator
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term
from shapiq_spex.reports.prediction import interactions_of

Source = Spectrum | InteractionValues | SpectralApproximator
Kind = Literal["synergy", "redundancy"]


@dataclass(frozen=True)
class Effect:
    """The value of a set of players beyond that of its parts.

    Attributes:
        players: The players.
        names: Their names.
        size: The interaction, with its sign.
        low: Lower end of the interval; NaN where there is none.
        high: Upper end.

    Example:
        >>> effect = Effect((0, 1), ("ann", "bob"), size=1.0, low=0.5, high=1.5)
        >>> effect.kind, effect.established
        ('synergy', True)
        >>> print(effect)
        synergy    +1 [+0.5, +1.5]  ann x bob
    """

    players: Term
    names: tuple[str, ...]
    size: float
    low: float
    high: float

    @property
    def kind(self) -> Kind:
        """``"synergy"`` if the players are worth more together, ``"redundancy"`` if less."""
        return "synergy" if self.size > 0 else "redundancy"

    @property
    def established(self) -> bool:
        """Whether the interval excludes 0, under the condition that ``intervals`` state."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        interval = f" [{self.low:+.4g}, {self.high:+.4g}]" if isfinite(self.low) else ""
        return f"{self.kind:<10} {self.size:+.4g}{interval}  {' x '.join(self.names)}"


def synergies(
    source: Source,
    count: int = 10,
    *,
    order: int = 2,
    names: Sequence[str] | None = None,
    confidence: float = 0.9,
) -> list[Effect]:
    """List the sets of players that gain most by being together, largest first.

    Args:
        source: A spectrum; interaction values, whose index is kept; or an approximator after a
            call, which also gives intervals.
        count: The largest number of effects.
        order: The number of players of a set.
        names: Names of the players.
        confidence: Of the intervals.

    Raises:
        TypeError: If the source is something else, or a number is of another type.
        ValueError: If ``count`` is negative, the order is below 2 or above that of the source, or
            ``confidence`` is not a probability.

    Example:
        >>> both = Spectrum.from_dict(3, {(): 0.25, (0,): -0.25, (1,): -0.25, (0, 1): 0.25})
        >>> print(*synergies(both, names=["ann", "bob", "cy"]))
        synergy    +1  ann x bob
    """
    check_integer(count, "count", least=0)
    positive = [e for e in _effects(source, order, names, confidence) if e.size > 0]
    return sorted(positive, key=lambda effect: -effect.size)[:count]


def redundancies(
    source: Source,
    count: int = 10,
    *,
    order: int = 2,
    names: Sequence[str] | None = None,
    confidence: float = 0.9,
) -> list[Effect]:
    """List the sets of players that lose most by being together; see :func:`synergies`.

    Example:
        >>> either = Spectrum.from_dict(2, {(): 0.75, (0,): -0.25, (1,): -0.25, (0, 1): -0.25})
        >>> redundancies(either)[0].size
        -1.0
    """
    check_integer(count, "count", least=0)
    negative = [e for e in _effects(source, order, names, confidence) if e.size < 0]
    return sorted(negative, key=lambda effect: effect.size)[:count]


def _effects(
    source: object, order: int, names: Sequence[str] | None, confidence: float
) -> list[Effect]:
    check_integer(order, "order", least=2)
    check_probability(confidence, "confidence")
    ends: Mapping[Term, tuple[float, float]] = {}
    if isinstance(source, SpectralApproximator):
        intervals = source.intervals(confidence, index="BII", max_order=order)
        sizes = dict(zip(intervals.interactions, intervals.values.tolist(), strict=True))
        ends = {term: intervals[term] for term in intervals}
    elif isinstance(source, InteractionValues):
        if source.max_order < order:
            raise ValueError(
                f"these interaction values go up to order {source.max_order}, got order={order}"
            )
        sizes = interactions_of(source)
    elif isinstance(source, Spectrum):
        sizes = convert(source, "BII", max(order, 1), min_order=1).to_dict()
    else:
        raise TypeError(
            "source must be a Spectrum, InteractionValues or an approximator, got "
            f"{type(source).__name__}"
        )
    check_names(names, source.n if isinstance(source, SpectralApproximator) else source.n_players)
    return [
        Effect(
            term,
            tuple(f"player {p}" if names is None else names[p] for p in term),
            size,
            *ends.get(term, (nan, nan)),
        )
        for term, size in sizes.items()
        if len(term) == order
    ]
