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

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
import shapiq
from scipy.special import gammaln
from sklearn.base import clone

from shapiq_spex.benchmark.games.benchmark_game import ValueFunction, with_memory
from shapiq_spex.benchmark.games.known_indices import COMPARED, order_of
from shapiq_spex.benchmark.methods.global_seed import global_seed
from shapiq_spex.benchmark.methods.method import (
    FAITHFULNESS,
    Explanation,
    Method,
    Request,
    explanation_of_spectrum,
    predictor_of_interactions,
)
from shapiq_spex.fourier.moebius import spectrum_of_moebius
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector
from shapiq_spex.reports.prediction import interactions_of

_SHAPIQ: Any = shapiq
"""Typed as Any because classes and arguments differ between versions; a missing one is refused."""

_SMALLEST_WEIGHT = 1e-300  # of a coalition size; shapiq's sampler refuses zeros
_ROUNDING = 1e-12  # coefficients below this share of the largest one are rounding errors

RawTerms = dict[tuple[int, ...], float]


def has_proxyshap() -> bool:
    """Whether this shapiq has ProxySHAP, and a ProxySPEX whose search can be left out."""
    return getattr(_SHAPIQ, "ProxySHAP", None) is not None


def shapiq_peers() -> list[Method]:
    """The methods of shapiq in the benchmark."""
    corrected = ("SV", "k-SII", "STII", "BII")
    peer = partial(Method, peer=True)
    tuned, untuned = (partial(explain_by_proxyspex, hpo=hpo) for hpo in (True, False))
    return [
        peer("shapiq ProxySPEX", tuned, COMPARED, "all", expense=2),
        peer("shapiq ProxySPEX hpo=False", untuned, COMPARED, "all", warm_up="here"),
        *(
            peer(
                f"shapiq SPEX {decoder}",
                partial(_explain_by_spex, decoder=decoder),
                COMPARED,
                "all",
                warm_up="apart",
                expense=1,
            )
            for decoder in ("soft", "hard")
        ),
        peer("shapiq ProxySHAP", explain_by_proxyshap, COMPARED, warm_up="here"),
        peer("shapiq ProxySHAP hpo=True", _searched_proxyshap, COMPARED, "indices", expense=2),
        *(
            peer(
                f"shapiq ProxySHAP {name}",
                partial(explain_by_proxyshap, adjustment=True, **settings),
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


def of_law(request: Request, weights: Vector) -> tuple[Request, Vector]:
    """The request and the weights of sizes with which shapiq's sampler draws by a law.

    With zeros, the sampler counts the coalitions that are left in floating point, which fails for
    many players. With tiny weights, it would draw other sizes once those of the law are used up, so
    the budget ends there.
    """
    n = request.n_players
    ends = np.isin(np.arange(n + 1), (0, n))
    possible = sum(math.comb(n, int(size)) for size in np.flatnonzero((weights > 0) | ends))
    budget = min(request.budget, possible)
    return replace(request, budget=budget), np.maximum(weights, _SMALLEST_WEIGHT)


def _recovered(class_name: str, hook: str, request: Request, **settings: object) -> Spectrum:
    """Run an approximator and catch the terms that it passes to one of its methods."""
    approximator = getattr(_SHAPIQ, class_name)(
        n=request.n_players, max_order=2, index="FBII", random_state=request.seed, **settings
    )
    convert: Callable[[RawTerms], Any] = getattr(approximator, hook)
    caught: list[RawTerms] = []

    def catch(terms: RawTerms) -> Any:
        caught.append(terms)
        return convert(terms)

    setattr(approximator, hook, catch)
    approximator.approximate(request.budget, request.game)
    terms = {tuple(sorted(map(int, term))): float(c) for term, c in caught[0].items()}
    return Spectrum.from_dict(request.n_players, terms)


def explain_by_proxyspex(request: Request, **settings: object) -> Explanation:
    """Shapiq's ProxySPEX; coalitions are uniform, in pairs, unless ``settings`` say otherwise."""
    weights = uniform_law(request.n_players)
    usual = {"sampling_weights": weights, "pairing_trick": True}
    return explanation_of_spectrum(
        _recovered("ProxySPEX", "fourier_to_moebius", request, **(usual | settings))
    )


def _explain_by_spex(request: Request, *, decoder: str) -> Explanation:
    with global_seed(request.seed):  # it draws from the global generator as well
        moebius = _recovered("SPEX", "_process_moebius", request, decoder_type=decoder)
    spectrum = spectrum_of_moebius(moebius)
    rounding = _ROUNDING * np.abs(spectrum.coefficients).max(initial=0.0)
    return explanation_of_spectrum(spectrum.prune(threshold=rounding))


def explain_by_proxyshap(request: Request, **settings: object) -> Explanation:
    """Shapiq's ProxySHAP; its faithfulness is that of its trees."""
    approximator = _new_proxyshap(request, request.target, **settings)
    result = approximator.approximate(request.budget, request.game)
    predict = _predictor_of_trees(approximator.proxy_model, result.baseline_value)
    return Explanation(predict, lambda _: interactions_of(result))


def _searched_proxyshap(request: Request) -> Explanation:
    """ProxySHAP with its search of settings, made once for all indices, whose rows are the same."""
    remembered = with_memory(request.game)
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
        random_state=request.seed,
        **({"sampling_weights": uniform_law(request.n_players)} if faithful else {}) | settings,
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
        return explain_by_index(request, class_name, index, **settings)

    return Method(
        f"shapiq {class_name}",
        explain,
        indices,
        warm_up="here",
        max_players=max_players,
        expense=1 if max_players else 0,
        peer=True,
    )


def explain_by_index(
    request: Request, class_name: str, index: str, **settings: object
) -> Explanation:
    """An approximator of shapiq and the function that its index defines."""
    make = getattr(_SHAPIQ, class_name)
    wanted = {"index": index, "max_order": order_of(index)}
    selected = {name: wanted[name] for name in signature(make).parameters if name in wanted}
    approximator = make(n=request.n_players, random_state=request.seed, **selected, **settings)
    result = approximator.approximate(request.budget, request.game)
    values = interactions_of(result)
    values.setdefault((), float(result.baseline_value))
    return Explanation(predictor_of_interactions(values, request.n_players), lambda _: values)
