"""The last step of every approximator: a spectrum becomes ``shapiq.InteractionValues``.

What is listed at the empty set, and as ``baseline_value``, is what ``ExactComputer`` of shapiq 1.8
lists. ``baseline_value`` is v({}), except that FBII, BV from FBII, and FWBII repeat their constant
term.

===================  ==============================================================================
final index          value at ``()``
===================  ==============================================================================
SII                  mean of v, coalition sizes being equally likely
BII, BV, Fourier     mean of v over all coalitions, F({})
WBII(p), WBV(p)      mean of v if each player is kept with probability p
FBII, FWBII(p)       constant term of the best approximation of degree k (of FBII, the sum of F(T)
                     over |T| <= k)
BV from FBII         the same with k = 1
BV from BGV          0
all others           the baseline v({})
===================  ==============================================================================

shapiq does not know names with a probability, nor shapiq 1.4 "Fourier". Its explainers, operators
and files therefore put ``baseline_value`` at the empty set, and warn unless this package is
registered. For predictions, :func:`~shapiq_spex.reports.prediction.note_constant` keeps the
constant.
"""

from __future__ import annotations

from itertools import accumulate, chain, combinations
from math import comb

import numpy as np
from shapiq.interaction_values import InteractionValues

from shapiq_spex._argument_checks import (
    check_flag,
    check_integer,
    check_number,
)
from shapiq_spex.fourier.conversion import Interactions, convert
from shapiq_spex.fourier.index import index_named
from shapiq_spex.fourier.spectrum import Spectrum, check_spectrum
from shapiq_spex.fourier.terms import Term
from shapiq_spex.reports.prediction import note_constant

_COMPLETE_UP_TO = 4096
"""Interactions up to which all are listed: any order for 12 players, order 2 for 90."""


def to_interaction_values(
    spectrum: Spectrum,
    *,
    index: str = "k-SII",
    max_order: int | None = 2,
    min_order: int = 0,
    top_order: bool = False,
    estimated: bool = True,
    estimation_budget: int | None = None,
    baseline_value: float | None = None,
) -> InteractionValues:
    """Turn a spectrum into shapiq's result object, usable by its plots and its JSON files.

    Up to 4,096 interactions are listed completely. Of more, only the single players and what is
    not zero are listed, as shapiq's sparse approximators do. The empty set is always there, also
    under ``top_order``, because shapiq's explainers write to it.

    Args:
        spectrum: The function to explain.
        index: One of :data:`shapiq_spex.fourier.index.INDEX_NAMES`.
        max_order: The largest order; ``None`` or more than n means n.
        min_order: The smallest order.
        top_order: Return the largest order alone.
        estimated: Whether the spectrum was estimated.
        estimation_budget: The number of coalitions that were evaluated.
        baseline_value: v({}) if it is known better than the spectrum says.

    Raises:
        ValueError: For an unknown index or orders that make no sense.

    Example:
        >>> xor = Spectrum.from_dict(2, {(): 0.5, (0, 1): -0.5})
        >>> values = to_interaction_values(xor, index="k-SII", max_order=2)
        >>> values.dict_values
        {(): 0.0, (0,): 1.0, (1,): 1.0, (0, 1): -2.0}
    """
    check_spectrum(spectrum)
    check_integer(max_order, "max_order", least=1, optional=True)
    check_integer(min_order, "min_order", least=0)
    check_flag(top_order, "top_order")
    check_number(baseline_value, "baseline_value", optional=True, negative=True)
    asked = index_named(index)
    n = spectrum.n_players
    # everything that is called SV (or WBV) is one computation
    same = index_named(index, max_order=n if max_order is None else min(max_order, n))
    interactions = convert(spectrum, same.name, max_order, min_order=min_order, top_order=top_order)
    final = index_named(asked.at_order_one) if interactions.max_order == 1 else asked
    if baseline_value is None:
        of_index = same.empty_value_is_baseline
        baseline_value = interactions.empty_value if of_index else interactions.baseline
    empty_value = interactions.empty_value if final.keeps_empty_value else baseline_value
    values = {(): empty_value} | _at_least_what_plots_read(interactions)
    result = InteractionValues(
        values=np.fromiter(values.values(), dtype=np.float64, count=len(values)),
        # shapiq overwrites the empty value of a name it does not know, but not that of BII
        index=final.name if final.in_every_shapiq else "BII",
        max_order=interactions.max_order,
        min_order=interactions.min_order,
        n_players=interactions.n_players,
        interaction_lookup={term: position for position, term in enumerate(values)},
        estimated=estimated,
        estimation_budget=estimation_budget,
        baseline_value=baseline_value,
    )
    result.index = final.name
    if not final.in_every_shapiq:
        note_constant(result, empty_value)
    return result


def _at_least_what_plots_read(interactions: Interactions) -> dict[Term, float]:
    """All values without the empty set, with zeros where shapiq's plots look for a key."""
    n, lowest = interactions.n_players, max(interactions.min_order, 1)
    sizes = range(lowest, interactions.max_order + 1)
    if any(total > _COMPLETE_UP_TO for total in accumulate(comb(n, size) for size in sizes)):
        sizes = range(lowest, 2)
    players = range(n)
    zeros = dict.fromkeys(chain.from_iterable(combinations(players, s) for s in sizes), 0.0)
    return zeros | dict(zip(interactions.interactions(), interactions.values.tolist(), strict=True))
