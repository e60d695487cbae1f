"""What every proxy does first: check the rows, settle plain games, standardise the values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._rounding import INDISTINCT, rounding, spread
from shapiq_spex.estimators.chance import LARGEST_LOG_CHANCE, log_chance, tolerance
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.signs import signs
from shapiq_spex.estimators.weighting import effective_rows
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_MOST_ROWS_PER_PLAYER = 8
"""Rows per unknown up to which additive games are tested; cross-validation finds them beyond."""

_MOST_PLAYERS = 1000
"""Players up to which they are tested: the equations cost n^2 operations per row."""

_OUTLYING = 3.0
"""Standard deviations of the other values beyond which an end is left out (three-sigma rule)."""

_BITS = 40
"""Bits after the point of standardised values. Rounding errors of the last 12 bits depend on the
units of the game, and would break ties between terms in one way or the other."""

_ISOLATED = 0.05
"""The share of rows that determine squared errors (:func:`effective_rows`) below which those that
lie farthest outside are tried without. A choice: one row of 60 that carries all the variance."""

_MOST_ISOLATED = 0.02
"""The largest share of such rows: more are a tail that a proxy should know. A choice."""

_LEARNT = 0.5
"""The squared error with them, relative to that without, at which the proxy has learnt where such
values come from: it then predicts most of each from the others. A choice."""

_ALIKE = 1e-3
"""The variance of the other rows, relative to that of all, below which they do not differ: nothing
is lost there. A choice."""

FitStandardised = Callable[[Coalitions, Vector, np.random.Generator], Fit]


def fit_standardised(
    fit: FitStandardised,
    coalitions: Coalitions,
    values: Vector,
    rng: np.random.Generator,
    *,
    leave_out_outliers: bool = False,
) -> Fit:
    """Fit a proxy to standardised values, unless the game is constant or additive.

    ``fit`` gets values of mean 0 and standard deviation 1; the result is in the units of the
    values. With ``leave_out_outliers`` it does not get the empty and the full coalition if
    their values lie far outside those of the others, nor a few isolated values that carry nearly
    all the variance, unless it predicts them from each other (:func:`_learnt`).

    Raises:
        ValueError: If rows repeat, or values are missing or not finite.
    """
    values = np.asarray(values, dtype=np.float64)
    _check(coalitions, values)
    used, notes = np.ones(len(values), dtype=np.bool_), ()
    if leave_out_outliers:
        used, notes = _without_outlying_ends(coalitions, values)
    constant = _constant_fit(coalitions, values[used])
    if constant is not None:
        return replace(constant, notes=notes)
    additive = additive_fit(coalitions, values)
    if additive is not None:
        return additive
    fitted = partial(_fitted, fit, coalitions, values, rng=rng)
    if leave_out_outliers:
        found = fit_without_isolated(fitted, coalitions, values, used)
    else:
        found = fitted(used)
    return replace(found, notes=(*notes, *found.notes))


def fit_without_isolated(
    fitted: Callable[[NDArray[np.bool_]], Fit],
    coalitions: Coalitions,
    values: Vector,
    used: NDArray[np.bool_],
) -> Fit:
    """Fit a proxy to the used rows without isolated values, unless it predicts these.

    Args:
        fitted: Fits some of the rows; others have no predictions.
        coalitions: All rows.
        values: Their values.
        used: The rows to fit.

    Returns:
        The fit. :attr:`~shapiq_spex.estimators.contract.Fit.isolated` tells what it left out.
    """
    found = fitted(used)
    isolated = _isolated(values, used)
    if not isolated.any():
        return found
    without = _without_isolated(fitted, coalitions, values, used, isolated)
    return found if _learnt(found, without, values, isolated) else without


def _fitted(
    fit: FitStandardised,
    coalitions: Coalitions,
    values: Vector,
    used: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Fit:
    """The fit to some of the rows, in the units of the values; others have no predictions."""
    mean, deviation = float(values[used].mean()), float(values[used].std())
    standardised = np.ldexp(np.rint(np.ldexp((values[used] - mean) / deviation, _BITS)), -_BITS)
    found = fit(coalitions[used], standardised, rng)

    def in_units(predictions: Vector) -> Vector:
        every = np.full(len(values), np.nan)
        every[used] = mean + deviation * predictions
        return every

    return replace(
        found,
        spectrum=deviation * found.spectrum + Spectrum.from_dict(coalitions.n_players, {(): mean}),
        held_out=in_units(found.held_out),
        additive=None if found.additive is None else in_units(found.additive),
        uninformed=None if found.uninformed is None else in_units(found.uninformed),
    )


def _isolated(values: Vector, used: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The rows that lie farthest outside, as long as a handful determines all squared errors.

    One jump in a hundred rows cannot be predicted, and bends a fit everywhere else.
    """
    isolated = np.zeros_like(used)
    most = max(1, int(_MOST_ISOLATED * used.sum()))
    rest = used.copy()
    while effective_rows(values[rest]) < _ISOLATED * rest.sum():
        if isolated.sum() == most:
            return np.zeros_like(used)
        distances = np.where(rest, np.abs(values - np.median(values[rest])), -1.0)
        farthest = int(distances.argmax())
        rest[farthest], isolated[farthest] = False, True
    return isolated


