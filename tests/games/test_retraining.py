"""Retraining games: refits, closed forms, degenerate subsets, groups, seeds, errors."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from shapiq_spex import ProxySPEX
from shapiq_spex.ablation import coalition_seed
from shapiq_spex.games.retraining_game import RetrainingGame, _Refit
from shapiq_spex.games.training_game import TrainingGame

RNG = np.random.default_rng(5)
X, X_TEST = RNG.normal(size=(14, 3)), RNG.normal(size=(4, 3))
Y, Y_TEST = (X[:, 0] > 0).astype(int), (X_TEST[:, 0] > 0).astype(int)
THREE = np.arange(14) % 3
TARGETS, TARGETS_TEST = X @ [1.0, -2.0, 0.5] + 3.0, X_TEST @ [1.0, -2.0, 0.5] + 3.0
SOME = RNG.random((40, 14)) < 0.6
SOME[:2] = [[False] * 14, [True] * 14]
SOME[2] = (Y == 1) & (np.arange(14) < 9)


@pytest.mark.parametrize("value", ["margin", "logit", "probability", "loss"])
@pytest.mark.parametrize("labels", [Y, THREE])
def test_neighbours_in_closed_form_are_those_of_scikit_learn(value, labels):
    truth = labels[:4]
    arguments = (KNeighborsClassifier(2), X, labels, X_TEST, truth)
    fast = RetrainingGame(*arguments, value=value)
    slow = RetrainingGame(*arguments, value=value, use_closed_form=False)
    assert fast._from_masks is not None
    assert slow._from_masks is None
    assert np.allclose(fast.outputs(SOME), slow.outputs(SOME), atol=1e-12)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("value", ["prediction", "loss"])
def test_ridge_in_closed_form_is_that_of_scikit_learn(intercept, value):
    arguments = (Ridge(0.3, fit_intercept=intercept), X + 50, TARGETS, X_TEST + 50, TARGETS_TEST)
    fast = RetrainingGame(*arguments, value=value)
    slow = RetrainingGame(*arguments, value=value, use_closed_form=False)
    assert fast._from_masks is not None
    assert np.allclose(fast.outputs(SOME), slow.outputs(SOME), rtol=1e-6, atol=1e-8)


def test_neighbours_may_outnumber_the_rows():
    game = RetrainingGame(KNeighborsRegressor(5), X, TARGETS, X_TEST, TARGETS_TEST)
    alone = np.eye(14, dtype=bool)[:2]
    assert np.allclose(game.outputs(alone), np.repeat(TARGETS[:2, None], 4, axis=1))


@pytest.mark.parametrize("estimator", [KNeighborsClassifier(3), LogisticRegression(), GaussianNB()])
def test_subsets_of_one_class_or_none_follow_the_rule_of_succession(estimator):
    game = RetrainingGame(estimator, X, Y, X_TEST, Y_TEST, value="probability")
    ones = np.flatnonzero(Y)[:3]
    coalitions = np.zeros((2, 14), dtype=bool)
    coalitions[1, ones] = True
    assert np.allclose(game.outputs(coalitions)[0], 0.5)
    assert np.allclose(game.outputs(coalitions)[1], np.where(Y_TEST == 1, 4 / 5, 1 / 5))


@given(st.sampled_from(["margin", "logit", "probability", "loss"]), st.integers(0, 2**14 - 1))
def test_every_subset_has_a_finite_value(value, number):
    game = RetrainingGame(GaussianNB(), X, THREE, X_TEST, THREE[:4], value=value)
    row = np.array([[number >> i & 1 for i in range(14)]], dtype=bool)
    assert np.isfinite(game.outputs(row)).all()


def test_values_are_what_they_say():
    p = np.array([[0.5, 0.3, 0.2]])
    worth = {
        value: _Refit(None, X, THREE, X_TEST, np.array([1]), value, np.arange(3)).values_of(p)[0]
        for value in ("margin", "logit", "probability", "loss")
    }
    assert worth == pytest.approx(
        {
            "margin": np.log(0.3 / 0.5),
            "logit": np.log(0.3 / 0.7),
            "probability": 0.3,
            "loss": -np.log(0.3),
        }
    )


def test_many_test_points_come_from_the_same_refits():
    fits = []

    class CountingRidge(Ridge):
        def fit(self, rows, targets):
            fits.append(len(rows))
            return super().fit(rows, targets)

    game = RetrainingGame(CountingRidge(), X, TARGETS, X_TEST, TARGETS_TEST)
    each = ProxySPEX(n=14, index="SV", random_state=0).approximate_outputs(60, game.each)
    assert len(each) == 4
    done = len(fits)
    assert done == 59  # the empty set needs none
    game.part(2)(SOME[:1])
    assert len(fits) == done


def test_clusters_of_rows_are_players():
    groups = np.array(["b", "a"] * 7)
    game = RetrainingGame(
        KNeighborsClassifier(1), X, Y, X_TEST, Y_TEST, groups=groups, value="probability"
    )
    assert game.player_names == ("b", "a")
    single = RetrainingGame(KNeighborsClassifier(1), X, Y, X_TEST, Y_TEST, value="probability")
    assert np.allclose(
        game.outputs([[True, False]]), single.outputs([(groups == "b").tolist()]), atol=1e-12
    )


def test_seeds_belong_to_the_coalition():
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(3))
    game = RetrainingGame(forest, X, Y, X_TEST, Y_TEST, seed=1)
    again = RetrainingGame(forest, X, Y, X_TEST, Y_TEST, seed=1)
    other = RetrainingGame(forest, X, Y, X_TEST, Y_TEST, seed=2)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    first = game.outputs(SOME[:6])
    assert np.array_equal(first, again.outputs(SOME[:6][::-1])[::-1])
    assert not np.array_equal(first, other.outputs(SOME[:6]))
    assert np.array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_own_values_and_estimators_without_probabilities():
    def decision(model, points, truth):
        return (2 * truth - 1) * model.decision_function(points)

    game = RetrainingGame(LinearSVC(), X, Y, X_TEST, Y_TEST, value=decision, empty=-1.0)
    values = game.outputs(SOME[:3])
    assert (values[[0, 2]] == -1).all()
    assert not (values[1] == -1).any()
    assert game.fingerprint is None


def test_lists_and_data_frames_are_accepted():
    pandas = pytest.importorskip("pandas")
    frame = RetrainingGame(
        LogisticRegression(), pandas.DataFrame(X), Y, pandas.DataFrame(X_TEST), Y_TEST
    )
    lists = RetrainingGame(LogisticRegression(), X.tolist(), Y, X_TEST.tolist(), Y_TEST)
    assert np.allclose(frame(SOME[:4]), lists(SOME[:4]))


def test_fingerprints_follow_data_and_settings():
    def name(k=2, data=X, **options):
        return RetrainingGame(
            KNeighborsClassifier(k), data, Y, X_TEST, Y_TEST, **options
        ).fingerprint

    assert name() == name()
    assert len({name(), name(3), name(data=X + 1), name(value="loss"), name(seed=4)}) == 5


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"estimator": LinearSVC()}, TypeError, "no predict_proba"),
        ({"estimator": LinearSVC}, TypeError, "an estimator"),
        ({"estimator": 3}, TypeError, "an estimator"),
        ({"y": Y[:-1]}, ValueError, "14 training rows"),
        ({"y_test": [0, 1]}, ValueError, "4 test rows"),
        ({"y_test": [0, 1, 7, 0]}, ValueError, "test label 7"),
        ({"y": np.zeros(14, dtype=int), "y_test": [0] * 4}, ValueError, "all training rows"),
        ({"value": "accuracy"}, ValueError, "'margin'"),
        ({"groups": [0, 1]}, ValueError, "one label"),
        ({"groups": [0] * 14}, ValueError, "at least two players"),
        ({"player_names": ["a", "b"]}, ValueError, "as many names"),
        ({"empty": np.nan}, ValueError, "finite"),
    ],
)
def test_bad_input_is_refused_before_the_first_refit(change, error, message):
    arguments = {
        "estimator": GaussianNB(),
        "X": X,
        "y": Y,
        "X_test": X_TEST,
        "y_test": Y_TEST,
    } | change
    with pytest.raises(error, match=message):
        RetrainingGame(**arguments)


def test_any_training_with_its_seed():
    def train(rows, seed):
        return [len(rows), np.random.default_rng(seed).random()]

    game = TrainingGame(train, n_rows=3, n_outputs=2, empty=-1.0, seed=9)
    row = np.array([True, False, True])
    expected = [2, np.random.default_rng(coalition_seed(row, 9)).random()]
    assert game.outputs([row.tolist()])[0].tolist() == expected
    assert game.outputs([[False] * 3])[0].tolist() == [-1, -1]


def test_failed_trainings_name_their_rows():
    def train(rows, seed):
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError) as caught:
        TrainingGame(train, n_rows=3, n_outputs=1)([(0, 2)])
    assert "2 rows: [0, 2]" in caught.value.__notes__[0]
    with pytest.raises(ValueError, match="one number for each"):
        TrainingGame(lambda rows, seed: [1, 2], n_rows=3, n_outputs=1)([(0, 2)])


def test_retraining_games_survive_pickling():
    game = pickle.loads(pickle.dumps(RetrainingGame(GaussianNB(), X, Y, X_TEST, Y_TEST)))
    assert np.isfinite(game(SOME)).all()
