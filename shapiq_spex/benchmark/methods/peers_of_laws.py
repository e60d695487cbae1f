"""Methods of others on coalitions of any law of sizes, as functions that predict the game.

* shapiq's ProxySPEX and ProxySHAP draw by the law and fit all rows alike (without a search of
  settings; the search is a method of its own).
* KernelSHAP and the regression for FSII of order 2 weight the rows so that they still solve the
  least squares problem of their index (shapiq).
* LIME, the lasso of order 1 that ContextCite fits, and ridge regressions of order 1 and 2 with a
  cross-validated penalty fit the drawn rows, without the empty coalition, which a law near the
  input hardly knows.

The limits of rows and players are choices that bound the time per fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.linear_model import RidgeCV

from shapiq_spex.benchmark.games.benchmark_game import ValueFunction
from shapiq_spex.benchmark.methods.method import Request
from shapiq_spex.benchmark.methods.plain_regressions import lasso_spectrum, lime_spectrum
from shapiq_spex.benchmark.methods.shapiq_peers import (
    explain_by_index,
    explain_by_proxyshap,
    explain_by_proxyspex,
    has_proxyshap,
    of_law,
)
from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.terms import Vector

PredictorOfLaw = Callable[[Request, Vector], ValueFunction]
"""What fits the game of a request on rows with these weights of sizes."""

RIDGES = ("ridge order 1", "ridge order 2")

_PENALTIES = np.geomspace(1e-3, 1e3, 13)  # of ridge regression of order 1; a wide grid
_RELATIVE_PENALTIES = np.geomspace(1e-4, 10.0, 11)  # of order 2, in units of the mean diagonal
_HELD_OUT = 5  # every fifth row chooses the penalty of order 2


@dataclass(frozen=True)
class LawPeer:
    """A method that fits rows of any law.

    Attributes:
        fit: The method itself.
        max_players: The most players it is run with.
        max_rows: The largest budget it is run with.
        slow: Whether it runs only if it is named.
        recent: Whether it needs a shapiq that has ProxySHAP.
    """

    fit: PredictorOfLaw
    max_players: int = 1000
    max_rows: int = 100_000
    slow: bool = False
    recent: bool = False

    def runs(self, n_players: int, budget: int) -> bool:
        """Whether it runs with this many players and ablations on the installed shapiq."""
        fits = n_players <= self.max_players and budget <= self.max_rows
        return fits and (has_proxyshap() or not self.recent)


def drawn_rows(request: Request, weights: Vector) -> tuple[BoolMatrix, Vector]:
    """Distinct coalitions of a law, with the full and without the empty one, and their values."""
    rng = np.random.default_rng([request.seed, request.n_players])
    law = SizeLaw(weights, paired=False)
    drawn = sample_coalitions(request.n_players, request.budget + 1, law, rng=rng)[1:].dense()
    return drawn, request.game(drawn)


def _proxyspex(request: Request, weights: Vector, *, searched: bool) -> ValueFunction:
    """Shapiq's ProxySPEX with or without its search of settings.

    Without the search, its trees have settings out of its grid. The trees of its constructor are
    not bounded in depth: near the input they split off player by player, and a path of 30 splits
    has 2^30 Fourier terms.
    """
    from lightgbm import LGBMRegressor  # imported late: it is slow to import

    one = LGBMRegressor(max_depth=5, n_estimators=500, learning_rate=0.1, verbose=-1, n_jobs=1)
    settings: dict[str, object] = {} if searched else {"proxy_model": one}
    request, law = of_law(request, weights)
    explained = explain_by_proxyspex(request, sampling_weights=law, pairing_trick=False, **settings)
    return _predictor(explained.predict)


def _proxyshap(request: Request, weights: Vector) -> ValueFunction:
    request, law = of_law(request, weights)
    explained = explain_by_proxyshap(request, sampling_weights=law, pairing_trick=False)
    return _predictor(explained.predict)


def _regression(request: Request, weights: Vector, *, class_name: str, index: str) -> ValueFunction:
    request, law = of_law(request, weights)
    explained = explain_by_index(request, class_name, index, sampling_weights=law)
    return _predictor(explained.predict)


def _predictor(predict: ValueFunction | None) -> ValueFunction:
    assert predict is not None
    return predict


def _lime(request: Request, weights: Vector) -> ValueFunction:
    return lime_spectrum(*drawn_rows(request, weights)).evaluate


def _lasso(request: Request, weights: Vector) -> ValueFunction:
    return lasso_spectrum(*drawn_rows(request, weights), order=1).evaluate


def _additive_ridge(request: Request, weights: Vector) -> ValueFunction:
    rows, values = drawn_rows(request, weights)
    model = RidgeCV(_PENALTIES).fit(rows.astype(np.float64), values)
    return lambda others: np.asarray(model.predict(others.astype(np.float64)))


def _pairwise_ridge(request: Request, weights: Vector) -> ValueFunction:
    """Ridge regression on standardised players and their products, in the dual.

    With x standardised, the inner product of two rows is a + (a^2 - b) / 2, a = sum x_i y_i and b =
    sum x_i^2 y_i^2 (players and products of two of them).
    """
    rows, values = drawn_rows(request, weights)
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1.0 / len(rows))

    def products(left: BoolMatrix, right: BoolMatrix) -> np.ndarray:
        first, second = ((part - mean) / spread for part in (left, right))
        inner = first @ second.T
        return inner + (inner**2 - (first**2) @ (second**2).T) / 2.0

    gram = products(rows, rows)
    scale = float(np.trace(gram)) / len(rows)

    def weights_of(kept: np.ndarray, penalty: float) -> tuple[Vector, float]:
        centre = float(values[kept].mean())
        system = gram[np.ix_(kept, kept)] + penalty * scale * np.eye(len(kept))
        return cho_solve(cho_factor(system), values[kept] - centre), centre

    order = np.random.default_rng(request.seed).permutation(len(rows))
    kept, left_out = order[len(rows) // _HELD_OUT :], order[: len(rows) // _HELD_OUT]

    def error(penalty: float) -> float:
        dual, centre = weights_of(kept, penalty)
        predicted = centre + gram[np.ix_(left_out, kept)] @ dual
        return float(((values[left_out] - predicted) ** 2).sum())

    best = min(_RELATIVE_PENALTIES, key=error)
    dual, centre = weights_of(np.arange(len(rows)), best)
    return lambda others: centre + products(others, rows) @ dual


LAW_PEERS: Mapping[str, LawPeer] = {
    "shapiq ProxySPEX depth 5": LawPeer(partial(_proxyspex, searched=False), recent=True),
    "shapiq ProxySHAP": LawPeer(_proxyshap, recent=True),
    "KernelSHAP": LawPeer(partial(_regression, class_name="KernelSHAP", index="SV")),
    "regression FSII order 2": LawPeer(
        partial(_regression, class_name="RegressionFSII", index="FSII"), max_players=64
    ),
    "LIME-like": LawPeer(_lime),
    "lasso order 1": LawPeer(_lasso),
    RIDGES[0]: LawPeer(_additive_ridge),
    RIDGES[1]: LawPeer(_pairwise_ridge, max_rows=6000),
    "shapiq ProxySPEX": LawPeer(partial(_proxyspex, searched=True), slow=True, recent=True),
}
"""The methods by name."""
