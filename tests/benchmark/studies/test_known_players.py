"""The study of what it brings to know something of the players."""

import numpy as np
import pytest

from shapiq_spex import PlayerInformation
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.guided_games import KNOWN_PLAYERS, KnownGame, misinformed
from shapiq_spex.benchmark.games.near_games import NEAR_DEVELOPMENT
from shapiq_spex.benchmark.studies import known_players

KNOWN = PlayerInformation(
    covariates={"place": range(10)}, guide=lambda rows: rows @ np.arange(10.0)
)


def small_game():
    value = lambda rows: np.tanh(rows @ np.arange(10.0) / 10 - 2)  # noqa: E731
    return KnownGame(BenchmarkGame("small", 10, value, n_held_out=200), KNOWN)


def test_the_table_has_a_line_for_each_game_and_budget(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(known_players, "KNOWN_PLAYERS", {"small": small_game})
    file = tmp_path / "known.md"
    known_players.main([str(file), "--units", "0.5", "1", "--seeds", "1"])
    lines = [line for line in file.read_text().splitlines() if line.startswith("| small")]
    assert [line.split("|")[2].strip() for line in lines] == ["0.5x", "1x"]
    assert capsys.readouterr().out.count("small") == 2


def test_misinformation_is_that_of_other_players():
    wrong = misinformed(KNOWN, 10, 0)
    order = wrong.covariates[:, 0].astype(int)
    assert sorted(order) == list(range(10))
    assert (order != np.arange(10)).any()
    rows = np.eye(10, dtype=bool)
    np.testing.assert_array_equal(wrong.guide(rows[:, np.argsort(order)]), KNOWN.guide(rows))


@pytest.mark.parametrize("name", ["cancer30 boosting", "valuation100 ridge diabetes"])
def test_what_is_known_of_development_games_fits_their_players(name):
    game, known = KNOWN_PLAYERS[name]()
    assert name in NEAR_DEVELOPMENT
    assert game.name == name
    covariates = known.covariates_of(game.n_players)
    assert np.isfinite(covariates).all()
    assert (np.ptp(covariates, axis=0) > 0).all()
    values = known.guide(game.held_out[:20])
    assert values.shape == (20,)
    assert np.isfinite(values).all()
    assert np.ptp(values) > 0
