"""Coalitions behave as the boolean matrix they were packed from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.fourier.coalitions import Coalitions, coalitions_of_sizes

from .strategies import masks, seeds


@given(masks())
def test_packing_loses_nothing(matrix):
    coalitions = Coalitions.from_dense(matrix)
    assert len(coalitions) == len(matrix)
    assert coalitions.n_players == matrix.shape[1]
    assert np.array_equal(coalitions.dense(), matrix)
    assert np.array_equal(coalitions.sizes(), matrix.sum(axis=1))


@given(masks())
def test_complement_is_an_involution_with_clean_padding(matrix):
    coalitions = Coalitions.from_dense(matrix)
    complement = coalitions.complement()
    assert complement == Coalitions.from_dense(~matrix)
    assert complement.complement() == coalitions


@given(masks(), seeds)
def test_columns_and_rows_are_those_of_the_matrix(matrix, seed):
    rng = np.random.default_rng(seed)
    coalitions = Coalitions.from_dense(matrix)
    players = rng.integers(matrix.shape[1], size=7)
    assert np.array_equal(coalitions.columns(players), matrix[:, players])
    rows = rng.random(len(matrix)) < 0.5
    assert np.array_equal(coalitions[rows].dense(), matrix[rows])
    assert np.array_equal(coalitions[np.flatnonzero(rows)].dense(), matrix[rows])
    assert np.array_equal(coalitions[1:].dense(), matrix[1:])


@given(masks(), st.integers(1, 5))
def test_blocks_cover_every_row_once(matrix, rows):
    coalitions = Coalitions.from_dense(matrix)
    seen = np.zeros(len(matrix), dtype=int)
    for block, dense in coalitions.blocks(rows):
        assert len(dense) <= rows
        assert np.array_equal(dense, matrix[block])
        seen[block] += 1
    assert (seen == 1).all()


@given(masks(max_players=9))
def test_keys_are_equal_exactly_where_coalitions_are(matrix):
    keys = Coalitions.from_dense(matrix).keys()
    assert len(keys) == len(matrix)
    for a in range(len(matrix)):
        for b in range(len(matrix)):
            assert (keys[a] == keys[b]) == np.array_equal(matrix[a], matrix[b])


@given(masks(max_players=3))
def test_distinct_coalitions_are_in_order_of_first_occurrence(matrix):
    rows = [row.tolist() for row in matrix]
    expected = [row for i, row in enumerate(rows) if row not in rows[:i]]
    distinct, place = Coalitions.from_dense(matrix).distinct()
    assert distinct.dense().tolist() == expected
    assert [expected[k] for k in place] == rows


@given(masks())
def test_concatenation_and_equality(matrix):
    coalitions = Coalitions.from_dense(matrix)
    both = coalitions.concatenate(coalitions.complement())
    assert np.array_equal(both.dense(), np.concatenate([matrix, ~matrix]))
    again = Coalitions.from_dense(matrix.astype(int))
    assert again == coalitions
    assert hash(again) == hash(coalitions)
    assert coalitions != both or len(matrix) == 0
    assert coalitions != matrix.tolist()


@pytest.mark.parametrize("n_players", [0, 1, 5, 9])
def test_all_coalitions_are_numbered_by_their_bits(n_players):
    dense = Coalitions.all_of(n_players).dense()
    assert dense.shape == (2**n_players, n_players)
    assert np.array_equal(dense @ (1 << np.arange(n_players)), np.arange(2**n_players))


def test_no_players_have_one_coalition():
    distinct, place = Coalitions.from_dense(np.empty((3, 0), dtype=bool)).distinct()
    assert (len(distinct), place.tolist()) == (1, [0, 0, 0])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Coalitions.from_dense([True, False]), "one row per coalition"),
        (lambda: Coalitions.from_dense([[0, 2]]), "only True/False"),
        (lambda: Coalitions.from_dense([[0.0, np.nan]]), "only True/False"),
        (lambda: Coalitions(np.zeros((2, 2), dtype=np.uint8), 8), "1 bytes wide"),
        (lambda: Coalitions(np.zeros((2, 1, 1), dtype=np.uint8), 8), "1 bytes wide"),
        (lambda: Coalitions(np.zeros(1, dtype=np.uint8), 8), "1 bytes wide"),
        (lambda: Coalitions(np.zeros((2, 1), dtype=np.int8), 8), "1 bytes wide"),
        (lambda: Coalitions.all_of(31), "do not fit into memory"),
        (
            lambda: Coalitions.from_dense([[1] * 9]).concatenate(Coalitions.from_dense([[1] * 10])),
            "different numbers of players",
        ),
    ],
)
def test_errors_say_what_was_wrong(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@given(masks(max_players=6))
def test_pairs_are_numbered_in_order_of_appearance(matrix):
    coalitions = Coalitions.from_dense(matrix)
    keys = [min(row.tolist(), (~row).tolist()) for row in matrix]
    seen = [key for place, key in enumerate(keys) if key not in keys[:place]]
    assert coalitions.pair_of_row().tolist() == [seen.index(key) for key in keys]
    assert coalitions.pair_of_row().tolist() == [seen.index(key) for key in keys]  # remembered


@given(masks(max_players=6), seeds)
def test_parts_of_coalitions_have_pairs_of_their_own(matrix, seed):
    coalitions = Coalitions.from_dense(matrix)
    coalitions.pair_of_row()
    rows = np.random.default_rng(seed).permutation(len(matrix))[: len(matrix) // 2]
    part = coalitions[rows]
    assert part.pair_of_row().tolist() == Coalitions.from_dense(matrix[rows]).pair_of_row().tolist()
    halves = coalitions[1::2]
    expected = Coalitions.from_dense(matrix[1::2]).pair_of_row()
    assert halves.pair_of_row().tolist() == expected.tolist()


@given(st.integers(1, 20), seeds)
def test_the_table_of_pairs_lists_each_row_once(n_players, seed):
    rng = np.random.default_rng(seed)
    half = rng.random((9, n_players)) < 0.5
    rows = np.unique(np.concatenate([half, ~half[rng.random(9) < 0.5]]), axis=0)
    rows = rows[rng.permutation(len(rows))]
    coalitions = Coalitions.from_dense(rows)
    table = coalitions.pair_table()
    assert sorted(row for row in table.ravel().tolist() if row >= 0) == list(range(len(rows)))
    assert table[:, 0].tolist() == sorted(table[:, 0].tolist())
    for first, second in table.tolist():
        if second >= 0:
            assert first < second
            assert (rows[first] != rows[second]).all()
        else:
            assert not (rows == ~rows[first]).all(axis=1).any()


def test_coalitions_of_no_players_are_one_pair():
    coalitions = Coalitions.from_dense(np.empty((2, 0), dtype=bool))
    assert coalitions.pair_of_row().tolist() == [0, 0]
    assert coalitions.complement() == coalitions
    assert coalitions.sizes().tolist() == [0, 0]


@given(st.integers(1, 20))
def test_the_ends_are_nobody_and_everybody(n_players):
    ends = Coalitions.ends(n_players)
    assert ends.dense().tolist() == [[False] * n_players, [True] * n_players]


@given(masks(max_players=12))
def test_numbers_are_the_rows_of_all_coalitions(matrix):
    coalitions = Coalitions.from_dense(matrix)
    everything = Coalitions.all_of(coalitions.n_players)
    assert everything[coalitions.numbers()] == coalitions


def test_numbers_reach_as_far_as_integers_do():
    last = Coalitions.from_dense(np.arange(62)[None, :] == 61)
    assert last.numbers().tolist() == [2**61]


def test_coalitions_of_different_players_differ():
    assert Coalitions.from_dense([[True, False]]) != Coalitions.from_dense([[True, False, False]])
    assert Coalitions.from_dense([[True]]) != Coalitions.from_dense([[True], [True]])
    assert repr(Coalitions.from_dense([[True]])) == "Coalitions(1 of 1 players)"
    assert len({Coalitions.from_dense([[True]]), Coalitions.from_dense([[1]])}) == 1


def test_several_lists_are_joined_in_order():
    parts = [Coalitions.from_dense([[i % 2 == 1, i > 1]]) for i in range(4)]
    joined = parts[0].concatenate(*parts[1:])
    assert joined.dense().tolist() == [[i % 2 == 1, i > 1] for i in range(4)]
    assert parts[0].concatenate() == parts[0]


def test_every_coalition_of_a_size_is_drawn_equally_often():
    rng = np.random.default_rng(0)
    sizes = np.repeat([0, 2, 4], [5, 6000, 5])
    drawn = Coalitions.from_dense(coalitions_of_sizes(sizes, 4, rng))
    np.testing.assert_array_equal(drawn.sizes(), sizes)
    _, counts = np.unique(drawn.numbers()[sizes == 2], return_counts=True)
    assert len(counts) == 6
    assert abs(counts - 1000).max() < 4 * np.sqrt(1000 * 5 / 6)
