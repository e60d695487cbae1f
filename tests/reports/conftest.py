"""An approximator that has explained a game, and its report."""

from __future__ import annotations

import pytest

from tests.reports.games import explained


@pytest.fixture(scope="session")
def approximator():
    return explained()


@pytest.fixture(scope="session")
def report(approximator):
    return approximator.report_
