"""Sparse spectra of functions that cost nothing: exact where sparse, for any sizes."""

import numpy as np
import pytest

from shapiq_spex.estimators import subcubes
from shapiq_spex.estimators.subcubes import Subcubes, sparse_spectrum
from shapiq_spex.fourier.coalitions import coalitions_of_sizes
from shapiq_spex.fourier.spectrum import Spectrum

HALF = np.full(20, 20)


def planted(n_players, n_terms, seed=0):
    """A spectrum of pairs, triples and quadruples, with all of their subsets."""
    rng = np.random.default_rng(seed)
    found = Spectrum(n_players)
    for _ in range(n_terms):
        term = rng.choice(n_players, rng.integers(2, 5), replace=False)
        parts = {(): 1.0}
        for player in term.tolist():  # a product of (1 - chi) / 2: all of them are kept
            parts = {
                (*t, *more): c * sign / 2
                for t, c in parts.items()
                for more, sign in (((), 1), ((player,), -1))
            }
        found = found + float(rng.normal()) * Spectrum.from_dict(n_players, parts)
    return found


def largest_difference(one, two):
    both = one + -1.0 * two
    return np.abs(both.coefficients).max(initial=0.0)


@pytest.mark.parametrize(
    "sizes", [HALF, np.full(20, 30), np.arange(41)], ids=["half", "75%", "all"]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_sparse_functions_are_read_exactly(sizes, seed):
    truth = planted(40, 15, seed)
    found = sparse_spectrum(truth, sizes, 40, np.random.default_rng(seed))
    assert largest_difference(found, truth) < 1e-7


def test_equal_seeds_give_equal_bits():
    truth = planted(20, 5)
    one, two = (sparse_spectrum(truth, HALF // 2, 20, np.random.default_rng(3)) for _ in "ab")
    assert one == two


@pytest.mark.parametrize("factor", [-4.0, 2.0**-30])
def test_the_spectrum_of_a_multiple_is_the_multiple_of_the_spectrum(factor):
    truth = planted(25, 8)

    def dense(rows):  # not sparse, so that what is left out must scale too
        return np.tanh(truth(rows))

    one = sparse_spectrum(dense, HALF, 25, np.random.default_rng(0))
    two = sparse_spectrum(lambda rows: factor * dense(rows), HALF, 25, np.random.default_rng(0))
    assert one.terms() == two.terms()
    np.testing.assert_allclose(two.coefficients, factor * one.coefficients, rtol=1e-9)


def test_players_that_are_alike_are_read_alike():
    def majority(rows):
        return np.tanh(rows[:, :6].sum(axis=1) - 3.0)

    assert majority(np.eye(20)[:1] > 0) == np.tanh(-2.0)
    found = sparse_spectrum(majority, HALF // 2, 20, np.random.default_rng(0))
    single = [found[(player,)] for player in range(6)]
    assert np.ptp(single) < 1e-8
    assert max(abs(found[(player,)]) for player in range(6, 20)) < 1e-8


@pytest.mark.parametrize("constant", [0.0, 7.5])
def test_a_constant_is_its_mean(constant):
    found = sparse_spectrum(
        lambda rows: np.full(len(rows), constant), HALF, 40, np.random.default_rng(0)
    )
    assert found.mean == pytest.approx(constant, abs=1e-12)
    assert np.abs(found.coefficients[1:]).max() < 1e-12


def test_a_parity_lies_in_one_place_of_each_transform():
    rng = np.random.default_rng(0)
    shares = np.array([0.5, 0.2, 0.9, 0.0, 1.0])
    parity = Spectrum.from_dict(30, {(3, 7, 20): 2.0})
    cubes = Subcubes.draw(parity, shares, 30, rng)
    places, signs = cubes.places(np.array([[3, 7, 20]], dtype=np.int32))
    for transform, place, sign in zip(cubes.transforms, places[:, 0], signs[:, 0], strict=True):
        expected = np.zeros(len(transform))
        expected[place] = 2.0 * sign
        np.testing.assert_allclose(transform, expected, atol=1e-12)


@pytest.mark.parametrize("law", ["half", "one in four removed", "all sizes"])
def test_the_rows_of_subcubes_have_the_sizes_of_the_law(law):
    rng = np.random.default_rng(1)
    sizes = {
        "half": rng.binomial(50, 0.5, 3000),
        "one in four removed": rng.binomial(50, 0.75, 3000),
        "all sizes": rng.integers(0, 51, 3000),
    }[law]
    seen = []

    def watch(rows):
        seen.append(rows.sum(axis=1))
        return np.zeros(len(rows))

    Subcubes.draw(watch, subcubes._shares(sizes, 50, 64), 50, rng)
    seen = np.concatenate(seen)
    assert seen.mean() == pytest.approx(sizes.mean(), abs=1.0)
    assert seen.std() == pytest.approx(sizes.std(), rel=0.1)


def test_of_many_players_the_pairs_of_the_influential_ones_are_found(monkeypatch):
    monkeypatch.setattr(subcubes, "_PAIRED_PLAYERS", 10)

    def game(rows):
        return 1.0 * (rows[:, 50] ^ rows[:, 7]) + rows[:, 3]

    found = sparse_spectrum(game, np.full(9, 30), 60, np.random.default_rng(0))
    assert found[(7, 50)] == pytest.approx(-0.5)
    assert found[(3,)] == pytest.approx(-0.5)


def test_no_more_terms_are_found_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(subcubes, "_MOST_TERMS", 60)
    found = sparse_spectrum(planted(25, 30), HALF, 25, np.random.default_rng(0))
    assert 26 < len(found.terms()) <= 60


def test_random_coalitions_of_given_sizes_are_uniform():
    rows = coalitions_of_sizes(np.full(6000, 2), 4, np.random.default_rng(0))
    assert (rows.sum(axis=1) == 2).all()
    counts = np.unique(rows @ (1 << np.arange(4)), return_counts=True)[1]
    assert len(counts) == 6
    assert np.abs(counts - 1000).max() < 120
