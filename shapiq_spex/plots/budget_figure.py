"""Plot faithfulness against the number of ablations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from math import floor, isfinite
from typing import Any, Protocol, runtime_checkable

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from shapiq_spex._argument_checks import check_type
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.plots.colours import FAINT, finish

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours of all curves but the first, which has that of the text: the palette of M. Okabe and
K. Ito (2008) for colour-blind readers."""
_MARKERS = "osD^vXP"
_LOWEST = -0.5
"""The least R^2 in view. A choice; a fit can be worse than the mean by any amount."""


@runtime_checkable
class Reported(Protocol):
    """The part of a :class:`~shapiq_spex.Report` that is plotted."""

    @property
    def budget(self) -> int:
        """The budget."""
        ...

    @property
    def faithfulness(self) -> float:
        """R^2 on coalitions that were not fitted."""
        ...

    @property
    def faithfulness_bound(self) -> float:
        """The lower end of a 95% interval; NaN if unknown."""
        ...

    @property
    def additive_faithfulness(self) -> float:
        """R^2 of the best additive explanation; NaN if unknown."""
        ...

    @property
    def worst(self) -> Any:
        """The region that the faithfulness refers to; ``None`` if to all coalitions."""
        ...

    @property
    def regions(self) -> Sequence[Any]:
        """R^2 in each region, each a ``RegionScore``."""
        ...


Measured = Reported | tuple[int, float]
"""A report, or a budget and the R^2 reached with it."""


def budget_curve(
    results: Sequence[Measured] | Mapping[str, Sequence[Measured]],
    *,
    region: float | str | None = None,
    axes: Axes | None = None,
    show: bool = False,
) -> tuple[Figure, Axes]:
    """Draw faithfulness against budget.

    A whisker ends at the value that the R^2 exceeds with 95% confidence. For a single curve, the
    dashed line is the best additive explanation of the same ablations; the rest is due to
    interactions. With a store and equal seeds, larger budgets ask only the additional ablations.

    Args:
        results: Reports in any order, or pairs of a budget and an R^2; several curves as a mapping
            of their names to these. Where R^2 is unknown, there is no point.
        region: The region of the reports whose R^2 is drawn (``region.keep``); by default that of
            their headline, the worst of what was asked for.
        axes: Where to draw; by default a new figure.
        show: Whether to call ``matplotlib.pyplot.show()``.

    Returns:
        The figure and its axes.

    Raises:
        TypeError: If a result is neither a report nor a pair of numbers.
        ValueError: If there are no results, or a report does not judge the region.

    Example:
        >>> figure, axes = budget_curve({"ours": [(100, 0.5), (200, 0.8)], "theirs": [(200, 0.4)]})
        >>> [line.get_label() for line in axes.lines]
        ['ours', 'theirs']
        >>> plt.close(figure)
    """
    check_type(axes, Axes | None, "axes must be the Axes of a figure or None")
    named = results if isinstance(results, Mapping) else {"": results}
    curves = {name: _points(curve, region) for name, curve in named.items()}
    if not any(curves.values()):
        raise ValueError("there is nothing to draw: give at least one result")
    if axes is None:
        axes = plt.figure(figsize=(5.0, 3.4), layout="constrained").add_subplot()
    colours = cycle((plt.rcParams["text.color"], *_COLOURS))
    lowest: list[float] = []
    for (name, points), colour, marker in zip(curves.items(), colours, cycle(_MARKERS)):
        if points:
            style = {"color": colour, "marker": marker, "label": name or "this explanation"}
            lowest.append(_draw_curve(axes, points, style, with_additive=len(curves) == 1))
    budgets = sorted(point[0] for points in curves.values() for point in points)
    _draw_frame(axes, budgets, min(lowest))
    axes.set_ylabel(_faithfulness_label(named, region))
    return finish(axes, show=show)


_Point = tuple[float, float, float, float]  # budget, faithfulness, its bound, that of additive


