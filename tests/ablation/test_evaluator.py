from __future__ import annotations

import copy
import io
import random
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapiq.game import Game
from shapiq.imputer import BaselineImputer, MarginalImputer

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.fourier.coalitions import Coalitions
from tests.ablation.games import Recorder, random_coalitions


@given(
    members=st.lists(st.lists(st.booleans(), min_size=9, max_size=9), min_size=1, max_size=40),
    batch_size=st.none() | st.integers(1, 12),
)
def test_each_distinct_coalition_is_asked_once_and_every_row_is_answered(members, batch_size):
    game = Recorder(9)
    coalitions = Coalitions.from_dense(members)
    answers = ask(game, coalitions, Ablation(batch_size=batch_size))
    assert set(game.asked.values()) == {1}
    assert len(game.asked) == len(set(map(tuple, members))) == answers.asked
    assert answers.answered.all()
    np.testing.assert_allclose(answers.values, game.value(np.array(members)), atol=1e-5)


def test_no_coalitions_no_calls():
    game = Recorder(5)
    answers = ask(game, Coalitions.from_dense(np.empty((0, 5), dtype=bool)), Ablation())
    assert answers.values.shape == (0,)
    assert game.calls == 0


def test_batches_have_the_size_of_the_user_the_game_or_the_default():
    coalitions = random_coalitions(100, 12)
    for policy, own, calls in [
        (Ablation(batch_size=30), None, 4),
        (Ablation(), 25, 4),
        (Ablation(batch_size=50), 25, 2),
        (Ablation(), None, 1),
        (Ablation(concurrency=3), None, 100),
        (Ablation(requests_per_minute=1e9), None, 100),
        (Ablation(n_jobs=1), None, 1),
    ]:
        game = Recorder(12)
        if own is not None:
            game.batch_size = own
        ask(game, coalitions, policy)
        assert game.calls == calls


def test_a_batch_of_very_many_players_is_small():
    sizes = []

    def game(kept):
        sizes.append(len(kept))
        return kept[:, 0] * 1.0

    packed = np.random.default_rng(0).integers(0, 256, (400, 25_000), dtype=np.uint8)
    ask(game, Coalitions(packed, 200_000), Ablation())
    assert sum(sizes) == 400
    assert max(sizes) * 200_000 <= 2**24


def test_the_matrix_a_game_gets_is_boolean_and_its_own():
    coalitions = random_coalitions(20, 6)
    before = copy.deepcopy(coalitions)

    def vandal(kept):
        assert kept.dtype == np.bool_
        assert kept.flags.writeable
        value = kept.sum(axis=1)
        kept[:] = False
        return value

    answers = ask(vandal, coalitions, Ablation(batch_size=7))
    assert coalitions == before
    assert answers.values.tolist() == coalitions.sizes().tolist()


class _Verbose(Game):
    def __init__(self, **options):
        super().__init__(n_players=6, normalize=True, normalization_value=2.5, **options)
        self.batches = []

    def value_function(self, coalitions):
        self.batches.append(len(coalitions))
        return coalitions.sum(axis=1) * 1.5


def test_a_verbose_game_is_asked_in_batches_with_our_bar_and_stays_as_it_was(capsys):
    coalitions = random_coalitions(30, 6)
    game = _Verbose(verbose=True)
    state = {name: repr(value) for name, value in vars(game).items() if name != "batches"}
    answers = ask(game, coalitions, Ablation(batch_size=10))
    assert game.batches == [10, 10, 10]
    assert answers.values.tolist() == (coalitions.sizes() * 1.5 - 2.5).tolist()
    assert state == {name: repr(value) for name, value in vars(game).items() if name != "batches"}
    assert "30/30" in capsys.readouterr().err


def test_progress_is_shown_only_if_wanted(capsys):
    coalitions = random_coalitions(10, 6)
    ask(_Verbose(verbose=False), coalitions, Ablation())
    ask(_Verbose(verbose=True), coalitions, Ablation(progress=False))
    ask(lambda kept: kept.sum(axis=1), coalitions, Ablation())
    silent = capsys.readouterr()
    assert silent.err == silent.out == ""
    ask(lambda kept: kept.sum(axis=1), coalitions, Ablation(progress=True), label="heads")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "heads" in shown.err
    assert "10/10" in shown.err


def test_a_precomputed_game_answers_from_its_table():
    game = _Verbose()
    game.precompute()
    game.batches.clear()
    coalitions = Coalitions.all_of(6)
    answers = ask(game, coalitions, Ablation())
    assert game.batches == []
    assert answers.values.tolist() == (coalitions.sizes() * 1.5 - 2.5).tolist()


@pytest.mark.parametrize("imputer", [MarginalImputer, BaselineImputer])
@pytest.mark.parametrize("verbose", [True, False])
def test_imputers_are_games(imputer, verbose):
    data = np.random.default_rng(0).normal(size=(30, 5))
    game = imputer(lambda x: x @ np.arange(5.0), data, x=data[0], random_state=0)
    coalitions = Coalitions.all_of(5)
    expected = game(coalitions.dense()).astype(float)
    game.verbose = verbose
    answers = ask(game, coalitions, Ablation(batch_size=8, progress=False))
    np.testing.assert_allclose(answers.values, expected, atol=1e-12)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match=r"must be a shapiq\.Game, an imputer or a function"):
        ask(np.ones(8), Coalitions.all_of(3), Ablation())


def test_the_error_of_a_game_arrives_unchanged_and_at_once():
    class OwnError(Exception):
        pass

    calls = []

    def game(kept):
        calls.append(len(kept))
        raise OwnError("no credit")

    with pytest.raises(OwnError, match="no credit") as caught:
        ask(game, random_coalitions(20, 6), Ablation(batch_size=5))
    assert calls == [5]
    assert "batch of 5 coalitions" in caught.value.__notes__[0]


def test_global_randomness_is_left_alone():
    state, numpy_state = random.getstate(), repr(np.random.get_state())  # noqa: NPY002

    failed = []

    def game(kept):
        if not failed:
            failed.append(1)
            raise OSError("once")
        return kept.sum(axis=1)

    ask(game, random_coalitions(20, 6), Ablation(retries=1, backoff=1e-6))
    assert random.getstate() == state
    assert repr(np.random.get_state()) == numpy_state  # noqa: NPY002


def test_the_bar_tells_of_reused_answers_and_retries(tmp_path, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    policy = Ablation(
        store=tmp_path / "a.sqlite",
        fingerprint="bar",
        progress=True,
        retries=1,
        backoff=1e-6,
        batch_size=5,
    )
    coalitions = random_coalitions(20, 6)
    ask(Recorder(6), coalitions[:10], policy)
    failed = []

    def flaky(kept):
        if not failed:
            failed.append(1)
            raise OSError("once")
        return Recorder(6).value(kept)

    answers = ask(flaky, coalitions, policy)
    assert (answers.reused, answers.asked, answers.retries) == (10, 10, 1)
    last = screen.getvalue().split("\r")[-1]
    assert "20/20" in last
    assert "reused=10" in last
    assert "retries=1" in last
