"""Coalitions without structure, whose answers a regression proxy is fitted to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.designs.design import Design, Recovery
from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.estimators.held_out import held_out_of
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.fourier.walsh import spectrum_of_table

GIVEN = Refusal(
    "The coalitions were given, not drawn by a random law known to this approximator, so no error "
    "can be estimated from them."
)

COMPLETE = Refusal(
    "All coalitions were to be evaluated, so that nothing was drawn at random and no error can be "
    "estimated where answers are missing."
)

ADAPTIVE = Refusal(
    "How many or which coalitions were evaluated depended on the answers to earlier ones, so no "
    "error can be estimated from them."
)

_FIRST_LOOK = 64
"""Rows after which to look for the first time whether to stop: 32 pairs, of which an interval
needs 20."""


@dataclass(frozen=True, kw_only=True)
class RegressionDesign(Design):
    """Coalitions without structure.

    Attributes:
        rows: The coalitions.
        law: The law by which they were drawn, or why none is known.
        estimator: The regression proxy.
        adaptive: Whether the choice of the rows depended on answers.
        forecast: Whether the growth of faithfulness is to be forecast.
    """

    rows: Coalitions
    law: SizeLaw | Refusal
    estimator: Estimator
    adaptive: bool = False
    forecast: bool = True

    @property
    def coalitions(self) -> Coalitions:
        """The coalitions."""
        return self.rows

    @property
    def size_law(self) -> SizeLaw | Refusal:
        """The law by which they were drawn."""
        return self.law

    @property
    def sample_law(self) -> SizeLaw | Refusal:
        """The law, unless the choice of the rows depended on answers."""
        return ADAPTIVE if self.adaptive else self.law

    @property
    def parts_tell_growth(self) -> bool:
        """As wanted."""
        return self.forecast

    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """Fit the proxy, and an additive one to compare it with, to the known rows."""
        if self.rows.n_players <= 62 and len(self.rows) == 2**self.rows.n_players and known.all():
            return _exact_recovery(self.rows, values)
        rows, answers = self.rows[known], values[known]
        fit = self.estimator.fit(rows, answers, rng=rng)
        held_out, additive = np.full((2, len(values)), np.nan)
        held_out[known] = fit.held_out
        additive[known] = _additive(rows, answers, rng) if fit.additive is None else fit.additive
        return Recovery(
            fit.spectrum,
            held_out,
            additive,
            estimators=fit.shares or {self.estimator.name: 1.0},
            notes=fit.notes,
        )


@dataclass(frozen=True, kw_only=True)
class StoppingDesign(RegressionDesign):
    """A regression design that stops as soon as its result is good enough.

    The proxy is fitted after each stage. Several looks make a false success more likely, so each of
    them has an equal share of the error probability of 5% (Bonferroni).

    Attributes:
        stop_at: Stop when the held-out R^2 is above this value with 95% confidence.
        stage: The number of the current stage.
    """

    stop_at: float
    stage: int = 0

    @property
    def stage_end(self) -> int:
        """64 rows, then half as many again each time."""
        return self._stage_ends()[self.stage]

    @property
    def sample_law(self) -> SizeLaw | Refusal:
        """None: when to stop depends on the answers."""
        return ADAPTIVE

    def in_one_stage(self) -> Design:
        """The same coalitions without stopping."""
        return RegressionDesign(
            rows=self.rows, law=self.law, estimator=self.estimator, forecast=self.forecast
        )

    def advance(self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator) -> Design:
        """Fit the proxy and stop, or go on with the next stage."""
        seen = replace(self, rows=self.rows[: len(values)])
        recovery = seen.recover(values, known, rng)
        held_out = held_out_of(seen.rows[known], values[known], recovery.held_out[known])
        confidence = 1.0 - 0.05 / len(self._stage_ends())
        if not held_out.lower_bound(confidence) > self.stop_at:
            return replace(self, stage=self.stage + 1)
        note = (
            f"Stopped after {len(values)} of {len(self.rows)} coalitions: the faithfulness is "
            f"above {self.stop_at:g} with 95% confidence."
        )
        return RecoveredDesign(
            rows=seen.rows,
            law=self.law,
            estimator=self.estimator,
            adaptive=True,
            forecast=self.forecast,
            recovery=recovery.with_note(note),
        )

    def _stage_ends(self) -> list[int]:
        ends: list[int] = []
        end = _FIRST_LOOK
        while end < len(self.rows):
            ends.append(end)
            end += 2 * (end // 4)
        return [*ends, len(self.rows)]


@dataclass(frozen=True, kw_only=True)
class RecoveredDesign(RegressionDesign):
    """A regression design whose spectrum was recovered in its last stage.

    Attributes:
        recovery: What was recovered.
    """

    recovery: Recovery

    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """What was recovered."""
        return self.recovery


def _exact_recovery(coalitions: Coalitions, values: Vector) -> Recovery:
    """The spectrum of a game all of whose 2^n values are known."""
    table = np.empty(len(values))
    table[coalitions.numbers()] = values
    rounding = 4 * np.finfo(np.float64).eps * float(np.abs(table).max())
    spectrum = spectrum_of_table(table).prune(threshold=rounding)
    additive = spectrum.up_to_degree(1).evaluate(coalitions)
    return Recovery(spectrum, held_out=values, additive=additive, exact=True)


def _additive(coalitions: Coalitions, values: Vector, rng: np.random.Generator) -> Vector:
    from shapiq_spex.estimators.sparse.additive import Additive  # compiled kernels

    return Additive().fit(coalitions, values, rng=rng).held_out
