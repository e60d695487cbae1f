"""Signs and parities against their definitions."""

import numpy as np

from shapiq_spex.estimators.signs import parity_columns, signs, take_rows
from shapiq_spex.fourier.coalitions import Coalitions
from tests.estimators.samples import dense_rows, uniform


def test_present_players_are_minus_one_and_absent_ones_plus_one():
    dense = dense_rows(np.random.default_rng(0), 20, 7, paired=False)
    np.testing.assert_array_equal(signs(Coalitions.from_dense(dense)), 1.0 - 2.0 * dense)


def test_signs_of_some_players_are_their_columns_in_the_order_asked_for():
    rows = uniform(np.random.default_rng(1), 30, 20)
    players = np.array([17, 3, 8])
    np.testing.assert_array_equal(signs(rows, players), signs(rows)[:, players])


def test_some_rows_keep_the_memory_order():
    rows = signs(uniform(np.random.default_rng(2), 30, 5))
    chosen = np.array([4, 1, 22])
    for which in (chosen, np.isin(np.arange(30), chosen)):
        taken = take_rows(rows, which)
        np.testing.assert_array_equal(taken, rows[which])
        assert taken.T.flags.c_contiguous
    assert rows.T.flags.c_contiguous


def test_parity_columns_are_products_of_signs():
    rows = signs(uniform(np.random.default_rng(0), 20, 7))
    terms = [(), (3,), (0, 6), (1, 2, 5), (4,), (0, 1, 2, 3, 4, 5, 6)]
    for column, term in zip(parity_columns(rows, terms), terms, strict=True):
        np.testing.assert_array_equal(column, rows[:, list(term)].prod(axis=1))
    assert parity_columns(rows, []).shape == (0, 20)
    assert parity_columns(rows, terms).dtype == rows.dtype
