"""The study of decoding: what is planted, what is measured, and what the tables say."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from inspect import signature

import numba
import numpy as np
import pytest
import shapiq
from threadpoolctl import threadpool_info

from shapiq_spex.benchmark import Request
from shapiq_spex.benchmark.measuring.csv_records import read_records
from shapiq_spex.benchmark.studies import decoding
from shapiq_spex.benchmark.studies.decoding_cases import (
    DECODER,
    EXPLAINERS,
    Attempt,
    Case,
    attempt,
)
from shapiq_spex.benchmark.studies.decoding_tables import (
    TIME_IS_UP,
    DecodingRow,
    decoding_tables,
    save_synergies,
    smallest_budget,
)
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


# nearly full coalitions, which our ProxySPEX draws by default, give such parities away
@pytest.mark.parametrize("name", [n for n in decoding.SYNERGY_METHODS if n != "ProxySPEX"])
def test_no_regression_on_uniform_coalitions_finds_the_synergies_that_spex_finds(name):
    if "hpo" in name and "hpo" not in signature(shapiq.ProxySPEX).parameters:
        pytest.skip("this shapiq's ProxySPEX always tunes itself")
    terms = [(0, 7, 30, 31), (3, 8, 21, 44), (5, 12, 38, 59), (9, 13, 17, 25, 51), (2, 4, 40, 41)]
    game = Spectrum.from_terms(60, terms, [1.0, -1.0, 0.8, 1.2, -0.9])
    spectrum = EXPLAINERS[name](Request(game.evaluate, 60, 600, 0)).spectrum
    assert spectrum is not None
    error = np.square((spectrum - game).coefficients).sum() / game.variance
    assert error < 1e-9 if name == "SPEX" else error > 0.9


def test_the_smallest_budget_needs_five_successes():
    def told(*attempts):
        return smallest_budget(Case(100, 5), attempts)

    failed, success = Attempt(100, 0, "ok", f1=0.5), Attempt(200, 0, "ok", f1=1.0)
    late = Attempt(200, 0, TIME_IS_UP)
    assert told(failed, *[success] * 5) == "200"
    assert told(failed, *[success] * 2, late) == "200 (2 of 5 seeds, time)"
    assert told(failed, late) == "> 100 (time)"
    assert told(failed, *[success] * 3, replace(success, f1=0.9)) == "> 200"
    assert smallest_budget(Case(100, 5, noise=0.3), [replace(success, f1=0.96)] * 5) == "200"


@pytest.mark.parametrize("enough", [-4, -3, 0, 1, 7, 17, 18, 20])
def test_the_search_finds_the_smallest_step_of_the_ladder(enough, monkeypatch):
    case = Case(100, 100)
    tried = []

    def succeed_from(_, method, budget, seed):
        tried.append((method, budget))
        f1 = float(budget >= round(case.reference * decoding.STEP**enough))
        return Attempt(budget, seed, "ok", f1=f1)

    monkeypatch.setattr(decoding, "attempt", succeed_from)
    attempts = list(decoding.measure(decoding.Task("support", case, "SPEX")))
    assert int(smallest_budget(case, attempts)) == round(case.reference * decoding.STEP**enough)
    assert len({budget for method, budget in tried if method == DECODER}) <= 8
    if enough <= 0:  # an easy case costs no more because hard ones exist
        assert max(budget for _, budget in tried) == round(case.reference)


def test_shapiq_is_given_the_functions_that_confirm_ours_until_its_time_is_up(monkeypatch):
    monkeypatch.setattr(decoding, "_compile", lambda *_: None)
    monkeypatch.setattr(decoding, "_peer_budgets", lambda _: [100, 200, 400])
    first, second, third, *_ = decoding.CONFIRMATION_SEEDS

    def succeed_from_200(_, method, budget, seed):
        seconds = 0.34 * decoding.PEER_SECONDS
        return Attempt(budget, seed, "ok", f1=float(budget >= 200), cpu_seconds=seconds)

    monkeypatch.setattr(decoding, "attempt", succeed_from_200)
    found = list(decoding.measure(decoding.Task("support", Case(20, 5), "shapiq SPEX soft")))
    assert [(each.budget, each.seed, each.status) for each in found] == [
        (100, first, "ok"),
        *((200, seed, "ok") for seed in (first, second)),
        (200, third, TIME_IS_UP),
    ]


def test_every_decoder_tries_every_case_once():
    tasks = [task for task in decoding.tasks() if task.study == "support"]
    ours, *theirs = (
        [task.case for task in tasks if task.method == name]
        for name in (decoding.SPEX, *decoding.PEERS)
    )
    assert len(ours) == len(set(ours))
    assert all(cases == ours for cases in theirs)


@pytest.mark.parametrize("variable", ["3", None])
def test_all_methods_compute_with_one_thread(variable, monkeypatch, tmp_path):
    if variable is None:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", variable)
    seen = []

    def look(*_):
        seen.append(os.environ["OPENBLAS_NUM_THREADS"])
        seen.append(numba.get_num_threads())
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return iter([Attempt(1, 0, "ok")])

    monkeypatch.setattr(decoding, "measure", look)
    threads_of_numba = numba.get_num_threads()
    numba.set_num_threads(threads_of_numba)  # starts them
    before = threadpool_info()
    decoding.run(tmp_path / "results.csv", [decoding.Task("time", Case(20, 3), "SPEX", "10")])
    assert len(seen) > 1
    assert set(map(str, seen)) == {"1"}
    assert threadpool_info() == before
    assert numba.get_num_threads() == threads_of_numba
    assert os.environ.get("OPENBLAS_NUM_THREADS") == variable


def test_a_run_goes_on_where_it_stopped(tmp_path, capsys):
    case = Case(30, 3)
    wanted = [
        decoding.Task("support", case, "SPEX"),
        decoding.Task("time", case, "SPEX", "1200"),
        decoding.Task("synergies", Case(20, 3, "synergies"), DECODER),
    ]
    results = tmp_path / "results.csv"
    decoding.run(results, wanted[:1])
    found = results.read_text()
    capsys.readouterr()
    decoding.run(results, wanted)
    assert results.read_text().startswith(found)
    assert len(capsys.readouterr().out.splitlines()) == len(wanted) - 1
    rows = read_records(results, DecodingRow)
    assert {row.case for row in rows} == {task.case for task in wanted}
    assert all(asdict(row.attempt)["rows"] for row in rows)
    decoding.main(["table", str(results)])
    assert capsys.readouterr().out == decoding_tables(rows) + "\n"
    save_synergies(rows, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 1000


def test_a_regression_on_known_terms_needs_a_row_per_unknown_or_enough_to_beat_the_noise():
    assert Case(100, 20).limit == 21
    equal = Case(100, 25, sizes="equal", noise=0.3).limit  # sigma = 1.5, 4.5 standard errors
    assert equal == pytest.approx((4.5 * 1.5) ** 2)
    assert Case(100, 100, sizes="decaying", noise=0.3).limit > 10 * equal


def test_a_refused_budget_is_recorded(monkeypatch):
    def refuse(_):
        raise ValueError("Insufficient budget")

    monkeypatch.setitem(EXPLAINERS, "x", refuse)
    assert attempt(Case(10, 1), "x", 5, 3) == Attempt(5, 3, "refused: Insufficient budget")
