"""The size of rounding errors, and units in which numbers stay away from the limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex._rounding import rounding, spread, unit_of


@given(value=st.floats(-1e308, 1e308), other=st.floats(-1.0, 1.0))
def test_the_next_number_is_no_further_away_than_a_rounding_error(value, other):
    values = np.array([value, other * value])
    assert np.spacing(abs(value)) <= rounding(values) <= 2 * np.spacing(abs(value))


@given(
    values=st.lists(st.floats(-10, 10).filter(lambda x: abs(x) > 1e-9 or x == 0), max_size=5),
    power=st.integers(-1000, 1000),
)
def test_the_unit_is_a_power_of_two_near_the_spread_and_moves_with_it(values, power):
    values = np.array(values)
    unit = unit_of(values)
    assert math.frexp(unit)[0] == 0.5
    size = spread(values) or np.abs(values).max(initial=0.0) or 1.0
    assert 1 <= size / unit < 2
    if values.any():
        assert unit_of(np.ldexp(values, power)) == math.ldexp(unit, power)


@pytest.mark.parametrize("values", [[5e-324, 0.0], [1.6e308, 1e307]])
def test_units_exist_at_the_limits(values):
    scaled = np.array(values) / unit_of(np.array(values))
    assert 1 <= spread(scaled) < 2
