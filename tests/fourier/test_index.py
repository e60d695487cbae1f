"""Laws over the table of indices, in exact rationals: every claim of a record, for every record."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from importlib.metadata import version
from itertools import product
from math import comb
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapiq.game_theory.indices import (
    ALL_AVAILABLE_CONCEPTS,
    get_index_from_computation_index,
    is_empty_value_the_baseline,
)

from shapiq_spex.benchmark.measuring.csv_records import read_records
from shapiq_spex.benchmark.studies.coverage_table import CoverageRow
from shapiq_spex.fourier.index import (
    INDEX_NAMES,
    Index,
    completed_index,
    index_named,
    interaction_weight,
)
from tests.benchmark.examples import RECORDED
from tests.fourier.definitions import (
    DEFINED_AT_THE_EMPTY_SET,
    DEFINITIONS,
    best_function,
    derivative,
    least_squares,
    subsets,
)
from tests.fourier.indices import INDICES

LARGE_DEGREES = (63, 64, 200)


def those(kind):
    """Records of one kind; there are some."""
    records = [record for record in INDICES.values() if kind(record)]
    assert records
    return pytest.mark.parametrize("record", records, ids=lambda record: record.name)


every_index = those(lambda record: True)
interaction_indices = those(lambda record: not record.generalized)


def value_of_parity(record: Index, degree: int, size: int, shared: int, order: int, n: int):
    """The value of S if the game is the parity of T: |T| = degree, |S| = size, |S & T| = shared."""
    if record.weight is not None:
        return record.weight(degree, size, order) if shared == size else Fraction(0)
    if shared % 2 == 0:
        return Fraction(0)
    return -2 * record.parity_mean(degree - shared, size, order, n)


def orders_of(record, largest):
    return [record.only_order] if record.only_order else list(range(1, largest + 1))


def total(record, degree, order, n):
    """The sum of the values of all interactions of a parity."""
    return sum(
        comb(degree, shared)
        * comb(n - degree, size - shared)
        * value_of_parity(record, degree, size, shared, order, n)
        for size in range(1, min(order, n) + 1)
        for shared in range(min(size, degree) + 1)
    )


def shapley_value(degree):
    """Of each player of a parity: chi(N) - chi({}) in equal parts."""
    return Fraction((-1) ** degree - 1, degree)


def test_every_index_has_a_definition_in_the_tests():
    assert set(DEFINITIONS) == set(INDICES)


@every_index
@pytest.mark.parametrize("n", [1, 3, 4])
def test_it_is_its_definition(record, n):
    """For every parity, which is enough, because both are linear."""
    for degree, order in product(range(1, n + 1), range(1, n + 1)):
        term = frozenset(range(degree))

        @cache
        def parity(coalition, term=term):
            return Fraction((-1) ** len(coalition & term))

        for size in range(1, (record.only_order or order) + 1):
            for shared in range(max(0, size - (n - degree)), min(size, degree) + 1):
                players = frozenset(range(degree - shared, degree - shared + size))
                assert len(players & term) == shared
                expected = DEFINITIONS[record.name](parity, n, players, order)
                assert value_of_parity(record, degree, size, shared, order, n) == expected


@interaction_indices
def test_at_the_empty_set_it_is_its_definition_or_the_empty_coalition(record):
    n = 4
    for degree, order in product(range(n + 1), range(1, n + 1)):
        term = frozenset(range(degree))

        @cache
        def parity(coalition, term=term):
            return Fraction((-1) ** len(coalition & term))

        expected = Fraction(1)
        if record.name in DEFINED_AT_THE_EMPTY_SET:
            expected = DEFINITIONS[record.name](parity, n, frozenset(), order)
        assert record.weight(degree, 0, order) == expected


@every_index
def test_it_is_given_by_a_weight_or_by_a_mean_parity(record):
    assert (record.weight is None) == record.generalized == (record.parity_mean is not None)


@every_index
def test_it_is_found_by_its_name(record):
    assert index_named(record.name) is INDICES[record.name] is record
    assert index_named(record.name, max_order=2) is record
    at_order_one = index_named(record.name, max_order=1)
    one_computation = record.at_order_one in ("SV", "WBV(0.9)")
    assert at_order_one is (INDICES[record.at_order_one] if one_computation else record)


@every_index
@pytest.mark.parametrize("degree", [*range(1, 9), *LARGE_DEGREES])
def test_at_order_one_it_is_the_index_of_that_name(record, degree):
    named = INDICES[record.at_order_one]
    assert named.at_order_one == named.name
    n = min(degree + 2, 66)  # joint Shapley values depend on the number of players
    if degree <= n:
        for shared in (0, 1):
            mine = value_of_parity(record, degree, 1, shared, 1, n)
            assert mine == value_of_parity(named, degree, 1, shared, 1, n)
            if record.at_order_one == "SV":
                assert mine == (shapley_value(degree) if shared else 0)


@those(lambda record: record.efficient_over != "none")
@pytest.mark.parametrize("degree", [*range(1, 9), *LARGE_DEGREES])
def test_it_shares_out_what_it_says(record, degree):
    """v(N) - v({}) of a parity, also at degrees floats cannot reach."""
    n = degree + 2 if degree < 9 else degree
    for order in orders_of(record, 6 if degree < 9 else 3):
        if record.efficient_over == "interactions":
            assert total(record, degree, order, n) == (-1) ** degree - 1
        else:
            single = value_of_parity(record, degree, 1, 1, order, n)
            assert degree * single == (-1) ** degree - 1


@every_index
def test_it_shares_out_no_more_than_it_says(record):
    """An index that shares out v(N) - v({}) must say so, as it needs both ends."""
    degrees, orders = range(1, 6), orders_of(record, 3)
    gains = {degree: (-1) ** degree - 1 for degree in degrees}
    over_interactions = all(
        total(record, degree, order, 6) == gains[degree]
        for degree, order in product(degrees, orders)
    )
    over_players = all(
        degree * value_of_parity(record, degree, 1, 1, order, 6) == gains[degree]
        for degree, order in product(degrees, orders)
    )
    says = record.efficient_over
    assert over_interactions == (says == "interactions")
    assert over_players == (says == "players" or record.name == "SV")


@those(lambda record: record.players_get == "shapley")
def test_players_get_their_shapley_values_where_it_says_so(record):
    """... as their own values, or when interactions are shared out equally."""
    n = 8
    for degree, order in product(range(1, n + 1), orders_of(record, 4)):
        alone = value_of_parity(record, degree, 1, 1, order, n)
        shared_out = sum(
            Fraction(1, size)
            * comb(degree - 1, size - 1)
            * value_of_parity(record, degree, size, size, order, n)
            for size in range(1, min(degree, order) + 1)
        )
        assert shapley_value(degree) in (alone, shared_out)


@every_index
def test_whether_values_depend_on_the_largest_order(record):
    n = 6
    values = {
        (degree, size, shared): {
            value_of_parity(record, degree, size, shared, order, n) for order in range(size, n + 1)
        }
        for degree in range(1, n + 1)
        for size in range(1, (record.only_order or n) + 1)
        for shared in range(max(0, size - (n - degree)), min(size, degree) + 1)
    }
    assert any(len(found) > 1 for found in values.values()) == record.depends_on_max_order


@those(lambda record: record.name in ALL_AVAILABLE_CONCEPTS)
def test_its_name_at_order_one_and_its_value_at_the_empty_set_are_shapiqs(record):
    assert record.at_order_one == get_index_from_computation_index(record.name, 1)
    assert get_index_from_computation_index(record.name, 2) == record.name
    assert record.keeps_empty_value != is_empty_value_the_baseline(record.name)


@every_index
def test_names_that_not_every_version_of_shapiq_knows_are_marked(record):
    if record.in_every_shapiq:
        assert record.name in ALL_AVAILABLE_CONCEPTS
    elif version("shapiq").startswith("1.4."):  # the oldest that is supported
        assert record.name not in ALL_AVAILABLE_CONCEPTS


@those(lambda record: record.prediction in ("parities", "spectrum"))
def test_what_predicts_by_parities_keeps_the_mean(record):
    assert record.keeps_empty_value


@those(lambda record: record.empty_value_is_baseline)
def test_only_a_constant_term_of_ones_own_replaces_the_baseline(record):
    """It is p({}) of the function that the index defines."""
    assert record.keeps_empty_value
    assert record.prediction == "sum"
    assert record.weight(2, 0, 1) != 1


@every_index
def test_its_settings_are_among_those_that_exist(record):
    hints = get_type_hints(Index)
    assert record.law in get_args(hints["law"])
    assert record.efficient_over in get_args(hints["efficient_over"])
    assert record.players_get in get_args(hints["players_get"])
    assert record.prediction is None or record.prediction in (
        value for part in get_args(hints["prediction"]) for value in get_args(part)
    )


@pytest.mark.parametrize("degree", [2, 5, 6, *LARGE_DEGREES])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_fsii_is_the_faithful_regression(degree, order):
    """For a parity of all players the regression has one unknown per size, so any n is in reach.

    Kernel (Tsai et al. 2023): C(n, c) coalitions of size c, each weighing
    1 / ((n-1) C(n-2, c-1)), i.e. n / (c (n-c)) together; infinite at both ends.
    """
    order = min(order, degree - 1)
    sizes = range(degree + 1)
    features = [[comb(c, s) for s in range(order + 1)] for c in sizes]
    weights = [Fraction(1, c * (degree - c)) if 0 < c < degree else Fraction(0) for c in sizes]
    fit = least_squares(features, weights, [(-1) ** c for c in sizes], exact=(0, degree))
    assert fit == [interaction_weight("FSII", degree, s, order) for s in range(order + 1)]


@pytest.mark.parametrize("degree", [2, 5, 6, *LARGE_DEGREES])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_kadd_shap_is_the_regression_in_bernoulli_coordinates(degree, order):
    """v(C) - v({}) = sum_A gamma(|A|, |A & C|) I(A) (Pelegrina et al. 2023)."""
    order = min(order, degree - 1)
    bernoulli = [Fraction(1), Fraction(-1, 2), Fraction(1, 6), Fraction(0)]

    def gamma(size, shared):
        return sum(comb(shared, j) * bernoulli[size - j] for j in range(1, shared + 1))

    sizes = range(degree + 1)
    features = [
        [Fraction(1)]
        + [
            sum(comb(c, j) * comb(degree - c, s - j) * gamma(s, j) for j in range(s + 1))
            for s in range(1, order + 1)
        ]
        for c in sizes
    ]
    weights = [Fraction(1, c * (degree - c)) if 0 < c < degree else Fraction(0) for c in sizes]
    fit = least_squares(features, weights, [(-1) ** c for c in sizes], exact=(0, degree))
    assert fit == [interaction_weight("kADD-SHAP", degree, s, order) for s in range(order + 1)]


@pytest.mark.parametrize("degree", [3, 6, *LARGE_DEGREES])
@pytest.mark.parametrize("order", [2, 3])
def test_top_order_stii_averages_derivatives_over_arrival_orders(degree, order):
    """Sundararajan et al. 2020: the mean derivative at the players who arrive before any of S."""
    outside = degree - order
    mean = sum(
        Fraction(order, degree * comb(degree - 1, c)) * comb(outside, c) * (-1) ** c
        for c in range(outside + 1)
    )
    assert interaction_weight("STII", degree, order, order) == (-2) ** order * mean


@those(lambda record: record.prediction == "sum" and record.only_order is None)
def test_if_it_is_a_sum_over_subsets_it_is_the_moebius_transform_at_full_order(record):
    for degree in range(1, 7):
        for size in range(1, degree + 1):
            assert record.weight(degree, size, 6) == (-2) ** size
    assert record.weight(300, 300, 300) == (-2) ** 300


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="unknown index 'SVI'; a spectrum determines SV, BV, SII"):
        index_named("SVI")
    with pytest.raises(ValueError, match="unknown index 'ELC'"):
        interaction_weight("ELC", 1, 1, 1)


@pytest.mark.parametrize("family", ["WBV", "WBII", "FWBII"])
def test_a_probability_is_read_from_the_name_exactly(family):
    record = index_named(f"{family}(0.9)")
    assert (record.name, record.keep) == (f"{family}(0.9)", 0.9)
    assert index_named(f"{family}(.90)") is index_named(f"{family}(9e-1)") is record
    assert record.weight(2, 1, 1) == Fraction(8, 5)  # -2 (1 - 2p)
    for wrong in ("0", "1", "1.5", "-.1", "nan", "inf", "p", "", "0.9)", "1/2"):
        with pytest.raises(ValueError, match=r"FWBII\(p\)$"):
            index_named(f"{family}({wrong})")
    for wrong in (family, f"{family}(0.9", f"{family}0.9)", f"{family.lower()}(0.9)"):
        with pytest.raises(ValueError, match="unknown index"):
            index_named(wrong)


def test_a_name_without_a_probability_is_completed():
    assert completed_index("FWBII", 0.9) == "FWBII(0.9)"
    assert completed_index("WBV", Fraction(1, 8)) == "WBV(0.125)"
    assert completed_index("WBII(0.8)", 0.9) == "WBII(0.8)"
    for name in (*INDICES, "unknown", None):
        assert completed_index(name, 0.9) is name


def test_names_of_indices_contain_all_that_there_are():
    assert all(name in INDEX_NAMES for name in (*INDICES, "WBII(0.25)"))
    assert not any(name in INDEX_NAMES for name in ("WBII(p)", "WBII", "ELC", None, 3, ["SV"]))


@given(degree=st.integers(0, 6), size=st.integers(0, 6), order=st.integers(1, 6))
def test_with_a_half_weighted_banzhaf_indices_are_those_without_weights(degree, size, order):
    size = min(size, degree)
    for weighted, plain in (("WBV", "BV"), ("WBII", "BII"), ("FWBII", "FBII")):
        expected = index_named(plain).weight(degree, size, order)
        assert index_named(f"{weighted}(0.5)").weight(degree, size, order) == expected


@settings(max_examples=30)
@given(
    p=st.integers(2, 98),
    n=st.integers(1, 4),
    order=st.integers(1, 4),
    data=st.data(),
)
def test_weighted_banzhaf_indices_are_their_definitions_for_any_probability(p, n, order, data):
    """Mean derivatives, and weighted least squares, of the parity of some players."""
    keep, name = Fraction(p, 100), f"({p / 100})"
    degree = data.draw(st.integers(0, n))
    players = frozenset(data.draw(st.sets(st.integers(0, n - 1), max_size=min(order, n))))
    inside = players <= frozenset(range(degree))

    @cache
    def parity(coalition):
        return Fraction((-1) ** len(coalition & frozenset(range(degree))))

    others = subsets(frozenset(range(n)) - players)
    mean = sum(
        keep ** len(c) * (1 - keep) ** (n - len(players) - len(c)) * derivative(parity, players, c)
        for c in others
    )
    weights = (degree, len(players), min(order, n))
    assert mean == (index_named(f"WBII{name}").weight(*weights) if inside else 0)
    best = best_function(parity, n, min(order, n), keep)[players]
    assert best == (index_named(f"FWBII{name}").weight(*weights) if inside else 0)


@those(lambda record: record.generalized)
def test_generalized_values_have_no_interaction_weight(record):
    with pytest.raises(ValueError, match=f"{record.name} is a generalized value"):
        interaction_weight(record.name, 1, 1, 1)


@interaction_indices
def test_the_weight_is_found_by_name(record):
    for arguments in ((3, 1, 1), (3, 1, 2), (4, 2, 3)):
        assert interaction_weight(record.name, *arguments) == record.weight(*arguments)


def test_intervals_are_given_for_what_the_study_of_coverage_measured():
    """... and for the same numbers on another scale, or added up otherwise."""
    checked: dict[str, int] = {}
    for row in read_records(RECORDED / "coverage.csv", CoverageRow):
        checked[row.index] = max(row.max_order, checked.get(row.index, 1))
    assert len(checked) >= 7
    same = {"Fourier": "BII", "SII": "k-SII", "kADD-SHAP": "FSII"}
    for name, record in INDICES.items():
        assert record.intervals_up_to == checked.get(same.get(name, name), 0), name
