"""The best coalitions of a spectrum, against enumeration of all coalitions."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex import Spectrum
from shapiq_spex.optimisation import best_subset, parity_program
from tests.optimisation.spectra import ALL, planted, spectra


def solving(**question):
    """What the solver finds, which is not asked where everything can be tried."""
    with patch("shapiq_spex.optimisation.subset_enumeration._MOST_TRIED", 0):
        return best_subset(**question)


@pytest.mark.parametrize("answer", [best_subset, solving])
@given(spectra(), st.integers(0, 7), st.sampled_from(["maximise", "minimise"]), st.booleans())
def test_the_exact_answer_is_the_best_of_all(answer, spectrum, size, goal, removing):
    count = {"remove": 7 - size} if removing else {"keep": size}
    found = answer(spectrum=spectrum, goal=goal, **count)
    values = spectrum(ALL[ALL.sum(axis=1) == size])
    best = values.max() if goal == "maximise" else values.min()
    assert found.optimal
    assert found.gap == 0
    assert found.value == pytest.approx(best, abs=1e-6)
    assert len(found.kept) == size
    assert sorted(found.kept + found.removed) == list(range(7))
    assert spectrum([[p in found.kept for p in range(7)]])[0] == pytest.approx(found.value)


@pytest.mark.parametrize("answer", [best_subset, solving])
@given(spectra(), st.sampled_from(["maximise", "minimise"]), st.sets(st.integers(0, 6)))
def test_any_size_and_players_that_must_stay(answer, spectrum, goal, forced):
    found = answer(spectrum=spectrum, goal=goal, always_keep=forced)
    values = spectrum(ALL[ALL[:, sorted(forced)].all(axis=1)])
    assert found.value == pytest.approx(values.max() if goal == "maximise" else values.min())
    assert forced <= set(found.kept)


@given(spectra(), st.integers(0, 7))
def test_the_fast_path_stays_within_its_bound(spectrum, size):
    found = best_subset(spectrum, keep=size, method="greedy")
    best = spectrum(ALL[ALL.sum(axis=1) == size]).max()
    assert found.value <= best + 1e-9 <= found.bound + 1e-6
    assert best - found.value <= found.gap + 1e-6
    swaps = [
        spectrum(np.array([[p in (set(found.kept) - {i}) | {j} for p in range(7)]]))[0]
        for i in found.kept
        for j in found.removed
    ]
    assert max(swaps, default=found.value) <= found.value + 1e-9


def test_the_solver_proves_what_swaps_find_on_seventy_two_players():
    spectrum = planted(72, 120, np.random.default_rng(0), degree=2)
    greedy = best_subset(spectrum, remove=24, method="greedy")
    exact = best_subset(spectrum, remove=24, time_limit=60)
    assert exact.optimal
    assert greedy.value <= exact.value + 1e-9
    assert exact.bound < greedy.bound


def test_out_of_time_there_is_still_an_answer_and_an_honest_gap():
    spectrum = planted(60, 1500, np.random.default_rng(1))
    found = best_subset(spectrum, keep=30, time_limit=0.01)
    assert not found.optimal
    assert found.gap > 0
    assert len(found.kept) == 30


@pytest.mark.parametrize(("count", "degree"), [(300, 2), (120, 3)])
def test_seventy_two_players_with_interactions_of_any_sign_are_solved(count, degree):
    spectrum = planted(72, count, np.random.default_rng(0), degree=degree)
    found = best_subset(spectrum, keep=48, time_limit=120)
    assert found.optimal
    assert found.gap == 0
    assert found.value >= best_subset(spectrum, keep=48, method="greedy").value


@pytest.mark.parametrize("scale", [1e-9, 1e6])
def test_the_unit_of_the_values_does_not_matter(scale):
    spectrum = planted(20, 40, np.random.default_rng(3))
    found, scaled = (solving(spectrum=spectrum * factor, keep=13) for factor in (1.0, scale))
    assert scaled.kept == found.kept
    assert scaled.optimal
    assert scaled.value == pytest.approx(found.value * scale)


def test_terms_of_high_degree_cost_no_more_than_others():
    spectrum = Spectrum.from_dict(40, {tuple(range(25)): 2.0, (0,): -0.5, (39,): -0.1})
    found = solving(spectrum=spectrum, remove=1)
    assert found.optimal
    assert found.removed[0] in range(1, 25)  # any of these makes the parity even
    assert found.value == pytest.approx(2.6)


def test_what_is_too_large_for_the_solver_is_searched(monkeypatch):
    monkeypatch.setattr(parity_program, "_MOST_TERMS", 10)
    found = best_subset(planted(40, 50, np.random.default_rng(2)), keep=20)
    assert len(found.kept) == 20
    assert found.value <= found.bound


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": 2, "remove": 2}, "not both"),
        ({"keep": 8}, "8 cannot be kept"),
        ({"remove": 8}, "-1 cannot be kept"),
        ({"keep": 1, "always_keep": [1, 2]}, "2 players must stay"),
        ({"always_keep": [7]}, "0 to 6"),
        ({"goal": "max"}, "goal"),
        ({"time_limit": 0}, "time_limit"),
        ({"method": "gurobi"}, "method"),
    ],
)
def test_bad_questions_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        best_subset(Spectrum.from_dict(7, {(0,): 1.0}), **arguments)
