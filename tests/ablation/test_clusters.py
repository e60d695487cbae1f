"""Ablations on real clusters, one worker of which is killed on the way."""

from __future__ import annotations

import os
import signal
import threading
import time

import joblib
import pytest

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from tests.ablation.games import Recorder, random_coalitions

pytestmark = pytest.mark.slow

COALITIONS = random_coalitions(120, 24)


def expected():
    return ask(Recorder(24), COALITIONS, Ablation(batch_size=4)).values.tobytes()


def kill_when_busy(log, pid):
    """Kill -9 a worker once some batches have been asked."""

    def work():
        while not log.exists() or log.read_text("ascii").count("asked") < 20:
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=work, daemon=True)
    killer.start()
    return killer


def test_dask_with_two_processes_one_of_them_killed(tmp_path):
    distributed = pytest.importorskip("distributed")
    log = tmp_path / "log"
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path),
        ) as cluster,
        distributed.Client(cluster),
    ):
        victim = next(iter(cluster.workers.values())).pid
        killer = kill_when_busy(log, victim)
        game = Recorder(24, seconds=0.05, log=str(log))
        with joblib.parallel_config("dask"):
            answers = ask(game, COALITIONS, Ablation(batch_size=4))
        killer.join()
        assert game.calls == 0, "the game was asked here instead of on the cluster"
    assert answers.values.tobytes() == expected()
    assert answers.asked == len(COALITIONS)


def test_ray_with_one_worker_killed(tmp_path):
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    log = tmp_path / "log"
    pids = tmp_path / "pids"
    pids.mkdir()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        register_ray()
        game = Recorder(24, seconds=0.05, log=str(log))

        def on_ray(kept):
            (pids / str(os.getpid())).touch()
            return game(kept)

        def kill():
            while not log.exists() or log.read_text("ascii").count("asked") < 20:
                time.sleep(0.01)
            os.kill(int(next(pids.iterdir()).name), signal.SIGKILL)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        with joblib.parallel_config("ray", n_jobs=2):
            answers = ask(on_ray, COALITIONS, Ablation(batch_size=4))
        killer.join()
        assert game.calls == 0
    finally:
        ray.shutdown()
    assert answers.values.tobytes() == expected()
