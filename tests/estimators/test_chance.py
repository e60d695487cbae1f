"""How likely a fit without residuals is chance."""

import math

import numpy as np
import pytest

from shapiq_spex.estimators.chance import log_chance, tolerance


@pytest.mark.parametrize("surplus", [-2, 0, 3])
def test_the_chance_is_that_of_equal_values_to_the_power_of_the_surplus(surplus):
    values = np.array([1.0, 1.0, 0.0, 2.0, 0.0, 1.0])
    equal = np.equal.outer(values, values)[~np.eye(6, dtype=bool)].mean()
    assert log_chance(values, surplus) == pytest.approx(max(surplus, 0) * math.log(equal))


@pytest.mark.parametrize("offset", [0.0, 1e10])
def test_values_are_equal_up_to_rounding_and_apart_beyond(offset):
    values = offset + np.array([0.0, 1.0, 1.0 + 1e-10, 2.0])
    assert log_chance(values, 1) == pytest.approx(math.log(1 / 6))
    assert log_chance(offset + np.array([0.0, 1.0, 1.1, 2.0]), 1) == -math.inf
    assert tolerance(values) < 1e-4


def test_where_all_values_are_equal_no_equation_tells_anything():
    assert log_chance(np.ones(9), 8) == 0.0
    assert log_chance(np.ones(1), 8) == log_chance(np.ones(0), 8) == 0.0
