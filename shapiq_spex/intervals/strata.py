r"""The probability of each coalition to be in the sample: strata of a random design.

The laws of :mod:`shapiq_spex.designs.law` draw pairs {S, complement of S} (or single coalitions)
without repetition, by their sizes; the empty and the full coalition are always included. Given how
many units of a size were drawn, these are a simple random sample of all units of that size, so that
every size is a *stratum*: N_h units, m_h of them known, each of which represents N_h / m_h (Horvitz
& Thompson 1952; W. G. Cochran, *Sampling Techniques*, 1977, chapter 5A). Sizes whose units are
equally likely form one stratum: under the uniform law, all of them.

A stratum of which too few units were drawn is joined with its neighbour. There, a unit of
probability q_u counts for sum q / (m q_u), as if it had been drawn with replacement, which is
accurate because such strata are drawn sparsely (Hansen & Hurwitz 1943).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector

FEWEST_UNITS = 20
"""Units below which no error is estimated: a variance from 20 values has a standard error of a
third of its size."""

_FEWEST_PER_STRATUM = 3
"""Units below which a stratum is joined with its neighbour; a variance needs two."""

_MOST_PLAYERS = 1000
"""Players up to which binomial coefficients fit into floats."""


@dataclass(frozen=True)
class SizeClass:
    """The units of one size in the sample; those of a pair are |S| and n - |S|.

    Attributes:
        size: The size, the smaller one of a pair.
        expected: How many units of a sample like this one are expected to have this size.
        excess: The number of unknown units that each of its units represents, beside itself.
        stratum: Its stratum.
    """

    size: int
    expected: float
    excess: float
    stratum: int


@dataclass(frozen=True)
class Strata:
    """The units of a sample and what each stands for.

    Attributes:
        units: One line per unit: its rows in the sample, two in a paired design.
        stratum: The stratum of each unit, 0, 1, ....
        excess: The number of unknown units that each unit represents, beside itself.
        classes: The sizes that the units come from.
    """

    units: NDArray[np.intp]
    stratum: NDArray[np.intp]
    excess: Vector
    classes: tuple[SizeClass, ...]


def strata_of(coalitions: Coalitions, law: SizeLaw) -> Strata | Refusal:
    """Sort rows, in the order they were drawn, into strata; completely known strata are left out.

    Returns:
        The strata, of at least 20 units in all, or why there are none: the law leaves out some
        sizes altogether, or the sample is too small. None is left if all coalitions are given.
    """
    n = coalitions.n_players
    if n > _MOST_PLAYERS:
        return Refusal(f"Intervals are given for at most {_MOST_PLAYERS:,} players.")
    if len(coalitions) == 2**n:
        nothing = np.zeros(0, dtype=np.intp)
        return Strata(nothing[:, None], nothing, np.zeros(0), ())
    sizes = coalitions.sizes()
    units = _units(coalitions, sizes, paired=law.paired)
    if isinstance(units, Refusal):
        return units
    size_of_unit = sizes[units[:, 0]]
    if law.paired:
        size_of_unit = np.minimum(size_of_unit, n - size_of_unit)
    counts, likely = _population(n, law)
    drawn = np.bincount(size_of_unit, minlength=len(counts))[: len(counts)].astype(np.float64)
    if missing := [size for size, q in likely.items() if q <= 0]:
        return Refusal(
            f"The design never draws coalitions of size {missing[0]}, so nothing is known of the "
            'error there. Use keep="auto".'
        )
    stratum_of_size = np.full(len(counts), -1)
    excess_of_size = np.zeros(len(counts))
    classes: list[SizeClass] = []
    for number, stratum in enumerate(_grouped(likely, drawn, counts)):
        total = sum(counts[size] * likely[size] for size in stratum)
        number_drawn = drawn[stratum].sum()
        for size in stratum:
            excess = max(total / (number_drawn * likely[size]) - 1.0, 0.0)
            stratum_of_size[size], excess_of_size[size] = number, excess
            expected = number_drawn * counts[size] * likely[size] / total
            classes.append(SizeClass(size, float(expected), excess, number))
    sampled = stratum_of_size[size_of_unit] >= 0
    if sampled.sum() < FEWEST_UNITS:
        unit = "pairs of coalitions" if law.paired else "coalitions"
        return Refusal(
            f"{int(sampled.sum())} random {unit} are too few to estimate an error; at least "
            f"{FEWEST_UNITS} are needed."
        )
    return Strata(
        units[sampled],
        stratum_of_size[size_of_unit][sampled],
        excess_of_size[size_of_unit][sampled],
        tuple(classes),
    )


def _units(
    coalitions: Coalitions, sizes: NDArray[np.int64], *, paired: bool
) -> NDArray[np.intp] | Refusal:
    """The rows of every unit, without the two ends and a last row without its complement."""
    rows = np.flatnonzero((sizes > 0) & (sizes < coalitions.n_players))
    if not paired:
        return rows[:, None]
    units = rows[: len(rows) // 2 * 2].reshape(-1, 2)
    if coalitions[units[:, 0]].complement() != coalitions[units[:, 1]]:
        return Refusal("The coalitions are not in the order in which they were drawn.")
    return units


def _population(n_players: int, law: SizeLaw) -> tuple[Vector, dict[int, float]]:
    """The number of units of each size, and how likely each one of them is to be drawn."""
    sizes = range(1, n_players // 2 + 1 if law.paired else n_players)
    counts = np.zeros(max(sizes, default=0) + 1)
    likely: dict[int, float] = {}
    for size in sizes:
        number = comb(n_players, size)
        weight = law.size_weights[size]
        if law.paired:
            weight = weight + law.size_weights[n_players - size]
        counts[size] = number / 2 if law.paired and 2 * size == n_players else number
        likely[size] = float(weight) / number
    return counts, likely


def _grouped(likely: dict[int, float], drawn: Vector, counts: Vector) -> list[list[int]]:
    """Sizes by stratum: equally likely ones together, then until each has enough units."""
    alike: list[list[int]] = []
    for size, probability in likely.items():
        if alike and np.isclose(probability, likely[alike[-1][-1]], rtol=1e-6, atol=0):
            alike[-1].append(size)
        else:
            alike.append([size])
    strata: list[list[int]] = []
    few: list[int] = []
    for sizes in reversed(alike):  # large coalitions are the most likely to be drawn sparsely
        if drawn[sizes].sum() >= counts[sizes].sum():
            continue  # everything is known
        few = [*few, *sizes]
        if drawn[few].sum() >= _FEWEST_PER_STRATUM:
            strata.append(few)
            few = []
    if few and strata:
        strata[-1] = [*strata[-1], *few]
    return strata
