"""What the study of coverage records of intervals, and the table made from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from shapiq_spex.benchmark.measuring.markdown import markdown_table

_HEAD = (
    *("index", "law", "order", "budget", "given", "all", "top", "large", "worst"),
    *("half-width", "error", "signs", "wrong"),
)

_NO_WIDTH = 1e-6  # over the root mean square of the true values; below it, widths are rounding


@dataclass(frozen=True)
class CoverageRow:
    """Outcomes of the intervals of one order of one index in one run.

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
        interactions: The number of interactions.
        given: How many of them have an interval.
        covered: How many of these contain the true value.
        top: How many of the largest reported interactions have an interval.
        top_covered: How many of these contain the true value.
        large: How many of the truly large interactions (at least the root mean square) have an
            interval.
        large_covered: How many of these contain the true value.
        half_width: Mean half-width over the root mean square of the true values.
        error: Root mean square error of the reported values, in the same unit.
        established: How many signs were established at a false discovery rate of 10%.
        wrong_signs: How many of these are wrong.
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
        every: Of all intervals, mean over games.
        top: Of the largest reported interactions, mean over games.
        large: Of the truly large interactions, mean over games.
        worst: Of all intervals, in the worst game.
    """

    every: float
    top: float
    large: float
    worst: float


def coverage_table(rows: Iterable[CoverageRow]) -> str:
    """Coverage by index, law of the rows, order and budget as Markdown.

    The columns: budget in units of n log2 n; share of the interactions with an interval; coverage
    of all of them, of the largest reported and of the truly large ones (means over games); coverage
    in the worst game; half-width and root mean square error over the root mean square of the true
    values (geometric means); the number of established signs, and of wrong ones among them.
    """
    lines: list[list[str]] = []
    for (index, max_order, law, order, units), group in sorted(_groups(rows).items()):
        name = index if max_order == 1 else f"{index}, k = {max_order}"
        given = sum(row.given for row in group) / sum(row.interactions for row in group)
        rate = _rate(group)
        rest = ["exact" if given else "refused"]
        if rate is not None:
            shares = (rate.every, rate.top, rate.large, rate.worst)
            rest = [
                *(f"{100 * share:.0f}%" for share in shares),
                _geometric_mean(row.half_width for row in group if row.given),
                _geometric_mean(row.error for row in group if row.given),
                f"{sum(row.established for row in group):,}",
                str(sum(row.wrong_signs for row in group)),
            ]
        line = [name, law, str(order), f"{units:g}", f"{100 * given:.0f}%", *rest]
        lines.append([*line, *[""] * (len(_HEAD) - len(line))])
    return markdown_table(_HEAD, lines)


def coverage_rates(rows: Iterable[CoverageRow]) -> list[CoverageRate]:
    """How often intervals contain the true value, by index, law, order and budget."""
    rates = map(_rate, _groups(rows).values())
    return [rate for rate in rates if rate is not None]


def _groups(
    rows: Iterable[CoverageRow],
) -> dict[tuple[str, int, str, int, float], list[CoverageRow]]:
    groups: dict[tuple[str, int, str, int, float], list[CoverageRow]] = defaultdict(list)
    for row in rows:
        groups[row.index, row.max_order, row.law, row.order, row.units].append(row)
    return groups


def _rate(group: Sequence[CoverageRow]) -> CoverageRate | None:
    """Coverage where there are intervals; ``None`` if they are exact, that is, have no width."""
    if all(row.half_width < _NO_WIDTH for row in group if row.given):
        return None
    by_game: dict[str, list[CoverageRow]] = defaultdict(list)
    for row in group:
        by_game[row.game].append(row)

    def shares(counts: Callable[[CoverageRow], tuple[int, int]]) -> list[float]:
        """The share of a count in another one, for each game where it is defined."""
        totals = [np.sum([counts(row) for row in game], axis=0) for game in by_game.values()]
        return [float(part / whole) for part, whole in totals if whole]

    every = shares(lambda row: (row.covered, row.given))
    top = shares(lambda row: (row.top_covered, row.top))
    large = shares(lambda row: (row.large_covered, row.large))
    means = (float(np.mean(each)) for each in (every, top, large))
    return CoverageRate(*means, worst=min(every))


def _geometric_mean(numbers: Iterable[float]) -> str:
    mean = float(np.exp(np.log(np.maximum(list(numbers), 1e-12)).mean()))
    return f"{mean:.2g}" if mean > _NO_WIDTH else "0"
