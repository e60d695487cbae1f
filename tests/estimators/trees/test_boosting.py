"""Boosting outside folds: which rows are seen, how long forests are, and which settings win."""

import numpy as np
import pytest

from shapiq_spex.estimators.folds import Folds, paired_folds
from shapiq_spex.estimators.trees import boosting
from shapiq_spex.estimators.trees.boosting import SEARCH, Settings, boost, trainer
from shapiq_spex.estimators.trees.forest import Forest
from tests.estimators.samples import game, random_rows


def problem(n_rows=200, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, n_rows, 9, paired=True)
    values = game(rows) + noise * rng.normal(size=n_rows)
    return rows, values, Folds.of(rows, rng)


def stumps(*values):
    """A forest of single leaves."""
    count = len(values)
    zeros = np.zeros(count, dtype=np.int32)
    leaves = np.full(count, -1, dtype=np.int32)
    return Forest(9, np.arange(count, dtype=np.int32), leaves, zeros, zeros, np.array(values))


def recording(monkeypatch, forests):
    """A library whose forests are given, one list for every call."""
    calls = []

    def train(coalitions, values, kept, settings, seed):
        calls.append((kept, settings, seed))
        yield from forests[len(calls) - 1]

    monkeypatch.setitem(boosting._TRAINERS, "lightgbm", train)
    return calls


def test_all_forests_are_cut_where_their_errors_together_are_least(monkeypatch):
    rows, _, _ = problem(20)
    folds = Folds(np.arange(20) % 2)
    values = np.ones(20)
    # errors after 1, 2, 3 trees: first .25, 0, 1; second 0, .04 and no further
    calls = recording(monkeypatch, [[stumps(0.5, 0.5, 1.0), stumps(1.0, -0.2)]])
    found = boost(rows.dense(), values, folds, np.random.default_rng(0))
    assert [spectrum.mean for spectrum in found.fold_spectra] == pytest.approx([1.0, 0.8])
    assert found.spectrum.mean == pytest.approx(0.9)
    np.testing.assert_allclose(found.held_out, np.where(folds.fold_of_row == 0, 1.0, 0.8))
    kept, settings, _ = calls[0]
    assert settings == Settings()
    for mask, held in zip(kept, folds.held_out(), strict=True):
        np.testing.assert_array_equal(mask, ~held)


def test_a_search_takes_the_settings_of_least_error(monkeypatch):
    rows, _, _ = problem(20)
    folds = Folds(np.arange(20) % 2)
    good, bad = [stumps(1.0), stumps(1.0)], [stumps(3.0), stumps(3.0)]
    calls = recording(monkeypatch, [bad, good, bad])
    found = boost(rows.dense(), np.ones(20), folds, np.random.default_rng(0), search=True)
    assert found.spectrum.mean == pytest.approx(1.0)
    assert [call[1] for call in calls] == list(SEARCH)
    assert len({call[2] for call in calls}) == 1


def test_if_some_rows_are_never_held_out_a_forest_of_all_rows_is_as_long_as_the_others(monkeypatch):
    rows, _, _ = problem(20)
    folds = Folds(np.r_[np.arange(10) % 2, np.full(10, -1)])
    fold_forests = [stumps(0.5, 0.5, 9.0), stumps(0.5, 0.5, 9.0)]
    calls = recording(
        monkeypatch,
        [[stumps(5.0)] * 2, fold_forests, [stumps(7.0)] * 2, [stumps(0.25, 0.5, 100.0)]],
    )
    found = boost(rows.dense(), np.ones(20), folds, np.random.default_rng(0), search=True)
    assert found.spectrum.mean == pytest.approx(0.75)
    kept, settings, _ = calls[3]
    assert kept[0].all()
    assert settings == SEARCH[1]
    assert np.isnan(found.held_out[10:]).all()
    np.testing.assert_allclose(found.held_out[:10], 1.0)


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_a_prediction_does_not_depend_on_the_values_of_its_own_fold(library):
    pytest.importorskip(library)
    rows, values, folds = problem()
    held = folds.fold_of_row == 1
    changed = values + 0.01 * held * np.random.default_rng(1).normal(size=len(values))

    def forest_without(known):
        train = trainer(library)(rows.dense(), known, [~held], Settings(trees=20), 3)
        (forest,) = train
        return forest.predict(rows.dense())

    np.testing.assert_array_equal(forest_without(values), forest_without(changed))


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_settings_limit_the_depth_and_number_of_trees(library):
    pytest.importorskip(library)
    rows, values, folds = problem()
    kept = [~held for held in folds.held_out()]
    forests = list(trainer(library)(rows.dense(), values, kept, Settings(2, 4, 30), 0))
    assert len(forests) == 5
    for forest in forests:
        assert len(forest.roots) == 30
        assert boosting.spectrum_of_forest(forest).degree == 2


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_trees_see_a_changing_part_of_the_rows_by_the_seed(library):
    pytest.importorskip(library)
    rows, values, _ = problem()
    every = [np.ones(200, dtype=bool)]

    def predictions(count, seed):
        kept = [every[0][:count]]
        (forest,) = trainer(library)(
            rows.dense()[:count], values[:count], kept, Settings(trees=5), seed
        )
        return forest.predict(rows.dense())

    assert (predictions(200, 0) != predictions(200, 1)).any()
    np.testing.assert_array_equal(predictions(200, 0), predictions(200, 0))
    # of fewer than 20 rows, every tree sees all
    np.testing.assert_array_equal(predictions(18, 0), predictions(18, 1))
    assert (predictions(20, 0) != predictions(20, 1)).any()


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_leaves_hold_a_twentieth_of_the_rows_at_most_twenty(library):
    pytest.importorskip(library)
    rng = np.random.default_rng(2)
    for n_rows, least in ((200, 10), (1000, 20), (30, 1)):
        rows = random_rows(rng, n_rows, 11, paired=False).dense()
        values = rng.normal(size=n_rows)
        every = [np.ones(n_rows, dtype=bool)]
        (forest,) = trainer(library)(rows, values, every, Settings(8, 200, 40), 0)
        smallest = min(
            np.unique(leaves_of(forest, root, rows), return_counts=True)[1].min()
            for root in forest.roots
        )
        assert least <= smallest <= 2 * least + 1


def leaves_of(forest, root, rows):
    nodes = np.full(len(rows), root)
    while (inner := forest.player[nodes] >= 0).any():
        taken = rows[np.arange(len(rows)), np.where(inner, forest.player[nodes], 0)]
        further = np.where(taken, forest.into[nodes], forest.out[nodes])
        nodes = np.where(inner, further, nodes)
    return nodes


def test_boosting_recovers_a_game_and_predicts_it_held_out():
    rows, values, _ = problem(400, noise=0.1)
    folds = Folds(paired_folds(rows, 4, np.random.default_rng(1)))
    found = boost(rows.dense(), values, folds, np.random.default_rng(0))
    assert np.mean((found.held_out - values) ** 2) < 0.1 * values.var()
    assert np.mean((found.spectrum(rows) - game(rows)) ** 2) < 0.05 * values.var()


def test_unknown_libraries_and_missing_ones_are_refused(monkeypatch):
    with pytest.raises(ValueError, match="trees come from 'lightgbm' or 'xgboost', got 'catboost'"):
        trainer("catboost")
    monkeypatch.setattr(boosting, "find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match="xgboost is not installed"):
        trainer("xgboost")
