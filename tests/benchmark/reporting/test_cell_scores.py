"""Scores are medians per cell, and comparisons are calculations that can be done by hand."""

import math

import pytest

from shapiq_spex.benchmark.reporting.cell_scores import (
    best_of,
    best_peer,
    budget_ratio,
    budget_shares,
    extents,
    geometric_mean,
    index_ratios,
    near,
    ranges_of,
    scores,
    unexplained_ratio,
)
from tests.benchmark.examples import row

SHAPIQ = "shapiq ProxySPEX"


def test_scores_are_medians_over_finished_seeds():
    rows = [
        row("a", "m", 1.0, 0.1, 0),
        row("a", "m", 1.0, 0.9, 1),
        row("a", "m", 1.0, 0.2, 2),
        row("a", "m", 1.0, -9.0, 3, status="timed out"),
        row("a", "m", 2.0, math.nan, 0),
        row("a", "m", 1.0, 0.7, 0, target="SV"),
        row("a", "other", 1.0, 0.6, 0),
    ]
    assert scores(rows, "m") == {("a", 1.0): 0.2}
    assert scores(rows, "m", target="SV") == {("a", 1.0): 0.7}
    assert extents(rows, "m") == {("a", 1.0): (0.1, 0.9)}
    assert ranges_of(rows, "m") == pytest.approx([0.8])


def test_the_best_of_several_is_the_best_of_each_cell():
    one, other = {("a", 1.0): 1.0, ("b", 1.0): 2.0}, {("a", 1.0): 3.0}
    assert best_of([one, other]) == {("a", 1.0): 3.0, ("b", 1.0): 2.0}
    assert best_of([one, other], min) == {("a", 1.0): 1.0, ("b", 1.0): 2.0}
    assert best_of([]) == {}


def test_only_peers_can_be_the_best_peer():
    named = {"ProxySPEX": 0.99, "best k terms": 0.98, "mine": 0.97, SHAPIQ: 0.5, "LIME-like": 0.6}
    rows = [row("a", method, 1.0, r2) for method, r2 in named.items()]
    assert best_peer(rows) == {("a", 1.0): 0.6}


def test_near_the_best_is_within_a_hundredth_and_no_answer_is_not():
    best = {("a", 1.0): 0.9, ("b", 1.0): 0.9, ("c", 1.0): 0.9}
    assert near({("a", 1.0): 0.891, ("b", 1.0): 0.889}, best) == 1


def test_unexplained_variance_is_compared_cell_by_cell():
    mine = {("a", 1.0): 0.9, ("b", 1.0): -1.0, ("c", 1.0): 0.5}
    reference = {("a", 1.0): 0.5, ("b", 1.0): -100.0}
    ratios = unexplained_ratio(mine, reference)
    assert ratios == pytest.approx({("a", 1.0): 0.2, ("b", 1.0): 2.0})


@pytest.mark.parametrize(
    ("wanted", "expected"), [(0.4, 1 / 8), (0.5, 1 / 8), (0.6, 2 / 8), (0.7, 2 * 2**0.5 / 8)]
)
def test_budget_ratio_interpolates_the_logarithm(wanted, expected):
    mine = {("a", 1.0): 0.5, ("a", 2.0): 0.6, ("a", 4.0): 0.8, ("b", 1.0): 0.9}
    assert budget_ratio(mine, "a", wanted, 8.0) == pytest.approx(expected)
    assert budget_shares(mine, {("a", 8.0): wanted, ("a", 4.0): 9.0}) == pytest.approx([expected])
    assert budget_ratio(mine, "a", 0.9, 8.0) == math.inf


def test_geometric_mean():
    assert geometric_mean([1.0, 4.0]) == pytest.approx(2.0)
    assert math.isnan(geometric_mean([]))


def test_index_errors_are_compared_with_the_best_peer_and_not_below_what_is_known():
    def error(method, value, units=4.0):
        return row("a", method, units, 0.9, target="SV", index_error=value)

    rows = [
        error("ProxySPEX", 0.02),
        error(SHAPIQ, 0.2),
        error("lasso order 1", 0.08),
        error("best k terms", 0.0),  # a ceiling is not a peer
        error("ProxySPEX", 1e-9, 8.0),
        error(SHAPIQ, 1e-7, 8.0),
        error("ProxySPEX", 5.0, 0.5),  # below the budgets that count
        error(SHAPIQ, 1.0, 0.5),
    ]
    assert index_ratios(rows, "ProxySPEX", "SV") == pytest.approx({("a", 4.0): 0.25, ("a", 8.0): 1})
