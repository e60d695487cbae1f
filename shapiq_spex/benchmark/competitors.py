"""All methods of the benchmark by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from shapiq_spex.benchmark.ceilings import ceilings
from shapiq_spex.benchmark.exact import INDICES
from shapiq_spex.benchmark.methods import Method, MethodSource, explain_by_constant
from shapiq_spex.benchmark.ours import ours, sampling_laws
from shapiq_spex.benchmark.peers import peers
from shapiq_spex.benchmark.shap_package import shap_package
from shapiq_spex.benchmark.surrogates import explain_by_lasso, explain_by_lime

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

The settings of the others' methods are explained in :mod:`shapiq_spex.benchmark.peers`,
:mod:`shapiq_spex.benchmark.shap_package` and :mod:`shapiq_spex.benchmark.surrogates`.
"""

ALL_METHODS: Mapping[str, MethodSource] = {
    **METHODS,
    **{method.name: method for method in sampling_laws()},
}
"""Every method that can be named."""
