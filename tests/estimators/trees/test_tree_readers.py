import lightgbm
import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

from shapiq_spex.estimators.trees.tree_fourier import spectrum_of_forest
from shapiq_spex.estimators.trees.tree_readers import (
    UnreadableModelError,
    is_tree_model,
    read_forest,
)
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.walsh import spectrum_of_table

N_PLAYERS = 9


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    rows = np.unique(rng.random((300, N_PLAYERS)) < 0.5, axis=0)
    values = 100.0 + 3.0 * rows[:, 0] + 2.0 * (rows[:, 1] & rows[:, 2]) - rows[:, 3:6].all(axis=1)
    return rows, values + 0.3 * rng.normal(size=len(rows))


def lgbm(**options):
    return lightgbm.LGBMRegressor(
        n_estimators=30, min_child_samples=3, verbose=-1, n_jobs=1, **options
    )


MODELS = {
    "tree": DecisionTreeRegressor(random_state=0),
    "shallow tree": DecisionTreeRegressor(max_depth=3),
    "extra tree": ExtraTreeRegressor(random_state=0),
    "random forest": RandomForestRegressor(10, random_state=0),
    "extra trees": ExtraTreesRegressor(10, random_state=0),
    "gradient boosting": GradientBoostingRegressor(n_estimators=30, random_state=0),
    "gradient boosting, huber, zero": GradientBoostingRegressor(
        n_estimators=20, loss="huber", init="zero", random_state=0
    ),
    "histogram boosting": HistGradientBoostingRegressor(max_iter=30, min_samples_leaf=3),
    "histogram boosting, absolute": HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=30, min_samples_leaf=3
    ),
    "lightgbm": lgbm(),
    "lightgbm, deep": lgbm(num_leaves=64, min_split_gain=0.0),
    "lightgbm, dart": lgbm(boosting_type="dart"),
    "lightgbm, forest": lgbm(boosting_type="rf", bagging_freq=1, bagging_fraction=0.5),
    "lightgbm, absolute": lgbm(objective="regression_l1"),
    "lightgbm, zero as missing": lgbm(zero_as_missing=True),
    "lightgbm, no split": lgbm(min_split_gain=1e9),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_spectrum_is_the_model(name, data):
    model = MODELS[name].fit(*data)
    spectrum = spectrum_of_forest(read_forest(model, N_PLAYERS))
    every = Coalitions.all_of(N_PLAYERS)
    predicted = model.predict(every.dense())
    assert np.abs(spectrum.evaluate(every) - predicted).max() < 1e-9
    difference = spectrum - spectrum_of_table(predicted)
    assert np.abs(difference.coefficients).max() < 1e-9
    assert is_tree_model(model)


@pytest.mark.filterwarnings("ignore")  # XGBoost deprecates gblinear
def test_xgboost(data):
    xgboost = pytest.importorskip("xgboost")
    rows, values = data
    for options in ({}, {"objective": "reg:absoluteerror"}, {"early_stopping_rounds": 2}):
        model = xgboost.XGBRegressor(n_estimators=30, n_jobs=1, **options)
        extra = {"eval_set": [(rows[::3], values[::3])], "verbose": False} if options else {}
        model.fit(rows, values, **extra)
        for readable in (model, model.get_booster()):
            forest = read_forest(readable, N_PLAYERS)
            # XGBoost adds its trees up in single precision
            assert np.abs(forest.predict(rows) - model.predict(rows)).max() < 1e-4
    for options in ({"objective": "count:poisson"}, {"booster": "gblinear"}):
        model = xgboost.XGBRegressor(n_estimators=3, n_jobs=1, **options).fit(rows, values)
        with pytest.raises(UnreadableModelError):
            read_forest(model, N_PLAYERS)


@pytest.mark.filterwarnings("ignore:The argument 'eval_set'")
def test_lightgbm_booster_with_a_best_iteration(data):
    rows, values = data
    model = lgbm(learning_rate=0.5, early_stopping_round=2)
    model.fit(rows[::2], values[::2], eval_set=[(rows[1::2], values[1::2])])
    assert model.best_iteration_ < 30
    assert np.allclose(read_forest(model, N_PLAYERS).predict(rows), model.predict(rows), atol=1e-9)
    booster = read_forest(model.booster_, N_PLAYERS)
    assert np.allclose(booster.predict(rows), model.predict(rows), atol=1e-9)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (KNeighborsRegressor(), "cannot read a KNeighborsRegressor"),
        (lgbm(objective="poisson"), "link function"),
        (lgbm(linear_tree=True), "linear_tree"),
        (HistGradientBoostingRegressor(loss="poisson", max_iter=5), "link function"),
        (HistGradientBoostingRegressor(categorical_features=[0], max_iter=5), "categorical"),
        (GradientBoostingRegressor(n_estimators=3, init=KNeighborsRegressor()), "not a sum"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(model, reason, data):
    rows, values = data
    model.fit(rows.astype(float), values)
    with pytest.raises(UnreadableModelError, match=reason):
        read_forest(model, N_PLAYERS)


def test_several_outputs_are_refused(data):
    rows, values = data
    model = DecisionTreeRegressor().fit(rows, np.column_stack([values, values]))
    with pytest.raises(UnreadableModelError, match="one per output"):
        read_forest(model, N_PLAYERS)
