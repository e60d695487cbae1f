"""Figures of the experiments, made from recorded files alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.reporting.cell_scores import extents, scores
from shapiq_spex.benchmark.reporting.drawing import (
    R2_LABEL,
    STYLES,
    draw_line,
    drawn_methods,
    finish,
)
from shapiq_spex.benchmark.reporting.growth import DIRECTIONS, QUANTITIES, exponent, growth
from shapiq_spex.benchmark.studies.experiments import PLAYERS, TEN_THOUSAND
from shapiq_spex.benchmark.studies.sparsity import SparsityPoint

_SHORT = {
    "refused": "refuses",
    "crashed": "crashes",
    "timed out": "too slow",
    "not run": "not tried",
}
"""The label of a line that stops, by status."""


def faithfulness_by_players(rows: Sequence[Row]) -> Figure:
    """Held-out R2 against the number of players of planted functions; bars span the seeds.

    If a method stops answering, its label gives the reason.
    """
    chosen = [row for row in rows if row.game in PLAYERS]
    figure = Figure(figsize=(9.4, 4.4), layout="constrained")
    axes = figure.add_subplot()
    _draw_r2(axes, chosen, lambda row: row.n_players)
    axes.set_xscale("log", base=2)
    ticks = sorted({row.n_players for row in chosen})
    axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axes.set_xlabel("players n")
    axes.set_ylabel(R2_LABEL)
    axes.set_title("10 hierarchical terms, $2 n \\log_2 n$ ablations (at most 20,000)", fontsize=10)
    finish(axes)
    return figure


def ten_thousand_players(rows: Sequence[Row]) -> Figure:
    """Held-out R2 against ablations for 10,000 players, hierarchical and not; bars span the seeds.

    If a method stops answering, its label gives the reason.
    """
    figure = Figure(figsize=(11.5, 3.6), layout="constrained")
    shapes = {
        "hierarchical": "150 hierarchical terms, signal-to-noise 10",
        "flat": "100 terms without any sub-term, no noise",
    }
    for place, (shape, title) in enumerate(shapes.items(), start=1):
        chosen = [r for r in rows if r.game in TEN_THOUSAND and r.game.startswith(shape)]
        axes = figure.add_subplot(1, 2, place)
        _draw_r2(axes, chosen, lambda row: row.budget)
        axes.set_xscale("log")
        ticks = sorted({row.budget for row in chosen})
        axes.set_xticks(ticks, [f"{m:,}" for m in ticks])
        axes.minorticks_off()
        axes.set_xlabel("ablations")
        axes.set_title(f"10,000 players: {title}", fontsize=9)
        unanswered = _unanswered(chosen)
        axes.text(0.97, 0.3, unanswered, transform=axes.transAxes, fontsize=7.5, ha="right")
        finish(axes)
    figure.supylabel(R2_LABEL, fontsize=9)
    return figure


def scaling(rows: Sequence[Row]) -> Figure:
    """CPU time and memory against rows and players, with fitted exponents."""
    figure = Figure(figsize=(11.5, 7.4), layout="constrained")
    figure.suptitle("exponents are fitted to the upper half of each line", fontsize=9)
    panels = product(QUANTITIES.items(), DIRECTIONS)
    for place, ((quantity, value), direction) in enumerate(panels, start=1):
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
        finish(axes)
    return figure


def sparsity_figure(points: Sequence[SparsityPoint]) -> Figure:
    """Held-out R2 of the k largest terms, one panel per game: medians, with bars over the seeds."""
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
        finish(axes)
    figure.supxlabel("Fourier terms kept, the largest first", fontsize=9)
    figure.supylabel(R2_LABEL, fontsize=9)
    return figure


def _draw_r2(axes: Axes, rows: Sequence[Row], place: Callable[[Row], int]) -> None:
    """Draw the R2 of every method by place."""
    places = {(row.game, row.units): float(place(row)) for row in rows}
    for method in drawn_methods(rows):
        points = sorted((places[cell], r2) for cell, r2 in scores(rows, method).items())
        spans = {places[cell]: span for cell, span in extents(rows, method).items()}
        label = method + _ending(rows, method, place)
        draw_line(axes, points, method, extents=spans, label=label)
    axes.set_ylim(-0.05, 1.05)


def _ending(rows: Sequence[Row], method: str, place: Callable[[Row], int]) -> str:
    """Why the line of a method stops, if it does: the status beyond its last answer."""
    mine = [row for row in rows if row.method == method]
    last = max((place(row) for row in mine if row.status == "ok"), default=0)
    beyond = sorted((row for row in mine if place(row) > last), key=place)
    return f" ({_SHORT[beyond[0].status]} from {place(beyond[0]):,})" if beyond else ""


def _unanswered(rows: Sequence[Row]) -> str:
    """The methods without any answer, and why."""
    answered = {row.method for row in rows if row.status == "ok"}
    reasons = {row.method: _SHORT[row.status] for row in rows if row.method not in answered}
    return "\n".join(f"{method}: {reason}" for method, reason in reasons.items())
