"""The look of the figures: a colour, a line and a marker per method, and labels beside the lines.

The colours are those of Okabe & Ito (2008), which are distinguishable with every colour vision.
This package's methods are solid, the others thin and broken; SPEX is a thin line on the thick one
of ProxySPEX, because the two often coincide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.methods.all_methods import is_ceiling
from shapiq_spex.benchmark.reporting.cell_scores import methods_of

Point = tuple[float, float]

R2_LABEL = "held-out $R^2$ (below 0: not shown)"

_SMALLEST_GAP = 0.06  # between two labels, in heights of the panel; a choice


@dataclass(frozen=True)
class Style:
    """The line of a method."""

    colour: str
    marker: str
    line: Literal["-", "--", ":", "-."] = "--"
    width: float = 1.2


STYLES = {
    "ProxySPEX": Style("#D55E00", "o", "-", 3.6),
    "ProxySPEX fast": Style("#E69F00", "o", "-", 1.6),
    "SPEX": Style("#0072B2", "s", "-", 1.2),
    "shapiq ProxySPEX": Style("#CC79A7", "v"),
    "shapiq ProxySPEX hpo=False": Style("#CC79A7", "^", ":"),
    "shapiq SPEX soft": Style("#56B4E9", "D"),
    "shapiq ProxySHAP hpo=True": Style("#009E73", "P"),
    "shapiq ProxySHAP": Style("#009E73", "p", ":"),
    "shapiq KernelSHAPIQ": Style("#A6761D", "X", ":"),
    "lasso order 1": Style("#888888", "<", ":"),
    "lasso order 2": Style("#888888", ">"),
    "oracle support": Style("#000000", "", "-.", 1.0),
    "best k terms": Style("#000000", "", "-.", 1.0),
    "exact spectrum": Style("#000000", "", "-.", 1.0),
}
"""The methods that are drawn; more would crowd the panels."""


def drawn_methods(rows: Iterable[Row]) -> list[str]:
    """The methods of the rows that have a style, ceilings last."""
    present = set(methods_of(rows))
    return sorted((method for method in STYLES if method in present), key=is_ceiling)


def draw_line(
    axes: Axes,
    points: Sequence[Point],
    method: str,
    *,
    extents: Mapping[float, tuple[float, float]] | None = None,
    label: str = "",
    marked: bool = True,
) -> None:
    """Draw the line of a method through points from left to right, if there are any.

    ``extents`` are the smallest and largest values over seeds, drawn as thin bars.
    """
    if not points:
        return
    style = STYLES[method]
    across, up = zip(*points, strict=True)
    axes.plot(
        across,
        up,
        linestyle=style.line,
        linewidth=style.width,
        color=style.colour,
        marker=style.marker if style.marker and marked else None,
        markersize=3.0 + style.width,
        label=label or method,
        zorder=2 + 1 / style.width,  # thin lines on thick ones
    )
    for place, (low, high) in (extents or {}).items():
        axes.vlines(place, low, high, colors=style.colour, linewidth=0.9, alpha=0.7)


def finish(axes: Axes) -> None:
    """Add a grid and the labels of the lines, at the right of the panel without overlaps.

    Call it when the limits of the axes are final.
    """
    axes.grid(alpha=0.25)
    lines: list[Any] = [
        line for line in axes.get_lines() if not str(line.get_label()).startswith("_")
    ]
    if not lines:
        return
    to_axes = axes.transAxes.inverted()
    ends = [
        to_axes.transform(axes.transData.transform((line.get_xdata()[-1], line.get_ydata()[-1])))
        for line in lines
    ]
    wanted = [float(np.clip(end[1], 0.0, 1.0)) for end in ends]
    places = _spread(wanted)
    margin = blended_transform_factory(axes.transAxes, axes.transAxes)
    for line, end, height, place in zip(lines, ends, wanted, places, strict=True):
        axes.annotate(
            str(line.get_label()),
            xy=(float(end[0]), height),
            xytext=(1.04, place),
            xycoords=margin,
            textcoords=margin,
            color=line.get_color(),
            fontsize=7.5,
            verticalalignment="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": line.get_color(), "lw": 0.5, "ls": ":"},
        )


def _spread(wanted: Sequence[float]) -> list[float]:
    """Heights near the wanted ones, in the same order, at least a gap apart."""
    order = np.argsort(wanted, kind="stable")
    heights = np.array(wanted)[order]
    for _ in range(200):  # pushes neighbours apart; a few rounds are usually enough
        gaps = np.diff(heights)
        too_close = np.clip(_SMALLEST_GAP - gaps, 0.0, None)
        if too_close.max(initial=0.0) < 1e-3:
            break
        heights[:-1] -= too_close / 2
        heights[1:] += too_close / 2
    places = np.empty(len(heights))
    places[order] = heights
    return places.tolist()
