"""Any scikit-learn-like regressor as a proxy: fitted to the rows, then read as a Fourier spectrum.

Tree ensembles are read exactly from their trees, models of few players from all their values, and
models whose predictions are sums of the players' effects (linear models, alone or in a pipeline)
from n + 1 predictions. All others (networks, kernel machines, nearest neighbours, pipelines, own
classes) are read from 65,000 to 330,000 predictions, which cost no ablation
(:mod:`shapiq_spex.estimators.free_reading`). A note says what such a reading loses. Held-out
predictions are those of spectra that are read in the same way, so that errors include the loss.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.folds import FoldFits, Folds
from shapiq_spex.estimators.free_reading import loss_of_reading, read_freely
from shapiq_spex.estimators.trees.tree_fourier import spectrum_of_forest
from shapiq_spex.estimators.trees.tree_readers import (
    UnreadableModelError,
    is_tree_model,
    predict,
    read_forest,
)
from shapiq_spex.estimators.trees.tree_refit import fit_and_refit
from shapiq_spex.fourier.coalitions import BoolMatrix, Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.fourier.walsh import spectrum_of_table

TABLE_PLAYERS = 16
"""Players up to which any model is read exactly, from its 2^n predictions: 65,536 of them, as many
as an approximate reading takes at least. A choice; bounds time."""

MOST_TERMS = 50_000
"""Terms kept of deep forests, the largest; the proxy is validated by these (bounds memory)."""


@dataclass(frozen=True)
class ModelProxy:
    """A regression model given by the user, refitted on its largest terms.

    Attributes:
        model: An object with ``fit(X, y)`` and ``predict(X)``, or a search over such models that
            has a ``best_estimator_`` once it is fitted (``GridSearchCV`` and its like). It is
            copied, never changed. Where its ``random_state`` is None, a seed is drawn; where its
            ``n_jobs`` is None, one thread is used.
        refit: Blend in regressions on the largest terms as far as they predict better; without
            it, the spectrum is that of the model fitted to all rows.
        folds: The number of folds; 5 is the usual choice.
        basis: The basis for readings that are not exact.

    Example:
        >>> from sklearn.ensemble import ExtraTreesRegressor
        >>> rng = np.random.default_rng(0)
        >>> rows = np.unique(rng.random((60, 6)) < 0.5, axis=0)
        >>> values = 3.0 + rows[:, 0] - 2.0 * (rows[:, 1] & rows[:, 2])
        >>> proxy = ModelProxy(ExtraTreesRegressor(10), refit=False)
        >>> fit = proxy.fit(Coalitions.from_dense(rows), values, rng=rng)
        >>> bool(np.abs(fit.spectrum(rows) - values).max() < 1e-9)
        True
    """

    model: Any
    refit: bool = True
    folds: int = 5
    basis: Basis = FOURIER

    def __post_init__(self) -> None:
        missing = [
            name for name in ("fit", "predict") if not callable(getattr(self.model, name, 0))
        ]
        if missing or isinstance(self.model, type):
            what = "a class" if isinstance(self.model, type) else f"a {type(self.model).__name__}"
            raise TypeError(
                f"a proxy model must be an object with the methods fit and predict, got {what}; "
                "pass for example sklearn.ensemble.RandomForestRegressor()"
            )

    @property
    def name(self) -> str:
        """The name for reports."""
        return type(self.model).__name__

    def check(self, n_players: int) -> None:
        """Fit the model to a few rows of standard normal values, before the game is evaluated.

        Raises:
            ValueError: If it cannot be fitted, or does not predict one number for each row.
        """
        rng = np.random.default_rng(0)
        rows = rng.random((64, n_players)) < 0.5
        predict(_fitted(_without_search(self.model), rows, rng.standard_normal(64), rng), rows)

    def fit(self, coalitions: Coalitions, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy; see :class:`~shapiq_spex.estimators.contract.Estimator`."""
        return fit_and_refit(self._fit_folds, coalitions, values, rng, blend=self.refit)

    def _fit_folds(
        self, coalitions: Coalitions, values: Vector, rng: np.random.Generator
    ) -> FoldFits:
        """The model of all rows (a search is made once, here) and outside every fold."""
        folds = Folds.of(coalitions, rng, count=self.folds)
        dense = coalitions.dense()
        whole = _fitted(self.model, dense, values, rng)
        spectra: list[Spectrum] = []
        held_out = np.full(len(values), np.nan)
        for held in folds.held_out():
            copy = _fitted(whole, dense[~held], values[~held], rng)
            spectrum, _ = self._read(copy, coalitions[~held], rng)
            spectra.append(spectrum)
            held_out[held] = spectrum(coalitions[held])  # the model may have more terms
        spectrum, notes = self._read(whole, coalitions, rng)
        return FoldFits(spectrum, tuple(spectra), folds, held_out, notes)

    def _read(
        self, model: Any, coalitions: Coalitions, rng: np.random.Generator
    ) -> tuple[Spectrum, tuple[str, ...]]:
        """The spectrum of a fitted model, and a note if it is not exact."""
        exact = spectrum_of_model(model, coalitions.n_players)
        if exact is not None:
            return exact, ()
        ask = partial(predict, model)
        spectrum = read_freely(ask, coalitions, rng, self.basis)
        loss = loss_of_reading(ask, spectrum, coalitions, rng)
        note = (
            f"The {type(model).__name__} was read from its own predictions, which cost no "
            f"ablation; the spectrum read misses {max(loss, 0.0):.2%} of their variance on fresh "
            "coalitions."
        )
        return spectrum, (note,)


