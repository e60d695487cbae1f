"""Reports: their numbers recomputed, their words in degenerate cases, their ways out and back."""

from __future__ import annotations

import copy
import json
import math
import pickle
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import shapiq
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from shapiq_spex import SPEX, Ablation, ProxySPEX, Report, report_of
from shapiq_spex.reports.forecast import forecast

N = 10
RNG = np.random.default_rng(0)
EFFECTS, PAIRS = RNG.normal(size=N), np.triu(RNG.normal(size=(N, N)), 1)


def game(coalitions):
    kept = coalitions.astype(float)
    pairs = ((kept @ PAIRS) * kept).sum(axis=1)
    return kept @ EFFECTS + pairs + np.sin(3 * kept.sum(axis=1))


def explained(budget=200, value=game, n=N, approximator=ProxySPEX, **settings):
    settings = {"index": "FBII", "max_order": 2, "random_state": 0} | settings
    made = approximator(n=n, **settings)
    made.approximate(budget, value)
    return made


@pytest.fixture(scope="module")
def approximator():
    return explained()


@pytest.fixture(scope="module")
def report(approximator):
    return approximator.report_


def made_up(report, **changes):
    return replace(report, **changes)


class Texts(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.texts, self.open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        assert tag in {"div", "b", "table", "tr", "th", "td", "span"}
        assert not any(name in {"src", "href"} for name, _ in attrs)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


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
    own = ProxySPEX._recover

    def recover(self, design, values, known, rng):
        kept["recovery"], kept["values"] = own(self, design, values, known, rng), values
        return kept["recovery"]

    monkeypatch.setattr(ProxySPEX, "_recover", recover)
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


@settings(max_examples=5)
@given(seed=st.integers(0, 1000))
def test_additive_games_have_no_interactions_worth_a_look(seed):
    weights = np.random.default_rng(seed).normal(size=6)
    made = explained(40, lambda rows: rows @ weights, n=6, random_state=seed)
    assert made.report_.additive_faithfulness == pytest.approx(1.0)
    assert "add nothing" in made.report_.verdict


def test_interactions_worth_a_look_are_announced(report):
    assert report.verdict.startswith("Interactions are worth a look")
    hidden = made_up(report, interaction_gain_interval=(-0.1, 0.9))
    assert "nothing that is sure to matter" in hidden.verdict


def test_what_was_not_found_is_not_called_absent(report):
    poor = made_up(report, faithfulness=0.1, additive_faithfulness=0.1)
    assert poor.verdict.startswith("No interactions were found, but they may be in all that is")
    assert "SPEX may find interactions" in poor.warnings[0]
    assert "may find" not in made_up(poor, approximator="SPEX").warnings[0]


def test_an_exact_result_says_so():
    for value, n in ((game, N), (lambda rows: rows[:, 0] * 2.0, 1)):
        report = explained(2**n, value, n=n).report_
        assert report.exact
        assert report.faithfulness == 1.0
        assert report.warnings == ()
        assert "every coalition was observed" in str(report)
    rows = (np.arange(2**N)[:, None] >> np.arange(N)) & 1 == 1
    exact = explained(2**N).report_
    fit = np.linalg.lstsq(np.column_stack([np.ones(2**N), rows]), game(rows), rcond=None)[0]
    best = r2_score(game(rows), np.column_stack([np.ones(2**N), rows]) @ fit)
    assert exact.additive_faithfulness == pytest.approx(best)
    assert exact.verdict.startswith("Interactions are worth a look")
    assert (
        "One player has no interactions"
        in explained(2, n=1, value=lambda r: r[:, 0]).report_.verdict
    )


@pytest.mark.parametrize("budget", [2, 3, 20, 64])
@pytest.mark.parametrize("approximator", [ProxySPEX, SPEX])
def test_a_constant_game_leaves_nothing_to_explain(budget, approximator):
    made = explained(budget, lambda rows: np.full(len(rows), 3.0), n=6, approximator=approximator)
    assert "nothing to explain" in str(made.report_)
    assert made.report_.variance_by_degree == ()
    assert made.report_.warnings == ()
    assert made.report_.forecast() is None


@pytest.mark.parametrize("budget", [2, 3, 5])
def test_tiny_budgets_are_called_guesses(budget):
    report = explained(budget).report_
    assert report.rows == budget
    assert any("Raise the budget" in sentence for sentence in report.warnings)
    assert math.isnan(report.faithfulness_bound)


def test_skipped_coalitions_are_named_and_warned_of():
    def failing(rows):
        return np.where(rows.all(axis=1), np.nan, game(rows))

    report = explained(100, failing, ablation=Ablation(on_error="skip")).report_
    assert len(report.skipped) == 1
    assert report.rows == 99
    assert "1 skipped" in str(report)
    assert any("1 of 100 coalitions got no answer" in sentence for sentence in report.warnings)


def test_given_rows_were_not_asked():
    made = ProxySPEX(n=4, index="FBII", random_state=0)
    made.approximate_from(RNG.random((9, 4)) < 0.5, RNG.normal(size=9))
    assert "all given" in str(made.report_)


def test_rare_enormous_values_are_warned_of(report):
    rare = made_up(report, effective_pairs=2.0)
    assert any("as if there were 4 rows instead of 200" in text for text in rare.warnings)


def test_low_faithfulness_says_what_to_do(report):
    curve = ((100, 0.6), (200, 0.5))
    low = made_up(report, faithfulness=0.41, learning_curve=curve)
    assert "R2 .41: do not trust single values" in low.warnings[0]
    assert low.forecast(0.9).sentence in low.warnings[0]
    middle = made_up(report, faithfulness=0.8, learning_curve=())
    assert "only the largest effects. Raise the budget" in middle.warnings[0]


@given(
    unexplained=st.floats(0.01, 0.6),
    pace=st.floats(0.2, 1.2),
    target=st.floats(0.05, 0.99),
    rows=st.integers(50, 5000),
)
def test_a_power_law_is_continued_with_caution(unexplained, pace, target, rows):
    curve = ((rows, min(unexplained * 2**pace, 1.0)), (2 * rows, unexplained))
    expected = forecast(curve, target)
    needed = 2 * rows * (unexplained / (1 - target)) ** (1 / pace)
    if unexplained <= 1 - target:
        assert expected.low == expected.high == 2 * rows
    elif math.isfinite(expected.high):
        assert needed <= expected.expected * (1 + 1e-9)
        assert 2 * rows <= expected.low <= expected.expected <= expected.high
        assert forecast(curve, target / 2).high <= expected.high
    else:
        assert "not in sight" in expected.sentence


def test_one_number_by_hand():
    """Halved from 500 to 1,000 rows: exponent .8, so that .2 becomes .1 at 1,000 2^(1/.8)."""
    expected = forecast(((500, 0.4), (1000, 0.2)), 0.9)
    assert expected.expected == pytest.approx(1000 * 2**1.25)
    assert str(expected) == expected.sentence == "R2 .90 would need 190 to 6,200 more ablations."


@pytest.mark.parametrize("curve", [(), ((100, 0.9),), ((100, 0.95), (200, 0.9))])
def test_without_evidence_there_is_no_forecast(curve):
    assert forecast(curve, 0.9) is None


@pytest.mark.parametrize("target", [0.0, 1.0, -3.0, math.nan])
def test_an_impossible_target_is_refused(target):
    with pytest.raises(ValueError, match="between 0 and 1"):
        forecast(((100, 0.4), (200, 0.3)), target)


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


def test_json_leads_back(report):
    for one in (
        report,
        explained(3).report_,
        explained(2**3, n=3, value=lambda r: r[:, 0]).report_,
    ):
        text = one.to_json()
        json.loads(text, parse_constant=pytest.fail)
        back = Report.from_dict(json.loads(text))
        assert back.to_dict() == one.to_dict()
        assert str(back) == str(one)
        assert Report.from_dict(one.to_dict()).to_json() == text


def test_foreign_data_are_refused(report):
    data = report.to_dict()
    del data["planned"]
    with pytest.raises(ValueError, match=r"missing \['planned'\], unknown \['extra'\]"):
        Report.from_dict(data | {"extra": 1})


def test_repr_is_the_text(report):
    assert repr(report) == str(report)
    assert str(report).startswith("ProxySPEX: FBII up to order 2 of 10 players\n")


def test_html_is_closed_escaped_and_complete(report):
    strange = made_up(report, notes=("<script>alert('&')</script>",), skipped=("{0}: <x>",))
    page = Texts(strange._repr_html_())
    assert page.open == []
    assert "<script>alert('&')</script>" in page.texts
    for text in (*strange.warnings, strange.verdict, "{0}: <x>"):
        assert text in page.texts
    assert "http" not in strange._repr_html_()


@pytest.mark.parametrize("name", ["proxyspex", "spex"])
@pytest.mark.parametrize("explainer", [shapiq.Explainer, shapiq.TabularExplainer])
def test_the_report_of_shapiqs_explainers_is_found(name, explainer):
    data = np.random.default_rng(0).normal(size=(80, 5))

    def model(rows):
        return rows[:, 0] * rows[:, 1] + rows[:, 2]

    made = explainer(
        model, data, approximator=name, index="FSII", max_order=2, random_state=0, sample_size=10
    )
    with pytest.raises(ValueError, match="nothing has been explained yet"):
        report_of(made)
    first, second = (made.explain(data[row], budget=20) for row in (0, 1))
    assert report_of(second) is report_of(made) is report_of(made.approximator)
    assert report_of(first) is not report_of(second)
    assert report_of(first).index == "FSII"
    explained_rows = made.explain_X(data[:2], budget=20, n_jobs=1)
    assert [report_of(values).asked for values in explained_rows] == [20, 20]
    for way in (copy.deepcopy, lambda values: pickle.loads(pickle.dumps(values))):
        assert report_of(way(first)).to_dict() == report_of(first).to_dict()


def test_every_output_has_a_report_of_its_own():
    made = ProxySPEX(n=4, index="SV", max_order=1, random_state=0)
    first, second = made.approximate_outputs(16, lambda rows: rows[:, :2] * [1.0, 2.0])
    assert [report_of(values).deviation for values in (first, second)] == [0.5, 1.0]


def test_other_results_have_no_report():
    other = shapiq.KernelSHAP(n=4, random_state=0)
    values = other.approximate(16, lambda rows: rows[:, 0] * 1.0)
    own = explained(16, lambda rows: rows[:, 0] * 1.0, n=4)
    computed = 2 * own.approximate(16, lambda rows: rows[:, 0] * 1.0)
    for without in (other, values, computed, None, 3.0):
        with pytest.raises(TypeError, match="has no report"):
            report_of(without)
