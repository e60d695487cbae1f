"""Linear algebra in one thread, so that a seed gives the same bits on every number of cores.

The rounding of a matrix product depends on the number of threads that share it, and an optimiser
amplifies the difference. For the small matrices here one thread also takes less CPU time.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

import scipy.linalg  # noqa: F401  # pyright: ignore[reportUnusedImport] - limits need it loaded
from threadpoolctl import threadpool_limits

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def one_thread() -> Generator[None, None, None]:
    """Give BLAS one thread inside the block, and afterwards what it had before.

    The setting belongs to the process, and only the Python thread that changed it can change it
    back. Blocks in other threads wait until this one ends.

    Yields:
        Nothing.

    Example:
        >>> with one_thread():
        ...     pass
    """
    with _ONE_AT_A_TIME, threadpool_limits(1, user_api="blas"):
        yield
