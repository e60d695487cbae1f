"""Decoded terms that are fitted anew to the rows of another law."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import SPEX
from shapiq_spex.designs import refitted_terms as module
from shapiq_spex.designs.refitted_terms import refitted_terms
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum


def sample(seed, n_players=12, rows=80, share=0.8):
    rng = np.random.default_rng(seed)
    return Coalitions.from_dense(np.unique(rng.random((rows, n_players)) < share, axis=0)), rng


def test_leave_one_out_predictions_are_those_of_fits_without_the_row(monkeypatch):
    monkeypatch.setattr(module, "_PENALTIES", np.array([0.01]))
    rows, rng = sample(0)
    decoded = Spectrum.from_dict(12, {(): 1.0, (0, 3): 0.5, (2,): -1.0})
    values = rng.normal(size=len(rows))
    _, held_out = refitted_terms(decoded, rows, values)
    others = np.arange(len(rows)) != 7
    x = 1 - 2.0 * rows.dense()
    parities = np.column_stack([np.ones(len(rows)), x[:, 2], x[:, 0] * x[:, 3]])
    residuals = values - decoded.evaluate(rows)
    system = parities[others].T @ parities[others] + 0.01 * len(rows) * np.eye(3)
    change = np.linalg.solve(system, parities[others].T @ residuals[others])
    expected = decoded.evaluate(rows)[7] + parities[7] @ change
    assert held_out[7] == pytest.approx(expected)


def test_terms_that_fit_stay_and_others_move():
    rows, _ = sample(1)
    right = Spectrum.from_dict(12, {(): 1.0, (0, 3): 0.5, (2,): -1.0})
    same, held_out = refitted_terms(right, rows, right.evaluate(rows))
    np.testing.assert_allclose(same.evaluate(rows), right.evaluate(rows), atol=1e-9)
    np.testing.assert_allclose(held_out, right.evaluate(rows), atol=1e-9)
    moved, _ = refitted_terms(right, rows, 3.0 * right.evaluate(rows))
    np.testing.assert_allclose(moved.evaluate(rows), 3.0 * right.evaluate(rows), atol=0.05)


def test_nothing_and_too_much_stay_as_they_are(monkeypatch):
    rows, rng = sample(2)
    values = rng.normal(size=len(rows))
    nothing = Spectrum(12)
    assert refitted_terms(nothing, rows, values)[0] is nothing
    monkeypatch.setattr(module, "_MOST_TERMS", 2)
    three = Spectrum.from_dict(12, {(): 1.0, (0, 3): 0.5, (2,): -1.0})
    assert refitted_terms(three, rows, values)[0] is three


def test_a_code_explains_the_law_asked_for():
    """Parities whose size depends on how many players are kept: a code finds that of half."""
    terms = [(0, 7, 30, 31), (3, 8, 21, 44), (5, 12, 38, 59), (9, 13, 17, 25, 51), (2, 4, 40, 41)]
    parities = Spectrum.from_terms(60, terms, [1.0, -1.0, 0.8, 1.2, -0.9])

    def game(rows):
        return parities.evaluate(rows) * (1.0 + 0.5 * np.tanh((45 - rows.sum(axis=1)) / 8))

    fresh = np.random.default_rng(1).random((2000, 60)) < 0.9
    truth, errors = game(fresh), {}
    for keep in ("auto", 0.9):
        approximator = SPEX(n=60, index="FBII", max_order=2, random_state=0, keep=keep)
        approximator.approximate(1200, game)
        errors[keep] = np.mean((truth - approximator.spectrum_.evaluate(fresh)) ** 2) / truth.var()
    assert errors[0.9] < 0.1 < 1.0 < errors["auto"]
