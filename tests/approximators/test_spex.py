"""SPEX: what it decodes, when it does without a code, and what it says about it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from shapiq_spex import SPEX, Ablation, ProxySPEX
from shapiq_spex.fourier.spectrum import Spectrum

SYNERGIES = [(0, 7, 30, 31), (3, 8, 21, 44), (5, 12, 38, 59), (9, 13, 17, 25, 51), (2, 4, 40, 41)]


LAW_OF_SPEX = {"FBII": "uniform", "SV": "auto", "k-SII": "auto"}
"""The law by which ProxySPEX draws the coalitions of SPEX."""


class Parities:
    """Synergies in their purest form: no part of any has an effect of its own."""

    def __init__(self, n_players=60):
        coefficients = [1.0, -1.0, 0.8, 1.2, -0.9]
        self.spectrum = Spectrum.from_terms(n_players, SYNERGIES, coefficients)
        self.asked = []

    def __call__(self, coalitions):
        self.asked.append(coalitions.copy())
        return self.spectrum.evaluate(coalitions)


class Additive:
    """A game that any regression predicts."""

    def __init__(self, n_players):
        # whole numbers, so that sums do not depend on how many rows are evaluated at once
        self.weights = np.random.default_rng(0).normal(0, 100, size=n_players).round()
        self.asked = []

    def __call__(self, coalitions):
        self.asked.append(coalitions.copy())
        return (coalitions @ self.weights + 10 * (coalitions[:, 0] ^ coalitions[:, 1])) / 100


def spex(**options):
    return SPEX(**{"n": 60, "index": "FBII", "max_order": 2, "random_state": 0} | options)


def distinct(asked):
    return len(np.unique(np.concatenate(asked), axis=0))


@pytest.mark.parametrize("decoder_type", ["soft", "hard"])
def test_synergies_without_any_smaller_effect_are_found(decoder_type):
    game = Parities()
    approximator = spex(decoder_type=decoder_type)
    approximator.approximate(1500, game)
    assert set(approximator.spectrum_.terms()) - {()} == set(SYNERGIES)
    assert distinct(game.asked) == sum(map(len, game.asked)) == 1500
    assert "SPEX is the safer choice" in approximator.report_.notes[-1]


def test_a_regression_on_uniform_coalitions_misses_them():
    """On other coalitions, parts of them have effects of their own."""
    game = Parities()
    approximator = ProxySPEX(n=60, index="FBII", max_order=2, random_state=0, keep="uniform")
    approximator.approximate(1500, game)
    rows = np.random.default_rng(1).random((2000, 60)) < 0.5
    truth = game.spectrum.evaluate(rows)
    assert np.square(truth - approximator.spectrum_.evaluate(rows)).mean() > 0.9 * truth.var()


@pytest.mark.parametrize(
    ("terms", "advice"),
    [
        ([(1,), (2,), (3,), (1, 2), (2, 3), (1, 3), (1, 2, 3)], "100% of the energy of"),
        ([(1,), (2,), (3,), (1, 2), (2, 3), (1, 3), (1, 2, 3)], "ProxySPEX suits this game as"),
        ([(1,), (2,), (1, 2), (3, 4, 5), (6, 7, 8, 9)], "SPEX is the safer choice for this game"),
        ([(1,), (2,), (3,)], "no interactions worth mentioning: ProxySPEX suits it"),
    ],
)
def test_the_report_says_which_approximator_suits_the_game(terms, advice):
    spectrum = Spectrum.from_terms(60, terms, np.ones(len(terms)))
    approximator = spex()
    approximator.approximate(1500, spectrum.evaluate)
    assert advice in approximator.report_.notes[-1]
    assert advice in str(approximator.report_)


def test_a_small_code_is_used_if_no_regression_predicts_the_game():
    game = Parities()
    approximator = spex()
    plan = approximator.plan(800)
    approximator.approximate(800, game)
    assert set(SYNERGIES) <= set(approximator.spectrum_.terms())
    np.testing.assert_array_equal(np.concatenate(game.asked), plan.coalitions.dense())


def test_no_small_code_is_used_if_a_regression_predicts_the_game():
    game = Additive(60)
    approximator = spex()
    approximator.approximate(800, game)
    decoded, preferred = approximator.report_.notes
    assert decoded.startswith("Nothing was decoded: a regression on")
    assert preferred.endswith("ProxySPEX suits this game as well.")
    assert distinct(game.asked) == sum(map(len, game.asked)) == 800
    assert approximator.report_.faithfulness > 0.99


def test_a_larger_code_is_used_unless_a_regression_predicts_the_game_well():
    additive, parities = Additive(60), Parities()
    approximator = spex()
    approximator.approximate(1500, lambda rows: additive(rows) + 1.75 * parities(rows))
    assert not any("Nothing was decoded" in note for note in approximator.report_.notes)
    assert approximator.report_.faithfulness > 0.99
    assert set(SYNERGIES) <= set(approximator.spectrum_.terms())
    approximator.approximate(1500, additive)
    assert any("Nothing was decoded" in note for note in approximator.report_.notes)


@pytest.mark.parametrize(
    ("index", "order", "budget"), [("FBII", 2, 400), ("SV", 1, 650), ("k-SII", 2, 650)]
)
def test_a_predictable_game_is_explained_as_by_proxyspex(index, order, budget):
    settings = {"n": 30, "index": index, "max_order": order, "random_state": 0}
    both = SPEX(**settings), ProxySPEX(**settings, keep=LAW_OF_SPEX[index])
    games = [Additive(30), Additive(30)]
    values = [a.approximate(budget, game) for a, game in zip(both, games, strict=True)]
    assert any("a regression on" in note for note in both[0].report_.notes)  # not: too few for it
    np.testing.assert_array_equal(np.concatenate(games[0].asked), np.concatenate(games[1].asked))
    np.testing.assert_array_equal(values[0].values, values[1].values)
    intervals = [a.intervals() for a in both]
    np.testing.assert_array_equal(intervals[0].lower, intervals[1].lower)
    assert intervals[0].available


@pytest.mark.parametrize("index", ["FBII", "k-SII"])
def test_without_a_code_it_is_proxyspex(index):
    games = [Additive(60), Additive(60)]
    settings = {"n": 60, "index": index, "max_order": 2, "random_state": 0}
    both = SPEX(**settings), ProxySPEX(**settings, keep=LAW_OF_SPEX[index])
    values = [a.approximate(150, game) for a, game in zip(both, games, strict=True)]
    np.testing.assert_array_equal(np.concatenate(games[0].asked), np.concatenate(games[1].asked))
    np.testing.assert_array_equal(values[0].values, values[1].values)
    assert "150 coalitions are too few for a code of degree 5" in both[0].report_.notes[-1]


def test_the_report_says_how_many_ablations_a_code_takes():
    def notes(budget):
        approximator = spex(n=40)
        approximator.approximate(budget, Additive(40))
        return " ".join(approximator.report_.notes)

    takes = int(re.search(r"degree 5 on 40 players, which takes (\d+)", notes(100))[1])
    assert f"{takes - 1} coalitions are too few" in notes(takes - 1)
    assert "too few" not in notes(takes)
    short = spex(n=40, degree_parameter=1)
    short.approximate(100, Additive(40))
    assert "there is no useful code of degree 1 on 40 players" in short.report_.notes[-1]


def test_a_plan_that_was_answered_elsewhere_is_decoded():
    game = Parities()
    approximator = spex()
    rows = approximator.plan(1500).coalitions.dense()
    elsewhere = approximator.approximate_from(rows, game(rows))
    assert set(SYNERGIES) <= set(approximator.spectrum_.terms())
    np.testing.assert_array_equal(elsewhere.values, spex().approximate(1500, game).values)
    other = spex(random_state=1)
    other.approximate_from(rows, game(rows))
    assert "this SPEX did not plan these coalitions" in other.report_.notes[-1]


def test_coalitions_without_an_answer_do_not_spoil_the_decoding():
    spectrum = Parities().spectrum

    def game(coalitions):
        values = spectrum.evaluate(coalitions)
        values[coalitions[:, :3].sum(axis=1) == 3] = np.nan  # one in eight
        return values

    approximator = spex(ablation=Ablation(on_error="skip"))
    approximator.approximate(1500, game)
    found = approximator.spectrum_
    assert len(approximator.report_.skipped) > 100
    assert set(SYNERGIES) <= set(found.terms())
    np.testing.assert_allclose([found[t] for t in SYNERGIES], [spectrum[t] for t in SYNERGIES])


@pytest.mark.parametrize("budget", [2, 3, 5, 17, 60])
def test_no_budget_is_refused(budget):
    game = Additive(60)
    spex().approximate(budget, game)
    assert distinct(game.asked) == budget


def test_a_smaller_degree_needs_fewer_coalitions():
    coded = [
        sum("too few" not in note for note in approximator.report_.notes)
        for degree in (2, 5)
        for approximator in [spex(degree_parameter=degree)]
        if approximator.approximate(400, Parities()) is not None
    ]
    assert coded == [1, 0]
