"""Which coalitions a coded plan asks for."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapiq_spex.coding.bits import reduced_rows, unpack
from shapiq_spex.coding.coded_plan import CodedPlan, fewest_rows
from shapiq_spex.coding.field import field_for
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
    assert len(plan) == len(plan.coalitions) == len(plan.coalitions.distinct()[0]) == rows
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


def test_uniform_rows_hold_any_eight_players_in_any_way():
    plan = CodedPlan.design(1000, 300, rng=np.random.default_rng(3))
    assert plan.uniform == slice(0, 300)
    eights = plan.coalitions.dense().reshape(-1, 8)
    assert len(np.unique(eights, axis=0)) == 2**8


@given(st.integers(6, 100), st.integers(30, 3000), st.integers(0, 2**32 - 1))
def test_random_rows_of_ones_own_come_first(n_players, budget, seed):
    budget = min(budget, 2**n_players - 2)

    def draw(count):
        law = SizeLaw.named(n_players, "uniform", paired=False)
        return sample_coalitions(n_players, count + 2, law, rng=np.random.default_rng(1))[2:]

    plan = CodedPlan.design(n_players, budget, rng=np.random.default_rng(seed), draw=draw)
    assert len(plan) == len(plan.coalitions.distinct()[0]) == budget
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
    field_for(100_000)  # its tables are made once, slowly where memory is traced
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


def needed(rank, bits):
    """Offsets for bins that know this many coordinates (two of them are decoded together)."""
    return (0.6 if bits <= 7 else 1.0) * (rank + 1 - bits)


@pytest.mark.parametrize(
    ("n_players", "budget", "degree"),
    [(14, 2000, 5), (60, 700, 2), (100, 565, 5), (100, 3000, 5), (1000, 40_000, 3), (300, 9000, 1)],
)
def test_there_are_as_many_bins_as_leave_enough_offsets(n_players, budget, degree):
    plan = CodedPlan.design(n_players, budget, degree, rng=np.random.default_rng(0))
    labelling = plan.cosets[0].labelling
    assert len(plan.cosets) == 3
    bits, offsets = len(plan.cosets[0].known), plan.cosets[0].n_offsets
    coded = int(0.85 * budget)
    assert 3 * 2**bits >= 24
    assert offsets >= needed(labelling.rank, bits)
    twice_as_many = coded // (3 * 2 ** (bits + 1))
    assert twice_as_many < needed(labelling.rank, bits + 1) or 3 * (bits + 1) > labelling.rank
    assert offsets == min(coded // (3 * 2**bits), 2 ** min(labelling.rank - bits, 30))
    assert 0.5 * coded < sum(map(len, plan.cosets)) <= coded or offsets == 2 ** (
        labelling.rank - bits
    )
    known = np.concatenate([cosets.known for cosets in plan.cosets])
    assert len(set(known.tolist())) == 3 * bits, "the families know different coordinates"
    for cosets in plan.cosets:
        assert cosets.labelling is labelling
        assert cosets.n_offsets == offsets
        dense = unpack(cosets.offsets, labelling.rank)
        assert not dense[:, cosets.known].any()
        assert len(np.unique(dense, axis=0)) == offsets
        free = np.setdiff1d(np.arange(labelling.rank), cosets.known)
        equations = np.hstack([dense[:, free], np.ones((offsets, 1), dtype=bool)])
        assert len(reduced_rows(equations)[0]) == min(offsets, len(free) + 1)


@pytest.mark.parametrize(("n_players", "degree"), [(100, 5), (1000, 3), (10_000, 2)])
def test_one_row_less_than_the_smallest_code_needs_makes_no_code(n_players, degree):
    rank = degree * n_players.bit_length()
    smallest = int(np.ceil(24 * np.ceil(0.6 * (rank + 1 - 3)) / 0.85))
    coded, uncoded = (
        CodedPlan.design(n_players, budget, degree, rng=np.random.default_rng(0))
        for budget in (smallest, smallest - 2)
    )
    assert [cosets.n_bins for cosets in coded.cosets] == [8, 8, 8]
    assert uncoded.cosets == ()


def test_what_is_left_of_the_budget_is_random_and_validates():
    plan = CodedPlan.design(100, 3000, rng=np.random.default_rng(1))
    coded = len(plan.vectors)
    assert coded == len(np.unique(plan.vectors, axis=0)) <= 0.85 * 3000
    assert plan.uniform == slice(coded, 3000)
    assert plan.fresh == slice(3000 - 450, 3000)
    tiny = CodedPlan.design(100, 20, rng=np.random.default_rng(1))
    assert tiny.fresh == slice(17, 20)


def test_the_ends_are_left_to_the_caller_unless_all_is_asked():
    for n_players, budget in ((100, 3000), (12, 4000), (20, 500)):
        plan = CodedPlan.design(n_players, budget, rng=np.random.default_rng(2))
        assert not plan.has_ends
        assert not plan.complete
    for budget in (64, 63):
        plan = CodedPlan.design(6, budget, rng=np.random.default_rng(2))
        assert plan.has_ends
        assert plan.complete == (budget == 64)
    assert not CodedPlan.design(6, 62, rng=np.random.default_rng(2)).has_ends


def test_a_plan_tells_what_it_asks():
    coded = CodedPlan.design(100, 3000, rng=np.random.default_rng(3))
    families = " + ".join([f"32 bins x {coded.cosets[0].n_offsets} offsets"] * 3)
    assert coded.describe() == (
        f"{len(coded.vectors)} coded coalitions ({families}, interactions up to degree 5) and "
        f"{len(coded.others)} uniformly random ones of 100 players"
    )
    few = CodedPlan.design(100, 50, 3, rng=np.random.default_rng(3))
    assert few.describe() == (
        "50 uniformly random coalitions of 100 players, which no code of degree 3 fits"
    )


@pytest.mark.parametrize("n_players", [3, 9, 22, 23, 70])
def test_random_rows_of_few_and_many_players_are_distinct_and_alike(n_players):
    plan = CodedPlan.design(n_players, min(6, 2**n_players), rng=np.random.default_rng(4))
    assert len(plan.coalitions.distinct()[0]) == 6
    drawn = [
        CodedPlan.design(n_players, 6, rng=np.random.default_rng(seed)).coalitions.dense()
        for seed in range(300)
    ]
    share = np.concatenate(drawn).mean(axis=0)
    assert np.abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(6 * 300)


@given(st.integers(9, 2000), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_a_code_fits_from_the_smallest_budget_on(n_players, degree, seed):
    def coded(budget):
        return CodedPlan.design(n_players, budget, degree, rng=np.random.default_rng(seed)).cosets

    fewest = fewest_rows(n_players, degree, rng=np.random.default_rng(seed))
    if fewest is None:
        assert not any(coded(budget) for budget in range(2, 2 ** min(n_players, 11), 97))
    else:
        assert coded(fewest)
        assert not coded(fewest - 1)
