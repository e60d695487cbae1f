"""Interaction values as a pandas table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shapiq_spex._argument_checks import (
    check_integer,
    check_names,
    check_type,
    check_values,
)
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.reports.prediction import interactions_of

if TYPE_CHECKING:
    import pandas as pd
    from shapiq import InteractionValues

Names = Sequence[str] | Mapping[int, str]


def to_frame(
    values: InteractionValues | Sequence[InteractionValues],
    names: Names | None = None,
    *,
    intervals: Intervals | None = None,
    top_k: int | None = None,
    order: int | None = None,
) -> pd.DataFrame:
    """A table of interactions, the strongest first.

    Args:
        values: Interaction values of any approximator; the empty set is left out. Several, such as
            the list or the ``InteractionValuesBatch`` that ``explain_X`` returns, are listed one
            after the other.
        names: The names of the players, in a sequence or by number; without, their numbers.
        intervals: Intervals to show beside the values (``approximator.intervals()``).
        top_k: The largest number of rows for each explanation.
        order: Keep only interactions of this many players.

    Returns:
        A ``pandas.DataFrame`` with the columns ``interaction`` (the names), ``order``, ``value``,
        with intervals ``lower``, ``upper`` and ``nonzero``, and ``players`` (their numbers). Of
        several explanations, the first column is ``instance``, the number of the explanation.

    Raises:
        TypeError: If ``values`` are not interaction values, or an argument is of another type.
        ValueError: If there are fewer names than players, ``top_k`` is negative, or there are
            several explanations, or none, to show intervals of.

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
    check_integer(top_k, "top_k", least=0, optional=True)
    check_integer(order, "order", least=1, optional=True)
    if not isinstance(values, Sequence):
        return _table(values, names, intervals, top_k, order)

    import pandas as pd  # comes with shapiq

    if not values:
        raise ValueError("there is no explanation in the list to make a table of")
    if intervals is not None:
        raise ValueError(f"intervals belong to one explanation, got {len(values)} of them")
    tables = [_table(each, names, None, top_k, order) for each in values]
    for number, table in enumerate(tables):
        table.insert(0, "instance", number)
    return pd.concat(tables, ignore_index=True)


def _table(
    values: InteractionValues,
    names: Names | None,
    intervals: Intervals | None,
    top_k: int | None,
    order: int | None,
) -> pd.DataFrame:
    """The table of one explanation."""
    import pandas as pd  # comes with shapiq

    check_values(values)
    if intervals is not None:
        check_type(intervals, Intervals, "intervals must be those of approximator.intervals()")
    check_names(names, values.n_players)
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
