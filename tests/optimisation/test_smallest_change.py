"""The fewest removals that change a decision, against enumeration of all coalitions."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex import Spectrum
from shapiq_spex.optimisation import best_subset, smallest_change
from tests.optimisation.spectra import ALL, planted, spectra

GOALS = {"maximise": "minimise", "minimise": "maximise"}


@pytest.mark.parametrize("tried", [0, 100, 5e7])
@given(spectra(), st.integers(-12, 12))
def test_the_smallest_change_is_that_of_enumeration(tried, spectrum, quarter):
    with patch("shapiq_spex.optimisation.subset_enumeration._MOST_TRIED", tried):
        check_the_smallest_change(spectrum, quarter)


def check_the_smallest_change(spectrum, quarter):
    threshold = quarter / 4 + 0.1
    values = spectrum(ALL)
    other_side = (values > threshold) != (values[-1] > threshold)
    if not other_side.any():
        with pytest.raises(ValueError, match="no removal"):
            smallest_change(spectrum, threshold)
        return
    found = smallest_change(spectrum, threshold)
    assert found.optimal
    assert len(found.removed) == 7 - ALL[other_side].sum(axis=1).max()
    assert (found.value > threshold) != (values[-1] > threshold)


def test_out_of_time_the_greedy_answer_is_given_with_what_is_proved():
    spectrum = planted(60, 1500, np.random.default_rng(1))
    full = spectrum(np.ones((1, 60), dtype=bool))[0]
    with patch("shapiq_spex.optimisation.subset_enumeration._MOST_TRIED", 0):
        found = smallest_change(spectrum, full - 60.0, time_limit=0.01)
    assert found.value < full - 60.0
    assert not found.optimal
    assert 0 < found.gap == len(found.removed) - found.bound
    tried = smallest_change(spectrum, full - 60.0, time_limit=0.01)
    assert tried.bound >= found.bound
    assert len(tried.removed) <= len(found.removed)


def test_players_that_must_stay_are_not_removed():
    votes = Spectrum.from_dict(4, {(): 1.0, (0,): -2.0, (1,): -1.0, (2,): -1.0, (3,): -1.0})
    assert smallest_change(votes, 3.0).removed == (0,)
    assert smallest_change(votes, 3.0, always_keep=[0]).removed == (1, 2)
    with pytest.raises(ValueError, match="no removal"):
        smallest_change(votes, 3.0, always_keep=[0, 1, 2])
    with pytest.raises(ValueError, match="0 to 3"):
        smallest_change(votes, 3.0, always_keep=[4])


@pytest.mark.parametrize("scale", [1.0, -1.0, 1e-200, 1e200])
@pytest.mark.parametrize("offset", [0.0, 1e6, -1e10])
def test_the_units_of_the_values_do_not_matter(scale, offset):
    spectrum = planted(12, 30, np.random.default_rng(2))
    values = spectrum(np.array([[True] * 12, [False] * 12]))
    threshold = values[0] - 0.4 * np.sign(values[0]) * np.abs(values[0] - values[1])
    found = smallest_change(spectrum, threshold)
    moved = scale * (spectrum + Spectrum.from_dict(12, {(): offset}))
    assert smallest_change(moved, scale * (threshold + offset)).kept == found.kept
    for goal in ("maximise", "minimise"):
        best = best_subset(spectrum, keep=5, goal=goal)
        other = best_subset(moved, keep=5, goal=goal if scale > 0 else GOALS[goal])
        assert other.kept == best.kept
        assert other.optimal


@pytest.mark.parametrize("constant", [0.0, 5.0, -1e10])
def test_a_constant_is_never_changed(constant):
    with pytest.raises(ValueError, match="no removal takes"):
        smallest_change(Spectrum.from_dict(4, {(): constant}), constant)
