"""The estimators of the package ``shap`` that take any function, at their best fair setting.

Both estimate Shapley values, and are judged by the additive function v({}) + sum_{i in S} phi_i
like shapiq's estimators of order one. ``KernelExplainer`` (Lundberg & Lee 2017) keeps all players
(``l1_reg=False``, where its default keeps ten); v of nobody and of all, which it asks beside its
samples, are taken off the budget. ``PermutationExplainer`` adds the players one by one along random
orders, forth and back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shapiq_spex.benchmark.games.benchmark_game import ValueFunction
from shapiq_spex.benchmark.methods.global_seed import global_seed
from shapiq_spex.benchmark.methods.method import Explanation, Method, predictor_of_interactions
from shapiq_spex.fourier.spectrum import Term, Vector


def shap_package() -> list[Method]:
    """Its methods in the benchmark."""
    return [
        Method("shap KernelExplainer", _explain_by_kernel, ("SV",), "all", warm_up="here"),
        Method("shap PermutationExplainer", _explain_by_orders, ("SV",), "all", warm_up="here"),
    ]


def _explain_by_kernel(
    game: ValueFunction, n_players: int, budget: int, seed: int, target: str
) -> Explanation:
    import shap

    with global_seed(seed):
        explainer = shap.KernelExplainer(_masked(game), np.zeros((1, n_players)))
        values = explainer.shap_values(
            np.ones((1, n_players)), nsamples=budget - 2, l1_reg=False, silent=True
        )
    return _explanation(values[0], explainer.expected_value)


def _explain_by_orders(
    game: ValueFunction, n_players: int, budget: int, seed: int, target: str
) -> Explanation:
    import shap

    with global_seed(seed):
        explainer = shap.PermutationExplainer(
            _masked(game), shap.maskers.Independent(np.zeros((1, n_players))), seed=seed
        )
        found: Any = explainer(np.ones((1, n_players)), max_evals=budget, silent=True)
    return _explanation(found.values[0], found.base_values[0])


def _masked(game: ValueFunction) -> ValueFunction:
    """The game as a model whose input is 1 where a player is present, against a background of 0."""
    return lambda rows: game(np.asarray(rows) > 0.5)


def _explanation(shapley_values: Vector, empty_value: Any) -> Explanation:
    values: dict[Term, float] = {(): float(empty_value)}
    values.update({(player,): float(value) for player, value in enumerate(shapley_values)})
    return Explanation(predictor_of_interactions(values, len(shapley_values)), lambda _: values)
