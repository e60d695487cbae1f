"""Insertion and deletion curves: the value of a game as players come in or go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum

_STEPS = 50
"""The largest number of steps of a curve: more cannot be seen in a picture."""


@dataclass(frozen=True)
class Curve:
    """The value of the game as players come in or go, the most valued first.

    Attributes:
        fractions: The share of the players that have come or gone.
        values: The value of the game then.
    """

    fractions: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def area(self) -> float:
        """The mean height of the curve (trapezoids), in units of the game."""
        return float(np.trapezoid(self.values, self.fractions))


def chains(prediction: Spectrum) -> tuple[BoolMatrix, BoolMatrix, tuple[float, ...]]:
    """The coalitions of both curves, players ordered by the Shapley values of the prediction."""
    n = prediction.n_players
    worth = np.zeros(n)
    for term, value in convert(prediction, "SV").to_dict().items():
        if term:
            worth[term[0]] = value
    rank = np.empty(n, dtype=np.intp)
    rank[np.argsort(-worth, kind="stable")] = np.arange(n)
    counts: NDArray[np.int64] = np.unique(np.rint(np.linspace(0, n, min(n, _STEPS) + 1)))
    moved = rank < counts[:, None]
    return moved, ~moved, tuple((counts / n).tolist())
