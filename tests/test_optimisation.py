"""The best coalitions of a spectrum, against enumeration of all coalitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex import Coalitions, Spectrum
from shapiq_spex.optimisation import best_subset, smallest_change


@st.composite
def spectra(draw, n=7):
    terms = st.frozensets(st.integers(0, n - 1), max_size=4)
    numbers = st.integers(-8, 8).map(lambda number: number / 4)
    found = draw(st.dictionaries(terms, numbers, max_size=12))
    return Spectrum.from_dict(n, {tuple(sorted(term)): value for term, value in found.items()})


ALL = Coalitions.all_of(7).dense()


@given(spectra(), st.integers(0, 7), st.sampled_from(["maximise", "minimise"]), st.booleans())
def test_the_exact_answer_is_that_of_enumeration(spectrum, size, goal, removing):
    count = {"remove": 7 - size} if removing else {"keep": size}
    found = best_subset(spectrum, goal=goal, **count)
    values = spectrum(ALL[ALL.sum(axis=1) == size])
    best = values.max() if goal == "maximise" else values.min()
    assert found.optimal
    assert found.gap == 0
    assert found.value == pytest.approx(best, abs=1e-6)
    assert len(found.kept) == size
    assert sorted(found.kept + found.removed) == list(range(7))
    assert spectrum([[p in found.kept for p in range(7)]])[0] == pytest.approx(found.value)


@given(spectra(), st.sampled_from(["maximise", "minimise"]), st.sets(st.integers(0, 6)))
def test_any_size_and_players_that_must_stay(spectrum, goal, forced):
    found = best_subset(spectrum, goal=goal, always_keep=forced)
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


@given(spectra(), st.integers(-12, 12))
def test_the_smallest_change_is_that_of_enumeration(spectrum, quarter):
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


def planted(n, count, rng, degree=3):
    terms = {
        tuple(sorted(rng.choice(n, size=1 + j % degree, replace=False).tolist()))
        for j in range(count)
    }
    return Spectrum.from_dict(n, {term: float(rng.normal()) for term in sorted(terms)})


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


def test_what_is_too_large_for_the_solver_is_searched():
    rng = np.random.default_rng(2)
    spectrum = Spectrum.from_dict(40, {tuple(range(20)): 1.0, (3,): 0.5}) + planted(40, 50, rng)
    found = best_subset(spectrum, keep=20)
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
        ({"method": "gurobi"}, "method"),
    ],
)
def test_bad_questions_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        best_subset(Spectrum.from_dict(7, {(0,): 1.0}), **arguments)
