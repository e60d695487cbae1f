"""Every kind of game as one: a function from a boolean matrix to checked numbers."""

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

from shapiq_spex.ablation.answers import Outputs, read_answers
from shapiq_spex.fourier.coalitions import BoolMatrix

GameLike = Callable[[BoolMatrix], Any]
"""A ``shapiq.Game`` or imputer, or any function, ``async`` or not, of a boolean matrix."""


class Call:
    """How one game is called. Picklable if the game is.

    Args:
        game: The game.
        outputs: Whether it returns one number or many per coalition.
        timeout: Seconds until a call counts as failed.

    Raises:
        TypeError: If ``game`` cannot be called.
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
        self._by_value_function = _asked_by_value_function(game)
        function = self.game.value_function if self._by_value_function else game
        self.is_async = iscoroutinefunction(function) or iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 - an object with async __call__
        )

    def __call__(self, coalitions: BoolMatrix) -> NDArray[np.float64]:
        """Ask an ordinary game.

        Raises:
            TimeoutError: If it takes too long.
            Exception: Whatever the game raises, and what :func:`read_answers` raises.
        """
        if self.timeout is None:
            raw = self._ask(coalitions)
        else:
            raw = _within(self.timeout, self._ask, coalitions)
        return self._read(raw, coalitions)

    async def awaited(self, coalitions: BoolMatrix) -> NDArray[np.float64]:
        """Ask an ``async`` game; raises like :meth:`__call__`."""
        try:
            async with asyncio.timeout(self.timeout):
                raw = await self._ask(coalitions)
        except TimeoutError as error:
            raise _too_late(self.timeout) from error
        return self._read(raw, coalitions)

    def _ask(self, coalitions: BoolMatrix) -> Any:
        # the game gets a matrix of its own: what it does to it must not reach the checks
        mine = coalitions.copy()
        return self.game.value_function(mine) if self._by_value_function else self.game(mine)

    def _read(self, raw: Any, coalitions: BoolMatrix) -> NDArray[np.float64]:
        values = read_answers(raw, coalitions, self.outputs)
        return values - self.game.normalization_value if self._by_value_function else values


def _asked_by_value_function(game: GameLike) -> bool:
    """Whether ``game.__call__`` would be in the way.

    A verbose ``shapiq.Game`` draws its own bar and evaluates one coalition per call; an ``async``
    value function would be subtracted from. Both are asked by ``value_function``, and normalised
    here.
    """
    if not isinstance(game, Game) or type(game).__call__ is not Game.__call__:
        return False
    return (game.verbose and not game.precomputed) or iscoroutinefunction(game.value_function)


def _within(seconds: float, function: Callable[[BoolMatrix], Any], coalitions: BoolMatrix) -> Any:
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
        raise _too_late(seconds) from None
    if not succeeded:
        raise result
    return result


def _too_late(seconds: float | None) -> TimeoutError:
    return TimeoutError(f"the game did not answer within {seconds} seconds")
