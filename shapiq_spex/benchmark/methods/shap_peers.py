"""The estimators of the package ``shap`` that accept any function, each at its best fair setting.

Both estimate Shapley values. Like shapiq's estimators of order one, they are judged by the additive
function v({}) + sum_{i in S} phi_i. ``KernelExplainer`` (Lundberg & Lee 2017) keeps all players
(``l1_reg=False``; its default keeps ten); it evaluates the empty and the full coalition in addition
to its samples, so these two are subtracted from the budget. ``PermutationExplainer`` adds the
players one by one along random orders, forwards and backwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import ValueFunction
from shapiq_spex.benchmark.methods.global_seed import global_seed
from shapiq_spex.benchmark.methods.method import (
    Explanation,
    Method,
    Request,
    predictor_of_interactions,
)
from shapiq_spex.fourier.terms import Term, Vector


def shap_peers() -> list[Method]:
    """The methods of ``shap`` in the benchmark."""
    return [
        Method(f"shap {name}", explain, ("SV",), "all", warm_up="here", peer=True)
        for name, explain in {
            "KernelExplainer": _explain_by_kernel,
            "PermutationExplainer": _explain_by_orders,
        }.items()
    ]


def _explain_by_kernel(request: Request) -> Explanation:
    from shap import KernelExplainer  # an optional extra

    n_players = request.n_players
    with global_seed(request.seed):
        explainer = KernelExplainer(_masked(request.game), np.zeros((1, n_players)))
        values = explainer.shap_values(
            np.ones((1, n_players)), nsamples=request.budget - 2, l1_reg=False, silent=True
        )
    return _explanation(values[0], explainer.expected_value)


def _explain_by_orders(request: Request) -> Explanation:
    from shap import PermutationExplainer  # an optional extra
    from shap.maskers import Independent

    n_players = request.n_players
    with global_seed(request.seed):
        explainer = PermutationExplainer(
            _masked(request.game),
            Independent(np.zeros((1, n_players))),
            seed=request.seed,
        )
        found: Any = explainer(np.ones((1, n_players)), max_evals=request.budget, silent=True)
    return _explanation(found.values[0], found.base_values[0])


def _masked(game: ValueFunction) -> ValueFunction:
    """The game as a model whose input is 1 where a player is present, with a background of 0."""
    return lambda rows: game(np.asarray(rows) > 0.5)


def _explanation(shapley_values: Vector, empty_value: Any) -> Explanation:
    values: dict[Term, float] = {(): float(empty_value)}
    values.update({(player,): float(value) for player, value in enumerate(shapley_values)})
    return Explanation(predictor_of_interactions(values, len(shapley_values)), lambda _: values)
