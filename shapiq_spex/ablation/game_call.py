"""Call any kind of game as a function from a boolean matrix to checked numbers."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapiq.game import Game
from shapiq.imputer.base import Imputer

from shapiq_spex.ablation.answers import Outputs, read_answers
from shapiq_spex.fourier.coalitions import BoolMatrix

GameLike = Callable[[BoolMatrix], Any]
"""A ``shapiq.Game`` or imputer, or any function, ``async`` or not, of a boolean matrix."""


class GameCall:
    """Calls a game and checks its answers; picklable if the game is.

    A call that takes longer than ``timeout`` seconds raises a ``TimeoutError``.
    """

    def __init__(self, game: GameLike, outputs: Outputs, timeout: float | None = None) -> None:
        if not callable(game):
            raise TypeError(
                "a game must be a shapiq.Game, an imputer or a function of a boolean matrix of "
                f"coalitions, got {type(game).__name__}"
            )
        self.game: Any = game
        self.outputs: Outputs = outputs
        self.timeout = timeout
        self._by_value_function = _needs_value_function(game)
        function = self.game.value_function if self._by_value_function else game
        self.is_async = iscoroutinefunction(function) or iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 - an object with async __call__
        )

    def __call__(self, coalitions: BoolMatrix) -> NDArray[np.float64]:
        """Call an ordinary game."""
        if self.timeout is None:
            raw = self._call(coalitions)
        else:
            raw = _call_within(self.timeout, self._call, coalitions)
        return self._read(raw, coalitions)

    async def call_async(self, coalitions: BoolMatrix) -> NDArray[np.float64]:
        """Call an ``async`` game."""
        try:
            async with asyncio.timeout(self.timeout):
                raw = await self._call(coalitions)
        except TimeoutError as error:
            raise _timeout_error(self.timeout) from error
        return self._read(raw, coalitions)

    def _call(self, coalitions: BoolMatrix) -> Any:
        # a game may change the matrix it is given; the checks need the original
        own = coalitions.copy()
        return self.game.value_function(own) if self._by_value_function else self.game(own)

    def _read(self, raw: Any, coalitions: BoolMatrix) -> NDArray[np.float64]:
        values = read_answers(raw, coalitions, self.outputs)
        return values - self.game.normalization_value if self._by_value_function else values


def _needs_value_function(game: GameLike) -> bool:
    """Whether ``value_function`` has to be called, and its result normalised here.

    The ``__call__`` of a verbose ``shapiq.Game`` draws a progress bar of its own and evaluates one
    coalition at a time; that of an ``async`` game subtracts a number from a coroutine.
    """
    if not isinstance(game, Game) or type(game).__call__ is not Game.__call__:
        return False
    return (game.verbose and not game.precomputed) or iscoroutinefunction(game.value_function)


def _call_within(
    seconds: float, function: Callable[[BoolMatrix], Any], coalitions: BoolMatrix
) -> Any:
    """Call in a thread that is abandoned when the time is up."""
    replies: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def work() -> None:
        try:
            replies.put((True, function(coalitions)))
        except BaseException as error:
            replies.put((False, error))

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), daemon=True).start()
    try:
        succeeded, result = replies.get(timeout=seconds)
    except queue.Empty:
        raise _timeout_error(seconds) from None
    if not succeeded:
        raise result
    return result


def _timeout_error(seconds: float | None) -> TimeoutError:
    return TimeoutError(f"the game did not answer within {seconds} seconds")


def players_are(game: object) -> str:
    """What the players of a game are, in the plural, such as "words".

    A game says it in an attribute ``players_are``; the players of shapiq's imputers are features.
    """
    if isinstance(game, Imputer):
        return "features"
    return str(getattr(game, "players_are", "players"))
