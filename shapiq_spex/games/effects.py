r"""Synergies and redundancies: sets of players that are worth more, or less, than their parts.

The size of an effect is the Banzhaf interaction index, the mean discrete derivative

    I(T) = E_S [ sum_{U <= T} (-1)^{|T| - |U|} v(S | U) ] = (-2)^{|T|} F(T)

(M. Grabisch, M. Roubens, *An axiomatic approach to the concept of interaction*, 1999): above 0
the players of T are worth more together than apart (a synergy), below 0 less (a redundancy).

*Intervals* come from the ablations alone, whatever surrogate was fitted. In each of five folds of
pairs {S, complement of S} a surrogate g is fitted without the fold; the difference estimator

    D(T) = (-2)^{|T|} [ G(T) + mean over the fold's pairs of (v - g) chi_T ]

is unbiased for uniformly random coalitions. The interval is the hull of D and of the estimate
P = (-2)^{|T|} F(T), each give or take t standard errors: D covers its target, P is the better
estimate, and their hull covers it also for the effects one picks because they look large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from shapiq.interaction_values import InteractionValues

from shapiq_spex.approximators.base import SpectralApproximator
from shapiq_spex.approximators.spex import SPEX
from shapiq_spex.estimators.contract import paired_folds, pairs
from shapiq_spex.fourier.spectrum import Spectrum, Vector
from shapiq_spex.fourier.terms import Term

_FOLDS = 5
_FEWEST_PAIRS = 40
Source = Spectrum | InteractionValues | SpectralApproximator
Kind = Literal["synergy", "redundancy"]


@dataclass(frozen=True)
class Effect:
    """What a set of players is worth beyond its parts.

    Attributes:
        players: The players.
        names: Their names.
        size: The interaction, with its sign.
        low: Lower end of the interval; NaN where none can be given.
        high: Upper end.

    Example:
        >>> effect = Effect((0, 1), ("ann", "bob"), size=1.0, low=0.5, high=1.5)
        >>> effect.kind, effect.established
        ('synergy', True)
        >>> print(effect)
        synergy    +1 [+0.5, +1.5]  ann x bob
    """

    players: Term
    names: tuple[str, ...]
    size: float
    low: float
    high: float

    @property
    def kind(self) -> Kind:
        """A synergy is worth more together, a redundancy less."""
        return "synergy" if self.size > 0 else "redundancy"

    @property
    def established(self) -> bool:
        """Whether the interval leaves no doubt about the sign."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        interval = f" [{self.low:+.4g}, {self.high:+.4g}]" if np.isfinite(self.low) else ""
        return f"{self.kind:<10} {self.size:+.4g}{interval}  {' x '.join(self.names)}"


def synergies(
    source: Source,
    count: int = 10,
    *,
    order: int = 2,
    names: Sequence[str] | None = None,
    confidence: float = 0.9,
) -> list[Effect]:
    """The sets of players that gain most by being together, largest first.

    Args:
        source: A spectrum; interaction values (as their index measures interaction); or an
            approximator after a call, which alone gives intervals.
        count: The largest number of effects.
        order: The number of players of a set.
        names: Names of the players.
        confidence: Of the intervals. They need an approximator whose latest coalitions were
            uniformly random (ProxySPEX for indices of the Banzhaf family, or with
            ``sampling="uniform"``), at least 40 pairs of them; elsewhere they are NaN. It is
            fitted five more times, on the answers it has.

    Raises:
        ValueError: If the order is below 2 or the source does not go that far.

    Example:
        >>> both = Spectrum.from_dict(3, {(): 0.25, (0,): -0.25, (1,): -0.25, (0, 1): 0.25})
        >>> print(*synergies(both, names=["ann", "bob", "cy"]))
        synergy    +1  ann x bob
    """
    positive = {term: size for term, size in _sizes(source, order).items() if size > 0}
    chosen = sorted(positive, key=lambda term: -positive[term])[:count]
    return _effects(source, {term: positive[term] for term in chosen}, names, confidence)


def redundancies(
    source: Source,
    count: int = 10,
    *,
    order: int = 2,
    names: Sequence[str] | None = None,
    confidence: float = 0.9,
) -> list[Effect]:
    """The sets of players that lose most by being together; see :func:`synergies`.

    Example:
        >>> either = Spectrum.from_dict(2, {(): 0.75, (0,): -0.25, (1,): -0.25, (0, 1): -0.25})
        >>> redundancies(either)[0].size
        -1.0
    """
    negative = {term: size for term, size in _sizes(source, order).items() if size < 0}
    chosen = sorted(negative, key=lambda term: negative[term])[:count]
    return _effects(source, {term: negative[term] for term in chosen}, names, confidence)


