"""The plain regressions against their definitions."""

import numpy as np
import pytest

from shapiq_spex.benchmark import Request
from shapiq_spex.benchmark.measuring.metrics import faithfulness
from shapiq_spex.benchmark.methods.plain_regressions import (
    LIME_WIDTH,
    explain_by_lasso,
    explain_by_lime,
    uniform_coalitions,
)


def game(rows):
    return 1.0 + 2.0 * rows[:, 3] + 4.0 * (rows[:, 1] & rows[:, 5])


@pytest.mark.parametrize(("n_players", "budget"), [(4, 50), (12, 300), (40, 300)])
def test_uniform_coalitions_are_distinct_and_fill_the_budget(n_players, budget):
    rows = uniform_coalitions(n_players, budget, seed=0)
    assert rows.dtype == bool
    assert rows.shape == (min(budget, 2**n_players), n_players)
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_the_lasso_finds_a_pairwise_function():
    explanation = explain_by_lasso(Request(game, 12, 200, 0), order=2)
    rows = uniform_coalitions(12, 500, seed=1)
    assert faithfulness(game(rows), explanation.predict(rows)) > 0.999
    assert np.isclose(explanation.index_values("SV")[(3,)], 2.0, atol=0.1)
    plain = explain_by_lasso(Request(game, 12, 200, 0), order=1)
    assert plain.spectrum.degree == 1


def test_lime_is_a_weighted_ridge_regression_on_the_players():
    explanation = explain_by_lime(Request(game, 8, 60, 0))
    rows = uniform_coalitions(8, 60, seed=0)
    distance = 1.0 - np.sqrt(rows.mean(axis=1))
    weights = np.sqrt(np.exp(-(distance**2) / LIME_WIDTH**2))  # as the LIME package writes it
    centred = rows - np.average(rows, axis=0, weights=weights)
    values = game(rows)
    gram = centred.T @ (weights[:, None] * centred) + np.eye(8)
    slopes = np.linalg.solve(gram, centred.T @ (weights * values))
    assert np.allclose([explanation.index_values("SV")[(i,)] for i in range(8)], slopes)
    middle = np.average(explanation.predict(rows), weights=weights)
    assert np.isclose(middle, np.average(values, weights=weights))
