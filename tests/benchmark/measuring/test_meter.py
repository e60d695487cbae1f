"""The meter counts coalitions, and limits and memory are measured in the process itself."""

import resource
import sys
from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex.benchmark import BenchmarkGame, Method, run
from shapiq_spex.benchmark.measuring.meter import MeteredGame, fresh_peak_mb, peak_mb, time_limit
from shapiq_spex.benchmark.measuring.process_limits import MemoryLimit
from shapiq_spex.benchmark.methods.plain_regressions import explain_by_constant

GAME = BenchmarkGame("tiny", 6, lambda rows: rows.sum(axis=1) * 1.0, units=(1.0,), n_held_out=200)


def test_what_was_asked_is_not_held_out():
    game = replace(GAME, name="one of four", n_players=2, value=lambda s: s[:, 0] * 1.0)
    clock = MeteredGame(game)
    assert clock.unseen().all()
    clock(np.array([[True, False], [True, True]]))
    clock(np.array([False, False]))
    assert np.array_equal(clock.unseen(), ~game.held_out[:, 0] & game.held_out[:, 1])
    clock(np.array([[False, True]]))
    assert clock.unseen().all()  # nothing is left: the function is known


def test_limits_of_the_user_are_kept(tmp_path):
    def limits_now():
        return resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0]

    def looking(request):
        resource.setrlimit(resource.RLIMIT_CPU, (50, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        resource.setrlimit(resource.RLIMIT_AS, (2**40, resource.getrlimit(resource.RLIMIT_AS)[1]))
        with time_limit(100.0, clock := MeteredGame(GAME)):
            seen = [limits_now()[0]]
            clock(np.ones((1, 6), dtype=bool))
            seen.append(limits_now()[0])
        with time_limit(1.0, clock):
            seen.append(limits_now()[0] < 10)
        MemoryLimit().allow(2**20)
        if (seen, limits_now()) != ([50, 50, True], (50, 2**40)):
            raise RuntimeError(f"{seen}, then {limits_now()}")
        return explain_by_constant(request)

    (row,) = run(tmp_path / "r.csv", [GAME], [Method("m", looking)], seeds=[0])
    assert (row.status, row.message) == ("ok", "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can reset the peak")
def test_memory_that_an_earlier_cell_freed_counts_again():
    def blocks():
        return [b"x" * size for size in range(60_000, 61_000)]

    last = blocks()[-1]  # keeps the allocator from giving the others back by itself
    start = fresh_peak_mb()
    again = blocks()
    assert peak_mb() - start > 50
    assert last == again[-1]
