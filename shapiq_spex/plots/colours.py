"""The common style of all plots: colours and line styles of signs, numbers, finished figures.

Red raises and blue lowers the value, as in ``shapiq.plot``. Both are equally dark and hard to tell
apart in grey print or by colour-blind readers, so lines are also solid or dashed.
"""

from __future__ import annotations

from typing import Any, Literal

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

RED = "#ff0d57"
BLUE = "#1e88e5"
FAINT = 0.65
"""Opacity of remarks: paler than the text, in the user's colour of text."""
DARKEST = 0.85
"""Opacity of the shade of the largest effect. A choice; text on it must be readable."""
VISIBLE = 0.02
"""Effects up to this share of the largest one get no shade. A choice."""

LineStyle = Literal["solid"] | tuple[float, tuple[float, ...]]
SOLID: LineStyle = "solid"
DASHED: LineStyle = (0, (2.5, 1.5))


def colour_of(value: float) -> str:
    """Red for positive values and 0, blue for negative ones."""
    return RED if value >= 0 else BLUE


def line_style_of(value: float) -> LineStyle:
    """Solid for positive values and 0, dashed for negative ones."""
    return SOLID if value >= 0 else DASHED


def stroke_of(value: float, width: float) -> dict[str, Any]:
    """Arguments of matplotlib for a line of a value."""
    return {"color": colour_of(value), "linestyle": line_style_of(value), "linewidth": width}


def strength_of(value: float, largest: float) -> float:
    """The size of a value relative to the largest, between 0 and 1."""
    return min(abs(value) / largest, 1.0) if largest > 0 else 0.0


def signed(value: float) -> str:
    """A number with its sign and three significant digits.

    Example:
        >>> signed(0.41872), signed(-12345.0), signed(0.0)
        ('+0.419', '−12,345', '0')
    """
    if value == 0:
        return "0"
    sign = "+" if value > 0 else "\N{MINUS SIGN}"
    return sign + unsigned(value)


def unsigned(value: float) -> str:
    """The size of a number with three significant digits.

    Example:
        >>> unsigned(0.41872), unsigned(-12345.0), unsigned(1.2e-9)
        ('0.419', '12,345', '1.2e-09')
    """
    size = abs(value)
    return f"{size:,.0f}" if 1000 <= size < 1e9 else f"{size:.3g}"


def finish(axes: Axes, *, show: bool) -> tuple[Figure, Axes]:
    """Show the figure of some axes if wanted, and return both."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    if show:
        plt.show()
    return figure, axes
