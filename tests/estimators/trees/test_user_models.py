"""Regression models of the user's own: how they are read, copied, fitted and held out."""

import re

import lightgbm
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVR

from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.trees import user_models
from shapiq_spex.estimators.trees.user_models import ModelProxy, spectrum_of_model
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.walsh import spectrum_of_table


def game(rows):
    return rows @ np.linspace(-1, 1, rows.shape[1]) + 2.0 * (rows[:, 0] & rows[:, 1]) + 10.0


def sample(n_players, n_rows=80, seed=0):
    rows = np.random.default_rng(seed).random((n_rows, n_players)) < 0.5
    return np.unique(rows, axis=0)


def r2(predicted, values):
    return 1 - np.mean((predicted - values) ** 2) / np.var(values)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(10, random_state=0),
        KNeighborsRegressor(),
        SVR(),
        make_pipeline(PolynomialFeatures(2), Ridge()),
        GaussianProcessRegressor(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_models_of_few_players_are_read_exactly(model):
    rows = sample(7)
    model.fit(rows.astype(float), game(rows))
    every = Coalitions.all_of(7)
    difference = spectrum_of_model(model, 7).evaluate(every) - model.predict(every.dense())
    assert np.abs(difference).max() < 1e-9


@pytest.mark.parametrize("model", [Ridge(), make_pipeline(StandardScaler(), Lasso(0.01))])
def test_linear_models_of_many_players_are_read_exactly(model):
    rows = sample(200)
    model.fit(rows.astype(float), rows @ np.linspace(-1, 1, 200))
    spectrum = spectrum_of_model(model, 200)
    assert spectrum.degree == 1
    assert np.allclose(spectrum.evaluate(rows), model.predict(rows), atol=1e-9)


def odd_one(predict):
    """A model whose predictions are given, whatever it is fitted to."""

    class Odd:
        def fit(self, inputs, values):
            return self

        def predict(self, inputs):
            return predict(inputs)

    return Odd()


@pytest.mark.parametrize("n_players", [5, 30])
@pytest.mark.parametrize(
    ("predict", "reason"),
    [
        (lambda inputs: inputs[:, :2], r"Odd predicts an array of shape \(64, 2\) for 64"),
        (lambda inputs: 1.0, r"shape \(\) for 64 coalitions; it must predict one number for each"),
        (lambda inputs: np.where(inputs[:, 0] > 0, np.nan, 1.0), "Odd predicts NaN or infinity"),
    ],
)
def test_models_without_one_number_per_row_are_refused_before_the_game_is_evaluated(
    predict, reason, n_players
):
    with pytest.raises(ValueError, match=reason):
        ModelProxy(odd_one(predict)).check(n_players)


def test_models_that_cannot_be_fitted_are_refused_before_the_game_is_evaluated():
    for model in (KNeighborsClassifier(), HistGradientBoostingRegressor(loss="poisson")):
        with pytest.raises(ValueError, match=f"{type(model).__name__} could not be fitted to 64"):
            ModelProxy(model).check(20)  # values are standardised, so that some are negative


OF_MANY_PLAYERS = {
    "network": MLPRegressor(hidden_layer_sizes=(16,), early_stopping=True),
    "machine": SVR(),
    "neighbours": KNeighborsRegressor(10),
    "pairs": make_pipeline(PolynomialFeatures(2, interaction_only=True), Ridge(1e-3)),
}


@pytest.mark.parametrize("name", OF_MANY_PLAYERS)
def test_other_models_of_many_players_are_read_from_their_predictions(name):
    proxy, rows = ModelProxy(OF_MANY_PLAYERS[name], refit=False, folds=2), sample(18, 100)
    proxy.check(18)
    packed, values = Coalitions.from_dense(rows), game(rows) ** 2
    one, two = (proxy.fit(packed, values, rng=np.random.default_rng(3)) for _ in "ab")
    assert one.spectrum == two.spectrum
    assert np.array_equal(one.held_out, two.held_out)
    (note,) = one.notes
    assert f"The {proxy.name} was read from its own predictions, which cost no ablation" in note


def test_the_loss_in_the_note_is_that_of_the_model_on_fresh_coalitions():
    rows = sample(24, 300)
    packed, values = Coalitions.from_dense(rows), game(rows) ** 2
    fit = ModelProxy(KNeighborsRegressor(), refit=False, folds=2).fit(
        packed, values, rng=np.random.default_rng(3)
    )
    model = KNeighborsRegressor().fit(rows.astype(float), values)
    fresh = np.random.default_rng(8).random((20_000, 24)) < 0.5
    lost = 1 - r2(fit.spectrum(fresh), model.predict(fresh.astype(float)))
    stated = float(re.search(r"misses ([\d.]+)%", fit.notes[0])[1]) / 100
    assert lost > 0.01
    assert stated == pytest.approx(lost, rel=0.15)


def test_what_a_reading_loses_counts_in_the_held_out_errors():
    """A parity of all players is fitted well by its class and cannot be read."""
    rows = sample(20, 400)
    values = game(rows) + 3.0 * (rows.sum(axis=1) % 2)

    def parity(inputs):  # values are standardised
        raw = game(inputs > 0) + 3.0 * (inputs.sum(axis=1) % 2)
        return (raw - values.mean()) / values.std()

    fit = ModelProxy(odd_one(parity), refit=False, folds=2).fit(
        Coalitions.from_dense(rows), values, rng=np.random.default_rng(0)
    )
    explained = np.var(game(rows)) / np.var(values)
    assert r2(fit.held_out, values) == pytest.approx(explained, abs=0.1)


def test_models_that_are_read_exactly_say_nothing_of_a_reading():
    rows = sample(24, 100)
    for model in (Ridge(), RandomForestRegressor(3)):
        fit = ModelProxy(model).fit(
            Coalitions.from_dense(rows), game(rows), rng=np.random.default_rng(0)
        )
        assert fit.notes == ()


@pytest.mark.parametrize("model", ["lightgbm", RandomForestRegressor, None])
def test_what_is_not_a_model_is_refused(model):
    with pytest.raises(TypeError, match="with the methods fit and predict"):
        ModelProxy(model)


class Search:
    """A search that is not scikit-learn's, like shapiq's wrappers."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, inputs, values):
        self.best_estimator_ = self.estimator.fit(inputs, values)

    def predict(self, inputs):
        return self.best_estimator_.predict(inputs)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(20),
        lightgbm.LGBMRegressor(n_estimators=20, min_child_samples=5),
        GridSearchCV(lightgbm.LGBMRegressor(n_estimators=20), {"max_depth": [2, 3]}, cv=3),
        RandomizedSearchCV(RandomForestRegressor(10), {"max_depth": [2, 3]}, n_iter=2, cv=3),
        Search(RandomForestRegressor(10, random_state=0)),
    ],
    ids=["forest", "lightgbm", "grid search", "random search", "other search"],
)
def test_fits_are_seeded_silent_and_leave_the_model_alone(model, capfd, recwarn):
    rows, unseen = sample(20, 120), sample(20, 1000, 1)
    before = vars(model).copy()
    proxy = ModelProxy(model)
    packed = Coalitions.from_dense(rows)
    one, two = (proxy.fit(packed, game(rows), rng=np.random.default_rng(3)) for _ in range(2))
    assert one.spectrum == two.spectrum
    assert np.array_equal(one.held_out, two.held_out)
    assert vars(model) == before
    assert r2(one.spectrum(unseen), game(unseen)) > 0.9
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_without_refit_the_spectrum_is_the_model_and_errors_are_held_out():
    rows = sample(6, 200)
    values = np.random.default_rng(0).normal(size=len(rows))
    found = ModelProxy(KNeighborsRegressor(1), refit=False).fit(
        Coalitions.from_dense(rows), values, rng=np.random.default_rng(0)
    )
    assert np.abs(found.spectrum(rows) - values).max() < 1e-9
    assert r2(found.held_out, values) < 0


def test_too_few_rows_for_the_model_are_explained():
    rows = sample(6, 4)
    search = GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, cv=5)
    with pytest.raises(ValueError, match="GridSearchCV could not be fitted to 4 coalitions"):
        ModelProxy(search).fit(
            Coalitions.from_dense(rows), game(rows) ** 2, rng=np.random.default_rng(0)
        )


def test_effects_are_told_from_models_that_are_almost_sums():
    rows = sample(40, 400)
    values = rows @ np.linspace(-1, 1, 40)
    with_pair = make_pipeline(PolynomialFeatures(2, interaction_only=True), Ridge(1e-3))
    with_pair.fit(rows.astype(float), values + 0.01 * (rows[:, 0] & rows[:, 1]))
    assert spectrum_of_model(with_pair, 40) is None


class Effects:
    """A linear model, whatever it is fitted to; not known to scikit-learn."""

    def fit(self, inputs, values):
        assert inputs.dtype == np.float64
        self.fitted = len(values)

    def predict(self, inputs):
        return 3.0 + inputs @ np.arange(20.0)


def test_the_coefficients_of_a_sum_are_half_its_effects():
    expected = {(): 3.0 + 190 / 2} | {(k,): -k / 2 for k in range(20)}
    assert spectrum_of_model(Effects(), 20).to_dict() == pytest.approx(expected, abs=1e-9)


def test_models_without_parameters_are_copied_and_left_alone():
    model = Effects()
    rows = sample(20, 60)
    found = ModelProxy(model, refit=False).fit(
        Coalitions.from_dense(rows), game(rows), rng=np.random.default_rng(0)
    )
    assert not hasattr(model, "fitted")
    assert found.spectrum.degree == 1


def test_seeds_and_threads_that_the_user_set_stay(monkeypatch):
    model = make_pipeline(StandardScaler(), RandomForestRegressor(3, random_state=7, n_jobs=2))
    copy = user_models._copy(model, np.random.default_rng(0)).get_params()
    assert copy["randomforestregressor__random_state"] == 7
    assert copy["randomforestregressor__n_jobs"] == 2
    open_ones = make_pipeline(StandardScaler(), RandomForestRegressor(3))
    one, two = (
        user_models._copy(open_ones, np.random.default_rng(seed)).get_params() for seed in (1, 2)
    )
    assert one["randomforestregressor__n_jobs"] == 1
    seeds = [c["randomforestregressor__random_state"] for c in (one, two)]
    assert seeds[0] != seeds[1]
    assert all(isinstance(seed, int) for seed in seeds)


def test_lightgbm_is_silent_unless_it_was_told_to_speak():
    rng = np.random.default_rng(0)
    assert user_models._copy(lightgbm.LGBMRegressor(), rng).get_params()["verbose"] == -1
    told = lightgbm.LGBMRegressor(verbosity=1)
    assert "verbose" not in user_models._copy(told, rng).get_params()
    told = lightgbm.LGBMRegressor(verbose=1)
    assert user_models._copy(told, rng).get_params()["verbose"] == 1
    nested = GridSearchCV(lightgbm.LGBMRegressor(), {"max_depth": [2]})
    assert user_models._copy(nested, rng).get_params()["estimator__verbose"] == -1


def test_of_deep_forests_the_largest_terms_are_kept_and_judged(monkeypatch):
    monkeypatch.setattr(user_models, "MOST_TERMS", 5)
    rows = sample(8, 200)
    model = RandomForestRegressor(10, random_state=0).fit(rows.astype(float), game(rows))
    found = spectrum_of_model(model, 8)
    assert len(found.terms()) == 6
    whole = spectrum_of_table(model.predict(Coalitions.all_of(8).dense().astype(float)))
    assert found.to_dict() == pytest.approx(whole.prune(keep=5).to_dict(), abs=1e-9)
    fit = ModelProxy(RandomForestRegressor(10), refit=False).fit(
        Coalitions.from_dense(rows), game(rows), rng=np.random.default_rng(0)
    )
    assert len(fit.spectrum.terms()) <= 6


def test_a_tree_model_that_cannot_be_read_from_its_trees_is_read_from_its_values():
    rows = sample(7, 100)
    model = HistGradientBoostingRegressor(loss="poisson", min_samples_leaf=3)
    model.fit(rows.astype(float), game(rows) ** 2)
    every = Coalitions.all_of(7)
    found = spectrum_of_model(model, 7).evaluate(every)
    np.testing.assert_allclose(found, model.predict(every.dense()))


def test_held_out_predictions_are_those_of_the_model_without_the_fold():
    rows = sample(6, 60)
    coalitions = Coalitions.from_dense(rows)
    values = game(rows) + np.random.default_rng(1).normal(size=len(rows))
    proxy = ModelProxy(KNeighborsRegressor(3), refit=False, folds=3)
    found = proxy.fit(coalitions, values, rng=np.random.default_rng(5))
    folds = paired_folds(coalitions, 3, np.random.default_rng(5))
    for fold in range(3):
        held = folds == fold
        model = KNeighborsRegressor(3).fit(rows[~held].astype(float), values[~held])
        np.testing.assert_allclose(found.held_out[held], model.predict(rows[held].astype(float)))
    assert ModelProxy(KNeighborsRegressor()).name == "KNeighborsRegressor"


def test_a_search_is_made_once_and_its_best_model_is_refitted_in_the_folds():
    rows = sample(6, 60)
    search = CountingSearch(RandomForestRegressor(3, random_state=0))
    ModelProxy(search, folds=3).fit(
        Coalitions.from_dense(rows), game(rows) ** 2, rng=np.random.default_rng(0)
    )
    assert CountingSearch.fits == 1


class CountingSearch(Search):
    """It counts how often any copy is fitted."""

    fits = 0

    def fit(self, inputs, values):
        CountingSearch.fits += 1
        super().fit(inputs, values)
