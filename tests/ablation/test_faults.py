from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.retrying import Reply, RetryRules, plan_attempts
from shapiq_spex.fourier.coalitions import Coalitions
from tests.ablation.games import Recorder, random_coalitions
from tests.ablation.injected_faults import FAULTS, WAYS, inject

COALITIONS = random_coalitions(64, 20)


QUICK_FAULTS = FAULTS[:-1]


@pytest.mark.parametrize(
    ("kinds", "faults", "way"),
    [
        *(([kind], 1000, "one thread") for kind in QUICK_FAULTS),
        (["too late"], 100, "one thread"),
        *((QUICK_FAULTS, 1000, way) for way in WAYS),
        (FAULTS, 1000, "async, 8 at once"),
    ],
    ids=str,
)
def test_no_answer_is_lost_to_a_thousand_faults_however_the_game_is_asked(kinds, faults, way):
    outcome = inject(kinds, faults, way)
    assert outcome.injected >= 0.9 * faults, "too few faults were injected"
    assert outcome.lost == 0
    assert outcome.identical


def _drive(rows, rules, oracle):
    """Run the generator; ``oracle(rows)`` gives a Reply."""
    calls = []
    course = plan_attempts(rows, rules)
    try:
        attempt = next(course)
        while True:
            calls.append(attempt)
            attempt = course.send(oracle(attempt.rows))
    except StopIteration as end:
        return end.value, calls


@given(
    rows=st.integers(1, 40),
    poisonous=st.sets(st.integers(0, 39)),
    silent=st.sets(st.integers(0, 39)),
    retries=st.integers(0, 3),
    tolerant=st.booleans(),
    chance=st.floats(0, 0.7),
    seed=st.integers(0, 2**32 - 1),
)
def test_perseverance(rows, poisonous, silent, retries, tolerant, chance, seed):
    """Poisonous rows spoil every batch, silent ones are NaN, and calls fail by chance."""
    rng = np.random.default_rng(seed)
    answered_before = set()
    by_chance = []

    def oracle(asked):
        assert not answered_before & set(asked.tolist()), "an answered row was asked again"
        if rng.random() < chance:
            by_chance.append(set(asked.tolist()))
            return Reply(None, OSError("by chance"))
        if poisonous & set(asked.tolist()):
            return Reply(None, RuntimeError("poison"))
        values = np.where(np.isin(asked, list(silent)), np.nan, asked * 1.0)
        answered_before.update(asked[np.isfinite(values)].tolist())
        return Reply(values, None if np.isfinite(values).all() else ValueError("nan"))

    rules = RetryRules(retries, backoff=0.0, isolate=True, tolerant=tolerant)
    outcome, calls = _drive(rows, rules, oracle)
    given_up = {row for failure in outcome.failures for row in failure.rows.tolist()}
    answered = set(np.flatnonzero(outcome.answered).tolist())
    assert outcome.retries == len(calls) - 1
    assert answered == answered_before
    if answered:
        assert all(outcome.values[row] == row for row in answered)
    assert all(len(failure.rows) == 1 for failure in outcome.failures)
    assert not given_up & answered
    at_fault = (poisonous | silent) & set(range(rows))
    assert not at_fault & answered
    if tolerant:
        assert given_up | answered == set(range(rows))
        # an innocent row is given up only if chance struck all its calls when it was alone
        for row in given_up - at_fault:
            assert by_chance.count({row}) >= retries + (rows == 1)
    else:
        assert len(outcome.failures) == (len(given_up) > 0)


def test_one_poisonous_coalition_costs_its_row_and_a_logarithm():
    game = Recorder(20)
    poison = COALITIONS.dense()[37]

    def poisoned(kept):
        if (kept == poison).all(axis=1).any():
            game.calls += 1
            raise RuntimeError("will not do")
        return game(kept)

    answers = ask(poisoned, COALITIONS, Ablation(retries=2, backoff=1e-6, on_error="skip"))
    assert np.flatnonzero(~answers.answered).tolist() == [37]
    assert np.isnan(answers.values[37])
    (skipped,) = answers.skipped
    assert skipped.players == tuple(np.flatnonzero(poison).tolist())
    assert skipped.reason == "RuntimeError: will not do"
    # 3 calls of all 64; 2 halves of 64, 32, ..., 2; 2 repetitions of the single one
    assert game.calls == 3 + 2 * 6 + 2
    assert set(game.asked.values()) == {1}
    with pytest.raises(RuntimeError, match="will not do") as caught:
        ask(poisoned, COALITIONS, Ablation(retries=1, backoff=1e-6))
    assert "raised for the coalition of" in caught.value.__notes__[0]


def test_a_nan_costs_its_row_only_and_the_others_are_not_asked_again():
    game = Recorder(20)
    row = COALITIONS.dense()[5]

    def sometimes_nan(kept):
        return np.where((kept == row).all(axis=1), np.nan, game(kept))

    answers = ask(sometimes_nan, COALITIONS, Ablation(on_error="skip", retries=3, backoff=0))
    assert np.flatnonzero(~answers.answered).tolist() == [5]
    assert "returned nan for the coalition" in answers.skipped[0].reason
    asked = sorted(game.asked.values())
    assert asked == [1] * 63 + [4]


def test_a_repeated_row_that_is_skipped_is_missing_everywhere():
    doubled = Coalitions.from_dense(COALITIONS.dense()[[3, 5, 3]])
    poison = COALITIONS.dense()[3]

    def game(kept):
        return np.where((kept == poison).all(axis=1), np.nan, 1.0)

    answers = ask(game, doubled, Ablation(on_error="skip"))
    assert answers.answered.tolist() == [False, True, False]
    assert len(answers.skipped) == 1


def test_if_nothing_at_all_was_answered_even_skipping_raises():
    def broken(kept):
        raise ConnectionError("no network")

    with pytest.raises(ConnectionError, match="no network"):
        ask(broken, COALITIONS, Ablation(on_error="skip"))


def test_pauses_grow_exponentially_with_jitter_up_to_a_minute():
    rules = RetryRules(9, backoff=1.0, isolate=True, tolerant=True)
    _, calls = _drive(1, rules, lambda rows: Reply(None, OSError()))
    pauses = [attempt.pause for attempt in calls]
    assert pauses[0] == 0
    for repetition, pause in enumerate(pauses[1:]):
        longest = min(60.0, 2.0**repetition)
        assert 0.5 * longest <= pause <= 1.5 * longest
    again = [attempt.pause for attempt in _drive(1, rules, lambda r: Reply(None, OSError()))[1]]
    assert pauses[1:] != again[1:]


def test_a_call_that_takes_too_long_counts_as_failed():
    slow = []

    def sometimes_slow(kept):
        if len(slow) < 2:
            slow.append(1)
            time.sleep(0.5)
        return kept.sum(axis=1)

    policy = Ablation(timeout=0.05, retries=2, backoff=0)
    answers = ask(sometimes_slow, COALITIONS, policy)
    assert answers.retries == 2
    assert answers.values.tolist() == COALITIONS.sizes().tolist()
    with pytest.raises(TimeoutError, match=r"did not answer within 0\.05 seconds"):
        ask(lambda kept: time.sleep(0.3), COALITIONS, Ablation(timeout=0.05))


def test_time_outs_let_the_errors_of_the_game_through():
    def failing(kept):
        raise LookupError("not here")

    with pytest.raises(LookupError, match="not here"):
        ask(failing, COALITIONS, Ablation(timeout=5))
