r"""Noisy answers are not what is known of a game: move them towards the surrogate.

If answers v have standard errors t, and the game differs from a surrogate f by some random amount
of variance u, the best linear prediction of the game at an answered coalition is

    f + u / (u + t^2) (v - f)

(Robbins 1956; Efron & Morris, *Stein's estimation rule and its competitors*, JASA 68, 1973). What f
misses on rows that it was not fitted to, on average u + t^2, estimates u. The values of the empty
and the full coalition stay as they were answered, so that indices share out their difference. The
regressions that lead to f do not weigh rows by t.
"""

from __future__ import annotations

import numpy as np

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector


def without_noise(
    surrogate: Spectrum,
    coalitions: Coalitions,
    values: Vector,
    errors: Vector | None,
    held_out: Vector,
) -> Vector:
    """The values, moved towards a surrogate as far as noise explains what it misses.

    Args:
        surrogate: The fitted function f.
        coalitions: The observed coalitions.
        values: Their values.
        errors: The standard errors of the values; ``None`` if they are exact.
        held_out: Predictions of the values by surrogates that were not fitted to them; NaN where
            there is none.
    """
    judged = np.isfinite(held_out)
    if errors is None or not judged.any():
        return values
    missed = np.square(values - held_out)[judged].mean()
    own = max(float(missed - np.square(errors)[judged].mean()), 0.0)
    sizes = coalitions.sizes()
    noisy = (errors > 0) & (sizes > 0) & (sizes < coalitions.n_players)
    moved = values.copy()
    predicted = surrogate.evaluate(coalitions[noisy])
    share = own / (own + np.square(errors[noisy]))
    moved[noisy] = predicted + share * (values[noisy] - predicted)
    return moved
