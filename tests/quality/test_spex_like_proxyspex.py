"""On ordinary games, indices of the Shapley family are estimated by SPEX as well as by ProxySPEX."""

from __future__ import annotations

import numpy as np
import pytest
from shapiq_games.synthetic import SOUM

from shapiq_spex import SPEX, ProxySPEX
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


@pytest.mark.parametrize(("index", "order"), [("SV", 1), ("k-SII", 2), ("FSII", 2), ("STII", 2)])
@pytest.mark.parametrize("name", GAMES)
def test_errors_are_like_those_of_proxyspex_and_fall_with_the_budget(name, index, order):
    game = GAMES[name]()
    exact = game.exact(index, order)

    def error(make, units, seed):
        budget = int(units * game.n * np.log2(game.n))
        approximator = make(n=game.n, index=index, max_order=order, random_state=seed)
        found = approximator.approximate(budget, game.value).dict_values
        return sum((found.get(t, 0.0) - v) ** 2 for t, v in exact.items() if t)

    medians = []
    for units in (4, 8, 16):
        both = [[error(make, units, seed) for seed in (0, 1)] for make in (SPEX, ProxySPEX)]
        spex, proxy = map(np.median, both)
        assert spex <= 1.2 * proxy
        medians.append(spex)
    assert medians == sorted(medians, reverse=True)
