"""Forecasts of the budget that a faithfulness needs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.reports.forecast import forecast


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