def _effects(
    source: Source, sizes: dict[Term, float], names: Sequence[str] | None, confidence: float
) -> list[Effect]:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    ends = np.full((len(sizes), 2), np.nan)
    # the coded coalitions of SPEX are no random sample
    if isinstance(source, SpectralApproximator) and not isinstance(source, SPEX) and sizes:
        estimates = np.fromiter(sizes.values(), dtype=np.float64)
        ends = _intervals(source, list(sizes), estimates, confidence)
    return [
        Effect(
            term,
            tuple(f"player {p}" if names is None else names[p] for p in term),
            size,
            *map(float, end),
        )
        for (term, size), end in zip(sizes.items(), ends, strict=True)
    ]


def _sizes(source: object, order: int) -> dict[Term, float]:
    if order < 2:
        raise ValueError(f"an interaction has at least 2 players, got order {order}")
    if isinstance(source, InteractionValues):
        if source.max_order < order:
            raise ValueError(
                f"these interaction values go up to order {source.max_order}, not {order}"
            )
        return {t: float(source[t]) for t in source.interaction_lookup if len(t) == order}
    if isinstance(source, SpectralApproximator):
        if not hasattr(source, "spectrum_"):
            raise ValueError("the approximator has not been called yet")
        source = source.spectrum_
    if not isinstance(source, Spectrum):
        raise TypeError(
            "a Spectrum, InteractionValues or an approximator is needed, got "
            f"{type(source).__name__}"
        )
    return {
        term: (-2.0) ** order * coefficient
        for group in source.groups
        if group.degree == order
        for term, coefficient in zip(group.tuples(), group.coefficients.tolist(), strict=True)
    }


def _intervals(
    approximator: SpectralApproximator, terms: list[Term], estimates: Vector, confidence: float
) -> NDArray[np.float64]:
    """Both ends of the interval of each term; NaN where the rows do not allow one."""
    coalitions, values = approximator.ablations_
    n = coalitions.n_players
    if len(coalitions) == 2.0**n:
        return np.column_stack([estimates, estimates])
    sizes = coalitions.sizes()
    inner = np.flatnonzero((sizes > 0) & (sizes < n))  # the two ends are in every plan
    dense = coalitions.dense()
    pair_of_row = np.full(len(dense), -1)
    pair_of_row[inner] = pairs(dense[inner])
    n_pairs = int(pair_of_row.max(initial=-1)) + 1
    if n_pairs < _FEWEST_PAIRS or not _look_uniform(sizes[inner], n):
        return np.full((len(terms), 2), np.nan)
    folds = np.full(len(dense), -1)
    folds[inner] = paired_folds(dense[inner], _FOLDS, np.random.default_rng(0))
    parity = np.stack([np.logical_xor.reduce(dense[:, list(t)], axis=1) for t in terms], axis=1)
    chi = 1.0 - 2.0 * parity
    difference = np.zeros(len(terms))
    residuals = np.zeros(len(dense))
    for fold in range(_FOLDS):
        left_out = folds == fold
        surrogate = _fitted(approximator, ~left_out)
        share = left_out.sum() / len(inner)
        difference += share * np.array([surrogate[term] for term in terms])
        residuals[left_out] = values[left_out] - surrogate.evaluate(coalitions[left_out])
    scores = np.zeros((n_pairs, len(terms)))
    np.add.at(scores, pair_of_row[inner], (residuals[:, None] * chi)[inner])
    scores /= np.bincount(pair_of_row[inner], minlength=n_pairs)[:, None]
    factor = (-2.0) ** len(terms[0])
    difference = factor * (difference + scores.mean(axis=0))
    unseen = 1.0 - len(coalitions) / 2.0**n
    error = abs(factor) * scores.std(axis=0, ddof=1) * np.sqrt(unseen / n_pairs)
    reach = stats.t.ppf(0.5 + confidence / 2.0, n_pairs - 1) * error
    return np.column_stack(
        [np.minimum(estimates, difference) - reach, np.maximum(estimates, difference) + reach]
    )


def _fitted(approximator: SpectralApproximator, rows: NDArray[np.bool_]) -> Spectrum:
    """The spectrum the approximator recovers from some of its rows; it is not changed itself."""
    from copy import copy

    coalitions, values = approximator.ablations_
    twin = copy(approximator)
    twin.approximate_from(coalitions[rows], values[rows])
    return twin.spectrum_


def _look_uniform(sizes: NDArray[np.int64], n: int) -> bool:
    """Whether the sizes vary as those of uniformly random coalitions do: by n / 4."""
    spread = ((sizes - n / 2.0) ** 2).mean() / (n / 4.0)
    return abs(spread - 1.0) < 5.0 * np.sqrt(2.0 / len(sizes)) + 1.0 / n
