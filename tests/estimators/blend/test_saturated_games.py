"""Near the input: games that differ far more where more players are removed."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.designs.law import SizeLaw, size_weights
from shapiq_spex.designs.random_coalitions import independent_coalitions, sample_coalitions
from shapiq_spex.estimators.blend.blend import Blend
from tests.estimators.samples import r_squared

N_PLAYERS = 40
NEAR = SizeLaw.named(N_PLAYERS, "near", paired=False)


def tame_near_the_input(rng):
    """A function of pairs and players, and wild where more than 11 players are removed."""
    effects, wild = rng.normal(size=(2, N_PLAYERS))

    def value(rows):
        pairs = 2.0 * (rows[:, 0] & rows[:, 1]) - 3.0 * (rows[:, 2] & rows[:, 3])
        far = np.maximum(N_PLAYERS - rows.sum(axis=1) - 11, 0)
        return 0.02 * (rows @ effects + pairs) + far * np.cos(rows @ wild)

    return value


def fit_and_missed(value, answers, coalitions, left_out=()):
    fit = Blend(left_out=frozenset(left_out), basis=NEAR.basis).fit(
        coalitions, answers, rng=np.random.default_rng(1)
    )
    rng = np.random.default_rng(2)
    fresh = independent_coalitions(size_weights(N_PLAYERS, "near"), 500, rng)
    return fit, 1.0 - r_squared(value(fresh), fit.spectrum(fresh))


def test_a_fit_is_not_lost_where_others_differ_a_hundred_times_as_much():
    rng = np.random.default_rng(0)
    value = tame_near_the_input(rng)
    coalitions = sample_coalitions(N_PLAYERS, 300, NEAR, rng=rng)
    answers = value(coalitions.dense())
    _, missed = fit_and_missed(value, answers, coalitions)
    assert missed < 0.01
    assert missed < 0.2 * fit_and_missed(value, answers, coalitions, ["like spread"])[1]


@pytest.mark.parametrize("jump", [20.0, 1000.0])
def test_jumps_among_rows_that_differ_little_do_not_bend_the_fit(jump):
    rng = np.random.default_rng(0)
    value = tame_near_the_input(rng)
    coalitions = sample_coalitions(N_PLAYERS, 400, NEAR, rng=rng)
    answers = value(coalitions.dense())
    near = np.flatnonzero((coalitions.sizes() >= 34) & (coalitions.sizes() < N_PLAYERS))
    answers[near[::100]] += jump
    fit, missed = fit_and_missed(value, answers, coalitions)
    assert missed < 0.02
    assert "values lie far outside" in fit.notes[-1]


@pytest.mark.parametrize("effect", [1.0, 3.0, 10.0])
def test_rare_values_that_an_interaction_explains_are_learnt(effect):
    rng = np.random.default_rng(0)
    tame = tame_near_the_input(rng)

    def value(rows):
        return tame(rows) - effect * (~rows[:, 7] & ~rows[:, 8])

    coalitions = sample_coalitions(N_PLAYERS, 1600, NEAR, rng=rng)
    _, missed = fit_and_missed(value, value(coalitions.dense()), coalitions)
    assert missed < 0.02
