"""What a user knows of the players before any answer: covariates, and a guide to the game."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapiq import InteractionValues

from shapiq_spex._argument_checks import check_type, checked_numbers
from shapiq_spex.estimators.knowledge import Knowledge
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.reports.prediction import prediction_of

_GUIDE_UNITS, _MOST_GUIDE_ROWS = 8.0, 4000
"""The rows of a guide in units of n log2 n, and at most. A choice: cheap answers, and a fit within
seconds."""

Game = Callable[[NDArray[np.bool_]], Any]


@dataclass(frozen=True, eq=False)
class PlayerInformation:
    """What is known of the players beforehand, to make better use of few answers.

    It informs one of the candidates of the proxy, which gets the weight that it earns on held-out
    coalitions; the report says which, and what R2 is without it. Information pays most below n
    log2 n coalitions. Wrong information costs little: the candidate learns from the answers to do
    without it, or gets little weight.

    Args:
        covariates: Numbers that may tell which players matter, such as their position, length or
            similarity to a question: a matrix of one row per player, or a mapping of names to n
            numbers. Units do not matter; what is the same for all players is ignored.
        guide: What the game may resemble. A cheap game on the same players, such as a smaller
            model: it is evaluated on 8 n log2 n coalitions of its own, at most 4,000, when the
            first explanation is made, before the game is; ``report.seconds`` states its time apart.
            Of more than 1,000 players, those on which it depends most are always modelled. Or a
            :class:`~shapiq_spex.Spectrum`, such as ``approximator.spectrum_`` of an earlier
            explanation, or its interaction values, if their index defines a function of the
            coalition.

    Raises:
        TypeError: If neither is given, or something of another type.

    Example:
        >>> from shapiq_spex import PlayerInformation, ProxySPEX
        >>> def game(kept):
        ...     return kept[:, :5].sum(axis=1) ** 2.0 + 0.1 * kept.sum(axis=1)
        >>> def smaller_model(kept):
        ...     return 3.0 * kept[:, :5].sum(axis=1)
        >>> known = PlayerInformation(
        ...     covariates={"position": range(20)}, guide=smaller_model
        ... )
        >>> approximator = ProxySPEX(
        ...     n=20, index="FBII", max_order=2, keep="uniform", players=known, random_state=0
        ... )
        >>> values = approximator.approximate(40, game)
        >>> approximator.report_.knowledge
        'the covariate "position" and a guide'
        >>> approximator.report_.uninformed_faithfulness < approximator.report_.faithfulness
        True
    """

    covariates: ArrayLike | Mapping[str, ArrayLike] | None = None
    guide: Game | Spectrum | InteractionValues | None = None

    def __post_init__(self) -> None:
        if self.covariates is None and self.guide is None:
            raise TypeError(
                "PlayerInformation needs covariates=, a guide= or both; leave players= out if "
                "nothing is known"
            )
        if self.guide is not None and not callable(self.guide):
            check_type(
                self.guide,
                InteractionValues,
                "guide must be a game (a callable that takes a boolean matrix with one coalition "
                "per row), a Spectrum or the InteractionValues of an earlier explanation",
            )

    def described(self) -> str:
        """What is known, in words."""
        parts: list[str] = []
        if isinstance(self.covariates, Mapping):
            names = [f'"{name}"' for name in self.covariates]
            parts.append(f"the covariate{'s' * (len(names) > 1)} {', '.join(names)}")
        elif self.covariates is not None:
            parts.append("covariates")
        if self.guide is not None:
            parts.append("a guide")
        return " and ".join(parts)

    def covariates_of(self, n_players: int) -> NDArray[np.float64]:
        """The covariates, a line per player.

        Raises:
            TypeError: If they are not numbers.
            ValueError: If there is not one finite number per player.
        """
        if self.covariates is None:
            return np.empty((n_players, 0))
        if isinstance(self.covariates, Mapping):
            if not self.covariates:
                return np.empty((n_players, 0))
            return np.column_stack(
                [
                    _checked_covariate(numbers, f"the covariate {name!r}", n_players)
                    for name, numbers in self.covariates.items()
                ]
            )
        matrix = checked_numbers(self.covariates, "covariates")
        if matrix.ndim != 2 or len(matrix) != n_players:
            raise ValueError(
                f"covariates must be a matrix with one row for each of {n_players} players, got "
                f"shape {matrix.shape}; a mapping of names to {n_players} numbers will do, too"
            )
        columns = [
            _checked_covariate(column, f"column {number} of covariates", n_players)
            for number, column in enumerate(matrix.T)
        ]
        return np.column_stack([np.empty((n_players, 0)), *columns])

    def spectrum_of_guide(self, n_players: int) -> Spectrum | None:
        """The guide, if it is a function that is known already.

        Raises:
            ValueError: If it has another number of players, or values of its index do not define a
                function.
        """
        found = self.guide
        players = getattr(found, "n_players", n_players)
        if isinstance(players, int | np.integer) and players != n_players:
            raise ValueError(
                f"the guide has {players} players, but this approximator was made for "
                f"n={n_players}; a guide must have the same players in the same order"
            )
        if isinstance(found, InteractionValues):
            return prediction_of(found)
        return found if isinstance(found, Spectrum) else None


def _checked_covariate(numbers: ArrayLike, name: str, n_players: int) -> NDArray[np.float64]:
    found = checked_numbers(numbers, name)
    if found.shape != (n_players,):
        raise ValueError(
            f"{name} must be one number for each of {n_players} players, got shape {found.shape}"
        )
    if not np.isfinite(found).all():
        player = int(np.flatnonzero(~np.isfinite(found))[0])
        raise ValueError(
            f"{name} must be finite, but that of player {player} is {found[player]}; replace what "
            "is missing, by the mean of the others for example"
        )
    return found


def guide_seed(random_state: int | None) -> int | None:
    """A seed for the rows of a guide that differ from those of the game.

    A guide is closer to itself on the rows it was fitted to, where it would look too good.
    """
    if random_state is None:
        return None
    return int(np.random.SeedSequence([random_state, 1]).generate_state(1)[0])


@runtime_checkable
class KnowsPlayers(Protocol):
    """A game that knows something of its players; ``players=game`` uses it."""

    def player_information(self) -> PlayerInformation:
        """What is known of the players before any answer."""
        ...


def information_of(players: PlayerInformation | KnowsPlayers) -> PlayerInformation:
    """What is known of the players: as given, or as a game tells.

    Raises:
        TypeError: If it is neither, or the game tells something else.

    Example:
        >>> class Votes:
        ...     def player_information(self):
        ...         return PlayerInformation(covariates={"age": [31, 60, 45]})
        >>> information_of(Votes()).described()
        'the covariate "age"'
    """
    found = players.player_information() if isinstance(players, KnowsPlayers) else players
    check_type(
        found,
        PlayerInformation,
        "players must be a PlayerInformation, a game with a method player_information that "
        "returns one, or None",
    )
    return found


class GuideApproximator(Protocol):
    """What fits a guide that is a game."""

    spectrum_: Spectrum

    def approximate(self, budget: int, game: Game) -> Any:
        """Evaluate and fit the game."""
        ...


class PlayerKnowledge:
    """What is known of the players; a guide is evaluated and fitted at the first call.

    Raises:
        TypeError: If covariates are not numbers.
        ValueError: If the information does not fit the number of players.
    """

    def __init__(
        self, information: PlayerInformation, n_players: int, approximator: GuideApproximator
    ) -> None:
        self.words = information.described()
        self._covariates = information.covariates_of(n_players)
        self._spectrum = information.spectrum_of_guide(n_players)
        self._game: Any = None if self._spectrum is not None else information.guide
        self._approximator = approximator

    @property
    def pending(self) -> bool:
        """Whether a guide is yet to be evaluated and fitted."""
        return self._spectrum is None and self._game is not None

    def __call__(self) -> Knowledge:
        """What is known, for the estimator."""
        if self.pending:
            self._spectrum = self._fitted()
        return Knowledge(self._covariates, self._spectrum)

    def _fitted(self) -> Spectrum:
        n_players = self._covariates.shape[0]
        rows = round(_GUIDE_UNITS * n_players * math.log2(n_players))
        try:
            self._approximator.approximate(int(np.clip(rows, 2, _MOST_GUIDE_ROWS)), self._game)
        except (TypeError, ValueError) as error:
            error.add_note("This happened to the guide in players=, not to the game.")
            raise
        return self._approximator.spectrum_