def _draw_curve(
    axes: Axes, points: Sequence[_Point], style: dict[str, Any], *, with_additive: bool
) -> float:
    """Draw one curve and return its lowest value."""
    across, reached, bound, additive = np.array(points, dtype=np.float64).T
    axes.plot(across, reached, markersize=5, **style)
    _draw_whiskers(axes, across, reached, bound, style["color"])
    shown = [reached, bound]
    if with_additive and np.isfinite(additive).any():
        faint: dict[str, Any] = {"color": plt.rcParams["text.color"], "alpha": FAINT}
        label = "additive explanation"
        axes.plot(across, additive, linestyle="--", marker=".", label=label, **faint)
        shown.append(additive)
    return float(np.nanmin(shown))


def _draw_whiskers(axes: Axes, across: Vector, reached: Vector, bound: Vector, colour: str) -> None:
    known = np.isfinite(bound)
    if not known.any():
        return
    down = np.maximum(reached - bound, 0.0)[known]
    style: dict[str, Any] = {"fmt": "none", "ecolor": colour, "elinewidth": 1, "capsize": 3}
    axes.errorbar(across[known], reached[known], yerr=[down, np.zeros_like(down)], **style)


def _faithfulness_label(named: Mapping[str, Sequence[Measured]], region: float | str | None) -> str:
    """What R^2 is drawn, and where."""
    where = f",\nregion keep={region!r}" if region is not None else ""
    headlines = (r for curve in named.values() for r in curve if isinstance(r, Reported))
    worst = [report.worst for report in headlines]
    judged = [score for score in worst if score is not None]
    if region is None and judged:
        of_all_sizes = all(score.of_all_sizes for score in judged)
        where = ",\nwithin sizes" if of_all_sizes else ",\nworst region asked for"
        where += " if known" * (of_all_sizes and None in worst)
    return f"faithfulness (R² on ablations not fitted{where})"


def _points(curve: object, region: float | str | None) -> list[_Point]:
    if not isinstance(curve, Iterable) or (isinstance(curve, np.ndarray) and curve.ndim == 0):
        raise TypeError(
            "a curve must be a list of reports, or of pairs of a budget and an R^2, got "
            f"{type(curve).__name__}"
        )
    points = (_numbers(result, region) for result in curve)
    return sorted((p for p in points if isfinite(p[1])), key=lambda point: point[0])


def _numbers(result: Measured, region: float | str | None) -> _Point:
    if isinstance(result, Reported) and region is not None:
        score = next((score for score in result.regions if score.keep == region), None)
        if score is None:
            judged = ", ".join(repr(score.keep) for score in result.regions)
            raise ValueError(f"a report does not judge region {region!r}, but {judged}")
        return float(result.budget), score.r_squared, score.interval[0], float("nan")
    if isinstance(result, Reported):
        return (
            float(result.budget),
            result.faithfulness,
            result.faithfulness_bound,
            result.additive_faithfulness,
        )
    try:
        budget, faithfulness = map(float, result)
    except (TypeError, ValueError):
        raise TypeError(
            f"a result must be a report or a pair of a budget and an R^2, got {result!r}"
        ) from None
    return budget, faithfulness, float("nan"), float("nan")


def _draw_frame(axes: Axes, budgets: Sequence[float], lowest: float) -> None:
    axes.set_xscale("log")
    axes.set_xticks(_spaced(budgets))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(max(floor(10 * lowest - 0.5) / 10, _LOWEST), 1.02)
    axes.set_xlabel("budget (ablations)")
    axes.grid(axis="y", color="#888888", alpha=0.3, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, frameon=False, loc="best")


def _spaced(budgets: Sequence[float]) -> list[float]:
    """Budgets to write at the axis: each at least 1.3 times the one before."""
    chosen = [budgets[0]]
    for budget in budgets[1:]:
        if budget >= 1.3 * chosen[-1]:
            chosen.append(budget)
    return chosen
