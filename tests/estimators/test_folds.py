import numpy as np
import pytest

from shapiq_spex.estimators.contract import pairs
from shapiq_spex.estimators.folds import paired_folds


@pytest.mark.parametrize("n_rows", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("n_folds", [2, 4, 100])
def test_complements_share_a_fold_and_no_fold_is_empty(n_rows, n_folds):
    rng = np.random.default_rng(n_rows)
    rows = rng.random((n_rows, 9)) < 0.5
    rows = np.concatenate([rows, ~rows[: n_rows // 2]])
    folds = paired_folds(rows, n_folds, rng)
    assert (folds[: n_rows // 2] == folds[n_rows:]).all()
    n_pairs = len(set(pairs(rows).tolist()))
    assert sorted(set(folds.tolist())) == list(range(min(n_folds, n_pairs)))


def test_folds_are_balanced():
    rng = np.random.default_rng(0)
    rows = rng.random((200, 30)) < 0.5
    sizes = np.bincount(paired_folds(np.concatenate([rows, ~rows]), 4, rng))
    assert sizes.min() >= 98
    assert sizes.max() <= 102


def test_folds_do_not_depend_on_the_numbering_of_players():
    rows = np.random.default_rng(1).random((40, 12)) < 0.5
    shuffled = rows[:, np.random.default_rng(2).permutation(12)]
    one, two = (paired_folds(r, 5, np.random.default_rng(3)) for r in (rows, shuffled))
    assert np.array_equal(one, two)


def test_no_players_is_one_pair():
    assert pairs(np.zeros((2, 0), dtype=bool)).tolist() == [0, 0]
