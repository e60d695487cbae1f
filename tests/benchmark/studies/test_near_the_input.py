"""The study of explanations near the input measures all methods alike and counts what it says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.data_valuation import valuation_game
from shapiq_spex.benchmark.games.near_games import (
    GAME_FAMILIES,
    NEAR_DEVELOPMENT,
    NEAR_TEST,
    family_of,
)
from shapiq_spex.benchmark.games.retrieval import heads_game, retrieval_game
from shapiq_spex.benchmark.games.size_regions import REGIONS, ROW_LAWS, JudgedRegions
from shapiq_spex.benchmark.games.suites import DEVELOPMENT, TEST
from shapiq_spex.benchmark.games.tabular import TabularGame, load_table
from shapiq_spex.benchmark.measuring.csv_records import read_records
from shapiq_spex.benchmark.methods.peers_of_laws import LAW_PEERS, RIDGES
from shapiq_spex.benchmark.studies import near_the_input
from shapiq_spex.benchmark.studies.near_rows import DEFAULT, OWN, NearRun, NearScores
from shapiq_spex.benchmark.studies.near_the_input import OWN_LAWS, main, run
from shapiq_spex.benchmark.studies.near_verdicts import KEPT, near_tables, verdicts
from shapiq_spex.designs.random_coalitions import independent_coalitions

WEIGHTS = np.random.default_rng(0).normal(size=8)


def value(rows):
    kept = rows.astype(float)
    return kept @ WEIGHTS + 2.0 * kept[:, 0] * kept[:, 1]


GAME = BenchmarkGame("small", 8, value)


def made(method, law, seed=0, seconds=1.0, **scores):
    """A run whose scores are 0.5 except those named."""
    numbers = {field.name: 0.5 for field in fields(NearRun) if "_" in field.name} | scores
    return NearRun(
        game="small", n_players=8, units=2.0, seed=seed, method=method, law=law, rows=48,
        reported=0.5, seconds=seconds, environment="here",
        **{name: score for name, score in numbers.items() if name != "n_players"},
    )  # fmt: skip


@pytest.mark.parametrize("law", [*ROW_LAWS])
def test_laws_of_sizes_are_probabilities(law):
    weights = ROW_LAWS[law](30)
    assert weights.shape == (31,)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1.0)


def test_coalitions_have_the_sizes_of_the_law_and_players_are_alike():
    rows = independent_coalitions(ROW_LAWS["near"](12), 6000, np.random.default_rng(0))
    removed = np.bincount((~rows).sum(axis=1), minlength=5) / 6000
    assert removed == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3, 0], abs=0.03)
    assert rows.mean(axis=0) == pytest.approx(np.full(12, 10 / 12), abs=0.03)


def test_a_perfect_prediction_scores_one_and_a_trend_of_sizes_nothing_within_them():
    judged = JudgedRegions(GAME)
    assert judged.scores(value) == dict.fromkeys(REGIONS, (1.0, 1.0))
    of_sizes = JudgedRegions(BenchmarkGame("sizes", 8, lambda rows: rows.sum(axis=1) * 1.0))
    assert np.isnan(of_sizes.scores(value)["half"][1])

    def trend(rows):
        of_size = (
            independent_coalitions(np.eye(9)[s], 4000, np.random.default_rng(s)) for s in range(9)
        )
        return np.array([value(drawn).mean() for drawn in of_size])[rows.sum(axis=1)]

    for whole, within in judged.scores(trend).values():
        assert within == pytest.approx(0.0, abs=0.05)
        assert whole >= within


@pytest.mark.parametrize("name", [name for name, peer in LAW_PEERS.items() if not peer.slow])
def test_every_peer_that_is_installed_runs_on_rows_of_every_law(name, tmp_path):
    if not LAW_PEERS[name].runs(12, 100):
        pytest.skip("this shapiq does not have it")
    additive = BenchmarkGame("additive", 12, lambda rows: rows @ np.arange(1.0, 13.0))
    run(tmp_path / "runs.csv", {"": lambda: additive}, units=[2.0], seeds=[0], methods=[name])
    runs = read_records(tmp_path / "runs.csv", NearRun)
    assert [r.law for r in runs] == [*ROW_LAWS]
    assert all(r.rows <= additive.budget(2.0) for r in runs)
    if name not in ("shapiq ProxySPEX depth 5", "shapiq ProxySHAP", "regression FSII order 2"):
        assert all(r.r2_p8 > 0.9 for r in runs)  # those fit more than a sum


def test_ridge_of_order_two_finds_pairs_and_the_ridge_of_order_one_does_not():
    weights = ROW_LAWS["p 0.8"](8)
    request = near_the_input.Request(value, 8, 120, 0)
    judged = JudgedRegions(GAME)
    one, two = (judged.scores(LAW_PEERS[r].fit(request, weights))["p 0.8"][0] for r in RIDGES)
    assert two > 0.99
    assert one < 0.98


def test_a_small_game_is_measured_resumed_and_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(near_the_input.SUITES, "development", {"small": lambda: GAME})
    path = tmp_path / "runs.csv"
    options = ["--seeds", "1", "--units", "2"]
    main(["run", str(path), *options, "--methods", OWN, RIDGES[0]])
    first = path.read_bytes()
    runs = read_records(path, NearRun)
    assert {(r.method, r.law) for r in runs} >= set(product([OWN], OWN_LAWS))
    assert capsys.readouterr().out == f"small\n{near_tables(runs)}\n"
    main(["run", str(path), *options, "--methods", OWN, RIDGES[0]])
    assert path.read_bytes() == first


def test_peers_run_on_the_law_that_is_best_in_the_region_and_the_best_counts():
    runs = [
        made("a", "near", r2_near=0.8, r2_half=-3.0),
        made("a", "uniform", r2_near=-9.0, r2_half=0.9),
        made("b", "near", r2_near=0.7),
        made(OWN, "near", r2_near=0.9),
    ]
    scores = NearScores(runs, "r2")
    assert (scores.best_law("a", "near"), scores.best_law("a", "half")) == ("near", "uniform")
    assert scores.best_peer("near") == {("small", 2.0, 0): (0.8, "a")}


def test_verdicts_hold_ours_to_the_best_peer_and_the_default_to_the_law_of_the_region():
    good = [made(OWN, law, r2_p8=0.9, r2_p9=0.9, r2_near=0.9, r2_p7=0.9) for law in KEPT]
    good += [made(OWN, DEFAULT, r2_near=0.85), made(OWN, "uniform")]
    good += [made(RIDGES[0], law) for law in KEPT]
    assert all(verdict.met for verdict in verdicts(NearScores(good, "r2"), good))
    bad = [replace(r, r2_near=-1.0, seconds=2.0) if r.law == DEFAULT else r for r in good]
    lost = [v.target for v in verdicts(NearScores(bad, "r2"), bad) if not v.met]
    assert len(lost) == 4
    assert all("default" in target for target in lost)
    worse = [replace(r, r2_p9=0.4) if (r.method, r.law) == (OWN, "p 0.9") else r for r in good]
    lost = [v.target for v in verdicts(NearScores(worse, "r2"), worse) if not v.met]
    assert [target.split(":")[0] for target in lost] == ["keep=p 0.9", "keep=p 0.9"]


def test_the_default_is_compared_with_uniform_coalitions():
    runs = [made(OWN, DEFAULT, seconds=3.0), made(RIDGES[0], "near")]
    for uniform, wanted in (
        (made(OWN, "uniform", seconds=3.0), ["1.00", "100%"]),
        (made(OWN, "uniform", seconds=2.0, r2_half=0.53), ["1.50", "0%"]),
    ):
        both = [*runs, uniform]
        found = {v.target.split(":")[0]: v.measured for v in verdicts(NearScores(both, "r2"), both)}
        assert [found["default"], found["default, half removed"]] == wanted


@pytest.mark.parametrize("games", [NEAR_DEVELOPMENT, NEAR_TEST])
def test_all_families_are_among_the_games(games):
    assert {family_of(name) for name in games} == set(GAME_FAMILIES)


def facts(recipe):
    """What a game is about: explained row and model, learner and table, or texts."""
    if isinstance(recipe, TabularGame):
        return {(recipe.table, recipe.instance), recipe.model().__class__}
    if recipe.func is valuation_game:
        return {recipe.args[:2]}
    return set(recipe.args[1:]) if recipe.func in (retrieval_game, heads_game) else set()


def test_test_games_share_no_row_model_text_or_learner_with_the_others():
    others = [*NEAR_DEVELOPMENT.values(), *DEVELOPMENT.values(), *TEST.values()]
    assert not NEAR_TEST.keys() & {*NEAR_DEVELOPMENT, *DEVELOPMENT, *TEST}
    seen = set.union(*map(facts, others))
    assert not set.union(*map(facts, NEAR_TEST.values())) & seen


def test_test_games_explain_the_first_rows_of_the_second_half_of_their_table():
    rows = defaultdict(list)
    for recipe in NEAR_TEST.values():
        if isinstance(recipe, TabularGame):
            rows[recipe.table].append(recipe.instance)
    for table, chosen in rows.items():
        first = len(load_table(table).target) // 2
        assert chosen == list(range(first, first + len(chosen)))


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if family_of(name) == "text" else [])
        for name in NEAR_TEST
    ],
)
def test_test_games_differ_within_sizes_near_the_input(name):
    try:
        game = NEAR_TEST[name]()
    except ImportError:
        pytest.skip("the extra text is not installed")
    assert game.name == name
    assert name.split()[0].endswith(str(game.n_players))
    values = game.value(~np.eye(game.n_players, dtype=bool))
    assert np.isfinite(values).all()
    assert values.std() > 1e-4 * np.abs(values).max()
