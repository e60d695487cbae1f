"""Which proxy a user asks for: by name, as a regression model or as an estimator of their own."""

from __future__ import annotations

from typing import Any

from shapiq_spex.estimators.contract import Estimator

PROXY_NAMES = ("auto", "fast", "gp", "lightgbm", "xgboost", "tree")


def check_proxy(proxy_model: Any, n_players: int) -> None:
    """Refuse a proxy that cannot be used, before the game is asked anything.

    Raises:
        ValueError: For an unknown name.
        TypeError: For an object that is no regression model, or one that cannot be read as a
            Fourier spectrum of so many players.
        ImportError: If the package behind a name is not installed.
    """
    if _is_estimator(proxy_model):
        return
    if not isinstance(proxy_model, str):
        from shapiq_spex.estimators.user_models import ModelProxy

        ModelProxy(proxy_model).check(n_players)
    elif proxy_model not in PROXY_NAMES:
        raise ValueError(
            f"proxy_model must be one of {', '.join(PROXY_NAMES)}, a regression model with fit and "
            f"predict, or an estimator, got {proxy_model!r}"
        )
    elif proxy_model == "xgboost":
        make_proxy(proxy_model, hpo=False)


def make_proxy(proxy_model: Any, *, hpo: bool) -> Estimator:
    """The estimator behind a name or a model; modules with heavy imports are loaded here."""
    if proxy_model in ("auto", "fast"):
        from shapiq_spex.estimators.blend import Blend

        return Blend("full" if proxy_model == "auto" else "fast")
    if proxy_model == "gp":
        from shapiq_spex.estimators.gaussian import Gaussian

        return Gaussian()
    if proxy_model in ("lightgbm", "xgboost"):
        from shapiq_spex.estimators.trees import TreeProxy

        return TreeProxy(proxy_model, hpo=hpo)
    if _is_estimator(proxy_model):
        return proxy_model
    from shapiq_spex.estimators.user_models import ModelProxy

    if proxy_model == "tree":
        from sklearn.tree import DecisionTreeRegressor

        return ModelProxy(DecisionTreeRegressor())
    return ModelProxy(proxy_model)


def _is_estimator(proxy_model: Any) -> bool:
    """Whether it fits spectra itself; regression models, which need reading, predict."""
    return (
        isinstance(proxy_model, Estimator)
        and not isinstance(proxy_model, type)
        and not hasattr(proxy_model, "predict")
    )
