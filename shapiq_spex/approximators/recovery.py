"""From answers to a spectrum: what the recovery step of every approximator is given and returns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum, Vector
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.intervals.strata import Draw


class Design(Protocol):
    """A plan of coalitions, possibly with structure that the recovery will use."""

    @property
    def coalitions(self) -> Coalitions:
        """The distinct coalitions to ask for, in this order."""
        ...


@dataclass(frozen=True)
class Rows:
    """A design without structure: just coalitions.

    Attributes:
        coalitions: The coalitions.
        draw: The law by which they were drawn, if they were.
        regardless: Whether they were drawn regardless of the answers, as intervals need it.
    """

    coalitions: Coalitions
    draw: Draw | None = None
    regardless: bool = True


def draw_of(design: Design) -> Draw | None:
    """The law by which the coalitions of a design were drawn, if they were."""
    return design.draw if isinstance(design, Rows) else None


@dataclass(frozen=True)
class Recovery:
    """A recovered spectrum and what its estimator says of it.

    Attributes:
        spectrum: The surrogate of the game.
        held_out: For each row a prediction by a surrogate that was not fitted to it, NaN if none.
        additive: The same for an additive surrogate.
        estimators: The share of each estimator in the spectrum.
        notes: What a user should know, in sentences.
    """

    spectrum: Spectrum
    held_out: Vector
    additive: Vector
    estimators: dict[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()

    def with_note(self, note: str) -> Recovery:
        """The same recovery with one more note."""
        return replace(self, notes=(*self.notes, note))


def recover_exactly(coalitions: Coalitions, values: Vector) -> Recovery:
    """The spectrum of a game all of whose 2^n values are known."""
    table = np.empty(len(values))
    table[coalitions.dense() @ (1 << np.arange(coalitions.n_players))] = values
    rounding = 4 * np.finfo(np.float64).eps * float(np.abs(table).max())
    spectrum = spectrum_of_table(table).prune(threshold=rounding)
    additive = spectrum.select(lambda group: np.full(len(group.members), group.degree <= 1))
    return Recovery(spectrum, held_out=values, additive=additive.evaluate(coalitions))


def recover_by_regression(
    estimator: Estimator,
    coalitions: Coalitions,
    values: Vector,
    known: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Recovery:
    """Fit a regression proxy, and an additive one to compare it with, to the known rows."""
    from shapiq_spex.estimators.additive import Additive  # compiled kernels
    from shapiq_spex.estimators.blend import BlendFit

    rows, answers = coalitions[known].dense(), values[known]
    fit = estimator.fit(rows, answers, rng=rng)
    blended = isinstance(fit, BlendFit)
    held_out, additive = np.full((2, len(values)), np.nan)
    held_out[known] = fit.held_out
    additive[known] = fit.additive if blended else Additive().fit(rows, answers, rng=rng).held_out
    return Recovery(
        fit.spectrum,
        held_out,
        additive,
        estimators=fit.weights if blended else {estimator.name: 1.0},
        notes=fit.notes if blended else (),
    )
