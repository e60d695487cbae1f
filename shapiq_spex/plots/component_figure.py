"""Plot the components of a model as a map: layers upward, heads across, interactions as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch, Rectangle
from shapiq import InteractionValues

from shapiq_spex._argument_checks import check_integer, check_length, check_values
from shapiq_spex.plots.colours import (
    DARKEST,
    VISIBLE,
    colour_of,
    finish,
    line_style_of,
    strength_of,
    stroke_of,
    unsigned,
)

_CELL = 0.5  # inches from one component to the next
_WIDEST = 12.0  # inches; larger models get smaller cells
_HALF = 0.42  # half the width of the square of a component, in cells


def component_map(
    values: InteractionValues,
    layers: Sequence[int | None],
    heads: Sequence[int | str | None],
    *,
    interactions: int = 12,
    show: bool = False,
) -> tuple[Figure, Axes]:
    """Draw the components of a model as a layer x head map with their interactions.

    Each component is a cell, red (solid rim, +) if it raises the value on its own, blue (dashed
    rim, -) if it lowers it; darker cells have larger effects. Interactions are lines or arches,
    solid if the components are worth more together than apart, dashed if less; those of more than
    two components are stars around a diamond. The title gives the shares of the total size of all
    interactions within and across layers.

    Args:
        values: The explanation; its players are the components.
        layers: The layer of every component, ``c.layer for c in game.components``.
        heads: The number of every head, ``c.head for c in game.components``, or a name for another
            component; ``None`` for ``"MLP"``.
        interactions: How many interactions to draw, the largest first.
        show: Whether to call ``matplotlib.pyplot.show()``.

    Returns:
        The figure and its axes.

    Raises:
        TypeError: If ``values`` are not interaction values.
        ValueError: If there is not one layer and one head per player, two components are in the
            same place, or ``interactions`` is negative.

    Example:
        >>> from shapiq_spex import Spectrum, to_interaction_values
        >>> spectrum = Spectrum.from_dict(3, {(0,): -0.4, (0, 1): 0.5, (0, 2): 0.3})
        >>> values = to_interaction_values(spectrum, index="BII")
        >>> figure, axes = component_map(values, [0, 0, 1], heads=[0, 1, None])
        >>> [label.get_text() for label in axes.get_xticklabels()]
        ['0', '1', 'MLP']
        >>> plt.close(figure)
    """
    check_values(values)
    check_integer(interactions, "interactions", least=0)
    grid = _Grid.of(values.n_players, layers, heads)
    effects = [float(values[(player,)]) for player in range(values.n_players)]
    groups = {t: float(v) for t, v in values.dict_values.items() if len(t) > 1 and v != 0}
    ranked = sorted(groups, key=lambda players: (-abs(groups[players]), players))
    drawn = {players: groups[players] for players in ranked[:interactions]}
    figure, axes = _new_axes(grid)
    largest = max(map(abs, effects), default=0.0)
    involved = {player for players in drawn for player in players}
    for player, effect in enumerate(effects):
        _draw_cell(axes, grid.place(player), effect, largest, framed=player in involved)
    thickest = max(map(abs, drawn.values()), default=0.0)
    for players, value in reversed(drawn.items()):
        _draw_interaction(axes, [grid.place(p) for p in players], value, thickest)
    scales = f"darkest cell {unsigned(largest)}"
    scales += f", thickest line {unsigned(thickest)}" if drawn else ""
    scales += f"; {len(drawn)} of {len(groups):,} interactions drawn" * (len(drawn) < len(groups))
    axes.set_title(f"{_shares(groups, grid)}\n{scales}", loc="left", fontsize=9)
    _draw_legend(figure)
    return finish(axes, show=show)


@dataclass(frozen=True)
class _Grid:
    """The place of every component."""

    rows: tuple[int | None, ...]
    columns: tuple[int | str, ...]
    layers: tuple[int | None, ...]
    heads: tuple[int | str, ...]

    @classmethod
    def of(
        cls, n_players: int, layers: Sequence[int | None], heads: Sequence[int | str | None]
    ) -> _Grid:
        for what, given in {"layers": layers, "heads": heads}.items():
            check_length(given, what, n_players)
        named = tuple("MLP" if head is None else head for head in heads)
        taken: dict[tuple[int | None, int | str], int] = {}
        for player, place in enumerate(zip(layers, named, strict=True)):
            if place in taken:
                raise ValueError(
                    f"players {taken[place]} and {player} are both {place[1]!r} in layer "
                    f"{place[0]}: give components that are not heads different names in heads"
                )
            taken[place] = player
        numbers = sorted({head for head in named if isinstance(head, int)})
        others = list(dict.fromkeys(head for head in named if isinstance(head, str)))
        rows = (
            *sorted({layer for layer in layers if layer is not None}),
            *([None] if None in layers else []),
        )
        return cls(rows, (*numbers, *others), tuple(layers), named)

    def place(self, player: int) -> tuple[float, float]:
        """Column and row."""
        column = self.columns.index(self.heads[player])
        return float(column), float(self.rows.index(self.layers[player]))


def _new_axes(grid: _Grid) -> tuple[Figure, Axes]:
    columns, rows = len(grid.columns), len(grid.rows)
    cell = min(_CELL, _WIDEST / max(columns, rows))
    size = (max(columns * cell + 1.0, 5.0), rows * cell + 1.9)
    figure = plt.figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    # room for the arches of the last column and of the last row
    axes.set_xlim(-0.7, len(grid.columns) + 0.1)
    axes.set_ylim(-0.7, len(grid.rows) - 1 + max(0.7, 0.25 * len(grid.columns) ** 0.5))
    axes.set_aspect("equal")
    axes.set_xticks(range(len(grid.columns)), [str(column) for column in grid.columns], fontsize=8)
    names = ["other" if row is None else str(row) for row in grid.rows]
    axes.set_yticks(range(rows), names, fontsize=8)
    axes.tick_params(length=0)
    axes.set_xlabel("head", fontsize=9)
    axes.set_ylabel("layer", fontsize=9)
    axes.spines[:].set_visible(False)
    return figure, axes


def _draw_cell(
    axes: Axes, place: tuple[float, float], effect: float, largest: float, *, framed: bool
) -> None:
    strength = strength_of(effect, largest)
    visible = strength > VISIBLE
    axes.add_patch(
        Rectangle(
            (place[0] - _HALF, place[1] - _HALF),
            2 * _HALF,
            2 * _HALF,
            facecolor=(colour_of(effect), DARKEST * strength),
            edgecolor=(colour_of(effect), 0.3 + 0.7 * strength) if visible else "#aaaaaa80",
            linestyle=line_style_of(effect) if visible else "solid",
            linewidth=1.0,
            zorder=1,
        )
    )
    if strength > 0.15:
        axes.text(
            place[0] - _HALF + 0.05,
            place[1] + _HALF - 0.03,
            "+" if effect > 0 else "\N{MINUS SIGN}",
            fontsize=8,
            verticalalignment="top",
            zorder=4,
        )
    if framed:
        axes.plot(*place, marker="o", markersize=3, color=plt.rcParams["text.color"], zorder=4)


def _draw_interaction(
    axes: Axes, places: Sequence[tuple[float, float]], value: float, thickest: float
) -> None:
    style = stroke_of(value, 0.8 + 2.7 * strength_of(value, thickest))
    if len(places) > 2:
        centre = np.mean(places, axis=0)
        for place in places:
            axes.plot(*zip(centre, place, strict=True), zorder=3, **style)
        axes.plot(*centre, marker="D", markersize=5, color=style["color"], zorder=4)
        return
    first, second = sorted(places)
    across, up = second[0] - first[0], second[1] - first[1]
    bend = 0.06  # just enough to miss the centres of the cells in between
    if not (across and up):
        bend = (-0.45 if across else 0.6) / max(across, up, 1.0) ** 0.5
    axes.add_patch(
        FancyArrowPatch(
            first,
            second,
            arrowstyle="-",
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=0,
            shrinkB=0,
            zorder=3,
            **style,
        )
    )


def _shares(groups: dict[tuple[int, ...], float], grid: _Grid) -> str:
    total = sum(map(abs, groups.values()))
    if not total:
        return "no interactions"
    within = sum(
        abs(value)
        for players, value in groups.items()
        if all(grid.layers[a] == grid.layers[b] for a, b in combinations(players, 2))
    )
    return f"all interactions: {within / total:.0%} within layers, {1 - within / total:.0%} across"


def _draw_legend(figure: Figure) -> None:
    handles: list[Artist] = []
    for sign, what in ((1.0, "raises"), (-1.0, "lowers")):
        handles.append(
            Patch(
                facecolor=(colour_of(sign), 0.6),
                edgecolor=colour_of(sign),
                linestyle=line_style_of(sign),
                label=f"{what} the value alone",
            )
        )
    for sign, what in ((1.0, "more"), (-1.0, "less")):
        handles.append(Line2D([], [], label=f"worth {what} together", **stroke_of(sign, 2)))
    figure.legend(handles=handles, loc="outside lower left", ncols=2, fontsize=8, frameon=False)
