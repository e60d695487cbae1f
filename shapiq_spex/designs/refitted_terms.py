r"""Decoded terms, fitted anew to the coalitions that a question is about.

A code needs uniform coalitions, and its coefficients are those that fit these best. Where another
law is asked for, other coefficients of the same terms may fit better: with the parities X of the
terms and the residuals r of the decoded function on rows of that law, the coefficients change by

    d = argmin |r - X d|^2 + c |d|^2

with the penalty c of least leave-one-out error, r_j - (X d)_j divided by 1 - h_j, h_j being the
leverage of row j (Golub, Heath and Wahba, Technometrics 21, 1979).
"""

from __future__ import annotations

import numpy as np

from shapiq_spex.estimators.signs import parity_columns, signs
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_PENALTIES = np.logspace(-4, 4, 17)
"""Penalties that are tried, relative to the number of rows: from next to none to one under which
nothing changes."""

_MOST_TERMS = 500
"""Terms up to which they are fitted anew: the decomposition of 10,000 rows then takes about a
second (a choice)."""


def refitted_terms(
    decoded: Spectrum, coalitions: Coalitions, values: Vector
) -> tuple[Spectrum, Vector]:
    """The decoded terms with coefficients for these rows, and leave-one-out predictions of them.

    More than 500 terms stay as they are.

    Example:
        >>> rows = Coalitions.all_of(4)
        >>> wrong, right = (Spectrum.from_dict(4, {(): c, (0, 1): c}) for c in (1.0, 2.0))
        >>> refitted, held_out = refitted_terms(wrong, rows, right.evaluate(rows))
        >>> round(refitted[(0, 1)], 2), bool(np.abs(held_out - right.evaluate(rows)).max() < 0.01)
        (2.0, True)
    """
    terms = decoded.terms()
    predictions = decoded.evaluate(coalitions)
    if not 0 < len(terms) <= _MOST_TERMS:
        return decoded, predictions
    columns = parity_columns(signs(coalitions), terms).T.astype(np.float64)
    residuals = values - predictions
    left, sizes, right = np.linalg.svd(columns, full_matrices=False)
    projected = left.T @ residuals
    best, found = np.inf, (np.zeros(len(terms)), residuals)
    for penalty in len(values) * _PENALTIES:
        shrunk = sizes**2 / (sizes**2 + penalty)
        leverage = (left**2) @ shrunk
        left_out = (residuals - left @ (shrunk * projected)) / (1.0 - leverage)
        error = float(left_out @ left_out)
        if error < best:
            change = right.T @ (sizes / (sizes**2 + penalty) * projected)
            best, found = error, (change, left_out)
    change, left_out = found
    return decoded + Spectrum.from_terms(decoded.n_players, terms, change), values - left_out
