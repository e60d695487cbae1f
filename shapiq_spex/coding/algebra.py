r"""From a syndrome to a set of players: the algebraic decoding of BCH codes, compiled.

Given the odd power sums s_1, s_3, ..., s_(2t-1) of the labels of an unknown set T
(:mod:`shapiq_spex.coding.field`), with |T| <= t:

1. The *locator* prod_{i in T} (1 - a_i z) is the shortest linear recursion that generates all the
   power sums s_1, ..., s_2t (Newton's identities). Berlekamp's algorithm, in Massey's form, finds
   it. A wrong syndrome yields some other recursion.
2. The reciprocal prod (z - a_i) has |T| distinct roots in GF(2^m). A random polynomial of degree d
   has d distinct roots with probability 1/d! only. The test is z^(2^m) = z modulo the polynomial,
   because z^(2^m) - z is the product of (z - a) over all elements a of the field.
3. Chien's search tries the labels in use as roots.

Cost, in multiplications: t^2 for the first step, m d^2 for the second, n d for the last.
References: Berlekamp, *Algebraic Coding Theory*, 1968; Massey, IEEE Trans. Inf. Theory 15, 1969;
MacWilliams and Sloane, *The Theory of Error-Correcting Codes*, 1977, section 9.6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._compiled import compiled
from shapiq_spex.coding.field import Elements, Field

Members = NDArray[np.int32]
"""Terms, one row of players each, in increasing order and padded with -1."""


@compiled
def search_players(
    field: Field, labels: Elements, odd: Elements, workspace: Elements, members: Elements
) -> int:
    """Write the players into ``members``, pad with -1, return their number; -1 if none fit.

    The loops are written out because a slice of an array costs more than the arithmetic.
    """
    locator = workspace[0]
    degree = _locator(field, odd, workspace)
    if degree < 0 or not _splits(field, locator, degree, workspace[1]):
        return -1
    exp, log = field.exp, field.log
    found = 0
    for player in range(len(labels)):
        if found == degree:
            break
        value, log_label = 1, log[labels[player]]
        for i in range(1, degree + 1):
            value = exp[log[value] + log_label] ^ locator[i]
        if value == 0:
            members[found] = player
            found += 1
    for place in range(found, len(members)):
        members[place] = -1
    return degree if found == degree else -1


@compiled
def _locator(  # noqa: PLR0912
    field: Field, odd: Elements, workspace: Elements
) -> int:
    """Berlekamp-Massey. The coefficients 1, c_1, ..., c_d of the locator go to ``workspace[0]``.

    Returns:
        The degree d; -1 if there is no recursion of length d <= t and degree d.
    """
    exp, log, period = field.exp, field.log, (1 << field.m) - 1
    current, previous, scratch, sums = workspace[0], workspace[1], workspace[2], workspace[3]
    t, size = len(odd), len(current)
    for k in range(1, 2 * t + 1):  # even power sums are squares
        sums[k] = odd[k >> 1] if k & 1 else exp[2 * log[sums[k >> 1]]]
    for i in range(size):
        current[i] = previous[i] = 0
    current[0] = previous[0] = 1
    length, shift, log_last = 0, 1, 0
    for step in range(0, 2 * t, 2):  # the discrepancies in between vanish for binary codes
        discrepancy = sums[step + 1]
        for i in range(1, length + 1):
            discrepancy ^= exp[log[current[i]] + log[sums[step + 1 - i]]]
        if discrepancy != 0:
            log_factor = (log[discrepancy] - log_last) % period
            for i in range(size):
                scratch[i] = current[i]
            for i in range(size - shift):
                current[i + shift] ^= exp[log_factor + log[previous[i]]]
            if 2 * length <= step:
                length = step + 1 - length
                if length > t:
                    return -1
                for i in range(size):
                    previous[i] = scratch[i]
                log_last = log[discrepancy]
                shift = 0
        shift += 2
    if current[length] == 0:
        return -1
    for i in range(length + 1, size):
        if current[i] != 0:
            return -1
    return length


@compiled
def _splits(field: Field, locator: Elements, degree: int, power: Elements) -> bool:
    """Whether z^d + c_1 z^(d-1) + ... + c_d has d distinct roots; ``power`` is scratch."""
    if degree <= 1:
        return True
    exp, log = field.exp, field.log
    for i in range(2 * degree):
        power[i] = 0
    power[1] = 1
    for _ in range(field.m):
        for i in range(degree - 1, 0, -1):  # squaring spreads the squared coefficients
            power[2 * i] = exp[2 * log[power[i]]]
            power[2 * i - 1] = 0
        power[0] = exp[2 * log[power[0]]]
        for top in range(2 * degree - 2, degree - 1, -1):
            log_lead = log[power[top]]
            for i in range(1, degree + 1):
                power[top - i] ^= exp[log_lead + log[locator[i]]]
    if power[1] != 1 or power[0] != 0:
        return False
    higher = 0
    for i in range(2, degree):
        higher |= power[i]
    return higher == 0
