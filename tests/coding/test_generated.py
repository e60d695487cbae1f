"""Coalitions that are generated when they are looked at."""

import numpy as np
import pytest

from shapiq_spex.coding.generated import GeneratedCoalitions
from shapiq_spex.fourier.coalitions import Coalitions


@pytest.fixture
def pair():
    """Generated coalitions, and the same written down."""
    written = Coalitions.from_dense(np.random.default_rng(0).random((300, 21)) < 0.5)
    return GeneratedCoalitions(300, 21, lambda rows: written[rows]), written


def test_they_are_coalitions_like_any_others(pair):
    generated, written = pair
    assert len(generated) == 300
    assert generated == written
    assert written == generated
    assert hash(generated) == hash(written)
    np.testing.assert_array_equal(generated.dense(), written.dense())
    np.testing.assert_array_equal(generated.sizes(), written.sizes())
    assert generated.complement() == written.complement()
    assert generated.concatenate(written) == written.concatenate(generated)


@pytest.mark.parametrize(
    "rows", [slice(3, 40), slice(None, None, -7), np.array([5, 5, 299]), np.arange(300) % 3 == 0]
)
def test_any_rows_can_be_picked_out(pair, rows):
    generated, written = pair
    assert generated[rows] == written[rows]


def test_only_what_is_looked_at_is_generated():
    asked = []

    def generate(rows):
        asked.append(len(rows))
        return Coalitions.from_dense(np.ones((len(rows), 9), dtype=bool))

    generated = GeneratedCoalitions(10**9, 9, generate)
    assert len(generated) == 10**9
    assert asked == []
    assert len(list(zip(range(3), generated[:30].blocks(10), strict=False))) == 3
    assert asked == [30]


def test_sizes_are_counted_a_block_at_a_time():
    asked = []

    def generate(rows):
        asked.append(rows)
        return Coalitions.from_dense((rows[:, None] >> np.arange(14)) & 1 == 1)

    sizes = GeneratedCoalitions(10_000, 14, generate).sizes()
    np.testing.assert_array_equal(sizes, np.bitwise_count(np.arange(10_000)))
    assert max(map(len, asked)) <= 4096
    np.testing.assert_array_equal(np.concatenate(asked), np.arange(10_000))
    assert GeneratedCoalitions(0, 14, generate).sizes().shape == (0,)
