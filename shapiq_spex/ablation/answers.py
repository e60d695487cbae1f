"""The answers of a game: reading and checking raw ones, and the result of asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from inspect import iscoroutine
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.answer_noise import AnswerNoise
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions

Outputs = Literal["one", "many"]


@dataclass(frozen=True)
class Skipped:
    """A coalition that got no answer, and why.

    Example:
        >>> from shapiq_spex import Ablation
        >>> from shapiq_spex.ablation import ask
        >>> def shares(kept):
        ...     return [1 / sum(row) if any(row) else float("nan") for row in kept]
        >>> answers = ask(shares, [[True, True], [False, False]], Ablation(on_error="skip"))
        >>> [skipped.players for skipped in answers.skipped]
        [()]
    """

    players: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class Answers:
    """The answers of a game to a list of coalitions.

    Attributes:
        values: One value (or one row of values) per coalition, NaN where there is no answer.
        answered: Which coalitions have an answer.
        asked: Number of distinct coalitions the game was asked for, each as often as it was.
        reused: Number of them whose answer was already in the store.
        retries: Number of calls that repeated a failed one.
        skipped: The coalitions without an answer.
        seconds: Wall time taken.
        requests: Requests sent, repetitions included, if the game tells how many it takes or the
            policy limits or prices them; 0 otherwise.
        tokens: Their tokens, as far as they are known.
        cost: What they cost at the prices of the policy; ``None`` without a price.
        ended: Why not all coalitions were asked, such as a limit of the policy; empty if they were.
        noise: How noisy the values are; ``None`` if nothing tells it (see
            :mod:`shapiq_spex.ablation.repeats`).

    Example:
        >>> from shapiq_spex.ablation import ask
        >>> coalitions = [[True, True], [True, False], [True, True]]
        >>> answers = ask(lambda kept: kept.sum(axis=1), coalitions)
        >>> answers.values, answers.asked, answers.skipped
        (array([2., 1., 2.]), 2, ())
    """

    values: NDArray[np.float64]
    answered: NDArray[np.bool_]
    asked: int
    reused: int
    retries: int
    skipped: tuple[Skipped, ...]
    seconds: float
    requests: int = 0
    tokens: float = 0.0
    cost: float | None = None
    ended: str = ""
    noise: AnswerNoise | None = None

    @property
    def errors(self) -> NDArray[np.float64] | None:
        """The standard error of each value; ``None`` if nothing tells it."""
        return self.noise and self.noise.errors(self.values[self.answered])

    @classmethod
    def given(cls, values: NDArray[np.float64], noise: AnswerNoise | None = None) -> Answers:
        """Wrap values that exist already; no game was asked."""
        everywhere = np.ones(len(values), dtype=np.bool_)
        return cls(
            values, everywhere, asked=0, reused=0, retries=0, skipped=(), seconds=0.0, noise=noise
        )

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Join the answers of several calls, in order."""
        costs = [part.cost for part in parts if part.cost is not None]
        return cls(
            values=np.concatenate([part.values for part in parts]),
            answered=np.concatenate([part.answered for part in parts]),
            asked=sum(part.asked for part in parts),
            reused=sum(part.reused for part in parts),
            retries=sum(part.retries for part in parts),
            skipped=tuple(skipped for part in parts for skipped in part.skipped),
            seconds=sum(part.seconds for part in parts),
            requests=sum(part.requests for part in parts),
            tokens=sum(part.tokens for part in parts),
            cost=sum(costs) if costs else None,
            ended=next((part.ended for part in parts if part.ended), ""),
            noise=AnswerNoise.joined([(part.noise, len(part.values)) for part in parts]),
        )

    @classmethod
    def missing(cls, coalitions: Coalitions, ended: str) -> Answers:
        """No answers to coalitions that were not asked because the run had ended."""
        return cls(
            values=np.full(len(coalitions), np.nan),
            answered=np.zeros(len(coalitions), dtype=np.bool_),
            asked=0,
            reused=0,
            retries=0,
            skipped=skipped_rows(coalitions, f"not asked: {ended}"),
            seconds=0.0,
            ended=ended,
        )

    def of_rows(self, rows: NDArray[np.intp]) -> Answers:
        """The answers of the given rows."""
        noise = self.noise and self.noise.of_rows(rows)
        return replace(self, values=self.values[rows], answered=self.answered[rows], noise=noise)

    def in_units(self, unit: float) -> Answers:
        """The same answers divided by a unit."""
        noise = self.noise and self.noise.in_units(unit)
        return replace(self, values=self.values / unit, noise=noise)

    def output(self, column: int) -> Answers:
        """Select one output of a game with several."""
        noise = self.noise and self.noise.output(column)
        return replace(self, values=self.values[:, column], noise=noise)


