"""Coalitions without structure, whose answers a regression proxy is fitted to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.designs.design import Design, Recovery
from shapiq_spex.designs.law import Refusal
from shapiq_spex.designs.regions import judged_by, lower_bound
from shapiq_spex.estimators.contract import Estimator, Fit
from shapiq_spex.estimators.held_out import held_out_of
from shapiq_spex.estimators.unseen import unless_unseen
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

_FIRST_LOOK = 64
"""Rows after which to look for the first time whether to stop: 32 pairs, of which an interval
needs 20."""


@dataclass(frozen=True, kw_only=True)
class RegressionDesign(Design):
    """Coalitions without structure, whose answers a regression proxy is fitted to."""

    estimator: Estimator

    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """Fit the proxy, and an additive one to compare it with, to the known rows."""
        if known.all() and len(values) == 2**self.coalitions.n_players and not self.noisy:
            return _exact_recovery(self.coalitions, values)
        rows, answers = self.coalitions[known], values[known]
        fit = self.estimator.fit(rows, answers, rng=rng)
        held_out, additive, uninformed = np.full((3, len(values)), np.nan)
        held_out[known] = fit.held_out
        additive[known] = additive_predictions(fit, rows, answers, rng)
        if fit.uninformed is not None:
            uninformed[known] = fit.uninformed
        return Recovery(
            fit.spectrum,
            held_out,
            additive,
            estimators=fit.shares or {self.estimator.name: 1.0},
            notes=fit.notes,
            uninformed=None if fit.uninformed is None else uninformed,
        )


@dataclass(frozen=True, kw_only=True)
class StoppingDesign(Design):
    """A regression design that stops as soon as its result is good enough.

    The proxy is fitted after each stage. Several looks make a false success more likely, so each of
    them has an equal share of the error probability of 5% (Bonferroni).

    Attributes:
        whole: The same design without stopping.
        stop_at: Stop when the held-out R^2 is above this value with 95% confidence, in each of the
            regions asked for. Those that not even all planned rows can judge do not count, as in
            the report. R^2 is over all sizes where the report states that.
        stage: The number of the current stage.
    """

    whole: RegressionDesign
    stop_at: float
    stage: int = 0

    @classmethod
    def of(cls, whole: RegressionDesign, stop_at: float) -> StoppingDesign:
        """Let a design stop early."""
        return cls(
            coalitions=whole.coalitions,
            size_law=whole.size_law,
            adaptive=True,
            parts_tell_growth=whole.parts_tell_growth,
            asked=whole.asked,
            whole=whole,
            stop_at=stop_at,
        )

    @property
    def stage_end(self) -> int:
        """64 rows, then half as many again each time."""
        return self._stage_ends()[self.stage]

    def in_one_stage(self) -> Design:
        """The same coalitions without stopping."""
        return self.whole

    def advance(self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator) -> Design:
        """Fit the proxy and stop, or go on with the next stage."""
        seen = replace(self.whole, coalitions=self.coalitions[: len(values)])
        asked = judged_by(self.asked, self.coalitions)
        if judged_by(asked, seen.coalitions[known]) != asked:
            return replace(self, stage=self.stage + 1)
        recovery = seen.recover(values, known, rng)
        held_out = held_out_of(
            seen.coalitions[known], values[known], recovery.held_out[known], recovery.spectrum
        )
        confidence = 1.0 - 0.05 / len(self._stage_ends())
        rows = seen.coalitions[known][np.isfinite(recovery.held_out[known])]
        bound, unseen = lower_bound(asked or self.asked, rows, held_out, confidence)
        if not bound > self.stop_at:
            return replace(self, stage=self.stage + 1)
        note = (
            f"Stopped after {len(values)} of {len(self.coalitions)} coalitions: the faithfulness "
            f"is above {self.stop_at:g} with 95% confidence, {unless_unseen(unseen)}."
        )
        return RecoveredDesign(
            coalitions=seen.coalitions,
            size_law=self.size_law,
            adaptive=True,
            parts_tell_growth=self.parts_tell_growth,
            asked=self.asked,
            recovery=recovery.with_note(note),
        )

    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """Fit the proxy to all rows."""
        return self.whole.recover(values, known, rng)

    def _stage_ends(self) -> list[int]:
        ends: list[int] = []
        end = _FIRST_LOOK
        while end < len(self.coalitions):
            ends.append(end)
            end += 2 * (end // 4)
        return [*ends, len(self.coalitions)]


@dataclass(frozen=True, kw_only=True)
class RecoveredDesign(Design):
    """A design whose spectrum was recovered in its last stage."""

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


def additive_predictions(
    fit: Fit, coalitions: Coalitions, values: Vector, rng: np.random.Generator
) -> Vector:
    """Held-out predictions of an additive proxy: that of the fit, if it made one on the way."""
    if fit.additive is not None:
        return fit.additive
    from shapiq_spex.estimators.sparse.additive import Additive  # compiled kernels

    return Additive().fit(coalitions, values, rng=rng).held_out
