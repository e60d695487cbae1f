"""The contract of a method: it evaluates a game on coalitions and returns an explanation.

Every method is one :class:`Method`, registered by name in
:data:`~shapiq_spex.benchmark.methods.all_methods.METHODS`. It is judged by the function of the
coalition that its explanation defines and by the indices that it reports.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame, ValueFunction
from shapiq_spex.benchmark.games.known_indices import index_of_spectrum
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

FAITHFULNESS = "faithfulness"
"""The target of a run that should predict the game on uniformly random coalitions."""

IndexValues = Callable[[str], Mapping[Term, float]]


@dataclass(frozen=True)
class Request:
    """What a method has to explain.

    Attributes:
        game: The value function; each row of its argument costs one ablation.
        n_players: The number of players.
        budget: The number of ablations allowed.
        seed: Seed of the method.
        target: ``"faithfulness"`` or the name of an index.
    """

    game: ValueFunction
    n_players: int
    budget: int
    seed: int
    target: str = FAITHFULNESS


@dataclass(frozen=True)
class Explanation:
    """What a method found.

    Attributes:
        predict: The function of the coalition that the explanation defines, if any.
        index_values: Interaction values by name of the index. It is called after the clock has
            stopped, because one run may serve several indices.
        spectrum: The recovered Fourier function, if the method recovers one.
    """

    predict: ValueFunction | None = None
    index_values: IndexValues | None = None
    spectrum: Spectrum | None = None


Explain = Callable[[Request], Explanation]


@dataclass(frozen=True)
class Method:
    """A method of the benchmark.

    Attributes:
        name: A unique name.
        explain: The method itself.
        indices: The indices that it estimates.
        shares_rows: The targets that use the same rows, so that one run serves them: ``"all"``,
            ``"indices"`` (faithfulness needs a run of its own) or ``"none"``.
        predicts: Whether it defines a function of the coalition. If not, its faithfulness is not
            measured.
        warm_up: Where a first, uncounted call imports and compiles what is needed. ``"here"``: in
            the process from which cells are forked and whose state they inherit. ``"apart"``: its
            compiled code starts threads, which do not survive a fork, so all its cells share one
            process. ``"no"``: another method does it, or nothing is needed.
        expense: 0 cheap, 1 seconds, 2 minutes per cell. Cheap methods run first.
        max_players: Games with more players become rows with the status "not run", because they
            would cost too much time or memory.
        peer: Whether it is a method of others, which this package's approximators are compared
            with.
    """

    name: str
    explain: Explain
    indices: tuple[str, ...] = ()
    shares_rows: Literal["all", "indices", "none"] = "none"
    predicts: bool = True
    warm_up: Literal["no", "here", "apart"] = "no"
    expense: int = 0
    max_players: int | None = None
    peer: bool = False

    def of(self, game: BenchmarkGame) -> Method:
        """The method itself, whatever the game; compare :class:`Ceiling`."""
        return self

    def targets(self, known: Collection[str]) -> list[tuple[str, ...]]:
        """The runs for a game whose ``known`` indices can be compared with.

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
    """The best possible result: not a competitor, since it knows the truth.

    Attributes:
        name: A unique name.
        of: The ceiling of a game in the form of a method; ``None`` if the truth is unknown.
    """

    name: str
    of: Callable[[BenchmarkGame], Method | None]


MethodSource = Method | Ceiling


def explanation_of_spectrum(spectrum: Spectrum) -> Explanation:
    """An explanation that follows from a recovered spectrum in all its parts."""
    return Explanation(
        spectrum.evaluate,
        lambda index: index_of_spectrum(spectrum, index),
        spectrum,
    )


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
