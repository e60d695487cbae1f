"""One explanation: evaluate a design, recover, correct, convert and report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapiq import InteractionValues

from shapiq_spex._rounding import unit_of
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answers import Answers
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.representable import check_representable
from shapiq_spex.approximators.interaction_values import to_interaction_values
from shapiq_spex.approximators.one_thread import one_thread
from shapiq_spex.designs.design import Design, Recovery
from shapiq_spex.designs.law import Refusal, SizeLaw
from shapiq_spex.estimators.basis import FOURIER
from shapiq_spex.estimators.contract import Estimator, knowledge_of
from shapiq_spex.estimators.held_out import held_out_of
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.moebius import sum_over_subsets
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.intervals.hull import RandomSample, hull_intervals
from shapiq_spex.intervals.noise import Noise
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.reports.composing import Subject, Use, compose_report
from shapiq_spex.reports.prediction import defines_function, predict
from shapiq_spex.reports.region_scores import Predict
from shapiq_spex.reports.report import Report
from shapiq_spex.surrogate.correction import corrected
from shapiq_spex.surrogate.noisy_values import without_noise

Game = Callable[[NDArray[np.bool_]], Any]

_PROPOSED = ("FSII", "FBII", "FWBII(0.9)")
"""Indices that are proposed, in this order, where the values asked for do not hold when they are
added up: the best approximations of their order. They are functions by their sums over subsets."""


@dataclass(frozen=True)
class Explanation:
    """Everything one set of answers leads to.

    Attributes:
        values: The interaction values.
        spectrum: The recovered spectrum.
        surrogate: The same after correction by the observed answers; what was converted.
        ablations: The coalitions with an answer, and their values.
        report: The report.
        sample: What intervals are made from, in units of ``unit``, or why there can be none.
        unit: The power of two that the answers were divided by.
    """

    values: InteractionValues
    spectrum: Spectrum
    surrogate: Spectrum
    ablations: tuple[Coalitions, Vector]
    report: Report
    sample: RandomSample | Refusal
    unit: float

    def intervals(self, confidence: float, index: str | None, max_order: int | None) -> Intervals:
        """Intervals for the interaction values, or for another index of the same surrogate."""
        values = self.values
        if index is not None:
            order = self.report.max_order if max_order is None else max_order
            values = to_interaction_values(self.surrogate, index=index, max_order=order)
        lookup = {term: place for term, place in values.interaction_lookup.items() if term}
        terms, numbers = list(lookup), values.values[list(lookup.values())]
        if self.report.exact:
            return Intervals.exact(terms, numbers, confidence)
        if isinstance(self.sample, Refusal):
            return Intervals.unavailable(terms, numbers, confidence, self.sample.reason)
        order = values.max_order
        with one_thread():
            found = hull_intervals(
                self.sample, values.index, order, terms, numbers / self.unit, confidence=confidence
            )
        return replace(
            found, values=numbers, lower=self.unit * found.lower, upper=self.unit * found.upper
        )


def evaluated(
    design: Design, game: Game, ablation: Ablation, seed: np.random.SeedSequence
) -> tuple[Design, Answers]:
    """Evaluate a game stage by stage; the design that results, and all answers."""
    parts: list[Answers] = []
    done = 0
    while True:
        whole = done == 0 and design.stage_end == len(design.coalitions)
        rows = design.coalitions if whole else design.coalitions[done : design.stage_end]
        earlier = Answers.joined(parts) if parts else None
        parts.append(ask(game, rows, ablation, earlier=earlier, representable=True))
        answers = Answers.joined(parts) if len(parts) > 1 else parts[0]
        done = design.stage_end
        if answers.ended and done < len(design.coalitions):
            rest = Answers.missing(design.coalitions[done:], answers.ended)
            return design.in_one_stage(), Answers.joined([answers, rest])
        if done < len(design.coalitions):
            with one_thread():
                rng = np.random.default_rng(seed)
                design = design.advance(_in_units(answers)[0].values, answers.answered, rng)
        if done == len(design.coalitions):
            return design, answers


@one_thread()
def explain(
    design: Design,
    answers: Answers,
    subject: Subject,
    *,
    top_order: bool,
    estimator: Estimator,
    recovery_seed: np.random.SeedSequence,
    interval_seed: np.random.SeedSequence,
    earlier: Mapping[str, float],
) -> Explanation:
    """Turn answers into an explanation; intervals fit ``estimator`` again.

    ``earlier`` are the seconds that were spent before, and on what.
    """
    game_values, known = answers.values, answers.answered
    answers, unit = _in_units(answers)
    noise = _noise(answers)
    if noise is not None:
        design = replace(design, noisy=True)
    started = time.perf_counter()
    recovery = design.recover(answers.values, known, np.random.default_rng(recovery_seed))
    recovered = time.perf_counter()
    coalitions = design.coalitions if known.all() else design.coalitions[known]
    values = answers.values[known]
    surrogate = unit * _surrogate(design, answers, noise, recovery, subject)
    interactions = to_interaction_values(
        surrogate,
        index=subject.index,
        max_order=subject.max_order,
        top_order=top_order,
        estimation_budget=len(coalitions),
    )
    held_out = held_out_of(
        coalitions, values, recovery.held_out[known], recovery.spectrum, drawn=design.all_drawn
    )
    report = compose_report(
        subject,
        coalitions,
        answers,
        recovery,
        held_out,
        use=_use(design, interactions, recovery, surrogate, subject, unit=unit, by=estimator),
        seconds={
            **earlier,
            "game": answers.seconds,
            "recovery": recovered - started,
            "conversion": time.perf_counter() - recovered,
        },
        growth_rng=np.random.default_rng(recovery_seed) if design.parts_tell_growth else None,
    )
    return Explanation(
        interactions,
        unit * recovery.spectrum,
        surrogate,
        (coalitions, game_values[known]),
        report.in_units(unit),
        _sample(design, answers, noise, estimator, interval_seed),
        unit,
    )


def _use(
    design: Design,
    values: InteractionValues,
    recovery: Recovery,
    surrogate: Spectrum,
    subject: Subject,
    *,
    unit: float,
    by: Estimator,
) -> Use:
    """The regions asked for, and what the values and those of other indices predict there.

    Values are in units of the game, predictions and the recovered spectrum in ``unit``s.
    """

    def predictor(name: str, max_order: int) -> Predict:
        def predicted(coalitions: Coalitions) -> Vector:
            found = convert(surrogate, name, max_order)
            empty = (np.empty((1, 0)), np.array([found.empty_value]))
            function = Spectrum(surrogate.n_players, [empty, *found.groups])
            return sum_over_subsets(function, coalitions) / unit

        return predicted

    def added_up(coalitions: Coalitions) -> Vector:
        return predict(values, coalitions) / unit

    order = max(2, subject.max_order)
    others = tuple((f"{name} of order {order}", predictor(name, order)) for name in _PROPOSED)
    return Use(
        design.asked,
        added_up if defines_function(values) else None,
        (*others, ("the whole spectrum (spectrum_)", recovery.spectrum.evaluate)),
        design.size_law.basis if isinstance(design.size_law, SizeLaw) else FOURIER,
        knowledge_of(by),
    )


def _surrogate(
    design: Design, answers: Answers, noise: Noise | None, recovery: Recovery, subject: Subject
) -> Spectrum:
    """The recovered spectrum, corrected by what was observed."""
    if recovery.exact:
        return recovery.spectrum
    known = answers.answered
    coalitions = design.coalitions if known.all() else design.coalitions[known]
    errors = None if noise is None else noise.errors[known]
    return corrected(
        recovery.spectrum,
        coalitions,
        without_noise(
            recovery.spectrum, coalitions, answers.values[known], errors, recovery.held_out[known]
        ),
        design.size_law,
        drawn=int(known[: design.drawn].sum()),
        index=subject.index,
        max_order=subject.max_order,
    )


def _noise(answers: Answers) -> Noise | None:
    """The standard errors of the answers; ``None`` if they are exact, as far as anything tells."""
    known = answers.answered
    errors = answers.errors
    if errors is None or not errors[known].any():
        return None
    assert answers.noise is not None
    return Noise(errors, answers.noise.freedom_of_errors)


def _in_units(answers: Answers) -> tuple[Answers, float]:
    """The answers in units of a power of two near their spread, and this unit."""
    known = answers.values[answers.answered]
    check_representable(known)
    unit = unit_of(known)
    return answers.in_units(unit), unit


def _sample(
    design: Design,
    answers: Answers,
    noise: Noise | None,
    estimator: Estimator,
    seed: np.random.SeedSequence,
) -> RandomSample | Refusal:
    law, n_players = design.sample_law, design.coalitions.n_players
    if noise is not None and len(design.coalitions) == 2**n_players:
        law = SizeLaw.named(n_players, "uniform", paired=False)  # it leaves none to be drawn
    if isinstance(law, Refusal):
        return law
    if missing := int((~answers.answered).sum()):
        return Refusal(
            f"Of {len(answers.answered)} coalitions, {missing} got no answer, and whether that was "
            "by chance is not known."
        )
    drawn = slice(design.drawn)
    if noise is not None:
        noise = replace(noise, errors=noise.errors[drawn])
    return RandomSample(
        design.coalitions[drawn], answers.values[drawn], law, estimator, seed, noise
    )
