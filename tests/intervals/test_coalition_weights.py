"""The weights of single coalitions, against the conversion of a complete spectrum."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.intervals.coalition_weights import coalition_weights
from tests.fourier.indices import INDICES

INTERACTION_INDICES = [name for name, record in INDICES.items() if not record.generalized]


@pytest.mark.parametrize("index", INTERACTION_INDICES)
@pytest.mark.parametrize(("n", "max_order"), [(1, 1), (4, 2), (6, 3), (5, 5)])
def test_weighted_values_add_up_to_the_index(index, n, max_order):
    coalitions = Coalitions.all_of(n)
    table = np.random.default_rng(n).normal(size=2**n)
    exact = convert(spectrum_of_table(table), index, max_order).to_dict()
    for size in range(1, 1 + (INDICES[index].only_order or max_order)):
        weights = coalition_weights(index, max_order, size, n)
        for interaction in combinations(range(n), size):
            overlap = coalitions.columns(np.array(interaction)).sum(axis=1)
            found = weights[coalitions.sizes(), overlap] @ table
            assert found == pytest.approx(exact.get(interaction, 0.0), abs=1e-10)


@pytest.mark.parametrize("n", [40, 300])
def test_shapley_weights_of_many_players_are_exact(n):
    """1 / (n C(n-1, |C|)) with the player's own sign, though the sum has terms up to 2^n larger."""
    weights = coalition_weights("SV", 1, 1, n)
    expected, product = np.empty(n), 1.0 / n
    for size in range(n):
        expected[size] = product
        product *= (size + 1) / max(n - 1 - size, 1)
    np.testing.assert_allclose(weights[:-1, 0], -expected, rtol=1e-12)
    np.testing.assert_allclose(weights[1:, 1], expected, rtol=1e-12)
