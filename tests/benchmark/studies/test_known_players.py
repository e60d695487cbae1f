"""The study of what it brings to know something of the players."""

import numpy as np
import pytest

from shapiq_spex import PlayerInformation
from shapiq_spex.benchmark.games.benchmark_game import BenchmarkGame
from shapiq_spex.benchmark.games.guided_games import (
    FAMILIES,
    KNOWN_PLAYERS,
    KnownGame,
    misinformed,
)
from shapiq_spex.benchmark.games.near_games import NEAR_TEST
from shapiq_spex.benchmark.games.suites import TEST
from shapiq_spex.benchmark.studies import known_players

KNOWN = PlayerInformation(
    covariates={"place": range(10)}, guide=lambda rows: rows @ np.arange(10.0)
)


def small_game():
    value = lambda rows: np.tanh(rows @ np.arange(10.0) / 10 - 2)  # noqa: E731
    return KnownGame(BenchmarkGame("small", 10, value, n_held_out=200), KNOWN)


def test_the_table_has_a_line_for_each_game_and_budget(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(known_players, "KNOWN_PLAYERS", {"small": small_game})
    monkeypatch.setattr(known_players, "FAMILIES", {"one": {"small": small_game}, "none": {}})
    file = tmp_path / "known.md"
    known_players.main([str(file), "--units", "0.5", "1", "--seeds", "1"])
    text = file.read_text()
    lines = [line for line in text.splitlines() if line.startswith("| small")]
    assert "| one | 0.5x | 1 |" in text
    assert [line.split("|")[2].strip() for line in lines] == ["0.5x", "1x"]
    assert capsys.readouterr().out.count("small") == 2


def test_misinformation_is_that_of_other_players():
    known = known_players.fitted(KNOWN, 10)
    wrong = misinformed(known, 10, 0)
    order = wrong.covariates[:, 0].astype(int)
    assert sorted(order) == list(range(10))
    assert (order != np.arange(10)).any()
    rows = np.eye(10, dtype=bool)
    np.testing.assert_allclose(wrong.guide(rows[:, order]), known.guide(rows), atol=1e-9)


def test_the_guide_that_is_fitted_once_is_the_guide():
    rows = np.random.default_rng(0).random((20, 10)) < 0.5
    fitted = known_players.fitted(KNOWN, 10)
    np.testing.assert_allclose(fitted.guide(rows), KNOWN.guide(rows), atol=1e-6)


def test_saved_is_the_factor_of_rows_for_equal_r2():
    units, curve = [1.0, 2.0, 4.0, 8.0], [0.1, 0.3, 0.5, 0.6]
    assert known_players.saved(units, curve, 0, 0.1) == pytest.approx(1.0)
    assert known_players.saved(units, curve, 0, 0.4) == pytest.approx(2.0**1.5)
    assert known_players.saved(units, curve, 1, 0.2) == pytest.approx(2.0**-0.5)
    assert known_players.saved(units, curve, 2, 0.9) == pytest.approx(2.0)
    assert known_players.saved(units, curve, 0, 0.0) == pytest.approx(2.0**-0.5)
    assert known_players.saved(units, curve, 0, -1.0) == pytest.approx(0.5)
    assert known_players.saved(units, [0.3, 0.2, 0.5, 0.6], 1, 0.2) <= 1.0


@pytest.mark.parametrize("name", ["cancer30 boosting", "retraining60 machine diabetes"])
def test_what_is_known_of_development_games_fits_their_players(name):
    game, known = KNOWN_PLAYERS[name]()
    assert game.name == name
    covariates = known.covariates_of(game.n_players)
    assert np.isfinite(covariates).all()
    assert (np.ptp(covariates, axis=0) > 0).all()
    values = known.guide(game.held_out[:20])
    assert values.shape == (20,)
    assert np.isfinite(values).all()
    assert np.ptp(values) > 0


def test_the_families_have_twelve_games_and_share_none_with_the_test_suites():
    assert len(KNOWN_PLAYERS) >= 12
    assert len(FAMILIES) == 4
    assert not {*KNOWN_PLAYERS} & {*TEST, *NEAR_TEST}
