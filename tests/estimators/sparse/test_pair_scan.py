"""The scan of all pairs: what it finds, and how rarely it finds what is not there."""

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.estimators.signs import signs
from shapiq_spex.estimators.sparse import pair_scan
from shapiq_spex.estimators.sparse.pair_scan import (
    FALSE_ALARMS,
    largest_score_of_chance,
    striking_pairs,
)
from shapiq_spex.fourier.coalitions import Coalitions

LAWS = {
    "uniform": lambda rng, m: np.full(m, 0.5),
    "one in ten removed": lambda rng, m: np.full(m, 0.9),
    "mixture": lambda rng, m: rng.choice([0.5, 0.9], m),
    "sizes": lambda rng, m: rng.uniform(0.02, 0.98, m),
}
"""The share of the players that each row keeps."""


def coalitions_of(law, rng, n_rows, n_players, *, paired=False):
    shares = LAWS[law](rng, n_rows)[:, None]
    rows = Coalitions.from_dense(rng.random((n_rows, n_players)) < shares)
    return rows.concatenate(rows.complement()) if paired else rows


def scan(coalitions, residual):
    return striking_pairs(signs(coalitions), residual, coalitions.pair_table())


def scores_by_definition(coalitions, residual):
    """The scores of all pairs, of rows without complements."""
    kept = coalitions.dense()
    shares = kept.mean(axis=1)
    deviations = 2 * (shares[:, None] - kept)
    norm = np.sqrt((residual**2 * (4 * shares * (1 - shares)) ** 2).sum())
    return {
        (i, j): abs((residual * deviations[:, i] * deviations[:, j]).sum() / norm)
        for i, j in combinations(range(kept.shape[1]), 2)
    }


@pytest.mark.parametrize("law", LAWS)
def test_the_pairs_above_chance_are_found_by_decreasing_score(law, monkeypatch):
    monkeypatch.setattr(pair_scan, "_PLAYERS_AT_ONCE", 7)
    monkeypatch.setattr(pair_scan, "largest_score_of_chance", lambda *_: 2.0)
    rng = np.random.default_rng(0)
    coalitions = coalitions_of(law, rng, 80, 24)
    residual = rng.normal(size=80)
    scores = scores_by_definition(coalitions, residual)
    above = sorted((p for p in scores if scores[p] > 2.0), key=lambda p: -scores[p])
    assert 2 < len(above) < 60
    assert scan(coalitions, residual) == above


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("law", LAWS)
def test_a_pure_pair_is_found_under_every_law(law, paired):
    """Both removed or both kept against one of each, in a tenth of the variance left."""
    rng = np.random.default_rng(1)
    coalitions = coalitions_of(law, rng, 800, 1100, paired=paired)
    columns = coalitions.columns(np.array([20, 1003])) - coalitions.dense().mean(axis=1)[:, None]
    effect = columns.prod(axis=1)
    noise = 2 * np.std(effect) * rng.normal(size=len(effect))
    assert scan(coalitions, effect + noise) == [(20, 1003)]


