"""The study of what asking costs runs, and its numbers are what they are called."""

from __future__ import annotations

import pytest

from shapiq_spex.benchmark.studies.asking import main, random_coalitions, speed_up
from tests.benchmark.examples import entries


@pytest.mark.parametrize("n_players", [1, 7, 8, 9, 100])
def test_random_coalitions_have_no_players_too_many(n_players):
    coalitions = random_coalitions(50, n_players)
    assert coalitions.dense().shape == (50, n_players)
    assert 0 < coalitions.dense().mean() < 1


def test_waiting_for_16_calls_at_once_is_faster():
    alone, *concurrent = (seconds for _, seconds in speed_up(16, 0.05))
    assert alone >= 16 * 0.05
    assert max(concurrent) < alone / 2


def test_the_command_measures_overhead_speed_up_and_store(capsys):
    main(["--rows", "200", "--calls", "4", "--answers", "500"])
    parts = capsys.readouterr().out.split("\n\n")
    tables = [entries(part) for part in parts if part.startswith("|")]
    assert len(tables) == 3
    assert all(line["CPU us per coalition"] for line in tables[0])
    assert tables[1][0]["speed-up"] == "1.0x"
    assert all(float(line["MB"]) > 0 for line in tables[2])
