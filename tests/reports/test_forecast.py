"""Forecasts of the budget that a faithfulness needs."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapiq_spex import SPEX
from shapiq_spex.reports.forecast import PESSIMISM, Forecast, extrapolated
from tests.reports.games import explained, game


@given(
    unexplained=st.floats(0.01, 0.6),
    pace=st.floats(0.2, 1.2),
    target=st.floats(0.05, 0.99),
    rows=st.integers(50, 5000),
)
def test_a_power_law_is_continued_with_caution(unexplained, pace, target, rows):
    curve = ((rows, min(unexplained * 2**pace, 1.0)), (2 * rows, unexplained))
    expected = extrapolated(curve, target)
    needed = 2 * rows * (unexplained / (1 - target)) ** (1 / pace)
    if unexplained <= 1 - target:
        assert expected.low == expected.high == 2 * rows
    elif math.isfinite(expected.high):
        assert needed <= expected.expected * (1 + 1e-9)
        assert 2 * rows <= expected.low <= expected.expected <= expected.high
        assert extrapolated(curve, target / 2).high <= expected.high
    else:
        assert "cannot be told" in expected.sentence


def test_one_number_by_hand():
    """Halved from 500 to 1,000 rows: exponent .8, so that .2 becomes .1 at 1,000 2^(1/.8)."""
    expected = extrapolated(((500, 0.4), (1000, 0.2)), 0.9)
    assert expected.expected == pytest.approx(1000 * 2**1.25)
    assert expected.low == pytest.approx(1000 * 2 ** (1 / 3))
    assert expected.high == pytest.approx(PESSIMISM * 1000 * 2**1.25)
    assert str(expected) == expected.sentence == "R2 .90 would need 260 to 14,000 more ablations."


@given(
    unexplained=st.floats(0.11, 0.6),
    before=st.floats(0.05, 1.2),
    best=st.floats(0.4, 1.0),
    rows=st.integers(50, 5000),
)
def test_what_the_rows_at_hand_may_have_reached_is_never_said_to_need_more(
    unexplained, before, best, rows
):
    expected = extrapolated(((rows, before), (2 * rows, unexplained)), 0.9, best)
    if best >= 0.9:
        assert expected.low == 2 * rows
        assert "R2 .90 may be reached" in str(expected)
        assert "need at least" not in str(expected)
    else:
        assert 2 * rows < expected.low <= expected.expected


@given(unexplained=st.floats(0.11, 0.6), before=st.floats(0.05, 1.2))
def test_how_far_a_target_is_is_only_told_with_an_upper_end(unexplained, before):
    """Noise, or structure that is found later, ends a learning curve or breaks it."""
    expected = extrapolated(((100, before), (200, unexplained)), 0.9)
    assert "not in sight" not in str(expected)
    assert ("cannot be told" in str(expected)) == math.isinf(expected.high)


@pytest.mark.parametrize("curve", [(), ((100, 0.9),), ((100, 0.95), (200, 0.9))])
def test_without_evidence_there_is_no_forecast(curve):
    assert extrapolated(curve, 0.9) is None


@given(before=st.floats(-1e-9, 0.3), unexplained=st.floats(0.2, 0.6))
@example(before=0.0, unexplained=0.4)
@example(before=-1e-12, unexplained=0.4)
def test_half_of_the_rows_may_be_explained_perfectly_by_luck(before, unexplained):
    expected = extrapolated(((29, before), (58, unexplained)), 0.9)
    if before <= unexplained:
        assert expected == extrapolated(((29, unexplained), (58, unexplained)), 0.9)
        assert "cannot be told" in str(expected)


def test_a_report_whose_half_is_explained_perfectly_can_be_printed(report):
    half = replace(report, faithfulness=0.5, learning_curve=((29, 0.0), (58, 0.5)))
    assert "cannot be told" in str(half)
    assert "cannot be told" in half._repr_html_()


@pytest.mark.parametrize("target", [0.0, 1.0, -3.0, math.nan])
def test_an_impossible_target_is_refused(target, report):
    with pytest.raises(ValueError, match="target must lie between 0 and 1"):
        report.forecast(target)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"deviation": 0.0, "faithfulness": math.nan}, "the game is constant"),
        ({"faithfulness": math.nan}, "too few rows to hold any out"),
        ({"faithfulness": 0.3}, "found all at once, later or never"),
        ({"faithfulness": 0.97}, r"no learning curve is computed from R2 \.95 on"),
        ({"faithfulness": 0.7, "effective_pairs": 5.0}, "few coalitions make up most"),
        ({"faithfulness": 0.7}, "half of the rows does not show"),
    ],
)
def test_where_there_is_no_forecast_it_says_why(facts, reason, report):
    missing = replace(report, **({"learning_curve": (), "effective_pairs": 80.0} | facts))
    forecast = missing.forecast(0.98)
    assert not forecast
    assert re.search(rf"^No forecast for R2 \.98: .*{reason}.*\.$", str(forecast))
    assert math.isnan(forecast.expected)
    assert math.isnan(forecast.low)
    assert math.isnan(forecast.high)


def test_what_is_reached_needs_no_learning_curve():
    for made in (explained(2**10), explained(400, lambda rows: 1.0 * rows[:, 0], n=10)):
        report = made.report_
        assert report.learning_curve == ()
        forecast = report.forecast(0.9)
        assert forecast == Forecast(0.9, report.rows, report.rows, report.rows, report.rows)
        assert str(forecast) == "R2 .90 is reached."


@pytest.mark.parametrize("settings", [{"proxy_model": "fast"}, {"approximator": SPEX}])
def test_every_approximator_forecasts_or_says_why_not(settings):
    report = explained(150, game, **settings).report_
    assert str(report.forecast(0.98)).startswith(("R2 .98", "No forecast for R2 .98: "))


def test_what_noise_forbids_is_not_forecast():
    report = explained(200, game).report_
    noisy = replace(report, faithfulness=0.6, noise=0.5 * report.deviation)
    assert noisy.faithfulness_limit == pytest.approx(0.75)
    assert not noisy.forecast(0.8)
    assert "no explanation can exceed R2 .75" in noisy.forecast(0.8).sentence
    assert "noisy" not in noisy.forecast(0.7).sentence
    assert noisy.forecast(0.55)
