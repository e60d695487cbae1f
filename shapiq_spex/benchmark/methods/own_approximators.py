"""This package's approximators, called as a user calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.approximators.spex import SPEX
from shapiq_spex.benchmark.games.known_indices import COMPARED, order_of
from shapiq_spex.benchmark.methods.method import FAITHFULNESS, Explanation, Method, Request
from shapiq_spex.designs.law import LAW_NAMES
from shapiq_spex.reports.prediction import interactions_of


def own_approximators() -> list[Method]:
    """All modes of this package's approximators.

    Single proxies are judged by faithfulness only, with up to 128 players (a choice that saves
    time).
    """
    return [
        _approximator("ProxySPEX", ProxySPEX),
        _approximator("ProxySPEX fast", ProxySPEX, proxy_model="fast"),
        _approximator("ProxySPEX lightgbm", ProxySPEX, expense=1, proxy_model="lightgbm"),
        *(
            _approximator(
                f"ProxySPEX {proxy}", ProxySPEX, (), expense=1, max_players=128, proxy_model=proxy
            )
            for proxy in ("gp", "xgboost", "tree")
        ),
        _approximator("SPEX", SPEX),
        _approximator("SPEX hard", SPEX, decoder_type="hard"),
    ]


def sampling_laws() -> list[Method]:
    """ProxySPEX with each law of coalition sizes, in pairs or not.

    These methods do not run by default. Name them to compare the laws.
    """
    return [
        _approximator(
            f"ProxySPEX keep={law}{' in pairs' * paired}",
            ProxySPEX,
            keep=law,
            pairing_trick=paired,
        )
        for law in LAW_NAMES
        for paired in (False, True)
    ]


def _approximator(
    name: str,
    make: Callable[..., Any],
    indices: tuple[str, ...] = COMPARED,
    *,
    expense: int = 0,
    max_players: int | None = None,
    **settings: object,
) -> Method:
    """A method that runs an approximator once per target.

    Faithfulness is that of the recovered spectrum of a run for FBII with uniform coalitions, by
    which it is judged. An index is what ``approximate`` returns for that index by default.
    """

    def explain(request: Request) -> Explanation:
        index = "FBII" if request.target == FAITHFULNESS else request.target
        law = {"keep": "uniform"} if request.target == FAITHFULNESS else {}
        approximator = make(
            n=request.n_players,
            index=index,
            max_order=order_of(index),
            random_state=request.seed,
            **(law | settings),
        )
        result = approximator.approximate(request.budget, request.game)
        spectrum = approximator.spectrum_
        return Explanation(spectrum.evaluate, lambda _: interactions_of(result), spectrum)

    return Method(name, explain, indices, warm_up="here", expense=expense, max_players=max_players)
