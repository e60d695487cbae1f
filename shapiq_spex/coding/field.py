r"""Finite fields GF(2^m) and the syndromes of BCH codes: how a set of players becomes few bits.

GF(2^m) has q = 2^m elements, written as the integers 0..q-1 whose bits are the coefficients of
polynomials over GF(2). Addition is exclusive or; the nonzero elements are the powers of one
primitive element alpha, so that a product is an addition of logarithms, ab = alpha^(log a + log b).

Give every player i its own nonzero element a_i, its *label*. The odd power sums

    s_j(T) = sum_{i in T} a_i^(2j-1),      j = 1..t,

are the *syndrome* of a set T of players. They are linear in T (each bit is a parity of some
players), take only t*m bits, and determine T as long as |T| <= t: two sets with the same odd power
sums have the same power sums up to 2t (s -> s^2 is additive, which supplies the even ones), hence
differ by a dependency among more than 2t columns of a Vandermonde matrix. The t*m parities are
the parity checks of the binary t-error-correcting code of Bose, Ray-Chaudhuri and Hocquenghem
(MacWilliams and Sloane, *The Theory of Error-Correcting Codes*, 1977, chapters 7 and 9).

The fields are those of the Conway polynomials, as in the library `galois`. It is not imported: the
decoder needs logarithm tables alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Elements = NDArray[np.int32]

_CONWAY_POLYNOMIALS = (
    *(0b111, 0b1011, 0b10011, 0b100101, 0b1011011, 0b10000011, 0b100011101, 0b1000010001),
    *(0x46F, 0x805, 0x10EB, 0x201B, 0x40A9, 0x8035, 0x1002D, 0x20009, 0x41403, 0x80027),
    *(0x1006F3, 0x200065, 0x401F61, 0x800021, 0x101E6A9),
)
"""Those of GF(2^2), GF(2^3), ..., bit k being the coefficient of x^k; x is a primitive element.
(F. Lübeck, *Conway polynomials for finite fields*.)"""


class Field(NamedTuple):
    """Tables of GF(2^m) in which zero needs no special treatment: ab = exp[log a + log b].

    Attributes:
        m: The degree of the extension.
        exp: alpha^0, alpha^1, ... over two periods, then zeros.
        log: The logarithm of every nonzero element; that of zero points to the zeros of ``exp``
            whatever is added to it.
    """

    m: int
    exp: Elements
    log: Elements


def field_for(n_players: int) -> Field:
    """The smallest field that has a nonzero element for every player.

    Example:
        >>> [field_for(n).m for n in (1, 3, 4, 1000, 100_000)]
        [2, 2, 3, 10, 17]
    """
    return binary_field(max(2, n_players.bit_length()))


@lru_cache(maxsize=32)
def binary_field(m: int) -> Field:
    """The tables of GF(2^m) (cost 2^m, once per process).

    Raises:
        ValueError: If m is below 2 or above 24.

    Example:
        >>> field = binary_field(3)
        >>> field.exp[:7].tolist()
        [1, 2, 4, 3, 6, 7, 5]
    """
    largest = len(_CONWAY_POLYNOMIALS) + 1
    if not 2 <= m <= largest:
        raise ValueError(f"codes are for up to {2**largest - 1:,} players, got a field of 2^{m}")
    powers = [1]
    for _ in range(2**m - 2):
        power = powers[-1] << 1
        powers.append(power ^ _CONWAY_POLYNOMIALS[m - 2] if power >> m else power)
    period = len(powers)
    log = np.full(period + 1, 2 * period, dtype=np.int32)
    log[powers] = np.arange(period)
    exp = np.zeros(4 * period + 1, dtype=np.int32)
    exp[: 2 * period] = np.tile(powers, 2)
    for table in (exp, log):  # they are shared by every caller
        table.setflags(write=False)
    return Field(m, exp, log)


def odd_powers(field: Field, labels: Elements, t: int) -> Elements:
    """The odd powers a, a^3, ..., a^(2t-1) of every label: an ``(n, t)`` matrix.

    Row i is column i of the parity-check matrix of the t-error-correcting BCH code.

    Example:
        >>> odd_powers(binary_field(3), np.array([1, 2, 4], dtype=np.int32), 2).tolist()
        [[1, 1], [2, 3], [4, 5]]
    """
    exponents = np.outer(field.log[labels].astype(np.int64), 2 * np.arange(t) + 1)
    return field.exp[exponents % (2**field.m - 1)]
