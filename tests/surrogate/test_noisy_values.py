"""Noisy values are moved towards the surrogate, as far as noise explains what it misses."""

from __future__ import annotations

import numpy as np

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.surrogate.noisy_values import without_noise

EVERY = Coalitions.all_of(10)
SURROGATE = Spectrum.from_terms(10, [(), (0,), (3, 4)], [1.0, 2.0, -1.0])
RNG = np.random.default_rng(0)
PREDICTED = SURROGATE.evaluate(EVERY)
TRUTH = PREDICTED + 0.3 * RNG.normal(size=2**10)
ENDS = np.isin(EVERY.sizes(), (0, 10))


def test_they_come_as_close_to_the_truth_as_they_can():
    errors = RNG.choice([0.1, 1.0], size=2**10)
    values = TRUTH + errors * RNG.normal(size=2**10)
    moved = without_noise(SURROGATE, EVERY, values, errors, PREDICTED)
    best = PREDICTED + 0.3**2 / (0.3**2 + errors**2) * (values - PREDICTED)
    mistaken = {
        name: np.square(candidate - TRUTH)[~ENDS].mean()
        for name, candidate in (("moved", moved), ("best", best), ("left", values))
    }
    assert mistaken["moved"] < 1.02 * mistaken["best"]
    assert mistaken["moved"] < 0.2 * mistaken["left"]
    np.testing.assert_array_equal(moved[ENDS], values[ENDS])


def test_they_stay_where_there_is_no_noise_or_nothing_to_judge_by():
    errors = np.where(np.arange(2**10) % 2, 0.0, 0.5)
    moved = without_noise(SURROGATE, EVERY, TRUTH, errors, PREDICTED)
    assert (moved[1::2] == TRUTH[1::2]).all()
    nothing = np.full(2**10, np.nan)
    assert (without_noise(SURROGATE, EVERY, TRUTH, errors, nothing) == TRUTH).all()


def test_noise_that_explains_everything_leaves_the_surrogate():
    errors = np.full(2**10, 5.0)
    moved = without_noise(SURROGATE, EVERY, TRUTH, errors, PREDICTED)
    np.testing.assert_allclose(moved[~ENDS], PREDICTED[~ENDS])
