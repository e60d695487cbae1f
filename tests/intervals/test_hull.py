"""The hull of two estimates, and where it is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.intervals.difference import differences
from shapiq_spex.intervals.hull import RandomSample, hull_intervals
from tests.fourier.indices import INDICES
from tests.intervals.proxies import Straight


def sample_of(n, count, law, *, paired=False, proxy=None):
    law = SizeLaw.named(n, law, paired=paired)
    coalitions = sample_coalitions(n, count, law, rng=np.random.default_rng(0))
    seed = np.random.SeedSequence(1)
    return RandomSample(coalitions, smooth(coalitions.dense()), law, proxy or Straight(), seed)


@pytest.mark.parametrize("index", INDICES)
def test_orders_are_given_intervals_up_to_the_largest_that_was_checked(index):
    record = INDICES[index]
    law = record.keep or ("kernel" if record.law == "shapley" else "uniform")
    sample = sample_of(7, 100, law)
    for order in range(1, 5):
        for size in range(1, order + 1):
            term = tuple(range(size))
            found = hull_intervals(sample, index, order, [term], np.zeros(1), confidence=0.9)
            if record.intervals_up_to == 0:
                checked = [i for i, r in INDICES.items() if r.intervals_up_to and not r.keep]
                names = ", ".join([*checked, "WBV(p)", "WBII(p)", "FWBII(p)"])
                assert found.reason.endswith(f"given for {names}.")
            elif (order if record.depends_on_max_order else size) > record.intervals_up_to:
                assert f"given up to max_order={record.intervals_up_to}" in found.reason
            else:
                # some depend on coalitions of which there are too few
                assert found.available or f"At order {size}, {index}" in found.reason
                assert found.available or record.law == "shapley" or record.keep


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
def test_it_spans_both_estimates_and_a_multiple_of_the_standard_error(confidence):
    sample = sample_of(8, 90, "uniform", paired=True)
    terms = list(combinations(range(8), 2))
    values = np.linspace(-0.5, 0.5, len(terms))
    found = hull_intervals(sample, "BII", 2, terms, values, confidence=confidence)
    parts = differences(sample.residuals, "BII", 2, terms)
    reach = parts.standard_errors * stats.t.ppf((1 + confidence) / 2, parts.degrees_of_freedom)
    lower, upper = (f(values, parts.estimates) for f in (np.minimum, np.maximum))
    np.testing.assert_allclose(found.lower, lower - reach, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.upper, upper + reach, rtol=0, atol=1e-10)
    for value, estimate, error, freedom, nonzero in zip(
        values,
        parts.estimates,
        parts.standard_errors,
        parts.degrees_of_freedom,
        found.nonzero,
        strict=True,
    ):
        weaker = min(abs(value), abs(estimate)) if value * estimate > 0 else 0.0
        expected = stats.t.cdf(weaker / error, freedom) - stats.t.cdf(-weaker / error, freedom)
        assert nonzero == pytest.approx(expected, abs=1e-9)
    assert 0.0 in found.nonzero
    assert (found.nonzero > 0.5).any()


def test_orders_are_judged_on_their_own():
    sample = sample_of(8, 90, "uniform", paired=True)
    terms = [(0,), (1, 2), (3,), (4, 5)]
    together = hull_intervals(sample, "BII", 2, terms, np.zeros(4), confidence=0.9)
    for place, term in enumerate(terms):
        alone = hull_intervals(sample, "BII", 2, [term], np.zeros(1), confidence=0.9)
        assert together[term] == pytest.approx(alone[term])
        assert together.nonzero[place] == pytest.approx(alone.nonzero[0])


def test_a_sample_that_cannot_be_read_is_refused_with_its_reason():
    sample = sample_of(8, 12, "uniform")
    found = hull_intervals(sample, "BII", 2, [(0,)], np.zeros(1), confidence=0.9)
    assert found.reason == sample.strata.reason == sample.residuals.reason
    assert "10 random coalitions are too few" in found.reason


def test_renaming_players_renames_intervals():
    n, law = 8, SizeLaw.named(8, "kernel", paired=True)
    rng = np.random.default_rng(0)
    rows = sample_coalitions(n, 120, law, rng=rng).dense()
    values, order = smooth(rows), rng.permutation(n)
    terms = list(combinations(range(n), 2))
    renamed = [tuple(sorted((int(order[i]), int(order[j])))) for i, j in terms]
    permuted = np.empty_like(rows)
    permuted[:, order] = rows

    def intervals(matrix, names):
        seed = np.random.SeedSequence(1)
        sample = RandomSample(Coalitions.from_dense(matrix), values, law, Straight(), seed)
        return hull_intervals(sample, "k-SII", 2, names, np.zeros(len(names)), confidence=0.9)

    before, after = intervals(rows, terms), intervals(permuted, renamed)
    np.testing.assert_allclose(before.lower, after.lower, atol=1e-9)
    np.testing.assert_allclose(before.upper, after.upper, atol=1e-9)
    np.testing.assert_allclose(before.nonzero, after.nonzero, atol=1e-6)


N = 9


def smooth(coalitions):
    weights = np.linspace(-1, 2, coalitions.shape[1])
    return np.tanh(coalitions @ weights) + coalitions[:, 0] * coalitions[:, 1]
