"""Refit a proxy's terms to the values, as far as that predicts better than the proxy.

Trees find out which players interact, but they approximate even an additive function by steps.
Regressions on their largest terms correct that, but may explode or fit noise. Hence there are four
refits of increasing sparsity (adaptive ridge, adaptive lasso, hard selection and its hierarchical
expansion). Each is repeated without every fold, from the proxy fitted without the fold, and
weighted by held-out error beside the unchanged proxy and the constant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.folds import FoldFits
from shapiq_spex.estimators.screening import renamed
from shapiq_spex.estimators.signs import signs
from shapiq_spex.estimators.sparse.sparse_regression import SparseRegression
from shapiq_spex.estimators.standardising import fit_standardised
from shapiq_spex.estimators.trees.ridge import PENALTIES, RidgeRegression
from shapiq_spex.estimators.weighting import blend_weights
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

_MOST_TERMS, _TERMS_PER_ROW = 400, 3
"""Terms that are taken over from the proxy: at most 400, and at most three per row. Tuned."""

_FEW_PLAYERS = 300
"""Players up to which all singletons are proposed. Tuned."""

_PRIOR = np.array([1.0, 1.0, 1.0, 0.0, 0.0]) / 3
"""Prior weights of proxy, ridge, lasso, selection and expansion: the dense ones, in equal parts."""


def fit_and_refit(
    fit_folds: Callable[[Coalitions, Vector, np.random.Generator], FoldFits],
    coalitions: Coalitions,
    values: Vector,
    rng: np.random.Generator,
    *,
    blend: bool = True,
) -> Fit:
    """Fit a proxy to standardised values and blend it with its refits."""

    def fit(coalitions: Coalitions, values: Vector, rng: np.random.Generator) -> Fit:
        if not coalitions.pair_of_row().any():  # one pair: nothing can be held out
            return Fit(Spectrum(coalitions.n_players), np.full(len(values), np.nan))
        proxy = fit_folds(coalitions, values, rng)
        if blend:
            return replace(refit(proxy, coalitions, values), notes=proxy.notes)
        return Fit(proxy.spectrum, proxy.held_out, notes=proxy.notes)

    return fit_standardised(fit, coalitions, values, rng)


def refit(fitted: FoldFits, coalitions: Coalitions, values: Vector) -> Fit:
    """Blend a proxy with regressions on its largest terms.

    Returns:
        The blend. Its held-out error is at most that of the proxy alone and of the constant.
    """
    rows: list[NDArray[np.intp]] = []
    levels: list[Vector] = []
    columns: list[NDArray[np.float64]] = []
    for held, spectrum in zip(fitted.folds.held_out(), fitted.fold_spectra, strict=True):
        refits = _Refits(coalitions[~held], values[~held], spectrum)
        rows.append(np.flatnonzero(held))
        levels.append(np.full(len(rows[-1]), refits.mean))
        columns.append(np.column_stack([fitted.held_out[held], refits.predict(coalitions[held])]))
    seen, level = np.concatenate(rows), np.concatenate(levels)
    deviations = np.concatenate(columns) - level[:, None]
    chosen = _best_penalties(deviations, values[seen] - level)
    weights = _weights(deviations[:, chosen], values[seen] - level)
    held_out = np.full(len(values), np.nan)
    held_out[seen] = level + deviations[:, chosen] @ weights
    spectrum = Spectrum.from_dict(
        coalitions.n_players, {(): float((1 - weights.sum()) * values.mean())}
    )
    if weights[0] > 0:
        spectrum = spectrum + float(weights[0]) * fitted.spectrum
    if weights[1:].any():
        refits = _Refits(coalitions, values, fitted.spectrum)
        for weight, column in zip(weights[1:].tolist(), chosen[1:], strict=True):
            if weight > 0:
                spectrum = spectrum + weight * refits.spectrum(column - 1)
    return Fit(spectrum, held_out)


def _best_penalties(deviations: NDArray[np.float64], targets: Vector) -> list[int]:
    """The columns to blend: of the regressions with a penalty, the one that predicts best."""
    errors = ((deviations - targets[:, None]) ** 2).sum(axis=0)
    lasso = 1 + len(PENALTIES)
    return [
        0,
        1 + int(errors[1:lasso].argmin()),
        lasso + int(errors[lasso:-2].argmin()),
        len(errors) - 2,
        len(errors) - 1,
    ]


def _weights(deviations: NDArray[np.float64], targets: Vector) -> Vector:
    """The weights of least held-out error: a blend or one proxy alone, shrunk to the constant.

    The shrinkage is the positive part of 1 - 3 (1 - R2) / (m R2), James and Stein's factor for a
    scale of variance (1 - R2) / (m R2): nothing if the held-out error is nil, and everything
    unless R2 is clearly above what a lucky choice among a few proxies reaches.
    """
    alternatives = [*np.eye(deviations.shape[1]), blend_weights(deviations, targets, _PRIOR)]
    errors = [float(((deviations @ w - targets) ** 2).sum()) for w in alternatives]
    error = min(errors)
    gain = float(targets @ targets) - error
    scale = max(0.0, 1 - 3 * error / (len(targets) * gain)) if gain > 0 else 0.0
    return scale * alternatives[errors.index(error)]


class _Refits:
    """All regressions of some rows on the terms that a spectrum proposes."""

    def __init__(self, coalitions: Coalitions, values: Vector, proxy: Spectrum) -> None:
        self.mean = float(values.mean())
        self.n_players = proxy.n_players
        proposals = _proposals(proxy, min(_MOST_TERMS, _TERMS_PER_ROW * len(values)))
        members = [group.members.ravel() for group in proposals.groups]
        self.players = np.unique(np.concatenate([np.empty(0, np.int32), *members]))
        # thousands of players, few of which matter: the regressions see these alone
        local = Spectrum(
            len(self.players),
            [(np.searchsorted(self.players, g.members), g.coefficients) for g in proposals.groups],
        )
        rows = signs(coalitions, self.players)
        self.ridge = RidgeRegression(rows, values - self.mean, local)
        self.sparse = SparseRegression(rows, values - self.mean, local)

    def predict(self, coalitions: Coalitions) -> NDArray[np.float64]:
        """One column of predictions per regression and penalty."""
        rows = signs(coalitions, self.players)
        return self.mean + np.column_stack([self.ridge.predict(rows), self.sparse.predict(rows)])

    def spectrum(self, column: int) -> Spectrum:
        """The spectrum whose predictions are one of the columns."""
        if column < len(PENALTIES):
            local = self.ridge.spectrum(column)
        else:
            last = len(self.sparse.path) - 1
            lasso = column - len(PENALTIES)
            local = self.sparse.spectra(min(lasso, last))[max(0, lasso - last)]
        mean = Spectrum.from_dict(self.n_players, {(): self.mean})
        return renamed(local, self.players, self.n_players) + mean


def _proposals(proxy: Spectrum, count: int) -> Spectrum:
    """The largest terms, then their facets and the single players at next to nothing."""
    largest = proxy.prune(keep=count)
    known = largest.terms()
    closure: set[Term] = set()
    for term in known:
        closure.update(combinations(term, max(len(term) - 1, 0)))
    if proxy.n_players <= _FEW_PLAYERS:
        closure.update((player,) for player in range(proxy.n_players))
    else:
        closure.update((player,) for term in known for player in term)
    added = sorted(closure.difference(known, [()]))
    size = 1e-6 * np.abs(largest.coefficients[largest.degrees > 0]).max(initial=0.0)
    return largest + Spectrum.from_terms(proxy.n_players, added, np.full(len(added), size or 1.0))
