"""The benchmark of decoding: what is planted, what is measured, and what the tables say."""

from __future__ import annotations

from inspect import signature

import numpy as np
import pytest
import shapiq

from shapiq_spex.benchmark import coding
from shapiq_spex.benchmark.decoding import DECODER, Attempt, Case, attempt, explainers
from shapiq_spex.benchmark.decoding_tables import all_tables, save_figure, smallest_budget
from shapiq_spex.benchmark.methods import FAITHFULNESS
from shapiq_spex.fourier.spectrum import Spectrum


@pytest.mark.parametrize("support", ["flat", "hierarchical", "synergies"])
@pytest.mark.parametrize("sizes", ["uniform", "decaying", "equal"])
def test_what_is_planted_is_what_the_case_says(support, sizes):
    case = Case(40, 12, support, sizes)
    spectrum = case.planted(0)
    assert spectrum == case.planted(0) != case.planted(1)
    assert len(spectrum) == 12
    assert spectrum.degree <= 5
    magnitudes = np.abs(spectrum.coefficients)
    lowest, highest = {"uniform": (0.5, 1.5), "decaying": (0.05, 1.0), "equal": (1.0, 1.0)}[sizes]
    assert lowest - 1e-9 <= magnitudes.min() <= magnitudes.max() <= highest + 1e-9
    if support == "synergies":
        terms = [set(term) for term in spectrum.terms()]
        assert min(map(len, terms)) >= 3
        assert not any(a < b for a in terms for b in terms)


def test_an_attempt_counts_rows_and_judges_exactly():
    result = attempt(Case(40, 5), DECODER, 1200, 0)
    assert (result.status, result.rows, result.found) == ("ok", 1200, 5)
    assert result.f1 == 1.0
    assert result.r2 == pytest.approx(1.0)
    assert result.peak_mb > 10


@pytest.mark.parametrize("name", coding.SYNERGY_METHODS)
def test_no_regression_finds_the_synergies_that_spex_finds(name):
    if "hpo" in name and "hpo" not in signature(shapiq.ProxySPEX).parameters:
        pytest.skip("this shapiq's ProxySPEX always tunes itself")
    terms = [(0, 7, 30, 31), (3, 8, 21, 44), (5, 12, 38, 59), (9, 13, 17, 25, 51), (2, 4, 40, 41)]
    game = Spectrum.from_terms(60, terms, [1.0, -1.0, 0.8, 1.2, -0.9])
    spectrum = explainers()[name](game.evaluate, 60, 600, 0, FAITHFULNESS).spectrum
    assert spectrum is not None
    error = np.square((spectrum - game).coefficients).sum() / game.variance
    assert error < 1e-9 if name == "SPEX" else error > 0.9


def line(budget, f1, status="ok"):
    return {"noise": "0", "budget": str(budget), "f1": str(f1), "status": status}


def test_the_smallest_budget_needs_five_successes():
    failed, good = [line(100, 0.5)], [line(200, 1)] * 5
    assert smallest_budget(failed + good) == "200"
    assert smallest_budget(failed + good[:2] + [line(200, 0, "time is up")]) == "200 (2/2 seeds)"
    assert smallest_budget([*failed, line(200, 0, "time is up")]) == "> 100"


def test_a_run_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    case = Case(30, 3)
    monkeypatch.setattr(coding, "HIGHEST", 9)
    wanted = [
        coding.Task("support", case, "SPEX"),
        coding.Task("time", case, "SPEX", "1200"),
        coding.Task("synergies", Case(20, 3, "synergies"), DECODER),
    ]
    results = tmp_path / "results.csv"
    coding.run(results, wanted[:1])
    found = results.read_text()
    coding.run(results, wanted)
    assert results.read_text().startswith(found)
    assert capsys.readouterr().out.count("support") == 1
    tables = all_tables(coding.read(results))
    assert "| 30 | 3 | flat | uniform | 0 |" in tables
    assert f"| {DECODER} | 20 | 3 | 600 |" in tables
    save_figure(coding.read(results), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 1000


def test_who_is_told_the_terms_needs_a_row_per_unknown_or_enough_to_beat_the_noise():
    assert Case(100, 20).limit == 21
    equal = Case(100, 25, sizes="equal", noise=0.3).limit  # sigma = 1.5, 4.5 standard errors
    assert equal == pytest.approx((4.5 * 1.5) ** 2)
    assert Case(100, 100, sizes="decaying", noise=0.3).limit > 10 * equal


def test_a_refused_budget_is_recorded(monkeypatch):
    def refuse(*_):
        raise ValueError("Insufficient budget")

    monkeypatch.setattr("shapiq_spex.benchmark.decoding.explainers", lambda: {"x": refuse})
    assert attempt(Case(10, 1), "x", 5, 3) == Attempt(5, 3, "refused: Insufficient budget")
