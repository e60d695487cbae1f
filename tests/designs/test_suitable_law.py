"""The law that suits an index, over the table of indices."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.designs.law import SizeLaw, size_weights
from shapiq_spex.designs.suitable_law import suitable_law, suitable_law_name, suits_pairs
from shapiq_spex.fourier.index import index_named
from tests.fourier.indices import INDICES


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("max_order", [1, 2, 3])
def test_the_family_is_that_of_the_record(index, max_order):
    record = index_named(index, max_order)
    few, many = (suitable_law_name(index, max_order, n) for n in (19, 20))
    if record.keep is not None:  # a weighted Banzhaf index is about its own probability
        assert few == many == record.keep == 0.9
    elif record.law == "uniform":
        assert few == many == "range"
    else:
        assert few == "kernel"
        assert many == ("sizes" if max_order == 1 else "kernel")


@pytest.mark.parametrize("index", [i for i, r in INDICES.items() if r.at_order_one == "SV"])
@pytest.mark.parametrize("n", [5, 30])
def test_at_order_one_whatever_is_called_shapley_value_is_drawn_alike(index, n):
    law, expected = (suitable_law(name, 1, n) for name in (index, "SV"))
    assert law.paired == expected.paired
    np.testing.assert_array_equal(law.size_weights, expected.size_weights)


@pytest.mark.parametrize("index", INDICES)
def test_complements_are_evaluated_for_single_players_alone(index):
    """And by symmetric laws alone: those of nearly full coalitions are nearly empty."""
    for max_order in (1, 2, 3):
        law = suitable_law(index, max_order, 12)
        name = suitable_law_name(index, max_order, 12)
        assert suits_pairs(max_order) == (max_order == 1)
        symmetric = np.allclose(size_weights(12, name), size_weights(12, name)[::-1])
        assert law.paired == (suits_pairs(max_order) and symmetric)
        rows = SizeLaw.named(12, name, paired=law.paired)
        np.testing.assert_array_equal(law.size_weights, rows.size_weights)
        assert law.basis == rows.basis
