"""Figures, made from a results file alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapiq_spex.benchmark.results import Row
from shapiq_spex.benchmark.summary import REFERENCE, games_of, is_peer, methods_of, scores

PEERS_SHOWN = (
    REFERENCE,
    "shapiq SPEX soft",
    "shapiq ProxySHAP",
    "lasso order 1",
    "lasso order 2",
    "shapiq RegressionFBII",
)
"""Peers that get a line; the others would only crowd the panels."""


def save_figures(rows: Sequence[Row], folder: str | PathLike[str]) -> list[Path]:
    """Write all figures as PNG files and return their paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    figures = {
        "faithfulness-by-budget.png": faithfulness_by_budget(rows),
        "faithfulness-by-players.png": faithfulness_by_players(rows),
        "time-by-rows.png": time_by_rows(rows),
    }
    for name, figure in figures.items():
        figure.savefig(target / name, dpi=150)
    return [target / name for name in figures]


def faithfulness_by_budget(rows: Sequence[Row]) -> Figure:
    """Held-out R2 against the budget, one panel per real game."""
    real = [row for row in rows if row.family == "real"]
    games = games_of(real)
    columns = max(1, math.ceil(math.sqrt(len(games))))
    lines = max(1, math.ceil(len(games) / columns))
    figure = Figure(figsize=(3.0 * columns, 2.4 * lines + 0.6), layout="constrained")
    players = {row.game: row.n_players for row in real}
    for place, game in enumerate(games, start=1):
        axes = figure.add_subplot(lines, columns, place)
        for method in _shown(real):
            curve = sorted((u, s) for (name, u), s in scores(real, method).items() if name == game)
            _line(axes, curve, method)
        axes.set_title(f"{game} (n = {players[game]})", fontsize=8)
        axes.set_xscale("log", base=2)
        axes.set_ylim(-0.05, 1.02)
        axes.tick_params(labelsize=7)
    figure.supxlabel("ablations in units of n log2 n", fontsize=9)
    figure.supylabel("held-out R2 (below 0: not shown)", fontsize=9)
    _legend(figure)
    return figure


def faithfulness_by_players(rows: Sequence[Row]) -> Figure:
    """Held-out R2 against the number of players: real games at 2x, planted ones at up to 1x."""
    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    for place, (family, title, most) in enumerate(
        [
            ("real", "real games, 2 n log2 n ablations", 2.0),
            ("synthetic", "hierarchical functions, at most n log2 n ablations", 1.0),
        ],
        start=1,
    ):
        axes = figure.add_subplot(1, 2, place)
        chosen = [
            row
            for row in rows
            if row.family == family and (family == "real" or row.game.startswith("hierarchical"))
        ]
        players = {row.game: row.n_players for row in chosen}
        for method in _shown(chosen):
            reached: dict[int, list[float]] = {}
            largest: dict[str, float] = {}
            found = {c: s for c, s in scores(chosen, method).items() if c[1] <= most}
            for game, units in found:
                largest[game] = max(largest.get(game, 0.0), units)
            for game, units in largest.items():
                reached.setdefault(players[game], []).append(found[game, units])
            curve = sorted((n, sum(values) / len(values)) for n, values in reached.items())
            _line(axes, curve, method)
        axes.set_xscale("log")
        axes.set_ylim(-0.05, 1.02)
        axes.set_xlabel("players n")
        axes.set_title(title, fontsize=9)
    figure.supylabel("held-out R2 (below 0: not shown)", fontsize=9)
    _legend(figure)
    return figure


def time_by_rows(rows: Sequence[Row]) -> Figure:
    """CPU seconds of the method, the game excluded, against the rows it asked for: every cell."""
    figure = Figure(figsize=(6.0, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for method in _shown(rows):
        asked = scores(rows, method, lambda row: float(row.rows_asked))
        seconds = scores(rows, method, lambda row: row.cpu_seconds)
        points = sorted(
            (asked[cell], seconds[cell]) for cell in seconds if min(seconds[cell], asked[cell]) > 0
        )
        _line(axes, points, method, joined=False)
    if axes.lines:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.set_xlabel("coalitions asked")
    axes.set_ylabel("CPU seconds without the game")
    _legend(figure)
    return figure


def _shown(rows: Sequence[Row]) -> list[str]:
    """Our methods and the peers that get a line."""
    return [method for method in methods_of(rows) if not is_peer(method) or method in PEERS_SHOWN]


def _line(
    axes: Axes, curve: Sequence[tuple[float, float]], method: str, *, joined: bool = True
) -> None:
    """One curve: ours solid and thick, the peers dashed and thin, each its own colour."""
    if not curve:
        return
    across, up = zip(*curve, strict=True)
    names = [*PEERS_SHOWN, "ProxySPEX", "ProxySPEX fast", "ProxySPEX lightgbm", "SPEX"]
    axes.plot(
        across,
        up,
        linestyle=("--" if is_peer(method) else "-") if joined else "none",
        linewidth=1.0 if is_peer(method) else 2.0,
        color=f"C{names.index(method)}" if method in names else "black",
        marker="o",
        markersize=2.5,
        label=method,
    )


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
