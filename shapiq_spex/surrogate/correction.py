r"""What was observed is known: make a surrogate agree with the answers that were paid for.

A fitted surrogate f approximates the game everywhere, also where the game is known. Replacing it
there costs nothing and buys two exact properties:

* For few players, the function "the observed value where there is one, f elsewhere" is written out
  on all 2^n coalitions. Every index of it is exact as soon as every coalition was observed, and the
  error shrinks towards that point instead of levelling off at the error of f.
* For many players 2^n is out of reach and single coalitions carry next to no weight in any index,
  except the two ends in the efficiency axiom  sum_S I(S) = v(N) - v({}).  They are matched by the
  smallest change of the spectrum that treats all players alike,

      f'(S) = f(S) + a + b (n - 2|S|) / n,   a = (r({}) + r(N)) / 2,   b = (r({}) - r(N)) / 2,

  with r = v - f. Every player's Shapley value changes by -2 b / n = (r(N) - r({})) / n: the missing
  amount in equal parts, as symmetry demands (Shapley 1953).
"""

from __future__ import annotations

from math import comb

import numpy as np

from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.index import index_named
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.fourier.walsh import spectrum_of_table, table_of_spectrum
from shapiq_spex.surrogate.residual_values import with_residual_values

_TABLE_WORK = 4_000_000
"""Pairs (term, sub-interaction) that the conversion of a full table may cost: about 0.1 s."""

_TABLE_PLAYERS = 20
"""Players up to which a full table is considered: 8 MB."""


def corrected(
    surrogate: Spectrum,
    coalitions: Coalitions,
    values: Vector,
    law: SizeLaw | Refusal,
    *,
    drawn: int | None = None,
    index: str,
    max_order: int,
) -> Spectrum:
    """Correct a surrogate by its residuals on the observed coalitions.

    Args:
        surrogate: The fitted function f.
        coalitions: The observed coalitions, distinct.
        values: Their values.
        law: The law of the sizes of those that are drawn, if it is known.
        drawn: How many of the first coalitions are drawn; all by default.
        index: The index the result will be converted to.
        max_order: Its largest order, which sets the cost of the conversion.

    Returns:
        A spectrum which agrees with every observation where n is small (all of them if all 2^n
        are given), and otherwise with the two ends if the index shares out v(N) - v({}). If it
        consists of Shapley values as well, those of the residuals are added
        (:mod:`~shapiq_spex.surrogate.residual_values`).
    """
    n_players = surrogate.n_players
    if len(coalitions) == 2**n_players or _table_is_cheap(n_players, max_order):
        table = table_of_spectrum(surrogate)
        table[coalitions.numbers()] = values
        return spectrum_of_table(table)
    record = index_named(index, max_order)
    if record.efficient_over == "none":
        return surrogate
    if record.players_get == "shapley" and not isinstance(law, Refusal):
        surrogate = with_residual_values(surrogate, coalitions[:drawn], values[:drawn], law)
    return _with_exact_ends(surrogate, coalitions, values)


def _table_is_cheap(n_players: int, max_order: int) -> bool:
    if n_players > _TABLE_PLAYERS:
        return False
    work = sum(
        comb(n_players, t) * comb(t, s)
        for t in range(n_players + 1)
        for s in range(min(t, max_order) + 1)
    )
    return work <= _TABLE_WORK


def _with_exact_ends(surrogate: Spectrum, coalitions: Coalitions, values: Vector) -> Spectrum:
    n = surrogate.n_players
    sizes = coalitions.sizes()
    empty, full = np.flatnonzero(sizes == 0), np.flatnonzero(sizes == n)
    if not (len(empty) and len(full)):
        return surrogate
    ends = np.concatenate([empty[:1], full[:1]])
    at_empty, at_full = values[ends] - surrogate.evaluate(coalitions[ends])
    level, slope = (at_empty + at_full) / 2, (at_empty - at_full) / 2
    change = Spectrum(
        n,
        [
            (np.empty((1, 0), dtype=np.int32), [level]),
            (np.arange(n)[:, None], np.full(n, slope / n)),
        ],
    )
    return surrogate + change
