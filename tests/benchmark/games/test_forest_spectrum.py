"""The spectrum of a forest is its game."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from shapiq_spex.benchmark import DEVELOPMENT
from shapiq_spex.benchmark.games.forest_spectrum import forest_spectrum
from shapiq_spex.benchmark.games.known_indices import exact_spectrum
from shapiq_spex.benchmark.games.tabular import imputed


@pytest.mark.parametrize("kind", [RandomForestClassifier, RandomForestRegressor])
def test_the_spectrum_of_a_forest_is_its_game(kind):
    rng = np.random.default_rng(3)
    features = rng.normal(size=(150, 20))
    target = (features[:, 0] * features[:, 1] + features[:, 2] > 0.3).astype(int)
    model = kind(8, max_depth=6, random_state=0).fit(features, target)
    instance, background = features[5], features[[1, 2]]
    spectrum = forest_spectrum(model, instance, background)
    rows = rng.integers(0, 2, (300, 20)) == 1
    predict = model.predict
    if kind is RandomForestClassifier:
        label = int(model.predict(instance[None])[0])
        predict = lambda asked: model.predict_proba(asked)[:, label]  # noqa: E731
    np.testing.assert_allclose(
        spectrum.evaluate(rows), imputed(predict, instance, background)(rows), atol=1e-12
    )


def test_large_forests_of_the_suites_have_exact_indices():
    game = DEVELOPMENT["cancer30 forest"]()
    spectrum = exact_spectrum(game)
    np.testing.assert_allclose(
        spectrum.evaluate(game.held_out[:200]), game.held_out_values[:200], atol=1e-12
    )
    assert exact_spectrum(DEVELOPMENT["cancer30 boosting"]()) is None
