"""Ask coalitions of a noisy game repeatedly, or take its word for how noisy its answers are.

A game is noisy if the same coalition answers differently when it is asked again. This is known
where coalitions are repeated (``Ablation(repeats=..., repeats_of_ends=...)``), or where the game
has a method ``standard_errors(coalitions, values)``, which takes a boolean matrix and the answers
to its rows and returns the standard error of each. Otherwise answers are taken as exact.

A game that remembers answers may have a method ``forget``, which is called before each round of
repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.answer_noise import AnswerNoise, scattered
from shapiq_spex.ablation.answers import Answers
from shapiq_spex.fourier.coalitions import Coalitions


def wanted_answers(coalitions: Coalitions, policy: Ablation) -> NDArray[np.intp]:
    """How often each coalition is to be asked."""
    sizes = coalitions.sizes()
    at_end = (sizes == 0) | (sizes == coalitions.n_players)
    return np.where(at_end, max(policy.repeats, policy.repeats_of_ends), policy.repeats)


def affordable_coalitions(budget: int, policy: Ablation) -> int:
    """The number of distinct coalitions, both ends among them, that this many evaluations allow.

    Raises:
        ValueError: If it is below two.
    """
    further = 2 * max(policy.repeats_of_ends - policy.repeats, 0)
    count = (budget - further) // policy.repeats
    if count < 2:
        raise ValueError(
            f"a budget of {budget} evaluations does not suffice to ask two coalitions "
            f"{max(policy.repeats, policy.repeats_of_ends)} times"
        )
    return count


def prepare_repeats(game: object) -> None:
    """Let a game forget its answers, before a coalition is asked as one of several times.

    Raises:
        ValueError: If the game tells how noisy its answers are, or cannot forget them.
    """
    if getattr(game, "standard_errors", None) is not None:
        raise ValueError(
            "the game tells the standard errors of its answers, so asking it repeatedly tells "
            "nothing new: raise the number of draws behind each answer (such as "
            "SampledAnswer(samples=...)) instead of repeats"
        )
    forget = getattr(game, "forget", None)
    if callable(forget):
        forget()


def told_noise(game: object, coalitions: Coalitions, answers: Answers) -> AnswerNoise | None:
    """The standard errors that a game tells of its answers; ``None`` if it tells none.

    Raises:
        ValueError: If they do not fit the answers, or one is negative or not finite.
    """
    tell: Any = getattr(game, "standard_errors", None)
    if tell is None:
        return None
    known = answers.answered
    found = np.asarray(tell(coalitions[known].dense(), answers.values[known]), dtype=np.float64)
    if found.shape != answers.values[known].shape:
        raise ValueError(
            f"the game told standard errors of shape {found.shape} for answers of shape "
            f"{answers.values[known].shape}; it must tell one for each answer"
        )
    if not (np.isfinite(found) & (found >= 0)).all():
        raise ValueError("the game told a standard error that is negative or not finite")
    errors = np.full(answers.values.shape, np.nan)
    errors[known] = found
    return AnswerNoise.as_told(errors)


def mean_answers(rounds: Sequence[tuple[NDArray[np.intp], Answers]]) -> Answers:
    """Average the answers of several rounds.

    Args:
        rounds: For each round, the rows that were asked, and their answers; all rows in the first.
    """
    (_, first), *later = rounds
    values, counts = first.values.copy(), first.answered.astype(np.intp)
    scatter = np.zeros(values.shape[1:])
    for asked, again in later:
        rows, answers = asked[again.answered], again.values[again.answered]
        counts[rows] += 1
        step = answers - values[rows]  # equal answers leave the mean as it is, bit by bit
        values[rows] += (step.T / counts[rows]).T
        # of step^2, the new sum of squares has the share (k - 1) / k (Welford 1962)
        own = (step.T * np.sqrt((counts[rows] - 1) / counts[rows])).T
        scatter = scattered(np.concatenate([scatter[None], own]))
    total = Answers.joined([answers for _, answers in rounds])
    repeated = int((counts - first.answered).sum())
    return replace(
        total,
        values=values,
        answered=first.answered,
        skipped=first.skipped,
        noise=AnswerNoise(counts, scatter, repeated),
    )
