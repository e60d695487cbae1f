"""The contract of designs: rows in stages, the law they follow, a spectrum from their answers.

An approximator chooses a design and evaluates its rows stage by stage::

    while rows are left in this stage: evaluate them
    design = design.advance(values, known, rng)        # as often as rows are left
    recovery = design.recover(values, known, rng)

Approximators give values in units of a power of two near their spread, and take spectra in these.
A design is immutable: what it learns from the answers of a stage is in the design that ``advance``
returns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.designs.regions import Region
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

ADAPTIVE = Refusal(
    "How many or which coalitions were evaluated depended on the answers to earlier ones, so no "
    "error can be estimated from them."
)


@dataclass(frozen=True)
class Recovery:
    """A recovered spectrum and what its estimator says of it.

    Attributes:
        spectrum: The surrogate of the game.
        held_out: For each row a prediction by a surrogate that was not fitted to it, NaN if none.
        additive: The same for an additive surrogate.
        exact: Whether the spectrum follows from the values of all 2^n coalitions.
        estimators: The share of each estimator in the spectrum.
        notes: What a user should know, in sentences.
        uninformed: Held-out predictions of the surrogate without what is known of the players
            beforehand, if it was used.
    """

    spectrum: Spectrum
    held_out: Vector
    additive: Vector
    exact: bool = False
    estimators: dict[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()
    uninformed: Vector | None = None

    def with_note(self, note: str) -> Recovery:
        """The same recovery with one more note."""
        return replace(self, notes=(*self.notes, note))


@dataclass(frozen=True, kw_only=True)
class Design(ABC):
    """Which coalitions to evaluate, in which stages, and what to make of the answers.

    Attributes:
        coalitions: The distinct coalitions to evaluate, in this order, if no answer changes the
            plan.
        size_law: The law of the sizes of those that are drawn, or why none is known.
        drawn: How many of the first coalitions are drawn by it; all by default.
        adaptive: Whether the choice of the rows depended on answers.
        parts_tell_growth: Whether half of the rows shows what twice as many would bring, as where
            any part of the rows is as good as another.
        noisy: Whether answers are noisy, so that not even all 2^n of them determine the game.
        asked: The regions in which the explanation should hold; none for the law of its rows.
    """

    coalitions: Coalitions
    size_law: SizeLaw | Refusal
    drawn: int | None = None
    adaptive: bool = False
    parts_tell_growth: bool = True
    noisy: bool = False
    asked: tuple[Region, ...] = ()

    @property
    def stage_end(self) -> int:
        """How many of the coalitions to evaluate before :meth:`advance` decides how to go on."""
        return len(self.coalitions)

    @property
    def sample_law(self) -> SizeLaw | Refusal:
        """The law if the coalitions were drawn regardless of the answers, for standard errors."""
        return ADAPTIVE if self.adaptive else self.size_law

    @property
    def all_drawn(self) -> bool:
        """Whether all coalitions follow the law."""
        return self.drawn is None and not isinstance(self.size_law, Refusal)

    def in_one_stage(self) -> Design:
        """The same coalitions, all to be evaluated at once."""
        return self

    def advance(self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator) -> Design:
        """Decide how to go on after a stage that is not the last.

        ``values`` are those of all stages so far; ``known`` marks the rows that have one.
        """
        del values, known, rng
        return self

    @abstractmethod
    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """Recover a spectrum from the values of all rows; ``known`` marks those that have one."""
