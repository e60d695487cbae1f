from __future__ import annotations

import pickle
import threading

import pytest

from shapiq_spex.ablation.ablation_policy import (
    Ablation,
    default_ablation,
    default_ablation_within,
    set_default_ablation,
)


@pytest.mark.parametrize(
    ("setting", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be an integer or None, got 2.5"),
        ({"batch_size": True}, TypeError, "batch_size must be an integer or None, got True"),
        ({"retries": -1}, ValueError, "retries must be at least 0"),
        ({"retries": None}, TypeError, "retries must be an integer, got None"),
        ({"backoff": -0.1}, ValueError, "backoff must be finite and not negative"),
        ({"backoff": "1s"}, TypeError, "backoff must be a number"),
        ({"timeout": 0}, ValueError, "timeout must be finite and positive"),
        ({"timeout": float("inf")}, ValueError, "timeout must be finite"),
        ({"timeout": float("nan")}, ValueError, "timeout must be finite"),
        ({"on_error": "ignore"}, ValueError, "on_error must be 'raise' or 'skip', got 'ignore'"),
        ({"progress": "yes"}, TypeError, "progress must be True, False or None"),
        ({"n_jobs": 0}, ValueError, "n_jobs must not be 0"),
        ({"concurrency": 0}, ValueError, "concurrency must be at least 1"),
        ({"n_jobs": 2, "concurrency": 2}, ValueError, "either n_jobs .* or concurrency"),
        ({"requests_per_minute": 0}, ValueError, "requests_per_minute must be finite and positive"),
        ({"max_requests": -1}, ValueError, "max_requests must be at least 0"),
        ({"max_requests": 2.5}, TypeError, "max_requests must be an integer or None"),
        ({"max_cost": -1}, ValueError, "max_cost must be finite and not negative"),
        ({"max_cost": 1}, ValueError, "max_cost needs a price: give cost_per_request or"),
        ({"cost_per_request": "1"}, TypeError, "cost_per_request must be a number"),
        ({"cost_per_million_tokens": -1}, ValueError, "cost_per_million_tokens must be finite"),
        ({"fingerprint": ""}, TypeError, "fingerprint must be a non-empty string"),
        ({"fingerprint": 3}, TypeError, "fingerprint must be a non-empty string"),
        ({"store": 3}, TypeError, "store must be a path"),
    ],
)
def test_wrong_settings_are_refused_with_the_reason(setting, error, message):
    with pytest.raises(error, match=message):
        Ablation(**setting)


def test_policies_are_values():
    policy = Ablation(batch_size=3, store="answers.sqlite", retries=2)
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert hash(policy) == hash(Ablation(batch_size=3, store="answers.sqlite", retries=2))
    with pytest.raises(AttributeError):
        policy.retries = 3


def test_the_default_can_be_replaced_and_given_back():
    mine = Ablation(retries=5)
    before = set_default_ablation(mine)
    try:
        assert default_ablation() is mine
    finally:
        assert set_default_ablation(before) is mine
    assert default_ablation() is before
    with pytest.raises(TypeError, match="must be an Ablation"):
        set_default_ablation({"retries": 5})


def test_a_default_inside_a_block_is_this_threads_alone():
    seen = []
    with default_ablation_within(Ablation(retries=7)):
        other = threading.Thread(target=lambda: seen.append(default_ablation().retries))
        other.start()
        other.join()
        seen.append(default_ablation().retries)
    seen.append(default_ablation().retries)
    assert seen == [0, 7, 0]
