"""Which coalitions a coded plan asks for."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions


@given(st.integers(1, 200), st.integers(2, 5000), st.integers(1, 8), st.integers(0, 2**32 - 1))
@example(12, 4090, 5, 0)
@example(10, 1023, 5, 1)
@example(11, 1500, 5, 2)
@example(1, 2, 1, 3)
def test_every_row_of_the_budget_is_a_new_coalition(n_players, budget, degree, seed):
    plan = CodedPlan.design(n_players, budget, degree, rng=np.random.default_rng(seed))
    rows = min(budget, 2**n_players)
    assert len(plan) == len(plan.coalitions) == len(plan.coalitions.first_occurrences()) == rows
    assert plan.coalitions.n_players == n_players
    if rows <= 2**n_players - 2 and n_players > 16:
        sizes = plan.coalitions.sizes()
        assert 0 < sizes.min() <= sizes.max() < n_players


@given(st.integers(5, 100), st.integers(2, 4000), st.integers(0, 2**32 - 1))
def test_a_seed_determines_the_plan(n_players, budget, seed):
    plans = [CodedPlan.design(n_players, budget, rng=np.random.default_rng(seed)) for _ in "ab"]
    assert plans[0].coalitions == plans[1].coalitions
    assert plans[0].describe() == plans[1].describe()


@pytest.mark.parametrize(("n_players", "budget"), [(14, 2000), (100, 3000), (1000, 5000)])
def test_rows_of_the_cosets_are_where_the_plan_says(n_players, budget):
    plan = CodedPlan.design(n_players, budget, rng=np.random.default_rng(0))
    assert len(plan.cosets) == 3
    for cosets, rows in zip(plan.cosets, plan.coset_rows, strict=True):
        asked = plan.coalitions[rows]
        assert asked == cosets.labelling.coalitions(cosets.vectors(slice(None)))
    assert plan.uniform.stop == plan.fresh.stop == len(plan)
    assert plan.uniform.start <= plan.fresh.start
    assert 0.14 * budget < plan.fresh.stop - plan.fresh.start < 0.16 * budget


def test_uniform_rows_are_uniform():
    plan = CodedPlan.design(300, 20_000, rng=np.random.default_rng(3))
    rows = plan.coalitions[plan.uniform].dense()
    assert len(rows) > 3000
    np.testing.assert_allclose(rows.mean(axis=0), 0.5, atol=5 * 0.5 / np.sqrt(len(rows)))


@given(st.integers(6, 100), st.integers(30, 3000), st.integers(0, 2**32 - 1))
def test_random_rows_of_ones_own_come_first(n_players, budget, seed):
    budget = min(budget, 2**n_players - 2)

    def draw(count):
        law = SizeLaw.named(n_players, "uniform", paired=False)
        return sample_coalitions(n_players, count + 2, law, rng=np.random.default_rng(1))[2:]

    plan = CodedPlan.design(n_players, budget, rng=np.random.default_rng(seed), draw=draw)
    assert len(plan) == len(plan.coalitions.first_occurrences()) == budget
    coded = {row.tobytes() for row in plan.coalitions[: plan.uniform.start].packed}
    free = [row for row in draw(len(plan.others)).packed if row.tobytes() not in coded]
    np.testing.assert_array_equal(plan.others.packed[: len(free)], np.array(free))


def test_blocks_are_the_coalitions():
    plan = CodedPlan.design(100, 3000, rng=np.random.default_rng(4))
    first, *others = plan.blocks(700)
    assert first.concatenate(*others) == plan.coalitions
    assert max(len(block) for block in plan.blocks(700)) == 700


def test_any_rows_can_be_selected():
    plan = CodedPlan.design(100, 3000, rng=np.random.default_rng(4))
    rows = np.array([2999, 0, plan.uniform.start, plan.uniform.start - 1, 0])
    assert plan.select(rows) == plan.coalitions[rows]
    assert len(plan.select(rows[:0])) == 0


def test_a_hundred_thousand_players_fit():
    tracemalloc.start()
    try:
        plan = CodedPlan.design(100_000, 8000, rng=np.random.default_rng(5))
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        total = sum(int(block.sizes().sum()) for block in plan.blocks(64))
        walking = tracemalloc.get_traced_memory()[1] - kept
    finally:
        tracemalloc.stop()
    assert total / len(plan) == pytest.approx(50_000, rel=0.001)
    assert peak < 200e6
    assert walking < 5e6  # all rows are 100 MB
    assert plan.cosets[0].labelling.columns.shape == (100_000, 2)  # 85 bits are two words
    members = np.array([[7, 3000, 64_000, 70_001, 99_999]])
    parities = plan.coalitions.columns(members[0]).sum(axis=1) % 2 == 1
    for cosets, rows in zip(plan.cosets, plan.coset_rows, strict=True):
        (place,), (signs,) = cosets.locate(members)
        contents = cosets.transform(np.where(parities[rows], -1.0, 1.0))
        np.testing.assert_array_equal(contents[place], signs)
        assert np.square(contents).sum() == cosets.n_offsets  # all in one bin


@pytest.mark.parametrize("budget", [2, 10, 100, 300])
def test_small_budgets_are_spent_on_uniform_rows(budget):
    plan = CodedPlan.design(1000, budget, rng=np.random.default_rng(6))
    assert plan.cosets == ()
    assert plan.uniform == slice(0, budget)
    assert "uniformly random" in plan.describe()


def test_everything_is_asked_if_possible():
    plan = CodedPlan.design(6, 1000, rng=np.random.default_rng(7))
    assert plan.complete
    assert plan.describe() == "all 64 coalitions of 6 players"


def test_the_largest_degree_is_clipped_to_the_number_of_players():
    assert CodedPlan.design(3, 5, 8, rng=np.random.default_rng(8)).degree == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 10), "at least one player"), ((5, 1), "at least 2"), ((5, 10, 0), "at least 1")],
)
def test_impossible_plans_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        CodedPlan.design(*arguments, rng=np.random.default_rng(9))
