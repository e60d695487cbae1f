"""Coordinates of sets of players."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.coding.bits import pack, parities, unpack
from shapiq_spex.coding.field import odd_powers
from shapiq_spex.coding.labelling import Labelling


@given(st.integers(1, 300), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_a_character_is_an_inner_product_of_coordinates(n_players, degree, seed):
    rng = np.random.default_rng(seed)
    labelling = Labelling.draw(n_players, degree, rng)
    vectors = pack(rng.random((20, labelling.rank)) < 0.5)
    members = rng.integers(-1, n_players, (6, 4))
    members = np.array(
        [np.pad(u := np.unique(m[m >= 0]), (0, 4 - len(u)), constant_values=-1) for m in members]
    )
    coalitions = labelling.coalitions(vectors).dense().astype(int)
    membership = np.zeros((6, n_players), dtype=int)
    for term, players in zip(membership, members, strict=True):
        term[players[players >= 0]] = 1
    expected = coalitions @ membership.T % 2 == 1
    np.testing.assert_array_equal(parities(vectors, labelling.coordinates(members)), expected)


@pytest.mark.parametrize(("n_players", "degree"), [(10, 2), (14, 3), (31, 2), (6, 6)])
def test_small_sets_have_different_coordinates(n_players, degree):
    labelling = Labelling.draw(n_players, degree, np.random.default_rng(0))
    seen = set()
    for size in range(degree + 1):
        members = np.array(list(combinations(range(n_players), size)), dtype=int)
        seen |= {row.tobytes() for row in labelling.coordinates(members)}
    assert len(seen) == sum(1 for s in range(degree + 1) for _ in combinations(range(n_players), s))


@pytest.mark.parametrize(("n_players", "degree"), [(1, 1), (30, 5), (100, 5), (5000, 5), (300, 9)])
def test_syndromes_follow_from_coordinates(n_players, degree):
    rng = np.random.default_rng(n_players)
    labelling = Labelling.draw(n_players, degree, rng)
    assert labelling.rank <= min(n_players, degree * labelling.field.m)
    members = np.array([rng.choice(n_players, min(n_players, 4), replace=False) for _ in range(5)])
    odd = odd_powers(labelling.field, labelling.labels, degree)
    for term, coordinates in zip(members, labelling.coordinates(members), strict=True):
        known = unpack(coordinates, labelling.rank)
        np.testing.assert_array_equal(
            np.bitwise_xor.reduce(labelling.syndromes[known], axis=0, initial=0),
            np.bitwise_xor.reduce(odd[term], axis=0),
        )


def test_different_vectors_are_different_coalitions():
    labelling = Labelling.draw(12, 3, np.random.default_rng(5))
    numbers = np.arange(2**labelling.rank, dtype=np.uint64)[:, None]
    assert len(labelling.coalitions(numbers).distinct()[0]) == len(numbers)
