"""A Spectrum is a vector space of functions, kept sparse."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.fourier import spectrum as spectrum_module
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table

from .strategies import seeds, spectra, terms_and_coefficients


def evaluate_slowly(terms, coefficients, matrix):
    return [
        sum(
            coefficient * (-1) ** sum(bool(row[player]) for player in term)
            for term, coefficient in zip(terms, coefficients, strict=True)
        )
        for row in matrix
    ]


@given(terms_and_coefficients(), seeds)
def test_evaluation_is_the_sum_of_parities(parts, seed):
    n_players, terms, coefficients = parts
    matrix = np.random.default_rng(seed).random((9, n_players)) < 0.5
    spectrum = Spectrum.from_terms(n_players, terms, coefficients)
    expected = pytest.approx(evaluate_slowly(terms, coefficients, matrix))
    assert spectrum.evaluate(matrix) == expected
    assert spectrum(Coalitions.from_dense(matrix)) == expected


def test_evaluation_in_blocks_agrees_with_evaluation_in_one_go(monkeypatch):
    rng = np.random.default_rng(0)
    terms = [rng.choice(40, rng.integers(0, 4), replace=False) for _ in range(50)]
    spectrum = Spectrum.from_terms(40, terms, rng.normal(size=50))
    matrix = rng.random((100, 40)) < 0.5
    at_once = spectrum.evaluate(matrix)
    monkeypatch.setattr(spectrum_module, "_BLOCK", 500)
    assert spectrum.evaluate(matrix) == pytest.approx(at_once)


def test_evaluation_of_many_terms_takes_the_memory_of_a_block(monkeypatch):
    rng = np.random.default_rng(0)
    spectrum = spectrum_of_table(rng.normal(size=2**12))
    coalitions = Coalitions.from_dense(rng.random((512, 12)) < 0.5)
    monkeypatch.setattr(spectrum_module, "_BLOCK", 1 << 14)
    tracemalloc.start()
    try:
        spectrum.evaluate(coalitions)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**19, "924 terms of degree 6 on 256 coalitions take 2 MB at once"


@given(terms_and_coefficients())
def test_terms_are_sorted_distinct_and_added_up(parts):
    n_players, terms, coefficients = parts
    spectrum = Spectrum.from_terms(n_players, terms, coefficients)
    sets = [frozenset(term) for term in terms]
    assert spectrum.terms() == sorted({tuple(sorted(s)) for s in sets}, key=lambda t: (len(t), t))
    for term in spectrum.terms():
        total = sum(c for s, c in zip(sets, coefficients, strict=True) if s == set(term))
        assert spectrum[term] == pytest.approx(total)
        assert spectrum[reversed(term)] == spectrum[term]
    assert len(spectrum) == len(spectrum.coefficients) == len(spectrum.degrees)
    assert spectrum.degrees.tolist() == [len(term) for term in spectrum.terms()]
    assert spectrum.degree == max(map(len, terms), default=0)


@given(spectra())
def test_dictionary_and_file_give_the_same_spectrum(tmp_path_factory, spectrum):
    assert Spectrum.from_dict(spectrum.n_players, spectrum.to_dict()) == spectrum
    path = tmp_path_factory.mktemp("spectra") / "any name"
    spectrum.save(path)
    loaded = Spectrum.load(path)
    assert loaded == spectrum
    assert hash(loaded) == hash(spectrum)


@given(spectra(), seeds, st.floats(-3, 3))
def test_arithmetic_is_that_of_functions(spectrum, seed, factor):
    rng = np.random.default_rng(seed)
    matrix = rng.random((6, spectrum.n_players)) < 0.5
    other = Spectrum.from_dict(spectrum.n_players, {(): 0.5, (0,): rng.normal()})
    f, g = spectrum.evaluate(matrix), other.evaluate(matrix)
    assert (spectrum + other).evaluate(matrix) == pytest.approx(f + g)
    assert (spectrum - other).evaluate(matrix) == pytest.approx(f - g)
    assert (factor * spectrum).evaluate(matrix) == pytest.approx(factor * f)


@given(spectra())
def test_energy_splits_by_degree(spectrum):
    energy = spectrum.energy_by_degree()
    assert len(energy) == spectrum.degree + 1
    assert energy.sum() == pytest.approx((spectrum.coefficients**2).sum())
    assert energy[0] == pytest.approx(spectrum.mean**2)
    assert energy[1:].sum() == pytest.approx(spectrum.variance)


@given(spectra(), st.integers(0, 25), st.floats(0, 2))
def test_pruning_keeps_the_mean_and_the_largest(spectrum, keep, threshold):
    pruned = spectrum.prune(keep=keep, threshold=threshold)
    assert pruned.mean == spectrum.mean
    ranked = spectrum.largest(len(spectrum))
    expected = dict([item for item in ranked[:keep] if abs(item[1]) > threshold])
    assert {t: c for t, c in pruned.to_dict().items() if t} == expected
    assert spectrum.prune(threshold=-1.0) == spectrum


def test_pruning_breaks_ties_and_selection_uses_any_rule():
    flat = Spectrum.from_dict(5, {(i,): 1.0 for i in range(5)})
    assert len(flat.prune(keep=2)) == 2
    low = Spectrum.from_dict(5, {(0,): 1.0, (1, 2): 2.0, (0, 1, 2): 3.0}).select(
        lambda group: np.full(len(group.coefficients), group.degree <= 2)
    )
    assert low.terms() == [(0,), (1, 2)]


def test_repr_is_short_for_any_size():
    big = Spectrum.from_dict(30, {(i, i + 1): 1.0 + i for i in range(29)})
    lines = repr(big).splitlines()
    assert lines[0] == "Spectrum of 30 players: 29 terms of degree <= 2"
    assert lines[1].split() == ["F(28,", "29)", "=", "+29"]
    assert lines[-1] == "  ... and 21 smaller terms"
    assert repr(Spectrum(3)) == "Spectrum of 3 players: 0 terms of degree <= 0"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Spectrum.from_terms(3, [(0,)], [1.0, 2.0]), "1 terms need as many"),
        (lambda: Spectrum(3, [([[0], [1]], [1.0])]), "2 terms need as many"),
        (lambda: Spectrum(3, [([[0], [1]], [1.0, 2.0, 3.0])]), "2 terms need as many"),
        (lambda: Spectrum(3, [([[0], [1]], [[1.0], [2.0]])]), "2 terms need as many"),
        (lambda: Spectrum.from_terms(3, [(0,), (1,)], [1.0]), "2 terms need as many"),
        (lambda: Spectrum.from_dict(3, {(3,): 1.0}), "players 0 to 2"),
        (lambda: Spectrum.from_dict(3, {(0, 9): 1.0}), "players 0 to 2"),
        (lambda: Spectrum.from_dict(3, {(-1,): 1.0}), "players 0 to 2"),
        (lambda: Spectrum.from_dict(3, {(1, 1): 1.0}), "name a player twice"),
        (lambda: Spectrum.from_dict(3, {(1,): np.nan}), "finite"),
        (lambda: Spectrum(3) + Spectrum(4), "3 and 4 players"),
        (lambda: Spectrum(3).evaluate([[True]]), "3 players, the coalitions have 1"),
        (lambda: Spectrum(3).prune(keep=-1), "must not be negative"),
    ],
)
def test_errors_say_what_was_wrong(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("content", ["text", "npz"])
def test_loading_another_file_is_refused(tmp_path, content):
    path = tmp_path / "file.npz"
    if content == "text":
        path.write_text("not a spectrum")
    else:
        np.savez(path, something=np.ones(3))
    with pytest.raises(ValueError, match=r"file\.npz does not hold a Spectrum"):
        Spectrum.load(path)


@given(spectra(), st.integers(0, 6))
def test_terms_up_to_a_degree_are_kept_with_their_coefficients(spectrum, degree):
    low = spectrum.up_to_degree(degree)
    assert low.n_players == spectrum.n_players
    assert low.to_dict() == {t: c for t, c in spectrum.to_dict().items() if len(t) <= degree}


@given(spectra(max_terms=6), spectra(max_terms=6))
def test_spectra_are_equal_if_players_terms_and_coefficients_are(one, other):
    same = one.n_players == other.n_players and one.to_dict() == other.to_dict()
    assert (one == other) == same
    assert one == Spectrum(one.n_players, one.groups)
    assert one != one.to_dict()


@pytest.mark.parametrize(
    "changed",
    [
        Spectrum.from_dict(5, {(0,): 1.0, (1, 2): 2.0}),
        Spectrum.from_dict(4, {(0,): 1.0, (1, 2): 3.0}),
        Spectrum.from_dict(4, {(0,): 1.0, (1, 3): 2.0}),
        Spectrum.from_dict(4, {(3,): 1.0, (1, 2): 2.0}),
        Spectrum.from_dict(4, {(0,): 1.0, (1, 2): 2.0, (1, 3): 0.0}),
        Spectrum.from_dict(4, {(0,): 1.0}),
        Spectrum.from_dict(4, {(): 0.0, (0,): 1.0, (1, 2): 2.0}),
    ],
)
def test_spectra_differ_by_a_single_player_term_or_coefficient(changed):
    spectrum = Spectrum.from_dict(4, {(0,): 1.0, (1, 2): 2.0})
    assert spectrum != changed
    assert changed != spectrum


def test_no_coalitions_have_no_values():
    spectrum = Spectrum.from_dict(3, {(): 1.0, (0, 2): 2.0})
    assert spectrum.evaluate(np.empty((0, 3), dtype=bool)).shape == (0,)
    assert Spectrum(3).evaluate([[True, False, True]]).tolist() == [0.0]
    assert Spectrum.from_dict(0, {(): 2.0}).evaluate(np.empty((2, 0), dtype=bool)).tolist() == [
        2.0,
        2.0,
    ]
