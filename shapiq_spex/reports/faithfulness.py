r"""Judge any explanation on a game: faithfulness, insertion and deletion curves, recall.

An interaction index defines a function of the coalition (:mod:`shapiq_spex.reports.prediction`);
its R^2 on fresh coalitions says how much of the game the explanation reproduces. Under the
*uniform* law every coalition is equally likely, so that most sizes are close to n/2; under the
*sizes* law every size 1 ... n - 1 is equally likely, which weighs nearly empty and nearly full
coalitions as Shapley values do. For few players all coalitions are used, each with its probability.
Where an explanation is used, a certain number of players is removed: in *regions*, R^2 is within
sizes (:mod:`shapiq_spex.estimators.within_sizes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from shapiq_spex._argument_checks import (
    check_integer,
    check_list,
    check_probability,
    check_type,
    check_values,
    checked_numbers,
    is_one_of,
)
from shapiq_spex._rounding import unit_of
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.game_call import players_are
from shapiq_spex.designs.law import ALL_SIZES, Keep
from shapiq_spex.designs.regions import Region
from shapiq_spex.estimators.held_out import HeldOut
from shapiq_spex.estimators.unseen import unless_unseen, unseen_share
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.reports.comparison import overlap
from shapiq_spex.reports.curves import Curve, chains
from shapiq_spex.reports.fresh_coalitions import Law, coalitions_of_law, coalitions_of_region
from shapiq_spex.reports.json_data import to_json_data
from shapiq_spex.reports.prediction import interactions_of, noted_constant, prediction_of
from shapiq_spex.reports.region_scores import RegionScore, score_region, unless_undecided
from shapiq_spex.reports.rendering.region_lines import coalitions_of
from shapiq_spex.reports.rendering.wording import quality

if TYPE_CHECKING:
    from shapiq import InteractionValues


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
class Faithfulness:
    """How well an explanation describes a game; ``print`` it.

    Attributes:
        index: The index that was judged.
        max_order: Its largest order.
        scores: A score for each law of coalitions.
        regions: A score for each region; see
            :class:`~shapiq_spex.reports.region_scores.RegionScore`. The intervals hold with 90%
            confidence.
        insertion: Players come into the empty coalition, the most valued first: a large area is
            good. ``None`` if there was no game to evaluate.
        deletion: Players leave the full coalition, the most valued first: a small area is good.
        top_k: How many of the strongest interactions were compared with the reference.
        recall: The share of the reference's strongest interactions that are among the strongest
            here; ``None`` without a reference.
        n_players: The number of players.
        noun: What they are, in the plural.

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
    insertion: Curve | None
    deletion: Curve | None
    top_k: int
    recall: float | None = None
    regions: tuple[RegionScore, ...] = ()
    n_players: int = 0
    noun: str = "players"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers, lists and dictionaries; areas included."""
        data = asdict(self)
        for name in ("insertion", "deletion"):
            curve: Curve | None = getattr(self, name)
            if curve is not None:
                data[name]["area"] = curve.area
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
        lines += [self._region_line(region) for region in self.regions]
        if self.insertion is not None and self.deletion is not None:
            lines.append(f"  insertion    {self.insertion.area:.4g} (area, large is good)")
            lines.append(f"  deletion     {self.deletion.area:.4g} (area, small is good)")
        if self.recall is not None:
            lines.append(f"  top {self.top_k:<8} {self.recall:.0%} of the reference's found")
        return "\n".join(lines)

    def _region_line(self, region: RegionScore) -> str:
        where = f"  with {coalitions_of(region, self.n_players, self.noun)}:"
        if not region.known:
            return f"{where} unknown, {region.reason}"
        low, high = region.interval
        sure = f" (90% sure: {quality(low)} to {quality(high)})" if low < high else ""
        return f"{where} R2 {quality(region.r_squared)}{sure}"


def faithfulness(
    game: Any,
    values: InteractionValues,
    *,
    n_coalitions: int = 1000,
    laws: Sequence[Law] = ("uniform", "sizes"),
    regions: Sequence[Keep] = ("near", 0.9, 0.5),
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
            law and region and 100 for the curves. Or a pair of coalitions and their values that
            exist already, such as ``approximator.ablations_`` of another run: then only regions
            are judged, by the rows that lie there, which should be random given their sizes.
        values: Interaction values of any approximator.
        n_coalitions: How many coalitions to draw under each law; if there are no more than that,
            all of them are evaluated and R^2 is exact.
        laws: The laws to judge under, ``"uniform"`` and ``"sizes"``.
        regions: Where else to judge, within sizes: coalitions that keep each player with some
            probability; ``"near"``, where 1 to 5 players are removed (at most a quarter of fewer
            than 20); ``"sizes"`` or ``"kernel"``, where any number is removed, by the law of that
            name.
        reference: Interaction values to trust, for the recall of the strongest interactions.
        top_k: How many of the strongest to compare.
        seed: The seed of the coalitions.
        ablation: How the game is asked; ``None`` for the default.

    Returns:
        The scores.

    Raises:
        TypeError: If ``values`` are not interaction values.
        ValueError: If the index defines no function of the coalition, the players do not fit, or
            a law or region is unknown.

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
          with up to 2 of 8 players removed: R2 .63
          with about 1 of 8 players removed: R2 .63
          with half of the players removed: R2 .17
          insertion    3.125 (area, large is good)
          deletion     0.5 (area, small is good)
        FSII of order <= 2
          R2, uniform  1, calibrated 1, 256 coalitions
          R2, sizes    1, calibrated 1, 256 coalitions
          with up to 2 of 8 players removed: R2 1
          with about 1 of 8 players removed: R2 1
          with half of the players removed: R2 1
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
    check_list(regions, "regions")
    n = int(values.n_players)
    judged_regions = [_region(keep) for keep in regions]
    players = getattr(game, "n_players", n)
    if players != n:
        raise ValueError(f"the game has {players} players, the explanation {n}")
    prediction = prediction_of(values)
    result = _without_scores(game, values, reference, top_k)
    if isinstance(game, tuple):
        rows, answers = _given(game, n)
        return replace(result, regions=_in_regions(judged_regions, prediction, rows, answers))
    drawn = [coalitions_of_law(n, n_coalitions, law, seed) for law in laws]
    random = [rows for rows, _ in drawn] + [
        coalitions_of_region(region, n, n_coalitions, [seed, number])
        for number, region in enumerate(judged_regions)
        if not (region.keep == 0.5 and "uniform" in laws)
    ]
    rows, outcomes, curves = _evaluated(
        game, prediction, random, ablation, normalised=noted_constant(values) is None
    )
    return replace(
        result,
        scores={
            law: _score(outcome, prediction.evaluate(of_law), weights)
            for law, outcome, (of_law, weights) in zip(laws, outcomes, drawn, strict=False)
        },
        regions=_in_regions(judged_regions, prediction, rows, np.concatenate(outcomes)),
        insertion=curves[0],
        deletion=curves[1],
    )


def _without_scores(
    game: Any, values: InteractionValues, reference: InteractionValues | None, top_k: int
) -> Faithfulness:
    recall = None
    if reference is not None:
        recall = overlap(interactions_of(reference), interactions_of(values), top_k)
    return Faithfulness(
        str(values.index),
        int(values.max_order),
        scores={},
        insertion=None,
        deletion=None,
        top_k=top_k,
        recall=recall,
        n_players=int(values.n_players),
        noun=players_are(game),
    )


def _evaluated(
    game: Any,
    prediction: Spectrum,
    random: list[BoolMatrix],
    ablation: Ablation | None,
    *,
    normalised: bool,
) -> tuple[Coalitions, list[Vector], tuple[Curve, Curve]]:
    """Ask a game for random coalitions and for both curves, all at once.

    ``normalised`` tells that shapiq may have moved the constant of the explanation.
    """
    insertion, deletion, fractions = chains(prediction)
    parts = [*random, insertion, deletion]
    stacked = Coalitions.from_dense(np.concatenate(parts))
    n_random = len(stacked) - 2 * len(insertion)
    answers = ask(game, stacked, ablation, label="faithfulness").values
    if normalised:
        answers += _offset(game, prediction, float(answers[n_random]))
    *outcomes, inserted, deleted = np.split(answers, np.cumsum([len(p) for p in parts])[:-1])
    curves = Curve(fractions, tuple(inserted.tolist())), Curve(fractions, tuple(deleted.tolist()))
    return stacked[:n_random], outcomes, curves


def _region(keep: Keep) -> Region:
    """A region that a user names."""
    if not is_one_of(keep, ("near", *ALL_SIZES)):
        check_probability(keep, 'a region that is not "near", "sizes" or "kernel"')
    return Region(keep)


def _given(ablations: tuple[Any, ...], n_players: int) -> tuple[Coalitions, Vector]:
    """Coalitions and values that exist already."""
    if len(ablations) != 2:
        raise ValueError(
            f"given rows are a pair of coalitions and values, got a tuple of {len(ablations)}"
        )
    rows, values = ablations[0], checked_numbers(ablations[1], "values")
    rows = rows if isinstance(rows, Coalitions) else Coalitions.from_dense(rows)
    if rows.n_players != n_players or values.shape != (len(rows),):
        raise ValueError(
            f"{len(rows)} coalitions of {rows.n_players} players and values of shape "
            f"{values.shape} do not fit together, or to an explanation of {n_players} players"
        )
    return rows, values


def _in_regions(
    regions: Sequence[Region], prediction: Spectrum, coalitions: Coalitions, values: Vector
) -> tuple[RegionScore, ...]:
    """Judge a prediction in each region by all rows that lie there."""
    distinct, place = coalitions.distinct()
    means = np.bincount(place, values) / np.bincount(place)
    rows, answers = distinct[np.isfinite(means)], means[np.isfinite(means)]
    unit = unit_of(answers)
    held_out = HeldOut(
        answers / unit, prediction.evaluate(rows) / unit, np.arange(len(answers), dtype=np.intp)
    )
    scores = [unless_undecided(score_region(region, rows, held_out)[0]) for region in regions]
    return tuple(replace(score, deviation=unit * score.deviation) for score in scores)


def _offset(game: Any, prediction: Spectrum, at_empty: float) -> float:
    """What to add to the answers of a game that shapiq normalises: nothing, or its offset again.

    shapiq's imputers subtract the mean prediction of the model, and its explainers add it to the
    result, but not for every index. The constant of the explanation tells.
    """
    offset = float(getattr(game, "normalization_value", 0.0))
    predicted = float(prediction.coefficients.sum())
    moved = abs(predicted - (at_empty + offset)) < abs(predicted - at_empty)
    return offset if moved else 0.0


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
