"""Folds keep pairs together, are balanced and hold out every row once."""

import numpy as np
import pytest

from shapiq_spex.estimators.folds import Folds, paired_folds
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.samples import random_rows, uniform


@pytest.mark.parametrize("n_rows", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("n_folds", [2, 4, 100])
def test_complements_share_a_fold_and_no_fold_is_empty(n_rows, n_folds):
    rng = np.random.default_rng(n_rows)
    rows = uniform(rng, n_rows, 9)
    rows = rows.concatenate(rows[: n_rows // 2].complement())
    folds = paired_folds(rows, n_folds, rng)
    assert (folds[: n_rows // 2] == folds[n_rows:]).all()
    n_pairs = len(set(rows.pair_of_row().tolist()))
    assert sorted(set(folds.tolist())) == list(range(min(n_folds, n_pairs)))


def test_folds_are_balanced():
    rng = np.random.default_rng(0)
    rows = uniform(rng, 200, 30)
    sizes = np.bincount(paired_folds(rows.concatenate(rows.complement()), 4, rng))
    assert sizes.min() >= 98
    assert sizes.max() <= 102


def test_folds_count_rows_and_not_pairs():
    rng = np.random.default_rng(4)
    rows = uniform(rng, 300, 30)
    rows = rows.concatenate(rows[:100].complement())  # 100 pairs of two rows, 200 of one
    sizes = np.bincount(paired_folds(rows, 4, rng))
    assert sizes.min() >= 98
    assert sizes.max() <= 102


def test_folds_differ_from_draw_to_draw():
    rows = uniform(np.random.default_rng(0), 200, 30)
    one, two = (paired_folds(rows, 4, np.random.default_rng(seed)) for seed in (1, 2))
    assert 0.1 < np.mean(one == two) < 0.4


def test_folds_do_not_depend_on_the_numbering_of_players():
    rows = np.random.default_rng(1).random((40, 12)) < 0.5
    shuffled = rows[:, np.random.default_rng(2).permutation(12)]
    one, two = (
        paired_folds(Coalitions.from_dense(r), 5, np.random.default_rng(3))
        for r in (rows, shuffled)
    )
    assert np.array_equal(one, two)


def test_no_players_is_one_pair():
    rows = Coalitions.from_dense(np.zeros((2, 0), dtype=bool))
    assert rows.pair_of_row().tolist() == [0, 0]
    assert paired_folds(rows, 4, np.random.default_rng(0)).tolist() == [0, 0]


def test_few_rows_are_all_held_out_once():
    rows = random_rows(np.random.default_rng(5), 2000, 14, paired=True)
    folds = Folds.of(rows, np.random.default_rng(0), count=3)
    held = np.sum(list(folds.held_out()), axis=0)
    assert len(list(folds.held_out())) == 3
    assert (held == 1).all()
    assert folds.cover_all_rows
    assert len(list(Folds.of(rows, np.random.default_rng(0)).held_out())) == 5


def test_of_many_rows_two_folds_of_a_tenth_are_held_out():
    rows = random_rows(np.random.default_rng(6), 2002, 14, paired=True)
    folds = Folds.of(rows, np.random.default_rng(0))
    sizes = [held.sum() for held in folds.held_out()]
    assert sizes == pytest.approx([200, 200], abs=4)
    assert not folds.cover_all_rows
    assert set(folds.fold_of_row.tolist()) == {-1, 0, 1}
