r"""Judge any explanation on a game: faithfulness, insertion and deletion curves, recall.

An interaction index defines a function of the coalition (:mod:`shapiq_spex.reports.prediction`);
its R^2 on fresh coalitions says how much of the game the explanation reproduces. Under the
*uniform* law every coalition is equally likely, so that most sizes are close to n/2; under the
*sizes* law every size 1 ... n - 1 is equally likely, which weighs nearly empty and nearly full
coalitions as Shapley values do. For few players all coalitions are used, each with its probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import comb
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from shapiq_spex._argument_checks import (
    check_integer,
    check_list,
    check_type,
    check_values,
    is_one_of,
)
from shapiq_spex._rounding import unit_of
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.estimators.held_out import HeldOut
from shapiq_spex.estimators.unseen import unless_unseen, unseen_share
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.reports.comparison import overlap
from shapiq_spex.reports.json_data import to_json_data
from shapiq_spex.reports.prediction import interactions_of, noted_constant, prediction_of
from shapiq_spex.reports.rendering.wording import quality

if TYPE_CHECKING:
    from shapiq import InteractionValues

Law = Literal["uniform", "sizes"]

_STEPS = 50
"""The largest number of steps of a curve: more cannot be seen in a picture."""


@dataclass(frozen=True)
class Score:
    """Faithfulness under one law.

    Attributes:
        r_squared: R^2 of the prediction as it stands; NaN for a constant game.
        interval: It lies here with 90% confidence, unless coalitions differ of which none was drawn
            (:mod:`shapiq_spex.estimators.unseen`); NaN if that cannot be told.
        calibrated: R^2 after the best affine map of the prediction, its squared correlation with
            the game: what is lost by a wrong constant or scale alone is not lost here.
        n_coalitions: How many coalitions it rests on.
    """

    r_squared: float
    interval: tuple[float, float]
    calibrated: float
    n_coalitions: int


@dataclass(frozen=True)
class Curve:
    """The value of the game as players come in or go, the most valued first.

    Attributes:
        fractions: The share of the players that have come or gone.
        values: The value of the game then.
    """

    fractions: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def area(self) -> float:
        """The mean height of the curve (trapezoids), in units of the game."""
        return float(np.trapezoid(self.values, self.fractions))


@dataclass(frozen=True)
class Faithfulness:
    """How well an explanation describes a game; ``print`` it.

    Attributes:
        index: The index that was judged.
        max_order: Its largest order.
        scores: A score for each law of coalitions.
        insertion: Players come into the empty coalition, the most valued first: a large area is
            good.
        deletion: Players leave the full coalition, the most valued first: a small area is good.
        top_k: How many of the strongest interactions were compared with the reference.
        recall: The share of the reference's strongest interactions that are among the strongest
            here; ``None`` without a reference.

    Example:
        >>> from shapiq_spex import to_interaction_values
        >>> game = Spectrum.from_dict(3, {(0,): 1.0, (1,): -0.5})
        >>> judged = faithfulness(game, to_interaction_values(game, index="FBII"))
        >>> judged.scores["uniform"].r_squared, judged.insertion.area
        (1.0, 1.0)
    """

    index: str
    max_order: int
    scores: dict[str, Score]
    insertion: Curve
    deletion: Curve
    top_k: int
    recall: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers, lists and dictionaries; areas included."""
        data = asdict(self)
        data["insertion"]["area"] = self.insertion.area
        data["deletion"]["area"] = self.deletion.area
        return to_json_data(data)

    def __str__(self) -> str:
        lines = [f"{self.index} of order <= {self.max_order}"]
        for law, score in self.scores.items():
            low, high = score.interval
            unless = unless_unseen(unseen_share(score.n_coalitions))
            sure = f" (90% sure: {quality(low)} to {quality(high)}, {unless})" if low < high else ""
            lines.append(
                f"  R2, {law:<8} {quality(score.r_squared)}{sure}, "
                f"calibrated {quality(score.calibrated)}, {score.n_coalitions} coalitions"
            )
        lines.append(f"  insertion    {self.insertion.area:.4g} (area, large is good)")
        lines.append(f"  deletion     {self.deletion.area:.4g} (area, small is good)")
        if self.recall is not None:
            lines.append(f"  top {self.top_k:<8} {self.recall:.0%} of the reference's found")
        return "\n".join(lines)


