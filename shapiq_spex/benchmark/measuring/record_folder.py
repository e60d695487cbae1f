"""Where the recorded results are: in the repository, but not in the wheel."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "recorded"


def record_folder() -> Path:
    """The folder of the recorded results.

    Raises:
        FileNotFoundError: If the package is not imported from a checkout.
    """
    if not _FOLDER.exists():
        raise FileNotFoundError(
            "the recorded results are in the repository, not in the wheel: clone the repository "
            "and run this command from the checkout, or name a file or folder of your own"
        )
    return _FOLDER
