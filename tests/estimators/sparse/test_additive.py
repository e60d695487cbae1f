"""The additive proxy: its players, its penalty and its held-out predictions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.signs import signs
from shapiq_spex.estimators.sparse.additive import Additive
from shapiq_spex.estimators.spread import spread_by_size
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.samples import game, random_rows, seeds, uniform


def players_of(spectrum):
    return {player for term in spectrum.terms() for player in term}


def test_it_recovers_an_additive_game_and_only_its_players():
    rng = np.random.default_rng(2)
    rows = uniform(rng, 200, 12)
    kept = rows.dense()
    values = 10.0 + 4.0 * kept[:, 3] - 2.0 * kept[:, 7]
    fit = Additive().fit(rows, values, rng=rng)
    assert fit.spectrum[(3,)] == pytest.approx(-2.0, abs=0.02)
    assert fit.spectrum[(7,)] == pytest.approx(1.0, abs=0.02)
    assert fit.spectrum[()] == pytest.approx(11.0, abs=0.02)
    assert np.abs(fit.held_out - values).max() < 0.1


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_it_survives_a_handful_of_rows(n_rows):
    rng = np.random.default_rng(3)
    rows = uniform(rng, n_rows, 5)
    fit = Additive().fit(rows, rng.normal(size=n_rows), rng=rng)
    assert np.isfinite(fit.held_out).all()
    assert np.isfinite(fit.spectrum(rows)).all()


def with_intercept(columns, target, penalty):
    model = Lasso(alpha=penalty, tol=1e-10, max_iter=100_000).fit(columns, target)
    return lambda rows: model.intercept_ + rows @ model.coef_


@given(seed=seeds, paired=st.booleans())
def test_held_out_predictions_are_those_of_a_lasso_of_the_other_folds(seed, paired):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 40, 6, paired=paired)
    values = 5.0 + game(rows) + rng.normal(size=len(rows))
    fit = Additive().fit(rows, values, rng=np.random.default_rng(0))
    x = signs(rows).astype(float)
    centred = values - values.mean()
    largest = np.abs(x.T @ centred).max() / len(rows)
    penalties = np.maximum(largest * np.geomspace(1, 1e-3, 12), 1e-12)
    folds = paired_folds(rows, 4, np.random.default_rng(0))
    predictions = np.empty((12, len(rows)))
    for number, penalty in enumerate(penalties):
        for fold in range(4):
            held = folds == fold
            predictions[number, held] = with_intercept(x[~held], centred[~held], penalty)(x[held])
    best = int(((predictions - centred) ** 2).sum(axis=1).argmin())
    scale = np.abs(centred).max()
    np.testing.assert_allclose(fit.held_out, values.mean() + predictions[best], atol=0.005 * scale)
    whole = values.mean() + with_intercept(x, centred, penalties[best])(x)
    np.testing.assert_allclose(fit.spectrum(rows), whole, atol=0.005 * scale)


def test_a_prediction_does_not_depend_on_the_values_of_its_own_fold():
    rng = np.random.default_rng(4)
    for most_players in (1000, 4):
        rows = random_rows(rng, 60, 8, paired=True)
        values = game(rows) + 0.1 * rng.normal(size=len(rows))
        values -= values.mean()
        held = paired_folds(rows, 4, np.random.default_rng(0)) == 0
        moves = np.where(held, 1e-4 * rng.normal(size=len(rows)), 0.0)
        moves[held] -= moves[held].mean()  # the mean of all values stays
        proxy = Additive(most_players=most_players)
        one, two = (
            proxy.fit(rows, known, rng=np.random.default_rng(0))
            for known in (values, values + moves)
        )
        # the grid of penalties is that of all rows, and scales with their largest correlation
        difference = np.abs(one.held_out - two.held_out)
        assert difference[held].max() < 2e-5
        assert difference[~held].max() > 2e-5


def test_it_chooses_its_players_without_the_rows_it_predicts():
    rng = np.random.default_rng(5)
    rows = random_rows(rng, 60, 400, paired=False)
    values = rng.normal(size=len(rows))
    fit = Additive(most_players=20).fit(rows, values, rng=rng)
    assert np.mean((fit.held_out - values) ** 2) > 0.8 * values.var()


def test_its_players_are_the_most_correlated_of_all():
    rng = np.random.default_rng(7)
    rows = uniform(rng, 300, 70)
    players = [3, 25, 31, 68]  # blocks of 8: in the first, in the same, in the last
    values = signs(rows)[:, players] @ [1.0, -2.0, 3.0, 0.5]
    fit = Additive(most_players=8).fit(rows, values, rng=rng)
    correlated = np.sort(np.argsort(-np.abs(signs(rows).T @ (values - values.mean())))[:8])
    assert set(players) <= players_of(fit.spectrum) <= set(correlated.tolist())


def test_with_room_for_all_players_the_limit_changes_nothing():
    rng = np.random.default_rng(8)
    rows = random_rows(rng, 60, 9, paired=True)
    values = game(rows) + rng.normal(size=len(rows))
    one, two = (
        Additive(most_players=most).fit(rows, values, rng=np.random.default_rng(0))
        for most in (9, 1000)
    )
    assert one.spectrum == two.spectrum
    np.testing.assert_array_equal(one.held_out, two.held_out)


def test_noise_gives_its_mean():
    rng = np.random.default_rng(9)
    rows = uniform(rng, 100, 30)
    values = 4.0 + rng.normal(size=100)
    fit = Additive().fit(rows, values, rng=rng)
    assert fit.spectrum.variance < 0.2
    assert fit.spectrum.mean == pytest.approx(values.mean(), abs=0.2)
    assert Additive().name == "additive"


def with_jumps(rng, n_players=20, n_rows=500):
    """Rows that keep half or nine tenths, and a small sum that jumps where many are removed."""
    shares = rng.choice([0.5, 0.95], (n_rows, 1))
    rows = Coalitions.from_dense(np.unique(rng.random((n_rows, n_players)) < shares, axis=0))
    values = 0.03 * (rows.dense() @ rng.normal(size=n_players))
    return rows, values + (rows.sizes() <= 12) * rng.choice([0.0, 3.0], len(rows))


@pytest.mark.parametrize("seed", range(5))
def test_relative_errors_keep_a_sum_that_fits_nearly_full_coalitions(seed):
    rng = np.random.default_rng(seed)
    rows, values = with_jumps(rng)
    near = rows.sizes() >= 17
    unexplained = {}
    for relative in (True, False):
        fit = Additive(relative=relative).fit(rows, values, rng=np.random.default_rng(0))
        for name, said in (("fit", fit.spectrum(rows)), ("held out", fit.held_out)):
            missed = ((said - values)[near] ** 2).mean() / values[near].var()
            unexplained[name, relative] = missed
    assert unexplained["fit", True] < 0.2 * unexplained["fit", False]
    assert unexplained["held out", True] < 0.2 * unexplained["held out", False]


def test_relative_errors_are_least_squares_with_weights():
    rng = np.random.default_rng(3)
    rows, values = with_jumps(rng, n_rows=2000)
    fit = Additive(relative=True, penalties=60).fit(rows, values, rng=rng)
    root = 1.0 / np.sqrt(spread_by_size(rows, values))
    columns = np.column_stack([np.ones(len(rows)), signs(rows)])
    effects = np.linalg.lstsq(columns * root[:, None], values * root)[0]
    missed = root * (fit.spectrum(rows) - columns @ effects)
    assert missed.std() < 0.1 * (root * values).std()
