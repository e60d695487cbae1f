"""Strata: every unit of a design counts for as many units as it should."""

from __future__ import annotations

import re
from math import comb

import numpy as np
import pytest

from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.intervals.strata import Strata, strata_of


def design(n, count, law, *, paired, seed=0):
    law = SizeLaw.named(n, law, paired=paired)
    return sample_coalitions(n, count, law, rng=np.random.default_rng(seed)), law


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("n", [8, 9, 20])
def test_under_the_uniform_law_all_units_are_alike(n, paired):
    coalitions, draw = design(n, 101, "uniform", paired=paired)
    strata = strata_of(coalitions, draw)
    population = 2 ** (n - 1) - 1 if paired else 2**n - 2
    units = 49 if paired else 99  # without the ends, and without a row that lacks its complement
    assert strata.units.shape == (units, 2 if paired else 1)
    assert set(strata.stratum) == {0}
    np.testing.assert_allclose(strata.excess, population / units - 1)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("law", ["kernel", "sizes"])
def test_sampled_sizes_stand_for_all_units_of_their_size(law, paired):
    n = 11
    coalitions, draw = design(n, 400, law, paired=paired)
    strata = strata_of(coalitions, draw)
    sizes = coalitions.sizes()[strata.units[:, 0]]
    if paired:
        sizes = np.minimum(sizes, n - sizes)
    for number in np.unique(strata.stratum):
        units = strata.stratum == number
        population = sum(comb(n, size) for size in set(sizes[units].tolist()))
        assert (1 + strata.excess[units]).sum() == pytest.approx(population)
    for size in set(range(1, n // 2 + 1 if paired else n)) - set(sizes.tolist()):
        assert ((coalitions.sizes() == size).sum()) == comb(n, size)  # known completely


def test_sizes_with_hardly_any_unit_are_joined_with_their_neighbours():
    coalitions, draw = design(30, 120, "kernel", paired=True)
    strata = strata_of(coalitions, draw)
    assert np.bincount(strata.stratum).min() >= 3
    assert (1 + strata.excess).sum() == pytest.approx(2**29, rel=0.5)


def test_a_unit_is_a_coalition_and_its_complement():
    coalitions, draw = design(9, 80, "kernel", paired=True)
    dense = coalitions.dense()
    units = strata_of(coalitions, draw).units
    assert (dense[units[:, 0]] ^ dense[units[:, 1]]).all()


def test_refusals_say_why():
    def reason(coalitions, law):
        found = strata_of(coalitions, law)
        assert isinstance(found, Refusal)
        return found.reason

    assert re.search(r"19 random pairs .* 20 are", reason(*design(10, 41, "uniform", paired=True)))
    assert "19 random coalitions are" in reason(*design(10, 21, "uniform", paired=False))
    assert isinstance(strata_of(*design(10, 42, "uniform", paired=True)), Strata)
    law = SizeLaw(np.array([0, 1, 1, 0, 1, 1, 1, 1, 0.0]), paired=False)
    rng = np.random.default_rng(0)
    coalitions = sample_coalitions(8, 60, law, rng=rng)
    assert "never draws coalitions of size 3" in reason(coalitions, law)
    shuffled, law = design(8, 60, "uniform", paired=True)
    assert "order in which they were drawn" in reason(shuffled[rng.permutation(60)], law)
