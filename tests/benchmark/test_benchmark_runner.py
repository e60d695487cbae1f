"""The harness: whatever a method does, a row comes out, once."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numba
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from shapiq_spex.benchmark import BenchmarkGame, Explanation, Limits, Method, read_rows, run
from shapiq_spex.benchmark.games.planted_functions import planted_game
from shapiq_spex.benchmark.measuring.meter import MeteredGame, fresh_peak_mb, peak_mb, time_limit
from shapiq_spex.benchmark.measuring.metrics import calibrated_faithfulness, faithfulness
from shapiq_spex.benchmark.measuring.process_limits import MemoryLimit
from shapiq_spex.benchmark.methods.method import explain_by_constant
from shapiq_spex.fourier.spectrum import Spectrum

WEIGHTS = np.array([3.0, -2.0, 1.0, 0.5, 0.0, 0.25])


def value(coalitions):
    coalitions = np.atleast_2d(coalitions)
    return coalitions @ WEIGHTS + 2.0 * coalitions[:, 0] * coalitions[:, 1]


def spin(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


GAME = BenchmarkGame("tiny", 6, value, units=(1.0,), n_held_out=200)


def additive(game, n_players, budget, seed, target):
    """Ordinary least squares on uniform rows, twice asking for the empty coalition."""
    rows = np.random.default_rng(seed).integers(0, 2, (budget - 2, n_players)) == 1
    values = game(rows)
    game(np.zeros(n_players, dtype=bool))
    game(np.zeros((1, n_players), dtype=bool))
    design = np.column_stack([np.ones(len(rows)), rows])
    weights = np.linalg.lstsq(design, values, rcond=None)[0]
    indices = {(i,): float(w) for i, w in enumerate(weights[1:])}
    return Explanation(lambda s: weights[0] + s @ weights[1:], lambda _: indices)


def refusing(game, n_players, budget, seed, target):
    game(np.zeros((3, n_players), dtype=bool))
    raise ValueError("a budget of\n this size is refused")


def lacking(game, n_players, budget, seed, target):
    raise ModuleNotFoundError("No module named 'somebody_elses'")


def crashing(game, n_players, budget, seed, target):
    os._exit(3)


def killed(game, n_players, budget, seed, target):
    os.kill(os.getpid(), signal.SIGKILL)


def leaving(game, n_players, budget, seed, target):
    os._exit(0)


def endless(game, n_players, budget, seed, target):
    while True:
        sum(range(1000))


def printing(game, n_players, budget, seed, target):
    os.write(1, b"noise of a C library")
    return explain_by_constant(game, n_players, budget, seed, target)


def test_rows_hold_what_was_measured(tmp_path):
    (row, index_row) = run(
        tmp_path / "r.csv", [GAME], [Method("additive", additive, ("SV",), True)], seeds=[5]
    )

    clock = MeteredGame(GAME)
    explanation = additive(clock, 6, GAME.budget(1.0), 5, "faithfulness")
    unseen = clock.unseen()
    assert 0 < unseen.sum() < len(unseen)
    predicted, values = explanation.predict(GAME.held_out[unseen]), GAME.held_out_values[unseen]
    assert row.status == "ok"
    assert row.r2 == faithfulness(values, predicted)
    assert row.r2_calibrated == calibrated_faithfulness(values, predicted)
    assert row.rows_asked == row.budget == round(6 * np.log2(6))
    assert (index_row.target, index_row.r2) == ("SV", row.r2)
    exact = WEIGHTS + np.array([1.0, 1.0, 0, 0, 0, 0])  # the pair shares its 2 equally
    estimate = np.array(list(explanation.index_values("SV").values()))
    assert np.isclose(index_row.index_error, ((estimate - exact) ** 2).sum() / (exact**2).sum())
    assert "python 3" in row.environment
    assert "numpy" in row.environment
    assert row.cpu_seconds >= 0.0


def test_what_was_asked_is_not_held_out():
    held_out = replace(GAME, name="one of four", n_players=2, value=lambda s: s[:, 0] * 1.0)
    clock = MeteredGame(held_out)
    assert clock.unseen().all()
    clock(np.array([[True, False], [True, True]]))
    clock(np.array([False, False]))
    assert np.array_equal(clock.unseen(), ~held_out.held_out[:, 0] & held_out.held_out[:, 1])
    clock(np.array([[False, True]]))
    assert clock.unseen().all()  # nothing is left: the function is known


def test_finished_cells_are_not_run_again(tmp_path):
    path = tmp_path / "r.csv"
    marker = tmp_path / "calls"

    def counted(game, *arguments):
        with marker.open("a") as file:
            file.write("x")
        return explain_by_constant(game, *arguments)

    method = Method("counted", counted)
    first = run(path, [GAME], [method], seeds=[0, 1])
    assert repr(run(path, [GAME], [method], seeds=[0, 1])) == repr(first)
    assert marker.read_text() == "xx"
    assert len(run(path, [GAME], [method], seeds=[0, 1, 2])) == 3
    assert marker.read_text() == "xxx"


def test_rows_of_a_status_can_be_run_again(tmp_path):
    path = tmp_path / "r.csv"
    broken, mended = Method("m", refusing), Method("m", explain_by_constant)
    (row,) = run(path, [GAME], [broken], seeds=[0])
    assert row.status == "refused"
    (row,) = run(path, [GAME], [mended], seeds=[0])
    assert row.status == "refused"
    (row,) = run(path, [GAME], [mended], seeds=[0], retry=["refused"])
    assert row.status == "ok"


def test_a_line_cut_short_is_run_again(tmp_path):
    path = tmp_path / "r.csv"
    method = Method("constant", explain_by_constant)
    rows = run(path, [GAME], [method], seeds=[0, 1])
    text = path.read_text()
    path.write_text(text[: text.rindex("constant") + 12])
    assert [row.seed for row in read_rows(path)] == [0]

    again = run(path, [GAME], [method], seeds=[0, 1])

    def without_times(row):
        return repr(replace(row, cpu_seconds=0.0, game_seconds=0.0, peak_mb=0.0))

    assert list(map(without_times, again)) == list(map(without_times, rows))


@pytest.mark.parametrize("jobs", [1, 3])
def test_misfortunes_become_rows(tmp_path, jobs):
    methods = [
        Method("refusing", refusing),
        Method("lacking", lacking),
        Method("crashing", crashing),
        Method("killed", killed),
        Method("leaving", leaving),
        Method("endless", endless),
        Method("constant", explain_by_constant),
    ]
    limits = Limits(cell=0.3)
    rows = run(tmp_path / "r.csv", [GAME], methods, seeds=[0], limits=limits, jobs=jobs)

    by_method = {row.method: row for row in rows}
    assert by_method["refusing"].status == "refused"
    assert by_method["refusing"].message == "ValueError: a budget of this size is refused"
    assert by_method["refusing"].rows_asked == 3
    assert by_method["lacking"].status == "not run"
    assert by_method["lacking"].message.endswith("missing: No module named 'somebody_elses'")
    assert by_method["crashing"].status == "crashed"
    assert "3" in by_method["crashing"].message
    assert by_method["killed"].status == "crashed"
    assert "SIGKILL; it was to take 6 GB at most" in by_method["killed"].message
    assert by_method["leaving"].status == "crashed"
    assert by_method["endless"].status == "timed out"
    assert by_method["endless"].message.startswith("after 0.3 CPU-s")
    assert by_method["constant"].status == "ok"


def blaming(game, n_players, budget, seed, target):
    try:
        endless(game, n_players, budget, seed, target)
    except BaseException as error:  # what compiled code does to exceptions of signal handlers
        raise SystemError("returned a result with an exception set") from error


def test_an_error_of_a_cell_whose_time_is_up_is_no_refusal(tmp_path):
    method = Method("blaming", blaming)
    (row,) = run(tmp_path / "r.csv", [GAME], [method], seeds=[0], limits=Limits(cell=0.3))
    assert (row.status, row.message) == ("timed out", "after 0.3 CPU-s")


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_run_ends_its_processes_and_finds_no_crashes(tmp_path, jobs):
    script = """
