"""Conversion as laws: the axioms of the indices and the definitions they come from."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex.fourier import conversion
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.index import interaction_weight
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.fourier.indices import INDICES

from .definitions import DEFINITIONS
from .strategies import seeds, spectra, tables

orders = st.integers(1, 4)
few = settings(max_examples=8)  # for each index
every_index = pytest.mark.parametrize("index", INDICES)


def values_of(interactions):
    return interactions.to_dict()


def assert_same(actual, expected):
    for interaction in set(actual) | set(expected):
        assert actual.get(interaction, 0.0) == pytest.approx(
            expected.get(interaction, 0.0), abs=1e-9
        ), interaction


def value(table, coalition):
    return table[sum(1 << player for player in coalition)]


@every_index
@few
@given(spectra(max_players=7), seeds, orders)
def test_conversion_is_linear(index, spectrum, seed, order):
    rng = np.random.default_rng(seed)
    n = spectrum.n_players
    other = Spectrum.from_dict(n, {(): 0.5, (n - 1,): rng.normal(), tuple(range(n)): 1.5})
    actual = values_of(convert(2.0 * spectrum - other, index, order))
    first = values_of(convert(spectrum, index, order))
    second = values_of(convert(other, index, order))
    expected = {i: 2.0 * first.get(i, 0.0) - second.get(i, 0.0) for i in set(first) | set(second)}
    assert_same(actual, expected)


@every_index
@few
@given(spectra(max_players=7), seeds, orders)
def test_renaming_players_renames_interactions(index, spectrum, seed, order):
    names = np.random.default_rng(seed).permutation(spectrum.n_players)

    def rename(terms):
        return {tuple(sorted(int(names[i]) for i in term)): v for term, v in terms.items()}

    renamed = Spectrum.from_dict(spectrum.n_players, rename(spectrum.to_dict()))
    assert_same(
        values_of(convert(renamed, index, order)),
        rename(values_of(convert(spectrum, index, order))),
    )


@pytest.mark.parametrize("index", [i for i in INDICES if i != "JointSV"])
@few
@given(spectra(max_players=6), orders)
def test_players_without_influence_change_nothing(index, spectrum, order):
    """... for interactions of the others; only JointSV shares out among idle players too."""
    order = min(order, spectrum.n_players)
    larger = Spectrum(spectrum.n_players + 2, spectrum.groups)
    actual = values_of(convert(larger, index, order))
    idle = {spectrum.n_players, spectrum.n_players + 1}
    if not INDICES[index].generalized:
        assert not any(idle & set(interaction) for interaction in actual)
    kept = {i: v for i, v in actual.items() if not idle & set(i)}
    assert_same(kept, values_of(convert(spectrum, index, order)))


def test_joint_shapley_values_go_to_players_without_influence_too():
    alone = convert(Spectrum.from_dict(1, {(0,): -0.5}), "JointSV", 2).to_dict()
    together = convert(Spectrum.from_dict(2, {(0,): -0.5}), "JointSV", 2).to_dict()
    assert alone[0,] == pytest.approx(1.0)
    assert together[0,] == pytest.approx(2 / 3)
    assert together[0, 1] == pytest.approx(1 / 3)


@pytest.mark.parametrize("index", [i for i, r in INDICES.items() if r.efficient_over != "none"])
@given(spectra(), orders)
def test_efficiency(index, spectrum, order):
    ends = np.array([[False] * spectrum.n_players, [True] * spectrum.n_players])
    empty, full = spectrum.evaluate(ends)
    over = INDICES[index].efficient_over
    interactions = convert(spectrum, index, order if over == "interactions" else 1, min_order=1)
    assert interactions.values.sum() == pytest.approx(full - empty, abs=1e-9)


@every_index
@given(spectra(max_players=6))
def test_at_order_one_an_index_is_what_shapiq_then_calls_it(index, spectrum):
    assert_same(
        convert(spectrum, index, 1, min_order=1).to_dict(),
        convert(spectrum, INDICES[index].at_order_one, 1, min_order=1).to_dict(),
    )


@every_index
@given(tables(max_players=4), orders)
def test_values_are_those_of_the_definition(index, table, order):
    spectrum = spectrum_of_table(table)
    n = spectrum.n_players

    @cache
    def game(coalition):
        return Fraction(float(value(table, coalition)))

    found = convert(spectrum, index, order)
    expected = {
        players: float(DEFINITIONS[index](game, n, frozenset(players), min(order, n)))
        for size in range(1, found.max_order + 1)
        for players in combinations(range(n), size)
    }
    assert_same(found.to_dict(), {(): found.empty_value} | expected)


@every_index
@few
@given(tables(max_players=5), orders)
def test_orders_are_slices_of_the_whole(index, table, order):
    spectrum = spectrum_of_table(table)
    whole = convert(spectrum, index, order)
    for lowest in range(whole.max_order + 1):
        part = convert(spectrum, index, order, min_order=lowest)
        assert part.min_order == lowest
        assert part.to_dict() == {i: v for i, v in whole.to_dict().items() if len(i) >= lowest}
    top = convert(spectrum, index, order, top_order=True)
    assert top.to_dict() == part.to_dict()
    assert len(top) == len(top.interactions()) == len(top.values)


@every_index
def test_an_order_above_n_or_none_means_n_and_some_indices_have_one_order(index):
    spectrum = spectrum_of_table(np.random.default_rng(0).normal(size=8))
    for order in (1, 2):
        assert convert(spectrum, index, order).max_order == (INDICES[index].only_order or order)
    expected = convert(spectrum, index, 3)
    assert expected.max_order == (INDICES[index].only_order or 3)
    for order in (None, 4, 100):
        interactions = convert(spectrum, index, order)
        assert interactions.max_order == expected.max_order
        assert interactions.to_dict() == expected.to_dict()


@given(tables(max_players=5))
def test_moebius_and_co_moebius_add_up_to_the_game(table):
    spectrum = spectrum_of_table(table)
    moebius = convert(spectrum, "Moebius").to_dict()
    co_moebius = convert(spectrum, "Co-Moebius").to_dict()
    players = set(range(spectrum.n_players))
    for row in Coalitions.all_of(spectrum.n_players).dense():
        coalition = set(np.flatnonzero(row).tolist())
        inside = sum(v for i, v in moebius.items() if coalition.issuperset(i))
        assert inside == pytest.approx(value(table, coalition))
        outside = players - coalition
        alternating = sum(
            (-1) ** len(i) * v for i, v in co_moebius.items() if outside.issuperset(i)
        )
        assert alternating == pytest.approx(value(table, coalition))


@given(tables(max_players=5))
def test_fbii_is_the_best_approximation_of_its_degree(table):
    """Its residual is orthogonal to every product of at most k indicators."""
    spectrum = spectrum_of_table(table)
    dense = Coalitions.all_of(spectrum.n_players).dense()
    for order in range(1, spectrum.n_players + 1):
        fbii = convert(spectrum, "FBII", order).to_dict()
        products = {
            i: dense[:, list(i)].all(axis=1)
            for size in range(order + 1)
            for i in combinations(range(spectrum.n_players), size)
        }
        residual = table - sum(fbii.get(i, 0.0) * column for i, column in products.items())
        assert all(abs(column @ residual) < 1e-9 for column in products.values())


@given(spectra())
def test_fourier_returns_the_spectrum(spectrum):
    assert_same(convert(spectrum, "Fourier").to_dict(), spectrum.to_dict())


def test_high_degrees_cost_pairs_not_subsets():
    """2^200 subsets could not be enumerated, and the weights need exact arithmetic."""
    term = tuple(range(200))
    spectrum = Spectrum.from_dict(1000, {(): 1.0, term: 1.0})
    for index, record in INDICES.items():
        if record.generalized:
            continue
        values = convert(spectrum, index, 2).to_dict()
        singles = float(interaction_weight(index, 200, 1, 2))
        pairs = float(interaction_weight(index, 200, 2, 2)) if record.only_order is None else 0.0
        assert values.get((7,), 0.0) == singles
        assert values.get((7, 199), 0.0) == pairs
        assert len(values) == 1 + 200 * (singles != 0) + comb(200, 2) * (pairs != 0)


def test_blocks_do_not_change_the_result(monkeypatch):
    spectrum = spectrum_of_table(np.random.default_rng(1).normal(size=2**7))
    expected = convert(spectrum, "FSII", 3).to_dict()
    monkeypatch.setattr(conversion, "_BLOCK", 10)
    assert_same(convert(spectrum, "FSII", 3).to_dict(), expected)


def test_values_that_cancel_are_left_out():
    both_odd = Spectrum.from_dict(3, {(0,): 1.0, (0, 1): 1.0, (0, 1, 2): -3.0})
    assert convert(both_odd, "SV").to_dict() == {(): -1.0, (1,): 2.0, (2,): 2.0}


@every_index
def test_constant_and_empty_spectra(index):
    for spectrum, constant in ((Spectrum(3), 0.0), (Spectrum.from_dict(3, {(): 2.5}), 2.5)):
        interactions = convert(spectrum, index, 2)
        assert len(interactions) == 0
        expected = 0.0 if INDICES[index].generalized else constant
        assert interactions.to_dict() == {(): expected}
        assert interactions.baseline == constant


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("SVI", 2), "unknown index 'SVI'"),
        (("SII", 0), "max_order must be at least 1"),
        (("SII", -3), "max_order must be at least 1"),
    ],
)
def test_errors_say_what_was_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        convert(Spectrum(3), *arguments)


def test_an_impossible_smallest_order_is_refused():
    with pytest.raises(ValueError, match="between 0 and max_order = 2, got 3"):
        convert(Spectrum(3), "SII", 2, min_order=3)


@pytest.mark.parametrize("index", ["Fourier", "BII", "FBII"])
def test_subsets_without_weight_cost_nothing(index):
    """2^90 subsets, one of which counts (for FBII, cut off below that degree, none)."""
    term = tuple(range(90))
    values = convert(Spectrum.from_dict(5000, {term: 1.0}), index, 89 if index == "FBII" else None)
    expected = {"Fourier": {term: 1.0}, "BII": {term: 2.0**90}, "FBII": {}}
    assert values.to_dict() == {(): 0.0} | expected[index]


def test_results_that_fit_into_no_memory_are_refused():
    term = Spectrum.from_dict(60, {tuple(range(60)): 1.0})
    with pytest.raises(ValueError, match="ask for a lower max_order"):
        convert(term, "Moebius")
    with pytest.raises(ValueError, match="ask for a lower max_order, or for an interaction"):
        convert(term, "SGV", 8)
    with pytest.raises(ValueError, match="10000 players are more than"):
        convert(Spectrum(10_000), "SGV")


@pytest.mark.parametrize("limit", ["_MOST_SUBSETS", "MOST_VALUES"])
def test_either_limit_is_reached_by_exactly_what_is_written_down(monkeypatch, limit):
    """Two terms of 5 players that share 4: 2 x (5 + 10) subsets, 6 + 14 of them different."""
    spectrum = Spectrum.from_dict(6, {(0, 1, 2, 3, 4): 1.0, (1, 2, 3, 4, 5): 1.0, (3,): 0.0})
    most = {"_MOST_SUBSETS": 31, "MOST_VALUES": 6 + 15}[limit]
    monkeypatch.setattr(conversion, limit, most)
    assert len(convert(spectrum, "Moebius", 2)) == 20
    monkeypatch.setattr(conversion, limit, most - 1)
    with pytest.raises(ValueError, match="3 terms of degree <= 5 have 31 subsets of order 1 to 2"):
        convert(spectrum, "Moebius", 2)


def test_terms_without_weight_do_not_count_for_the_limits(monkeypatch):
    monkeypatch.setattr(conversion, "_MOST_SUBSETS", 10)
    spectrum = Spectrum.from_dict(6, {tuple(range(6)): 1.0, (0, 1): 1.0})
    assert convert(spectrum, "FBII", 2).to_dict() == {(): 1.0, (0,): -2.0, (1,): -2.0, (0, 1): 4.0}
    with pytest.raises(ValueError, match="subsets of order"):
        convert(spectrum, "Moebius", 2)
