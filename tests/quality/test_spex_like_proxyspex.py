"""On ordinary games, SPEX estimates indices of the Shapley family as well as ProxySPEX does."""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pytest
from shapiq_games.synthetic import SOUM

from shapiq_spex import SPEX, ProxySPEX
from shapiq_spex.benchmark.games.planted_functions import planted_game
from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.unseen import unseen_share
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.moebius import spectrum_of_moebius
from shapiq_spex.fourier.spectrum import Spectrum
from tests.quality import games


def soum(seed, n):
    game = SOUM(n=n, n_basis_games=30, random_state=seed)
    moebius = {}
    for weight, part in zip(game.linear_coefficients, game.unanimity_games.values(), strict=True):
        term = tuple(np.flatnonzero(part.interaction_binary).tolist())
        moebius[term] = moebius.get(term, 0.0) + float(weight)
    return games.Game(n, game, game, spectrum_of_moebius(Spectrum.from_dict(n, moebius)))


def remembered(fit):
    """A fit that is computed once for equal estimators, rows, values and states of the generator.

    Where a regression serves both, SPEX and ProxySPEX fit the same rows, and so do all indices of
    order two.
    """
    known = {}

    def recalled(self, coalitions, values, *, rng):
        key = pickle.dumps((self, coalitions, values, rng))
        if key not in known:
            known[key] = fit(self, coalitions, values, rng=rng), rng.bit_generator.state
        found, rng.bit_generator.state = known[key]
        return found

    return recalled


ORDERS = {"SV": 1, "k-SII": 2, "FSII": 2, "STII": 2}


@pytest.mark.parametrize(
    ("make_game", "indices"),
    [
        pytest.param(partial(soum, 0, 12), ["SV"], id="12 players"),
        pytest.param(games.cancer14_boosting, ["k-SII"], id="table", marks=pytest.mark.slow),
        pytest.param(partial(soum, 7, 20), [*ORDERS], id="20 players", marks=pytest.mark.slow),
    ],
)
def test_errors_are_like_those_of_proxyspex_and_fall_with_the_budget(
    make_game, indices, monkeypatch
):
    monkeypatch.setattr(Blend, "fit", remembered(Blend.fit))
    game = make_game()

    def error(make, budget, seed):
        approximator = make(n=game.n, index=index, max_order=order, random_state=seed)
        found = approximator.approximate(budget, game.value).dict_values
        return sum((found.get(t, 0.0) - v) ** 2 for t, v in exact.items() if t)

    for index in indices:
        order = ORDERS[index]
        exact = game.exact(index, order)
        medians = []
        for units in (4, 8, 16):
            budget = int(units * game.n * np.log2(game.n))
            spex, proxyspex = (
                np.median([error(make, budget, seed) for seed in range(4)])
                for make in (SPEX, ProxySPEX)
            )
            assert spex <= 1.2 * proxyspex, index
            medians.append(spex)
        assert medians == sorted(medians, reverse=True), index


@pytest.mark.parametrize("index", ["SV", "k-SII"])
def test_flat_functions_are_still_decoded(index):
    flat = planted_game("flat", 30, 20, noise=0.0, seed=11)
    order = ORDERS[index]
    spex = SPEX(n=30, index=index, max_order=order, random_state=0)
    found = spex.approximate(1200, flat.value).dict_values
    for term, value in convert(flat.spectrum, index, order).to_dict().items():
        assert found.get(term, 0.0) == pytest.approx(value, abs=1e-9)
    assert spex.report_.estimators == {"code": 1.0}
    assert spex.report_.unseen >= unseen_share(600)  # coded rows are not random draws
