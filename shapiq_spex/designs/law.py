r"""Laws of coalition sizes, and how to say that there is none.

Given its size, a random coalition is uniform here, so a law is a probability for each size.
*Pairing* draws the complement right after each coalition: every parity of even degree takes the
same value on both and every parity of odd degree the opposite one, so the two halves of the
spectrum are estimated without disturbing each other (Covert & Lee 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import binom

from shapiq_spex.fourier.terms import Vector

LawName = Literal["uniform", "sizes", "kernel"]
LAW_NAMES: tuple[LawName, ...] = get_args(LawName)

Keep = float | LawName | Literal["near"]
"""A law of sizes: its name, or the probability with which each player is kept."""

_MOST_REMOVED = 5
"""The most players that are removed "near" the full coalition. A choice."""


@dataclass(frozen=True)
class Refusal:
    """Why something cannot be given; whatever may be refused is returned as ``Thing | Refusal``.

    Attributes:
        reason: One or more sentences for the user.
    """

    reason: str


@dataclass(frozen=True, eq=False)
class SizeLaw:
    """How coalitions were drawn: at random, without repetition, after the two ends.

    Attributes:
        size_weights: The probability of each size 0 ... n, on any scale.
        paired: Whether each coalition is followed by its complement.
    """

    size_weights: Vector
    paired: bool

    @classmethod
    def named(cls, n_players: int, name: LawName, *, paired: bool) -> SizeLaw:
        """One of the laws of :func:`size_weights`."""
        return cls(size_weights(n_players, name), paired)


def few_removed(n_players: int) -> int:
    """The largest number of players that counts as a few: 5, or a quarter of fewer than 20.

    Example:
        >>> few_removed(30), few_removed(9), few_removed(2)
        (5, 2, 1)
    """
    return min(_MOST_REMOVED, max(1, n_players // 4))


def size_weights(n_players: int, keep: Keep) -> Vector:
    """The probability of each coalition size 0, 1, ..., n under a law.

    * a probability p: each player is kept independently with probability p.
    * ``"near"``: the number of players removed is equally likely 1, ..., :func:`few_removed`.

    * ``"uniform"``: every coalition equally likely, size s with probability C(n, s) / 2^n. The
      Fourier basis is orthonormal under it; faithfulness (R^2) and Banzhaf indices refer to it.
    * ``"sizes"``: every size 1 ... n-1 equally likely, the law behind the Shapley value as an
      average over coalition sizes (Shapley 1953).
    * ``"kernel"``: size s with probability proportional to 1 / (s (n - s)), which is the law of the
      KernelSHAP regression (Lundberg & Lee 2017).

    Example:
        >>> size_weights(4, "sizes")
        array([0.        , 0.33333333, 0.33333333, 0.33333333, 0.        ])
    """
    sizes = np.arange(n_players + 1)
    if not isinstance(keep, str):
        return binom.pmf(sizes, n_players, keep)
    if keep == "near":
        removed = few_removed(n_players)
        return np.where((sizes < n_players) & (sizes >= n_players - removed), 1.0 / removed, 0.0)
    if keep == "uniform":
        weights = np.exp(log_binomial(n_players, sizes) - n_players * np.log(2.0))
        return weights / weights.sum()
    weights = np.zeros(n_players + 1)
    inner = sizes[1:-1]
    weights[1:-1] = 1.0 if keep == "sizes" else 1.0 / (inner * (n_players - inner))
    return weights / weights.sum() if n_players > 1 else np.full(n_players + 1, 0.5)


def log_binomial(n: int, k: NDArray[np.integer]) -> Vector:
    """Log C(n, k)."""
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
