"""All methods of the benchmark by name."""

from __future__ import annotations

from collections.abc import Mapping

from shapiq_spex.benchmark.methods.ceilings import ceilings
from shapiq_spex.benchmark.methods.method import Ceiling, Method, MethodSource
from shapiq_spex.benchmark.methods.own_approximators import own_approximators, sampling_laws
from shapiq_spex.benchmark.methods.plain_regressions import plain_regressions
from shapiq_spex.benchmark.methods.shap_peers import shap_peers
from shapiq_spex.benchmark.methods.shapiq_peers import shapiq_peers

METHODS: Mapping[str, MethodSource] = {
    method.name: method
    for method in [
        *plain_regressions(),
        *shap_peers(),
        *shapiq_peers(),
        *own_approximators(),
        *ceilings(),
    ]
}
"""The methods that run by default, and the ceilings."""

ALL_METHODS: Mapping[str, MethodSource] = {
    **METHODS,
    **{method.name: method for method in sampling_laws()},
}
"""Every method that has a name on the command line."""


def is_peer(name: str) -> bool:
    """Whether a method is a peer; a name that is not in :data:`ALL_METHODS` is not."""
    method = ALL_METHODS.get(name)
    return isinstance(method, Method) and method.peer


def is_ceiling(name: str) -> bool:
    """Whether a method is a ceiling; a name that is not in :data:`ALL_METHODS` is not."""
    return isinstance(ALL_METHODS.get(name), Ceiling)
