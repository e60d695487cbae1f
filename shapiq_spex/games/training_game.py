"""A game whose players are training rows, or groups of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shapiq_spex._argument_checks import (
    check_integer,
    check_length,
)
from shapiq_spex.ablation.coalition_seeds import coalition_seed
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.games.named_game import Matrix, OutputsGame, digest, with_suffix

RowNumbers = NDArray[np.intp]
Training = Callable[[RowNumbers, int], ArrayLike]
"""The numbers of the kept training rows and a seed in, one number per test point out."""


class TrainingGame(OutputsGame):
    """A game that trains a model on the rows of a coalition and evaluates it on test points.

    The training may be any function: a loop in PyTorch, a call of another program. Its seed depends
    on the coalition alone, so that an answer does not depend on when or where it is computed.

    Args:
        train: Trains on the given rows and returns one number per test point; see
            :data:`Training`.
        n_rows: The number of training rows.
        n_outputs: The number of test points.
        groups: One label per row; rows with the same label are one player (clusters, sources,
            classes). By default every row is a player.
        empty: The value of every test point if no rows are left; ``train`` is not called then.
        seed: Distinguishes repetitions of the whole game.
        player_names: One name per player, in order of first appearance of the labels.
        output_names: Names of the test points.
        weights: The weight of every test point in the value of the game; by default their mean.
        fingerprint: A name of the training and its data, for the store.
        record: File that keeps the outputs of every training.
        batch_size: Most coalitions per call.
        verbose: Whether to show progress.

    Raises:
        TypeError: If ``train`` cannot be called.
        ValueError: If there are fewer than two players, or not as many labels as rows.

    Example:
        >>> data = np.array([1.0, 2.0, 6.0])
        >>> game = TrainingGame(lambda rows, seed: [data[rows].mean()], n_rows=3, n_outputs=1)
        >>> game(np.array([[True, False, True], [False, False, False]]))
        array([3.5, 0. ])
    """

    def __init__(
        self,
        train: Training,
        n_rows: int,
        n_outputs: int,
        *,
        groups: ArrayLike | None = None,
        empty: float = 0.0,
        seed: int = 0,
        player_names: Sequence[str] | None = None,
        output_names: Sequence[str] | None = None,
        weights: ArrayLike | None = None,
        fingerprint: str | None = None,
        record: str | PathLike[str] | None = None,
        batch_size: int | None = None,
        verbose: bool = False,
    ) -> None:
        if not callable(train):
            raise TypeError(f"train must be a function, got {type(train).__name__}")
        check_integer(n_rows, "n_rows", least=1)
        check_integer(n_outputs, "n_outputs", least=1)
        self.train = train
        self.empty = empty
        self.players_are = "rows" if groups is None else "groups"
        self.seed = seed
        labels, self.player_of_row = _players(groups, n_rows)
        self._name = fingerprint
        super().__init__(
            player_names if player_names is not None else labels,
            [f"test point {j}" for j in range(n_outputs)] if output_names is None else output_names,
            np.full(n_outputs, 1.0 / max(n_outputs, 1)) if weights is None else weights,
            record=record,
            batch_size=batch_size,
            verbose=verbose,
        )
        check_length(self.player_names, "names", len(labels))

    @property
    def fingerprint(self) -> str | None:
        """The given name, with a digest of groups, seed and ``empty``."""
        return with_suffix(self._name, digest(self.player_of_row, self.seed, self.empty))

    def rows_of(self, coalition: ArrayLike) -> RowNumbers:
        """The training rows that belong to the players of a coalition."""
        return np.flatnonzero(np.asarray(coalition, dtype=np.bool_)[self.player_of_row])

    def _evaluate(self, coalitions: BoolMatrix) -> Matrix:
        return np.array([self._trained(coalition) for coalition in coalitions])

    def _trained(self, coalition: NDArray[np.bool_]) -> NDArray[np.float64]:
        rows = self.rows_of(coalition)
        if len(rows) == 0:
            return np.full(len(self.output_names), self.empty)
        try:
            values = np.asarray(
                self.train(rows, coalition_seed(coalition, self.seed)), dtype=np.float64
            )
        except Exception as error:
            error.add_note(f"raised while training on {len(rows)} rows: {rows[:10].tolist()}")
            raise
        if values.shape != (len(self.output_names),):
            raise ValueError(
                f"the training returned values of shape {values.shape} for "
                f"{len(self.output_names)} test points; it must return one number for each"
            )
        return values


def _players(groups: ArrayLike | None, n_rows: int) -> tuple[list[str], RowNumbers]:
    """The names of the players, and the player of each row."""
    if groups is None:
        return [f"row {row}" for row in range(n_rows)], np.arange(n_rows)
    labels = np.asarray(groups)
    if labels.shape != (n_rows,):
        raise ValueError(f"groups must have one label per row ({n_rows}), got shape {labels.shape}")
    distinct, first, place = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty_like(first)
    rank[np.argsort(first)] = np.arange(len(first))
    names = [str(label) for label in distinct[np.argsort(first)].tolist()]
    return names, rank[place]
