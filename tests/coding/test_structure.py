"""Noise and low-degree structure are told apart."""

import numpy as np
import pytest

from shapiq_spex.coding.structure import low_degree_evidence
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
