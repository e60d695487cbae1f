"""What every regression proxy promises: coalitions and values in, a spectrum and honest errors out.

An estimator approximates a game from a sample of its values by a function whose Walsh-Fourier
spectrum it knows. It also predicts every training row from the *other* rows, so that estimators can
be compared and blended by errors that are not optimistic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.knowledge import KnowledgeSource
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector


@dataclass(frozen=True)
class Fit:
    """A fitted proxy.

    Attributes:
        spectrum: The proxy as a Fourier spectrum.
        held_out: For every training row the prediction of a proxy that was fitted without that row
            and its complement (out-of-fold or leave-one-out); NaN where a row was never held out.
        additive: The same for an additive proxy, if one was fitted on the way.
        shares: The share of every component, if the proxy is a blend of several.
        notes: What a user should know, in sentences.
        uninformed: The held-out predictions of a blend without the component that knew something
            of the players beforehand, if there was one.
        isolated: Which training rows were left out, because their values lie far outside the others
            and could not be predicted from each other; ``None`` if none were.
    """

    spectrum: Spectrum
    held_out: Vector
    additive: Vector | None = None
    shares: dict[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()
    uninformed: Vector | None = None
    isolated: NDArray[np.bool_] | None = None


@runtime_checkable
class Estimator(Protocol):
    """A regression proxy: a description of how to fit; fitting leaves it unchanged."""

    @property
    def name(self) -> str:
        """A short name for reports, such as ``"lightgbm"``."""
        ...

    def fit(self, coalitions: Coalitions, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy to distinct coalitions and the values of the game.

        Approximators give the values in units of a power of two near their spread.
        """
        ...


@runtime_checkable
class InformedEstimator(Estimator, Protocol):
    """An estimator that can use what is known of the players beforehand."""

    @property
    def knowledge(self) -> KnowledgeSource | None:
        """What is known; ``None`` for nothing."""
        ...

    def informed_by(self, knowledge: KnowledgeSource | None) -> Estimator:
        """The same estimator with other knowledge, or without any."""
        ...


def knowledge_of(estimator: Estimator) -> KnowledgeSource | None:
    """What an estimator knows of the players beforehand; ``None`` for nothing."""
    return estimator.knowledge if isinstance(estimator, InformedEstimator) else None


def uninformed(estimator: Estimator) -> Estimator:
    """The same estimator without what it knows of the players beforehand."""
    return estimator.informed_by(None) if isinstance(estimator, InformedEstimator) else estimator
