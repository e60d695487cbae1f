"""Coded coalitions: most rows are chosen by an error-correcting code and decoded (SPEX)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.coding.coded_recovery import recover
from shapiq_spex.coding.generated import GeneratedCoalitions
from shapiq_spex.designs.design import Design, Recovery
from shapiq_spex.designs.law import Refusal, SizeLaw, size_weights
from shapiq_spex.designs.random_coalitions import RandomRows
from shapiq_spex.designs.regression_design import RegressionDesign
from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.estimators.held_out import r_squared
from shapiq_spex.estimators.sparse.additive import Additive
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.hierarchy import hierarchy
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

CODED = Refusal(
    "Most coalitions were chosen by an error-correcting code, not drawn at random, so no error can "
    "be estimated from them."
)

_SMALL_CODE = 8
"""Bins per family up to which a code counts as small."""

_PREDICTABLE, _WELL_PREDICTABLE = 0.4, 0.7
"""R2 of a regression on random rows from which all rows are random, for small and larger codes.
They separate flat functions from real games. Tuned."""

_PILOT_ROWS = 500
"""Rows of the regression that decides whether a code is needed."""

_PILOT_PLAYERS = 500
"""Players up to which it decides for larger codes: for more it takes longer than decoding."""

_MOST_CELLS = 2e7
"""Coalitions times players that are unpacked: 160 MB as floats."""

_TRACE = 0.01
"""Standard deviations of the game below which a coefficient does not count as a part of an
interaction (a choice)."""


@dataclass(frozen=True, kw_only=True)
class CodedDesign(Design):
    """The empty and the full coalition, the random rows of a coded plan, then its coded rows.

    The code does not contain the ends, but every index of the Shapley family needs them. The random
    rows come first: if a regression predicts the game well from these, the others are random too.

    Attributes:
        plan: The plan of the coded rows.
        random: The random rows that replace the coded ones if a regression suffices.
        estimator: The regression proxy that competes with the decoder.
        decoder: How to decode.
        random_rows_known: Whether the random rows have been evaluated.
    """

    plan: CodedPlan
    random: RandomRows
    estimator: Estimator
    decoder: Literal["soft", "hard"]
    random_rows_known: bool = False

    @classmethod
    def of(
        cls,
        plan: CodedPlan,
        random: RandomRows,
        estimator: Estimator,
        decoder: Literal["soft", "hard"],
    ) -> CodedDesign:
        """Add the ends to a plan, and put its random rows first."""
        ends = Coalitions.ends(plan.n_players)

        def generate(rows: NDArray[np.intp]) -> Coalitions:
            chosen = plan.select((rows - len(ends) + plan.uniform.start) % len(plan))
            at_ends = rows < len(ends)
            chosen.packed[at_ends] = ends.packed[rows[at_ends]]
            return chosen

        rows = GeneratedCoalitions(len(ends) + len(plan), plan.n_players, generate)
        return cls(
            coalitions=rows,
            size_law=CODED,
            parts_tell_growth=False,  # half of a code is not a code
            plan=plan,
            random=random,
            estimator=estimator,
            decoder=decoder,
        )

    @property
    def n_random(self) -> int:
        """The number of rows before the coded ones."""
        return 2 + len(self.plan.others)

    @property
    def stage_end(self) -> int:
        """The random rows, unless no regression is tried or its answer is known."""
        settled = self.random_rows_known or not (
            self._small or self.plan.n_players <= _PILOT_PLAYERS
        )
        return len(self.coalitions) if settled else self.n_random

    def in_one_stage(self) -> Design:
        """The same coalitions, coded ones included."""
        return replace(self, random_rows_known=True)

    def advance(self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator) -> Design:
        """Decide from the random rows whether a code is needed.

        If a regression predicts the game from the random rows alone, random rows improve it more
        than coded ones.
        """
        first = self.coalitions[: self.n_random]
        rows, truth = first[known][:_PILOT_ROWS], values[known][:_PILOT_ROWS]
        if len(truth) == 0:
            return self.in_one_stage()
        predicted = r_squared(truth, dense_predictions(rows, truth, rng))
        if predicted <= (_PREDICTABLE if self._small else _WELL_PREDICTABLE):
            return self.in_one_stage()
        return self._with_random_rows(first, found_predictable(predicted, len(truth)))

    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """Decode, let the regression compete, and choose by the random rows."""
        if not known[2:].any():  # the first two are not part of the code
            undecoded = UncodedDesign(
                coalitions=self.coalitions,
                size_law=self.size_law,
                asked=self.asked,
                estimator=self.estimator,
                reason="too few coalitions have a value",
            )
            return undecoded.recover(values, known, rng)
        answers = np.where(known, values, np.nan)
        found = recover(
            self.plan,
            np.concatenate([answers[self.n_random :], answers[2 : self.n_random]]),
            decoder=self.decoder,
            contender=self.estimator,
            rng=rng,
        )
        held_out = self._in_order(found.held_out)
        fresh = np.isfinite(held_out)
        additive = np.full(len(values), np.nan)
        best = (
            found.spectrum.up_to_degree(1)
            if found.used_code
            else self._additive(found.spectrum, values, known & ~fresh, rng)
        )
        additive[fresh] = best.evaluate(self.coalitions[fresh])
        shares = found.shares or {self.estimator.name: 1.0}
        return Recovery(
            found.spectrum,
            held_out,
            additive,
            estimators={"code": 1.0} if found.used_code else shares,
            notes=(*found.notes, preference(found.spectrum)),
            uninformed=None if found.uninformed is None else self._in_order(found.uninformed),
        )

    def _in_order(self, predictions: Vector) -> Vector:
        """Predictions of the rows of the plan as those of the coalitions; none of the ends."""
        coded, random = np.split(predictions, [self.plan.uniform.start])
        return np.concatenate([np.full(2, np.nan), random, coded])

    @property
    def _small(self) -> bool:
        return self.plan.cosets[0].n_bins <= _SMALL_CODE

    def _with_random_rows(self, first: Coalitions, reason: str) -> Design:
        """The random rows of the plan, then as many others as are left, drawn as by ProxySPEX."""
        count, n_players = len(self.coalitions), self.plan.n_players
        others = self.random.draw(count)
        rows = first.concatenate(others).distinct()[0][:count]
        same = rows == others
        share = len(first) / count
        mixed = (
            share * size_weights(n_players, "uniform") + (1 - share) * self.random.law.size_weights
        )
        return UncodedDesign(
            coalitions=rows,
            size_law=self.random.law if same else SizeLaw(mixed, paired=False),
            asked=self.asked,
            adaptive=not same,
            estimator=self.estimator,
            reason=reason,
            predictable=True,
        )

    def _additive(
        self, spectrum: Spectrum, values: Vector, rows: NDArray[np.bool_], rng: np.random.Generator
    ) -> Spectrum:
        """The best additive explanation of some rows.

        Where they are too many to be unpacked, it is the additive part of the spectrum.
        """
        if int(rows.sum()) * self.plan.n_players > _MOST_CELLS:
            return spectrum.up_to_degree(1)
        return Additive().fit(self.coalitions[rows], values[rows], rng=rng).spectrum


@dataclass(frozen=True, kw_only=True)
class UncodedDesign(RegressionDesign):
    """What SPEX evaluates where it does not decode.

    Attributes:
        reason: Why nothing is decoded.
        predictable: Whether that is because a regression predicts the game.
    """

    reason: str
    predictable: bool = False

    def recover(
        self, values: Vector, known: NDArray[np.bool_], rng: np.random.Generator
    ) -> Recovery:
        """Fit the regression proxy, and say why."""
        found = super().recover(values, known, rng)
        if found.exact:
            return found
        found = found.with_note(
            f"Nothing was decoded: {self.reason}. The spectrum was found by regression, as "
            "ProxySPEX finds it."
        )
        return found.with_note(preference(found.spectrum)) if self.predictable else found


def dense_predictions(coalitions: Coalitions, values: Vector, rng: np.random.Generator) -> Vector:
    """Held-out predictions of a quick regression.

    It has no sparse component, because sparse functions are what the code is for, and uses nothing
    that is known of the players: a guide may predict these coalitions although more like them would
    not tell what it lacks.
    """
    dense = Blend("fast", left_out=frozenset({"sparse"}))
    return dense.fit(coalitions, values, rng=rng).held_out


def found_predictable(predicted: float, n_rows: int) -> str:
    """Why nothing needs decoding."""
    rows = f"{n_rows} random coalitions"
    if np.isnan(predicted):
        return f"{rows} have the same value"
    return (
        f"a regression on {rows} predicts others with R2 {floor(100 * predicted) / 100:.2f}, and "
        "more of them tell more than coded ones"
    )


def preference(spectrum: Spectrum) -> str:
    """Which approximator suits the game, by the hierarchy of its recovered spectrum."""
    share = hierarchy(spectrum.prune(threshold=_TRACE * float(np.sqrt(spectrum.variance))))
    if np.isnan(share):
        return "The game has no interactions worth mentioning: ProxySPEX suits it as well."
    advice = (
        "ProxySPEX suits this game as well."
        if share >= 0.5
        else "a regression may miss the others, and SPEX is the safer choice for this game."
    )
    return (
        f"{share:.0%} of the energy of interactions is in those all of whose parts have effects, "
        f"too: {advice}"
    )
