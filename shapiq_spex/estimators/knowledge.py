r"""What is known of the players before any answer: covariates, and a guide to the game.

A guide is the spectrum of a function that the game may resemble: that of a smaller model, say. Its
values are a direction of the prior of the game, and the log root energy of each player in it,

    log (sum_{T contains i} F(T)^2) / 2

is one more covariate. The even and the odd degrees of the guide are directions of their own, with
which paired rows remain two problems of half the size. Where few players are removed, the two are
large and cancel: there, unpaired rows have the guide as a whole as one direction. All is in units
where values have variance one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.basis import Basis
from shapiq_spex.estimators.gaussian.informed_kernel import Direction, Hints, Parity
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_LEAST_ENERGY = 1e-4
"""The smallest energy of a player in the guide, relative to the mean energy: the logarithm of
less says nothing but that the guide does not depend on the player (a choice)."""

_MOST_LEADERS, _LEADING = 50, 0.99
"""Players that the guide proposes to model where not all can be: those that hold this share of the
energy of all players, but at most 50, as many as screening adds for what its fit leaves. A choice;
wrong players cost time, and little else."""

_CONSTANT = 1e-9
"""The deviation of a covariate or a guide, relative to its size, below which it is constant."""


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What is known of the players.

    Attributes:
        covariates: Finite numbers, a line per player and a column per covariate.
        guide: The spectrum of a function that the game may resemble.
    """

    covariates: NDArray[np.float64]
    guide: Spectrum | None = None

    def among(self, players: NDArray[np.integer]) -> Knowledge:
        """What is known of some players, numbered 0, 1, ..."""
        guide = self.guide
        if guide is not None and len(players) < guide.n_players:
            number = np.full(guide.n_players, -1)
            number[players] = np.arange(len(players))
            renumbered = [(number[group.members], group.coefficients) for group in guide.groups]
            kept = [(members >= 0).all(axis=1) for members, _ in renumbered]
            guide = Spectrum(
                len(players),
                [(t[mask], f[mask]) for (t, f), mask in zip(renumbered, kept, strict=True)],
            )
        return Knowledge(self.covariates[players], guide)

    @property
    def leaders(self) -> NDArray[np.intp]:
        """The players on which the guide depends most; none without a guide."""
        if self.guide is None:
            return np.empty(0, dtype=np.intp)
        energies = _energies(self.guide)
        order = np.argsort(-energies, kind="stable")[:_MOST_LEADERS]
        before = np.cumsum(energies[order]) - energies[order]
        return order[before < _LEADING * energies.sum()]

    def hints(self, rows: PairedRows, basis: Basis) -> Hints | None:
        """What a kernel is informed of for some rows; ``None`` if it is nothing."""
        columns = [self.covariates]
        directions: tuple[Direction, ...] = ()
        if self.guide is not None:
            directions = _directions(self.guide, rows, whole=not (basis.is_fourier or rows.paired))
            if directions:
                columns.append(_log_root_energies(self.guide)[:, None])
        covariates = standardised(np.concatenate(columns, axis=1))
        if not directions and not covariates.size:
            return None
        return Hints(covariates, directions)


KnowledgeSource = Callable[[], Knowledge]
"""Finds out what is known, when it is needed for the first time."""


def standardised(covariates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns of mean zero and variance one, without those that are constant.

    Example:
        >>> standardised(np.array([[1.0, 5.0], [3.0, 5.0]]))
        array([[-1.],
               [ 1.]])
    """
    largest = np.abs(covariates).max(axis=0, initial=0.0)
    scaled = covariates / np.where(largest > 0.0, largest, 1.0)
    centred = scaled - scaled.mean(axis=0)
    deviations = centred.std(axis=0)
    varying = deviations > _CONSTANT
    return centred[:, varying] / deviations[varying]


def _energies(guide: Spectrum) -> Vector:
    """sum_{T contains i} F(T)^2 of each player i."""
    energies = np.zeros(guide.n_players)
    for members, coefficients in guide.groups:
        squares = np.broadcast_to((coefficients**2)[:, None], members.shape)
        np.add.at(energies, members.ravel(), squares.ravel())
    return energies


def _log_root_energies(guide: Spectrum) -> Vector:
    energies = _energies(guide)
    return 0.5 * np.log(np.maximum(energies, _LEAST_ENERGY * energies.mean()))


def _directions(guide: Spectrum, rows: PairedRows, *, whole: bool) -> tuple[Direction, ...]:
    coalitions = Coalitions.from_dense(rows.signs < 0)
    values = guide.evaluate(coalitions)
    deviation = float(values.std())
    if not deviation > _CONSTANT * float(np.abs(values).max(initial=0.0)):
        return ()
    parts: dict[Parity, Spectrum] = {"any": guide}
    if not whole:
        parts = {"even": _of_degrees(guide, 0), "odd": _of_degrees(guide, 1)}
    found: list[Direction] = []
    for parity, part in parts.items():
        if part.degree == 0:
            continue
        centred = part
        if parity != "odd":  # a constant would be an even term
            mean = float(part.evaluate(coalitions).mean())
            centred = part + Spectrum.from_dict(guide.n_players, {(): -mean})
        found.append(Direction((1.0 / deviation) * centred, parity))
    return tuple(found)


def _of_degrees(spectrum: Spectrum, remainder: int) -> Spectrum:
    """The terms whose degree leaves a remainder when divided by two."""
    groups = [group for group in spectrum.groups if group.degree % 2 == remainder]
    return Spectrum(spectrum.n_players, groups)
