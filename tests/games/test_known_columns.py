"""What is known of the columns of a table before any ablation."""

import numpy as np
import pytest
from shapiq import BaselineImputer, MarginalImputer

from shapiq_spex import ProxySPEX
from shapiq_spex.games import known_columns

N = 10
DATA = np.random.default_rng(1).normal(size=(60, N)) * np.arange(1, N + 1)
ROW = DATA[3]
KEPT = np.random.default_rng(2).random((40, N)) < 0.5
EFFECTS = np.cos(np.arange(N))


class Model:
    """A model that counts the rows it predicts."""

    def __init__(self):
        self.rows = 0

    def __call__(self, rows):
        self.rows += len(rows)
        rows = rows.astype(float)
        return rows @ EFFECTS + np.sin(rows[:, 0])


def imputer(kind=BaselineImputer, model=None, columns=slice(None), **options):
    return kind(Model() if model is None else model, DATA[:, columns], x=ROW[columns], **options)


@pytest.mark.parametrize("kind", [BaselineImputer, MarginalImputer])
def test_the_guide_resembles_the_game(kind):
    game = imputer(kind, random_state=0)
    values = known_columns(game).guide(KEPT)
    assert np.corrcoef(values, game(KEPT))[0, 1] > 0.8


def test_the_guide_does_not_call_the_model():
    model = Model()
    game = imputer(model=model)
    before = model.rows
    known = known_columns(game)
    assert model.rows == before + len(DATA)
    known.guide(KEPT)
    assert model.rows == before + len(DATA)


@pytest.mark.parametrize("kind", [BaselineImputer, MarginalImputer])
def test_the_imputer_is_left_as_it_was(kind):
    first, second = (imputer(kind, random_state=0) for _ in range(2))
    known_columns(first).guide(KEPT)
    np.testing.assert_array_equal(first(KEPT), second(KEPT))
    assert first.empty_prediction == second.empty_prediction


def test_the_guide_imputes_as_the_imputer_does():
    guide = known_columns(imputer()).guide
    expected = guide.predict(np.where(KEPT, ROW, DATA.mean(axis=0)))
    # shapiq's games subtract the value of the empty coalition
    np.testing.assert_allclose(guide(KEPT) - guide(KEPT)[0], expected - expected[0], atol=1e-9)


def test_distance_is_in_deviations_and_follows_the_columns():
    order = np.random.default_rng(0).permutation(N)
    distance = known_columns(imputer()).covariates["distance"]
    expected = np.abs(ROW - DATA.mean(axis=0)) / DATA.std(axis=0)
    np.testing.assert_allclose(distance, expected)
    permuted = imputer(model=lambda rows: rows.sum(axis=1), columns=order)
    np.testing.assert_allclose(known_columns(permuted).covariates["distance"], expected[order])


def test_the_importance_of_a_column_is_that_for_the_model():
    known = known_columns(imputer(model=lambda rows: 2.0 * rows[:, 4]))
    assert np.argmax(known.covariates["importance"]) == 4


def test_a_constant_model_or_column_is_finite():
    data = DATA.copy()
    data[:, 2] = 1.0
    known = known_columns(BaselineImputer(lambda rows: np.zeros(len(rows)), data, x=data[0]))
    assert np.isfinite(known.covariates_of(N)).all()
    assert np.isfinite(known.guide(KEPT)).all()


def test_it_informs_an_explanation():
    game = imputer()
    approximator = ProxySPEX(n=N, players=known_columns(game), random_state=0)
    approximator.approximate(30, game)
    assert 'the covariates "distance", "importance" and a guide' in str(approximator.report_)


@pytest.mark.parametrize("given", [Model(), ProxySPEX(n=4), None])
def test_only_an_imputer_tells_of_columns(given):
    with pytest.raises(TypeError, match="needs an imputer"):
        known_columns(given)


def test_columns_must_be_numbers():
    data = DATA.copy()
    data[0, 0] = np.nan
    game = BaselineImputer(lambda rows: np.zeros(len(rows)), DATA, x=ROW)
    game.data = data
    with pytest.raises(ValueError, match="the background must be finite numbers"):
        known_columns(game)
