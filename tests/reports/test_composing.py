"""The facts of a report, recomputed from what it describes."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from shapiq_spex import SPEX, ProxySPEX
from shapiq_spex.designs.regression_design import RegressionDesign
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.hierarchy import hierarchy
from shapiq_spex.reports import composing
from tests.reports.games import N, explained, game


def test_rows_and_variance_are_those_of_the_result(approximator, report):
    coalitions, values = approximator.ablations_
    assert (report.planned, report.asked, report.reused, report.skipped) == (200, 200, 0, ())
    assert report.rows == len(values) == len(coalitions)
    assert report.deviation == pytest.approx(values.std())
    spectrum = approximator.spectrum_
    assert report.n_terms == len(spectrum)
    terms = spectrum.to_dict()
    total = sum(c * c for term, c in terms.items() if term)
    for degree, share in enumerate(report.variance_by_degree, start=1):
        of_degree = sum(c * c for term, c in terms.items() if len(term) == degree)
        assert share == pytest.approx(of_degree / total)
    assert sum(report.variance_by_degree) == pytest.approx(1.0)


def shares_by_regression(values, rows, keep):
    """What each degree adds to the best approximation under the product law."""
    root = np.sqrt(np.where(rows, keep, 1.0 - keep).prod(axis=1))
    errors = []
    for degree in range(rows.shape[1] + 1):
        terms = [t for size in range(degree + 1) for t in combinations(range(rows.shape[1]), size)]
        features = root[:, None] * np.stack([rows[:, t].all(axis=1) for t in terms], axis=1)
        fit = features @ np.linalg.lstsq(features, root * values, rcond=None)[0]
        errors.append(((root * values - fit) ** 2).sum())
    return -np.diff(errors) / errors[0]


@pytest.mark.parametrize(
    ("asked", "keep"),
    [
        ({"keep": 0.8}, 0.8),
        ({"keep": 0.3}, 0.3),
        ({"keep": "near"}, 0.83),
        ({"keep": "auto", "index": "WBII(0.7)"}, 0.7),
        *(({"keep": law}, 0.5) for law in ("auto", "uniform", "range", "sizes", "kernel", 0.5)),
    ],
)
@pytest.mark.parametrize(("approximator", "budget"), [(ProxySPEX, 40), (ProxySPEX, 64), (SPEX, 40)])
def test_variance_is_divided_by_degree_under_the_law_asked_for(approximator, budget, asked, keep):
    """Against the best approximations of all degrees, by all coalitions and their probabilities."""

    def small(kept):
        return (
            kept @ np.arange(6.0) + 4.0 * kept[:, 0] * kept[:, 1] - 3.0 * kept[:, 2:5].all(axis=1)
        )

    made = explained(budget, small, n=6, approximator=approximator, **asked)
    report, rows = made.report_, Coalitions.all_of(6).dense()
    assert report.variance_keep == keep
    shares = shares_by_regression(made.spectrum_(rows), rows, keep)
    degrees = len(report.variance_by_degree)
    assert report.variance_by_degree == pytest.approx(shares[:degrees], abs=1e-9)
    assert shares[degrees:] == pytest.approx(0.0, abs=1e-9)
    removed = {0.5: "half of the players removed", 0.3: "about 2 of 6 players kept"}
    where = removed.get(keep, f"about {max(1, round(6 - 6 * keep))} of 6 players removed")
    assert f"of the recovered function with {where}, degree 1: " in str(report)


def test_where_few_players_are_removed_a_parity_has_effects_of_its_players():
    def parity(kept):
        return 1.0 * (kept[:, 0] ^ kept[:, 1])

    half, few = (explained(2**6, parity, n=6, keep=keep).report_ for keep in ("uniform", 0.9))
    assert (half.variance_by_degree, half.hierarchy) == ((0.0, 1.0), 0.0)
    # in units of p (1 - p): the terms of degree 1 carry 2 (1 - 2p)^2, the pair 4 p (1 - p)
    linear, pair = 2 * 0.8**2, 4 * 0.09
    expected = (linear / (linear + pair), pair / (linear + pair))
    assert few.variance_by_degree == pytest.approx(expected)
    assert few.hierarchy == 1.0


def test_spectra_of_high_degree_are_seen_with_half_of_the_players_removed(monkeypatch):
    monkeypatch.setattr(composing, "_MOST_SUBSETS", 3)
    made = explained(200, keep=0.8)
    assert made.report_.variance_keep == 0.5
    energies = made.spectrum_.energy_by_degree()[1:]
    assert made.report_.variance_by_degree == pytest.approx(energies / energies.sum())
    assert made.report_.hierarchy == hierarchy(made.spectrum_)


def test_quality_is_recomputed_from_the_estimators(monkeypatch):
    kept = {}
    own = RegressionDesign.recover

    def recover(design, values, known, rng):
        kept["recovery"], kept["values"] = own(design, values, known, rng), values
        return kept["recovery"]

    monkeypatch.setattr(RegressionDesign, "recover", recover)
    report = explained().report_
    values, recovery = kept["values"], kept["recovery"]
    rows = np.isfinite(recovery.held_out)
    assert report.faithfulness == pytest.approx(r2_score(values[rows], recovery.held_out[rows]))
    assert report.additive_faithfulness == pytest.approx(r2_score(values, recovery.additive))
    errors = ((values - recovery.held_out)[rows] ** 2).sum()
    additive_errors = ((values - recovery.additive)[rows] ** 2).sum()
    assert report.interaction_gain == pytest.approx(1 - errors / additive_errors)
    low, high = report.interaction_gain_interval
    assert low < report.interaction_gain < high
    assert report.faithfulness_interval[0] == report.faithfulness_bound < report.faithfulness


def test_the_faithfulness_is_not_proud(approximator, report):
    """The truth lies in the interval, and the report rounds downwards."""
    fresh = np.random.default_rng(1).random((4000, N)) < 0.5
    truth = r2_score(game(fresh), approximator.spectrum_.evaluate(fresh))
    low, high = report.faithfulness_interval
    assert low - 0.02 < truth < high + 0.02
    assert f"R2 {math.floor(100 * report.faithfulness) / 100:.2f}"[3:].lstrip("0") in str(report)


def test_the_learning_curve_is_computed_where_more_is_wanted():
    noise = np.random.default_rng(5).normal(size=2**16)

    def noisy(rows):
        return game(rows) + 1.5 * noise[rows @ (1 << np.arange(N))]

    report = explained(300, noisy).report_
    (half, before), (rows, after) = report.learning_curve
    assert (half, rows) == (150, 300)
    assert after == pytest.approx(1 - report.faithfulness)
    assert 0 < before <= 1.5
    assert "forecast" in report.seconds
