"""Rows by pairs: which are used, how they are halved and put together again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.signs import signs
from tests.estimators.gaussian.problems import paired_rows_of
from tests.estimators.samples import random_rows, seeds


@given(seed=seeds, paired=st.booleans())
def test_the_table_lists_every_row_once_next_to_its_complement(seed, paired):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 12, 4, paired=paired)
    table = rows.pair_table()
    assert sorted(table[table >= 0]) == list(range(len(rows)))
    both = table[table[:, 1] >= 0]
    assert rows[both[:, 0]] == rows[both[:, 1]].complement()
    assert not paired or paired_rows_of(rows, np.zeros(len(rows))).paired


@given(seed=seeds)
def test_paired_rows_have_one_line_per_pair_and_orthonormal_halves(seed):
    rng = np.random.default_rng(seed)
    coalitions = random_rows(rng, 12, 5, paired=True)
    values = rng.normal(size=len(coalitions))
    rows = paired_rows_of(coalitions, values)
    assert rows.paired
    assert len(rows) == len(coalitions) // 2
    np.testing.assert_array_equal(rows.block, signs(coalitions)[rows.first])
    np.testing.assert_array_equal(signs(coalitions)[rows.second], -rows.block)
    even, odd = rows.targets
    np.testing.assert_allclose(even, (values[rows.first] + values[rows.second]) / np.sqrt(2))
    np.testing.assert_allclose(odd, (values[rows.first] - values[rows.second]) / np.sqrt(2))
    unfolded = rows.unfold(even, odd, out=np.full(len(values), np.nan))
    np.testing.assert_allclose(unfolded, values)


def unpaired(rng, n_rows=14, n_players=5):
    """One row lacks its complement, and one pair is not used."""
    coalitions = random_rows(rng, n_rows, n_players, paired=True)[1:]
    table = coalitions.pair_table()
    used = np.delete(table, np.flatnonzero(table[:, 1] >= 0)[-1], axis=0)
    return coalitions, PairedRows(signs(coalitions), rng.normal(size=len(coalitions)), used)


@given(seed=seeds, paired=st.booleans())
def test_the_pairs_of_some_rows_are_those_of_their_coalitions(seed, paired):
    rng = np.random.default_rng(seed)
    coalitions = random_rows(rng, 12, 4, paired=paired)
    rows = paired_rows_of(coalitions, np.zeros(len(coalitions)))
    kept = np.zeros(len(coalitions), dtype=bool)
    table = rows.table[rng.random(len(rows.table)) < 0.6]
    kept[table[table >= 0]] = True
    found = {frozenset(pair) for pair in rows.table_within(kept).tolist()}
    assert found == {frozenset(pair) for pair in coalitions[kept].pair_table().tolist()}


@given(seed=seeds)
def test_unpaired_rows_have_one_line_each_and_know_their_twins(seed):
    coalitions, rows = unpaired(np.random.default_rng(seed))
    used = rows.row_numbers
    assert not rows.paired
    assert len(rows) == len(used)
    assert sorted(rows.first.tolist()) == sorted(used.tolist())
    np.testing.assert_array_equal(rows.block, signs(coalitions)[rows.first])
    (target,) = rows.targets
    np.testing.assert_array_equal(target, rows.values[rows.first])
    out = rows.unfold(target, out=np.zeros(len(rows.values)))
    np.testing.assert_array_equal(out[used], rows.values[used])
    assert (np.delete(out, used) == 0).all()
    with_twin, twin = rows.twins()
    np.testing.assert_array_equal(rows.block[twin], -rows.block[with_twin])
    assert len(with_twin) == 2 * (rows.table[:, 1] >= 0).sum()


@given(seed=seeds)
def test_positions_find_row_numbers_in_the_block(seed):
    rng = np.random.default_rng(seed)
    _, rows = unpaired(rng)
    wanted = rng.choice(rows.row_numbers, 3, replace=False)
    assert sorted(rows.first[rows.positions(wanted)].tolist()) == sorted(wanted.tolist())


def test_taking_pairs_takes_their_rows_alone():
    coalitions, rows = unpaired(np.random.default_rng(1))
    chosen = np.array([3, 0])
    taken = rows.take(chosen)
    np.testing.assert_array_equal(taken.table, rows.table[chosen])
    assert taken.values is rows.values
    np.testing.assert_array_equal(taken.block, signs(coalitions)[taken.first])


def mixed(n_pairs, n_single, seed=0):
    """That many complete pairs and single rows."""
    coalitions = random_rows(np.random.default_rng(seed), 2 * (n_pairs + n_single), 14, paired=True)
    table = coalitions.pair_table()
    table[n_pairs:, 1] = -1
    return PairedRows(signs(coalitions), np.zeros(len(coalitions)), table)


@pytest.mark.parametrize(
    ("n_pairs", "n_single", "complete"),
    [(100, 0, True), (80, 40, True), (79, 42, False), (0, 100, False)],
)
def test_complete_pairs_alone_are_drawn_if_four_of_five_rows_have_their_complement(
    n_pairs, n_single, complete
):
    rows = mixed(n_pairs, n_single)
    drawn = rows.subsample(50, np.random.default_rng(2))
    assert (drawn.table[:, 1] >= 0).all() == complete
    assert 42 <= len(drawn.row_numbers) <= 58
    if n_pairs == 0 or n_single == 0:
        assert len(drawn.row_numbers) == 50
    order = [rows.table[:, 0].tolist().index(first) for first in drawn.table[:, 0]]
    assert order == sorted(order)
    other = rows.subsample(50, np.random.default_rng(3))
    assert not np.array_equal(drawn.table[:20], other.table[:20])


def test_an_odd_number_of_rows_is_rounded_up_to_pairs_and_few_rows_are_all_taken():
    rows = mixed(30, 0)
    assert len(rows.subsample(15, np.random.default_rng(0)).row_numbers) == 16
    everything = rows.subsample(200, np.random.default_rng(0))
    np.testing.assert_array_equal(everything.table, rows.table)
    nothing = rows.take(np.array([], dtype=int)).subsample(10, np.random.default_rng(0))
    assert len(nothing.table) == 0
