"""Linear algebra over GF(2)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.coding.bits import pack, parities, random_invertible, reduced_rows, unpack

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(0, 5), st.integers(1, 200))
def test_unpacking_undoes_packing(seed, rows, length):
    bits = np.random.default_rng(seed).random((rows, length)) < 0.5
    np.testing.assert_array_equal(unpack(pack(bits), length), bits)


@given(seeds, st.integers(1, 150))
def test_parities_are_inner_products(seed, length):
    rng = np.random.default_rng(seed)
    left, right = rng.random((4, length)) < 0.5, rng.random((3, length)) < 0.5
    expected = left.astype(int) @ right.T.astype(int) % 2 == 1
    np.testing.assert_array_equal(parities(pack(left), pack(right)), expected)


@given(seeds, st.integers(1, 12), st.integers(1, 20))
def test_reduced_rows_span_the_same_space(seed, height, width):
    matrix = np.random.default_rng(seed).random((height, width)) < 0.4
    rows, pivots = reduced_rows(matrix)
    np.testing.assert_array_equal(rows[:, pivots], np.eye(len(pivots), dtype=bool))
    # a vector of the row space is the combination of reduced rows that its pivots tell
    combinations = matrix[:, pivots].astype(int) @ rows.astype(int) % 2 == 1
    np.testing.assert_array_equal(combinations, matrix)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 85])
def test_random_invertible_comes_with_its_inverse(size):
    matrix, inverse = random_invertible(size, np.random.default_rng(size))
    product = matrix.astype(int) @ inverse.astype(int) % 2
    np.testing.assert_array_equal(product, np.eye(size))
