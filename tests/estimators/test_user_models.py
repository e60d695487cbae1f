import lightgbm
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVR

from shapiq_spex.estimators.trees.tree_readers import UnreadableModelError
from shapiq_spex.estimators.trees.user_models import ModelProxy, spectrum_of_model
from shapiq_spex.fourier.coalitions import Coalitions


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


def test_other_models_of_many_players_are_refused_before_the_game_is_asked():
    with pytest.raises(UnreadableModelError, match="beyond 16 players, use a tree ensemble"):
        ModelProxy(KNeighborsRegressor()).check(17)
    ModelProxy(KNeighborsRegressor()).check(16)
    ModelProxy(GridSearchCV(RandomForestRegressor(5), {"max_depth": [2, 3]})).check(100)
    with pytest.raises(UnreadableModelError, match="link function"):
        ModelProxy(HistGradientBoostingRegressor(loss="poisson")).check(100)


@pytest.mark.parametrize("model", ["lightgbm", RandomForestRegressor, None])
def test_what_is_no_model_is_refused(model):
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
    one, two = (proxy.fit(rows, game(rows), rng=np.random.default_rng(3)) for _ in range(2))
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
        rows, values, rng=np.random.default_rng(0)
    )
    assert np.abs(found.spectrum(rows) - values).max() < 1e-9
    assert r2(found.held_out, values) < 0


def test_too_few_rows_for_the_model_are_explained():
    rows = sample(6, 4)
    search = GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, cv=5)
    with pytest.raises(ValueError, match="GridSearchCV could not be fitted to 4 coalitions"):
        ModelProxy(search).fit(rows, game(rows) ** 2, rng=np.random.default_rng(0))