import signal, sys, time
from shapiq_spex.benchmark import BenchmarkGame, Method, run
from shapiq_spex.benchmark.measuring import workers
jobs = int(sys.argv[2])
signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start jobs that ignore it
def endless(game, n_players, budget, seed, target):
    open(sys.argv[1] + f"/{seed}", "w").close()
    while True:
        pass
work = workers._work
def slow_to_start(cells, *arguments):
    time.sleep(2.0 * (cells[0].seed < jobs - 1))  # is interrupted before it has done anything
    work(cells, *arguments)
workers._work = slow_to_start
game = BenchmarkGame("tiny", 6, lambda rows: rows.sum(axis=1) * 1.0, units=(1.0,))
run(sys.argv[1] + "/r.csv", [game], [Method("m", endless)], jobs=jobs)
"""
    command = [sys.executable, "-c", script, str(tmp_path), str(jobs)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    try:
        while not (tmp_path / f"{jobs - 1}").exists():
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        assert b"KeyboardInterrupt" in process.communicate(timeout=60)[1]
    finally:
        with pytest.raises(ProcessLookupError):  # nothing is left to be killed
            os.killpg(process.pid, signal.SIGKILL)
    assert read_rows(tmp_path / "r.csv") == []


def test_cells_that_share_a_process_survive_a_crash(tmp_path):
    def crashing_once(game, n_players, budget, seed, target):
        if seed == 1:
            os._exit(1)
        return explain_by_constant(game, n_players, budget, seed, target)

    method = Method("apart", crashing_once, warm_up="apart")
    rows = run(tmp_path / "r.csv", [GAME], [method], seeds=[0, 1, 2])
    assert [row.status for row in rows] == ["ok", "crashed", "ok"]


def test_cells_out_of_time_are_not_repeated_and_hopeless_ones_not_started(tmp_path):
    def slow(game, n_players, budget, seed, target):
        spin(0.01 * budget)
        return explain_by_constant(game, n_players, budget, seed, target)

    def rows_of(units, cell_limit):
        methods, limits = [Method("slow", slow)], Limits(cell=cell_limit)
        path = tmp_path / f"{cell_limit}.csv"
        rows = run(path, [replace(GAME, units=units)], methods, seeds=[0, 1], limits=limits)
        return {(row.units, row.seed): row for row in rows}

    found = rows_of((16.0,), 0.3)
    assert found[16.0, 0].status == "timed out"
    assert found[16.0, 1].message == "not tried: out of time with seed 0"
    found = rows_of((1.0, 16.0), 0.5)
    assert found[1.0, 1].status == "ok"
    assert found[16.0, 0].message.startswith("not tried: 16 rows took")


def test_a_method_that_loses_the_first_alarm_is_stopped_by_the_next(tmp_path):
    def deaf(game, n_players, budget, seed, target):
        with contextlib.suppress(BaseException):  # as ctypes does in callbacks
            while True:
                pass
        while True:
            pass

    (row,) = run(tmp_path / "r.csv", [GAME], [Method("deaf", deaf)], seeds=[0], limits=Limits(0.2))
    assert row.status == "timed out"


def test_the_system_ends_who_is_never_interrupted(tmp_path):
    def uninterrupted(game, n_players, budget, seed, target):
        signal.signal(signal.SIGPROF, signal.SIG_IGN)  # as compiled code that does not return
        while True:
            game(np.ones((1, n_players), dtype=bool))

    limits = Limits(cell=0.2)
    (row,) = run(tmp_path / "r.csv", [GAME], [Method("m", uninterrupted)], seeds=[0], limits=limits)
    assert (row.status, row.message) == ("timed out", "after 0.2 CPU-s; its process was ended")


def test_a_long_call_of_the_game_does_not_end_a_cell(tmp_path):
    def slow_value(coalitions):
        spin(3.0 * (len(coalitions) == 2))  # longer than the process may live without the game
        return value(coalitions)

    def patient(game, n_players, budget, seed, target):
        game(np.ones((2, n_players), dtype=bool))
        spin(0.1)
        return explain_by_constant(game, n_players, budget, seed, target)

    game = replace(GAME, value=slow_value, noiseless=value)
    limits = Limits(cell=0.4)
    (row,) = run(tmp_path / "r.csv", [game], [Method("m", patient)], seeds=[0], limits=limits)
    assert row.status == "ok"
    assert row.game_seconds >= 3.0
    assert 0.1 <= row.cpu_seconds < 0.4


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cell_that_overruns_leaves_no_limit_behind(tmp_path, jobs):
    def overrunning(game, n_players, budget, seed, target):
        is_cell = isinstance(game, MeteredGame)
        spin({(True, 6): 0.5, (False, 7): 3.0}.get((is_cell, n_players), 0.0))
        return explain_by_constant(game, n_players, budget, seed, target)

    games = [GAME, replace(GAME, name="next", n_players=7, value=lambda rows: rows.sum(axis=1))]
    method, limits = Method("m", overrunning, warm_up="apart"), Limits(cell=0.3)
    rows = run(tmp_path / "r.csv", games, [method], seeds=[0], limits=limits, jobs=jobs)
    assert {row.game: row.status for row in rows} == {"tiny": "timed out", "next": "ok"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_alarm_of_the_games_time_does_not_ring_while_the_cell_is_judged(tmp_path, jobs):
    def slow_value(coalitions):
        spin(1.0 * (len(coalitions) == 2))
        return value(coalitions)

    def judged_slowly(game, n_players, budget, seed, target):
        game(np.ones((2, n_players), dtype=bool))
        spin(0.1)

        def predict(coalitions):
            spin(1.0)
            return value(coalitions)

        return Explanation(predict)

    game = replace(GAME, value=slow_value, noiseless=value)
    method, limits = Method("m", judged_slowly), Limits(cell=0.5)
    (row,) = run(tmp_path / "r.csv", [game], [method], seeds=[0], limits=limits, jobs=jobs)
    assert (row.status, row.r2) == ("ok", 1.0)


def test_limits_of_the_user_are_kept(tmp_path):
    import resource

    def limits_now():
        return resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0]

    def looking(game, n_players, budget, seed, target):
        resource.setrlimit(resource.RLIMIT_CPU, (50, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        resource.setrlimit(resource.RLIMIT_AS, (2**40, resource.getrlimit(resource.RLIMIT_AS)[1]))
        with time_limit(100.0, clock := MeteredGame(GAME)):
            seen = [limits_now()[0]]
            clock(np.ones((1, n_players), dtype=bool))
            seen.append(limits_now()[0])
        with time_limit(1.0, clock):
            seen.append(limits_now()[0] < 10)
        MemoryLimit().allow(2**20)
        if (seen, limits_now()) != ([50, 50, True], (50, 2**40)):
            raise RuntimeError(f"{seen}, then {limits_now()}")
        return explain_by_constant(game, n_players, budget, seed, target)

    (row,) = run(tmp_path / "r.csv", [GAME], [Method("m", looking)], seeds=[0])
    assert (row.status, row.message) == ("ok", "")


def test_a_game_without_its_package_is_left_out_with_a_warning(tmp_path):
    def lacking():
        raise ImportError("pip install 'shapiq_spex[text]'")

    method = Method("constant", explain_by_constant)
    with pytest.warns(UserWarning, match=r"left out: pip install 'shapiq_spex\[text\]'"):
        rows = run(tmp_path / "r.csv", [lacking, GAME], [method], seeds=[0])
    assert {row.game for row in rows} == {GAME.name}


def test_a_method_for_few_players_says_that_it_was_not_tried_with_more(tmp_path):
    method = Method("pairs", explain_by_constant, max_players=5)
    (row,) = run(tmp_path / "r.csv", [GAME], [method], seeds=[0])
    assert (row.status, row.rows_asked) == ("not run", 0)
    assert row.message == "not tried with more than 5 players: too costly"
    assert run(tmp_path / "s.csv", [GAME], [replace(method, max_players=6)])[0].status == "ok"


@pytest.mark.skipif(sys.platform != "linux", reason="nobody else can reset the peak")
def test_memory_that_an_earlier_cell_freed_counts_again():
    def blocks():
        return [b"x" * size for size in range(60_000, 61_000)]

    last = blocks()[-1]  # keeps the allocator from giving the others back by itself
    start = fresh_peak_mb()
    again = blocks()
    assert peak_mb() - start > 50
    assert last == again[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="nobody else limits the address space")
@pytest.mark.parametrize(("limit", "status"), [(0.1, "refused"), (0.3, "ok")])
def test_memory_is_limited_whatever_the_process_had_before(tmp_path, limit, status):
    born_with = np.ones(2**26)  # half a gigabyte
    left = []

    def taking(game, n_players, budget, seed, target):
        left.append(np.ones(2**24 + 2**23))  # 0.19 GB
        return explain_by_constant(game, n_players, budget, seed, target)

    method = Method("m", taking, warm_up="apart")  # its cells share a process
    rows = run(
        tmp_path / "r.csv",
        [replace(GAME, units=(1.0, 2.0, 3.0))],
        [method],
        seeds=[0],
        limits=Limits(memory_gb=limit),
    )
    assert [row.status for row in rows] == 3 * [status]
    assert all(("MemoryError" in row.message) == (status == "refused") for row in rows)
    assert born_with.all()


def test_game_time_is_not_the_methods(tmp_path):
    def slow_value(coalitions):
        spin(0.2)
        return value(coalitions)

    game = replace(GAME, value=slow_value, noiseless=value)
    (row,) = run(tmp_path / "r.csv", [game], [Method("constant", explain_by_constant)], seeds=[0])
    assert row.game_seconds > 0.2
    assert row.cpu_seconds < row.game_seconds


@pytest.mark.skipif(sys.platform != "linux", reason="nobody else binds a process to a core")
@pytest.mark.parametrize("warm_up", ["here", "apart"])
def test_a_cell_has_one_thread_on_its_one_core(tmp_path, warm_up):
    def counting(game, n_players, budget, seed, target):
        pools = [pool["num_threads"] for pool in threadpool_info()]
        counts = [numba.get_num_threads(), len(os.sched_getaffinity(0)), *pools]
        if set(counts) != {1}:
            raise RuntimeError(f"threads and cores: {counts}")
        return explain_by_constant(game, n_players, budget, seed, target)

    method = Method("counting", counting, warm_up=warm_up)
    (row,) = run(tmp_path / "r.csv", [GAME], [method], seeds=[0])
    assert (row.status, row.message) == ("ok", "")


def test_methods_print_nothing(tmp_path, capfd):
    run(tmp_path / "r.csv", [GAME], [Method("printing", printing)], seeds=[0])
    assert capfd.readouterr() == ("", "")


def test_the_support_of_a_planted_game_is_scored(tmp_path):
    game = replace(planted_game("flat", 8, 4, noise=0.0, seed=3), units=(1.0,))

    def oracle(ask, n_players, budget, seed, target):
        terms = [term for term in game.spectrum.terms() if term]
        return Explanation(
            game.spectrum.evaluate, None, Spectrum.from_terms(8, terms[1:], np.ones(3))
        )

    (row,) = run(tmp_path / "r.csv", [game], [Method("oracle", oracle)], seeds=[0])
    assert row.r2 == 1.0
    assert row.n_terms == 3
    assert np.isclose(row.support_f1, 2 * 3 / 7)


def test_two_jobs_give_the_rows_of_one(tmp_path):
    methods = [Method("constant", explain_by_constant), Method("additive", additive)]
    one = run(tmp_path / "1.csv", [GAME], methods)
    two = run(tmp_path / "2.csv", [GAME], methods, jobs=2)
    assert {row.key: row.r2 for row in one} == {row.key: row.r2 for row in two}


def test_foreign_files_are_refused(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not a results file"):
        run(path, [GAME], [Method("constant", explain_by_constant)])
    assert path.read_text() == "a,b\n1,2\n"
