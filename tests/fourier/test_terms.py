"""Merging terms: sorted, distinct, sums kept."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.fourier.terms import TermGroup, merge_terms, subset_positions

from .strategies import seeds


@given(seeds, st.integers(0, 8), st.sampled_from([3, 40, 5_000, 2_000_000_000]))
def test_merging_agrees_with_a_dictionary(seed, degree, largest_player):
    """With players up to 2e9 (31 bits) a row of 3 or more no longer fits into one integer."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, largest_player + 1, size=(6, degree))
    members = np.sort(rows[rng.integers(6, size=30)], axis=1).astype(np.int32)
    coefficients = rng.normal(size=30)

    expected: dict[tuple[int, ...], float] = {}
    for row, coefficient in zip(members.tolist(), coefficients, strict=True):
        expected[tuple(row)] = expected.get(tuple(row), 0.0) + coefficient
    merged = merge_terms(
        [
            TermGroup(members[:11], coefficients[:11]),
            TermGroup(members[11:], coefficients[11:]),
        ]
    )
    assert merged.tuples() == sorted(expected)
    assert merged.coefficients == pytest.approx([expected[term] for term in sorted(expected)])


@pytest.mark.parametrize("degree", [0, 2])
def test_merging_nothing_gives_nothing(degree):
    nothing = TermGroup(np.empty((0, degree), dtype=np.int32), np.empty(0))
    merged = merge_terms([nothing, nothing])
    assert merged.degree == degree
    assert len(merged.coefficients) == 0


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16, 31])
def test_the_order_is_lexicographic_however_many_bits_a_player_takes(bits):
    """A row of 64 bits in one word would be a negative number."""
    degree = min(64 // bits, 2**bits)
    last = np.arange(2**bits - degree, 2**bits)
    rows = [last, np.arange(degree)]
    if degree < 2**bits:
        rows += [np.sort([0, *last[1:]]), [*range(degree - 1), 2**bits - 1]]
    members = np.array(rows, dtype=np.int32)
    merged = merge_terms([TermGroup(members, np.arange(1.0, len(rows) + 1))])
    assert merged.tuples() == sorted({tuple(row) for row in members.tolist()})
    assert merged.coefficients.sum() == len(rows) * (len(rows) + 1) / 2


@given(seeds, st.integers(0, 5))
def test_terms_without_a_coefficient_are_left_out(seed, degree):
    rng = np.random.default_rng(seed)
    members = np.sort(rng.integers(0, 9, size=(8, degree)), axis=1).astype(np.int32)
    coefficients = rng.integers(-1, 2, size=8).astype(float)
    group = TermGroup(members, coefficients)
    assert group.degree == degree
    assert group.tuples() == [tuple(row) for row in members.tolist()]
    kept = group.without_zeros()
    assert list(zip(kept.tuples(), kept.coefficients, strict=True)) == [
        (t, c) for t, c in zip(group.tuples(), coefficients, strict=True) if c != 0
    ]


@given(st.integers(0, 7), st.integers(0, 7))
def test_positions_of_subsets_are_all_combinations(degree, size):
    positions = subset_positions(degree, size)
    assert positions.shape[1] == size
    assert [tuple(row) for row in positions.tolist()] == list(combinations(range(degree), size))


def test_terms_that_differ_in_their_last_players_alone_are_sorted_and_told_apart():
    """Three players of 31 bits take two words."""
    rows = [
        [1, 2, 2_000_000_000],
        [1, 2, 5],
        [1, 2, 7],
        [1, 2, 5],
        [1, 2, 2_000_000_000],
        [0, 1, 9],
    ]
    merged = merge_terms([TermGroup(np.array(rows, dtype=np.int32), np.arange(1.0, 7.0))])
    assert merged.tuples() == [(0, 1, 9), (1, 2, 5), (1, 2, 7), (1, 2, 2_000_000_000)]
    assert merged.coefficients.tolist() == [6.0, 6.0, 3.0, 6.0]
