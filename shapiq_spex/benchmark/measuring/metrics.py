"""The quality of an explanation.

Held-out faithfulness, distance from the exact indices, recall of the largest interactions, and how
fast the game changes when players are inserted or deleted in the order of their effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import ValueFunction
from shapiq_spex.fourier.terms import Term, Vector

TOP = 10
"""How many of the largest interactions should be found (a choice)."""


def faithfulness(values: Vector, predicted: Vector) -> float:
    """R2 = 1 - sum (v - p)^2 / sum (v - mean v)^2; the best constant reaches 0."""
    spread = float(((values - values.mean()) ** 2).sum())
    if not np.isfinite(predicted).all():
        return float("-inf")
    return 1.0 - float(((values - predicted) ** 2).sum()) / spread if spread else float("nan")


def calibrated_faithfulness(values: Vector, predicted: Vector) -> float:
    """R2 after the best affine map of the predictions: their squared correlation with ``values``.

    It does not penalise a misplaced constant or shrinkage.
    """
    if not np.isfinite(predicted).all():
        return float("-inf")
    left, right = values - values.mean(), predicted - predicted.mean()
    energy = float(left @ left) * float(right @ right)
    return float(left @ right) ** 2 / energy if energy else 0.0


def index_error(estimate: Mapping[Term, float], exact: Mapping[Term, float]) -> float:
    """Normalised squared error of an interaction index, the empty set left out.

    sum_T (estimate(T) - exact(T))^2 / sum_T exact(T)^2; missing terms count as 0.
    """
    terms = [term for term in exact.keys() | estimate.keys() if term]
    wanted = np.array([exact.get(term, 0.0) for term in terms])
    given = np.array([estimate.get(term, 0.0) for term in terms])
    energy = float(wanted @ wanted)
    return float(((given - wanted) ** 2).sum()) / energy if energy else float("nan")


def top_k_recall(
    estimate: Mapping[Term, float], exact: Mapping[Term, float], k: int = TOP
) -> float:
    """Share of the estimate's ``k`` largest interactions that are among the exact ``k`` largest.

    Ties with the k-th exact interaction count as found. ``k`` is at most half the number of
    non-zero exact interactions.
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

    Players enter the empty coalition, or leave the full one, in the order of falling ``effects``.
    The area is the mean value along the way, standardised by mean and standard deviation of the
    held-out values. High insertion and low deletion are good.
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
