"""Readings of functions that cost nothing, and what they lose."""

import numpy as np
import pytest

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.free_reading import loss_of_reading, read_freely
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import uniform


def network(rows):
    """A fixed network of one layer."""
    weights = np.random.default_rng(5).normal(size=(rows.shape[1], 8))
    return np.maximum((1.0 - 2.0 * rows) @ weights, 0.0).sum(axis=1)


def nearly_full(n_players, n_rows=300):
    rows = np.random.default_rng(0).random((n_rows, n_players)) < 0.9
    return Coalitions.from_dense(rows)


def unexplained(spectrum, rows):
    values = network(rows)
    return np.mean((values - spectrum(rows)) ** 2) / values.var()


def test_the_loss_is_that_on_coalitions_drawn_independently():
    sample = uniform(np.random.default_rng(0), 200, 24)
    for spectrum in (
        read_freely(network, sample, np.random.default_rng(1), FOURIER),
        Spectrum.from_dict(24, {(): 1.0, (3,): 2.0}),
    ):
        stated = loss_of_reading(network, spectrum, sample, np.random.default_rng(2))
        rows = np.random.default_rng(99).random((20_000, 24)) < 0.5
        assert stated == pytest.approx(unexplained(spectrum, rows), rel=0.15)


def test_a_network_is_read_with_little_loss_where_half_are_removed():
    sample = uniform(np.random.default_rng(0), 200, 24)
    found = read_freely(network, sample, np.random.default_rng(1), FOURIER)
    assert unexplained(found, np.random.default_rng(99).random((5000, 24)) < 0.5) < 0.02


def test_a_network_is_read_with_little_loss_where_few_are_removed():
    found = read_freely(network, nearly_full(24), np.random.default_rng(1), Basis(0.9))
    assert unexplained(found, np.random.default_rng(99).random((5000, 24)) < 0.9) < 0.02


@pytest.mark.parametrize("basis", [FOURIER, Basis(0.9)])
def test_equal_seeds_give_equal_readings(basis):
    one, two = (
        read_freely(network, nearly_full(20), np.random.default_rng(1), basis) for _ in "ab"
    )
    assert one == two


def test_a_constant_loses_nothing_if_it_is_read_and_everything_if_not():
    def constant(rows):
        return np.full(len(rows), 3.0)

    sample, rng = nearly_full(20), np.random.default_rng(0)
    assert loss_of_reading(constant, Spectrum.from_dict(20, {(): 3.0}), sample, rng) == 0.0
    assert loss_of_reading(constant, Spectrum(20), sample, rng) == 1.0
