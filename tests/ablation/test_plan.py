from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex.ablation.ablation_files import load_ablations, read_ablations, save_ablations
from shapiq_spex.ablation.ablation_plan import AblationPlan
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.fourier.coalitions import Coalitions
from tests.ablation.games import Recorder, random_coalitions

COALITIONS = random_coalitions(200, 30)


def test_a_plan_counts_what_is_in_the_store_and_asks_nothing(tmp_path):
    policy = Ablation(store=tmp_path / "a.sqlite", fingerprint="planned")
    game = Recorder(30)
    assert AblationPlan.for_game(COALITIONS, game, policy).missing == 200
    assert not list(tmp_path.iterdir())
    ask(game, COALITIONS[:50], policy)
    calls = game.calls
    plan = AblationPlan.for_game(COALITIONS, game, policy)
    assert (plan.stored, plan.missing) == (50, 150)
    assert game.calls == calls
    assert AblationPlan.for_game(COALITIONS, None, policy).stored == 0
    assert AblationPlan.for_game(COALITIONS, game, Ablation()).stored == 0


def test_the_sizes_are_those_of_the_coalitions():
    plan = AblationPlan(COALITIONS)
    assert sum(plan.sizes.values()) == 200
    sizes = COALITIONS.sizes()
    assert all(plan.sizes[size] == (sizes == size).sum() for size in plan.sizes)


def test_costs_are_those_of_the_missing_coalitions():
    plan = AblationPlan(COALITIONS, stored=50)
    estimate = plan.estimate(
        cost_per_call=0.01,
        tokens_per_call=400,
        cost_per_million_tokens=2.5,
        seconds_per_call=3,
        concurrency=4,
    )
    assert estimate.calls == 150
    assert estimate.tokens == 60_000
    assert estimate.cost == pytest.approx(1.5 + 0.15)
    assert estimate.seconds == 38 * 3
    assert str(estimate) == "150 calls, 60,000 tokens, cost 1.65, time 0:01:54"
    limited = plan.estimate(seconds_per_call=3, concurrency=1000, requests_per_minute=30)
    assert limited.seconds == 300
    unknown = plan.estimate()
    assert (unknown.cost, unknown.tokens, unknown.seconds) == (None, None, None)
    assert str(unknown) == "150 calls"


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost_per_call": -1},
        {"seconds_per_call": float("nan")},
        {"concurrency": 0},
        {"cost_per_million_tokens": 1},
    ],
)
def test_wrong_costs_are_refused(wrong):
    with pytest.raises(ValueError, match=r"not negative|at least 1|give tokens_per_call"):
        AblationPlan(COALITIONS).estimate(**wrong)


@pytest.mark.parametrize("name", ["cost_per_call", "seconds_per_call", "concurrency"])
def test_costs_that_are_no_numbers_are_refused_by_name(name):
    with pytest.raises(
        TypeError, match=rf"{name} must be an? (number|integer)( or None)?, got 'x'"
    ):
        AblationPlan(COALITIONS).estimate(**{name: "x"})


def test_a_plan_prints_its_sizes_on_a_few_lines():
    text = str(AblationPlan(COALITIONS, stored=50))
    assert text.startswith("200 coalitions of 30 players\n50 in the store, 150 to ask\nsize ")
    assert len(text.splitlines()) <= 11
    many = str(AblationPlan(random_coalitions(500, 5000)))
    assert len(many.splitlines()) <= 11
    assert str(AblationPlan(COALITIONS[:0])) == "0 coalitions of 30 players"


def test_a_plan_runs_elsewhere_and_its_answers_come_back(tmp_path):
    AblationPlan(COALITIONS).save(tmp_path / "plan.npz")
    with pytest.raises(ValueError, match="is a plan without values"):
        load_ablations(tmp_path / "plan.npz")
    # somewhere else, with numpy alone: the recipe of the documentation
    file = np.load(tmp_path / "plan.npz")
    masks = np.unpackbits(file["masks"], axis=1, count=int(file["n_players"])).astype(bool)
    np.savez(tmp_path / "answers.npz", values=masks.sum(axis=1), **file)
    coalitions, values = load_ablations(tmp_path / "answers.npz")
    assert coalitions == COALITIONS
    assert values.tolist() == COALITIONS.sizes().tolist()


def test_a_loaded_plan_can_be_run(tmp_path):
    AblationPlan(COALITIONS, stored=3).save(tmp_path / "plan.npz")
    plan = AblationPlan.load(tmp_path / "plan.npz")
    assert plan.coalitions == COALITIONS
    assert plan.stored == 0
    assert plan.run(lambda kept: kept.sum(axis=1)).values.tolist() == COALITIONS.sizes().tolist()
    policy = Ablation(store=tmp_path / "a.sqlite", fingerprint="x")
    assert plan.run(Recorder(30), policy).asked == 200
    assert plan.run(Recorder(30), policy).asked == 0


@pytest.mark.parametrize("values", [None, np.arange(200) / 7, np.ones((200, 3))])
def test_files_give_back_what_was_saved(tmp_path, values):
    path = tmp_path / "without suffix"
    save_ablations(path, COALITIONS, values)
    coalitions, read = read_ablations(path)
    assert coalitions == COALITIONS
    assert read is None if values is None else np.array_equal(read, values)
    assert [file.name for file in tmp_path.iterdir()] == ["without suffix"]


def test_wrong_numbers_of_values_are_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "a.npz"
    save_ablations(path, COALITIONS, np.ones(200))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="200 coalitions need one value each"):
        save_ablations(path, COALITIONS, np.ones(199))
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["text", "npy", "other npz", "pickle", "truncated", "narrow"])
def test_foreign_files_are_refused(tmp_path, kind):
    path = tmp_path / "a.npz"
    if kind == "text":
        path.write_text("a,b,c\n")
    elif kind == "npy":
        with path.open("wb") as file:
            np.save(file, np.ones(3))
    elif kind == "other npz":
        np.savez(path, x=np.ones(3))
    elif kind == "pickle":
        np.savez(path, masks=np.array([{}], dtype=object), n_players=1)
    elif kind == "truncated":
        save_ablations(path, COALITIONS)
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "narrow":
        np.savez(path, masks=COALITIONS.packed, n_players=64)
    with pytest.raises(ValueError, match="is not a file of ablations"):
        AblationPlan.load(path)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        AblationPlan.load(tmp_path / "a.npz")


def test_coalitions_of_one_player_survive_the_file(tmp_path):
    save_ablations(tmp_path / "a", Coalitions.all_of(1), [0.5, 1])
    assert load_ablations(tmp_path / "a")[0] == Coalitions.all_of(1)
