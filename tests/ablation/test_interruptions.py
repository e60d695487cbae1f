"""Ctrl-C loses no answer that is paid for, however a game is asked."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import joblib
import pytest

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answer_store import AnswerStore
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.fourier.coalitions import Coalitions


@pytest.mark.parametrize("concurrency", [4, 8])
def test_an_interruption_in_a_worker_keeps_every_answer(tmp_path, concurrency):
    lock, calls = threading.Lock(), []

    def game(kept):
        with lock:
            calls.append(1)
            number = len(calls)
        time.sleep(0.002)
        if number == 30:
            raise KeyboardInterrupt
        return kept.sum(axis=1)

    policy = Ablation(store=tmp_path / "a", fingerprint="x", concurrency=concurrency)
    with pytest.raises(KeyboardInterrupt) as caught:
        ask(game, Coalitions.all_of(8), policy)
    with AnswerStore(tmp_path / "a") as store:
        assert len(store.answers()[0]) == len(calls) - 1 < 255  # the rest is not begun
    assert f"{len(calls) - 1} answers are safe" in caught.value.__notes__[-1]


def test_ctrl_c_completes_the_calls_under_way_and_keeps_their_answers(tmp_path):
    lock, calls = threading.Lock(), []

    def game(kept):
        with lock:
            calls.append(1)
            number = len(calls)
        if number == 30:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.02)
        return kept.sum(axis=1)

    policy = Ablation(store=tmp_path / "a", fingerprint="x", concurrency=6)
    with pytest.raises(KeyboardInterrupt):
        ask(game, Coalitions.all_of(8), policy)
    with AnswerStore(tmp_path / "a") as store:
        assert len(store.answers()[0]) == len(calls) < 256  # the rest is not begun


@dataclass
class Interrupting:
    """A game whose sixth call sends Ctrl-C ``times`` times.

    As from a terminal, the processes of its workers get it as well.
    """

    log: Path
    times: int = 1
    here: int = field(default_factory=os.getpid)

    def __call__(self, kept):
        with self.log.open("ab", buffering=0) as file:
            file.write(b".")
            number = file.tell()
        if number == 6:
            for _ in range(self.times):
                os.kill(self.here, signal.SIGINT)
                time.sleep(0.2)  # two signals at once would count as one
            if os.getpid() != self.here:
                os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        return kept.sum(axis=1)

    @property
    def calls(self):
        return self.log.stat().st_size


BACKENDS = ["threading", "multiprocessing", pytest.param("loky", marks=pytest.mark.slow)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_ctrl_c_completes_what_the_workers_of_joblib_have_under_way(tmp_path, backend):
    game = Interrupting(tmp_path / "log")
    policy = Ablation(store=tmp_path / "a", fingerprint="x", batch_size=2)
    handler = signal.getsignal(signal.SIGINT)
    with joblib.parallel_config(backend, n_jobs=2), pytest.raises(KeyboardInterrupt) as caught:
        ask(game, Coalitions.all_of(8), policy)
    with AnswerStore(tmp_path / "a") as store:
        assert len(store.answers()[0]) == 2 * game.calls < 256  # the rest is not begun
    assert f"{2 * game.calls} answers are safe" in caught.value.__notes__[-1]
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize("backend", ["threading", pytest.param("loky", marks=pytest.mark.slow)])
def test_a_second_ctrl_c_ends_at_once_and_costs_each_worker_one_batch_at_most(tmp_path, backend):
    game = Interrupting(tmp_path / "log", times=2)
    policy = Ablation(store=tmp_path / "a", fingerprint="x", batch_size=2)
    with joblib.parallel_config(backend, n_jobs=2), pytest.raises(KeyboardInterrupt):
        ask(game, Coalitions.all_of(8), policy)
    with AnswerStore(tmp_path / "a") as store:
        assert game.calls - 2 <= len(store.answers()[0]) / 2 <= game.calls


def test_a_handler_of_ctrl_c_that_is_not_pythons_is_left_alone(tmp_path):
    received = []
    handler = signal.signal(signal.SIGINT, lambda *arguments: received.append(1))
    try:
        with joblib.parallel_config("threading", n_jobs=2):
            game = Interrupting(tmp_path / "log")
            answers = ask(game, Coalitions.all_of(5), Ablation(batch_size=4))
    finally:
        signal.signal(signal.SIGINT, handler)
    assert received
    assert answers.answered.all()
