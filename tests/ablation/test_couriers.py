from __future__ import annotations

import asyncio
import os
import pickle
import threading
import time

import joblib
import numpy as np
import pytest

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answer_store import AnswerStore
from shapiq_spex.ablation.coalition_seeds import coalition_seed
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.transport import _picklable_error
from tests.ablation.games import Recorder, random_coalitions

COALITIONS = random_coalitions(60, 24)
EXPECTED = ask(Recorder(24), COALITIONS, Ablation(batch_size=4)).values


class Gauge:
    """Measures how many calls are under way at once."""

    def __init__(self) -> None:
        self.now = self.most = self.entered = 0
        self.lock = threading.Lock()

    def __enter__(self):
        with self.lock:
            self.now += 1
            self.entered += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_):
        with self.lock:
            self.now -= 1


def async_game(gauge=None, seconds=0.002):
    game = Recorder(24)

    async def call(kept):
        with gauge or Gauge():
            await asyncio.sleep(seconds)
            return game(kept)

    return call


def test_never_parallel_unless_asked():
    gauge = Gauge()
    threads = set()

    def game(kept):
        threads.add(threading.get_ident())
        with gauge:
            return kept.sum(axis=1)

    ask(game, COALITIONS, Ablation(batch_size=2))
    assert threads == {threading.get_ident()}
    ask(async_game(gauge), COALITIONS, Ablation())
    assert gauge.most == 1


@pytest.mark.parametrize(
    ("backend", "workers"),
    [("threading", 1), ("threading", 7), ("sequential", 1), ("multiprocessing", 2)],
)
def test_joblib_decides_and_the_results_are_identical(backend, workers):
    with joblib.parallel_config(backend, n_jobs=workers):
        answers = ask(Recorder(24), COALITIONS, Ablation(batch_size=4))
    assert answers.values.tobytes() == EXPECTED.tobytes()
    assert answers.asked == len(COALITIONS)


def test_the_workers_of_joblib_really_share_the_work():
    gauge = Gauge()

    def game(kept):
        with gauge:
            time.sleep(0.01)
            return kept.sum(axis=1)

    with joblib.parallel_config("threading", n_jobs=6):
        ask(game, COALITIONS, Ablation(batch_size=1))
        assert gauge.most > 2
        gauge.most = 0
        ask(game, COALITIONS, Ablation(batch_size=10, n_jobs=1))
        assert gauge.most == 1


def _killed_once(marker):
    """A game that kills the process it runs in, the first time."""

    def game(kept):
        try:
            marker.touch(exist_ok=False)
        except FileExistsError:
            return kept @ np.arange(24.0)
        os.kill(os.getpid(), 9)
        return None

    return game


@pytest.mark.slow
def test_processes_give_identical_results_and_a_killed_worker_costs_nothing(tmp_path):
    with joblib.parallel_config("loky", n_jobs=2):
        answers = ask(Recorder(24), COALITIONS, Ablation(batch_size=4))
        assert answers.values.tobytes() == EXPECTED.tobytes()
        answers = ask(_killed_once(tmp_path / "killed"), COALITIONS, Ablation(batch_size=4))
        assert (tmp_path / "killed").exists()
        np.testing.assert_array_equal(answers.values, COALITIONS.dense() @ np.arange(24.0))
        with pytest.raises(ValueError, match="cannot be kept by several processes"):
            ask(Recorder(24), COALITIONS, Ablation(requests_per_minute=60))
        lock = threading.Lock()
        with pytest.raises(pickle.PicklingError) as caught:
            ask(lambda kept: lock, COALITIONS, Ablation(batch_size=4))
        assert "cannot be sent to other processes" in caught.value.__notes__[0]


def test_a_game_that_no_process_can_receive_is_refused_by_a_sentence():
    lock = threading.Lock()
    with joblib.parallel_config("multiprocessing", n_jobs=2), pytest.raises(Exception) as caught:  # noqa: PT011
        ask(lambda kept: lock, COALITIONS, Ablation(batch_size=4))
    assert "cannot be sent to other processes" in caught.value.__notes__[0]


def test_errors_cross_process_boundaries():
    class Unpicklable(Exception):
        def __init__(self, code, place):
            super().__init__(f"{code} at {place}")

    carried = _picklable_error(Unpicklable(3, "home"))
    assert str(pickle.loads(pickle.dumps(carried))) == "Unpicklable: 3 at home"
    try:
        {}["lost"]
    except KeyError as error:
        carried = _picklable_error(error)
    assert isinstance(carried, KeyError)
    assert "test_couriers.py" in carried.__notes__[0]


