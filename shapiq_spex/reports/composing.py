"""The report of a result: what follows from the plan, the answers and the recovery."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.answer_noise import scattered
from shapiq_spex.ablation.answers import Answers
from shapiq_spex.designs.design import Recovery
from shapiq_spex.designs.law import share_kept
from shapiq_spex.designs.regions import Region
from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.held_out import (
    FEWEST_EFFECTIVE_PAIRS,
    HeldOut,
    held_out_of,
    r_squared,
)
from shapiq_spex.estimators.knowledge import KnowledgeSource
from shapiq_spex.fourier.biased import BiasedSpectrum
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.hierarchy import hierarchy
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.reports.forecast import ENOUGH, LEAST_EXPLAINED
from shapiq_spex.reports.region_scores import (
    Judged,
    Predict,
    RegionScore,
    exact_scores,
    score_region,
    with_added_up,
)
from shapiq_spex.reports.report import Report
from shapiq_spex.reports.report_facts import LearningCurve

_MOST_SUBSETS = 500_000
"""Subsets of terms from which a spectrum is not read in another basis. A choice; bounds the time at
about a second."""

_ROUNDING = 1e-9
"""The share of the standard deviation below which a coefficient read in another basis is rounding
(a choice)."""


@dataclass(frozen=True)
class Subject:
    """What was explained: the class of the approximator, the index, its order and the budget.

    ``noun`` says what the players are, in the plural, and ``knowledge`` what is known of them
    beforehand.
    """

    approximator: str
    index: str
    max_order: int
    budget: int
    noun: str = "players"
    knowledge: str = ""


@dataclass(frozen=True)
class Use:
    """What an explanation is for.

    Attributes:
        asked: The regions that it should hold in; none for the law of its rows.
        added_up: What the values of the index predict when added up; ``None`` if that has no
            meaning.
        alternatives: What other indices of the same result predict, by name, in the order in which
            they are proposed.
        basis: The basis in which fits to its rows are read.
        knowledge: What fits know of the players beforehand.
    """

    asked: tuple[Region, ...] = ()
    added_up: Predict | None = None
    alternatives: tuple[tuple[str, Predict], ...] = ()
    basis: Basis = FOURIER
    knowledge: KnowledgeSource | None = None


def compose_report(
    subject: Subject,
    coalitions: Coalitions,
    answers: Answers,
    recovery: Recovery,
    held_out: HeldOut,
    *,
    use: Use,
    seconds: dict[str, float],
    growth_rng: np.random.Generator | None,
) -> Report:
    """Write the report of a result.

    ``growth_rng`` serves to forecast what more ablations would bring; it is ``None`` if a part of
    the rows does not show that.
    """
    values = answers.values[answers.answered]
    additive = recovery.additive[answers.answered]
    rows = np.isfinite(recovery.held_out[answers.answered])
    judged = Judged.of(() if recovery.exact else use.asked, coalitions[rows], held_out)
    headline = judged.held_out
    faithfulness = 1.0 if recovery.exact else headline.r_squared
    gain, *gain_interval = headline.gain_over(judged.of_headline(additive[rows]))
    started = time.perf_counter()
    curve: LearningCurve = ()
    if growth_rng is not None and LEAST_EXPLAINED <= faithfulness < ENOUGH:
        curve = _learning_curve(coalitions, values, judged, use, growth_rng)
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
        faithfulness_interval=(1.0, 1.0) if recovery.exact else judged.interval,
        regions=_with_share_evaluated(
            _regions(judged, coalitions[rows], held_out, recovery, use), coalitions
        ),
        effective_pairs=headline.effective_pairs,
        additive_faithfulness=_r_squared_of(recovery.additive, answers, rows, judged),
        uninformed_faithfulness=_r_squared_of(recovery.uninformed, answers, rows, judged),
        interaction_gain=gain,
        unseen=0.0 if recovery.exact else headline.unseen,
        interaction_gain_interval=(
            (gain, gain) if recovery.exact else (gain_interval[0], gain_interval[1])
        ),
        **_of_energy(recovery.spectrum, use.asked),
        n_terms=len(recovery.spectrum),
        estimators=recovery.estimators,
        seconds=seconds,
        learning_curve=curve,
        requests=answers.requests,
        cost=np.nan if answers.cost is None else answers.cost,
        noise=_noise(answers),
        notes=recovery.notes + _early_end(answers),
    )


def _of_energy(spectrum: Spectrum, asked: tuple[Region, ...]) -> dict[str, Any]:
    """Where the energy of a spectrum is, in the basis of the law asked for."""
    keep = _variance_keep(spectrum, asked)
    seen: Spectrum | BiasedSpectrum = spectrum  # up to signs, the basis of one half is its own
    if keep != 0.5:
        seen = BiasedSpectrum.of(spectrum, keep)
        seen = seen.prune(threshold=_ROUNDING * float(np.sqrt(seen.variance)))
    variance, energies = seen.variance, seen.energy_by_degree()[1:].tolist()
    return {
        "variance_by_degree": tuple(e / variance for e in energies) if variance else (),
        "variance_keep": keep,
        "hierarchy": hierarchy(seen),
    }


def _variance_keep(spectrum: Spectrum, asked: tuple[Region, ...]) -> float:
    """The share of the players that is kept where the variance is divided by degree."""
    subsets = sum(len(group.coefficients) << min(group.degree, 62) for group in spectrum.groups)
    if len(asked) != 1 or subsets > _MOST_SUBSETS:
        return 0.5
    return share_kept(spectrum.n_players, asked[0].keep)


def _with_share_evaluated(
    scores: tuple[RegionScore, ...], coalitions: Coalitions
) -> tuple[RegionScore, ...]:
    """The scores, which tell how many of the coalitions of each region were evaluated."""
    sizes, n_players = coalitions.sizes(), coalitions.n_players
    shares = [Region(score.keep).rows_among(sizes, n_players).evaluated for score in scores]
    return tuple(replace(s, evaluated=share) for s, share in zip(scores, shares, strict=True))


def _regions(
    judged: Judged, coalitions: Coalitions, held_out: HeldOut, recovery: Recovery, use: Use
) -> tuple[RegionScore, ...]:
    """The scores of all regions, and how well the values of the index do there."""
    scores = exact_scores(use.asked) if recovery.exact else judged.scores
    if use.added_up is None or not any(score.known for score in scores):
        return scores
    return with_added_up(
        scores,
        coalitions,
        held_out,
        fit=recovery.spectrum.evaluate,
        added_up=use.added_up,
        alternatives=use.alternatives,
    )


def _learning_curve(
    coalitions: Coalitions,
    values: Vector,
    judged: Judged,
    use: Use,
    rng: np.random.Generator,
) -> LearningCurve:
    """The unexplained variance from half of the rows, by a fast proxy, and from all of them.

    It is that of the headline, in the worst of the regions asked for. Empty where a few rows make
    up most of the variance, so that halves differ by luck.
    """
    from shapiq_spex.estimators.blend.blend import Blend  # compiled kernels

    if judged.held_out.effective_pairs < FEWEST_EFFECTIVE_PAIRS:
        return ()
    half = paired_folds(coalitions, 2, rng) == 0
    blend = Blend("fast", basis=use.basis, knowledge=use.knowledge)
    fit = blend.fit(coalitions[half], values[half], rng=rng)
    explained = r_squared(values[half], fit.held_out)
    if judged.worst is not None:
        held_out = held_out_of(coalitions[half], values[half], fit.held_out)
        rows = coalitions[half][np.isfinite(fit.held_out)]
        explained = score_region(Region(judged.worst.keep), rows, held_out)[0].r_squared
        if np.isnan(explained):
            return ()
    return (
        (int(half.sum()), 1.0 - explained),
        (len(values), 1.0 - judged.held_out.r_squared),
    )


def _r_squared_of(
    held_out: Vector | None, answers: Answers, rows: NDArray[np.bool_], judged: Judged
) -> float:
    """R^2 of other held-out predictions where the headline is judged; NaN for none."""
    if held_out is None:
        return np.nan
    predictions = held_out[answers.answered]
    if judged.judging is None:
        return r_squared(answers.values[answers.answered], predictions)
    return replace(judged.held_out, predictions=judged.of_headline(predictions[rows])).r_squared


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
