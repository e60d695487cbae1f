"""Planted functions have the shape and the noise that they should have."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex.benchmark.games.planted_functions import (
    coalition_noise,
    planted_game,
    planted_terms,
)


def random_rows(n_players, count=40, seed=0):
    return np.random.default_rng(seed).integers(0, 2, (count, n_players)) == 1


@settings(deadline=None, max_examples=20)
@given(
    shape=st.sampled_from(["hierarchical", "flat"]),
    n_players=st.integers(8, 40),
    n_terms=st.integers(1, 20),
    seed=st.integers(0, 1000),
)
def test_planted_terms_have_their_shape(shape, n_players, n_terms, seed):
    terms = planted_terms(shape, n_players, n_terms, np.random.default_rng(seed))
    assert len(set(terms)) == len(terms) == n_terms
    assert all(1 <= len(term) <= 5 and list(term) == sorted(set(term)) for term in terms)
    if shape == "hierarchical":
        known = {(), *terms}
        for term in terms:
            parents = [tuple(p for p in term if p != player) for player in term]
            assert any(parent in known for parent in parents)


def test_noise_is_a_function_of_the_coalition_with_the_right_law():
    rows = random_rows(50, 5000)
    noise = coalition_noise(rows, seed=3)
    np.testing.assert_array_equal(coalition_noise(rows[::-1], seed=3), noise[::-1])
    assert abs(noise.mean()) < 0.06
    assert abs(noise.std() - 1) < 0.05
    neighbour = rows.copy()
    neighbour[:, 0] ^= True
    assert abs(np.corrcoef(noise, coalition_noise(neighbour, seed=3))[0, 1]) < 0.06
    assert abs(np.corrcoef(noise, coalition_noise(rows, seed=4))[0, 1]) < 0.06


def test_planted_noise_is_added_to_what_is_asked_and_not_to_the_truth():
    game = planted_game("hierarchical", 30, 12, noise=0.5, seed=1)
    rows = random_rows(30, 4000)
    residual = game.value(rows) - game.spectrum.evaluate(rows)
    assert abs(residual.std() / np.sqrt(game.spectrum.variance) - 0.5) < 0.03
    np.testing.assert_allclose(game.held_out_values, game.spectrum.evaluate(game.held_out))
