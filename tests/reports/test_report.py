"""Reports: their ways out and back."""

from __future__ import annotations

import json

import pytest

from shapiq_spex import Report
from tests.reports.games import explained


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


def test_a_report_of_version_0_1_is_restored(report):
    kept = {
        key: value for key, value in report.to_dict().items() if key not in ("requests", "cost")
    }
    assert str(Report.from_dict(kept)) == str(report)


def test_foreign_data_are_refused(report):
    data = report.to_dict()
    del data["planned"]
    with pytest.raises(ValueError, match=r"missing \['planned'\], unknown \['extra'\]"):
        Report.from_dict(data | {"extra": 1})
