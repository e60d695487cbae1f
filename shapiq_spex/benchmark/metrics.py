"""How good is an explanation? Held-out faithfulness, and distance from the exact indices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shapiq_spex.fourier.spectrum import Term, Vector


def faithfulness(values: Vector, predicted: Vector) -> float:
    """R2 = 1 - sum (v - p)^2 / sum (v - mean v)^2; 0 is what the best constant reaches."""
    spread = float(((values - values.mean()) ** 2).sum())
    if not np.isfinite(predicted).all():
        return float("-inf")
    return 1.0 - float(((values - predicted) ** 2).sum()) / spread if spread else float("nan")


def calibrated_faithfulness(values: Vector, predicted: Vector) -> float:
    """R2 after the best affine map of the predictions: their squared correlation with ``values``.

    What a method that only misplaces its constant, or shrinks, would reach.
    """
    if not np.isfinite(predicted).all():
        return float("-inf")
    left, right = values - values.mean(), predicted - predicted.mean()
    energy = float(left @ left) * float(right @ right)
    return float(left @ right) ** 2 / energy if energy else 0.0


def index_error(estimate: Mapping[Term, float], exact: Mapping[Term, float]) -> float:
    """Normalised squared error of an interaction index, the empty set left out.

    sum_T (estimate(T) - exact(T))^2 / sum_T exact(T)^2; what is absent on either side counts as 0.
    """
    terms = [term for term in exact.keys() | estimate.keys() if term]
    wanted = np.array([exact.get(term, 0.0) for term in terms])
    given = np.array([estimate.get(term, 0.0) for term in terms])
    energy = float(wanted @ wanted)
    return float(((given - wanted) ** 2).sum()) / energy if energy else float("nan")


def support_f1(found: set[Term], planted: set[Term]) -> float:
    """Harmonic mean of precision and recall of the non-constant terms."""
    found, planted = found - {()}, planted - {()}
    hits = len(found & planted)
    return 2.0 * hits / (len(found) + len(planted)) if found or planted else 1.0
