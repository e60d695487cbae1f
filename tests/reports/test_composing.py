"""The facts of a report, recomputed from what it describes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import r2_score

from shapiq_spex.designs.regression_design import RegressionDesign
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
