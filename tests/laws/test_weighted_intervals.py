"""Intervals of indices with a probability, from rows of their own law and of others."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex import ProxySPEX
from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import RandomRows
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.intervals.hull import RandomSample, hull_intervals
from tests.fourier.indices import INDICES
from tests.intervals.proxies import Quadratic, Straight

WEIGHTED = [name for name, record in INDICES.items() if record.keep]
EVERY = Coalitions.all_of(9)


def planted(seed, *, sparse):
    """A table of products of players; few of up to five players, or all of up to three."""
    rng, kept = np.random.default_rng(seed), EVERY.dense()
    if sparse:
        terms = [rng.choice(9, size=rng.integers(1, 6), replace=False) for _ in range(12)]
    else:
        terms = [np.array(term) for size in (1, 2, 3) for term in combinations(range(9), size)]
    scale = [1.0 if sparse else 3.0 ** -len(term) for term in terms]
    return sum(s * rng.normal() * kept[:, t].all(axis=1) for s, t in zip(scale, terms, strict=True))


def covered(keep, index, max_order, size, *, sparse, stretched=1.0):
    """The share of intervals of 90% that hold the exact value, and of effects that have one."""
    terms, hits, given = list(combinations(range(9), size)), 0, 0
    law = SizeLaw.named(9, keep, paired=False)
    for seed in range(30):
        table = planted(seed, sparse=sparse)
        rows = RandomRows(9, law, np.random.SeedSequence(seed)).draw(130)
        sample = RandomSample(
            rows, table[rows.numbers()], law, Quadratic(), np.random.SeedSequence(seed + 100)
        )
        fit = Quadratic().fit(rows, sample.values, rng=np.random.default_rng(0)).spectrum
        found = convert(fit, index, max_order).to_dict()
        true = convert(spectrum_of_table(table), index, max_order).to_dict()
        values, truth = (np.array([each.get(t, 0.0) for t in terms]) for each in (found, true))
        held = hull_intervals(sample, index, max_order, terms, values, confidence=0.9)
        middle, half = (held.upper + held.lower) / 2, stretched * (held.upper - held.lower) / 2
        hits += int((np.abs(truth - middle) <= half + 1e-9).sum())  # NaN is not covered
        given += int(held.given.sum())
    return hits / given, given / (30 * len(terms))


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize(
    ("keep", "index", "max_order", "size"),
    [
        (0.7, "FWBII(0.7)", 2, 2),
        (0.8, "WBV(0.8)", 1, 1),
        (0.9, "FWBII(0.9)", 2, 1),
        (0.9, "FWBII(0.9)", 2, 2),
        (0.9, "WBII(0.9)", 3, 3),
        ("near", "FWBII(0.9)", 2, 2),
        ("range", "FBII", 2, 2),
    ],
)
def test_they_contain_the_exact_values_of_planted_games(keep, index, max_order, size, sparse):
    share, given = covered(keep, index, max_order, size, sparse=sparse)
    assert share >= 0.9
    assert given >= 0.5
    if size < 3:  # a test that narrower ones fail
        assert covered(keep, index, max_order, size, sparse=sparse, stretched=0.4)[0] < 0.9


@pytest.mark.parametrize("index", WEIGHTED)
def test_all_coalitions_leave_no_width(index):
    def game(kept):
        return np.tanh(kept @ np.linspace(-1.0, 2.0, 5)) + kept[:, 0] * kept[:, 1]

    order = min(INDICES[index].intervals_up_to, 2)
    approximator = ProxySPEX(n=5, index=index, max_order=order, random_state=0)
    approximator.approximate(32, game)
    intervals = approximator.intervals(confidence=0.95)
    assert intervals.known.all()
    assert (intervals.lower == intervals.values).all()
    assert (intervals.upper == intervals.values).all()


@pytest.mark.parametrize("keep", ["auto", "near", "range"])
@pytest.mark.parametrize(("scale", "offset"), [(-3.0, 5.0), (1e200, 0.0)])
def test_a_game_in_other_units_has_intervals_in_other_units(keep, scale, offset):
    def explained(scale, offset):
        approximator = ProxySPEX(
            n=9, index="FWBII(0.9)", max_order=2, random_state=0, keep=keep, proxy_model=Straight()
        )
        table = planted(0, sparse=False)
        approximator.approximate(
            130, lambda kept: scale * (table[kept @ (1 << np.arange(9))] + offset)
        )
        return approximator.intervals()

    plain, moved = explained(1.0, 0.0), explained(scale, offset)
    assert plain.available
    ends = (moved.lower, moved.upper)[:: 1 if scale > 0 else -1]
    np.testing.assert_allclose(ends[0] / scale, plain.lower, atol=1e-8)
    np.testing.assert_allclose(ends[1] / scale, plain.upper, atol=1e-8)
    assert moved.established() == plain.established()


def test_rows_that_hardly_tell_of_an_index_are_refused_in_words():
    def game(kept):
        return np.tanh(kept @ np.linspace(-1.0, 2.0, 12))

    for keep, index in (("uniform", "FWBII(0.9)"), (0.9, "SV")):
        approximator = ProxySPEX(
            n=12, index=index, max_order=1, random_state=0, keep=keep, proxy_model=Straight()
        )
        approximator.approximate(100, game)
        intervals = approximator.intervals()
        assert not intervals.available
        assert "draws hardly any" in intervals.reason
        assert 'Use keep="auto"' in intervals.reason
