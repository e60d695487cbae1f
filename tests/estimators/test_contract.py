"""What every estimator promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.contract import (
    Estimator,
    Fit,
    InformedEstimator,
    knowledge_of,
    uninformed,
)
from shapiq_spex.estimators.gaussian.gaussian import Gaussian
from shapiq_spex.estimators.knowledge import Knowledge
from shapiq_spex.estimators.sparse.additive import Additive
from shapiq_spex.estimators.trees.boosted_trees import TreeProxy
from shapiq_spex.estimators.trees.user_models import ModelProxy
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import game, r_squared, random_rows, seeds, uniform

ESTIMATORS = {
    "blend": Blend(),
    "fast": Blend("fast"),
    "gaussian": Gaussian(),
    "additive": Additive(),
    "trees": TreeProxy(),
    "model": ModelProxy(Ridge(), refit=False),
}
everyone = pytest.mark.parametrize("name", ESTIMATORS)


def fit(name, coalitions, values, seed=0):
    return ESTIMATORS[name].fit(coalitions, values, rng=np.random.default_rng(seed))


def problem(seed, *, paired, n_rows=60, n_players=8, noise=0.3):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, n_rows, n_players, paired=paired)
    return rows, game(rows) + noise * rng.normal(size=len(rows))


@everyone
def test_it_is_an_estimator(name):
    assert isinstance(ESTIMATORS[name], Estimator)
    assert not isinstance(object(), Estimator)


@everyone
def test_what_it_knows_of_the_players_can_be_read_and_left_out(name):
    estimator = ESTIMATORS[name]
    assert knowledge_of(estimator) is None
    assert uninformed(estimator) == estimator
    assert isinstance(estimator, InformedEstimator) == (name in ("blend", "fast"))
    if isinstance(estimator, InformedEstimator):
        source = lambda: Knowledge(np.arange(8.0)[:, None])  # noqa: E731
        informed = estimator.informed_by(source)
        assert knowledge_of(informed) is source
        assert uninformed(informed) == estimator


def test_a_fit_has_no_shares_and_no_notes_unless_it_says_so():
    found = Fit(Spectrum(2), np.zeros(3))
    assert (found.additive, found.shares, found.notes) == (None, {}, ())


@everyone
@settings(max_examples=3)
@given(seed=seeds, paired=st.booleans())
def test_equal_seeds_give_equal_bits(name, seed, paired):
    rows, values = problem(seed, paired=paired)
    one, two = (fit(name, rows, values, seed) for _ in "ab")
    assert one.spectrum == two.spectrum
    np.testing.assert_array_equal(one.held_out, two.held_out)


@everyone
@pytest.mark.parametrize(("factor", "shift"), [(-3.0, 1.0), (0.01, -20.0), (1e3, 0.0)])
def test_scaling_and_shifting_the_game_scales_and_shifts_the_proxy(name, factor, shift):
    rows, values = problem(4, paired=True)
    one, two = fit(name, rows, values), fit(name, rows, factor * values + shift)
    every = Coalitions.all_of(8)
    unit = abs(factor) * values.std()
    np.testing.assert_allclose(
        two.spectrum(every), factor * one.spectrum(every) + shift, atol=0.02 * unit
    )
    np.testing.assert_allclose(two.held_out, factor * one.held_out + shift, atol=0.02 * unit)


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "trees"])
@pytest.mark.parametrize("seed", [5, 6])
def test_renaming_the_players_renames_them_in_the_proxy(name, seed):
    # of two equally good splits, a tree takes that of the first player
    rows, values = problem(seed, paired=True)
    order = np.random.default_rng(seed).permutation(8)
    renamed = Coalitions.from_dense(rows.dense()[:, order])
    one, two = fit(name, rows, values), fit(name, renamed, values)
    every = Coalitions.all_of(8).dense()
    difference = two.spectrum(every[:, order]) - one.spectrum(every)
    assert np.abs(difference).max() < 0.05 * values.std()
    assert np.nanmax(np.abs(two.held_out - one.held_out)) < 0.05 * values.std()


@everyone
def test_noise_is_not_predicted_where_it_is_held_out(name):
    scores = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows = random_rows(rng, 60, 10, paired=bool(seed % 2))
        values = rng.normal(size=len(rows))
        found = fit(name, rows, values)
        seen = np.isfinite(found.held_out)
        scores.append(r_squared(values[seen], found.held_out[seen]))
    assert np.mean(scores) < 0.08  # blends choose their weights by these errors


@everyone
def test_held_out_errors_are_those_on_fresh_coalitions(name):
    rows, values = problem(1, paired=True, n_rows=160, n_players=12, noise=0.0)
    values = values + 1.5 * np.tanh(values)  # of all degrees
    fresh = uniform(np.random.default_rng(2), 2000, 12)
    truth = game(fresh) + 1.5 * np.tanh(game(fresh))
    found = fit(name, rows, values)
    claimed = r_squared(values, found.held_out)
    reached = r_squared(truth, found.spectrum(fresh))
    assert claimed == pytest.approx(reached, abs=0.1)


@everyone
def test_complements_do_not_give_each_other_away(name):
    """An even function is known at S if it is known at the complement of S."""
    rng = np.random.default_rng(3)
    rows = random_rows(rng, 60, 12, paired=True)
    values = np.empty(len(rows))
    values[rows.pair_table()] = rng.normal(size=(30, 1))
    found = fit(name, rows, values)
    seen = np.isfinite(found.held_out)
    assert r_squared(values[seen], found.held_out[seen]) < 0.1
