"""The harness: whatever a method does, a row comes out, once."""

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
from shapiq_spex.benchmark.measuring.meter import MeteredGame
from shapiq_spex.benchmark.measuring.metrics import calibrated_faithfulness, faithfulness
from shapiq_spex.benchmark.methods.method import Request
from shapiq_spex.benchmark.methods.plain_regressions import explain_by_constant
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


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.csv"


def additive(request):
    """Ordinary least squares on uniform rows, which evaluates the empty coalition twice."""
    n_players = request.n_players
    shape = (request.budget - 2, n_players)
    rows = np.random.default_rng(request.seed).integers(0, 2, shape) == 1
    values = request.game(rows)
    request.game(np.zeros(n_players, dtype=bool))
    request.game(np.zeros((1, n_players), dtype=bool))
    design = np.column_stack([np.ones(len(rows)), rows])
    weights = np.linalg.lstsq(design, values, rcond=None)[0]
    indices = {(i,): float(w) for i, w in enumerate(weights[1:])}
    return Explanation(lambda s: weights[0] + s @ weights[1:], lambda _: indices)


def refusing(request):
    request.game(np.zeros((3, request.n_players), dtype=bool))
    raise ValueError("a budget of\n this size is refused")


def lacking(request):
    raise ModuleNotFoundError("No module named 'somebody_elses'")


def crashing(request):
    os._exit(3)


def killed(request):
    os.kill(os.getpid(), signal.SIGKILL)


def leaving(request):
    os._exit(0)


def endless(request):
    while True:
        sum(range(1000))


def printing(request):
    os.write(1, b"noise of a C library")
    return explain_by_constant(request)


def test_rows_hold_what_was_measured(path):
    row, index_row = run(path, [GAME], [Method("additive", additive, ("SV",), "all")], seeds=[5])

    clock = MeteredGame(GAME)
    explanation = additive(Request(clock, 6, GAME.budget(1.0), 5))
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


def test_budgets_may_be_rows_per_player(path):
    method = Method("additive", additive)
    rows = run(path, [GAME], [method], seeds=[0], per_player=[2.0, 3.0])
    assert sorted({row.budget for row in rows}) == [12, 18]
    rows = run(path, [GAME], [method], seeds=[0], units=[1.5], per_player=[2.0])
    assert sorted({row.budget for row in rows}) == [12, 18, 23]


def test_finished_cells_are_not_run_again(path, tmp_path):
    marker = tmp_path / "calls"

    def counted(request):
        with marker.open("a") as file:
            file.write("x")
        return explain_by_constant(request)

    method = Method("counted", counted)
    first = run(path, [GAME], [method], seeds=[0, 1])
    assert repr(run(path, [GAME], [method], seeds=[0, 1])) == repr(first)
    assert marker.read_text() == "xx"
    assert len(run(path, [GAME], [method], seeds=[0, 1, 2])) == 3
    assert marker.read_text() == "xxx"


def test_rows_of_a_status_can_be_run_again(path):
    broken, mended = Method("m", refusing), Method("m", explain_by_constant)
    (row,) = run(path, [GAME], [broken], seeds=[0])
    assert row.status == "refused"
    (row,) = run(path, [GAME], [mended], seeds=[0])
    assert row.status == "refused"
    (row,) = run(path, [GAME], [mended], seeds=[0], retry=["refused"])
    assert row.status == "ok"


def test_a_line_cut_short_is_run_again(path):
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
def test_every_ending_of_a_cell_becomes_a_row(path, jobs):
    methods = [
        Method(method.__name__, method)
        for method in (refusing, lacking, crashing, killed, leaving, endless, explain_by_constant)
    ]
    rows = run(path, [GAME], methods, seeds=[0], limits=Limits(cell=0.3), jobs=jobs)

    by_method = {row.method: row for row in rows}
    assert {name: row.status for name, row in by_method.items()} == {
        "refusing": "refused",
        "lacking": "not run",
        "crashing": "crashed",
        "killed": "crashed",
        "leaving": "crashed",
        "endless": "timed out",
        "explain_by_constant": "ok",
    }
    assert by_method["refusing"].message == "ValueError: a budget of this size is refused"
    assert by_method["refusing"].rows_asked == 3
    assert by_method["lacking"].message.endswith("missing: No module named 'somebody_elses'")
    assert "3" in by_method["crashing"].message
    assert "SIGKILL; its memory was limited to 6 GB" in by_method["killed"].message
    assert by_method["endless"].message == "after 0.3 CPU-s"


