"""Proxies that are fitted again without a fold, and what they miss there."""

from __future__ import annotations

import numpy as np

from shapiq_spex.intervals.fold_fits import FOLDS
from tests.intervals.proxies import Straight
from tests.intervals.samples import TABLE, held_out_residuals


def test_proxies_never_see_the_fold_they_are_judged_by():
    seen = []

    class Watched(Straight):
        def fit(self, coalitions, values, *, rng):
            seen.append({row.tobytes() for row in coalitions.dense()})
            return super().fit(coalitions, values, rng=rng)

    fit = held_out_residuals("uniform", 80, 3, proxy=Watched())
    rows = [row.tobytes() for row in fit.coalitions.dense()]
    assert len(seen) == FOLDS
    for first, second in fit.strata.units:
        times = sum(rows[first] in rows_seen for rows_seen in seen)
        assert times == FOLDS - 1
        assert all((rows[first] in s) == (rows[second] in s) for s in seen)
    assert all(row in rows_seen for rows_seen in seen for row in rows[:2])  # the ends are known


def test_residuals_are_what_the_fits_without_a_fold_miss():
    class Remembered(Straight):
        def __init__(self):
            self.fits = []

        def fit(self, coalitions, values, *, rng):
            found = super().fit(coalitions, values, rng=rng)
            self.fits.append(({row.tobytes() for row in coalitions.packed}, found.spectrum))
            return found

    proxy = Remembered()
    missed = held_out_residuals("kernel", 90, 4, proxy=proxy)
    values = TABLE[missed.coalitions.numbers()]
    rows = [row.tobytes() for row in missed.coalitions.packed]
    units = missed.strata.units
    for unit, residuals in zip(units, missed.held_out_residuals, strict=True):
        (spectrum,) = [s for seen, s in proxy.fits if rows[unit[0]] not in seen]
        expected = values[unit] - spectrum.evaluate(missed.coalitions[unit])
        np.testing.assert_allclose(residuals, expected, atol=1e-12)
    left_out = [sum(rows[unit[0]] not in seen for unit in units) for seen, _ in proxy.fits]
    assert sum(left_out) == len(units)
    assert max(left_out) <= min(left_out) + len(set(missed.strata.stratum.tolist()))
    mean = sum(
        (count * spectrum for count, (_, spectrum) in zip(left_out, proxy.fits, strict=True)),
        start=0.0 * proxy.fits[0][1],
    ) * (1 / len(units))
    np.testing.assert_allclose(
        missed.mean_spectrum.evaluate(missed.coalitions), mean.evaluate(missed.coalitions)
    )
    np.testing.assert_allclose(
        missed.mean_residuals, values - mean.evaluate(missed.coalitions), atol=1e-12
    )
