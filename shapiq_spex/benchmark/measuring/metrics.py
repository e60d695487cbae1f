"""How good is an explanation?

Held-out faithfulness, distance from the exact indices, the largest interactions found, and what the
order of the players is worth when they are inserted or deleted one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import ValueFunction
from shapiq_spex.fourier.spectrum import Term, Vector

TOP = 10
"""How many of the largest interactions must be found: ten, or half of those that are not zero."""


def faithfulness(values: Vector, predicted: Vector) -> float:
    """R2 = 1 - sum (v - p)^2 / sum (v - mean v)^2; 0 is what the best constant reaches."""
    spread = float(((values - values.mean()) ** 2).sum())
    if not np.isfinite(predicted).all():
        return float("-inf")
    return 1.0 - float(((values - predicted) ** 2).sum()) / spread if spread else float("nan")


def calibrated_faithfulness(values: Vector, predicted: Vector) -> float:
    """R2 after the best affine map of the predictions: their squared correlation with ``values``.

    What a method that only misplaces its constant, or shrinks, would reach.
    """
    if not np.isfinite(predicted).all():
        return float("-inf")
    left, right = values - values.mean(), predicted - predicted.mean()
    energy = float(left @ left) * float(right @ right)
    return float(left @ right) ** 2 / energy if energy else 0.0


def index_error(estimate: Mapping[Term, float], exact: Mapping[Term, float]) -> float:
    """Normalised squared error of an interaction index, the empty set left out.

    sum_T (estimate(T) - exact(T))^2 / sum_T exact(T)^2; what is absent on either side counts as 0.
    """
    terms = [term for term in exact.keys() | estimate.keys() if term]
    wanted = np.array([exact.get(term, 0.0) for term in terms])
    given = np.array([estimate.get(term, 0.0) for term in terms])
    energy = float(wanted @ wanted)
    return float(((given - wanted) ** 2).sum()) / energy if energy else float("nan")


def top_k_recall(
    estimate: Mapping[Term, float], exact: Mapping[Term, float], k: int = TOP
) -> float:
    """Share of the ``k`` interactions of largest magnitude that the estimate has in its own top k.

    Any exact interaction as large as the k-th counts, so that ties cost nothing; ``k`` is at most
    half the number of exact interactions that are not zero.
    """
    sizes = {term: abs(value) for term, value in exact.items() if term and value}
    k = min(k, max(1, len(sizes) // 2))
    if not sizes:
        return float("nan")
    smallest = sorted(sizes.values(), reverse=True)[k - 1] * (1.0 - 1e-9)
    given = {term: abs(value) for term, value in estimate.items() if term and value}
    found = sorted(given, key=lambda term: given[term], reverse=True)[:k]
    return sum(sizes.get(term, 0.0) >= smallest for term in found) / k


def insertion_and_deletion(
    value: ValueFunction, effects: Vector, held_out_values: Vector
) -> tuple[float, float]:
    """Areas under the insertion and the deletion curve (Petsiuk, Das & Saenko 2018).

    Players enter an empty coalition, or leave the full one, in the order of falling ``effects``;
    the area is the mean value on the way, in standard deviations of the held-out values above
    their mean. High insertion and low deletion are good.
    """
    n_players = len(effects)
    ranks = np.empty(n_players, dtype=np.int64)
    ranks[np.argsort(-effects, kind="stable")] = np.arange(n_players)
    steps = np.arange(n_players + 1)[:, None]
    values = value(np.concatenate([ranks < steps, ranks >= steps]))
    mean, spread = held_out_values.mean(), held_out_values.std()
    inserted, deleted = ((half.mean() - mean) / spread for half in np.split(values, 2))
    return float(inserted), float(deleted)


def support_f1(found: Iterable[Term], planted: Iterable[Term]) -> float:
    """Harmonic mean of precision and recall of the non-constant terms."""
    given, wanted = set(found) - {()}, set(planted) - {()}
    hits = len(given & wanted)
    return 2.0 * hits / (len(given) + len(wanted)) if given or wanted else 1.0
