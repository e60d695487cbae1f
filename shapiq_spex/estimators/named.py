"""Which proxy a user wants: by name, as a regression model or as an estimator of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.estimators.knowledge import KnowledgeSource


def _blend(mode: Any) -> Callable[[bool, Basis], Estimator]:
    def make(_: bool, basis: Basis) -> Estimator:
        from shapiq_spex.estimators.blend.blend import Blend  # compiled kernels

        return Blend(mode, basis=basis)

    return make


def _gaussian(_: bool, basis: Basis) -> Estimator:
    from shapiq_spex.estimators.gaussian.gaussian import Gaussian  # compiled kernels

    return Gaussian(basis=basis)


def _boosted_trees(library: Any) -> Callable[[bool, Basis], Estimator]:
    def make(hpo: bool, _: Basis) -> Estimator:
        from shapiq_spex.estimators.trees.boosted_trees import TreeProxy  # compiled kernels

        return TreeProxy(library, hpo=hpo)

    return make


def _tree(_: bool, basis: Basis) -> Estimator:
    from sklearn.tree import DecisionTreeRegressor  # takes long

    return _proxy_of_model(DecisionTreeRegressor(), basis)


_PROXIES: dict[str, Callable[[bool, Basis], Estimator]] = {
    "auto": _blend("full"),
    "fast": _blend("fast"),
    "gp": _gaussian,
    "lightgbm": _boosted_trees("lightgbm"),
    "xgboost": _boosted_trees("xgboost"),
    "tree": _tree,
}
"""How to make a proxy by name, given whether settings are to be searched, and the basis."""

BLENDS = ("auto", "fast")
"""The proxies that use what is known of the players."""


def make_proxy(
    proxy_model: Any,
    *,
    hpo: bool = False,
    basis: Basis = FOURIER,
    knowledge: KnowledgeSource | None = None,
) -> Estimator:
    """The estimator behind a name or a model.

    Args:
        proxy_model: One of the names, a regression model or an estimator.
        hpo: Whether boosted trees have their settings searched.
        basis: The basis in which proxies are read that cannot be read exactly.
        knowledge: What a blend knows of the players beforehand.

    Raises:
        ValueError: For an unknown name.
        TypeError: For an object that is not a regression model.
        ImportError: If the package behind a name is not installed.

    Example:
        >>> make_proxy("gp").name
        'gaussian'
    """
    if isinstance(proxy_model, str):
        if proxy_model not in _PROXIES:
            raise ValueError(
                f"proxy_model must be one of {', '.join(_PROXIES)}, a regression model with fit "
                f"and predict, or an estimator, got {proxy_model!r}"
            )
        found: Any = _PROXIES[proxy_model](hpo, basis)
        return found if knowledge is None else found.informed_by(knowledge)
    return proxy_model if _is_estimator(proxy_model) else _proxy_of_model(proxy_model, basis)


def check_proxy(proxy_model: Any, n_players: int) -> None:
    """Refuse a proxy that cannot be used, before anything is evaluated.

    Raises:
        ValueError: For an unknown name, or a model that cannot be fitted to rows of this many
            players or does not predict one number for each.
        TypeError: For an object that is not a regression model.
        ImportError: If the package behind a name is not installed.
    """
    if isinstance(proxy_model, str):
        if proxy_model not in _PROXIES or proxy_model == "xgboost":  # the others load slowly
            make_proxy(proxy_model)
    elif not _is_estimator(proxy_model):
        _proxy_of_model(proxy_model).check(n_players)


def _proxy_of_model(model: Any, basis: Basis = FOURIER) -> Any:
    from shapiq_spex.estimators.trees.user_models import ModelProxy  # compiled kernels

    return ModelProxy(model, basis=basis)


def _is_estimator(proxy_model: Any) -> bool:
    """Whether it fits spectra itself; regression models, which must be read, predict."""
    return (
        isinstance(proxy_model, Estimator)
        and not isinstance(proxy_model, type)
        and not hasattr(proxy_model, "predict")
    )
