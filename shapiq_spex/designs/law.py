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

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.fourier.coalitions import log_binomial
from shapiq_spex.fourier.terms import Vector

LawName = Literal["uniform", "sizes", "kernel", "near", "range"]
LAW_NAMES: tuple[LawName, ...] = get_args(LawName)
Keep = float | LawName
"""Which coalitions a question is about: the probability of each player to be kept, or a law."""

ALL_SIZES: tuple[Keep, ...] = ("sizes", "kernel")
"""Laws under which any number of players is removed."""

MOST_REMOVED = 5
"""Players that "near" removes at most: the few words or rows that people take out (a choice)."""

_RANGE: dict[Keep, float] = {"uniform": 0.6, 0.9: 0.3, "near": 0.1}
"""The shares of other laws in "range". More of nearly full coalitions cost more than .02 R^2
where half are removed, fewer leave the others badly explained
(:mod:`shapiq_spex.designs.suitable_law`). Chosen by trials on development games."""

_FEWEST_UNIFORM, _UNIFORM_PLAYERS, _MOST_UNIFORM = 0.1, 10.0, 0.4
"""The share of uniform coalitions beside those of a probability, or of "near": 10 / n, from .1 to
.4. Where few players are removed, little happens that shows which of them interact, and of few
players there are few such coalitions. With p = .9, 96 coalitions explain a network on 13 columns
with R^2 .92 at a share of .1 and .98 at .4; near the input, 295 explain boosted trees on 30 columns
with .79 and .93, and 1,329 explain 100 training rows with .97 at .1 and .96 at .3 (means of two
seeds). Chosen by such trials on development games."""

_BASES: dict[Keep, Basis] = {
    "uniform": FOURIER,
    0.5: FOURIER,
    "sizes": Basis(0.6),
    "kernel": Basis(0.6),
    "range": Basis(0.75, levelled=True),
}
"""The basis in which a fit is read, if not that of the mean share kept
(:mod:`shapiq_spex.estimators.gaussian.biased_mean`). That of "range", .66, loses nearly full
coalitions, .9 half-removed ones. Of Shapley values of 100 training rows from 700 retrainings, .5,
.6, .7 and .8 explain .45, .44, .39, .35 where half are removed and -63, -.4, .3, .5 where a few
are. Chosen by such trials on development games."""

_FARTHEST_BASIS = 0.9
"""The largest probability of a basis, and one minus the smallest: beyond, functions of few terms
are no longer found by a few hundred rows (a choice)."""

_LEAST_REMOVED = 1.0
"""Players that rows for a probability remove, and keep, on average at least. Of 64 pixels, 200 rows
for p = .999 explain coalitions without one with R^2 .92 (-9 from rows of this law, .98 with two
removed) and those without three with .62 (-5, .60); of 14 columns, 28 rows for p = .95 explain
coalitions of that law with .73 (.35, .70). Chosen by such trials on development games."""


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
        basis: The basis in which a fit to such coalitions is read.
    """

    size_weights: Vector
    paired: bool
    basis: Basis = FOURIER

    @property
    def is_uniform(self) -> bool:
        """Whether all coalitions are equally likely."""
        uniform = size_weights(len(self.size_weights) - 1, "uniform")
        return np.allclose(self.size_weights / self.size_weights.sum(), uniform, atol=1e-12)

    @classmethod
    def named(cls, n_players: int, keep: Keep, *, paired: bool) -> SizeLaw:
        """The coalitions to evaluate for a question about one of :func:`size_weights`.

        These are drawn by this law, but for a probability a tenth to four tenths of them are
        uniform, and for ``"near"`` half of the others have p = .9. Those of a probability remove
        and keep one player on average, or more: with p = .999, most others would be the full
        coalition, which is evaluated anyway, or one of the n next to it.
        """
        if keep in _BASES:
            return cls(size_weights(n_players, keep), paired, _BASES[keep])
        one = min(0.5, _LEAST_REMOVED / n_players)
        drawn = keep if isinstance(keep, str) else float(np.clip(keep, one, 1.0 - one))
        weights = size_weights(n_players, drawn)
        basis = np.clip(share_kept(n_players, keep), 1.0 - _FARTHEST_BASIS, _FARTHEST_BASIS)
        if keep == "near":
            weights = (weights + size_weights(n_players, 0.9)) / 2.0
        uniform = size_weights(n_players, "uniform")
        share = float(np.clip(_UNIFORM_PLAYERS / n_players, _FEWEST_UNIFORM, _MOST_UNIFORM))
        rows = (1.0 - share) * weights + share * uniform
        return cls(rows, paired, Basis(float(basis)))


def share_kept(n_players: int, keep: Keep) -> float:
    """The share of the players that a law keeps in the mean; by name to two digits, .01 to .99.

    Example:
        >>> share_kept(30, "near"), share_kept(30, 0.9)
        (0.9, 0.9)
    """
    if isinstance(keep, float):
        return keep
    share = float(size_weights(n_players, keep) @ np.arange(n_players + 1)) / n_players
    return float(np.clip(round(share, 2), 0.01, 0.99))


def few_removed(n_players: int) -> int:
    """How many players "near" removes at most: five, but at most a quarter of them, and one."""
    return min(MOST_REMOVED, max(1, n_players // 4))


def size_weights(n_players: int, keep: Keep) -> Vector:
    """The probability of each coalition size 0, 1, ..., n under a law.

    * A probability p: each player is kept independently with probability p, size s with
      probability C(n, s) p^s (1 - p)^(n - s).
    * ``"near"``: 1, 2, ... or :func:`few_removed` players are removed, equally likely.
    * ``"range"``: one explanation for half-removed and nearly full coalitions, a mixture of 60%
      with p = .5, 30% with p = .9 and 10% of ``"near"``.

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
    if not isinstance(keep, str):
        return _binomial(n_players, keep)
    if keep == "uniform":
        return _binomial(n_players, 0.5)
    if keep == "range":
        parts = [share * size_weights(n_players, part) for part, share in _RANGE.items()]
        return np.sum(parts, axis=0)
    weights = np.zeros(n_players + 1)
    if keep == "near":
        weights[n_players - few_removed(n_players) : n_players] = 1.0
        return weights / weights.sum()
    sizes = np.arange(n_players + 1)
    inner = sizes[1:-1]
    weights[1:-1] = 1.0 if keep == "sizes" else 1.0 / (inner * (n_players - inner))
    return weights / weights.sum() if n_players > 1 else np.full(n_players + 1, 0.5)


def _binomial(n_players: int, p: float) -> Vector:
    sizes = np.arange(n_players + 1)
    removed = n_players - sizes
    weights = np.exp(log_binomial(n_players, sizes) + sizes * np.log(p) + removed * np.log1p(-p))
    return weights / weights.sum()
