"""What is known of training rows before any retraining."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, SVR

from shapiq_spex import ProxySPEX
from shapiq_spex.games import RetrainingGame

GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(24, 3)) * [1.0, 10.0, 0.1] + [0.0, 5.0, 0.0]
LABELS = (X[:, 0] + 0.1 * X[:, 1] > 0.5) + (X[:, 2] > 0.05).astype(int)
NUMBERS = X[:, 0] ** 2 + X[:, 1]
TEST = slice(16, 24)
TRAIN = np.arange(16)
KEPT = GENERATOR.random((30, 16)) < 0.5


class Unfitted(SVR):
    """A regressor that must not be fitted."""

    def fit(self, X, y):
        raise AssertionError("it was fitted")


def game(estimator=None, rows=TRAIN, **options):
    estimator = KNeighborsClassifier(3) if estimator is None else estimator
    y = LABELS if hasattr(estimator, "predict_proba") else NUMBERS
    return RetrainingGame(estimator, X[rows], y[rows], X[TEST], y[TEST], **options)


ESTIMATORS = [KNeighborsClassifier(3), LogisticRegression(), SVR()]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_what_is_known_follows_a_permutation_of_the_rows(estimator):
    order = np.random.default_rng(0).permutation(16)
    first = game(estimator).player_information()
    second = game(estimator, TRAIN[order]).player_information()
    np.testing.assert_allclose(second.covariates_of(16), first.covariates_of(16)[order])
    np.testing.assert_allclose(second.guide(KEPT[:, order]), first.guide(KEPT))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_units_of_the_columns_do_not_matter(estimator):
    y = LABELS if hasattr(estimator, "predict_proba") else NUMBERS
    scaled = X * [3.0, 0.5, 100.0] - 7.0
    other = RetrainingGame(estimator, scaled[TRAIN], y[TRAIN], scaled[TEST], y[TEST])
    first, second = game(estimator).player_information(), other.player_information()
    np.testing.assert_allclose(second.covariates_of(16), first.covariates_of(16), rtol=1e-6)
    np.testing.assert_allclose(second.guide(KEPT), first.guide(KEPT), rtol=1e-6)


@pytest.mark.parametrize("value", ["prediction", "loss"])
def test_the_guide_is_kernel_and_ridge_regression_of_the_kept_rows(value):
    scaled = (X - X[TRAIN].mean(axis=0)) / X[TRAIN].std(axis=0)
    distances = ((scaled[TEST, None] - scaled[TRAIN]) ** 2).sum(axis=2)
    kernel = np.exp(-4.0 * distances / np.median(distances))
    expected = []
    for row in KEPT:
        by_kernel = (kernel * row) @ NUMBERS[TRAIN] / (kernel * row).sum(axis=1)
        ridge = Ridge(1.6).fit(scaled[TRAIN][row], NUMBERS[TRAIN][row])
        predictions = (by_kernel + ridge.predict(scaled[TEST])) / 2.0
        if value == "loss":
            predictions = (predictions - NUMBERS[TEST]) ** 2
        expected.append(predictions.mean())
    known = game(SVR(), value=value).player_information()
    np.testing.assert_allclose(known.guide(KEPT), expected)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_group_is_known_by_its_rows(estimator):
    groups = np.arange(16) % 5
    by_group = game(estimator, groups=groups).player_information()
    by_row = game(estimator).player_information()
    kept = KEPT[:, :5]
    np.testing.assert_allclose(by_group.guide(kept), by_row.guide(kept[:, groups]))
    assert by_group.covariates_of(5).shape == (5, 3)


def test_closer_rows_are_closer():
    closeness = game().player_information().covariates["closeness"]
    far = X.copy()
    far[3] += 1000.0 * X.std(axis=0)
    moved = RetrainingGame(KNeighborsClassifier(3), far[:16], LABELS[:16], X[TEST], LABELS[TEST])
    assert moved.player_information().covariates["closeness"].argmin() == 3
    assert closeness.argmin() != 3


def test_a_wrong_label_surprises():
    x = np.r_[np.linspace(0, 1, 8), np.linspace(5, 6, 8)][:, None]
    y = np.repeat([0, 1], 8)
    y[2] = 1
    game = RetrainingGame(KNeighborsClassifier(3), x, y, x[:2], y[:2])
    assert game.player_information().covariates["surprise"].argmax() == 2


def test_nothing_is_fitted_or_evaluated():
    known = game(Unfitted()).player_information()
    assert np.isfinite(known.guide(KEPT)).all()


def test_a_value_of_your_own_is_guided_by_squared_errors():
    right = lambda model, X, y: model.predict(X) == y  # noqa: E731
    svc = RetrainingGame(SVC(), X[TRAIN], LABELS[TRAIN], X[TEST], LABELS[TEST], value=right)
    known = svc.player_information()
    values = known.guide(KEPT)
    assert np.isfinite(values).all()
    assert np.ptp(values) > 0


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_equal_rows_and_no_rows_are_finite(estimator):
    y = LABELS if hasattr(estimator, "predict_proba") else NUMBERS
    same = RetrainingGame(estimator, np.ones((16, 2)), y[TRAIN], np.ones((2, 2)), y[:2])
    known = same.player_information()
    assert np.isfinite(known.covariates_of(16)).all()
    assert np.isfinite(known.guide(np.array([[True] * 16, [False] * 16]))).all()


def test_many_columns_leave_kernel_regression():
    wide = np.random.default_rng(0).normal(size=(20, 150))
    game = RetrainingGame(SVR(), wide[:16], wide[:16, 0], wide[16:], wide[16:, 0])
    assert np.isfinite(game.player_information().guide(KEPT)).all()


def test_rows_that_are_not_numbers_need_information_of_your_own():
    words = RetrainingGame(SVC(probability=True), ["a", "b", "c"], [0, 1, 0], ["a"], [0])
    with pytest.raises(TypeError, match=r"not a matrix of numbers.*of your own"):
        words.player_information()


def test_it_can_be_pickled():
    known = game().player_information()
    again = pickle.loads(pickle.dumps(known))
    np.testing.assert_array_equal(again.guide(KEPT), known.guide(KEPT))


def test_a_game_as_players_informs_of_itself():
    players = game(LogisticRegression(), value="loss")
    settings = {"n": 16, "index": "FBII", "max_order": 2, "keep": "uniform", "random_state": 0}
    first = ProxySPEX(players=players, **settings)
    second = ProxySPEX(players=players.player_information(), **settings)
    values = [approximator.approximate(24, players).values for approximator in (first, second)]
    np.testing.assert_array_equal(*values)
    assert first.report_.knowledge.startswith('the covariates "closeness", "agreement", "surprise"')
    assert first == ProxySPEX(players=players, **settings)
