"""Numbers in reports: short, and rounded so that they never look better than they are."""

from __future__ import annotations

import math


def share(value: float) -> str:
    """A proportion in percent.

    Example:
        >>> share(0.123), share(0.9999), share(1.0), share(0.0002), share(float("nan"))
        ('12%', '>99%', '100%', '<1%', 'unknown')
    """
    if not math.isfinite(value):
        return "unknown"
    if 0.99 < value < 1.0:
        return ">99%"
    if 0.0 < value < 0.01:
        return "<1%"
    return f"{value:.0%}"


def share_up(value: float) -> str:
    """A proportion of what is missing, in percent, rounded upwards.

    Example:
        >>> share_up(0.0101), share_up(0.0), share_up(0.07), share_up(0.0002)
        ('2%', '0%', '7%', '<1%')
    """
    if not math.isfinite(value):
        return "unknown"
    return "<1%" if 0 < value < 0.01 else share(math.ceil(round(100.0 * value, 9)) / 100.0)


def plural(number: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> plural(1, "row"), plural(1200, "row")
        ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def quality(value: float) -> str:
    """An R^2, rounded downwards, with more digits the nearer it is to 1.

    Example:
        >>> quality(0.4199), quality(0.9987), quality(0.99999999), quality(1.0), quality(-3.205)
        ('.41', '.998', '.9999', '1', '-3.21')
    """
    if not math.isfinite(value):
        return "unknown"
    if value >= 1.0 - 1e-12:  # the rest is rounding
        return "1"
    digits = 2 if value < 0.99 else 3 if value < 0.999 else 4
    rounded = math.floor(value * 10**digits) / 10**digits
    return f"{rounded:.{digits}f}".replace("0.", ".", 1) if abs(rounded) < 1 else f"{rounded:.2f}"


def count(number: float) -> str:
    """A number of rows to two significant digits, rounded upwards.

    Example:
        >>> count(17), count(2951.2), count(123456)
        ('17', '3,000', '130,000')
    """
    unit = 10 ** max(0, math.floor(math.log10(max(number, 1.0))) - 1)
    return f"{math.ceil(round(number / unit, 6)) * unit:,}"
