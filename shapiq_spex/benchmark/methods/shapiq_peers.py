"""shapiq's own approximators, each at its best fair setting.

* ProxySPEX and ProxySHAP run with and without their search of settings, the correction of ProxySHAP
  with and without cross-fitting, SPEX with both decoders. Each variant trades cost for
  faithfulness, so none is the better one everywhere.
* Otherwise constructor defaults apply, plus pairs of complementary coalitions (``pairing_trick``)
  in every class that offers them.
* Faithfulness is judged by the best function that each method holds. For ProxySPEX and SPEX this is
  the recovered Fourier function with all orders, before it is truncated to an index (shapiq does
  not expose it). For ProxySHAP it is the boosted trees, fitted to uniformly drawn coalitions, plus
  the baseline they were centred by. For regressions, Monte Carlo and permutations it is the
  additive or pairwise function sum_{T <= S} I(T) of the estimated index.
* Indices are what ``approximate`` returns. The exception is ProxySPEX and SPEX, whose rows do not
  depend on the index: one run is converted exactly to every index. This spares SPEX shapiq's second
  aggregation of k-SII.
* Estimators of order two run with up to 64 players (SVARM-IQ, the slowest), 128 (regressions) or
  200 (permutations). These limits are choices that bound the time per cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from inspect import signature
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
    Explain,
    Explanation,
    Method,
    Request,
    explanation_of_spectrum,
    predictor_of_interactions,
)
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.moebius import spectrum_of_moebius
from shapiq_spex.fourier.spectrum import Spectrum, Term, Vector
from shapiq_spex.reports.prediction import interactions_of

_SHAPIQ: Any = shapiq
"""Typed as Any because classes and arguments differ between versions; a missing one is refused."""

_SMALLEST_WEIGHT = 1e-300  # of a coalition size; shapiq's sampler refuses zeros
_ROUNDING = 1e-12  # coefficients below this share of the largest one are rounding errors

RawTerms = dict[tuple[int, ...], float]


def shapiq_peers() -> list[Method]:
    """The methods of shapiq in the benchmark."""
    corrected = ("SV", "k-SII", "STII", "BII")
    peer = partial(Method, peer=True)
    spex = partial(peer, indices=INDICES, shares_rows="all", warm_up="apart", expense=1)
    return [
        peer("shapiq ProxySPEX", _proxyspex(hpo=True), INDICES, "all", expense=2),
        peer("shapiq ProxySPEX hpo=False", _proxyspex(hpo=False), INDICES, "all", warm_up="here"),
        spex("shapiq SPEX soft", _spex("soft")),
        spex("shapiq SPEX hard", _spex("hard")),
        peer("shapiq ProxySHAP", _proxyshap(), INDICES, warm_up="here"),
        peer("shapiq ProxySHAP hpo=True", _searched_proxyshap, INDICES, "indices", expense=2),
        *(
            peer(
                f"shapiq ProxySHAP {name}",
                _proxyshap(adjustment=True, **settings),
                corrected,
                predicts=False,
                warm_up="here",
            )
            for name, settings in {"adjusted": {}, "cross-fitted": {"k_folds": 5}}.items()
        ),
        _estimator("KernelSHAP", ("SV",), pairing_trick=True),
        _estimator("KernelSHAPIQ", ("k-SII",), 128, pairing_trick=True),
        _estimator("RegressionFSII", ("FSII",), 128, pairing_trick=True),
        _estimator("RegressionFBII", ("FBII",), 128, pairing_trick=True),
        _estimator("SVARMIQ", corrected, 64, pairing_trick=True),
        _estimator("PermutationSamplingSV", ("SV",)),
        _estimator("PermutationSamplingSII", ("k-SII",), 200),
        _estimator("PermutationSamplingSTII", ("STII",), 200),
    ]


def uniform_law(n_players: int) -> Vector:
    """How often uniformly drawn coalitions have each size, up to a factor.

    It is shapiq's default for ProxySPEX, which overflows beyond 1,029 players. Weights that
    underflow here are replaced by the smallest number that shapiq's sampler accepts.
    """
    sizes = np.arange(n_players + 1)
    logarithms = -gammaln(sizes + 1) - gammaln(n_players - sizes + 1)
    return np.maximum(np.exp(logarithms - logarithms.max()), _SMALLEST_WEIGHT)


def _spectrum_of(n_players: int, terms: RawTerms) -> Spectrum:
    return Spectrum.from_dict(
        n_players, {tuple(sorted(map(int, term))): float(c) for term, c in terms.items()}
    )


def _proxyspex(*, hpo: bool) -> Explain:
    def explain(request: Request) -> Explanation:
        recovered: list[RawTerms] = []

        class Recorded(_SHAPIQ.ProxySPEX):
            def fourier_to_moebius(self, four_dict: RawTerms) -> RawTerms:
                recovered.append(four_dict)
                return super().fourier_to_moebius(four_dict)

        approximator = Recorded(
            n=request.n_players,
            max_order=2,
            index="FBII",
            hpo=hpo,
            sampling_weights=uniform_law(request.n_players),
            pairing_trick=True,
            random_state=request.seed,
        )
        approximator.approximate(request.budget, request.game)
        return explanation_of_spectrum(_spectrum_of(request.n_players, recovered[0]))

    return explain


def _spex(decoder_type: str) -> Explain:
    def explain(request: Request) -> Explanation:
        recovered: list[RawTerms] = []

        class Recorded(_SHAPIQ.SPEX):
            def _process_moebius(self, moebius_transform: RawTerms) -> Vector:
                recovered.append(moebius_transform)
                return super()._process_moebius(moebius_transform)

        approximator = Recorded(
            n=request.n_players,
            max_order=2,
            index="FBII",
            decoder_type=decoder_type,
            random_state=request.seed,
        )
        with global_seed(request.seed):  # it draws from the global generator as well
            approximator.approximate(request.budget, request.game)
        spectrum = spectrum_of_moebius(_spectrum_of(request.n_players, recovered[0]))
        rounding = _ROUNDING * np.abs(spectrum.coefficients).max(initial=0.0)
        return explanation_of_spectrum(spectrum.prune(threshold=rounding))

    return explain


def _proxyshap(**settings: object) -> Explain:
    def explain(request: Request) -> Explanation:
        approximator = _new_proxyshap(request, request.target, **settings)
        result = approximator.approximate(request.budget, request.game)
        predict = _predictor_of_trees(approximator.proxy_model, result.baseline_value)
        return Explanation(predict, lambda _: interactions_of(result))

    return explain


def _searched_proxyshap(request: Request) -> Explanation:
    """ProxySHAP with its search of settings, made once for all indices, whose rows are the same."""
    answers: dict[bytes, float] = {}

    def remembered(coalitions: BoolMatrix) -> Vector:
        keys = [row.tobytes() for row in np.packbits(coalitions, axis=1)]
        new = [place for place, key in enumerate(keys) if key not in answers]
        if new:
            values = request.game(coalitions[new])
            answers.update(zip((keys[place] for place in new), values, strict=True))
        return np.array([answers[key] for key in keys])

    approximator = _new_proxyshap(request, request.target, hpo=True)
    baseline = approximator.approximate(request.budget, remembered).baseline_value
    best: Any = approximator.proxy_model.best_estimator_

    def index_values(index: str) -> Mapping[Term, float]:
        again = _new_proxyshap(request, index, proxy_model=clone(best))
        return interactions_of(again.approximate(request.budget, remembered))

    return Explanation(_predictor_of_trees(best, baseline), index_values)


def _new_proxyshap(request: Request, target: str, **settings: object) -> Any:
    """ProxySHAP for a target: an index has its own law of sizes, faithfulness the uniform one."""
    faithful = target == FAITHFULNESS
    index = "FBII" if faithful else target
    return _SHAPIQ.ProxySHAP(
        n=request.n_players,
        max_order=order_of(index),
        index=index,
        sampling_weights=uniform_law(request.n_players) if faithful else None,
        random_state=request.seed,
        **settings,
    )


def _predictor_of_trees(trees: Any, baseline: float) -> ValueFunction:
    """The boosted trees as a function of the coalition; they were fitted to centred answers."""
    return lambda rows: np.asarray(trees.predict(rows), dtype=np.float64) + baseline


def _estimator(
    class_name: str,
    indices: tuple[str, ...],
    max_players: int | None = None,
    **settings: bool,
) -> Method:
    """An approximator of one index at a time, judged by the function that the index defines.

    For faithfulness it estimates the first of its indices. Not every class has an index and an
    order to choose.
    """

    def explain(request: Request) -> Explanation:
        index = indices[0] if request.target == FAITHFULNESS else request.target
        make = getattr(_SHAPIQ, class_name)
        wanted = {"index": index, "max_order": order_of(index)}
        selected = {name: wanted[name] for name in signature(make).parameters if name in wanted}
        approximator = make(n=request.n_players, random_state=request.seed, **selected, **settings)
        result = approximator.approximate(request.budget, request.game)
        values = interactions_of(result)
        values.setdefault((), float(result.baseline_value))
        return Explanation(predictor_of_interactions(values, request.n_players), lambda _: values)

    return Method(
        f"shapiq {class_name}",
        explain,
        indices,
        warm_up="here",
        max_players=max_players,
        expense=1 if max_players else 0,
        peer=True,
    )
