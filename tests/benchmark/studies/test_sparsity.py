"""Sparsity curves rise to what the method reached."""

import numpy as np
import pytest

from shapiq_spex.benchmark import BenchmarkGame
from shapiq_spex.benchmark.studies.sparsity import EXACT, curves_of


def test_sparsity_curves_rise_to_what_the_method_reached():
    table = np.random.default_rng(0).normal(size=256) + np.arange(256.0)
    game = BenchmarkGame("table", 8, lambda rows: table[rows @ (1 << np.arange(8))])
    points = curves_of(game, ["lasso order 1", "best constant"], units=4.0, seeds=[7])
    exact = [point.r2 for point in points if point.method == EXACT]
    assert exact == sorted(exact)
    assert exact[-1] == pytest.approx(1.0)
    lasso = {point.n_terms: point.r2 for point in points if point.method == "lasso order 1"}
    assert set(lasso) == set(range(1, 9))  # the last takes them all
    assert {point.seed for point in points if point.method != EXACT} == {7}
    assert all(point.method != "best constant" for point in points)  # it recovers no spectrum
