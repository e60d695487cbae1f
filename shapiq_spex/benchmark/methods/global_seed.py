"""A temporary seed for methods that draw from numpy's global generator and take no seed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np


@contextmanager
def global_seed(seed: int) -> Generator[None]:
    """Seed numpy's global generator inside a block and restore its state afterwards."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
