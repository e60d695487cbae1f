"""What is known of the noise of answers: how the same coalition's answers differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

_ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Standard errors up to this multiple of the largest value are rounding, not noise. A choice, above
what means of equal numbers lose."""


@dataclass(frozen=True)
class AnswerNoise:
    """What is known of the noise of values.

    Attributes:
        counts: How many answers each value is the mean of.
        scatter: The root of the summed squared deviations of answers from their means: a number,
            or one for each output.
        degrees_of_freedom: Of the scatter: the number of answers minus that of answered coalitions.
        told: The standard error of each value, if the game tells it.
    """

    counts: NDArray[np.intp]
    scatter: NDArray[np.float64]
    degrees_of_freedom: int
    told: NDArray[np.float64] | None = None

    @classmethod
    def as_told(cls, errors: NDArray[np.float64]) -> AnswerNoise:
        """Values whose standard errors the game tells."""
        return cls(np.ones(len(errors), dtype=np.intp), np.zeros(errors.shape[1:]), 0, errors)

    @classmethod
    def joined(cls, parts: Sequence[tuple[AnswerNoise | None, int]]) -> AnswerNoise | None:
        """Join what is known of parts; ``None`` stands for a number of values without answers."""
        if all(part is None for part, _ in parts):
            return None
        filled = [
            cls(np.zeros(rows, dtype=np.intp), np.zeros(()), 0) if part is None else part
            for part, rows in parts
        ]
        told = [
            np.full(len(part.counts), np.nan) if part.told is None else part.told for part in filled
        ]
        return cls(
            np.concatenate([part.counts for part in filled]),
            scattered(np.array([part.scatter for part in filled])),
            sum(part.degrees_of_freedom for part in filled),
            None if all(part.told is None for part in filled) else np.concatenate(told),
        )

    @property
    def freedom_of_errors(self) -> float:
        """The degrees of freedom of :meth:`errors`; infinite if the game tells them."""
        return float(self.degrees_of_freedom) if self.told is None else np.inf

    def of_rows(self, rows: NDArray[np.intp]) -> AnswerNoise:
        """Select or repeat values."""
        told = None if self.told is None else self.told[rows]
        return replace(self, counts=self.counts[rows], told=told)

    def in_units(self, unit: float) -> AnswerNoise:
        """The noise of values that are divided by a unit."""
        told = None if self.told is None else self.told / unit
        return replace(self, scatter=self.scatter / unit, told=told)

    def output(self, column: int) -> AnswerNoise:
        """Select one output of a game with several."""
        told = None if self.told is None else self.told[:, column]
        return AnswerNoise(self.counts, self.scatter[column], self.degrees_of_freedom, told)

    def errors(self, values: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The standard error of each value; ``None`` if nothing tells it.

        Unless the game tells it, all answers are taken to vary alike, with the standard deviation
        s = scatter / sqrt(degrees of freedom), and the mean of k answers with s / sqrt(k).
        """
        errors = self.told
        if errors is None:
            if self.degrees_of_freedom == 0:
                return None
            of_one = self.scatter / np.sqrt(self.degrees_of_freedom)
            errors = of_one / np.sqrt(np.maximum(self.counts, 1))
        smallest = _ROUNDING * float(np.abs(values).max(initial=0.0))
        return np.where(errors <= smallest, 0.0, errors)


def scattered(deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """The root of the sum of squares down each column; it neither overflows nor vanishes.

    Example:
        >>> float(scattered(np.array([3e200, 4e200])) / 1e200)
        5.0
    """
    unit = np.abs(deviations).max(axis=0, initial=0.0)
    unit = np.where(unit > 0, unit, 1.0)
    return np.asarray(unit * np.sqrt(np.square(deviations / unit).sum(axis=0)))
