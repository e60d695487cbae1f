"""The pairwise proxy: which terms it considers and what it holds out."""

import numpy as np
import pytest

from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.estimators.sparse import pairwise
from shapiq_spex.estimators.sparse.pairwise import pairwise_proxy
from tests.estimators.samples import uniform

TRUTH = {(0,): 1.0, (2, 5): -0.8, (3, 4): 0.6}
TERMS = 1 + 8 + 28


def problem(seed=0, n_rows=80, n_players=8, noise=0.1):
    rng = np.random.default_rng(seed)
    rows = signs(uniform(rng, n_rows, n_players))
    values = np.array(list(TRUTH.values())) @ parity_columns(rows, list(TRUTH))
    values = values + noise * rng.normal(size=n_rows)
    folds = [np.arange(0, 20), np.arange(20, 40)]
    return rows, values - values.mean(), folds, np.zeros(n_rows)


def objective(rows, values, terms, weights, penalty):
    """What the lasso minimises, the constant being free."""
    residual = values - weights @ parity_columns(rows.astype(float), terms)
    free = np.array([term != () for term in terms])
    return residual @ residual / (2 * len(values)) + penalty * np.abs(weights[free]).sum()


def optimal_prediction(rows, values, fresh, position):
    """The lasso on all singles and pairs for a position on its path, by proximal gradient."""
    n_players = rows.shape[1]
    terms = [(), *((i,) for i in range(n_players))]
    terms += [(i, j) for i in range(n_players) for j in range(i + 1, n_players)]
    z = parity_columns(rows.astype(float), terms).T
    correlations = z.T @ values / len(values)
    centred = correlations - correlations[0] * (z.T @ z / len(values))[0]
    penalty = np.abs(centred[1:]).max() * np.geomspace(1, 5e-3, 16)[position]
    step = len(values) / np.linalg.eigvalsh(z.T @ z)[-1]
    weights = np.zeros(len(terms))
    for _ in range(3000):
        moved = weights + step * z.T @ (values - z @ weights) / len(values)
        weights = np.sign(moved) * np.maximum(np.abs(moved) - step * penalty, 0)
        weights[0] = moved[0]
    return weights @ parity_columns(fresh.astype(float), terms)


def test_held_out_predictions_are_those_of_the_lasso_of_the_other_rows():
    rows, values, folds, rival = problem()
    proxy = pairwise_proxy(rows, values, folds, rival)
    for held in folds:
        rest = np.setdiff1d(np.arange(80), held)
        expected = optimal_prediction(rows[rest], values[rest], rows[held], proxy.penalty)
        np.testing.assert_allclose(proxy.held_out[held], expected, atol=0.01)
    assert np.isnan(proxy.held_out[40:]).all()
    whole = optimal_prediction(rows, values, rows, proxy.penalty)
    found = proxy.spectrum()(rows < 0)
    np.testing.assert_allclose(found, whole, atol=0.01)


def test_the_penalty_has_the_least_held_out_error(monkeypatch):
    rows, values, folds, rival = problem(noise=1.0)
    proxy = pairwise_proxy(rows, values, folds, rival)
    errors = []
    for position in range(16):
        error = 0.0
        for held in folds:
            rest = np.setdiff1d(np.arange(80), held)
            found = optimal_prediction(rows[rest], values[rest], rows[held], position)
            error += ((found - values[held]) ** 2).sum()
        errors.append(error)
    assert errors[proxy.penalty] == pytest.approx(min(errors), rel=0.01)


def test_a_prediction_does_not_depend_on_the_values_of_its_own_fold():
    rows, values, folds, rival = problem()
    changed = values.copy()
    changed[folds[0][3]] += 1e-3
    one, two = (pairwise_proxy(rows, known, folds, rival) for known in (values, changed))
    assert one.penalty == two.penalty
    np.testing.assert_array_equal(one.held_out[folds[0]], two.held_out[folds[0]])
    assert (one.held_out[folds[1]] != two.held_out[folds[1]]).any()


def test_it_declines_where_its_rival_is_clearly_better_on_the_first_fold():
    rows, values, folds, _ = problem(noise=0.5)
    proxy = pairwise_proxy(rows, values, folds, np.zeros(80))
    first = folds[0]
    mine = min(
        ((optimal_prediction(np.delete(rows, first, 0), np.delete(values, first), rows[first], k)
          - values[first]) ** 2).sum()
        for k in range(16)
    )  # fmt: skip
    for ratio, declines in ((1.15, False), (1.25, True)):
        rival = np.full(80, 1e9)  # terrible elsewhere
        rival[first] = values[first] + np.sqrt(mine / ratio / len(first))
        assert (pairwise_proxy(rows, values, folds, rival) is None) == declines
    assert proxy is not None


def test_of_many_terms_the_players_and_the_most_correlated_pairs_are_considered(monkeypatch):
    monkeypatch.setattr(pairwise, "_MOST_TERMS", 12)
    rows, values, folds, rival = problem()
    terms = pairwise._likely_terms(rows, values)
    assert terms[:9] == [(), *((i,) for i in range(8))]
    pairs = [(i, j) for i in range(8) for j in range(i + 1, 8)]
    scores = np.abs(parity_columns(rows, pairs) @ values)
    expected = sorted(pairs[k] for k in np.argsort(-scores)[:4])
    assert terms[9:] == expected
    assert {(2, 5), (3, 4)} <= set(terms)
    monkeypatch.setattr(pairwise, "_MOST_TERMS", 5)
    single = np.abs(rows.T @ values)
    chosen = sorted(np.argsort(-single)[:5].tolist())
    assert pairwise._likely_terms(rows, values) == [(), *((i,) for i in chosen)]
    assert set(pairwise_proxy(rows, values, folds, rival).spectrum().terms()) <= {
        (), *((i,) for i in chosen)
    }  # fmt: skip
