"""Figures of the experiments, made from recorded files alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median

from matplotlib.figure import Figure

from shapiq_spex.benchmark.measuring.results_file import Row
from shapiq_spex.benchmark.reporting.cell_scores import extents, scores
from shapiq_spex.benchmark.reporting.drawing import (
    R2_LABEL,
    STYLES,
    draw_line,
    drawn_methods,
    label_lines,
)
from shapiq_spex.benchmark.reporting.growth import DIRECTIONS, QUANTITIES, exponent, growth
from shapiq_spex.benchmark.studies.experiments import PLAYERS, TEN_THOUSAND
from shapiq_spex.benchmark.studies.sparsity import Point as SparsityPoint

_SHORT = {
    "refused": "refuses",
    "crashed": "crashes",
    "timed out": "too slow",
    "not run": "not tried",
}
"""How a line that stops is labelled."""


def faithfulness_by_players(rows: Sequence[Row]) -> Figure:
    """Held-out R2 against the number of players of planted functions; bars span the seeds.

    A method that gives no answer for many players is labelled with why.
    """
    chosen = [row for row in rows if row.game in PLAYERS]
    players = {row.game: row.n_players for row in chosen}
    figure = Figure(figsize=(9.4, 4.4), layout="constrained")
    axes = figure.add_subplot()
    for method in drawn_methods(chosen):
        points = sorted((players[g], r2) for (g, _), r2 in scores(chosen, method).items())
        spans = {float(players[g]): span for (g, _), span in extents(chosen, method).items()}
        label = method + _ending(chosen, method, lambda row: row.n_players)
        draw_line(axes, points, method, extents=spans, label=label)
    axes.set_xscale("log", base=2)
    ticks = sorted(set(players.values()))
    axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axes.set_ylim(-0.05, 1.05)
    axes.set_xlabel("players n")
    axes.set_ylabel(R2_LABEL)
    axes.set_title("10 hierarchical terms, $2 n \\log_2 n$ ablations (at most 20,000)", fontsize=10)
    axes.grid(alpha=0.25)
    label_lines(axes)
    return figure


def ten_thousand_players(rows: Sequence[Row]) -> Figure:
    """Held-out R2 against ablations for 10,000 players, hierarchical and not; bars span the seeds.

    A method that gives no answer for many ablations is labelled with why.
    """
    figure = Figure(figsize=(11.5, 3.6), layout="constrained")
    shapes = {
        "hierarchical": "150 hierarchical terms, signal-to-noise 10",
        "flat": "100 terms without any sub-term, no noise",
    }
    for place, (shape, title) in enumerate(shapes.items(), start=1):
        chosen = [r for r in rows if r.game in TEN_THOUSAND and r.game.startswith(shape)]
        budgets = {row.units: row.budget for row in chosen}
        axes = figure.add_subplot(1, 2, place)
        for method in drawn_methods(chosen):
            points = sorted((budgets[u], r2) for (_, u), r2 in scores(chosen, method).items())
            spans = {float(budgets[u]): span for (_, u), span in extents(chosen, method).items()}
            label = method + _ending(chosen, method, lambda row: row.budget)
            draw_line(axes, points, method, extents=spans, label=label)
        axes.set_xscale("log")
        axes.set_xticks(sorted(budgets.values()), [f"{m:,}" for m in sorted(budgets.values())])
        axes.minorticks_off()
        axes.set_ylim(-0.05, 1.05)
        axes.set_xlabel("ablations")
        axes.set_title(f"10,000 players: {title}", fontsize=9)
        silent = _silent(chosen)
        axes.text(0.97, 0.3, silent, transform=axes.transAxes, fontsize=7.5, ha="right")
        axes.grid(alpha=0.25)
        label_lines(axes)
    figure.supylabel(R2_LABEL, fontsize=9)
    return figure


def scaling(rows: Sequence[Row]) -> Figure:
    """CPU time and memory against rows and players, with the fitted exponents of power laws."""
    figure = Figure(figsize=(11.5, 7.4), layout="constrained")
    figure.suptitle("exponents are fitted to the upper half of each line", fontsize=9)
    place = 0
    for quantity, value in QUANTITIES.items():
        for direction in DIRECTIONS:
            place += 1
            axes = figure.add_subplot(len(QUANTITIES), len(DIRECTIONS), place)
            for method in drawn_methods(rows):
                points = growth(rows, method, direction, value)
                power = exponent(points)
                label = method if math.isnan(power) else f"{method}: $\\propto x^{{{power:.2f}}}$"
                draw_line(axes, points, method, label=label)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlabel(direction)
            axes.set_ylabel(quantity)
            axes.grid(alpha=0.25)
            label_lines(axes)
    return figure


def sparsity_figure(points: Sequence[SparsityPoint]) -> Figure:
    """Held-out R2 of the k largest terms, one panel per game: medians, and bars over the seeds."""
    games = list(dict.fromkeys(point.game for point in points))
    figure = Figure(figsize=(9.5, 3.2 * max(1, math.ceil(len(games) / 2))), layout="constrained")
    for place, game in enumerate(games, start=1):
        mine = [point for point in points if point.game == game]
        axes = figure.add_subplot(math.ceil(len(games) / 2), 2, place)
        for method in STYLES:
            by_count: dict[float, list[float]] = {}
            for point in mine:
                if point.method == method:
                    by_count.setdefault(float(point.n_terms), []).append(point.r2)
            curve = sorted((count, median(r2)) for count, r2 in by_count.items())
            spans = {count: (min(r2), max(r2)) for count, r2 in by_count.items() if len(r2) > 1}
            draw_line(axes, curve, method, extents=spans, marked=False)
        axes.set_xscale("log")
        axes.set_ylim(-0.05, 1.05)
        axes.set_title(f"{game} (n = {mine[0].n_players}), {mine[0].units:g}x", fontsize=9)
        axes.grid(alpha=0.25)
        label_lines(axes)
    figure.supxlabel("Fourier terms kept, the largest first", fontsize=9)
    figure.supylabel(R2_LABEL, fontsize=9)
    return figure


def _ending(rows: Sequence[Row], method: str, place: Callable[[Row], int]) -> str:
    """Why the line of a method stops, if it does: what became of it beyond its last answer."""
    mine = [row for row in rows if row.method == method]
    last = max((place(row) for row in mine if row.status == "ok"), default=0)
    beyond = sorted((row for row in mine if place(row) > last), key=place)
    return f" ({_SHORT[beyond[0].status]} from {place(beyond[0]):,})" if beyond else ""


def _silent(rows: Sequence[Row]) -> str:
    """The methods that gave no answer at all, and why."""
    answered = {row.method for row in rows if row.status == "ok"}
    reasons = {row.method: _SHORT[row.status] for row in rows if row.method not in answered}
    return "\n".join(f"{method}: {reason}" for method, reason in reasons.items())
