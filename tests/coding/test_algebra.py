"""Algebraic decoding against galois and against a table of all small sets."""

from contextlib import contextmanager
from itertools import combinations

import galois
import numba
import numpy as np
import pytest

from shapiq_spex.coding.field import binary_field, field_for, odd_powers
from tests.coding.evidence import players_of


@contextmanager
def one_thread():
    """The decoder of galois forks threads for every word; here it must not."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def syndrome(odd, members):
    return np.bitwise_xor.reduce(odd[list(members)], axis=0, initial=0)


@pytest.mark.parametrize(
    ("n", "t"), [(15, 1), (15, 2), (15, 3), (20, 3), (31, 2), (9, 4), (11, 11)]
)
def test_every_set_up_to_t_is_found(n, t):
    field = field_for(n)
    labels = (np.random.default_rng(n).permutation(2**field.m - 1)[:n] + 1).astype(np.int32)
    odd = odd_powers(field, labels, t)
    for degree in range(t + 1):
        for members in combinations(range(n), degree):
            found = players_of(field, labels, syndrome(odd, members))
            assert found is not None
            assert tuple(found) == members


@pytest.mark.parametrize(("n", "t"), [(1000, 5), (4095, 3), (10_000, 5), (100_000, 8)])
def test_random_sets_of_many_players_are_found(n, t):
    rng = np.random.default_rng(n)
    field = field_for(n)
    labels = (rng.permutation(2**field.m - 1)[:n] + 1).astype(np.int32)
    odd = odd_powers(field, labels, t)
    for degree in [*range(t + 1), *rng.integers(0, t + 1, 20)]:
        members = np.sort(rng.choice(n, degree, replace=False))
        np.testing.assert_array_equal(players_of(field, labels, syndrome(odd, members)), members)


@pytest.mark.parametrize(("n", "m", "t"), [(7, 3, 2), (12, 4, 2), (15, 4, 3)])
def test_every_syndrome_agrees_with_a_table_of_all_small_sets(n, m, t):
    field = binary_field(m)
    labels = np.arange(1, n + 1, dtype=np.int32)
    odd = odd_powers(field, labels, t)
    table = {
        tuple(syndrome(odd, members)): members
        for degree in range(t + 1)
        for members in combinations(range(n), degree)
    }
    for number in range(2 ** (m * t)):
        word = (number >> m * np.arange(t)) & (2**m - 1)
        found = players_of(field, labels, word)
        assert table.get(tuple(word)) == (None if found is None else tuple(found))


def agrees_with_galois(words, n, t):
    """Whether both correct the same errors, and give up on the same words."""
    field = field_for(n)
    code = galois.BCH(n, d=2 * t + 1, extension_field=galois.GF(2, field.m))
    with one_thread():
        decoded, n_errors = code.decode(galois.GF2(words), output="codeword", errors=True)
    labels = field.exp[n - 1 - np.arange(n)]  # galois writes the highest power first
    odd = odd_powers(field, labels, t)
    for word, codeword, count in zip(words, np.asarray(decoded), n_errors, strict=True):
        found = players_of(field, labels, syndrome(odd, np.flatnonzero(word)))
        expected = None if count < 0 else np.flatnonzero(word != codeword).tolist()
        assert expected == (None if found is None else found.tolist())


@pytest.mark.slow  # galois compiles its decoder
@pytest.mark.parametrize(("n", "t"), [(15, 1), (15, 3), (31, 3)])
def test_every_error_pattern_of_a_small_code_is_corrected_as_by_galois(n, t):
    patterns = [errors for size in range(t + 1) for errors in combinations(range(n), size)]
    words = np.zeros((len(patterns), n), dtype=np.uint8)
    for word, errors in zip(words, patterns, strict=True):
        word[list(errors)] = 1
    agrees_with_galois(words, n, t)


@pytest.mark.slow  # galois compiles its decoder
@pytest.mark.parametrize(("n", "t"), [(255, 5)])
def test_random_error_patterns_are_corrected_or_given_up_as_by_galois(n, t):
    rng = np.random.default_rng(n)
    words = np.zeros((60, n), dtype=np.uint8)
    for word in words:
        word[rng.choice(n, rng.integers(0, t + 3), replace=False)] = 1
    agrees_with_galois(words, n, t)
