"""The default index and order: those of the installed shapiq, which changed them in version 1.5."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

_BEFORE_1_5 = version("shapiq").startswith("1.4.")

DEFAULT_INDEX: Final[str] = "FBII" if _BEFORE_1_5 else "k-SII"

DEFAULT_ORDER: Final[int | None] = None if _BEFORE_1_5 else 2
"""``None`` stands for all orders."""
