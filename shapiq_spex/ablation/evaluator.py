"""Asking a game: distinct coalitions only, in batches, checked, counted, in the order given."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapiq.game import Game
from tqdm.auto import tqdm

from shapiq_spex.ablation.answers import Answers, Outputs, check_finite, read_answers
from shapiq_spex.ablation.policy import Ablation
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions

GameLike = Callable[[BoolMatrix], Any]

_MOST_BYTES_PER_BATCH = 2**24


def ask(
    game: GameLike,
    coalitions: Coalitions,
    policy: Ablation,
    *,
    label: str = "ablations",
    outputs: Outputs = "one",
) -> Answers:
    """Ask a game for the values of coalitions.

    Every distinct coalition is asked once; repeated rows share the answer.

    Args:
        game: A :class:`shapiq.Game` or imputer, or any callable that takes an (m, n) boolean
            matrix (True = player kept) and returns m numbers.
        coalitions: The coalitions to ask for.
        policy: How to ask.
        label: What the progress bar calls the work.
        outputs: ``"many"`` if the game returns k numbers per coalition, an (m, k) matrix.

    Returns:
        The answers, in the order of ``coalitions``.

    Raises:
        TypeError: If the game returns something else than real numbers.
        ValueError: If it returns too many or too few, or values that are not finite.
    """
    if not callable(game):
        raise TypeError(
            "a game must be a shapiq.Game, an imputer or a function of a boolean matrix of "
            f"coalitions, got {type(game).__name__}"
        )
    started = time.perf_counter()
    distinct, place = _distinct(coalitions)
    call = _caller(game)
    show = (
        policy.progress if policy.progress is not None else getattr(game, "verbose", None) is True
    )
    values: NDArray[np.float64] | None = None
    with tqdm(total=len(distinct), desc=label, unit="ablation", disable=not show) as bar:
        for rows, matrix in distinct.blocks(_batch_rows(game, distinct.n_players, policy)):
            batch = read_answers(call(matrix.copy()), matrix, outputs)
            check_finite(batch, matrix)
            if values is None:
                values = np.full((len(distinct), *batch.shape[1:]), np.nan)
            if batch.shape[1:] != values.shape[1:]:
                raise ValueError(
                    f"the game returned {batch.shape[1]} outputs per coalition after "
                    f"{values.shape[1]} in an earlier batch"
                )
            values[rows] = batch
            bar.update(len(batch))
    if values is None:
        values = np.empty(0) if outputs == "one" else np.empty((0, 0))
    return Answers(
        values=values[place],
        answered=np.ones(len(coalitions), dtype=np.bool_),
        asked=len(distinct),
        reused=0,
        retries=0,
        skipped=(),
        seconds=time.perf_counter() - started,
    )


def _distinct(coalitions: Coalitions) -> tuple[Coalitions, NDArray[np.intp]]:
    """The distinct coalitions in order of appearance, and where each given row went."""
    _, first, group = np.unique(coalitions.keys(), return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return coalitions[first[order]], rank[group]


def _batch_rows(game: GameLike, n_players: int, policy: Ablation) -> int:
    rows = policy.batch_size
    if rows is None:
        rows = min(1024, max(1, _MOST_BYTES_PER_BATCH // max(n_players, 1)))
    return rows


def _caller(game: GameLike) -> GameLike:
    """The game as a plain function of a boolean matrix.

    A verbose shapiq game draws its own bar and evaluates one coalition per call; its value
    function is asked instead, in batches.
    """
    if isinstance(game, Game) and type(game).__call__ is Game.__call__:
        shapiq_game: Game = game
        if shapiq_game.verbose and not shapiq_game.precomputed:
            return lambda matrix: (
                shapiq_game.value_function(matrix) - shapiq_game.normalization_value
            )
    return game
