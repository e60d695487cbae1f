"""Two thousand players: 2^n is more than a float can hold."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import SPEX, ProxySPEX


def game(coalitions):
    return 3.0 * coalitions[:, 0] - 2.0 * coalitions[:, 1999] + coalitions[:, 7]


@pytest.mark.parametrize("approximator_type", [ProxySPEX, SPEX])
@pytest.mark.parametrize("index", ["FBII", "SV"])
def test_numbers_do_not_overflow(approximator_type, index):
    order = 1 if index == "SV" else 2
    approximator = approximator_type(n=2000, index=index, max_order=order, random_state=0)
    assert len(approximator.plan(150).coalitions) == 150
    values = approximator.approximate(150, game)
    again = approximator.approximate_from(*approximator.ablations_)
    assert np.array_equal(values.values, again.values)
    assert not approximator.report_.exact
    if index == "SV":
        assert values.get_n_order_values(1).sum() == pytest.approx(2.0)
    else:
        assert values[(0,)] == pytest.approx(3.0, abs=0.1)
    assert "1,000 players" in approximator.intervals().reason
