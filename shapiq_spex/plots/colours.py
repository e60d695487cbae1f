"""How every picture of this package shows a sign, and writes a number.

Red raises and blue lowers the value, as in ``shapiq.plot``. Both are equally dark, so colour alone
would be lost in grey print and to some eyes: what raises is also drawn solid, what lowers dashed.
"""

from __future__ import annotations

from typing import Literal

RED = "#ff0d57"
BLUE = "#1e88e5"
FAINT = 0.65
"""How opaque remarks are: paler than the text, in whatever colour the user writes."""

LineStyle = Literal["solid"] | tuple[float, tuple[float, ...]]
SOLID: LineStyle = "solid"
DASHED: LineStyle = (0, (2.5, 1.5))


def colour_of(value: float) -> str:
    """Red for what raises the value (or does nothing), blue for what lowers it."""
    return RED if value >= 0 else BLUE


def line_style_of(value: float) -> LineStyle:
    """Solid for what raises the value (or does nothing), dashed for what lowers it."""
    return SOLID if value >= 0 else DASHED


def strength_of(value: float, largest: float) -> float:
    """The size of a value between 0 and 1, the largest being 1."""
    return min(abs(value) / largest, 1.0) if largest > 0 else 0.0


def signed(value: float) -> str:
    r"""A number with its sign and three significant digits.

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
