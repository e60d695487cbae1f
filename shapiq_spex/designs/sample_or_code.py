"""Half of the rows by the law that suits an index, then others like them, or a code (SPEX).

Coded rows are uniform, and uniform rows say little about indices of the Shapley family, which
depend on small and large coalitions. For these, half of the rows are drawn by the law of the index.
If a regression predicts the game from them, the other half is drawn by it as well; if not, it is
coded. The decoded terms then compete with a regression on all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.coding.coded_recovery import recover
from shapiq_spex.designs.coded_design import (
    UncodedDesign,
    found_predictable,
    predictability,
    preference,
)
from shapiq_spex.designs.design import Design, Recovery
from shapiq_spex.designs.random_coalitions import RandomRows
from shapiq_spex.designs.regression_design import additive_predictions
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_PREDICTABLE = 0.5
"""R2 of a regression on the first half from which the other half is drawn like it. Tuned."""

_EXACT = 1e-18
"""The share of the variance below which a residual is rounding."""


@dataclass(frozen=True, kw_only=True)
class SampleOrCodeDesign(Design):
    """Half of the rows by a law of sizes, then coded ones, unless a regression suffices.

    Attributes:
        sample: All rows by the law; the first ``drawn`` of them come first.
        plan: The coded rows.
        places: The row of each coalition of the plan.
        estimator: The regression proxy that competes with the decoder.
        decoder: How to decode.
        sample_known: Whether the first half has been evaluated.
    """

    sample: Coalitions
    plan: CodedPlan
    places: NDArray[np.intp]
    estimator: Estimator
    decoder: Literal["soft", "hard"]
    sample_known: bool = False

    @classmethod
    def of(
        cls,
        random: RandomRows,
        budget: int,
        degree: int,
        estimator: Estimator,
        decoder: Literal["soft", "hard"],
        rng: np.random.Generator,
    ) -> SampleOrCodeDesign | None:
        """The design for a budget; ``None`` if no code fits into half of it."""
        sample = random.draw(budget)
        first = 2 + 2 * ((budget // 2 - 2) // 2)  # whole pairs
        plan = CodedPlan.design(random.n_players, budget - first, degree, rng=rng)
        if not plan.cosets:
            return None
        every, place = sample[:first].concatenate(plan.coalitions, sample[first:]).distinct()
        return cls(
            coalitions=every[:budget],
            size_law=random.law,
            drawn=first,
            parts_tell_growth=False,
            sample=sample,
            plan=plan,
            places=place[first : first + len(plan)],
            estimator=estimator,
            decoder=decoder,
        )

    @property
    def stage_end(self) -> int:
        """The first half, unless its answers are known."""
        return len(self.coalitions) if self.sample_known else self.drawn

    def in_one_stage(self) -> Design:
        """The same coalitions, coded ones included."""
        return replace(self, sample_known=True)

    def advance(self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator) -> Design:
        """Decide from the first half whether a code is needed."""
        first = self.coalitions[: self.drawn]
        predicted = predictability(first[known], values[known], rng)
        if predicted <= _PREDICTABLE:
            return self.in_one_stage()
        return UncodedDesign(
            coalitions=self.sample,
            size_law=self.size_law,
            estimator=self.estimator,
            reason=found_predictable(predicted, int(known.sum())),
            predictable=True,
        )

    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """Decode; let a regression on all rows compete, alone and on what decoding leaves.

        The candidate is chosen by the first half, which decoding does not use.
        """
        answers = np.where(known, values, np.nan)
        decoded = recover(self.plan, answers[self.places], decoder=self.decoder, rng=rng)
        rows, truth = self.coalitions[known], values[known]
        at_rows = decoded.spectrum.evaluate(rows)
        judges = np.flatnonzero(known) < self.drawn
        alone = self.estimator.fit(rows, truth, rng=rng)
        rest = self.estimator.fit(rows, truth - at_rows, rng=rng)
        unseen = np.where(judges, at_rows, np.nan)
        candidates = {
            "code": (decoded.spectrum, unseen),
            "code and regression": (decoded.spectrum + rest.spectrum, unseen + rest.held_out),
            "regression": (alone.spectrum, alone.held_out),
        }
        errors = {
            name: float(np.nanmean((held_out - truth)[judges] ** 2))
            for name, (_, held_out) in candidates.items()
        }
        winner = min(errors, key=errors.__getitem__)
        spectrum, judged = candidates[winner]
        held_out, additive = np.full((2, len(values)), np.nan)
        held_out[known], additive[known] = judged, additive_predictions(alone, rows, truth, rng)
        return Recovery(
            spectrum,
            held_out,
            additive,
            estimators={"code": 1.0} if winner == "code" else (alone.shares or {self.estimator.name: 1.0}),
            notes=(*decoded.notes, preference(spectrum)),
        )
