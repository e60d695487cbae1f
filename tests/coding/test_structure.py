"""Noise and low-degree structure are told apart."""

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.coding import structure
from shapiq_spex.coding.structure import low_degree_evidence, most_rows
from shapiq_spex.fourier.coalitions import Coalitions


@pytest.mark.parametrize("n_players", [5, 50, 500])
def test_noise_is_no_evidence(n_players):
    rng = np.random.default_rng(n_players)
    rows = Coalitions.from_dense(rng.random((800, n_players)) < 0.5)
    evidence = [low_degree_evidence(rows, rng.normal(size=800)) for _ in range(30)]
    assert sorted(evidence)[-2] < 3  # one false alarm in thirty at most
    assert np.mean(evidence) < 1.5


@pytest.mark.parametrize("degree", [1, 2])
def test_energy_spread_over_all_terms_of_a_degree_is_found(degree):
    rng = np.random.default_rng(degree)
    rows = rng.random((1200, 30)) < 0.5
    signs = 1.0 - 2.0 * rows
    weights = rng.normal(size=(30, 30)) / 30
    values = signs @ weights[0] if degree == 1 else ((signs @ np.triu(weights, 1)) * signs).sum(1)
    values = values + values.std() * rng.normal(size=1200)
    assert low_degree_evidence(Coalitions.from_dense(rows), values) > 4


def test_a_constant_is_no_evidence():
    rng = np.random.default_rng(3)
    rows = Coalitions.from_dense(rng.random((50, 10)) < 0.5)
    assert low_degree_evidence(rows, np.full(50, 3.0)) == 0.0


def plain_evidence(rows, residual):
    """Q_1 and Q_2 as sums over terms and pairs of rows."""
    m, n = rows.shape
    signs = 1.0 - 2.0 * rows
    standard = (residual - residual.mean()) / residual.std()
    found = []
    for degree in range(1, min(n, 2) + 1):
        characters = np.array([signs[:, t].prod(axis=1) for t in combinations(range(n), degree)])
        kernel = characters.T @ characters
        total = variance = 0.0
        for a in range(m):
            for b in range(m):
                if a != b:
                    total += standard[a] * standard[b] * kernel[a, b]
                    variance += 2 * kernel[a, b] ** 2
        found.append(total / np.sqrt(variance))
    return max(0.0, *found)


@pytest.mark.parametrize("n_players", [1, 2, 6, 9])
@pytest.mark.parametrize("players_at_once", [1, 4, 1024])
def test_it_is_the_sum_over_pairs_of_rows(monkeypatch, n_players, players_at_once):
    monkeypatch.setattr(structure, "_PLAYERS", players_at_once)
    rng = np.random.default_rng(n_players)
    found = []
    for shift in (0.0, 1.0, 3.0):
        rows = rng.random((25, n_players)) < 0.5
        residual = rng.normal(size=25) + shift * rows[:, 0] - shift * (rows[:, 0] ^ rows[:, -1])
        evidence = low_degree_evidence(Coalitions.from_dense(rows), residual)
        assert evidence == pytest.approx(plain_evidence(rows, residual), rel=1e-4, abs=1e-6)
        found.append(evidence)
    assert max(found) > 0.5


@pytest.mark.parametrize(("n_players", "rows"), [(1, 1500), (13_333, 1500), (20_000, 1000)])
def test_few_rows_of_many_players_are_looked_at(n_players, rows):
    assert most_rows(n_players) == rows
    assert most_rows(10**8) == 2
