"""Many players: the few that matter are found, whatever the others are."""

import numpy as np
import pytest

from shapiq_spex.estimators import screening
from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.gaussian.gaussian import Gaussian
from shapiq_spex.estimators.screening import MOST_PLAYERS, Screening, relevant_players
from shapiq_spex.estimators.signs import signs
from shapiq_spex.estimators.sparse.additive import Additive
from shapiq_spex.estimators.trees.boosted_trees import TreeProxy

TRUTH = {(5,): 1.0, (40,): -1.0, (5, 40): 0.7, (5, 40, 1100): 0.8, (7,): 0.5, (7, 900): -0.9}


def wide_problem(seed, n_pairs, noise=0.2):
    rng = np.random.default_rng(seed)
    half = rng.random((n_pairs, MOST_PLAYERS + 200)) < 0.5
    rows = np.concatenate([half, ~half])
    x = signs(rows)
    values = sum(c * x[:, list(term)].prod(axis=1) for term, c in TRUTH.items())
    return rows, values + noise * rng.normal(size=len(rows))


def test_players_that_act_in_interactions_alone_are_found():
    rows, values = wide_problem(0, 400)
    found = set(relevant_players(signs(rows), values).tolist())
    assert {player for term in TRUTH for player in term} <= found
    assert len(found) < 30


def test_noise_leaves_next_to_no_player():
    rows, _ = wide_problem(1, 200)
    values = np.random.default_rng(2).normal(size=len(rows))
    assert 1 <= len(relevant_players(signs(rows), values)) < 10


def test_the_blend_recovers_a_sparse_function_of_many_players():
    rows, values = wide_problem(3, 400)
    fit = Blend().fit(rows, values, rng=np.random.default_rng(0))
    for term, coefficient in TRUTH.items():
        assert abs(fit.spectrum[term] - coefficient) < 0.1
    fresh, truth = wide_problem(4, 300, noise=0.0)
    assert np.mean((fit.spectrum(fresh) - truth) ** 2) < 0.02 * truth.var()


def test_additive_chooses_its_players_without_the_rows_it_predicts():
    rng = np.random.default_rng(5)
    rows = np.unique(rng.random((60, 400)) < 0.5, axis=0)
    values = rng.normal(size=len(rows))
    fit = Additive(most_players=20).fit(rows, values, rng=rng)
    assert np.mean((fit.held_out - values) ** 2) > 0.8 * values.var()


def test_the_players_of_the_additive_fit_are_the_most_correlated_of_all():
    rng = np.random.default_rng(7)
    rows = rng.random((300, 70)) < 0.5
    players = [3, 25, 31, 68]  # blocks of 8: in the first, in the same, in the last
    values = signs(rows)[:, players] @ [1.0, -2.0, 3.0, 0.5]
    fit = Additive(most_players=8).fit(rows, values, rng=rng)
    correlated = np.sort(np.argsort(-np.abs(signs(rows).T @ (values - values.mean())))[:8])
    assert set(players) <= {player for term in fit.spectrum.terms() for player in term}
    assert {player for term in fit.spectrum.terms() for player in term} <= set(correlated.tolist())


def test_few_of_very_many_rows_are_enough_to_choose_the_players(monkeypatch):
    rows, values = wide_problem(8, 1500)
    every = Screening.of(rows, values, np.random.default_rng(0))
    monkeypatch.setattr(screening, "_MOST_SIGNS", 800 * rows.shape[1])
    few = Screening.of(rows, values, np.random.default_rng(0))
    assert np.array_equal(few.judges, every.judges)
    for found in (few, every):
        assert {player for term in TRUTH for player in term} <= set(found.players.tolist())
    values[np.flatnonzero(~few.judges)[800:]] = np.nan  # neither choose nor judge
    again = Screening.of(rows, values, np.random.default_rng(0))
    assert np.array_equal(again.players, few.players)


@pytest.mark.parametrize("proxy", [Blend(), Blend("fast"), Gaussian(), TreeProxy()])
def test_rows_that_chose_the_players_do_not_judge_them(proxy):
    rng = np.random.default_rng(6)
    rows = rng.random((500, MOST_PLAYERS + 500)) < 0.5
    values = rng.normal(size=len(rows))  # nothing to be learnt
    fit = proxy.fit(rows, values, rng=rng)
    seen = np.isfinite(fit.held_out)
    assert 100 <= seen.sum() <= 300
    assert np.mean((fit.held_out - values)[seen] ** 2) > 0.9 * values.var()


@pytest.mark.parametrize("n_rows", [1, 2, 3, 4, 7])
def test_next_to_no_rows_of_many_players_are_no_problem(n_rows):
    rng = np.random.default_rng(n_rows)
    rows = rng.random((n_rows, MOST_PLAYERS + 1)) < 0.5
    values = rng.normal(size=n_rows)
    for proxy in (Blend(), Gaussian(), TreeProxy()):
        assert np.isfinite(proxy.fit(rows, values, rng=rng).spectrum(rows)).all()
