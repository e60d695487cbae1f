"""Many players: the few that matter are found, whatever the others are."""

import numpy as np
import pytest

from shapiq_spex.estimators import screening
from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.gaussian.gaussian import Gaussian
from shapiq_spex.estimators.screening import (
    MOST_PLAYERS,
    Screening,
    relevant_players,
    renamed,
)
from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.estimators.trees.boosted_trees import TreeProxy
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import combination, random_rows, uniform

TRUTH = {(5,): 1.0, (40,): -1.0, (5, 40): 0.7, (5, 40, 1100): 0.8, (7,): 0.5, (7, 900): -0.9}
PLAYERS = {player for term in TRUTH for player in term}


def wide_problem(seed, n_pairs, noise=0.2):
    rng = np.random.default_rng(seed)
    half = uniform(rng, n_pairs, MOST_PLAYERS + 200)
    rows = half.concatenate(half.complement())
    return rows, combination(TRUTH, rows) + noise * rng.normal(size=len(rows))


def test_players_that_act_in_interactions_alone_are_found():
    rows, values = wide_problem(0, 400)
    found = set(relevant_players(rows, values).tolist())
    assert found >= PLAYERS
    assert len(found) < 30


def test_pairs_without_effects_of_their_players_are_found_from_any_number_of_rows():
    pairs = {(3, 900): 0.5, (8, 1199): -0.4, (500, 501): 0.3}
    truth = {(5,): 1.0, (7,): -0.8, (5, 40): 0.6, **pairs}
    for n_rows in (400, 800, 2000):
        rng = np.random.default_rng(n_rows)
        rows = uniform(rng, n_rows, MOST_PLAYERS + 200)
        values = combination(truth, rows) + 0.2 * rng.normal(size=n_rows)
        found = relevant_players(rows, values)
        assert {player for pair in pairs for player in pair} <= set(found.tolist())
        assert np.array_equal(relevant_players(rows, values), found)


@pytest.mark.parametrize("keep", [(0.8,), (0.9,), (0.5, 0.75, 0.95)])
def test_pure_pairs_and_conjunctions_are_found_whatever_the_law_of_sizes(keep):
    rng = np.random.default_rng(12)
    dense = rng.random((800, MOST_PLAYERS + 200)) < rng.choice(keep, 800)[:, None]
    rows = Coalitions.from_dense(dense)
    values = combination({(5,): 1.0, (3, 900): 0.5, (8, 1199): -0.4}, rows)
    values = values + 2.0 * dense[:, [10, 20, 30, 40]].all(axis=1) + 0.1 * rng.normal(size=800)
    found = set(relevant_players(rows, values - values.mean()).tolist())
    assert found >= {3, 5, 8, 900, 1199, 10, 20, 30, 40}


def test_pairs_found_are_parents_of_triples():
    truth = {(3, 900): 1.0, (3, 900, 77): 0.7}
    rng = np.random.default_rng(10)
    rows = uniform(rng, 600, MOST_PLAYERS + 200)
    values = combination(truth, rows) + 0.2 * rng.normal(size=600)
    assert set(relevant_players(rows, values).tolist()) >= {3, 77, 900}


def test_all_pairs_are_scanned_at_most_four_times(monkeypatch):
    fits = []

    def striking_pairs(rows, residual, table):
        fits.append(float(residual @ residual))
        return [(len(fits), 10 + len(fits))]

    monkeypatch.setattr(screening, "striking_pairs", striking_pairs)
    rows, _ = wide_problem(1, 100)
    found = relevant_players(rows, np.random.default_rng(2).normal(size=len(rows)))
    assert len(fits) == 4
    assert {*range(1, 5), *range(11, 15)} <= set(found.tolist())


def test_players_that_explain_nothing_do_not_join_a_perfect_fit():
    rows, _ = wide_problem(3, 200)
    values = combination({(5,): 1.0, (5, 40): 0.7}, rows)
    assert relevant_players(rows, values).tolist() == [5, 40]


def test_for_every_half_percent_left_a_leader_joins_and_at_most_fifty():
    rng = np.random.default_rng(11)
    rows = uniform(rng, 400, 1100)
    signal, noise = combination({(5,): 1.0}, rows), rng.normal(size=400)
    for size, fewest, most in ((0.1, 2, 5), (0.2, 6, 12), (1.0, 50, 56)):
        values = signal + size * noise
        found = relevant_players(rows, values - values.mean())
        assert fewest <= len(found) <= most
        assert 5 in found


def test_of_noise_without_a_chosen_player_the_most_correlated_ones_are_kept(monkeypatch):
    monkeypatch.setattr(screening, "_CHOICE", 100.0)  # nothing is worth this price
    rows, values = wide_problem(3, 100)
    values = values - values.mean()
    monkeypatch.setattr(screening, "striking_pairs", lambda *_: [])
    expected = np.argsort(-np.abs(signs(rows).T @ values))[:50]
    assert relevant_players(rows, values).tolist() == sorted(expected.tolist())


