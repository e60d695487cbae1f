"""Markdown tables of the experiments, made from recorded rows alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from shapiq_spex.benchmark.measuring.markdown import markdown_table
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.method import FAITHFULNESS
from shapiq_spex.benchmark.reporting.cell_scores import games_of, methods_of
from shapiq_spex.benchmark.reporting.growth import DIRECTIONS, QUANTITIES, exponent, growth
from shapiq_spex.benchmark.reporting.suite_tables import shown_name
from shapiq_spex.benchmark.studies.experiments import PLAYERS, TEN_THOUSAND, THOUSANDS


def players_table(rows: Sequence[Row]) -> str:
    """Held-out R2 by number of players: the median over seeds and, of several, their range."""
    chosen = [row for row in rows if row.game in PLAYERS and row.target == FAITHFULNESS]
    games = games_of(chosen)
    players = {row.game: row.n_players for row in chosen}
    lines = [
        [shown_name(method), *(_outcome(_cell(chosen, method, game)) for game in games)]
        for method in methods_of(chosen)
    ]
    return markdown_table(["R2 by number of players", *(f"{players[g]:,}" for g in games)], lines)


def many_players_table(rows: Sequence[Row]) -> str:
    """Functions of thousands of players at every budget: R2, support F1, time and memory."""
    chosen = [
        row
        for row in rows
        if row.game in {**THOUSANDS, **TEN_THOUSAND} and row.target == FAITHFULNESS
    ]
    lines: list[list[str]] = []
    for game in games_of(chosen):
        of_game = [row for row in chosen if row.game == game]
        for budget in sorted({row.budget for row in of_game}):
            for method in methods_of(of_game):
                cell = [r for r in _cell(of_game, method, game) if r.budget == budget]
                if not cell:
                    continue
                good = [row for row in cell if row.status == "ok"]
                costs = [
                    _median([row.support_f1 for row in good], ".2f"),
                    _median([row.cpu_seconds for row in good], ".1f"),
                    _median([row.peak_mb for row in good], ",.0f"),
                ]
                reason = "" if good else cell[0].message
                lines.append([game, f"{budget:,}", method, _outcome(cell), *costs, reason])
    head = ["game", "ablations", "method", "R2", "F1 of the terms", "CPU-s", "peak MB", "why not"]
    return markdown_table(head, lines)


def growth_table(rows: Sequence[Row]) -> str:
    """Fitted exponents of time and memory, and the largest size with its cost."""
    lines: list[list[str]] = []
    for direction in DIRECTIONS:
        for method in methods_of(rows):
            curves = [growth(rows, method, direction, value) for value in QUANTITIES.values()]
            if not curves[0]:
                continue
            largest = f"{curves[0][-1][0]:,.0f}"
            entries = [
                f"{_power(curve)} ({curve[-1][1]:,.1f})" if curve else "" for curve in curves
            ]
            lines.append([direction, method, largest, *entries])
    head = ["power of", "method", "largest", *(f"{name} (at the largest)" for name in QUANTITIES)]
    return markdown_table(head, lines)


def _cell(rows: Sequence[Row], method: str, game: str) -> list[Row]:
    return [row for row in rows if row.method == method and row.game == game]


def _outcome(cell: Sequence[Row]) -> str:
    """The median R2 and its range over seeds, or what happened instead."""
    found = [row.r2 for row in cell if row.status == "ok"]
    if not found:
        return cell[0].status if cell else ""
    middle = f"{median(found):.4f}" if median(found) > -10 else "below -10"
    if len(found) == 1 or min(found) <= -10:
        return middle
    return f"{middle} ({min(found):.4f} to {max(found):.4f})"


def _median(numbers: Sequence[float], form: str) -> str:
    known = [number for number in numbers if not math.isnan(number)]
    return format(median(known), form) if known else ""


def _power(curve: Sequence[tuple[float, float]]) -> str:
    power = exponent(curve)
    return "" if math.isnan(power) else f"{power:.2f}"
