"""What is compared: a method asks a game for coalitions and hands back an explanation.

Every method is judged by the best function of the coalition that it defines, and by the indices it
reports itself; a method is one :class:`Method`, registered by name in ``METHODS``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, ValueFunction
from shapiq_spex.benchmark.games.known_indices import index_of_spectrum
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Term, Vector

FAITHFULNESS = "faithfulness"
"""The target of a run that is to predict the game on uniformly random coalitions."""

IndexValues = Callable[[str], Mapping[Term, float]]


@dataclass(frozen=True)
class Explanation:
    """What a method found out.

    Attributes:
        predict: The function of the coalition that the explanation defines, if any.
        index_values: Interaction values by name of index; asked after the clock has stopped, since
            a run may serve several indices.
        spectrum: The Fourier function recovered, for methods that recover one.
    """

    predict: ValueFunction | None = None
    index_values: IndexValues | None = None
    spectrum: Spectrum | None = None


Explain = Callable[[ValueFunction, int, int, int, str], Explanation]
"""(game, n_players, budget, seed, target) -> Explanation"""


@dataclass(frozen=True)
class Method:
    """A competitor.

    Attributes:
        name: Unique name.
        explain: The method itself; ``target`` is ``"faithfulness"`` or the name of an index.
        indices: The indices it estimates.
        shares_rows: Which targets have the same rows, so that a single run serves them:
            ``"all"``, ``"indices"`` (faithfulness is a run of its own) or ``"none"``.
        predicts: Whether it defines a function of the coalition (else no faithfulness).
        warm_up: Where a first call, not counted, imports and compiles what is needed. ``"here"``:
            in the process from which cells are forked, which inherit it. ``"apart"``: what it
            compiles starts threads, which do not survive a fork, so all its cells share one
            process. ``"no"``: another method does it, or there is nothing to do.
        expense: 0 cheap, 1 seconds, 2 minutes per cell; cheap methods run first.
        max_players: Games with more players are rows that say "not run": they would cost too much
            time or memory.
    """

    name: str
    explain: Explain
    indices: tuple[str, ...] = ()
    shares_rows: Literal["all", "indices", "none"] = "none"
    predicts: bool = True
    warm_up: Literal["no", "here", "apart"] = "no"
    expense: int = 0
    max_players: int | None = None

    def of(self, game: BenchmarkGame) -> Method:
        """Itself, whatever the game; see :class:`Ceiling`."""
        return self

    def targets(self, known: Collection[str]) -> list[tuple[str, ...]]:
        """The runs to make for a game whose ``known`` indices can be compared with.

        Each run serves the targets listed.
        """
        faithful = (FAITHFULNESS,) if self.predicts else ()
        indices = tuple(index for index in self.indices if index in known)
        if self.shares_rows == "none":
            return [(target,) for target in faithful + indices]
        runs = [faithful + indices] if self.shares_rows == "all" else [faithful, indices]
        return [targets for targets in runs if targets]


@dataclass(frozen=True)
class Ceiling:
    """What could be reached at best: not a competitor, since it looks at the truth.

    Attributes:
        name: Unique name.
        of: The ceiling of a game in the shape of a method, or ``None`` where its truth is unknown.
    """

    name: str
    of: Callable[[BenchmarkGame], Method | None]


MethodSource = Method | Ceiling


def uniform_coalitions(n_players: int, budget: int, seed: int) -> BoolMatrix:
    """``budget`` distinct uniformly random coalitions (all of them if there are no more)."""
    generator = np.random.default_rng(seed)
    if n_players < 31 and 2**n_players <= 4 * budget:
        numbers = generator.permutation(2**n_players)[:budget]
        return (numbers[:, None] >> np.arange(n_players)) & 1 == 1
    rows = generator.integers(0, 2, (budget + 64, n_players), dtype=np.uint8).view(np.bool_)
    _, first = np.unique(np.packbits(rows, axis=1), axis=0, return_index=True)
    return rows[np.sort(first)][:budget]


def explain_by_constant(
    game: ValueFunction, n_players: int, budget: int, seed: int, target: str
) -> Explanation:
    """The best constant: the mean of uniformly random coalitions. What everyone must beat."""
    mean = float(np.mean(game(uniform_coalitions(n_players, budget, seed))))
    return Explanation(lambda rows: np.full(len(rows), mean))


def predictor_of_interactions(values: Mapping[Term, float], n_players: int) -> ValueFunction:
    """The function sum_{T <= S} I(T) that an additive or pairwise index defines."""
    constant = values.get((), 0.0)
    linear = np.zeros(n_players)
    pairs = np.zeros((n_players, n_players))
    for term, value in values.items():
        if len(term) == 1:
            linear[term[0]] = value
        elif len(term) == 2:
            pairs[term[0], term[1]] = value

    def predict(coalitions: BoolMatrix) -> Vector:
        kept = coalitions.astype(np.float64)
        return constant + kept @ linear + ((kept @ pairs) * kept).sum(axis=1)

    return predict


def explanation_of_spectrum(spectrum: Spectrum) -> Explanation:
    """An explanation whose every answer follows from a recovered spectrum."""
    return Explanation(
        spectrum.evaluate,
        lambda index: index_of_spectrum(spectrum, index),
        spectrum,
    )
