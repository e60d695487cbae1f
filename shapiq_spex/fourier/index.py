r"""Interaction indices: one record per index, with everything the package knows about it.

Every index is linear in the spectrum and treats all players alike, so the coefficient F(T) enters
the value of S with a weight that depends on sizes alone: t = |T|, s = |S| and the largest order k.

    I(S) = sum_{T >= S} W(t, s, k) F(T)

:mod:`shapiq_spex.fourier.index_weights` derives the building blocks of W. The *generalized values*
(:mod:`shapiq_spex.fourier.generalized_values`) are given by the mean e(r, s) of a parity of r
players outside S instead; they are non-zero for almost all S.

=========  ===================================================================================
index      W(t, s, k) for 1 <= s <= min(t, k)
=========  ===================================================================================
Fourier    1 for s = t (O'Donnell 2014)
SV, SII,   (-2)^s e(t-s, s), e the mean parity of the family of the index: shapley, banzhaf,
BV, BII,   chaining, internal (Moebius), external (Co-Moebius)
CHII,
(Co-)Moeb.
WBV(p),    the same if each player is kept with probability p: (-2)^s (1-2p)^{t-s} (Marichal &
WBII(p)    Mathonet 2011; Li & Yu 2023)
FBII       (-2)^s for t <= k: the best approximation of degree k under the uniform law is the
           truncated spectrum (Grabisch, Marichal & Roubens 2000; Tsai et al. 2023)
FWBII(p)   sum_{r=s}^{min(t,k)} C(t-s, r-s) (-p)^{r-s} (-2)^r (1-2p)^{t-r}: the same under the law
           that keeps each player with probability p (:mod:`shapiq_spex.fourier.biased`)
k-SII      sum_{r=s}^{min(t,k)} C(t-s, r-s) B_{r-s} W_SII(t, r), B the Bernoulli numbers with
           B_1 = -1/2 (Bordt & von Luxburg 2023)
STII       omega(r, s, k) = [r = s] for s < k and 1/C(r, k) for s = k
           (Sundararajan, Dhamdhere & Agarwal 2020)
FSII       omega = [r = s] for r <= k, otherwise (Tsai, Yeh & Ravikumar 2023)
           (-1)^{k-s} s/(k+s) C(k, s) C(r-1, k) / C(r+k-1, k+s)
kADD-SHAP  SII of the FSII approximation, sum_{r=s}^{k} C(t-s, r-s) W_FSII(t, r, k) / (r-s+1):
           both fit the same k-additive game by the same weighted regression and differ in the
           coordinates they report (Pelegrina, Duarte & Grabisch 2023)
=========  ===================================================================================

At s = 0, indices that average derivatives report that average of v itself, FBII, FWBII and Moebius
their constant term, and all others, which are not defined there, v({}), that is W(t, 0, k) = 1.
References are listed in :mod:`shapiq_spex.fourier.index_weights`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from math import comb
from typing import Literal

from shapiq_spex._argument_checks import check_probability, is_one_of
from shapiq_spex.fourier.generalized_values import joint_mean_parity
from shapiq_spex.fourier.index_weights import (
    Family,
    bernoulli,
    mean_parity,
    through_moebius,
    truncated_share,
)

Weight = Callable[[int, int, int], Fraction]
"""(t, s, k) -> W, the weight of a coefficient of degree t in the value of s of its players."""

ParityMean = Callable[[int, int, int, int], Fraction]
"""(r, s, k, n) -> e, the mean parity of r players outside a group of s."""


@dataclass(frozen=True, kw_only=True)
class Index:
    """Everything the package knows about one interaction index.

    Attributes:
        name: Its name in shapiq. Where it has a probability, the name ends in it: "FWBII(0.9)".
        weight: W(t, s, k) of an interaction index, s = 0 included. ``None`` for generalized values.
        parity_mean: e(r, s) of a generalized value. ``None`` for interaction indices.
        only_order: The only order it has (1 for SV and BV); ``None`` if there are several.
        at_order_one: The name shapiq gives it if the largest order is 1.
        efficient_over: Which of its values add up to v(N) - v({}): those of all ``"interactions"``,
            those of the single ``"players"`` (which makes it efficient at order 1 alone), or
            ``"none"``. Where there are any, both ends must be known exactly.
        players_get: ``"shapley"`` if the value of a single player is its Shapley value, or if the
            values add up to the players' Shapley values when interactions are shared out equally.
        law: The family of size laws that estimates it best
            (:mod:`shapiq_spex.designs.suitable_law`).
        keeps_empty_value: Whether shapiq keeps the index's own value at the empty set. Otherwise
            it stores v({}) there.
        empty_value_is_baseline: Whether the index's own value at the empty set also replaces v({})
            as the ``baseline_value``.
        prediction: Which function of the coalition its values define
            (:mod:`shapiq_spex.reports.prediction`); ``None`` if there is none.
        intervals_up_to: The largest ``max_order`` up to which its intervals were checked against
            exact values; 0 if they were not, or did not hold.
        depends_on_max_order: Whether the values of small sets depend on the largest order.
        in_every_shapiq: Whether all supported versions of shapiq know the name.
        keep: The probability p with which it keeps each player; ``None`` if it has none.
    """

    name: str
    weight: Weight | None = None
    parity_mean: ParityMean | None = None
    only_order: int | None = None
    at_order_one: str
    efficient_over: Literal["interactions", "players", "none"] = "none"
    players_get: Literal["shapley", "other"] = "other"
    law: Literal["uniform", "shapley"] = "uniform"
    keeps_empty_value: bool = False
    empty_value_is_baseline: bool = False
    prediction: Literal["sum", "aggregated", "parities", "spectrum"] | None = None
    intervals_up_to: int = 0
    depends_on_max_order: bool = False
    in_every_shapiq: bool = True
    keep: float | None = None

    @property
    def generalized(self) -> bool:
        """Whether it is a generalized value."""
        return self.parity_mean is not None


def index_named(name: str, max_order: int | None = None) -> Index:
    """The record of an index.

    Args:
        name: The name of the index.
        max_order: The largest order. With 1, what is then called SV or WBV is that index.

    Raises:
        ValueError: If there is no such index.

    Example:
        >>> index_named("STII").name, index_named("STII", max_order=1).name
        ('STII', 'SV')
        >>> index_named("WBII(.90)").name, index_named("WBII(.90)").keep
        ('WBII(0.9)', 0.9)
    """
    record = _record(name)
    if record is None:
        raise ValueError(f"unknown index {name!r}; a spectrum determines {', '.join(INDEX_NAMES)}")
    of_players = max_order == 1 and record.at_order_one.startswith(("SV", "WBV"))
    return index_named(record.at_order_one) if of_players else record


def completed_index(name: str, keep: float) -> str:
    """The name of an index, with the probability ``keep`` if it needs one and has none.

    Example:
        >>> completed_index("FWBII", 0.9), completed_index("WBII(0.8)", 0.9)
        ('FWBII(0.9)', 'WBII(0.8)')
    """
    return f"{name}({float(keep)!r})" if is_one_of(name, _WEIGHTED) else name


@cache
def interaction_weight(name: str, degree: int, size: int, max_order: int) -> Fraction:
    """The weight W(t, s, k) of an interaction index.

    Args:
        name: The name of the index; generalized values have no such weight.
        degree: t = |T|.
        size: s = |S| <= t.
        max_order: k, the largest order.

    Raises:
        ValueError: If there is no such interaction index.

    Example:
        >>> interaction_weight("k-SII", 5, 2, 2), interaction_weight("STII", 5, 2, 2)
        (Fraction(0, 1), Fraction(4, 5))
    """
    weight = index_named(name).weight
    if weight is None:
        raise ValueError(f"{name} is a generalized value, not an interaction index")
    return weight(degree, size, max_order)


def _fourier(t: int, s: int, _: int) -> Fraction:
    return Fraction(int(t == s))


def _mean_derivative(family: Family, *, at_empty: Literal["mean", "v({})"] = "mean") -> Weight:
    """The weight of an index that averages derivatives over the random coalitions of a family."""

    def weight(t: int, s: int, _: int) -> Fraction:
        if s == 0 and at_empty == "v({})":
            return Fraction(1)
        return (-2) ** s * mean_parity(family, t - s, s)

    return weight


_sii = _mean_derivative("shapley")


def _fbii(t: int, s: int, k: int) -> Fraction:
    return Fraction((-2) ** s if t <= k else 0)


def _k_sii(t: int, s: int, k: int) -> Fraction:
    if s == 0:
        return Fraction(1)
    return sum(
        (comb(t - s, r - s) * bernoulli(r - s) * _sii(t, r, k) for r in range(s, min(t, k) + 1)),
        Fraction(0),
    )


def _stii(t: int, s: int, k: int) -> Fraction:
    def share(r: int) -> Fraction:
        return Fraction(int(r == s)) if s < k or r < k else Fraction(1, comb(r, k))

    return through_moebius(share, t, s) if s else Fraction(1)


@cache
def _fsii(t: int, s: int, k: int) -> Fraction:
    def share(r: int) -> Fraction:
        if r <= k:
            return Fraction(int(r == s))
        numerator = (-1) ** (k - s) * s * comb(k, s) * comb(r - 1, k)
        return Fraction(numerator, (k + s) * comb(r + k - 1, k + s))

    return through_moebius(share, t, s) if s else Fraction(1)


def _kadd_shap(t: int, s: int, k: int) -> Fraction:
    if s == 0:
        return Fraction(1)
    return sum(
        (comb(t - s, r - s) * _fsii(t, r, k) / (r - s + 1) for r in range(s, min(t, k) + 1)),
        Fraction(0),
    )


def _family_parity(family: Family) -> ParityMean:
    return lambda r, s, k, n: mean_parity(family, r, s)


_shapley_value = partial(Index, at_order_one="SV", players_get="shapley")
_faithful_sum = partial(
    Index,
    at_order_one="SV",
    efficient_over="interactions",
    law="shapley",
    prediction="sum",
    depends_on_max_order=True,
)

INDICES: dict[str, Index] = {
    record.name: record
    for record in (
        _shapley_value(
            name="SV",
            weight=_mean_derivative("shapley", at_empty="v({})"),
            only_order=1,
            efficient_over="interactions",
            law="shapley",
            prediction="sum",
            intervals_up_to=1,
        ),
        Index(
            name="BV",
            weight=_mean_derivative("banzhaf"),
            only_order=1,
            at_order_one="BV",
            keeps_empty_value=True,
            prediction="parities",
            intervals_up_to=1,
        ),
        _shapley_value(
            name="SII",
            weight=_sii,
            efficient_over="players",
            law="shapley",
            keeps_empty_value=True,
            prediction="aggregated",
            intervals_up_to=2,
        ),
        Index(
            name="BII",
            weight=_mean_derivative("banzhaf"),
            at_order_one="BV",
            keeps_empty_value=True,
            prediction="parities",
            intervals_up_to=3,
        ),
        _faithful_sum(name="k-SII", weight=_k_sii, players_get="shapley", intervals_up_to=2),
        _faithful_sum(name="STII", weight=_stii, intervals_up_to=2),
        _faithful_sum(name="FSII", weight=_fsii, intervals_up_to=2),
        Index(
            name="FBII",
            weight=_fbii,
            at_order_one="BV",
            keeps_empty_value=True,
            empty_value_is_baseline=True,
            prediction="sum",
            intervals_up_to=2,
            depends_on_max_order=True,
        ),
        _shapley_value(
            name="CHII",
            weight=_mean_derivative("chaining", at_empty="v({})"),
            efficient_over="players",
        ),
        Index(
            name="kADD-SHAP",
            weight=_kadd_shap,
            at_order_one="SV",
            efficient_over="players",
            law="shapley",
            prediction="aggregated",
            intervals_up_to=2,
            depends_on_max_order=True,
        ),
        Index(
            name="Moebius",
            weight=_mean_derivative("internal"),
            at_order_one="Moebius",
            prediction="sum",
        ),
        Index(
            name="Co-Moebius",
            weight=_mean_derivative("external"),
            at_order_one="Co-Moebius",
        ),
        Index(
            name="Fourier",
            weight=_fourier,
            at_order_one="Fourier",
            keeps_empty_value=True,
            prediction="spectrum",
            intervals_up_to=3,
            in_every_shapiq=False,
        ),
        _shapley_value(name="SGV", parity_mean=_family_parity("shapley"), efficient_over="players"),
        Index(name="BGV", parity_mean=_family_parity("banzhaf"), at_order_one="BV"),
        _shapley_value(
            name="CHGV", parity_mean=_family_parity("chaining"), efficient_over="players"
        ),
        Index(name="IGV", parity_mean=_family_parity("internal"), at_order_one="IGV"),
        Index(name="EGV", parity_mean=_family_parity("external"), at_order_one="EGV"),
        Index(
            name="JointSV",
            parity_mean=joint_mean_parity,
            at_order_one="SV",
            efficient_over="interactions",
            depends_on_max_order=True,
        ),
    )
}
"""All indices without a probability, by their names in shapiq."""


_WEIGHTED = ("WBV", "WBII", "FWBII")
"""The weighted Banzhaf value, interaction index and faithful index."""


class _IndexNames(tuple[str, ...]):
    """Names for users to read; ``in`` tells whether there is an index of a name."""

    def __contains__(self, name: object) -> bool:
        return _record(name) is not None


INDEX_NAMES = _IndexNames((*INDICES, *(f"{family}(p)" for family in _WEIGHTED)))
"""The names of all indices; p stands for a probability such as 0.9."""


def _record(name: object) -> Index | None:
    if not isinstance(name, str):
        return None
    family, _, p = name.partition("(")
    if family in _WEIGHTED and p.endswith(")"):
        try:
            return _weighted_banzhaf(family, float(p[:-1]))
        except ValueError:
            return None
    return INDICES.get(name)


@cache
def _weighted_banzhaf(family: str, p: float) -> Index:
    check_probability(p, "p")
    share = Fraction(repr(p))  # 9/10, not the float next to it
    faithful = family == "FWBII"
    return Index(
        name=f"{family}({p!r})",
        weight=partial(truncated_share, share) if faithful else _mean_derivative(share),
        only_order=1 if family == "WBV" else None,
        at_order_one=f"WBV({p!r})",
        keeps_empty_value=True,
        empty_value_is_baseline=faithful,
        prediction="sum" if faithful else "parities",
        intervals_up_to={"WBV": 1, "FWBII": 2, "WBII": 3}[family],
        depends_on_max_order=faithful,
        in_every_shapiq=False,
        keep=p,
    )
