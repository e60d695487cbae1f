"""Boosted trees as a proxy: what they recover, and how they behave on few, odd and many rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators import screening
from shapiq_spex.estimators.trees import boosted_trees
from shapiq_spex.estimators.trees.boosted_trees import TreeProxy
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import random_rows, seeds


def fit(rows, values, seed=0, **options):
    packed = Coalitions.from_dense(rows)
    return TreeProxy(**options).fit(packed, values, rng=np.random.default_rng(seed))


def r2(predicted, values):
    return 1 - np.mean((predicted - values) ** 2) / np.var(values)


def hierarchical(seed, n_players=30, n_terms=12):
    """A sparse function whose terms contain each other."""
    rng = np.random.default_rng(seed)
    terms = {()}
    while len(terms) <= n_terms:
        parent = sorted(terms)[rng.integers(len(terms))]
        terms.add(tuple(sorted({*parent, int(rng.integers(n_players))})))
    terms = sorted(terms)
    return Spectrum.from_terms(n_players, terms, rng.choice([-1, 1], len(terms)) + 0.0)


def sample(n_players, n_rows, seed=0):
    """Distinct coalitions and their complements."""
    return random_rows(np.random.default_rng(seed), n_rows, n_players, paired=True).dense()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_sparse_hierarchical_function_is_recovered_exactly(seed):
    truth = hierarchical(seed)
    rows = sample(30, 400, seed)
    found = fit(rows, truth(rows), seed)
    unseen = sample(30, 1000, seed + 10)
    assert np.abs(found.spectrum(unseen) - truth(unseen)).max() < 1e-9
    assert r2(found.held_out, truth(rows)) > 0.999


def test_an_and_of_four_is_found_by_its_256_rows():
    rows = Coalitions.all_of(8).dense()
    values = rows[:, :4].all(axis=1).astype(float)
    assert np.abs(fit(rows, values).spectrum(rows) - values).max() < 1e-9


@pytest.mark.parametrize("n_rows", [24, 30, 200])
def test_additive_games_are_recovered(n_rows):
    rows = sample(10, n_rows)
    effects = np.sqrt(np.arange(10.0) + 2.5)  # whose sums do not repeat, which proves more
    every = Coalitions.all_of(10).dense()
    values, expected = rows @ effects - 3, every @ effects - 3
    assert np.abs(fit(rows, values).spectrum(every) - expected).max() < 1e-9


def test_one_pair_gives_its_mean_and_holds_nothing_out():
    rows = np.array([[True, False, True], [False, True, False]])
    found = fit(rows, np.array([1.0, 4.0]))
    assert found.spectrum.to_dict() == {(): 2.5}
    assert np.isnan(found.held_out).all()


@pytest.mark.parametrize("n_rows", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("value", [0.0, 3.3, 1e9])
def test_constant_games_are_exactly_constant(n_rows, value):
    rows = Coalitions.all_of(6).dense()[:n_rows]
    assert fit(rows, np.full(n_rows, value)).spectrum.to_dict() == {(): value}


@given(st.integers(1, 12), st.integers(1, 24), seeds)
def test_few_rows_give_a_sensible_proxy_in_silence(n_players, n_rows, seed):
    rng = np.random.default_rng(seed)
    rows = np.unique(rng.random((n_rows, n_players)) < 0.5, axis=0)
    values = rng.normal(size=len(rows))
    found = fit(rows, values, seed)
    predicted = found.spectrum(Coalitions.all_of(n_players))
    spread = np.ptp(values) if len(values) > 1 else 0.0
    assert np.isfinite(predicted).all()
    assert np.abs(predicted - values.mean()).max() <= 20 * spread + 1e-12
    assert found.held_out.shape == values.shape


@pytest.mark.parametrize("n_rows", [10, 100])
def test_noise_is_not_explained(n_rows):
    rows, unseen = sample(20, n_rows), sample(20, 2000, 9)
    rng = np.random.default_rng(1)
    worst = min(
        r2(fit(rows, rng.normal(size=len(rows))).spectrum(unseen), rng.normal(size=len(unseen)))
        for _ in range(3)
    )
    assert worst > -0.6


def test_heavy_tails_do_not_explode():
    rows, unseen = sample(20, 200), sample(20, 2000, 9)

    def game(coalitions):
        return np.exp(3 * (coalitions @ np.linspace(-1, 1, 20)))

    assert r2(fit(rows, game(rows)).spectrum(unseen), game(unseen)) > 0.0


def test_the_seed_decides_and_fitting_changes_nothing():
    rows = sample(15, 100)
    values = np.cos(rows @ np.linspace(0, 0.5, 15)) + rows[:, 1] * rows[:, 2]
    state = np.random.get_state()[1].tolist()  # noqa: NPY002 - the global state is watched
    proxy = TreeProxy()
    packed = Coalitions.from_dense(rows)
    one, two, other = (proxy.fit(packed, values, rng=np.random.default_rng(s)) for s in (1, 1, 2))
    assert one.spectrum == two.spectrum
    assert np.array_equal(one.held_out, two.held_out)
    assert one.spectrum != other.spectrum
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
    assert proxy == TreeProxy()


@pytest.mark.parametrize("options", [{}, {"hpo": True}, {"refit": False}])
def test_held_out_predictions_are_honest_and_nothing_is_printed(options, capfd, recwarn):
    rng = np.random.default_rng(5)
    rows, unseen = sample(16, 300), sample(16, 3000, 6)

    def game(coalitions):
        return np.tanh(coalitions @ np.linspace(-1, 2, 16) - 3) + coalitions[:, :3].all(axis=1)

    values = game(rows) + 0.05 * rng.normal(size=len(rows))
    found = fit(rows, values, **options)
    reached = r2(found.spectrum(unseen), game(unseen))
    assert reached > (0.75 if options.get("refit") is False else 0.8)
    assert abs(r2(found.held_out, values) - reached) < 0.1
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_many_rows_hold_out_two_folds():
    rows = sample(14, 4000)
    values = rows[:, 0] * 1.0 + rows[:, 1] * rows[:, 2]
    found = fit(rows, values)
    held = ~np.isnan(found.held_out)
    assert 0.15 * len(rows) < held.sum() < 0.25 * len(rows)
    assert np.abs(found.spectrum(rows) - values).max() < 1e-9


def test_trees_of_xgboost():
    pytest.importorskip("xgboost")
    rows = sample(10, 200)
    values = rows[:, 0] * 1.0 + rows[:, 1] * rows[:, 2]
    found = fit(rows, values, library="xgboost")
    assert np.abs(found.spectrum(rows) - values).max() < 1e-9


def test_unknown_libraries_are_refused():
    with pytest.raises(ValueError, match="'lightgbm' or 'xgboost'"):
        TreeProxy("catboost")  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [14, 13])
def test_of_many_players_those_that_matter_are_boosted_and_fresh_rows_judge(monkeypatch, limit):
    monkeypatch.setattr(boosted_trees, "MOST_PLAYERS", limit)
    monkeypatch.setattr(screening, "MOST_PLAYERS", limit)
    rows = random_rows(np.random.default_rng(0), 400, 14, paired=True)
    kept = rows.dense()
    values = 1.0 * kept[:, 3] + kept[:, 5] * kept[:, 11]
    values += 0.1 * np.random.default_rng(1).normal(size=400)
    found = TreeProxy(refit=False).fit(rows, values, rng=np.random.default_rng(2))
    seen = np.isfinite(found.held_out)
    players = {player for term in found.spectrum.terms() for player in term}
    assert {3, 5, 11} <= players
    assert found.spectrum.n_players == 14
    assert r2(found.spectrum(rows), values) > 0.9
    assert r2(found.held_out[seen], values[seen]) > 0.9
    if limit == 14:
        assert seen.all()
        return
    judges = screening.Screening.of(rows, values, np.random.default_rng(2)).judges
    np.testing.assert_array_equal(seen, judges)
    assert len(players) < 14
