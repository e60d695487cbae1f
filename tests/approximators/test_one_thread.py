"""Results do not depend on how many threads linear algebra may use."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from shapiq_spex.approximators.one_thread import one_thread

EXPLAIN = """
import numpy as np
from shapiq_spex._registry import APPROXIMATORS
table = np.random.default_rng(0).normal(size=2**8).cumsum()
for cls in APPROXIMATORS.values():
    approximator = cls(n=8, index="k-SII", max_order=2, random_state=0)
    values = approximator.approximate(60, lambda rows: table[rows @ (1 << np.arange(8))])
    print(values.values.tobytes().hex())
"""


def blas_threads():
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


def test_results_are_the_same_bits_with_one_thread_and_with_two():
    outputs = set()
    for threads in ("1", "2"):
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        command = [sys.executable, "-c", EXPLAIN]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        outputs.add(done.stdout)
    assert len(outputs) == 1


@pytest.fixture
def two_threads():
    """What BLAS may use before and after, on a machine with one core too."""
    with threadpool_limits(2, user_api="blas"):
        assert set(blas_threads()) == {2}
        yield


def test_the_limit_ends_with_the_outer_block_and_survives_errors(two_threads):
    def fail():
        with one_thread(), one_thread():
            assert set(blas_threads()) == {1}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert set(blas_threads()) == {2}


def test_blocks_in_several_threads_wait_for_each_other():
    before = blas_threads()
    barrier = threading.Barrier(4)

    def work(_):
        barrier.wait()
        seen = set()
        for _ in range(20):
            with one_thread():
                seen.update(blas_threads())
        return seen

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [{1}] * 4
    assert blas_threads() == before
