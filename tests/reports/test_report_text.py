"""The text of a report."""

from __future__ import annotations

from shapiq_spex import ProxySPEX
from tests.reports.games import RNG


def test_repr_is_the_text(report):
    assert repr(report) == str(report)
    assert str(report).startswith("ProxySPEX: FBII up to order 2 of 10 players\n")


def test_given_rows_are_called_given():
    made = ProxySPEX(n=4, index="FBII", random_state=0)
    made.approximate_from(RNG.random((9, 4)) < 0.5, RNG.normal(size=9))
    assert "all given" in str(made.report_)
