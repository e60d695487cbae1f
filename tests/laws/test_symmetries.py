"""What a change of the game's coordinates does to a ProxySPEX explanation of given ablations."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import ProxySPEX
from tests.fourier.indices import INDICES

PROXIES = pytest.mark.parametrize("proxy_model", ["auto", "fast", "gp"])


def ablations(n, seed, pairs=90):
    """Distinct coalitions, each with its complement."""
    rng = np.random.default_rng(seed)
    half = np.unique(rng.random((3 * pairs, n)) < 0.5, axis=0)
    half = rng.permutation(half[half[:, 0]])[:pairs]
    return np.concatenate([half, ~half])


def game(coalitions):
    """A sparse function of the first six players."""
    kept = coalitions.astype(float)
    return 1.0 + 2 * kept[:, 0] - kept[:, 1] * kept[:, 2] + 3 * kept[:, 3:6].prod(axis=1)


def explain(coalitions, values, proxy_model="auto", index="SII"):
    """The interaction values by players."""
    n = coalitions.shape[1]
    approximator = ProxySPEX(n=n, index=index, max_order=2, random_state=0, proxy_model=proxy_model)
    found = approximator.approximate_from(coalitions, values)
    return {key: found[key] for key in found.interaction_lookup if key}


def distance(left, right):
    keys = set(left) | set(right)
    return max(abs(left.get(key, 0.0) - right.get(key, 0.0)) for key in keys)


@pytest.mark.parametrize(("seed", "index"), [(s % 3, i) for s, i in enumerate(INDICES)])
def test_a_sparse_function_is_recovered_exactly_from_enough_rows(index, seed):
    rows = ablations(12, seed, pairs=150)
    everything = (np.arange(2**12)[:, None] >> np.arange(12)) & 1 == 1
    exact = explain(everything, game(everything), index=index)
    assert distance(explain(rows, game(rows), index=index), exact) < 1e-8


@PROXIES
def test_scaling_and_shifting_the_game_scales_the_interactions(proxy_model):
    rows = ablations(10, 3)
    values = game(rows) + 0.2 * np.random.default_rng(3).normal(size=len(rows))
    plain = explain(rows, values, proxy_model)
    moved = explain(rows, -1e4 * values + 5e4, proxy_model)
    assert distance({key: -1e4 * value for key, value in plain.items()}, moved) < 50.0


@PROXIES
def test_permuting_the_players_permutes_the_interactions(proxy_model):
    rows = ablations(10, 4)
    values = game(rows) + 0.2 * np.random.default_rng(4).normal(size=len(rows))
    order = np.random.default_rng(5).permutation(10)
    plain = explain(rows, values, proxy_model)
    permuted = explain(rows[:, order], values, proxy_model)
    # player k of the second game is player order[k] of the first
    renamed = {tuple(sorted(int(order[k]) for k in key)): v for key, v in permuted.items()}
    assert distance(plain, renamed) < 0.02


@PROXIES
def test_a_null_player_changes_nothing_and_gets_nothing(proxy_model):
    rows = ablations(10, 6, pairs=120)
    idle = np.random.default_rng(6).random(120) < 0.5
    wider = np.column_stack([rows, np.concatenate([idle, ~idle])])
    plain, larger = explain(rows, game(rows), proxy_model), explain(wider, game(rows), proxy_model)
    assert max((abs(v) for key, v in larger.items() if 10 in key), default=0.0) < 0.05
    assert distance(plain, {key: v for key, v in larger.items() if 10 not in key}) < 0.1