def _without_isolated(
    fitted: Callable[[NDArray[np.bool_]], Fit],
    coalitions: Coalitions,
    values: Vector,
    used: NDArray[np.bool_],
    isolated: NDArray[np.bool_],
) -> Fit:
    """The fit to all but the isolated rows, which judge it like held-out ones.

    No interaction explains them: there, its additive part predicts what it predicts itself.
    """
    rest = used & ~isolated
    constant = _constant_fit(coalitions, values[rest])
    found = fitted(rest) if constant is None else constant
    held_out = found.held_out.copy()
    held_out[isolated] = found.spectrum.evaluate(coalitions[isolated])
    additive = None if found.additive is None else np.where(isolated, held_out, found.additive)
    note = (
        f"{int(isolated.sum())} of {int(used.sum())} values lie far outside the others. The proxy "
        "was not fitted to them, because it could not predict one from another; R2 counts them."
    )
    return replace(
        found,
        held_out=held_out,
        additive=additive,
        notes=(*found.notes, note),
        isolated=isolated,
    )


def _learnt(found: Fit, without: Fit, values: Vector, isolated: NDArray[np.bool_]) -> bool:
    """Whether a fit to all rows predicts isolated values from each other, and the others as well.

    Its squared error is clearly smaller than that of the fit without them, and that of the other
    rows is smaller than their variance, if they differ at all. Only isolated values that were held
    out can tell.
    """
    held_out = ~np.isnan(found.held_out)
    others = ~isolated & held_out & ~np.isnan(without.held_out)
    judging = others | (isolated & held_out)
    errors, rest = ((fit.held_out - values)[judging] ** 2 for fit in (found, without))
    if not (isolated & held_out).any() or not errors.mean() < _LEARNT * rest.mean():
        return False
    variance = values[others].var()
    return bool(
        variance < _ALIKE * values[judging].var() or errors[others[judging]].mean() < variance
    )


