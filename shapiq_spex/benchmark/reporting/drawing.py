"""How the figures look: a colour, a line and a marker per method, and labels beside the lines.

The colours are those of Okabe & Ito (2008), which people of every colour vision can tell apart.
Ours are solid, the others thin and broken; SPEX is a thin line on the thick one of ProxySPEX,
because the two often coincide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from shapiq_spex.benchmark.measuring.results_file import Row
from shapiq_spex.benchmark.reporting.cell_scores import is_ceiling, methods_of

Point = tuple[float, float]

R2_LABEL = "held-out $R^2$ (below 0: not shown)"

_SMALLEST_GAP = 0.06  # of the height of the panel, between two labels


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
"""The methods that are drawn; others would only crowd the panels."""


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
    """Draw one method's line, if there are points.

    Args:
        axes: Where.
        points: Its points from left to right.
        method: Its name.
        extents: By place across, the smallest and largest value over seeds: a thin bar each.
        label: What is written beside the line, by default the name.
        marked: Whether the points are marked.
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


def label_lines(axes: Axes, size: float = 7.5) -> None:
    """Write the name of every line beside its end, at the right of the panel, without overlaps.

    Call it when the limits of the axes are final.
    """
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
    for line, end, place in zip(lines, ends, places, strict=True):
        axes.annotate(
            str(line.get_label()),
            xy=(float(end[0]), float(np.clip(end[1], 0.0, 1.0))),
            xytext=(1.04, place),
            xycoords=margin,
            textcoords=margin,
            color=line.get_color(),
            fontsize=size,
            verticalalignment="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": line.get_color(), "lw": 0.5, "ls": ":"},
        )


def _spread(wanted: Sequence[float]) -> list[float]:
    """Heights near the wanted ones, in the same order, at least a gap apart."""
    order = np.argsort(wanted, kind="stable")
    heights = np.array(wanted)[order]
    for _ in range(200):  # push neighbours apart until they fit; a handful of rounds is enough
        gaps = np.diff(heights)
        short = np.clip(_SMALLEST_GAP - gaps, 0.0, None)
        if short.max(initial=0.0) < 1e-3:
            break
        heights[:-1] -= short / 2
        heights[1:] += short / 2
    places = np.empty(len(heights))
    places[order] = heights
    return places.tolist()