def faithfulness(
    game: Any,
    values: InteractionValues,
    *,
    n_coalitions: int = 1000,
    laws: Sequence[Law] = ("uniform", "sizes"),
    reference: InteractionValues | None = None,
    top_k: int = 10,
    seed: int = 0,
    ablation: Ablation | None = None,
) -> Faithfulness:
    """Judge an explanation by any approximator on fresh coalitions.

    Equal seeds give equal coalitions, so that explanations of one game can be compared.

    Args:
        game: The game, as for ``approximate``, or ``explainer.imputer`` right after
            ``explainer.explain(x)``. It is asked for about ``n_coalitions`` coalitions for each
            law and 100 for the curves.
        values: Interaction values of any approximator.
        n_coalitions: How many coalitions to draw under each law; if there are no more than that,
            all of them are evaluated and R^2 is exact.
        laws: The laws to judge under, ``"uniform"`` and ``"sizes"``.
        reference: Interaction values to trust, for the recall of the strongest interactions.
        top_k: How many of the strongest to compare.
        seed: The seed of the coalitions.
        ablation: How the game is asked; ``None`` for the default.

    Returns:
        The scores.

    Raises:
        TypeError: If ``values`` are not interaction values.
        ValueError: If the index defines no function of the coalition, the players do not fit, or
            a law is unknown.

    Example:
        Compare methods on your own model:

        >>> import numpy as np, shapiq
        >>> from shapiq_spex import ProxySPEX, faithfulness
        >>> def game(coalitions):
        ...     return coalitions[:, 0] + 3.0 * coalitions[:, 1] * coalitions[:, 2]
        >>> for method in (
        ...     shapiq.KernelSHAP(n=8, random_state=0),
        ...     ProxySPEX(n=8, index="FSII", max_order=2, random_state=0),
        ... ):
        ...     print(faithfulness(game, method.approximate(100, game)))
        SV of order <= 1
          R2, uniform  .39, calibrated .69, 256 coalitions
          R2, sizes    .56, calibrated .74, 256 coalitions
          insertion    3.125 (area, large is good)
          deletion     0.5 (area, small is good)
        FSII of order <= 2
          R2, uniform  1, calibrated 1, 256 coalitions
          R2, sizes    1, calibrated 1, 256 coalitions
          insertion    3.125 (area, large is good)
          deletion     0.5 (area, small is good)
    """
    check_values(values)
    if reference is not None:
        check_values(reference, "reference")
    check_integer(n_coalitions, "n_coalitions", least=2)
    check_integer(top_k, "top_k", least=1)
    check_integer(seed, "seed", least=0)
    check_list(laws, "laws")
    check_type(ablation, Ablation | None, "ablation must be an Ablation or None")
    n = int(values.n_players)
    players = getattr(game, "n_players", n)
    if players != n:
        raise ValueError(f"the game has {players} players, the explanation {n}")
    prediction = prediction_of(values)
    drawn = [_coalitions(n, n_coalitions, law, seed) for law in laws]
    insertion, deletion, fractions = _chains(prediction)
    parts = [*(rows for rows, _ in drawn), insertion, deletion]
    stacked = Coalitions.from_dense(np.concatenate(parts))
    answers = ask(game, stacked, ablation, label="faithfulness").values
    if noted_constant(values) is None:
        answers += _offset(game, prediction, float(answers[len(stacked) - 2 * len(insertion)]))
    *judged, inserted, deleted = np.split(answers, np.cumsum([len(part) for part in parts])[:-1])
    scores = {
        law: _score(outcome, prediction.evaluate(rows), weights)
        for law, outcome, (rows, weights) in zip(laws, judged, drawn, strict=True)
    }
    recall = None
    if reference is not None:
        recall = overlap(interactions_of(reference), interactions_of(values), top_k)
    return Faithfulness(
        str(values.index),
        int(values.max_order),
        dict(scores),
        Curve(fractions, tuple(inserted.tolist())),
        Curve(fractions, tuple(deleted.tolist())),
        top_k,
        recall,
    )


