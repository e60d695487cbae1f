"""What :mod:`shapiq_spex.benchmark.studies.coverage` records of intervals, and the table made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shapiq_spex.benchmark.reporting.suite_tables import markdown

_COLUMNS = (
    *("index", "order", "budget", "given", "all", "top", "large", "worst"),
    *("half-width", "error", "signs", "wrong"),
)
_NOTHING = ("",) * 7

_NO_WIDTH = 1e-6  # over the root mean square of the true values


@dataclass(frozen=True)
class CoverageRow:
    """What became of the intervals of one order of one index, in one run.

    Attributes:
        game: Name of the game.
        n_players: Its number of players.
        proxy: Mode of the proxy.
        law: The law of coalition sizes.
        paired: Whether complements were drawn as well.
        index: The index.
        max_order: Its largest order.
        order: The order of the interactions counted here.
        units: The budget in units of n log2 n.
        seed: The seed.
        interactions: How many interactions there are.
        given: How many were given an interval.
        covered: How many of those contain the true value.
        top: How many of the largest reported ones were given one.
        top_covered: How many of those contain it.
        large: How many of the truly large ones (at least the root mean square) were given one.
        large_covered: How many of those contain it.
        half_width: Mean half-width over the root mean square of the true values.
        error: Root mean square error of the reported values, in the same unit.
        established: How many signs were established at a false discovery rate of 10%.
        wrong_signs: How many of those are wrong.
        environment: Versions, machine and date.
    """

    game: str
    n_players: int
    proxy: str
    law: str
    paired: bool
    index: str
    max_order: int
    order: int
    units: float
    seed: int
    interactions: int
    given: int
    covered: int
    top: int
    top_covered: int
    large: int
    large_covered: int
    half_width: float
    error: float
    established: int
    wrong_signs: int
    environment: str


@dataclass(frozen=True)
class CoverageRate:
    """How often intervals contain the true value.

    Attributes:
        every: Of all, mean over games.
        top: Of the largest reported ones.
        large: Of the truly large ones.
        worst: Of all, in the worst game.
    """

    every: float
    top: float
    large: float
    worst: float


def coverage_table(rows: Sequence[CoverageRow]) -> str:
    """Coverage by index, order and budget as Markdown.

    The columns: the budget in units of n log2 n; the share of interactions that were given an
    interval; coverage of all of them, of the largest reported and of the truly large ones, as means
    over games; coverage in the worst game; half-width and root mean square error, over the root
    mean square of the true values (geometric means); how many signs were established, and how many
    of those are wrong.

    Args:
        rows: The lines of a results file.
    """
    lines: list[list[str]] = []
    for (index, max_order, order, units), group in sorted(_groups(rows).items()):
        name = index if max_order == 1 else f"{index}, k = {max_order}"
        given = sum(row.given for row in group) / sum(row.interactions for row in group)
        start = [name, str(order), f"{units:g}", f"{100 * given:.0f}%"]
        if given == 0:
            lines.append([*start, "refused", *_NOTHING])
            continue
        rate = _rate(group)
        if rate is None:
            lines.append([*start, "exact", *_NOTHING])
            continue
        lines.append(
            [
                *start,
                *(f"{100 * share:.0f}%" for share in (rate.every, rate.top, rate.large)),
                f"{100 * rate.worst:.0f}%",
                *(_geometric_mean(group, name) for name in ("half_width", "error")),
                f"{sum(row.established for row in group):,}",
                str(sum(row.wrong_signs for row in group)),
            ]
        )
    return markdown(_COLUMNS, lines)


def coverage_rates(rows: Sequence[CoverageRow]) -> list[CoverageRate]:
    """By index, order and budget, how often the intervals contain the true value."""
    rates = [_rate(group) for group in _groups(rows).values() if any(row.given for row in group)]
    return [rate for rate in rates if rate is not None]


def _groups(rows: Sequence[CoverageRow]) -> dict[tuple[str, int, int, float], list[CoverageRow]]:
    groups: dict[tuple[str, int, int, float], list[CoverageRow]] = {}
    for row in rows:
        key = (row.index, row.max_order, row.order, row.units)
        groups.setdefault(key, []).append(row)
    return groups


def _rate(group: Sequence[CoverageRow]) -> CoverageRate | None:
    """Coverage where intervals were given; ``None`` if they have no width, being exact."""
    if all(row.half_width < _NO_WIDTH for row in group if row.given):
        return None
    by_game: dict[str, list[CoverageRow]] = {}
    for row in group:
        by_game.setdefault(row.game, []).append(row)
    games = list(by_game.values())
    every, top, large = (
        _shares(games, part, whole)
        for part, whole in (
            ("covered", "given"),
            ("top_covered", "top"),
            ("large_covered", "large"),
        )
    )
    means = (float(np.mean(shares)) for shares in (every, top, large))
    return CoverageRate(*means, worst=min(every))


def _shares(games: Sequence[Sequence[CoverageRow]], part: str, whole: str) -> list[float]:
    """The share of a count in another one, for each game where there is any."""
    totals = [
        (sum(getattr(row, part) for row in rows), sum(getattr(row, whole) for row in rows))
        for rows in games
    ]
    return [some / total for some, total in totals if total]


def _geometric_mean(rows: Sequence[CoverageRow], name: str) -> str:
    numbers = np.array([getattr(row, name) for row in rows if row.given])
    mean = float(np.exp(np.log(np.maximum(numbers, 1e-12)).mean()))
    return f"{mean:.2g}" if mean > _NO_WIDTH else "0"
