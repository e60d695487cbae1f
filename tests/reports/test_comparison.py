"""Comparisons of two explanations against plain computation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import spearmanr

from shapiq_spex import Spectrum, compare, to_interaction_values
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.reports.prediction import interactions_of
from tests.reports.explanations import intervals_around, random_values, seeds


@given(first=seeds, second=seeds)
def test_a_comparison_equals_plain_computation(first, second):
    one, other = random_values(first)[1], random_values(second)[1]
    compared = compare(one, other, top_k=4)
    terms = [pair.interaction for pair in compared.pairs]
    left, right = (np.array([values[t] for t in terms]) for values in (one, other))
    assert compared.rank_correlation == pytest.approx(spearmanr(left, right).statistic)
    gap = ((left - right) ** 2).sum() / ((left**2).sum() + (right**2).sum())
    assert compared.distance == pytest.approx(gap)
    tops = [{terms[i] for i in np.argsort(-np.abs(v), kind="stable")[:4]} for v in (left, right)]
    if all(len(set(np.abs(v[v != 0]))) == np.count_nonzero(v) for v in (left, right)):
        assert compared.top_k_overlap == pytest.approx(len(tops[0] & tops[1]) / 4)
    assert [abs(p.difference) for p in compared.pairs] == sorted(abs(left - right))[::-1]
    json.dumps(compared.to_dict(), allow_nan=False)


@given(seed=seeds)
def test_an_explanation_agrees_with_itself(seed):
    values = random_values(seed)[1]
    compared = compare(values, values)
    assert compared.distance == 0.0
    assert compared.top_k_overlap == compared.same_sign == 1.0
    assert compared.rank_correlation == pytest.approx(1.0)


def test_differences_are_judged_by_intervals():
    one = to_interaction_values(Spectrum.from_dict(2, {(0,): 1.0, (1,): 1.0}), index="SV")
    other = to_interaction_values(Spectrum.from_dict(2, {(0,): 1.5, (1,): 1.1}), index="SV")
    alone = compare(one, other, intervals_around(one, 0.5))
    assert [(p.interaction, p.agrees) for p in alone.pairs] == [((0,), False), ((1,), True)]
    assert [p.apart for p in alone.pairs] == pytest.approx([2.0, 0.4])
    both = compare(one, other, (intervals_around(one, 0.9), intervals_around(other, 1.2)))
    assert [p.apart for p in both.pairs] == pytest.approx([1 / 1.5, 0.2 / 1.5])
    assert both.differing == ()
    assert "2 of 2 differ by no more" in str(both)


def test_missing_intervals_judge_nothing():
    values = random_values(0)[1]
    terms = [term for term in interactions_of(values) if term]
    missing = Intervals.unavailable(terms, np.zeros(len(terms)), 0.9, "none")
    assert all(pair.agrees is None for pair in compare(values, values, missing).pairs)


def test_different_things_are_not_compared():
    with pytest.raises(ValueError, match="6 and 5 players"):
        compare(random_values(0)[1], random_values(0, n_players=5)[1])
    with pytest.raises(ValueError, match="FSII and FBII are different"):
        compare(random_values(0)[1], random_values(0, index="FBII")[1])


@pytest.mark.parametrize("effects", [{}, {(0,): 1.0}])
def test_what_a_comparison_cannot_tell_is_not_printed_as_a_number(effects):
    first, second = (
        to_interaction_values(Spectrum.from_dict(2, terms), index="BII") for terms in ({}, effects)
    )
    for text in (str(compare(first, second)), str(compare(second, first))):
        assert "nan" not in text
        assert "rank correlation unknown" in text
        assert text.startswith(f"{len(effects)} interaction" + "s" * (len(effects) != 1) + ":")
