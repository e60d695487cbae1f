r"""The function of the coalition that an interaction index defines.

===========================  =====================================================================
index                        function
===========================  =====================================================================
SV, FSII, FBII, FWBII,       f(S) = sum over T in S of I(T)
STII, k-SII, Moebius
SII, kADD-SHAP               the same after aggregation by Bernoulli numbers,
                             I'(T) = sum_{U >= T} B_{|U|-|T|} I(U), which makes SII the k-SII (as
                             shapiq does) and kADD-SHAP the FSII whose Shapley interactions it lists
WBV(p), WBII(p)              f(S) = sum over T of I(T) prod_{i in T} (x_i - p), x_i = 1 for i in S,
                             else 0: the best approximation if players are kept with probability p
BV, BII                      the same with p = 1/2
Fourier                      f(S) = sum over T of I(T) (-1)^{|S & T|}
===========================  =====================================================================

(Bordt & von Luxburg 2023; Pelegrina et al. 2023; Grabisch, Marichal & Roubens 2000; full references
in :mod:`shapiq_spex.fourier.index_weights`.) For SII and kADD-SHAP, and where there is no value for
the empty set, ``baseline_value`` is f({}). BV, BII, WBV and WBII have the mean of the game as value
of the empty set; approximators that repeat the baseline there mean f({}), and are taken so.
"""

from __future__ import annotations

import numpy as np
from shapiq import InteractionValues

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.index import INDEX_NAMES, INDICES, index_named
from shapiq_spex.fourier.index_weights import bernoulli
from shapiq_spex.fourier.moebius import (
    add_to_subsets,
    spectrum_of_moebius,
    sum_over_subsets,
)
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

_NOTE = "_shapiq_spex_constant"
"""The attribute under which interaction values carry their constant, also through pickle."""

_ROUNDING = 4.0 * float(np.finfo(np.float64).eps)
"""The relative difference up to which two numbers were the same before they were stored."""


def prediction_of(values: InteractionValues) -> Spectrum:
    """The function that interaction values define, as a spectrum.

    Args:
        values: Interaction values of any approximator.

    Returns:
        The function; ``evaluate`` predicts the game.

    Raises:
        ValueError: If the index defines no function of the coalition, or lower orders are missing.

    Example:
        >>> from shapiq_spex import to_interaction_values
        >>> game = Spectrum.from_dict(3, {(): 1.0, (0,): 2.0, (1, 2): -1.0})
        >>> values = to_interaction_values(game, index="FSII", max_order=2)
        >>> prediction_of(values).evaluate([[True, False, True]])
        array([0.])
        >>> game.evaluate([[True, False, True]])
        array([0.])
    """
    function, over_subsets = _function_of(values)
    return spectrum_of_moebius(function) if over_subsets else function


def predict(values: InteractionValues, coalitions: Coalitions) -> Vector:
    """Evaluate the function of :func:`prediction_of` without converting it into a spectrum."""
    function, over_subsets = _function_of(values)
    if over_subsets:
        return sum_over_subsets(function, coalitions)
    return function.evaluate(coalitions)


def _function_of(values: InteractionValues) -> tuple[Spectrum, bool]:
    """The coefficients of the function, and whether they are summed over subsets or parities."""
    name = str(values.index)
    record = index_named(name) if name in INDEX_NAMES else None
    if record is None or record.prediction is None:
        known = ", ".join(name for name, other in INDICES.items() if other.prediction)
        raise ValueError(
            f"{values.index} defines no function of the coalition, so its faithfulness has no "
            f"meaning. Explain with one of {known}, for example FSII or FBII."
        )
    if values.min_order > 1:
        raise ValueError(
            f"the values start at order {values.min_order}, but a prediction needs the lower "
            "orders too: explain with top_order=False and min_order=0"
        )
    n, baseline = int(values.n_players), float(values.baseline_value)
    terms = interactions_of(values)
    empty, noted = terms.pop((), None), noted_constant(values)
    empty = empty if noted is None else noted
    rest = Spectrum.from_dict(n, {term: value for term, value in terms.items() if value})
    if record.prediction == "aggregated":
        rest = add_to_subsets(rest, _bernoulli_share)
        empty = baseline
    if record.prediction == "spectrum":
        return rest + Spectrum.from_dict(n, {(): empty or 0.0}), False
    if record.prediction == "parities":
        distance = 0.5 - (record.keep or 0.5)  # S_i - p = distance - chi_i / 2
        rest = add_to_subsets(rest, lambda t, s: distance ** (t - s) * (-0.5) ** s)
        if empty is None or np.isclose(
            empty, baseline, rtol=4 * np.finfo(np.float64).eps, atol=0.0
        ):
            empty = baseline - float(rest.coefficients.sum())
        return rest + Spectrum.from_dict(n, {(): empty}), False
    constant = Spectrum.from_dict(n, {(): baseline if empty is None else empty})
    return rest + constant, True


def defines_function(values: InteractionValues) -> bool:
    """Whether :func:`prediction_of` accepts interaction values."""
    name = str(values.index)
    predicts = name in INDEX_NAMES and index_named(name).prediction is not None
    return predicts and values.min_order <= 1


def note_constant(values: InteractionValues, constant: float) -> None:
    """Let values of an index that shapiq does not know carry their value at the empty set.

    shapiq's explainers replace it by their baseline.
    """
    setattr(values, _NOTE, constant)


def noted_constant(values: InteractionValues) -> float | None:
    """What :func:`note_constant` noted, on the scale of the game as the approximator saw it."""
    return getattr(values, _NOTE, None)


def interactions_of(values: InteractionValues) -> dict[Term, float]:
    """The values of a ``shapiq.InteractionValues`` with sorted tuples of Python ints as keys."""
    numbers = values.values.tolist()  # shapiq makes the array anew each time
    return {
        tuple(sorted(map(int, term))): float(numbers[place])
        for term, place in values.interaction_lookup.items()
    }


def _bernoulli_share(degree: int, size: int) -> float:
    return float(bernoulli(degree - size)) if size else 0.0
