"""Variance by degree."""

from __future__ import annotations

import pytest
from matplotlib import pyplot as plt

from shapiq_spex import Spectrum, to_interaction_values
from shapiq_spex.plots import spectrum_by_degree
from tests.plots.pictures import clipped, ink, overlapping, written


def test_bars_are_the_shares_of_variance():
    spectrum = Spectrum.from_dict(6, {(): 9.0, (0,): 2.0, (1,): 1.0, (0, 1, 2): -2.0})
    figure, axes = spectrum_by_degree(spectrum)
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([5 / 9, 0.0, 4 / 9])
    assert {"55.6%", "2", "terms", "44.4%", "1", "term", "no"} <= set(written(figure).split())
    assert ink(figure) > 0.05


def test_with_a_probability_the_shares_are_those_of_its_coalitions():
    """A product of two players: the derivative with respect to one is .9 times its own."""
    spectrum = Spectrum.from_dict(2, {(): 0.25, (0,): -0.25, (1,): -0.25, (0, 1): 0.25})
    _, axes = spectrum_by_degree(spectrum, keep=0.9)
    additive, both = 2 * 0.9**2 * 0.09, 0.09**2
    expected = [additive / (additive + both), both / (additive + both)]
    assert [bar.get_height() for bar in axes.patches] == pytest.approx(expected)


@pytest.mark.parametrize("degree", [1, 3, 8])
def test_bars_of_many_degrees_have_room(degree):
    terms = {tuple(range(size)): 1.0 / size for size in range(1, degree + 1)}
    figure, _ = spectrum_by_degree(Spectrum.from_dict(degree, terms))
    assert not overlapping(figure)
    assert not clipped(figure)


def test_a_share_too_small_to_write_is_not_called_nothing():
    figure, _ = spectrum_by_degree(Spectrum.from_dict(2, {(0,): 1.0, (0, 1): 1e-3}))
    assert "<0.1%" in written(figure)


def test_a_constant_has_no_shares():
    with pytest.raises(ValueError, match="constant"):
        spectrum_by_degree(Spectrum.from_dict(2, {(): 1.0}))


def test_interaction_values_are_no_spectrum():
    values = to_interaction_values(Spectrum.from_dict(2, {(0,): 1.0}), index="BII")
    with pytest.raises(TypeError, match=r"approximator.spectrum_, got .* InteractionValues"):
        spectrum_by_degree(values)


def test_it_is_drawn_where_it_is_told_and_shown_only_when_asked(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(True))
    figure, axes = plt.subplots()
    spectrum = Spectrum.from_dict(2, {(0,): 1.0})
    assert spectrum_by_degree(spectrum, axes=axes) == (figure, axes)
    assert not shown
    spectrum_by_degree(spectrum, show=True)
    assert shown
