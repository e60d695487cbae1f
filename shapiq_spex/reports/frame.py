"""Interaction values as a pandas table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shapiq_spex.reports.prediction import check_values, interactions_of

if TYPE_CHECKING:
    import pandas as pd
    from shapiq import InteractionValues

    from shapiq_spex.intervals.result import Intervals

Names = Sequence[str] | Mapping[int, str]


def to_frame(
    values: InteractionValues,
    names: Names | None = None,
    *,
    intervals: Intervals | None = None,
    top_k: int | None = None,
    order: int | None = None,
) -> pd.DataFrame:
    """A table of interactions, the strongest first.

    Args:
        values: Interaction values of any approximator; the empty set is left out.
        names: The names of the players, in a sequence or by number; without, their numbers.
        intervals: Intervals to show beside the values (``approximator.intervals()``).
        top_k: The largest number of rows.
        order: Keep only interactions of this many players.

    Returns:
        A ``pandas.DataFrame`` with the columns ``interaction`` (the names), ``order``, ``value``,
        with intervals ``lower``, ``upper`` and ``nonzero``, and ``players`` (their numbers).

    Raises:
        TypeError: If ``values`` are not interaction values.
        ValueError: If there are fewer names than players, or ``top_k`` is negative.

    Example:
        >>> from shapiq_spex import Spectrum, to_interaction_values
        >>> game = Spectrum.from_dict(3, {(0,): 0.5, (1, 2): 0.25})
        >>> values = to_interaction_values(game, index="FBII", max_order=2)
        >>> print(to_frame(values, ["red", "green", "blue"], top_k=3))
            interaction  order  value players
        0           red      1   -1.0    (0,)
        1  green x blue      2    1.0  (1, 2)
        2         green      1   -0.5    (1,)
    """
    import pandas as pd  # comes with shapiq

    check_values(values)
    if top_k is not None and top_k < 0:
        raise ValueError(f"top_k must not be negative, got {top_k}")
    _check_names(names, values.n_players)
    terms = interactions_of(values)
    chosen = [term for term in terms if term and order in (None, len(term))]
    chosen.sort(key=lambda term: (-abs(terms[term]), len(term), term))
    chosen = chosen[:top_k]
    columns: dict[str, list[object]] = {
        "interaction": [
            " x ".join(str(player if names is None else names[player]) for player in term)
            for term in chosen
        ],
        "order": [len(term) for term in chosen],
        "value": [terms[term] for term in chosen],
    }
    if intervals is not None:
        place = {term: position for position, term in enumerate(intervals.interactions)}
        for name, vector in (
            ("lower", intervals.lower),
            ("upper", intervals.upper),
            ("nonzero", intervals.nonzero),
        ):
            columns[name] = [
                float(vector[place[term]]) if term in place else float("nan") for term in chosen
            ]
    columns["players"] = list(chosen)
    return pd.DataFrame(columns)


def _check_names(names: Names | None, n_players: int) -> None:
    if isinstance(names, str) or (names is not None and len(names) < n_players):
        raise ValueError(f"names must name all {n_players} players, got {names!r}")
