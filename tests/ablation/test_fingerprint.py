from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import shapiq
from shapiq.game import Game
from shapiq.imputer import BaselineImputer, MarginalImputer
from sklearn.ensemble import RandomForestClassifier

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.fingerprint import FingerprintError, game_fingerprint
from shapiq_spex.fourier.coalitions import Coalitions
from tests.ablation.games import Recorder

DATA = np.random.default_rng(0).normal(size=(40, 5))


def linear(weight):
    return lambda x: x @ np.full(5, weight)


def imputer(
    *, weight=1.0, point=0, data=DATA, kind=MarginalImputer, random_state=1, sample_size=20
):
    options = {"sample_size": sample_size} if kind is MarginalImputer else {}
    return kind(linear(weight), data, x=DATA[point], random_state=random_state, **options)


def test_a_function_or_a_game_with_its_own_code_has_to_be_named():
    class Own(Game):
        def __init__(self):
            super().__init__(n_players=3, normalize=False)

        def value_function(self, coalitions):
            return coalitions.sum(axis=1)

    for game in (lambda kept: kept.sum(axis=1), Recorder(3), Own()):
        with pytest.raises(FingerprintError, match=r"Ablation\(store=..., fingerprint="):
            game_fingerprint(game, 3)
        assert game_fingerprint(game, 3, "mine").startswith("mine-")


def test_the_error_comes_before_the_first_call(tmp_path):
    game = Recorder(3)
    with pytest.raises(FingerprintError):
        ask(game, Coalitions.all_of(3), Ablation(store=tmp_path / "a.sqlite"))
    assert game.calls == 0
    assert not list(tmp_path.iterdir())


def test_names_and_sizes_make_different_games():
    game = Recorder(3)
    prints = {game_fingerprint(game, n, name) for n in (3, 4) for name in ("a", "b")}
    assert len(prints) == 4


def test_a_game_may_bring_its_own_fingerprint():
    game, twin, other = Recorder(3), Recorder(3), Recorder(3)
    game.fingerprint = twin.fingerprint = "llama, prompt 1"
    other.fingerprint = "llama, prompt 2"
    assert game_fingerprint(game, 3) == game_fingerprint(twin, 3)
    assert game_fingerprint(game, 3) != game_fingerprint(other, 3)
    assert game_fingerprint(game, 3, "x") != game_fingerprint(other, 3, "x")


def test_imputers_are_told_apart_by_all_that_matters():
    shifted = DATA.copy()
    shifted[0, 0] += 1e-12
    games = [
        imputer(),
        imputer(weight=1.0 + 1e-12),
        imputer(point=1),
        imputer(data=shifted),
        imputer(sample_size=21),
        imputer(random_state=2),
        imputer(kind=BaselineImputer),
    ]
    prints = [game_fingerprint(game, 5) for game in games]
    assert len(set(prints)) == len(games)
    assert prints == [game_fingerprint(game, 5) for game in games]
    assert game_fingerprint(imputer(), 5) == prints[0]


def test_asking_does_not_change_the_fingerprint_of_an_imputer():
    game = imputer()
    before = game_fingerprint(game, 5)
    ask(game, Coalitions.all_of(5), Ablation())
    game.verbose = True
    assert game_fingerprint(game, 5) == before
    game.fit(DATA[3])
    assert game_fingerprint(game, 5) != before


def test_a_name_does_not_hide_which_point_is_explained():
    assert game_fingerprint(imputer(), 5, "m") == game_fingerprint(imputer(), 5, "m")
    assert game_fingerprint(imputer(), 5, "m") != game_fingerprint(imputer(point=1), 5, "m")


def test_a_model_that_cannot_be_probed_has_to_be_named():
    game = imputer()
    game.predict = lambda rows: 1 / 0
    with pytest.raises(FingerprintError, match=r"cannot be probed.*ZeroDivisionError"):
        game_fingerprint(game, 5)
    assert game_fingerprint(game, 5, "named")


def test_the_classes_of_a_classifier_are_different_games_for_an_explainer():
    model = RandomForestClassifier(5, random_state=0).fit(DATA, DATA[:, 0] > 0)
    prints = set()
    for class_index in (0, 1):
        explainer = shapiq.TabularExplainer(
            model, DATA, class_index=class_index, imputer="marginal", random_state=0
        )
        game = explainer._imputer if hasattr(explainer, "_imputer") else explainer.imputer
        prints.add(game_fingerprint(game.fit(DATA[0]), 5))
    assert len(prints) == 2


def test_precomputed_games_are_their_values():
    def table(change):
        game = Game(n_players=2, normalize=False)
        game.game_values = {(): 0.0, (0,): 1.0, (1,): 2.0, (0, 1): 3.0 + change}
        return game

    assert game_fingerprint(table(0), 2) == game_fingerprint(table(0), 2)
    assert game_fingerprint(table(0), 2) != game_fingerprint(table(1e-12), 2)


@pytest.mark.slow
def test_a_fingerprint_is_the_same_in_another_process():
    code = (
        "from tests.ablation.test_fingerprint import imputer, game_fingerprint; "
        "print(game_fingerprint(imputer(), 5))"
    )
    other = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == game_fingerprint(imputer(), 5)
