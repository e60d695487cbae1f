"""Retraining in batches equals retraining one model at a time."""

import numpy as np

from shapiq_spex.benchmark.games.data_valuation import (
    logistic_value,
    neighbours_value,
    ridge_value,
)


def test_retraining_games_equal_retraining_one_model_at_a_time():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(12, 3)), rng.normal(size=(9, 3))
    labels, truth = rng.integers(0, 2, 12), rng.integers(0, 2, 9)
    target, wanted = rng.normal(size=12), rng.normal(size=9)
    rows = np.random.default_rng(0).random((15, 12)) < 0.5
    rows[0] = False
    nearest = neighbours_value(train, labels, test, truth, count=3)(rows)
    ridge = ridge_value(train, target, test, wanted, penalty=0.7)(rows)
    logistic = logistic_value(train, labels, test, truth, penalty=0.5)(rows)
    for row, by_neighbours, by_ridge, by_logistic in zip(
        rows, nearest, ridge, logistic, strict=True
    ):
        hits = 0.0
        for point, label in zip(test, truth, strict=True):
            kept = np.flatnonzero(row)
            closest = kept[np.argsort(((train[kept] - point) ** 2).sum(axis=1))[:3]]
            hits += (labels[closest] == label).sum() / 3
        assert np.isclose(by_neighbours, hits / 9)
        x = train[row]
        weights = np.linalg.solve(x.T @ x + 0.7 * np.eye(3), x.T @ target[row])
        assert np.isclose(by_ridge, -((test @ weights - wanted) ** 2).mean() / wanted.var())
        weights = gradient_descent(x, labels[row])
        chances = 1 / (1 + np.exp(-(2 * truth - 1) * (test @ weights)))
        assert np.isclose(by_logistic, np.log(chances).mean(), atol=1e-6)


def gradient_descent(x, labels, penalty=0.5):
    weights = np.zeros(x.shape[1])
    for _ in range(3000):
        slope = x.T @ (labels - 1 / (1 + np.exp(-x @ weights))) - penalty * weights
        weights += 0.05 * slope
    return weights
