"""Figures of the suites, made from recorded files alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.reporting.cell_scores import (
    Scores,
    extents,
    games_of,
    scores,
)
from shapiq_spex.benchmark.reporting.drawing import (
    R2_LABEL,
    STYLES,
    Point,
    draw_line,
    drawn_methods,
    finish,
)
from shapiq_spex.benchmark.reporting.experiment_figures import (
    faithfulness_by_players,
    scaling,
    sparsity_figure,
    ten_thousand_players,
)
from shapiq_spex.benchmark.reporting.savings import BUDGET_METHODS, saving, unexplained_curves
from shapiq_spex.benchmark.studies.sparsity import SparsityPoint


def save_figures(
    folder: str | PathLike[str],
    rows: Sequence[Row],
    experiments: Sequence[Row] = (),
    sparsity: Sequence[SparsityPoint] = (),
) -> list[Path]:
    """Save the figures for which there are data as PNG files, and return their paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    figures = {
        "saved-ablations": saved_ablations(rows),
        "faithfulness-by-budget": faithfulness_by_budget(rows),
        "faithfulness-by-players": faithfulness_by_players(experiments),
        "ten-thousand-players": ten_thousand_players(experiments),
        "scaling": scaling(experiments),
        "sparsity": sparsity_figure(sparsity),
    }
    paths: list[Path] = []
    for name, figure in figures.items():
        if any(axes.lines for axes in figure.axes):
            figure.savefig(target / f"{name}.png", dpi=110)
            paths.append(target / f"{name}.png")
    return paths


def saved_ablations(rows: Sequence[Row]) -> Figure:
    """Unexplained variance against the budget, and the factors that ProxySPEX saves."""
    games, curves = unexplained_curves([row for row in rows if row.family == "real"])
    figure = Figure(figsize=(7.0, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for method, curve in curves.items():
        draw_line(axes, curve, method)
    if not curves:
        return figure
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(BUDGET_UNITS, [f"{unit:g}" for unit in BUDGET_UNITS])
    axes.set_xlabel("ablations in units of $n \\log_2 n$")
    axes.set_ylabel("unexplained variance $1 - R^2$, geometric mean")
    axes.set_title(
        f"Unexplained variance of {games} real games; a refusal counts as $R^2 = 0$", fontsize=10
    )
    if ours := curves.pop(BUDGET_METHODS[0], []):
        rivals = sorted(curves.values(), key=lambda curve: curve[-1][1])
        for theirs in rivals:
            _mark_saving(axes, ours, theirs, above=theirs is rivals[-1])
    finish(axes)
    return figure


def faithfulness_by_budget(rows: Sequence[Row]) -> Figure:
    """Held-out R2 against the budget, one panel per real game; bars span the seeds."""
    real = [row for row in rows if row.family == "real" and row.method in STYLES]
    games = games_of(real)
    columns = max(1, math.ceil(math.sqrt(len(games))))
    lines = max(1, math.ceil(len(games) / columns))
    figure = Figure(figsize=(2.4 * columns, 1.9 * lines + 0.8), layout="constrained")
    players = {row.game: row.n_players for row in real}
    curves = {method: scores(real, method) for method in drawn_methods(real)}
    extremes = {method: extents(real, method) for method in curves}
    for place, game in enumerate(games, start=1):
        axes = figure.add_subplot(lines, columns, place)
        for method, found in curves.items():
            spans = {
                units: span for (name, units), span in extremes[method].items() if name == game
            }
            draw_line(axes, _curve_of(found, game), method, extents=spans)
        axes.set_title(f"{game} (n = {players[game]})", fontsize=7)
        axes.set_xscale("log", base=2)
        axes.set_ylim(-0.05, 1.02)
        axes.tick_params(labelsize=6)
    figure.supxlabel("ablations in units of $n \\log_2 n$", fontsize=9)
    figure.supylabel(R2_LABEL, fontsize=9)
    _legend(figure)
    return figure


def _mark_saving(
    axes: Axes, ours: Sequence[Point], theirs: Sequence[Point], *, above: bool
) -> None:
    """An arrow from the other's last point to the equal one of ours, with the factor."""
    budget, factor = saving(ours, theirs)
    end, level = theirs[-1]
    if math.isnan(factor) or factor <= 1.0:
        return
    axes.annotate(
        "",
        xy=(budget, level),
        xytext=(end, level),
        arrowprops={"arrowstyle": "->", "color": "#444444", "lw": 0.9},
    )
    least = ">= " if budget == ours[0][0] else ""
    axes.annotate(
        f"{least}{factor:.1f} times fewer",
        xy=(math.sqrt(budget * end), level),
        xytext=(0, 3 if above else -3),
        textcoords="offset points",
        horizontalalignment="center",
        verticalalignment="bottom" if above else "top",
        fontsize=7,
        color="#444444",
    )


def _curve_of(found: Scores, game: str) -> list[Point]:
    return sorted((units, score) for (name, units), score in found.items() if name == game)


def _legend(figure: Figure) -> None:
    """One legend for all panels."""
    handles = {
        label: handle
        for axes in figure.axes
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if handles:
        figure.legend(
            handles.values(), handles.keys(), loc="outside upper center", ncols=5, fontsize=7
        )
