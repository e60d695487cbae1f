"""Generalized values: their two-step computation against sums over all pairs of sets."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given

from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.generalized_values import (
    MOST_VALUES,
    add_up_subsets,
    check_number,
    containment_weight,
    joint_mean_parity,
)
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import TermGroup
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.fourier.indices import INDICES
from tests.fourier.strategies import tables

GENERALIZED_VALUES = [name for name, record in INDICES.items() if record.generalized]


@pytest.mark.parametrize("index", [i for i in GENERALIZED_VALUES if i != "JointSV"])
@given(tables(max_players=5))
def test_all_players_together_contribute_everything(index, table):
    """... except where a group is only one of several that arrive (JointSV)."""
    n = len(table).bit_length() - 1
    values = convert(spectrum_of_table(table), index).to_dict()
    assert values[tuple(range(n))] == pytest.approx(table[-1] - table[0])


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_weights_of_contained_sets_add_up_to_those_of_odd_overlaps(size):
    """sum over U inside S & T of w(|U|, t, s) is -2 e(t-u) for odd u = |S & T|, else 0."""
    parities = [Fraction(number) for number in (3, -7, 11, 2, 5, -13)]
    degree = 5
    for shared in range(size + 1):
        total = sum(
            containment_weight(parities.__getitem__, degree, contained)
            for contained in range(1, shared + 1)
            for _ in combinations(range(shared), contained)
        )
        assert total == (-2 * parities[degree - shared] if shared % 2 else 0)


def test_values_of_subsets_are_added_up():
    n, rng = 6, np.random.default_rng(0)
    groups = [
        TermGroup(np.array(list(combinations(range(n), size)), np.int32), rng.normal(size=count))
        for size, count in ((1, 6), (2, 15), (3, 20))
    ]
    groups = [TermGroup(g.members[::2], g.coefficients[::2]) for g in groups]
    values = {t: v for g in groups for t, v in zip(g.tuples(), g.coefficients, strict=True)}
    found = add_up_subsets(groups, n, 3)
    assert found.tuples() == list(combinations(range(n), 3))
    for term, value in zip(found.tuples(), found.coefficients, strict=True):
        inside = [subset for size in (1, 2, 3) for subset in combinations(term, size)]
        assert value == pytest.approx(sum(values.get(subset, 0.0) for subset in inside))


@pytest.mark.parametrize(("n", "order"), [(1, 1), (5, 1), (5, 2), (6, 6), (40, 3)])
def test_groups_that_arrive_one_after_another_make_every_step_once(n, order):
    """Efficiency for a parity of a single player: the others are worth nothing."""
    total = sum(
        -2 * joint_mean_parity(0, size, order, n) * number
        for size in range(1, order + 1)
        for number in [len(list(combinations(range(n - 1), size - 1)))]
    )
    assert total == -2


def test_a_result_that_fits_into_no_memory_is_refused():
    check_number(6324, [2])  # 19,993,326 pairs
    check_number(27, [26, 27])
    with pytest.raises(ValueError, match=f"10000 players are more than {MOST_VALUES:,}"):
        check_number(10_000, [1, 2])
    with pytest.raises(ValueError, match="more than"):
        check_number(6326, [2])
    with pytest.raises(ValueError, match="for an interaction index such as k-SII"):
        convert(Spectrum(60), "SGV", 8)
