"""shapiq's own approximators, each at its best fair setting.

* ProxySPEX and ProxySHAP with and without their search of settings, the correction of ProxySHAP
  with and without cross-fitting, SPEX with both decoders: all cheaper on one side and more
  faithful on the other, so that none is the better one everywhere.
* Otherwise constructor defaults, but pairs of complementary coalitions (``pairing_trick``)
  wherever the class has them. They help: R2 of ProxySPEX, hpo=False, on eight development games is
  .18 -> .67 and .69 -> .83 at best, -.07 at worst (of games it explains at all; three seeds, 1 to
  8 n log2 n).
* Faithfulness is judged by the best function each method holds. ProxySPEX and SPEX: the Fourier
  function they recovered, all orders, before truncation to an index (shapiq itself never shows it).
  ProxySHAP: its boosted trees, fitted to uniformly drawn coalitions, plus the baseline they were
  centred by. Regressions, Monte Carlo and permutations: the additive or pairwise function
  sum_{T <= S} I(T) of the index they estimate.
* Indices are what ``approximate`` returns, except that one run of ProxySPEX or SPEX (whose rows do
  not depend on the index) is converted to every index, exactly; so k-SII from SPEX is spared
  shapiq's second aggregation.
* Estimators of order two are tried with up to 64 players (SVARM-IQ, which takes a minute per cell
  there), 128 (regressions) or 200 (permutations).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapiq
from scipy.special import gammaln
from sklearn.base import clone

from shapiq_spex.benchmark.games.benchmark_game import ValueFunction
from shapiq_spex.benchmark.games.known_indices import INDICES, order_of
from shapiq_spex.benchmark.methods.global_seed import global_seed
from shapiq_spex.benchmark.methods.method import (
    FAITHFULNESS,
    Explanation,
    Method,
    explanation_of_spectrum,
    predictor_of_interactions,
)
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.moebius import spectrum_of_moebius
from shapiq_spex.fourier.spectrum import Spectrum, Term, Vector
from shapiq_spex.reports.prediction import interactions_of

_SHAPIQ: Any = shapiq
"""Classes and arguments differ between its versions; a missing one is a row that says so."""


def peers() -> list[Method]:
    """All methods of shapiq in the benchmark."""
    return [
        Method("shapiq ProxySPEX", _proxyspex(hpo=True), INDICES, "all", expense=2),
        Method("shapiq ProxySPEX hpo=False", _proxyspex(hpo=False), INDICES, "all", warm_up="here"),
        Method("shapiq SPEX soft", _spex("soft"), INDICES, "all", warm_up="apart", expense=1),
        Method("shapiq SPEX hard", _spex("hard"), INDICES, "all", warm_up="apart", expense=1),
        Method("shapiq ProxySHAP", _proxyshap(), INDICES, warm_up="here"),
        Method("shapiq ProxySHAP hpo=True", _searched_proxyshap, INDICES, "indices", expense=2),
        *(
            Method(
                f"shapiq ProxySHAP {name}",
                _proxyshap(adjustment=True, **settings),
                ("SV", "k-SII", "STII", "BII"),
                predicts=False,
                warm_up="here",
            )
            for name, settings in {"adjusted": {}, "cross-fitted": {"k_folds": 5}}.items()
        ),
        _estimator("KernelSHAP", "SV", {"SV": "SV"}, pairing_trick=True),
        _estimator("KernelSHAPIQ", "k-SII", {"k-SII": "k-SII"}, 128, pairing_trick=True),
        _estimator("RegressionFSII", "FSII", {"FSII": "FSII"}, 128, pairing_trick=True),
        _estimator("RegressionFBII", "FBII", {"FBII": "FBII"}, 128, pairing_trick=True),
        _estimator(
            "SVARMIQ",
            "SV",
            {index: index for index in ("SV", "k-SII", "STII", "BII")},
            64,
            pairing_trick=True,
        ),
        _estimator("PermutationSamplingSV", "SV", {"SV": "SV"}),
        _estimator("PermutationSamplingSII", "k-SII", {"k-SII": "k-SII"}, 200),
        _estimator("PermutationSamplingSTII", "STII", {"STII": "STII"}, 200),
    ]


def uniform_law(n_players: int) -> Vector:
    """How often uniformly drawn coalitions have each size, up to a factor.

    It is shapiq's default for ProxySPEX, which overflows beyond 1,029 players; what underflows here
    is made the smallest number that its sampler can take.
    """
    sizes = np.arange(n_players + 1)
    logarithms = -gammaln(sizes + 1) - gammaln(n_players - sizes + 1)
    return np.maximum(np.exp(logarithms - logarithms.max()), 1e-300)


def _proxyspex(*, hpo: bool) -> Callable[..., Explanation]:
    def explain(
        game: ValueFunction, n_players: int, budget: int, seed: int, target: str
    ) -> Explanation:
        recovered: list[dict[tuple[int, ...], float]] = []

        class Recorded(_SHAPIQ.ProxySPEX):
            def fourier_to_moebius(
                self, four_dict: dict[tuple[int, ...], float]
            ) -> dict[tuple[int, ...], float]:
                recovered.append(four_dict)
                return super().fourier_to_moebius(four_dict)

        approximator = Recorded(
            n=n_players,
            max_order=2,
            index="FBII",
            hpo=hpo,
            sampling_weights=uniform_law(n_players),
            pairing_trick=True,
            random_state=seed,
        )
        approximator.approximate(budget, game)
        terms = {tuple(sorted(map(int, term))): float(c) for term, c in recovered[0].items()}
        return explanation_of_spectrum(Spectrum.from_dict(n_players, terms))

    return explain


def _spex(decoder_type: str) -> Callable[..., Explanation]:
    def explain(
        game: ValueFunction, n_players: int, budget: int, seed: int, target: str
    ) -> Explanation:
        recovered: list[dict[tuple[int, ...], float]] = []

        class Recorded(_SHAPIQ.SPEX):
            def _process_moebius(self, moebius_transform: dict[tuple[int, ...], float]) -> Vector:
                recovered.append(moebius_transform)
                return super()._process_moebius(moebius_transform)

        approximator = Recorded(
            n=n_players, max_order=2, index="FBII", decoder_type=decoder_type, random_state=seed
        )
        with global_seed(seed):  # it draws from that generator as well
            approximator.approximate(budget, game)
        moebius = {tuple(sorted(map(int, t))): float(c) for t, c in recovered[0].items()}
        spectrum = spectrum_of_moebius(Spectrum.from_dict(n_players, moebius))
        rounding = 1e-12 * np.abs(spectrum.coefficients).max(initial=0.0)
        return explanation_of_spectrum(spectrum.prune(threshold=rounding))

    return explain


def _proxyshap(**settings: object) -> Callable[..., Explanation]:
    def explain(
        game: ValueFunction, n_players: int, budget: int, seed: int, target: str
    ) -> Explanation:
        approximator = _new_proxyshap(n_players, seed, target, **settings)
        result = approximator.approximate(budget, game)
        predict = _predictor_of_trees(approximator.proxy_model, result.baseline_value)
        return Explanation(predict, lambda _: interactions_of(result))

    return explain


def _searched_proxyshap(
    game: ValueFunction, n_players: int, budget: int, seed: int, target: str
) -> Explanation:
    """With its search of settings, made once for all indices: their rows are the same."""
    answers: dict[bytes, float] = {}

    def remembered(coalitions: BoolMatrix) -> Vector:
        keys = [row.tobytes() for row in np.packbits(coalitions, axis=1)]
        new = [place for place, key in enumerate(keys) if key not in answers]
        if new:
            answers.update(zip((keys[place] for place in new), game(coalitions[new]), strict=True))
        return np.array([answers[key] for key in keys])

    approximator = _new_proxyshap(n_players, seed, target, hpo=True)
    baseline = approximator.approximate(budget, remembered).baseline_value
    best: Any = approximator.proxy_model.best_estimator_

    def index_values(index: str) -> Mapping[Term, float]:
        again = _new_proxyshap(n_players, seed, index, proxy_model=clone(best))
        return interactions_of(again.approximate(budget, remembered))

    return Explanation(_predictor_of_trees(best, baseline), index_values)


def _new_proxyshap(n_players: int, seed: int, target: str, **settings: object) -> Any:
    """For an index with its own law of sizes, for faithfulness with the uniform one."""
    faithful = target == FAITHFULNESS
    index = "FBII" if faithful else target
    return _SHAPIQ.ProxySHAP(
        n=n_players,
        max_order=order_of(index),
        index=index,
        sampling_weights=uniform_law(n_players) if faithful else None,
        random_state=seed,
        **settings,
    )


def _predictor_of_trees(trees: Any, baseline: float) -> ValueFunction:
    """The boosted trees as a function of the coalition; they were fitted to centred answers."""
    return lambda rows: np.asarray(trees.predict(rows), dtype=np.float64) + baseline


def _estimator(
    class_name: str,
    faithful_index: str,
    indices: dict[str, str],
    max_players: int | None = None,
    **settings: bool,
) -> Method:
    """An approximator of one index at a time, judged by the function that the index defines."""

    def explain(
        game: ValueFunction, n_players: int, budget: int, seed: int, target: str
    ) -> Explanation:
        index = faithful_index if target == FAITHFULNESS else indices[target]
        order = {} if index == "SV" else {"max_order": order_of(index)}
        selected = {} if class_name in _SINGLE_INDEX else {"index": index}
        if class_name == "SVARMIQ" and index == "SV":
            order = {"max_order": 1}
        approximator = getattr(_SHAPIQ, class_name)(
            n=n_players, random_state=seed, **order, **selected, **settings
        )
        result = approximator.approximate(budget, game)
        values = interactions_of(result)
        values.setdefault((), float(result.baseline_value))
        return Explanation(predictor_of_interactions(values, n_players), lambda _: values)

    return Method(
        f"shapiq {class_name}",
        explain,
        tuple(indices),
        warm_up="here",
        max_players=max_players,
        expense=1 if max_players else 0,
    )


_SINGLE_INDEX = {
    "KernelSHAP",
    "RegressionFSII",
    "RegressionFBII",
    "PermutationSamplingSV",
    "PermutationSamplingSTII",
}
"""Approximators whose index is not an argument."""
