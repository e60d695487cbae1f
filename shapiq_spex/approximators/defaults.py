"""The index and the order that are taken when none is named: those of the installed shapiq.

shapiq changed them in version 1.5, and a drop-in must give what its user's shapiq gave.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

_BEFORE_1_5 = version("shapiq").startswith("1.4.")

DEFAULT_INDEX: Final[str] = "FBII" if _BEFORE_1_5 else "k-SII"

DEFAULT_ORDER: Final[int | None] = None if _BEFORE_1_5 else 2
"""``None`` stands for all orders."""
