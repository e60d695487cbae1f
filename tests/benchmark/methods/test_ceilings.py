"""Ceilings bound what methods with the same means can reach."""

import numpy as np

from shapiq_spex.benchmark import BenchmarkGame, Request, run
from shapiq_spex.benchmark.games.known_indices import exact_spectrum
from shapiq_spex.benchmark.games.planted_functions import planted_game
from shapiq_spex.benchmark.measuring.metrics import faithfulness
from shapiq_spex.benchmark.methods.ceilings import best_terms, ceilings, oracle_support
from shapiq_spex.fourier.coalitions import Coalitions


def test_the_oracle_recovers_what_is_planted_and_averages_noise_out():
    game = planted_game("flat", 20, 12, noise=0.3, seed=4)
    method = oracle_support(game)
    few, many = (
        faithfulness(
            game.held_out_values,
            method.explain(Request(game.value, 20, rows, 0)).predict(game.held_out),
        )
        for rows in (60, 2000)
    )
    assert 0.9 < few < many < 1.0
    exact = planted_game("flat", 20, 12, noise=0.0, seed=4)
    found = oracle_support(exact).explain(Request(exact.value, 20, 60, 0)).spectrum
    np.testing.assert_allclose(found.evaluate(exact.held_out), exact.held_out_values)


def test_the_best_terms_are_those_of_largest_magnitude():
    table = np.random.default_rng(0).normal(size=64)
    game = BenchmarkGame("table", 6, lambda rows: table[rows @ (1 << np.arange(6))])
    method = best_terms(game)
    everything = Coalitions.all_of(6).dense()
    energies = np.sort(exact_spectrum(game).prune().coefficients[1:] ** 2)[::-1]
    for budget in (1, 9, 64):
        predicted = method.explain(Request(game.value, 6, budget, 0)).predict(everything)
        assert np.isclose(((table - predicted) ** 2).mean(), energies[budget - 1 :].sum())


def test_ceilings_are_rows_only_where_the_truth_is_known(tmp_path):
    small = BenchmarkGame("small", 6, lambda rows: rows[:, 0] * 1.0, units=(1.0,))
    large = BenchmarkGame("large", 20, lambda rows: rows[:, 0] * 1.0, units=(1.0,))
    planted = planted_game("flat", 16, 5, noise=0.1, seed=1, units=(1.0,))
    rows = run(tmp_path / "r.csv", [small, large, planted], ceilings(), seeds=[0])
    found = {(row.game, row.method): row for row in rows if row.target == "faithfulness"}
    assert {key: row.status for key, row in found.items()} == {
        ("small", "best k terms"): "ok",
        (planted.name, "oracle support"): "ok",
    }
    assert found["small", "best k terms"].rows_asked == 0
    assert found[planted.name, "oracle support"].support_f1 == 1.0
