"""Proxies by name, as models and as estimators of one's own."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor

from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.named import check_proxy, make_proxy
from shapiq_spex.fourier.spectrum import Spectrum


class Own:
    """An estimator of one's own."""

    name = "own"

    def fit(self, coalitions, values, *, rng):
        return Fit(Spectrum(coalitions.n_players), np.full(len(values), np.nan))


class Chimera(Own):
    """It has a name and predicts: a model."""

    def predict(self, rows):
        return np.zeros(len(rows))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("auto", "blend"),
        ("fast", "blend"),
        ("gp", "gaussian"),
        ("lightgbm", "lightgbm"),
        ("tree", "DecisionTreeRegressor"),
    ],
)
def test_names_stand_for_proxies(name, found):
    assert make_proxy(name).name == found
    check_proxy(name, 2000)


def test_the_two_blends_differ_in_their_mode_and_searches_are_for_trees():
    assert [make_proxy(name).mode for name in ("auto", "fast")] == ["full", "fast"]
    assert make_proxy("lightgbm", hpo=True).hpo
    assert not make_proxy("lightgbm").hpo


def test_unknown_names_are_refused_with_the_known_ones():
    for refuse in (make_proxy, lambda name: check_proxy(name, 5)):
        with pytest.raises(ValueError, match=r"one of auto, fast, gp, .* got 'luck'"):
            refuse("luck")


def test_estimators_are_taken_as_they_are_and_models_wrapped():
    own = Own()
    assert make_proxy(own) is own
    check_proxy(own, 5000)
    assert make_proxy(Ridge()).name == "Ridge"
    assert make_proxy(Chimera()).name == "Chimera"
    assert make_proxy(Chimera()).model is not None


@pytest.mark.parametrize("wrong", [Own, Ridge, 3, None, object()])
def test_what_is_not_a_model_is_refused(wrong):
    for refuse in (make_proxy, lambda model: check_proxy(model, 5)):
        with pytest.raises(TypeError, match="fit and predict"):
            refuse(wrong)


class DummyTwice(Ridge):
    """Predicts two numbers for each row."""

    def predict(self, X):
        return np.column_stack([super().predict(X)] * 2)


def test_models_that_do_not_predict_numbers_are_refused_beforehand():
    for model in (KNeighborsRegressor(), Ridge()):
        for n_players in (5, 17, 100):
            check_proxy(model, n_players)
    with pytest.raises(ValueError, match="DummyTwice predicts an array of shape"):
        check_proxy(DummyTwice(), 17)


def test_a_missing_library_is_named_before_anything_is_evaluated(monkeypatch):
    monkeypatch.setattr("shapiq_spex.estimators.trees.boosting.find_spec", lambda _: None)
    for refuse in (make_proxy, lambda name: check_proxy(name, 5)):
        with pytest.raises(ModuleNotFoundError, match="pip install xgboost"):
            refuse("xgboost")
