"""The rule of three, and where it is needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators.unseen import (
    residuals_vanish,
    unless_unseen,
    unseen_share,
    unseen_squared_error,
)


@given(draws=st.integers(1, 10_000), confidence=st.floats(0.5, 0.999))
def test_draws_miss_the_share_as_often_as_they_may(draws, confidence):
    share = unseen_share(draws, confidence)
    assert (1 - share) ** draws == pytest.approx(1 - confidence)


def test_the_share_is_about_three_by_the_number_of_draws():
    assert unseen_share(1000) == pytest.approx(3 / 1000, rel=0.01)
    assert unseen_share(0) == 1.0


@given(scale=st.floats(1e-100, 1e100), offset=st.floats(-10, 10))
def test_residuals_vanish_by_the_range_of_the_answers(scale, offset):
    values = scale * (offset + np.array([0.0, 1.0, 0.5]))
    assert residuals_vanish(scale * np.array([0.0, 5e-4, -5e-4]), values)
    assert not residuals_vanish(scale * np.array([0.0, 0.0, -2e-3]), values)


def test_residuals_that_do_not_vanish_tell_the_error_themselves():
    values = np.tile([0.0, 2.0], 50)
    assert unseen_squared_error(values, 0.1 * values, 50) == 0.0
    share = unseen_share(50)
    assert unseen_squared_error(values, 0 * values, 50) == pytest.approx(share / (1 - share) * 4)


def test_the_condition_is_a_part_of_a_sentence():
    assert unless_unseen(unseen_share(1000)) == (
        "unless fewer than about 0.3% of all coalitions differ"
    )
