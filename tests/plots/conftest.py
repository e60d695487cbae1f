"""Pictures are drawn in memory; none survives its test."""

from __future__ import annotations

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def _in_memory():
    before = plt.get_backend()
    plt.switch_backend("agg")
    settings = dict(mpl.rcParams)
    yield
    changed = {key for key, value in settings.items() if mpl.rcParams[key] != value}
    plt.close("all")
    plt.ioff()
    plt.switch_backend(before)
    assert not changed - {"backend"}, "a plot changed the user's settings"


@pytest.fixture(autouse=True)
def _nothing_is_shown(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("plt.show was called"))
