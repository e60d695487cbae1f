"""Exact indices are those of shapiq, and references converge to them."""

import numpy as np
import pytest
import shapiq

from shapiq_spex.benchmark import BenchmarkGame
from shapiq_spex.benchmark.games.known_indices import (
    COMPARED,
    exact_spectrum,
    index_of_spectrum,
    known_indices,
    order_of,
    reference_shapley,
)
from shapiq_spex.benchmark.measuring.metrics import index_error
from shapiq_spex.reports.prediction import interactions_of


@pytest.mark.parametrize("index", COMPARED)
def test_exact_indices_are_those_of_shapiq(index):
    table = np.random.default_rng(1).normal(size=64)
    places = 1 << np.arange(6)

    class Enumerated(shapiq.Game):
        def value_function(self, coalitions):
            return table[np.asarray(coalitions, dtype=bool) @ places]

    wanted = interactions_of(
        shapiq.ExactComputer(n_players=6, game=Enumerated(6, normalize=False))(
            index, order_of(index)
        )
    )
    ours = known_indices(BenchmarkGame("table", 6, lambda rows: table[rows @ places]))[index]
    for term in wanted:
        if term:
            assert np.isclose(ours[term], wanted[term], atol=1e-7)


def test_reference_shapley_values_converge_to_the_exact_ones():
    table = np.random.default_rng(2).normal(size=2**8)
    places = 1 << np.arange(8)
    game = BenchmarkGame("table", 8, lambda rows: table[rows @ places])
    exact = index_of_spectrum(exact_spectrum(game), "SV")
    reference = reference_shapley(game, tolerance=2e-3)
    assert index_error(reference, exact) < 1e-2


def test_what_is_known_of_a_game_depends_on_its_size():
    def additive(rows):
        return rows @ np.arange(1.0, rows.shape[1] + 1)

    assert set(known_indices(BenchmarkGame("small", 5, additive))) == set(COMPARED)
    assert set(known_indices(BenchmarkGame("middle", 20, additive))) == set()
    assert set(known_indices(BenchmarkGame("huge", 300, additive))) == set()
    large = known_indices(BenchmarkGame("large", 30, additive))
    assert large == {"SV": {(player,): player + 1.0 for player in range(30)}}