def noise_of(kind, rng, coalitions):
    shares = coalitions.sizes() / coalitions.n_players
    normal = rng.normal(size=len(coalitions))
    return {
        "normal": normal,
        "by size": normal * (0.2 + shares) + 5 * shares**4,
        "heavy": rng.standard_t(2, size=len(coalitions)),
        "rare": 1.0 * (rng.random(len(coalitions)) < 0.02),
        "even": np.tile(normal[: len(normal) // 2], 2),  # equal on complements
    }[kind]


@pytest.mark.parametrize("kind", ["normal", "by size", "heavy", "rare", "even"])
@pytest.mark.parametrize("law", LAWS)
def test_noise_has_striking_pairs_no_more_often_than_stated(law, kind, monkeypatch):
    """40 scans: the mean number is at most the bound, and in fact far below it."""
    monkeypatch.setattr(pair_scan, "_CANDIDATES", 50)
    found = 0
    for seed in range(40):
        rng = np.random.default_rng([7, seed])
        coalitions = coalitions_of(law, rng, 150, 120, paired=kind == "even")
        found += len(scan(coalitions, noise_of(kind, rng, coalitions)))
    assert found <= FALSE_ALARMS * 40


def test_renamed_players_rename_the_pairs_and_units_change_nothing():
    rng = np.random.default_rng(2)
    dense = coalitions_of("mixture", rng, 300, 60).dense()
    deviations = dense - dense.mean(axis=1)[:, None]
    residual = deviations[:, 3] * deviations[:, 50] - 2 * deviations[:, 7] * deviations[:, 21]
    residual += 0.3 * rng.normal(size=300)
    found = scan(Coalitions.from_dense(dense), residual)
    assert found == [(7, 21), (3, 50)]
    assert scan(Coalitions.from_dense(dense), -1e6 * residual) == found
    order = rng.permutation(60)  # the player that was order[k] is now k
    renamed = scan(Coalitions.from_dense(dense[:, order]), residual)
    assert [tuple(sorted(order[list(pair)].tolist())) for pair in renamed] == found


def test_of_many_players_some_rows_choose_candidates_and_all_rows_score_them(monkeypatch):
    monkeypatch.setattr(pair_scan, "_MOST_PRODUCTS", 200 * 50**2)
    monkeypatch.setattr(pair_scan, "_CANDIDATES", 20)
    rng = np.random.default_rng(3)
    coalitions = coalitions_of("uniform", rng, 600, 50)
    x = signs(coalitions).astype(float)
    pairs = [(1, 2), (3, 4), (5, 6)]
    residual = np.column_stack([x[:, i] * x[:, j] for i, j in pairs])
    residual[:200, 1] = 0  # not seen by those that choose
    residual[200:, 2] *= -0.5  # refuted by the others
    residual = residual.sum(axis=1) + 0.1 * rng.normal(size=600)
    assert scan(coalitions, residual) == [(1, 2)]


def test_candidates_are_at_most_as_many_as_memory_is_meant_for(monkeypatch):
    monkeypatch.setattr(pair_scan, "_CANDIDATES", 3)
    monkeypatch.setattr(pair_scan, "_PLAYERS_AT_ONCE", 4)
    rng = np.random.default_rng(4)
    coalitions = coalitions_of("uniform", rng, 500, 16)
    x = signs(coalitions).astype(float)
    residual = sum(size * x[:, k] * x[:, k + 1] for k, size in {0: 1, 5: 4, 8: 3, 13: 2}.items())
    assert scan(coalitions, residual) == [(5, 6), (8, 9), (13, 14)]


def test_the_most_striking_sixty_pairs_are_returned():
    rng = np.random.default_rng(5)
    coalitions = coalitions_of("uniform", rng, 20_000, 12)
    x = signs(coalitions).astype(float)
    residual = x.sum(axis=1) ** 2
    assert len(scan(coalitions, residual)) == 60


@pytest.mark.parametrize("n_players", [0, 1, 2, 5])
def test_nothing_is_found_in_nothing(n_players):
    ends = Coalitions.ends(n_players)
    assert scan(ends, np.ones(2)) == []
    rows = Coalitions.from_dense(np.random.default_rng(6).random((9, n_players)) < 0.5)
    assert scan(rows, np.zeros(9)) == []
    assert scan(rows[np.arange(0)], np.zeros(0)) == []


def test_of_signs_chance_stays_below_hoeffdings_bound():
    rng = np.random.default_rng(8)
    for residual in (rng.normal(size=300), rng.standard_t(1, size=300), np.ones(300)):
        found = largest_score_of_chance(residual, np.full(300, 0.5), 10**6)
        assert 0 < found <= np.sqrt(2 * np.log(2 * 10**6 / FALSE_ALARMS)) * (1 + 1e-9)


def test_chance_does_more_where_few_are_left_out_or_more_pairs_are_looked_at():
    ones = np.ones(300)
    scores = [largest_score_of_chance(ones, q * ones, 10**6) for q in (0.5, 0.8, 0.9, 0.99)]
    assert scores == sorted(scores)
    assert scores[2] == pytest.approx(largest_score_of_chance(-ones, 0.1 * ones, 10**6))
    assert largest_score_of_chance(ones, 0.5 * ones, 10**8) > scores[0]
