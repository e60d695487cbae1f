"""Merging terms: sorted, distinct, sums kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.fourier.terms import TermGroup, merge_terms

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
