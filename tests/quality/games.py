"""Games of the quality guard: development games, rebuilt from scikit-learn and numpy alone.

Players are features (an absent one takes its mean), training rows, or planted. None of the games is
one that results are reported for: those differ in table, model, explained row or seed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.special import ndtri
from sklearn import datasets
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.walsh import spectrum_of_table

Value = Callable[[np.ndarray], np.ndarray]
Values = dict[tuple[int, ...], float]


@dataclass(frozen=True)
class Game:
    """A value function and what is known about it.

    Attributes:
        n: The number of players.
        value: The values of boolean coalitions, noise included.
        clean: The same without noise.
        spectrum: The exact spectrum of ``clean``, where it can be computed.
        shapley: The exact Shapley values, where they are known otherwise.
    """

    n: int
    value: Value
    clean: Value
    spectrum: Spectrum | None = None
    shapley: np.ndarray | None = None

    def exact(self, index: str, order: int) -> Values:
        """The exact values of an index, without the empty set."""
        if self.shapley is not None and index == "SV":
            return {(player,): value for player, value in enumerate(self.shapley.tolist())}
        assert self.spectrum is not None
        return convert(self.spectrum, index, order, min_order=1).to_dict()


def _enumerated(n: int, value: Value) -> Game:
    """A game of few players, whose spectrum is the transform of all its values."""
    return Game(n, value, value, spectrum_of_table(value(Coalitions.all_of(n).dense())))


# Features of trained models ---------------------------------------------------------------------


def _table(name: str, features: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Standardised features, or the ones most correlated with the target, and the target."""
    rows, target = getattr(datasets, f"load_{name}")(return_X_y=True)
    spread = rows.std(axis=0)
    rows = (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    if features is not None:
        relevance = np.abs(np.corrcoef(rows.T, target)[-1, :-1])
        rows = rows[:, np.sort(np.argsort(-relevance)[:features])]
    return rows, target


def _of_model(
    table: tuple[np.ndarray, np.ndarray], model: Any, row: int
) -> tuple[Value, np.ndarray, int]:
    """The prediction for a row, of the class predicted for it, as a game; the row; the class."""
    rows, target = table
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # networks stop before they converge
        model.fit(rows, target)
    instance = rows[row]
    if not hasattr(model, "predict_proba"):
        return (lambda kept: model.predict(np.where(kept, instance, 0.0))), instance, 0
    label = int(model.predict_proba(instance[None])[0].argmax())
    return (
        (lambda kept: model.predict_proba(np.where(kept, instance, 0.0))[:, label]),
        instance,
        label,
    )


@cache
def cancer_forest() -> Game:
    """30 features, a random forest."""
    model = RandomForestClassifier(50, random_state=0, n_jobs=1)
    value, instance, label = _of_model(_table("breast_cancer"), model, 20)
    total: Values = {}
    for tree in model.estimators_:
        for term, size in _tree_spectrum(tree.tree_, label, instance.astype(np.float32)).items():
            total[term] = total.get(term, 0.0) + size / len(model.estimators_)
    return Game(30, value, value, Spectrum.from_dict(30, total))


def _tree_spectrum(tree: Any, label: int, instance: np.ndarray) -> Values:
    """The Fourier coefficients of a tree, by descent: f = (f_0 + f_1) / 2 + chi (f_0 - f_1) / 2."""

    def below(node: int, taken: dict[int, bool]) -> Values:
        left, right = tree.children_left[node], tree.children_right[node]
        if left < 0:
            return {(): float(tree.value[node, 0, label] / tree.value[node, 0].sum())}
        player, threshold = int(tree.feature[node]), tree.threshold[node]
        into = left if instance[player] <= threshold else right
        out = left if threshold >= 0.0 else right
        if player in taken or into == out:
            return below(into if taken.get(player, True) else out, taken)
        with_it = below(into, {**taken, player: True})
        without = below(out, {**taken, player: False})
        merged: Values = {}
        for term in with_it.keys() | without.keys():
            one, other = with_it.get(term, 0.0), without.get(term, 0.0)
            merged[term] = merged.get(term, 0.0) + (one + other) / 2
            grown = tuple(sorted((*term, player)))
            merged[grown] = merged.get(grown, 0.0) + (other - one) / 2
        return merged

    return below(0, {})


@cache
def cancer_boosting() -> Game:
    """30 features, boosted trees."""
    model = GradientBoostingClassifier(max_depth=4, subsample=0.7, random_state=0)
    value, _, _ = _of_model(_table("breast_cancer"), model, 100)
    return Game(30, value, value)


@cache
def cancer14_boosting() -> Game:
    """The 14 most relevant features, boosted trees."""
    model = GradientBoostingClassifier(max_depth=4, subsample=0.7, random_state=0)
    value, _, _ = _of_model(_table("breast_cancer", 14), model, 100)
    return _enumerated(14, value)


@cache
def wine_network() -> Game:
    """13 features, a neural network."""
    model = MLPClassifier(hidden_layer_sizes=(64, 32), alpha=1.0, max_iter=200, random_state=0)
    value, _, _ = _of_model(_table("wine"), model, 100)
    return _enumerated(13, value)


@cache
def wine_machine() -> Game:
    """13 features, the decision function of a support vector machine.

    Votes of pairs of classes make it jump by a whole unit in six coalitions of a thousand.
    """
    table = _table("wine")
    model = SVC(random_state=0).fit(*table)
    instance = table[0][36]
    label = int(model.predict(instance[None])[0])

    def value(kept: np.ndarray) -> np.ndarray:
        return model.decision_function(np.where(kept, instance, 0.0))[:, label]

    return Game(13, value, value)


@cache
def diabetes_forest() -> Game:
    """10 features, a forest of regression trees."""
    model = RandomForestRegressor(50, min_samples_leaf=3, random_state=0, n_jobs=1)
    value, _, _ = _of_model(_table("diabetes"), model, 20)
    return _enumerated(10, value)


@cache
def digits_network() -> Game:
    """64 pixels, a neural network."""
    model = MLPClassifier(hidden_layer_sizes=(64, 32), alpha=1.0, max_iter=200, random_state=0)
    value, _, _ = _of_model(_table("digits"), model, 3)
    return Game(64, value, value)


# Training rows ----------------------------------------------------------------------------------


@cache
def neighbours_valuation(n: int = 100, count: int = 5) -> Game:
    """Training rows of a nearest-neighbour classifier, and its success on 50 test rows.

    The Shapley values have a closed form (R. Jia et al., *Efficient task-specific data valuation
    for nearest neighbor algorithms*, VLDB 2019, theorem 1).
    """
    features, target = _table("wine")
    order = np.random.default_rng([1, n]).permutation(len(features))
    train, test = order[:n], order[n : n + 50]
    distances = ((features[test][:, None] - features[train][None]) ** 2).sum(axis=2)
    nearest = np.argsort(distances, axis=1, kind="stable")
    right = (target[train][nearest] == target[test][:, None]) / count

    def value(kept: np.ndarray) -> np.ndarray:
        total = np.zeros(len(kept))
        for ranked, hits in zip(nearest, right, strict=True):
            ordered = kept[:, ranked]
            total += (ordered & (np.cumsum(ordered, axis=1) <= count)) @ hits
        return total / len(test)

    shapley = np.zeros(n)
    for ranked, hits in zip(nearest, right, strict=True):
        share = hits[-1] * count / n
        shapley[ranked[-1]] += share
        for place in range(n - 1, 0, -1):
            share += (hits[place - 1] - hits[place]) * min(count, place) / place
            shapley[ranked[place - 1]] += share
    return Game(n, value, value, shapley=shapley / len(test))


# Planted functions ------------------------------------------------------------------------------


def _terms(shape: str, n: int, count: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Distinct terms that grow out of each other, have no parts, or are all pairs."""
    if shape == "pairs":
        return [(i, j) for i in range(n) for j in range(i + 1, n)]
    terms: dict[tuple[int, ...], None] = {}
    active = rng.permutation(n)[: max(5, count // 2)]
    while len(terms) < count:
        if shape == "flat":
            term = rng.choice(n, int(rng.integers(1, 6)), replace=False).tolist()
        else:
            parents = [term for term in terms if len(term) < 5]
            grow = bool(parents) and rng.random() < 0.7
            parent = parents[int(rng.integers(len(parents)))] if grow else ()
            term = [*parent, int(rng.choice(active))]
        terms[tuple(sorted(set(term)))] = None
    return list(terms)


@cache
def planted(shape: str, n: int, count: int, noise: float) -> Game:
    """A sparse function with noise that is a function of the coalition.

    Args:
        shape: ``"hierarchical"``, ``"flat"`` or ``"pairs"``.
        n: The number of players.
        count: The number of terms, of coefficients between .5 and 1.5 in size.
        noise: The standard deviation of the noise in units of that of the signal.
    """
    rng = np.random.default_rng([1, n, count])
    terms = _terms(shape, n, count, rng)
    sizes = rng.uniform(0.5, 1.5, len(terms)) * rng.choice([-1.0, 1.0], len(terms))
    return _noisy(Spectrum.from_terms(n, terms, sizes), noise)


def _noise(kept: np.ndarray) -> np.ndarray:
    """Standard normal numbers that belong to the coalitions (a hash by splitmix64)."""
    packed = Coalitions.from_dense(kept).packed.astype(np.uint64)
    weights = np.random.default_rng(1).integers(1, 2**63, packed.shape[1], dtype=np.uint64)
    state = (packed * (2 * weights + 1)).sum(axis=1, dtype=np.uint64)
    state += np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    return ndtri((state >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54)


@cache
def beyond_the_code(n: int = 20, count: int = 4) -> Game:
    """Terms of 5 to 12 players, which a code for pairs takes for others."""
    rng = np.random.default_rng([1, n, count])
    degrees = rng.integers(5, 13, count)
    terms = sorted({tuple(sorted(rng.choice(n, d, replace=False).tolist())) for d in degrees})
    sizes = rng.uniform(0.5, 1.5, len(terms)) * rng.choice([-1.0, 1.0], len(terms))
    return _noisy(Spectrum.from_terms(n, terms, sizes), 0.1)


def _noisy(spectrum: Spectrum, noise: float) -> Game:
    """Noise, a function of the coalition, in units of the standard deviation of the signal."""
    scale = noise * np.sqrt(spectrum.variance)
    return Game(
        spectrum.n_players,
        lambda kept: spectrum(kept) + scale * _noise(kept),
        spectrum,
        spectrum,
    )


def prompt(effects: Sequence[tuple[str, float]], n: int, noise: float, seed: int) -> Game:
    """A prompt of n words, few of which matter: the sum of effects of different random words.

    Args:
        effects: Kind and size of each: ``"and 3"`` is 1 if three words are kept, ``"or 2"`` if one
            of two is, and ``"parity 2"`` the product of two signs, without effects of single words.
        n: The number of words.
        noise: The standard deviation of the noise.
        seed: The random words.
    """
    words = iter(np.random.default_rng([seed, n]).permutation(n).tolist())
    parts = [
        (kind.split()[0], size, [next(words) for _ in range(int(kind.split()[1]))])
        for kind, size in effects
    ]
    combine: dict[str, Value] = {
        "and": lambda kept: kept.all(axis=1),
        "or": lambda kept: kept.any(axis=1),
        "parity": lambda kept: np.prod(1.0 - 2.0 * kept, axis=1),
    }

    def clean(kept: np.ndarray) -> np.ndarray:
        every = [size * combine[kind](kept[:, players]) for kind, size, players in parts]
        return np.sum(every, axis=0)

    return Game(n, lambda kept: clean(kept) + noise * _noise(kept), clean)


@cache
def outlying_ends(n: int = 24) -> Game:
    """A hierarchical function whose empty and full coalition have values never seen elsewhere."""
    inner = planted("hierarchical", n, 12, 0.1)

    def with_ends(value: Value) -> Value:
        def game(kept: np.ndarray) -> np.ndarray:
            sizes = kept.sum(axis=1)
            return value(kept) - 300.0 * (sizes == 0) + 500.0 * (sizes == n)

        return game

    # a value of the full or the empty coalition alone is shared in equal parts
    shapley = np.full(n, 800.0 / n)
    for (player,), value in inner.exact("SV", 1).items():
        shapley[player] += value
    return Game(n, with_ends(inner.value), with_ends(inner.clean), shapley=shapley)


def disaster(seed: int, n: int = 12) -> Game:
    """Noise, but for an enormous value where four certain players are absent."""
    rng = np.random.default_rng(seed)
    four = rng.choice(n, 4, replace=False)
    noise = rng.normal(size=2**n)

    def value(kept: np.ndarray) -> np.ndarray:
        return 1e4 * (~kept[:, four]).all(axis=1) + noise[kept @ (1 << np.arange(n))]

    return Game(n, value, value)