def additive_fit(coalitions: Coalitions, values: Vector) -> Fit | None:
    """The sum of the players' effects, if it fits more rows than it has unknowns; else None.

    Least squares on n + 1 unknowns without a residual at n + 2 or more rows of full rank show an
    additive game, which cross-validation does not find from so few rows. With many rows it does,
    and nothing is tried here. Games with few distinct values need more rows, since each additional
    equation holds by chance as often as two values are equal
    (:mod:`~shapiq_spex.estimators.chance`). For two players, three rows are all but one that exist:
    the sum is the only completion that treats both players alike. It fits any three values, so
    nothing is predicted and its faithfulness is unknown.
    """
    n_rows, n_players = len(coalitions), coalitions.n_players
    fewest = n_players + 2 if n_players > 2 else n_players + 1
    most = _MOST_ROWS_PER_PLAYER * (n_players + 1)
    if not fewest <= n_rows <= most or n_players > _MOST_PLAYERS:
        return None
    nothing = tolerance(values)
    both = coalitions.pair_table()
    both = both[both[:, 1] >= 0]
    if len(both) and np.ptp(values[both].sum(axis=1)) > nothing:
        return None  # a cheap test: in a sum, v(S) + v(complement of S) is the same for all S
    # all but one of these sums tell nothing: those of a majority are the same, too
    surplus = n_rows - max(len(both) - 1, 0) - (n_players + 1)
    if n_players > 2 and log_chance(values, surplus) > LARGEST_LOG_CHANCE:
        return None
    middle = float(np.median(values))  # so that an offset adds no errors
    columns = np.column_stack([np.ones(n_rows), signs(coalitions)])
    weights, _, rank, _ = np.linalg.lstsq(columns, values - middle)
    if rank <= n_players or np.abs(columns @ weights - (values - middle)).max() > nothing:
        return None
    weights[0] += middle
    single = np.arange(n_players)[:, None]
    spectrum = Spectrum(n_players, [(np.empty((1, 0)), weights[:1]), (single, weights[1:])])
    unknown = np.full(n_rows, np.nan)
    held_out = values.copy() if n_rows > n_players + 1 else unknown
    return Fit(spectrum, held_out, held_out.copy(), {"additive": 1.0})


def _constant_fit(coalitions: Coalitions, values: Vector) -> Fit | None:
    """The common value, if all used values are equal up to rounding; else None."""
    if spread(values) > INDISTINCT * rounding(values):
        return None
    lowest = float(values.min())
    everywhere = np.full(len(coalitions), lowest)
    spectrum = Spectrum.from_dict(coalitions.n_players, {(): lowest})
    return Fit(spectrum, everywhere, everywhere, {"constant": 1.0})


def _without_outlying_ends(
    coalitions: Coalitions, values: Vector
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """The rows to fit: all but the empty and full coalition, if the others put them far outside.

    Two rows in 2^n, often with values never seen elsewhere (the untouched model, the untrained
    model), would otherwise bend the fit of all the others.
    """
    sizes = coalitions.sizes()
    ends = (sizes == 0) | (sizes == coalitions.n_players)
    inside = values[~ends]
    used = np.ones(len(values), dtype=np.bool_)
    if len(inside) < 4:
        return used, ()
    # rounding, which depends on the units, does not decide where a value lies on the border
    border = _OUTLYING * inside.std() + INDISTINCT * rounding(values)
    outlying = ends & (np.abs(values - inside.mean()) > border)
    if not outlying.any():
        return used, ()
    names = " and ".join(
        name for name, size in (("empty", 0), ("full", coalitions.n_players))
        if (outlying & (sizes == size)).any()
    )  # fmt: skip
    note = (
        f"The value of the {names} coalition lies more than three standard deviations outside "
        "those of the others; the proxy was not fitted to it."
    )
    return ~outlying, (note,)


def _check(coalitions: Coalitions, values: Vector) -> None:
    if values.shape != (len(coalitions),) or len(values) == 0:
        raise ValueError(
            "a proxy needs at least one coalition and one value per coalition, got "
            f"{len(coalitions)} coalitions and values of shape {values.shape}"
        )
    if len(coalitions.distinct()[0]) < len(values):
        raise ValueError("a proxy needs distinct coalitions; average repeated ones beforehand")
    if not np.isfinite(values).all():
        raise ValueError(
            f"values must be finite numbers, got {int((~np.isfinite(values)).sum())} that are not; "
            "leave out the coalitions without an answer"
        )
