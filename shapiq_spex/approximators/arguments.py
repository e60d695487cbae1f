"""Checks of arguments, with errors that say what was expected."""

from __future__ import annotations

import numbers
import operator
from typing import Literal, SupportsIndex, cast

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex._argument_checks import check_integer, checked_numbers, is_one_of
from shapiq_spex._defaults import Default
from shapiq_spex.ablation.answer_noise import AnswerNoise, scattered
from shapiq_spex.ablation.answers import Answers
from shapiq_spex.ablation.representable import check_representable
from shapiq_spex.designs.law import LAW_NAMES, Keep
from shapiq_spex.fourier.coalitions import Coalitions


def checked_integer(value: object, name: str, *, least: int | None = None) -> int:
    """The value as an integer; an error says what was expected if it is not one or too small."""
    check_integer(value, name, least=least)
    return operator.index(cast("SupportsIndex", value))


def checked_keep(keep: object) -> Keep | Literal["auto"]:
    """Which coalitions a question is about; an error says what can be asked.

    Example:
        >>> checked_keep("near"), checked_keep(0.9)
        ('near', 0.9)
    """
    names = ("auto", *LAW_NAMES)
    if is_one_of(keep, names):
        return cast("Keep", str(keep))  # NumPy's texts look different in reports
    probability = float(keep) if isinstance(keep, numbers.Real) else np.nan
    if not 0.0 < probability < 1.0:
        raise (ValueError if isinstance(keep, str | numbers.Real) else TypeError)(
            f"keep must be the probability that a player is kept, above 0 and below 1, or one of "
            f"{', '.join(names)}; got {keep!r}"
        )
    return probability


DEFAULT_KEEP: Default[Keep | Literal["auto"]] = Default("auto", checked_keep)
"""What ``keep=None`` stands for; :func:`shapiq_spex.register` replaces it."""


def checked_ablations(
    coalitions: ArrayLike | Coalitions, values: ArrayLike, n_players: int
) -> tuple[Coalitions, Answers]:
    """Given ablations as distinct coalitions, in order of first occurrence, and mean answers.

    Raises:
        ValueError: If the shapes do not fit together or to the number of players, if there is
            nothing, or if a value is not finite.
    """
    given = coalitions if isinstance(coalitions, Coalitions) else Coalitions.from_dense(coalitions)
    if given.n_players != n_players:
        raise ValueError(
            f"the coalitions have {given.n_players} columns, but this approximator was made for "
            f"n={n_players} players"
        )
    answers = checked_numbers(values, "values")
    if answers.shape != (len(given),):
        raise ValueError(
            f"{len(given)} coalitions need one value each, got values of shape {answers.shape}"
        )
    if len(given) == 0:
        raise ValueError("at least one coalition and its value are needed")
    if not np.isfinite(answers).all():
        row = int(np.flatnonzero(~np.isfinite(answers))[0])
        raise ValueError(f"the value of row {row} is {answers[row]}; remove such rows first")
    check_representable(answers)
    distinct, place = given.distinct()
    counts = np.bincount(place)
    means = np.bincount(place, weights=answers) / counts
    if len(distinct) == len(given):
        return distinct, Answers.given(means)
    scatter = scattered(answers - means[place])
    return distinct, Answers.given(means, AnswerNoise(counts, scatter, len(given) - len(distinct)))
