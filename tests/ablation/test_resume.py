"""Explanations that were killed, interrupted or skipped over, from the outside."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import SPEX, Ablation, ProxySPEX
from shapiq_spex.ablation import AnswerStore
from tests.ablation.games import Recorder
from tests.ablation.processes import kill_when, needs_fork, start

BUDGET = 400
SETTINGS = {"n": 14, "index": "k-SII", "max_order": 2, "random_state": 5}


@needs_fork
@pytest.mark.parametrize("method", [SPEX, ProxySPEX])
def test_a_killed_explanation_is_resumed_bit_by_bit(tmp_path, method):
    policy = Ablation(store=tmp_path / "a.sqlite", fingerprint="killed", batch_size=8)
    log = tmp_path / "log"
    slow = Recorder(14, seconds=0.02, log=str(log))
    child = start(lambda: method(**SETTINGS, ablation=policy).approximate(BUDGET, slow))
    kill_when(child, lambda: log.exists() and log.read_text("ascii").count("asked") >= 150)
    paid = log.read_text("ascii").count("asked")

    game = Recorder(14)
    approximator = method(**SETTINGS, ablation=policy)
    resumed = approximator.approximate(BUDGET, game)
    undisturbed = method(**SETTINGS, ablation=Ablation(batch_size=8))
    expected = undisturbed.approximate(BUDGET, Recorder(14))

    assert sum(game.asked.values()) <= BUDGET - paid + 8, "something was paid twice"
    assert approximator.report_.reused >= paid - 8
    assert resumed.interactions == expected.interactions
    assert resumed.estimation_budget == expected.estimation_budget


@pytest.mark.parametrize("method", [SPEX, ProxySPEX])
def test_what_was_paid_before_an_interruption_can_be_explained_at_once(tmp_path, method):
    policy = Ablation(store=tmp_path / "a.sqlite", fingerprint="interrupted", batch_size=8)
    game = Recorder(14)

    def interrupted(kept):
        if game.calls == 25:
            raise KeyboardInterrupt
        return game(kept)

    approximator = method(**SETTINGS, ablation=policy)
    with pytest.raises(KeyboardInterrupt):
        approximator.approximate(BUDGET, interrupted)
    with AnswerStore(policy.store) as store:
        values = approximator.approximate_from(*store.answers())
    assert values.estimation_budget == sum(game.asked.values()) > 190
    assert np.isfinite(values.values).all()
    assert game.calls == 25


@pytest.mark.parametrize("method", [SPEX, ProxySPEX])
def test_a_coalition_that_cannot_be_answered_costs_its_row_not_the_run(method):
    game = Recorder(14)

    def brittle(kept):
        values = game(kept)
        values[(kept.sum(axis=1) == 7) & kept[:, 0] & kept[:, 1] & ~kept[:, 2]] = np.nan
        return values

    policy = Ablation(on_error="skip")
    approximator = method(**SETTINGS, ablation=policy)
    values = approximator.approximate(BUDGET, brittle)
    named = approximator.report_.skipped
    assert all("7 players" in coalition and "nan" in coalition for coalition in named)
    skipped = len(named)
    assert 0 < skipped < BUDGET / 4
    assert values.estimation_budget == BUDGET - skipped
    assert np.isfinite(values.values).all()