def _offset(game: Any, prediction: Spectrum, at_empty: float) -> float:
    """What to add to the answers of a game that shapiq normalises: nothing, or its offset again.

    shapiq's imputers subtract the mean prediction of the model, and its explainers add it to the
    result, but not for every index. The constant of the explanation tells.
    """
    offset = float(getattr(game, "normalization_value", 0.0))
    predicted = float(prediction.coefficients.sum())
    moved = abs(predicted - (at_empty + offset)) < abs(predicted - at_empty)
    return offset if moved else 0.0


def _coalitions(
    n_players: int, count: int, law: Law, seed: int
) -> tuple[BoolMatrix, Vector | None]:
    """Coalitions drawn under a law, or all of them with their probabilities."""
    if not is_one_of(law, ("uniform", "sizes")):
        raise ValueError(f'a law of coalitions is "uniform" or "sizes", got {law!r}')
    uniform = law == "uniform" or n_players == 1  # no size lies between 0 and 1
    if n_players <= 30 and 2**n_players <= count:
        rows = Coalitions.all_of(n_players).dense()
        if uniform:
            return rows, np.full(len(rows), 1.0 / len(rows))
        of_size = np.array([0.0, *(1.0 / comb(n_players, s) for s in range(1, n_players)), 0.0])
        return rows, of_size[rows.sum(axis=1)] / (n_players - 1)
    rng = np.random.default_rng([seed, int(uniform)])
    if uniform:
        return rng.random((count, n_players)) < 0.5, None
    sizes = rng.integers(1, n_players, size=count)
    ranks = np.argsort(rng.random((count, n_players)), axis=1)
    rows = np.zeros((count, n_players), dtype=np.bool_)
    np.put_along_axis(rows, ranks, np.arange(n_players) < sizes[:, None], axis=1)
    return rows, None


def _score(values: Vector, predictions: Vector, weights: Vector | None) -> Score:
    """R^2 on drawn coalitions, or exactly where all coalitions have a probability."""
    answered = np.isfinite(values)
    unit = unit_of(values[answered])
    values, predictions = values[answered] / unit, predictions[answered] / unit
    if weights is None:
        held_out = HeldOut(values, predictions, np.arange(len(values)))
        low, high = held_out.interval()
        weights = np.ones(len(values))
        raw = held_out.r_squared
    else:
        weights = weights[answered]
        raw = low = high = _weighted_r_squared(values, predictions, weights)
    calibrated = _squared_correlation(values, predictions, weights)
    return Score(raw, (low, high), calibrated, len(values))


def _weighted_r_squared(values: Vector, predictions: Vector, weights: Vector) -> float:
    deviations = values - np.average(values, weights=weights)
    total = float(weights @ deviations**2)
    if total <= weights.sum() * (1e-14 * float(np.abs(values).max())) ** 2:
        return float("nan")
    return 1.0 - float(weights @ (values - predictions) ** 2) / total


def _squared_correlation(values: Vector, predictions: Vector, weights: Vector) -> float:
    left, right = (part - np.average(part, weights=weights) for part in (values, predictions))
    energy = float(weights @ left**2) * float(weights @ right**2)
    if np.isnan(_weighted_r_squared(values, predictions, weights)):
        return float("nan")
    return float(weights @ (left * right)) ** 2 / energy if energy else 0.0


def _chains(prediction: Spectrum) -> tuple[BoolMatrix, BoolMatrix, tuple[float, ...]]:
    """The coalitions of both curves, players ordered by the Shapley values of the prediction."""
    n = prediction.n_players
    worth = np.zeros(n)
    for term, value in convert(prediction, "SV").to_dict().items():
        if term:
            worth[term[0]] = value
    rank = np.empty(n, dtype=np.intp)
    rank[np.argsort(-worth, kind="stable")] = np.arange(n)
    counts: NDArray[np.int64] = np.unique(np.rint(np.linspace(0, n, min(n, _STEPS) + 1)))
    moved = rank < counts[:, None]
    return moved, ~moved, tuple((counts / n).tolist())
