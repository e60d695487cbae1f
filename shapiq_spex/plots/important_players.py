"""Restrict an explanation to its most important players, so that it can be plotted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapiq import InteractionValues

from shapiq_spex._argument_checks import (
    check_flag,
    check_integer,
    check_length,
    check_names,
    check_values,
)


@dataclass(frozen=True)
class MostImportant:
    """An explanation restricted to some of its players, with totals of the rest.

    Attributes:
        values: The restricted explanation, for any plot of shapiq; its players are renumbered.
        names: Their names, for ``feature_names=`` (or ``words=``) of these plots.
        players: Their numbers in the full explanation, ascending.
        n_dropped: The number of dropped players.
        dropped: The sum of all interactions with a dropped player.
        dropped_share: The share of these interactions in the total size of all interactions.

    Example:
        >>> from shapiq_spex import Spectrum, to_interaction_values
        >>> spectrum = Spectrum.from_dict(3, {(0,): -2.0, (2,): 0.5})
        >>> few = most_important(to_interaction_values(spectrum, index="BII"), players=1)
        >>> few.players, few.n_dropped, few.dropped, few.dropped_share
        ((0,), 2, -1.0, 0.2)
    """

    values: InteractionValues
    names: list[str]
    players: tuple[int, ...]
    n_dropped: int
    dropped: float
    dropped_share: float

    def __str__(self) -> str:
        if not self.n_dropped:
            return f"all {len(self.players)} players"
        return (
            f"{len(self.players)} of {len(self.players) + self.n_dropped} players; interactions "
            f"of the others sum up to {self.dropped:+.3g} and have {self.dropped_share:.1%} of "
            "the total size"
        )


def most_important(
    values: InteractionValues,
    players: int = 20,
    *,
    names: Sequence[str] | Mapping[int, str] | None = None,
    others: bool = False,
) -> MostImportant:
    """Restrict an explanation to its most important players, so that shapiq can draw it.

    The importance of a player is the sum of |value| / order over its interactions. An interaction
    stays if all its players do. For plots that add up to the prediction (force, waterfall),
    ``others=True`` adds one more player, named for example "980 others", with the sum of all
    dropped interactions. (In a network plot it would dwarf the rest.)

    Args:
        values: The explanation.
        players: How many players to keep.
        names: Names of all players; by default their numbers.
        others: Whether to add the player for the dropped ones (not if ``min_order`` is above 1).

    Raises:
        TypeError: If ``values`` are not interaction values or ``players`` is not an integer.
        ValueError: If ``players`` is below 1 or there is not one name per player.

    Example:
        >>> from shapiq_spex import Spectrum, to_interaction_values
        >>> spectrum = Spectrum.from_dict(1_000, {(7,): -2.0, (7, 500): 1.0, (3,): -0.5})
        >>> values = to_interaction_values(spectrum, index="BII")
        >>> few = most_important(values, players=2)
        >>> few.names, few.values[(0,)], few.values[(0, 1)]
        (['7', '500'], 4.0, 4.0)
        >>> most_important(values, players=2, others=True).names
        ['7', '500', '998 others']
    """
    check_values(values)
    check_integer(players, "players", least=1)
    check_flag(others, "others")
    labels = _player_names(values, names)
    chosen = np.sort(np.argsort(-_importances(values), kind="stable")[:players]).tolist()
    new_number = {player: number for number, player in enumerate(chosen)}
    kept: dict[tuple[int, ...], float] = {}
    dropped = dropped_size = size = 0.0
    for interaction, value in values.dict_values.items():
        if interaction:
            size += abs(value)
        if all(player in new_number for player in interaction):
            kept[tuple(new_number[player] for player in interaction)] = float(value)
        else:
            dropped += float(value)
            dropped_size += abs(value)
    n_dropped = values.n_players - len(chosen)
    shown = [labels[player] for player in chosen]
    if others and n_dropped and values.min_order <= 1:
        kept[(len(chosen),)] = dropped
        shown.append(f"{n_dropped:,} other{'s' if n_dropped > 1 else ''}")
    share = float(dropped_size / size) if size else 0.0
    few = _with_players(values, kept, len(shown))
    return MostImportant(few, shown, tuple(chosen), n_dropped, dropped, dropped_share=share)


def _importances(values: InteractionValues) -> NDArray[np.float64]:
    """The sum of |value| / order over the interactions of every player."""
    importance = np.zeros(values.n_players)
    for interaction, value in values.dict_values.items():
        for player in interaction:
            importance[player] += abs(value) / len(interaction)
    return importance


def _player_names(
    values: InteractionValues, names: Sequence[str] | Mapping[int, str] | None
) -> list[str]:
    if names is None:
        return [str(player) for player in range(values.n_players)]
    check_length(names, "names", values.n_players)
    check_names(names, values.n_players)
    return [str(names[player]) for player in range(values.n_players)]


def _with_players(
    values: InteractionValues, interactions: dict[tuple[int, ...], float], n_players: int
) -> InteractionValues:
    """A copy with other interactions."""
    # the constructor may overwrite the value of the empty set, or warn, depending on the index
    restricted = object.__new__(type(values))
    vars(restricted).update(vars(values))
    restricted.interactions = interactions
    restricted.n_players = n_players
    restricted.max_order = min(values.max_order, n_players)
    return restricted
