"""Base classes of games: named players, a fingerprint for the store, several outputs."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapiq.game import Game

from shapiq_spex._argument_checks import (
    check_integer,
    check_length,
    check_list,
    check_type,
    checked_numbers,
)
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.terms import Vector

Matrix = NDArray[np.float64]


class NamedGame(Game):
    """A ``shapiq.Game`` with named players, whose values are not normalised.

    Args:
        player_names: One name per player, at least two. Names may repeat; in shapiq's
            ``player_name_lookup`` they are numbered (:func:`distinct_names`).
        fingerprint: The name under which a store keeps the answers; ``None`` if it cannot be
            derived (see :func:`shapiq_spex.ablation.game_fingerprint`).
        batch_size: Most coalitions per call; ``None`` leaves it to the ablation policy.
        verbose: Whether to show progress.

    Raises:
        ValueError: For fewer than two players.

    Example:
        >>> class Votes(NamedGame):
        ...     def value_function(self, coalitions):
        ...         return coalitions.sum(axis=1)
        >>> votes = Votes(["ann", "bob", "cy"])
        >>> votes, votes(np.array([[True, False, True]]))
        (Votes(3 players: 'ann', 'bob', 'cy'), array([2.]))
    """

    player_name_lookup: dict[str, int]
    players_are: str = "players"
    """What the players are, in the plural, for reports."""

    def __init__(
        self,
        player_names: Sequence[str],
        *,
        fingerprint: str | None = None,
        batch_size: int | None = None,
        verbose: bool = False,
    ) -> None:
        check_list(player_names, "player_names")
        for name in player_names:
            check_type(name, Hashable, "each of player_names must be a name")
        self.player_names = tuple(player_names)
        n_players = len(self.player_names)
        if n_players < 2:
            found = f"only {self.player_names[0]!r}" if n_players else "none"
            raise ValueError(
                f"a game needs at least two players, and there is {found}: choose smaller parts as "
                "players"
            )
        check_integer(batch_size, "batch_size", least=1, optional=True)
        super().__init__(
            n_players=n_players,
            normalize=False,
            player_names=distinct_names(self.player_names),
            verbose=verbose,
        )
        self._fingerprint = fingerprint
        self.batch_size = batch_size

    @property
    def fingerprint(self) -> str | None:
        """The name under which a store keeps the answers."""
        return self._fingerprint

    def name_players(self, names: Sequence[str]) -> None:
        """Rename the players.

        Raises:
            ValueError: If there are not as many names as players.
        """
        check_length(names, "names", len(self.player_names))
        self.player_names = tuple(names)
        self.player_name_lookup = {name: i for i, name in enumerate(distinct_names(names))}

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.player_names[:4])) + ", ..." * (len(self.player_names) > 4)
        return f"{type(self).__name__}({len(self.player_names)} players: {shown})"


class OutputsGame(NamedGame, ABC):
    """A game with several outputs per ablation, such as the tokens of an answer.

    The game itself is the weighted sum of its outputs and works with every approximator.
    :attr:`each` has all outputs, for ``approximate_outputs``; :meth:`part` is another weighted sum.
    The outputs of every ablation are kept and shared by them: a coalition is evaluated again only
    by a thread or process that begins with it before its outputs are kept.

    Args:
        player_names: One name per player.
        output_names: One name per output.
        weights: One weight per output.
        record: File that keeps all outputs of every ablation, also for later processes. Without
            it they are kept in memory.
        fingerprint: The name under which a store keeps the answers.
        batch_size: Most coalitions per call.
        verbose: Whether to show progress.

    Raises:
        ValueError: If weights and names differ in number, or a game with a record has no
            fingerprint.

    Example:
        >>> class Sizes(OutputsGame):
        ...     def _evaluate(self, coalitions):
        ...         return np.stack([coalitions.sum(axis=1), coalitions.all(axis=1)], axis=1)
        >>> game = Sizes(["ann", "bob"], ["size", "everyone"], weights=[0.5, 1.0])
        >>> kept = np.array([[True, False], [True, True]])
        >>> game(kept), game.part(0)(kept), game.output_names
        (array([0.5, 2. ]), array([1., 2.]), ('size', 'everyone'))
    """

    def __init__(
        self,
        player_names: Sequence[str],
        output_names: Sequence[str],
        weights: ArrayLike,
        *,
        record: str | PathLike[str] | None = None,
        fingerprint: str | None = None,
        batch_size: int | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            player_names, fingerprint=fingerprint, batch_size=batch_size, verbose=verbose
        )
        check_list(output_names, "output_names")
        self.output_names = tuple(output_names)
        self.weights = _checked_weights(weights, len(self.output_names))
        self._record = record
        self._memory: dict[Any, Vector] = {}
        if record is not None and self.fingerprint is None:
            raise ValueError(
                "a record needs a name of the game: give fingerprint=..., and change it whenever "
                "the game changes"
            )

    @abstractmethod
    def _evaluate(self, coalitions: BoolMatrix) -> Matrix:
        """All outputs of distinct coalitions that have not been evaluated before."""

    def outputs(self, coalitions: ArrayLike) -> Matrix:
        """All outputs, one row per coalition.

        Raises:
            ValueError: If the evaluation returns another number of outputs.
        """
        asked = Coalitions.from_dense(coalitions)
        if self._record is None:
            return self._remembered(asked)
        policy = Ablation(store=self._record, fingerprint=self.fingerprint, n_jobs=1)
        return ask(self._checked, asked, policy, outputs="many").values

    def value_function(self, coalitions: Any) -> Vector:
        """The weighted sum of the outputs, one number per coalition."""
        return weighted_sum(self.outputs(coalitions), self.weights)

    def forget(self) -> None:
        """Evaluate coalitions anew, as ``Ablation(repeats=...)`` wants it for a noisy game.

        Raises:
            ValueError: If the game keeps a record, which holds one answer to each coalition.
        """
        if self._record is not None:
            raise ValueError(
                "a game with a record gives the same answer to a repeated coalition: leave out "
                "record=... to repeat coalitions; the store of an Ablation keeps every answer"
            )
        self._memory.clear()

    @property
    def each(self) -> EachOutput:
        """All outputs at once: ``approximator.approximate_outputs(budget, game.each)``."""
        return EachOutput(self)

    def part(
        self, outputs: int | slice | Sequence[int], combine: Literal["sum", "mean"] = "sum"
    ) -> PartOfOutputs:
        """The sum or the mean of some outputs as a game, such as a span of an answer.

        Raises:
            ValueError: If there is no such output.
        """
        names = self.output_names
        try:
            chosen = np.arange(len(names))[outputs if isinstance(outputs, slice) else [outputs]]
        except IndexError:
            raise ValueError(
                f"outputs must be numbers from 0 to {len(names) - 1}, got {outputs}"
            ) from None
        if chosen.size == 0:
            raise ValueError(f"outputs must choose at least one of {len(names)}, got {outputs}")
        weights = np.zeros(len(names))
        weights[chosen.ravel()] = 1.0 if combine == "sum" else 1.0 / chosen.size
        return PartOfOutputs(self, weights)

    def _remembered(self, asked: Coalitions) -> Matrix:
        keys = asked.keys().tolist()
        new = {key: row for row, key in enumerate(keys) if key not in self._memory}
        fresh: dict[Any, Vector] = {}
        if new:
            rows = np.fromiter(new.values(), dtype=np.intp, count=len(new))
            fresh = dict(zip(new, self._checked(asked[rows].dense()), strict=True))
            # the caller refuses NaN and infinite outputs, and may ask again
            self._memory |= {key: row for key, row in fresh.items() if np.isfinite(row).all()}
        return np.array([fresh[key] if key in fresh else self._memory[key] for key in keys])

    def _checked(self, coalitions: BoolMatrix) -> Matrix:
        values = as_numbers(self._evaluate(coalitions))
        if values.ndim == 1:
            values = values[:, None]
        expected = (len(coalitions), len(self.output_names))
        if values.shape != expected:
            raise ValueError(
                f"{expected[0]} coalitions of a game with {expected[1]} outputs gave an array of "
                f"shape {values.shape}; it must have the shape {expected}"
            )
        return values


class _DerivedGame(NamedGame):
    """A game that evaluates another one, and takes as many requests and tokens."""

    def __init__(self, game: OutputsGame) -> None:
        super().__init__(game.player_names, batch_size=game.batch_size, verbose=game.verbose)
        self.game = game
        self.players_are = game.players_are

    def forget(self) -> None:
        """Evaluate coalitions of the game anew."""
        self.game.forget()

    @property
    def metered(self) -> bool:
        """That of the game."""
        return getattr(self.game, "metered", False)

    @property
    def requests_per_coalition(self) -> float | None:
        """Those of the game."""
        return getattr(self.game, "requests_per_coalition", None)

    @property
    def tokens_per_coalition(self) -> float | None:
        """Those of the game."""
        return getattr(self.game, "tokens_per_coalition", None)


class EachOutput(_DerivedGame):
    """All outputs of a game, a matrix with one row per coalition; for ``approximate_outputs``."""

    def __init__(self, game: OutputsGame) -> None:
        super().__init__(game)
        self.output_names = game.output_names

    @property
    def fingerprint(self) -> str | None:
        """That of the game, with "all outputs"."""
        return with_suffix(self.game.fingerprint, "all outputs")

    def value_function(self, coalitions: Any) -> Matrix:
        """All outputs, one row per coalition."""
        return self.game.outputs(coalitions)


class PartOfOutputs(_DerivedGame):
    """A weighted sum of the outputs of a game."""

    def __init__(self, game: OutputsGame, weights: ArrayLike) -> None:
        super().__init__(game)
        self.weights = _checked_weights(weights, len(game.output_names))

    @property
    def fingerprint(self) -> str | None:
        """That of the game, with a digest of the weights."""
        return with_suffix(self.game.fingerprint, digest(self.weights))

    def value_function(self, coalitions: Any) -> Vector:
        """The weighted sum, one number per coalition."""
        return weighted_sum(self.game.outputs(coalitions), self.weights)


def as_numbers(values: Any) -> Matrix:
    """Values as an array of floats: numbers, arrays, and tensors of any type on any device.

    Example:
        >>> as_numbers([1, np.float32(0.5)])
        array([1. , 0.5])
    """
    if isinstance(values, list | tuple):
        parts: Sequence[Any] = values
        tensors = any(hasattr(part, "detach") for part in parts)
        values = [as_numbers(part) for part in parts] if tensors else parts
    elif hasattr(values, "detach"):
        # NumPy reads neither bfloat16 nor what is not in main memory; some devices lack float64
        values = values.detach().cpu().double().numpy()
    return np.asarray(values, dtype=np.float64)


def weighted_sum(outputs: Matrix, weights: Vector) -> Vector:
    """One number per row; its rounding does not depend on the other rows either."""
    return (outputs * weights).sum(axis=1)


def distinct_names(names: Sequence[str]) -> list[str]:
    """Number the names that occur more than once, as in "not (1)" and "not (2)"."""
    counts, seen, taken = Counter(names), Counter[str](), set(names)
    distinct: list[str] = []
    for name in names:
        candidate = name
        while counts[name] > 1 and candidate in taken:
            seen[name] += 1
            candidate = f"{name} ({seen[name]})"
        taken.add(candidate)
        distinct.append(candidate)
    return distinct


def digest(*parts: object) -> str:
    """A hash of data: arrays by type, shape and content, everything else by ``repr``.

    Example:
        >>> digest("a", 1) == digest("a", 1), digest("a", 1) == digest("a1")
        (True, False)
    """
    state = hashlib.blake2b(digest_size=12)
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype != object:
            head, content = f"{part.dtype.str}{part.shape}", np.ascontiguousarray(part).tobytes()
        else:
            value = part.tolist() if isinstance(part, np.ndarray) else part
            head, content = type(value).__name__, repr(value).encode()
        state.update(f"{head}:{len(content)}:".encode() + content)
    return state.hexdigest()


def with_suffix(fingerprint: str | None, suffix: str) -> str | None:
    """The fingerprint of a game derived from one that may have none."""
    return None if fingerprint is None else f"{fingerprint} / {suffix}"


def _checked_weights(weights: ArrayLike, n_outputs: int) -> Vector:
    checked = checked_numbers(weights, "weights")
    if n_outputs < 1 or checked.shape != (n_outputs,) or not np.isfinite(checked).all():
        raise ValueError(
            f"{n_outputs} outputs need as many finite weights, got shape {checked.shape}"
        )
    return checked
