"""Half of the rows by the law that suits an index, then others like them, or a code (SPEX).

Coded rows are uniform, and uniform rows say little about indices of the Shapley family, which
depend on small and large coalitions. For these, half of the rows are drawn by the law of the index.
If a regression predicts the game from them, the other half is drawn by it as well; if not, it is
coded. The decoded terms then compete with a regression on all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.coding.coded_recovery import Decoder, recover
from shapiq_spex.designs.coded_design import (
    UncodedDesign,
    dense_predictions,
    found_predictable,
    preference,
)
from shapiq_spex.designs.design import Design, Recovery
from shapiq_spex.designs.random_coalitions import RandomRows
from shapiq_spex.designs.refitted_terms import refitted_terms
from shapiq_spex.designs.regression_design import additive_predictions
from shapiq_spex.estimators.contract import Estimator, uninformed
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector

_PREDICTABLE = 0.48
"""Predictability from which all rows are drawn by the law. Flat functions of 20 to 100 players had
at most .47 where regressions miss terms; games of real models, and sums of 30 unanimity games with
20 to 40 players, at least .50. Tuned."""

_JUDGED_ROWS = 1000
"""Rows of the regression that decides. Of 500, a game of 100 training rows had .31; of 700, .54."""

FEW_PLAYERS = 16
"""Players up to which a regression on as many rows finds flat functions, too: 10 to 30 terms from 8
and 16 n log2 n rows for 12, 14 and 16 players. Tuned."""


@dataclass(frozen=True, kw_only=True)
class SampleOrCodeDesign(Design):
    """Half of the rows by a law of sizes, then coded ones, unless a regression suffices.

    Attributes:
        sample: All rows by the law.
        first: How many of them come before the coded ones; the others only replace coded rows that
            are among the first.
        plan: The coded rows.
        places: The row of each coalition of the plan.
        estimator: The regression proxy that competes with the decoder.
        decoder: How to decode.
        first_known: Whether the first rows have been evaluated.
    """

    sample: Coalitions
    first: int
    plan: CodedPlan
    places: NDArray[np.intp]
    estimator: Estimator
    decoder: Decoder
    first_known: bool = False

    @classmethod
    def of(
        cls,
        random: RandomRows,
        budget: int,
        degree: int,
        *,
        estimator: Estimator,
        decoder: Decoder,
        rng: np.random.Generator,
    ) -> SampleOrCodeDesign | None:
        """The design for a budget; ``None`` if no code fits into half of it, or for few players."""
        if random.n_players <= FEW_PLAYERS:
            return None
        sample = random.draw(budget)
        first = min(len(sample), 2 + 2 * max(budget // 4 - 1, 0))  # the ends and whole pairs
        plan = CodedPlan.design(random.n_players, max(budget - first, 2), degree, rng=rng)
        if not plan.cosets:
            return None
        every, place = sample[:first].concatenate(plan.coalitions, sample[first:]).distinct()
        return cls(
            coalitions=every[:budget],
            size_law=random.law,
            drawn=first,
            parts_tell_growth=False,
            sample=sample,
            first=first,
            plan=plan,
            places=place[first : first + len(plan)],
            estimator=estimator,
            decoder=decoder,
        )

    @property
    def stage_end(self) -> int:
        """The first rows, unless their answers are known."""
        return len(self.coalitions) if self.first_known else self.first

    def in_one_stage(self) -> Design:
        """The same coalitions, coded ones included."""
        return replace(self, first_known=True)

    def advance(self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator) -> Design:
        """Decide from the first rows whether a code is needed."""
        rows, truth = (
            self.coalitions[: self.first][known][:_JUDGED_ROWS],
            values[known][:_JUDGED_ROWS],
        )
        if len(truth) == 0:
            return self.in_one_stage()
        predicted = _predictability(rows, truth, rng)
        if predicted <= _PREDICTABLE:
            return self.in_one_stage()
        return UncodedDesign(
            coalitions=self.sample,
            size_law=self.size_law,
            asked=self.asked,
            estimator=self.estimator,
            reason=found_predictable(predicted, len(truth)),
            predictable=True,
        )

    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """Decode; let regressions compete with the decoded function.

        These are the proxy on all rows, the proxy on what decoding leaves, and the decoded terms
        fitted anew to the rows of the law asked for, which choose among the candidates. What is
        known of the players beforehand informs the first.
        """
        answers = np.where(known, values, np.nan)
        rows, truth = self.coalitions[known], values[known]
        uncoded = np.flatnonzero(known) < self.first
        alone = self.estimator.fit(rows, truth, rng=rng)
        candidates = {"regression": (alone.spectrum, alone.held_out)}
        if known[self.places].any() and uncoded.any():
            decoded = recover(self.plan, answers[self.places], decoder=self.decoder, rng=rng)
            at_rows = decoded.spectrum.evaluate(rows)
            rest = uninformed(self.estimator).fit(rows, truth - at_rows, rng=rng)
            unseen = np.where(uncoded, at_rows, np.nan)
            anew, of_uncoded = refitted_terms(decoded.spectrum, rows[uncoded], truth[uncoded])
            refitted = np.full(len(truth), np.nan)
            refitted[uncoded] = of_uncoded
            candidates |= {
                "code": (decoded.spectrum, unseen),
                "code, fitted anew": (anew, refitted),
                "both": (decoded.spectrum + rest.spectrum, unseen + rest.held_out),
            }

        def error(name: str) -> float:
            gaps = (candidates[name][1] - truth)[uncoded]
            gaps = gaps[np.isfinite(gaps)]
            return float(gaps @ gaps) / len(gaps) if len(gaps) else np.inf

        winner = min(candidates, key=error) if len(candidates) > 1 else "regression"
        spectrum, judged = candidates[winner]
        held_out, additive, without = np.full((3, len(values)), np.nan)
        held_out[known], additive[known] = judged, additive_predictions(alone, rows, truth, rng)
        informed = winner == "regression" and alone.uninformed is not None
        if informed:
            without[known] = alone.uninformed
        shares = alone.shares or {self.estimator.name: 1.0}
        return Recovery(
            spectrum,
            held_out,
            additive,
            estimators=shares if winner == "regression" else {"code": 1.0},
            notes=(preference(spectrum),),
            uninformed=without if informed else None,
        )


def _predictability(coalitions: Coalitions, values: Vector, rng: np.random.Generator) -> float:
    """How well a quick regression predicts rows of middle sizes that it does not know.

    It is one minus the mean squared error, on the half of the rows whose sizes are closest to
    n / 2, over the variance of all rows. Values of nearly empty and nearly full coalitions are
    predicted well even if interactions of many players have no trace elsewhere.
    """
    held_out = dense_predictions(coalitions, values, rng)
    if np.ptp(values) == 0:
        return np.nan
    from_middle = np.abs(2 * coalitions.sizes() - coalitions.n_players)
    judged = np.argsort(from_middle, kind="stable")[: (len(values) + 1) // 2]
    errors = (held_out - values)[judged] ** 2
    return 1.0 - float(np.nanmean(errors)) / float(values.var())
