r"""From a syndrome to a set of players: the algebraic decoding of BCH codes, compiled.

Given the odd power sums s_1, s_3, ..., s_(2t-1) of the labels of an unknown set T
(:mod:`shapiq_spex.coding.field`), with |T| <= t:

1. The *locator* prod_{i in T} (1 - a_i z) is the shortest linear recursion that generates all the
   power sums s_1, ..., s_2t (Newton's identities); Berlekamp's algorithm, in Massey's form, finds
   it. For wrong syndromes there is some recursion, too.
2. Its reciprocal prod (z - a_i) has |T| distinct roots in GF(2^m). A random polynomial of degree d
   has with probability 1/d! only: a quick test is z^(2^m) = z modulo the polynomial, because
   z^(2^m) - z is the product of (z - a) over all elements a of the field.
3. The roots are looked for among the labels in use (Chien's search).

Cost, in multiplications: t^2 for the first step, m d^2 for the second, n d for the last.
References: Berlekamp, *Algebraic Coding Theory*, 1968; Massey, IEEE Trans. Inf. Theory 15, 1969;
MacWilliams and Sloane, *The Theory of Error-Correcting Codes*, 1977, section 9.6.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from shapiq_spex.coding.field import Elements, Field

Members = NDArray[np.int32]
"""Terms, one row of players each, in increasing order and filled up with -1."""


def players_of(field: Field, labels: Elements, odd: Elements) -> Members | None:
    """The set of at most t players with the given odd power sums, if there is one.

    Args:
        field: The field of the labels.
        labels: The label of every player.
        odd: s_1, s_3, ..., s_(2t-1).

    Returns:
        The players in increasing order, or ``None``.

    Example:
        >>> from shapiq_spex.coding.field import binary_field
        >>> players_of(binary_field(3), np.array([1, 2, 4], np.int32), np.array([6, 6], np.int32))
        array([1, 2], dtype=int32)
    """
    members = np.empty(len(odd), dtype=np.int32)
    workspace = np.empty((4, 2 * len(odd) + 2), dtype=np.int32)
    degree = search_players(field, labels, np.asarray(odd, dtype=np.int32), workspace, members)
    return None if degree < 0 else members[:degree]


@njit(cache=True)
def search_players(
    field: Field, labels: Elements, odd: Elements, workspace: Elements, members: Members
) -> int:
    """Write the players into ``members``, fill up with -1, return their number; -1 if none fit."""
    locator = workspace[0]
    degree = _locator(field, odd, workspace)
    if degree < 0 or not _splits(field, locator, degree, workspace[1]):
        return -1
    found = 0
    for player in range(len(labels)):
        if found == degree:
            break
        label = labels[player]
        value = np.int32(1)
        for i in range(1, degree + 1):
            value = _multiply(field, value, label) ^ locator[i]
        if value == 0:
            members[found] = player
            found += 1
    members[found:] = -1
    return degree if found == degree else -1


@njit(cache=True)
def _multiply(field: Field, a: Any, b: Any) -> Any:
    if a == 0 or b == 0:
        return np.int32(0)
    return field.exp[field.log[a] + field.log[b]]


@njit(cache=True)
def _locator(field: Field, odd: Elements, workspace: Elements) -> int:
    """Berlekamp-Massey. The coefficients 1, c_1, ..., c_d of the locator go to ``workspace[0]``.

    Returns:
        The degree d; -1 if there is no recursion of length d <= t and degree d.
    """
    t = len(odd)
    current, previous, scratch, sums = workspace
    for k in range(1, 2 * t + 1):  # even power sums are squares
        sums[k] = odd[k >> 1] if k & 1 else _multiply(field, sums[k >> 1], sums[k >> 1])
    current[:] = 0
    previous[:] = 0
    current[0] = previous[0] = 1
    length, shift, last = 0, 1, np.int32(1)
    for step in range(0, 2 * t, 2):  # the discrepancies in between vanish for binary codes
        discrepancy = sums[step + 1]
        for i in range(1, length + 1):
            discrepancy ^= _multiply(field, current[i], sums[step + 1 - i])
        if discrepancy != 0:
            factor = field.exp[field.log[discrepancy] + len(field.log) - 1 - field.log[last]]
            scratch[:] = current
            for i in range(len(current) - shift):
                current[i + shift] ^= _multiply(field, factor, previous[i])
            if 2 * length <= step:
                length = step + 1 - length
                if length > t:
                    return -1
                previous[:] = scratch
                last = discrepancy
                shift = 0
        shift += 2
    if current[length] == 0 or np.any(current[length + 1 :]):
        return -1
    return length


@njit(cache=True)
def _splits(field: Field, locator: Elements, degree: int, power: Elements) -> bool:
    """Whether z^d + c_1 z^(d-1) + ... + c_d has d distinct roots; ``power`` is scratch."""
    if degree <= 1:
        return True
    power[:] = 0
    power[1] = 1
    for _ in range(field.m):
        for i in range(degree - 1, -1, -1):  # squaring spreads the squared coefficients
            power[2 * i] = _multiply(field, power[i], power[i])
            if i > 0:
                power[2 * i - 1] = 0
        for top in range(2 * degree - 2, degree - 1, -1):
            lead = power[top]
            if lead != 0:
                for i in range(1, degree + 1):
                    power[top - i] ^= _multiply(field, lead, locator[i])
                power[top] = 0
    power[1] ^= 1
    return not np.any(power[:degree])
