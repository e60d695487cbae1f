"""A planted spectrum is recovered from the answers of a coded plan."""

import numpy as np
import pytest

from shapiq_spex.coding.plan import CodedPlan
from shapiq_spex.coding.recovery import recover
from shapiq_spex.fourier.spectrum import Spectrum


def planted(n_players, n_terms, degree, rng):
    terms = {
        tuple(sorted(rng.choice(n_players, size, replace=False).tolist()))
        for size in rng.integers(1, degree + 1, n_terms)
    } | {()}
    signs = rng.choice([-1.0, 1.0], len(terms))
    return Spectrum.from_terms(n_players, sorted(terms), signs * rng.uniform(0.5, 1.5, len(terms)))


@pytest.mark.parametrize(
    ("n_players", "n_terms", "budget"), [(14, 10, 900), (100, 30, 2000), (1000, 50, 3000)]
)
def test_recovers_a_planted_spectrum_exactly(n_players, n_terms, budget):
    rng = np.random.default_rng(n_players)
    truth = planted(n_players, n_terms, 5, rng)
    plan = CodedPlan.design(n_players, budget, rng=rng)
    recovery = recover(plan, truth.evaluate(plan.coalitions), rng=rng)
    assert recovery.spectrum.terms() == truth.terms()
    np.testing.assert_allclose(recovery.spectrum.coefficients, truth.coefficients, atol=1e-9)
