"""Laws of the random designs: distinct, nested, paired, and of the promised size law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from shapiq_spex.designs.law import LAW_NAMES, SizeLaw, size_weights
from shapiq_spex.designs.random_coalitions import RandomRows, sample_coalitions


def draw(n, count, law, seed, *, paired=True):
    law = SizeLaw.named(n, law, paired=paired)
    return sample_coalitions(n, count, law, rng=np.random.default_rng(seed))


@given(
    n=st.integers(1, 40),
    count=st.integers(1, 400),
    law=st.sampled_from(LAW_NAMES),
    seed=st.integers(0, 10**6),
    paired=st.booleans(),
)
def test_designs_are_distinct_complete_and_begin_with_the_ends(n, count, law, seed, paired):
    design = draw(n, count, law, seed, paired=paired)
    assert len(design) == min(count, 2**n)
    assert len(design.distinct()[0]) == len(design)
    assert design.sizes()[:2].tolist() == [0, n][: len(design)]


@given(
    n=st.integers(1, 40),
    counts=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    law=st.sampled_from(LAW_NAMES),
    seed=st.integers(0, 10**6),
    paired=st.booleans(),
)
def test_smaller_budgets_ask_for_a_prefix(n, counts, law, seed, paired):
    few, many = (draw(n, count, law, seed, paired=paired) for count in sorted(counts))
    assert many[: len(few)] == few


@pytest.mark.parametrize("law", LAW_NAMES)
@given(n=st.integers(2, 40), pairs=st.integers(1, 60), seed=st.integers(0, 10**6))
def test_pairs_are_complements_next_to_each_other(law, n, pairs, seed):
    design = draw(n, 2 * pairs, law, seed)
    assert design[0::2].complement() == design[1::2]


@pytest.mark.parametrize("n", [12, 20])
@pytest.mark.parametrize("law", LAW_NAMES)
@pytest.mark.parametrize("paired", [True, False])
def test_sizes_follow_the_law(n, law, paired):
    """The first pair after the ends, over many seeds, against the law without the ends."""
    sizes = np.concatenate(
        [draw(n, 4, law, seed, paired=paired)[2:].sizes() for seed in range(400)]
    )
    weights = SizeLaw.named(n, law, paired=paired).size_weights.copy()
    if paired:  # one of a pair is drawn, the other is its complement
        weights = (weights + weights[::-1]) / 2
    weights[[0, n]] = 0.0
    expected = weights / weights.sum() * len(sizes)
    kept = expected > 10
    observed = np.bincount(sizes, minlength=n + 1)
    # pairs double every size together with its mirror image: half as many independent draws
    statistic = ((observed - expected)[kept] ** 2 / expected[kept]).sum() / (2 if paired else 1)
    assert statistic < stats.chi2.ppf(1 - 1e-5, kept.sum())


@pytest.mark.parametrize("n", [8, 20])
def test_all_players_are_treated_alike(n):
    members = np.concatenate([draw(n, 40, "sizes", s, paired=False).dense() for s in range(200)])
    share = members.mean(axis=0)
    assert np.abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(len(members))


def test_sizes_without_weight_are_not_asked_and_cannot_be_exhausted():
    weights = np.zeros(6)
    weights[2] = 1.0
    law = SizeLaw(weights, paired=False)
    design = sample_coalitions(5, 1000, law, rng=np.random.default_rng(0))
    assert sorted(design.sizes().tolist()) == [0, *[2] * 10, 5]


@pytest.mark.parametrize("other", [28, 15])
@pytest.mark.parametrize("paired", [False, True])
def test_sizes_that_run_out_give_way_to_others_however_unlikely(other, paired):
    weights = np.zeros(31)
    weights[[29, other]] = 1.0, 1e-15
    rows = RandomRows(30, SizeLaw(weights, paired), np.random.SeedSequence(0))
    design = rows.draw(100)
    assert len(design) == len(design.distinct()[0]) == 100
    counts = np.bincount(design.sizes(), minlength=31)
    assert [counts[1], counts[29]] == [30 * paired, 30]
    assert counts[other] + paired * (other > 15) * counts[30 - other] == 98 - counts[1] - 30
    assert rows.draw(50) == design[:50]


@pytest.mark.parametrize("n", [1_100, 10_000])
@pytest.mark.parametrize("law", LAW_NAMES)
def test_thousands_of_players(n, law):
    weights = size_weights(n, law)
    assert np.isfinite(weights).all()
    assert weights.sum() == pytest.approx(1.0)
    assert len(draw(n, 50, law, 0)) == 50


@given(n=st.integers(1, 30), seed=st.integers(0, 10**6))
def test_rows_that_are_drawn_again_are_the_same(n, seed):
    law = SizeLaw.named(n, "sizes", paired=True)
    random = RandomRows(n, law, np.random.SeedSequence(seed))
    first = random.draw(40)
    assert random.draw(40) == first
    assert random.draw(12) == first[:12]
    assert first == sample_coalitions(n, 40, law, rng=np.random.default_rng(random.seed))
