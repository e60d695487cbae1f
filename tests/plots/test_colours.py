"""Colours."""

from __future__ import annotations

from shapiq_spex.plots import colours


def test_colours_are_those_of_shapiq():
    from shapiq.plot import _config

    assert (_config.RED.hex, _config.BLUE.hex) == (colours.RED, colours.BLUE)
