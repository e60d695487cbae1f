"""Changes that make shapiq's methods comparable do not change what they find."""

import inspect

import numpy as np
import pytest
import shapiq

from shapiq_spex.benchmark import METHODS, Request
from shapiq_spex.benchmark.games.known_indices import order_of
from shapiq_spex.reports.prediction import interactions_of
from tests.ablation.games import Recorder

PROXYSHAP = getattr(shapiq, "ProxySHAP", None)  # None in some versions

needs_search = pytest.mark.skipif(
    PROXYSHAP is None or "hpo" not in inspect.signature(PROXYSHAP).parameters,
    reason="this shapiq has no ProxySHAP with a search of settings",
)


@needs_search
def test_one_search_of_proxyshap_gives_what_a_search_for_each_index_gives():
    game = Recorder(8)
    run = METHODS["shapiq ProxySHAP hpo=True"].explain(Request(game, 8, 40, 0, "SV"))
    for index in ("SV", "FSII"):
        alone = PROXYSHAP(n=8, index=index, max_order=order_of(index), hpo=True, random_state=0)
        wanted = interactions_of(alone.approximate(40, game))
        found = run.index_values(index)
        assert found.keys() == wanted.keys()
        assert np.allclose([found[term] for term in wanted], list(wanted.values()))


@needs_search
def test_no_index_of_the_shared_search_asks_the_game_again():
    game = Recorder(8)
    run = METHODS["shapiq ProxySHAP hpo=True"].explain(Request(game, 8, 40, 0, "SV"))
    asked = game.calls
    run.index_values("k-SII")
    assert game.calls == asked