def test_an_error_waits_for_the_batches_under_way_and_keeps_their_answers(tmp_path):
    first = COALITIONS.dense()[0]

    def game(kept):
        if (kept == first).all(axis=1).any():
            raise ConnectionError("gone")
        time.sleep(0.05)
        return kept.sum(axis=1)

    policy = Ablation(store=tmp_path / "a.sqlite", fingerprint="x", concurrency=4)
    with pytest.raises(ConnectionError, match="gone"):
        ask(game, COALITIONS, policy)
    with AnswerStore(policy.store) as store:
        saved = len(store.answers()[0])
    assert 3 <= saved < len(COALITIONS) - 1


@pytest.mark.parametrize("concurrency", [1, 5])
def test_async_games_give_identical_results_within_the_limit(concurrency):
    gauge = Gauge()
    policy = Ablation(batch_size=4, concurrency=concurrency)
    answers = ask(async_game(gauge), COALITIONS, policy)
    assert answers.values.tobytes() == EXPECTED.tobytes()
    assert gauge.most == concurrency


def test_async_games_work_where_a_loop_is_running():
    async def notebook():
        return ask(async_game(), COALITIONS, Ablation(batch_size=4, concurrency=3))

    assert asyncio.run(notebook()).values.tobytes() == EXPECTED.tobytes()


def test_objects_and_shapiq_games_may_be_async():
    from shapiq.game import Game

    class Callable:
        async def __call__(self, kept):
            return kept.sum(axis=1)

    class Normalised(Game):
        def __init__(self):
            super().__init__(n_players=24, normalize=True, normalization_value=0.5)

        async def value_function(self, coalitions):
            return coalitions.sum(axis=1)

    sizes = COALITIONS.sizes()
    assert ask(Callable(), COALITIONS, Ablation()).values.tolist() == sizes.tolist()
    assert ask(Normalised(), COALITIONS, Ablation()).values.tolist() == (sizes - 0.5).tolist()


def test_faults_of_async_games_are_treated_like_any_other():
    failed = []

    async def game(kept):
        if len(failed) < 3:
            failed.append(1)
            raise OSError("net")
        if len(failed) < 5:
            failed.append(1)
            await asyncio.sleep(5)
        return kept.sum(axis=1)

    policy = Ablation(retries=6, backoff=1e-6, timeout=0.05, concurrency=3)
    answers = ask(game, COALITIONS, policy)
    assert answers.values.tolist() == COALITIONS.sizes().tolist()
    assert answers.retries == 5

    async def broken(kept):
        raise LookupError("not here")

    with pytest.raises(LookupError, match="not here"):
        ask(broken, COALITIONS, Ablation(concurrency=3))


def test_an_interrupted_async_run_keeps_all_it_has_asked(tmp_path, monkeypatch):
    policy = Ablation(store=tmp_path / "a.sqlite", fingerprint="x", concurrency=3)
    added = []
    add = AnswerStore.add

    def interrupted_add(self, coalitions, values):
        add(self, coalitions, values)
        added.append(1)
        if len(added) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(AnswerStore, "add", interrupted_add)
    gauge = Gauge()
    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        ask(async_game(gauge, seconds=0.02), COALITIONS, policy)
    assert threading.active_count() == threads
    with AnswerStore(policy.store) as store:
        assert len(store.answers()[0]) == gauge.entered < len(COALITIONS)  # the rest is not begun


@pytest.mark.parametrize("kind", ["in turn", "threads", "async"])
def test_the_rate_of_requests_is_limited(kind):
    starts = []

    def game(kept):
        starts.append(time.monotonic())
        return kept.sum(axis=1)

    async def game_async(kept):
        return game(kept)

    policy = Ablation(requests_per_minute=6000, concurrency=None if kind == "in turn" else 8)
    ask(game_async if kind == "async" else game, COALITIONS[:21], policy)
    assert len(starts) == 21
    assert max(starts) - min(starts) >= 20 * 0.01 - 0.005


def test_seeds_belong_to_coalitions_so_random_games_are_the_same_everywhere():
    def noisy(kept):
        return np.array([np.random.default_rng(coalition_seed(row, 3)).normal() for row in kept])

    one = ask(noisy, COALITIONS, Ablation(batch_size=60)).values
    other = ask(noisy, COALITIONS, Ablation(batch_size=7, concurrency=5)).values
    assert one.tobytes() == other.tobytes()
    assert len(set(one.tolist())) == len(COALITIONS)
    row = COALITIONS.dense()[0]
    assert coalition_seed(row, 1) != coalition_seed(row, 2)
    assert coalition_seed(row[:-1]) != coalition_seed(row)
    assert coalition_seed([True, False]) == 1317223455211431073
    with pytest.raises(ValueError, match="must be a vector"):
        coalition_seed(COALITIONS.dense())