def test_an_answer_after_the_time_is_up_does_not_count(path):
    def slow(request):
        spin(0.4)
        return explain_by_constant(request)

    (row,) = run(path, [GAME], [Method("slow", slow)], seeds=[0], limits=Limits(cell=0.3))
    assert (row.status, row.message) == ("timed out", "after 0.3 CPU-s")


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_run_ends_its_processes_and_finds_no_crashes(path, tmp_path, jobs):
    script = """
import signal, sys, time
from shapiq_spex.benchmark import BenchmarkGame, Method, run
from shapiq_spex.benchmark.measuring import workers
jobs = int(sys.argv[2])
signal.signal(signal.SIGINT, signal.default_int_handler)  # shells start jobs that ignore it
def endless(request):
    open(sys.argv[1] + f"/{request.seed}", "w").close()
    while True:
        pass
work = workers._work
def slow_to_start(cells, *arguments):
    time.sleep(2.0 * (cells[0].seed < jobs - 1))  # is interrupted before it has done anything
    work(cells, *arguments)
workers._work = slow_to_start
game = BenchmarkGame("tiny", 6, lambda rows: rows.sum(axis=1) * 1.0, units=(1.0,))
run(sys.argv[1] + "/results.csv", [game], [Method("m", endless)], jobs=jobs)
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
    assert read_rows(path) == []


def test_cells_that_share_a_process_survive_a_crash(path):
    def crashing_once(request):
        if request.seed == 1:
            os._exit(1)
        return explain_by_constant(request)

    method = Method("apart", crashing_once, warm_up="apart")
    rows = run(path, [GAME], [method], seeds=[0, 1, 2])
    assert [row.status for row in rows] == ["ok", "crashed", "ok"]


def test_cells_out_of_time_are_not_repeated_and_larger_ones_not_started(tmp_path):
    def slow(request):
        spin(0.01 * request.budget)
        return explain_by_constant(request)

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


def test_a_long_call_of_the_game_does_not_end_a_cell(path):
    def slow_value(coalitions):
        spin(3.0 * (len(coalitions) == 2))  # longer than the process may live without the game
        return value(coalitions)

    def patient(request):
        request.game(np.ones((2, request.n_players), dtype=bool))
        spin(0.1)
        return explain_by_constant(request)

    game = replace(GAME, value=slow_value, noiseless=value)
    (row,) = run(path, [game], [Method("m", patient)], seeds=[0], limits=Limits(cell=0.4))
    assert row.status == "ok"
    assert row.game_seconds >= 3.0
    assert 0.1 <= row.cpu_seconds < 0.4


def test_neither_judging_nor_the_next_cell_is_limited_by_the_time_of_a_cell(path):
    def judged_slowly(request):
        if request.game.__class__ is not MeteredGame:  # the call that warms up
            spin(2.0 * (request.n_players == 7))
        spin(0.2)

        def predict(coalitions):
            spin(2.0)
            return value(coalitions[:, :6])

        return Explanation(predict)

    games = [GAME, replace(GAME, name="next", n_players=7, value=lambda rows: value(rows[:, :6]))]
    method = Method("m", judged_slowly, warm_up="apart")  # its cells share a process
    rows = run(path, games, [method], seeds=[0], limits=Limits(cell=0.5))
    assert [(row.status, row.r2) for row in rows] == 2 * [("ok", 1.0)]


def test_a_game_without_its_package_is_left_out_with_a_warning(path):
    def unavailable():
        raise ImportError("pip install 'shapiq_spex[text]'")

    method = Method("constant", explain_by_constant)
    with pytest.warns(UserWarning, match=r"left out: pip install 'shapiq_spex\[text\]'"):
        rows = run(path, [unavailable, GAME], [method], seeds=[0])
    assert {row.game for row in rows} == {GAME.name}


def test_a_method_for_few_players_says_that_it_was_not_tried_with_more(tmp_path):
    method = Method("pairs", explain_by_constant, max_players=5)
    (row,) = run(tmp_path / "r.csv", [GAME], [method], seeds=[0])
    assert (row.status, row.rows_asked) == ("not run", 0)
    assert row.message == "not tried with more than 5 players: too costly"
    assert run(tmp_path / "s.csv", [GAME], [replace(method, max_players=6)])[0].status == "ok"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
@pytest.mark.parametrize(("limit", "status"), [(0.1, "refused"), (0.3, "ok")])
def test_memory_is_limited_whatever_the_process_had_before(path, limit, status):
    born_with = np.ones(2**26)  # half a gigabyte
    left = []

    def taking(request):
        left.append(np.ones(2**24 + 2**23))  # 0.19 GB
        return explain_by_constant(request)

    rows = run(
        path,
        [replace(GAME, units=(1.0, 2.0, 3.0))],
        [Method("m", taking, warm_up="apart")],  # its cells share a process
        seeds=[0],
        limits=Limits(memory_gb=limit),
    )
    assert [row.status for row in rows] == 3 * [status]
    assert all(("MemoryError" in row.message) == (status == "refused") for row in rows)
    assert born_with.all()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a process to a core")
@pytest.mark.parametrize("warm_up", ["here", "apart"])
def test_a_cell_has_one_thread_on_its_one_core(path, warm_up):
    def counting(request):
        pools = [pool["num_threads"] for pool in threadpool_info()]
        counts = [numba.get_num_threads(), len(os.sched_getaffinity(0)), *pools]
        if set(counts) != {1}:
            raise RuntimeError(f"threads and cores: {counts}")
        return explain_by_constant(request)

    (row,) = run(path, [GAME], [Method("counting", counting, warm_up=warm_up)], seeds=[0])
    assert (row.status, row.message) == ("ok", "")


def test_methods_print_nothing(path, capfd):
    run(path, [GAME], [Method("printing", printing)], seeds=[0])
    assert capfd.readouterr() == ("", "")


def test_the_support_of_a_planted_game_is_scored(path):
    game = replace(planted_game("flat", 8, 4, noise=0.0, seed=3), units=(1.0,))

    def oracle(request):
        terms = [term for term in game.spectrum.terms() if term]
        return Explanation(
            game.spectrum.evaluate, None, Spectrum.from_terms(8, terms[1:], np.ones(3))
        )

    (row,) = run(path, [game], [Method("oracle", oracle)], seeds=[0])
    assert row.r2 == 1.0
    assert row.n_terms == 3
    assert np.isclose(row.support_f1, 2 * 3 / 7)


def test_two_jobs_give_the_rows_of_one(tmp_path):
    methods = [Method("constant", explain_by_constant), Method("additive", additive)]
    one = run(tmp_path / "1.csv", [GAME], methods)
    two = run(tmp_path / "2.csv", [GAME], methods, jobs=2)
    assert {row.key: row.r2 for row in one} == {row.key: row.r2 for row in two}


def test_foreign_files_are_refused(path):
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="should have the columns"):
        run(path, [GAME], [Method("constant", explain_by_constant)])
    assert path.read_text() == "a,b\n1,2\n"
