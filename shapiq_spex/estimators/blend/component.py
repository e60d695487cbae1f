"""What a blend is made of: components with held-out predictions, and what they are fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.gaussian.gaussian import HeldOutFold, ValidatedPosterior
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector


class Component(Protocol):
    """One or more proxies that are validated together."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the proxies."""
        ...

    @property
    def prior(self) -> float:
        """The weight that each of them has before any held-out error is seen."""
        ...

    @property
    def held_out(self) -> NDArray[np.float64]:
        """Held-out predictions, one column per proxy; NaN in rows that were not held out."""
        ...

    def fit(self, weights: Vector) -> ComponentFit:
        """Fit the proxies to all rows; called only if one of their weights is positive."""
        ...


@dataclass(frozen=True)
class ComponentFit:
    """What a component contributes to the blend.

    Attributes:
        parts: The spectra of its proxies times their weights, to be added up. Their players are
            those that are modelled, numbered 0, 1, ....
        exact: The spectrum of its last proxy if it leaves no residual and cannot have done so by
            chance, as for a sparse function without noise; otherwise ``None``.
    """

    parts: Sequence[Spectrum]
    exact: Spectrum | None = None


@dataclass(frozen=True)
class BlendRows:
    """What components are fitted to.

    Attributes:
        rows: The rows as signs of the players that are modelled, with standardised values.
        best: The Gaussian posterior with the smallest held-out error.
        folds: The rows to hold out together from other proxies.
    """

    rows: PairedRows
    best: ValidatedPosterior
    folds: Sequence[HeldOutFold]
