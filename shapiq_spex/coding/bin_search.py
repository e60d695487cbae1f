r"""Which bins to decode next, alone or in pairs, and how hard to try.

A bin of one family of cosets reveals b coordinates of its term and has P equations for the others.
Two bins of different families that hold the same term reveal 2 b coordinates of it and have 2 P
equations for fewer unknowns: *jointly* they reveal terms that neither reveals alone, because of
noise, because of other terms in the bin, or because P is too small. Which bins hold the same term
is not known, so all pairs are tried, those with most energy first. In a joint decoding an equation
counts with its log-likelihood ratio, proportional to |u_p| / (variance of the clutter in its bin).

Cheap attempts come first: all stages start again whenever the content of a bin has changed. After
the first stage, bins with no more energy than most others are skipped; in a sparse spectrum they
hold only noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.algebra import Members
from shapiq_spex.coding.cosets import Cosets
from shapiq_spex.coding.decoder import BinDecoder, Effort
from shapiq_spex.fourier.terms import Vector


class Stage(NamedTuple):
    """One kind of attempt: how many bins are decoded together, and how hard to try."""

    together: int
    effort: Effort


_QUICK, _NORMAL, _HARD = Effort(), Effort(singles=16, pairs=8), Effort(singles=30, pairs=16)
"""Assumed errors: none; 1 + 16 + C(8, 2) = 45 solutions per bin; 1 + 30 + C(16, 2) = 151. Tuned."""

SOFT = tuple(Stage(together, e) for together in (1, 2) for e in (_QUICK, _NORMAL, _HARD))
HARD = tuple(Stage(together, Effort(sort=False)) for together in (1, 2))

_QUIET = 0.2
"""The share of the bins assumed to hold only noise. Tuned."""

_MARGIN = 2.0
"""Standard deviations of the energy of a bin of noise, above which it may hold a term. Tuned."""

_SHARED = 0.7
"""The share of the smaller energy of two bins that a common term is expected to explain. Tuned."""

_LOUD = 0.05
"""The share of the energy of the fullest bin from which a bin is decoded first. Tuned."""

_CHANGE = 0.05
"""The relative change of the energy of a bin after which it is decoded again. Tuned."""

_BATCH = 3000
"""Pairs decoded at a time; the terms found are subtracted before the others are decoded. Tuned."""


class Search:
    """Proposes terms for bins of families over one labelling, with disjoint known coordinates."""

    def __init__(self, cosets: Sequence[Cosets], stages: Sequence[Stage]) -> None:
        self._stages = stages
        self._cosets = cosets
        self._energies = [np.zeros(c.n_bins) for c in cosets]
        self._views = [
            view
            for together in sorted({stage.together for stage in stages})
            for families in combinations(range(len(cosets)), together)
            for view in [_View(cosets, families, stages)]
            if view.decoder.solvable
        ]

    def propose(self, contents: Sequence[Vector], floors: Sequence[float]) -> Members | None:
        """Make the cheapest attempts that have not been made on these contents.

        Bins with less energy than their family's floor are empty.

        Returns:
            One row of players per proposed term; ``None`` when everything has been tried.
        """
        energies = [np.square(content).sum(axis=1) for content in contents]
        for family, (old, new) in enumerate(zip(self._energies, energies, strict=True)):
            changed = np.flatnonzero(np.abs(new - old) > _CHANGE * old)
            old[changed] = new[changed]
            for view in self._views:
                view.start_over(family, changed)
        filled = [energy > floor for energy, floor in zip(energies, floors, strict=True)]
        loud = [
            f & (e > np.quantile(e, _QUIET) * (1 + _MARGIN * np.sqrt(2 / c.n_offsets)))
            for f, e, c in zip(filled, energies, self._cosets, strict=True)
        ]
        loudest = [chosen & (e > _LOUD * e.max()) for chosen, e in zip(loud, energies, strict=True)]
        stages = range(len(self._stages))
        attempts = [(0, filled), *((n, loudest) for n in stages), *((n, loud) for n in stages)]
        for stage, eligible in attempts:
            proposals = [
                view.propose(stage, self._stages[stage].effort, contents, energies, pending)
                for view in self._views
                for pending in [view.pending(stage, eligible)]
                if len(pending[0])
            ]
            if proposals:
                return np.unique(np.concatenate(proposals), axis=0)
        return None


class _View:
    """All combinations of one bin each of some families, and the stage each has reached."""

    def __init__(
        self, cosets: Sequence[Cosets], families: tuple[int, ...], stages: Sequence[Stage]
    ) -> None:
        chosen = [cosets[family] for family in families]
        self.families = families
        self.decoder = BinDecoder(
            chosen[0].labelling,
            np.concatenate([c.known for c in chosen]),
            np.concatenate([c.offsets for c in chosen]),
        )
        self._first = min(n for n, stage in enumerate(stages) if stage.together == len(families))
        self._last = max(n for n, stage in enumerate(stages) if stage.together == len(families))
        self._stage = np.full([c.n_bins for c in chosen], self._first, dtype=np.int8)
        self._shifts = np.cumsum([0, *(len(c.known) for c in chosen[:-1])])
        self._n_offsets = [c.n_offsets for c in chosen]

    def pending(
        self, stage: int, eligible: Sequence[NDArray[np.bool_]]
    ) -> tuple[NDArray[np.intp], ...]:
        """The combinations of eligible bins that wait for a stage: their bins in each family."""
        if not self._first <= stage <= self._last:
            return (np.empty(0, dtype=np.intp),)
        waiting = self._stage == stage
        for axis, family in enumerate(self.families):
            others = tuple(a for a in range(waiting.ndim) if a != axis)
            waiting &= np.expand_dims(eligible[family], others)
        return np.nonzero(waiting)

    def propose(
        self,
        stage: int,
        effort: Effort,
        contents: Sequence[Vector],
        energies: Sequence[Vector],
        pending: tuple[NDArray[np.intp], ...],
    ) -> Members:
        """Decode the pending combinations, the most promising first, at most a batch."""
        energy = np.array(
            [
                energies[family][bins] / n_offsets
                for family, bins, n_offsets in zip(
                    self.families, pending, self._n_offsets, strict=True
                )
            ]
        )
        chosen = np.argsort(-energy.min(axis=0), kind="stable")[:_BATCH]
        bins = tuple(axis[chosen] for axis in pending)
        energy = energy[:, chosen]
        clutter = energy - _SHARED * energy.min(axis=0)
        values = np.hstack(
            [
                contents[family][number] / variance[:, None]
                for family, number, variance in zip(self.families, bins, clutter, strict=True)
            ]
        )
        self._stage[bins] = stage + 1
        numbers = np.bitwise_or.reduce([b << s for b, s in zip(bins, self._shifts, strict=True)])
        return self.decoder.propose(numbers, values, effort)

    def start_over(self, family: int, bins: NDArray[np.intp]) -> None:
        """Forget the attempts on all combinations with the given bins of a family."""
        if family in self.families:
            np.moveaxis(self._stage, self.families.index(family), 0)[bins] = self._first