def skipped_rows(coalitions: Coalitions, reason: str) -> tuple[Skipped, ...]:
    """Coalitions without an answer for one reason."""
    return tuple(
        Skipped(tuple(np.flatnonzero(coalitions[row : row + 1].dense()[0]).tolist()), reason)
        for row in range(len(coalitions))
    )


def coalition_description(coalition: NDArray[np.bool_]) -> str:
    """Describe a coalition in a message, as in "the coalition of 2 of 3 players (0, 2)"."""
    players = np.flatnonzero(coalition)
    if len(players) == 0:
        return f"the empty coalition of {len(coalition)} players"
    shown = ", ".join(map(str, players[:10].tolist())) + ", ..." * (len(players) > 10)
    return f"the coalition of {len(players)} of {len(coalition)} players ({shown})"


def read_answers(raw: Any, coalitions: BoolMatrix, outputs: Outputs) -> NDArray[np.float64]:
    """Convert what a game returned for m coalitions to a new array of shape (m,) or (m, k).

    Integers, booleans and object arrays of real numbers become floats. A single coalition may be
    answered by a bare number. NaN and infinities pass (see :func:`check_finite`).

    Raises:
        TypeError: If the answers are not real numbers.
        ValueError: If their number or their shape is wrong.
    """
    m = len(coalitions)
    expected = f"{m} numbers" if outputs == "one" else f"a matrix of {m} rows"
    array = _as_array(raw, expected)
    if array.ndim == 0 and m == 1 and outputs == "one":
        array = array.reshape(1)
    if array.ndim == 0:
        raise TypeError(f"the game returned {_shorten(raw)} instead of {expected}")
    if array.ndim != (1 if outputs == "one" else 2):
        hint = ""
        if outputs == "one":
            column = "values[:, 0]"
            is_column = array.shape == (m, 1)
            hint = f": return {column}" if is_column else f": return one output, such as {column}"
        raise ValueError(
            f"the game returned an array of shape {array.shape} instead of {expected}{hint}"
        )
    if len(array) != m:
        raise ValueError(
            f"the game returned {len(array)} values for {m} coalitions; it must return one value "
            "per row of the boolean matrix it is given"
        )
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    if array.dtype.kind == "O":
        return _floats_from_objects(array, coalitions)
    found = f"the game returned values of type {array.dtype.name} instead of real numbers"
    if array.size:
        first = _shorten(array.flat[0].item())
        found += f"; the first is {first} for {coalition_description(coalitions[0])}"
    raise TypeError(found)


def check_finite(values: NDArray[np.float64], coalitions: BoolMatrix) -> None:
    """Refuse NaN and infinite answers, naming the first coalition with one."""
    finite = finite_rows(values)
    if not finite.all():
        row = int(np.argmin(finite))
        others = int((~finite).sum()) - 1
        found = f"{_shorten(values[row].tolist())} for {coalition_description(coalitions[row])}"
        if others:
            found += f", and {others} more values that are not finite"
        raise ValueError(f"the game returned {found}; every coalition needs a finite value")


def finite_rows(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each coalition has only finite values."""
    finite = np.isfinite(values)
    return finite if values.ndim == 1 else np.all(finite, axis=1)


def check_outputs(before: NDArray[np.float64], now: NDArray[np.float64]) -> None:
    """Refuse answers with another number of outputs than before."""
    if before.shape[1:] != now.shape[1:]:
        raise ValueError(
            f"the game returned {now.shape[1]} numbers per coalition after {before.shape[1]} "
            "before; it must always return the same number"
        )


def _as_array(raw: Any, expected: str) -> NDArray[Any]:
    if raw is None:
        raise TypeError(f"the game returned None instead of {expected}: is a `return` missing?")
    if iscoroutine(raw):
        raw.close()
        raise TypeError(
            f"the game returned a coroutine instead of {expected}: define it with `async def`, "
            "so that it is recognised and awaited"
        )
    if isinstance(raw, np.ma.MaskedArray):
        raw = np.ma.filled(raw.astype(np.float64), np.nan)
    try:
        return np.asarray(raw)
    except Exception as error:
        raise TypeError(
            f"the game returned a {type(raw).__name__} that cannot be read as {expected}: {error}"
        ) from error


def _floats_from_objects(array: NDArray[np.object_], coalitions: BoolMatrix) -> NDArray[np.float64]:
    values = np.empty(array.shape)
    for position, item in np.ndenumerate(array):
        # str has no __float__, although float("1") works: text is not a value
        if not hasattr(item, "__float__") or isinstance(item, np.complexfloating):
            raise TypeError(
                f"the game returned {_shorten(item)} ({type(item).__name__}) instead of a real "
                f"number for {coalition_description(coalitions[position[0]])}"
            )
        values[position] = float(item)
    return values


def _shorten(item: object) -> str:
    text = repr(item)
    return text if len(text) <= 60 else text[:57] + "..."
