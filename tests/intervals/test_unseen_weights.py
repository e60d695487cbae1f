"""What unknown units can do to an index, against linear programs and the hypergeometric law."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.intervals.coalition_weights import coalition_weights
from shapiq_spex.intervals.strata import Strata, strata_of
from shapiq_spex.intervals.unseen_weights import UnseenWeights

CASES = [
    ("uniform", "FBII", 2, 1),
    ("uniform", "FBII", 2, 2),
    ("uniform", "BII", 2, 2),
    ("kernel", "SV", 1, 1),
    ("kernel", "k-SII", 2, 2),
]
"""Indices with the law of their coalitions, their largest order and the size of an interaction."""

N = 8


def sample_of(law, count, seed, *, paired):
    law = SizeLaw.named(N, law, paired=paired)
    coalitions = sample_coalitions(N, count, law, rng=np.random.default_rng(seed))
    strata = strata_of(coalitions, law)
    assert isinstance(strata, Strata)
    return coalitions, strata


def unknown_units(coalitions, strata, index, order, players):
    """By enumeration: the coalitions that were not drawn with their costs and weights."""
    every = Coalitions.all_of(N).dense()
    unknown = every[np.setdiff1d(np.arange(2**N), coalitions.numbers())]
    weights = coalition_weights(index, order, len(players), N)
    effects = weights[unknown.sum(axis=1), unknown[:, list(players)].sum(axis=1)]
    excess = {part.size: part.excess for part in strata.classes}
    paired = strata.units.shape[1] == 2
    sizes = unknown.sum(axis=1)
    sizes = np.minimum(sizes, N - sizes) if paired else sizes
    costs = np.array([np.log1p(1 / excess[size]) for size in sizes])
    return unknown, effects, costs / 2 if paired else costs  # each row is half of a pair


@pytest.mark.parametrize(("law", "index", "order", "size"), CASES)
def test_the_reach_is_the_optimum_of_the_linear_program(law, index, order, size):
    coalitions, strata = sample_of(law, 90, 0, paired=False)
    found = UnseenWeights.of(strata, index, order, size, N)
    _, effects, costs = unknown_units(coalitions, strata, index, order, range(size))
    assert not found.complete
    for confidence in (0.5, 0.9, 0.99):
        plain = linprog(
            -np.abs(effects), costs[None], [np.log(1 / (1 - confidence))], bounds=(0, 1)
        )
        # which of the unknown coalitions an interaction depends on is not looked up
        assert -plain.fun * (1 - 1e-9) <= found.reach(confidence) <= -1.3 * plain.fun


@settings(max_examples=50)
@given(
    case=st.sampled_from(CASES),
    paired=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_no_difference_that_the_sample_may_have_missed_moves_an_index_further(case, paired, seed):
    """Some players are included, others left out, as a rare term asks."""
    law, index, order, size = case
    coalitions, strata = sample_of(law, 80, seed, paired=paired)
    rng = np.random.default_rng(seed)
    players = tuple(range(size))
    unknown, effects, costs = unknown_units(coalitions, strata, index, order, players)
    chosen = rng.permutation(N)[: rng.integers(3, 7)]
    differ = (unknown[:, chosen] == (rng.random(len(chosen)) < 0.5)).all(axis=1)
    moved = abs(float(effects[differ].sum()))
    cost = float(costs[differ].sum())
    found = UnseenWeights.of(strata, index, order, size, N)
    if cost > 0:
        spent = cost * (2 if paired else 1)  # a pair counts whole, even if half of it differs
        assert found.reach(1 - np.exp(-spent)) >= 0.999 * moved
        assert found.chance_of(np.array([moved]))[0] >= 0.999 * np.exp(-spent)


@given(seed=st.integers(0, 10**6), confidence=st.floats(0.1, 0.999))
def test_the_chance_is_the_inverse_of_the_reach(seed, confidence):
    _, strata = sample_of("uniform", 60, seed, paired=False)
    found = UnseenWeights.of(strata, "BII", 2, 2, N)
    assert found.chance_of(np.array([found.reach(confidence)])) == pytest.approx(1 - confidence)
    assert found.chance_of(np.array([1e9])) == 0.0


@given(total=st.integers(2, 200), data=st.data())
def test_a_sample_misses_units_at_most_as_often_as_their_cost_says(total, data):
    known = data.draw(st.integers(1, total - 1))
    differ = data.draw(st.integers(1, total - known))
    missed = comb(total - differ, known) / comb(total, known)
    excess = total / known - 1
    assert missed <= np.exp(-differ * np.log1p(1 / excess)) * (1 + 1e-9)


def test_an_index_is_known_once_all_its_coalitions_are():
    law = SizeLaw.named(N, "kernel", paired=True)
    coalitions = sample_coalitions(N, 120, law, rng=np.random.default_rng(0))
    sizes = coalitions.sizes()
    assert (sizes == 1).sum() == N
    strata = strata_of(coalitions, law)
    assert UnseenWeights.of(strata, "STII", 2, 1, N).complete
    assert not UnseenWeights.of(strata, "STII", 2, 2, N).complete
    assert UnseenWeights.of(strata, "STII", 2, 1, N).reach(0.99) == 0.0
