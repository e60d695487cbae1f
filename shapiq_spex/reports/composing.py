"""The report of a result: what follows from the plan, the answers and the recovery."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

import numpy as np

from shapiq_spex.ablation.answer_noise import scattered
from shapiq_spex.ablation.answers import Answers
from shapiq_spex.designs.design import Recovery
from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.held_out import FEWEST_EFFECTIVE_PAIRS, HeldOut, r_squared
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.hierarchy import hierarchy
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.reports.forecast import ENOUGH, LEAST_EXPLAINED
from shapiq_spex.reports.report import Report
from shapiq_spex.reports.report_facts import LearningCurve


@dataclass(frozen=True)
class Subject:
    """What was explained: the class of the approximator, the index, its order and the budget."""

    approximator: str
    index: str
    max_order: int
    budget: int


def compose_report(
    subject: Subject,
    coalitions: Coalitions,
    answers: Answers,
    recovery: Recovery,
    held_out: HeldOut,
    *,
    seconds: dict[str, float],
    growth_rng: np.random.Generator | None,
) -> Report:
    """Write the report of a result.

    ``growth_rng`` serves to forecast what more ablations would bring; it is ``None`` if a part of
    the rows does not show that.
    """
    values = answers.values[answers.answered]
    additive = recovery.additive[answers.answered]
    judged = additive[np.isfinite(recovery.held_out[answers.answered])]
    faithfulness = 1.0 if recovery.exact else held_out.r_squared
    gain, *gain_interval = held_out.gain_over(judged)
    variance = recovery.spectrum.variance
    energies = recovery.spectrum.energy_by_degree()[1:].tolist()
    started = time.perf_counter()
    curve: LearningCurve = ()
    if growth_rng is not None and LEAST_EXPLAINED <= faithfulness < ENOUGH:
        curve = learning_curve(coalitions, values, held_out, growth_rng)
        seconds = seconds | {"forecast": time.perf_counter() - started}
    return Report(
        **asdict(subject),
        n_players=coalitions.n_players,
        planned=len(answers.values),
        asked=answers.asked,
        reused=answers.reused,
        skipped=tuple(f"{_named(s.players)}: {s.reason}" for s in answers.skipped),
        exact=recovery.exact,
        deviation=float(values.std()) if np.ptp(values) else 0.0,
        faithfulness=faithfulness,
        faithfulness_interval=(1.0, 1.0) if recovery.exact else held_out.interval(),
        effective_pairs=held_out.effective_pairs,
        additive_faithfulness=r_squared(values, additive),
        interaction_gain=gain,
        unseen=0.0 if recovery.exact else held_out.unseen,
        interaction_gain_interval=(
            (gain, gain) if recovery.exact else (gain_interval[0], gain_interval[1])
        ),
        variance_by_degree=tuple(e / variance for e in energies) if variance else (),
        hierarchy=hierarchy(recovery.spectrum),
        n_terms=len(recovery.spectrum),
        estimators=recovery.estimators,
        seconds=seconds,
        learning_curve=curve,
        requests=answers.requests,
        cost=np.nan if answers.cost is None else answers.cost,
        noise=_noise(answers),
        notes=recovery.notes + _early_end(answers),
    )


def learning_curve(
    coalitions: Coalitions, values: Vector, held_out: HeldOut, rng: np.random.Generator
) -> LearningCurve:
    """The unexplained variance from half of the rows, by a fast proxy, and from all of them.

    Empty where a few rows make up most of the variance, so that halves differ by luck.
    """
    from shapiq_spex.estimators.blend.blend import Blend  # compiled kernels

    if held_out.effective_pairs < FEWEST_EFFECTIVE_PAIRS:
        return ()
    half = paired_folds(coalitions, 2, rng) == 0
    fit = Blend("fast").fit(coalitions[half], values[half], rng=rng)
    return (
        (int(half.sum()), 1.0 - r_squared(values[half], fit.held_out)),
        (len(values), 1.0 - held_out.r_squared),
    )


def _noise(answers: Answers) -> float:
    errors = answers.errors
    if errors is None:
        return np.nan
    known = errors[answers.answered]
    return float(scattered(known) / np.sqrt(len(known)))


def _early_end(answers: Answers) -> tuple[str, ...]:
    if not answers.ended:
        return ()
    return (
        f"The run ended early, because {answers.ended}: {int((~answers.answered).sum())} of "
        f"{len(answers.answered)} coalitions have no answer.",
    )


def _named(players: tuple[int, ...]) -> str:
    """A coalition in a report: its first players and how many there are."""
    shown = ", ".join(map(str, players[:8])) + (", ..." if len(players) > 8 else "")
    return f"{{{shown}}} ({len(players)} players)"
