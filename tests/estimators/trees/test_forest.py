"""Forests: predictions node by node, sums, prefixes and scales."""

import numpy as np
import pytest
from hypothesis import given

from shapiq_spex.estimators.trees.forest import Forest, mean_forest
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.trees.forests import forests, random_forest


def followed(forest, root, row):
    """The value of the leaf that a coalition reaches."""
    node = root
    while forest.player[node] >= 0:
        node = forest.into[node] if row[forest.player[node]] else forest.out[node]
    return forest.value[node]


@given(forests)
def test_predictions_are_sums_over_the_leaves_that_are_reached(forest):
    rows = Coalitions.all_of(forest.n_players).dense()[::3]
    expected = [
        forest.constant + sum(followed(forest, root, row) for root in forest.roots) for row in rows
    ]
    np.testing.assert_allclose(forest.predict(rows), expected, atol=1e-12)


def test_sums_and_prefixes_of_forests():
    one = random_forest(1, 7, 4, 4)
    two = random_forest(2, 7, 3, 5)
    rows = Coalitions.all_of(7).dense()
    mean = (one.predict(rows) + two.predict(rows)) / 2
    assert np.allclose(mean_forest([one, two]).predict(rows), mean)
    assert np.allclose(one.scaled(-2.0).predict(rows), -2.0 * one.predict(rows))
    staged = one.staged_predict(rows)
    assert staged.shape == (4, len(rows))
    for k in range(4):
        assert np.allclose(staged[k], one.first(k + 1).predict(rows))


def test_columns_of_unequal_length_are_refused():
    ints = np.zeros(2, dtype=np.int32)
    with pytest.raises(ValueError, match="one entry per node"):
        Forest(1, ints[:1], ints, ints, ints[:1], np.zeros(2))
