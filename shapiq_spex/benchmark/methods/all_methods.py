"""All methods of the benchmark by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from shapiq_spex.benchmark.games.known_indices import INDICES
from shapiq_spex.benchmark.methods.ceilings import ceilings
from shapiq_spex.benchmark.methods.method import Method, MethodSource, explain_by_constant
from shapiq_spex.benchmark.methods.own_approximators import ours, sampling_laws
from shapiq_spex.benchmark.methods.plain_regressions import explain_by_lasso, explain_by_lime
from shapiq_spex.benchmark.methods.shap_peers import shap_package
from shapiq_spex.benchmark.methods.shapiq_peers import peers

METHODS: Mapping[str, MethodSource] = {
    method.name: method
    for method in [
        Method("best constant", explain_by_constant),
        Method("LIME-like", explain_by_lime, INDICES, shares_rows="all", warm_up="here"),
        Method("lasso order 1", partial(explain_by_lasso, order=1), INDICES, "all", warm_up="here"),
        Method(
            "lasso order 2",
            partial(explain_by_lasso, order=2),
            INDICES,
            shares_rows="all",
            expense=1,
            max_players=128,
        ),
        *shap_package(),
        *peers(),
        *ours(),
        *ceilings(),
    ]
}
"""The methods that run by default, and the ceilings.

The settings of the others' methods are explained in :mod:`shapiq_spex.benchmark.methods.shapiq_peers`,
:mod:`shapiq_spex.benchmark.methods.shap_peers` and :mod:`shapiq_spex.benchmark.methods.plain_regressions`.
"""

ALL_METHODS: Mapping[str, MethodSource] = {
    **METHODS,
    **{method.name: method for method in sampling_laws()},
}
"""Every method that can be named."""
