"""Linear algebra in one thread, so that a seed gives the same bits on every number of cores.

How a matrix product is rounded depends on how many threads share it, and an optimiser amplifies the
difference: two threads instead of one moved interactions by up to 3% of the prediction. For the
small matrices here one thread is also several times cheaper in CPU time.
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

    The setting belongs to the process and only the Python thread that changed it can change it
    back, so that blocks in other threads wait their turn.

    Yields:
        Nothing.

    Example:
        >>> with one_thread():
        ...     pass
    """
    with _ONE_AT_A_TIME, threadpool_limits(1, user_api="blas"):
        yield