def spectrum_of_model(model: Any, n_players: int) -> Spectrum | None:
    """The exact Fourier spectrum of a fitted model.

    Args:
        model: The model.
        n_players: The number of its features.

    Returns:
        The spectrum (of deep forests, its ``MOST_TERMS`` largest terms); ``None`` if the model is
        neither a tree ensemble nor a sum of effects and has more than ``TABLE_PLAYERS`` players.

    Example:
        >>> from sklearn.linear_model import LinearRegression
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn.preprocessing import StandardScaler
        >>> rows = np.eye(3)
        >>> model = make_pipeline(StandardScaler(), LinearRegression()).fit(rows, [1.0, 2.0, 3.0])
        >>> [round(c, 6) for c in spectrum_of_model(model, 3).coefficients.tolist()][:2]
        [2.0, 0.5]
    """
    if is_tree_model(model):
        try:
            return spectrum_of_forest(read_forest(model, n_players), keep=MOST_TERMS)
        except UnreadableModelError:
            pass  # a link function, say: it is read from its predictions
    if n_players <= TABLE_PLAYERS:
        return spectrum_of_table(predict(model, Coalitions.all_of(n_players).dense()))
    return _sum_of_effects(model, n_players)


def _sum_of_effects(model: Any, n_players: int) -> Spectrum | None:
    """The spectrum of a model that adds up effects of single players; None if it does not."""
    rng = np.random.default_rng(0)
    probes = np.concatenate([np.zeros((1, n_players), dtype=np.bool_), np.eye(n_players) > 0])
    empty, *single = predict(model, probes).tolist()
    effects = np.array(single) - empty
    rows = rng.random((64, n_players)) < 0.5
    predicted = predict(model, rows)
    if not np.allclose(empty + rows @ effects, predicted, rtol=0.0, atol=1e-6 * np.ptp(predicted)):
        return None
    players = np.arange(n_players)[:, None]
    return Spectrum(
        n_players,
        [(np.empty((1, 0)), [empty + effects.sum() / 2]), (players, -effects / 2)],
    )


def _without_search(model: Any) -> Any:
    """The model over whose settings a search such as ``GridSearchCV`` searches."""
    searches = {"BaseSearchCV", "ProxyModelWithHPO"}  # of scikit-learn and of shapiq
    is_search = any(base.__name__ in searches for base in type(model).__mro__)
    return model.estimator if is_search else model


def _fitted(model: Any, coalitions: BoolMatrix, values: Vector, rng: np.random.Generator) -> Any:
    """A fitted copy; of a search, the best model it found."""
    copy = _copy(model, rng)
    inputs = coalitions.astype(np.float32 if is_tree_model(copy) else np.float64)
    try:
        copy.fit(inputs, values)
    except ValueError as error:
        raise ValueError(
            f"the proxy model {type(model).__name__} could not be fitted to {len(values)} "
            f"coalitions: {error}"
        ) from error
    return getattr(copy, "best_estimator_", copy)


def _copy(model: Any, rng: np.random.Generator) -> Any:
    """An unfitted copy that is seeded, uses one thread and keeps silent unless told otherwise."""
    if not hasattr(model, "get_params"):
        return deepcopy(model)
    from sklearn.base import clone  # takes long

    copy = cast("Any", clone(model))
    parameters: dict[str, Any] = copy.get_params(deep=True)
    changes: dict[str, Any] = {}
    for key, value in sorted({"": copy, **parameters}.items()):
        last = key.rpartition("__")[2]
        if last == "random_state" and value is None:
            changes[key] = int(rng.integers(2**31))
        elif last == "n_jobs" and value is None:
            changes[key] = 1
        elif type(value).__name__ == "LGBMRegressor":
            prefix = f"{key}__" if key else ""
            if not {f"{prefix}verbose", f"{prefix}verbosity"} & set(parameters):
                changes[f"{prefix}verbose"] = -1
    return copy.set_params(**changes)
