"""On ordinary games, SPEX estimates indices of the Shapley family as well as ProxySPEX does."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from shapiq_games.synthetic import SOUM

from shapiq_spex import SPEX, ProxySPEX
from shapiq_spex.benchmark.games.planted_functions import planted_game
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.walsh import spectrum_of_table
from tests.quality import games


def soum(seed, n=12):
    game = SOUM(n=n, n_basis_games=30, random_state=seed)
    table = np.asarray(game(Coalitions.all_of(n).dense()), dtype=float)
    return games.Game(n, game, game, spectrum_of_table(table))


GAMES = {
    "SOUM 0": lambda: soum(0),
    "SOUM 1": lambda: soum(1),
    "wine network": games.wine_network,
    "boosting": games.cancer14_boosting,
}
ORDERS = {"SV": 1, "k-SII": 2, "FSII": 2, "STII": 2}
QUICK = ("SOUM 0", "SV")


@pytest.mark.parametrize(
    ("name", "index"),
    [
        pytest.param(*case, marks=() if case == QUICK else pytest.mark.slow)
        for case in product(GAMES, ORDERS)
    ],
)
def test_errors_are_like_those_of_proxyspex_and_fall_with_the_budget(name, index):
    game, order = GAMES[name](), ORDERS[index]
    exact = game.exact(index, order)

    def error(make, budget, seed):
        approximator = make(n=game.n, index=index, max_order=order, random_state=seed)
        found = approximator.approximate(budget, game.value).dict_values
        return sum((found.get(t, 0.0) - v) ** 2 for t, v in exact.items() if t)

    medians = []
    for units in (4, 8, 16):
        budget = int(units * game.n * np.log2(game.n))
        spex, proxyspex = (
            np.median([error(make, budget, seed) for seed in (0, 1)]) for make in (SPEX, ProxySPEX)
        )
        assert spex <= 1.2 * proxyspex
        medians.append(spex)
    assert medians == sorted(medians, reverse=True)


@pytest.mark.parametrize("index", ["SV", "k-SII"])
def test_flat_functions_are_still_decoded(index):
    flat = planted_game("flat", 30, 20, noise=0.0, seed=11)
    order = ORDERS[index]
    spex = SPEX(n=30, index=index, max_order=order, random_state=0)
    found = spex.approximate(1200, flat.value).dict_values
    for term, value in convert(flat.spectrum, index, order).to_dict().items():
        assert found.get(term, 0.0) == pytest.approx(value, abs=1e-9)
    assert spex.report_.estimators == {"code": 1.0}