def test_players_that_would_be_worth_their_price_join_those_of_the_terms(monkeypatch):
    rng = np.random.default_rng(9)
    coalitions = uniform(rng, 300, 40)
    rows = signs(coalitions)
    monkeypatch.setattr(screening, "_LEADERS", 0)
    found = {(): 0.1, (5,): 1.0}

    def expand(rows, values, terms, *, rounds, choice):
        assert (rounds, choice) == (1, 2.0)
        assert terms == ([()] if len(terms) == 1 else list(found))
        return list(found), np.array(list(found.values()))

    monkeypatch.setattr(screening, "expand", expand)
    monkeypatch.setattr(screening, "striking_pairs", lambda *_: [])
    values = parity_columns(rows, [(5,), (9,), (5, 12)]).T @ [1.0, 0.6, 0.6]
    values = values + 0.1 + rng.normal(size=300)
    residual = values - parity_columns(rows, list(found)).T @ list(found.values())
    price = 2.0 * np.log(40) + np.log(300)
    worth = {
        player
        for term in found
        for player in range(40)
        if (parity_columns(rows, [term])[0] * rows[:, player] @ residual) ** 2
        > price * residual @ residual
    }
    assert worth == {9, 12}
    assert set(relevant_players(coalitions, values).tolist()) == {5} | worth


def test_up_to_a_thousand_players_are_all_kept_and_all_rows_judge():
    rows = uniform(np.random.default_rng(4), 20, MOST_PLAYERS)
    found = Screening.of(rows, np.arange(20.0), np.random.default_rng(0))
    assert np.array_equal(found.players, np.arange(MOST_PLAYERS))
    assert found.judges.all()


@pytest.mark.parametrize(
    ("n_pairs", "share"), [(100, 1 / 2), (449, 1 / 2), (450, 1 / 3), (2000, 1 / 10)]
)
def test_three_hundred_rows_judge_or_half_of_few_or_a_tenth_of_many(n_pairs, share, monkeypatch):
    monkeypatch.setattr(screening, "relevant_players", lambda *_: np.array([3]))
    rows, values = wide_problem(5, n_pairs)
    found = Screening.of(rows, values, np.random.default_rng(0))
    assert found.judges.mean() == pytest.approx(share, abs=0.01)
    pairs = rows.pair_of_row()
    assert not set(pairs[found.judges].tolist()) & set(pairs[~found.judges].tolist())


def test_renaming_moves_the_terms_to_their_players():
    spectrum = Spectrum.from_dict(3, {(): 1.0, (0,): 2.0, (0, 2): 3.0})
    found = renamed(spectrum, np.array([2, 4, 9]), 11)
    assert found == Spectrum.from_dict(11, {(): 1.0, (2,): 2.0, (2, 9): 3.0})


def test_the_blend_recovers_a_sparse_function_of_many_players():
    rows, values = wide_problem(3, 400)
    fit = Blend().fit(rows, values, rng=np.random.default_rng(0))
    for term, coefficient in TRUTH.items():
        assert abs(fit.spectrum[term] - coefficient) < 0.1
    fresh, truth = wide_problem(4, 300, noise=0.0)
    assert np.mean((fit.spectrum(fresh) - truth) ** 2) < 0.02 * truth.var()


def test_few_of_very_many_rows_are_enough_to_choose_the_players(monkeypatch):
    rows, values = wide_problem(8, 1500)
    every = Screening.of(rows, values, np.random.default_rng(0))
    monkeypatch.setattr(screening, "_MOST_SIGNS", 800 * rows.n_players)
    few = Screening.of(rows, values, np.random.default_rng(0))
    assert np.array_equal(few.judges, every.judges)
    for found in (few, every):
        assert set(found.players.tolist()) >= PLAYERS
    values[np.flatnonzero(~few.judges)[800:]] = np.nan  # neither choose nor judge
    again = Screening.of(rows, values, np.random.default_rng(0))
    assert np.array_equal(again.players, few.players)


@pytest.mark.parametrize("proxy", [Blend(), Blend("fast"), Gaussian(), TreeProxy()])
def test_rows_that_chose_the_players_do_not_judge_them(proxy):
    rng = np.random.default_rng(6)
    rows = uniform(rng, 500, MOST_PLAYERS + 500)
    values = rng.normal(size=len(rows))  # nothing to be learnt
    fit = proxy.fit(rows, values, rng=rng)
    seen = np.isfinite(fit.held_out)
    assert 100 <= seen.sum() <= 300
    assert np.mean((fit.held_out - values)[seen] ** 2) > 0.9 * values.var()


@pytest.mark.parametrize("n_rows", [1, 2, 3, 4, 7])
def test_next_to_no_rows_of_many_players_are_no_problem(n_rows):
    rng = np.random.default_rng(n_rows)
    rows = random_rows(rng, n_rows, MOST_PLAYERS + 1, paired=False)
    values = rng.normal(size=n_rows)
    for proxy in (Blend(), Gaussian(), TreeProxy()):
        assert np.isfinite(proxy.fit(rows, values, rng=rng).spectrum(rows)).all()
