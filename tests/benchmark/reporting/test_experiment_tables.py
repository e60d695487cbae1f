"""The tables of the experiments show medians, ranges, exponents and what went wrong."""

import math

from shapiq_spex.benchmark.reporting.experiment_tables import (
    growth_table,
    many_players_table,
    players_table,
)
from shapiq_spex.benchmark.studies.experiments import PLAYERS, SCALING, SCALING_PLAYERS, THOUSANDS
from tests.benchmark.examples import entries, entry, row


def planted(game, method, r2, seed=0, **others):
    return row(game, method, r2=r2, seed=seed, **({"family": "synthetic"} | others))


FEW, MORE, *_ = PLAYERS
PLAYERS_ROWS = [
    *(planted(FEW, "SPEX", r2, seed, n_players=8) for seed, r2 in enumerate((0.5, 0.9, 0.7))),
    planted(MORE, "SPEX", math.nan, n_players=16, status="timed out"),
]


def test_the_players_table_shows_medians_ranges_and_what_went_wrong():
    line = entry(players_table(PLAYERS_ROWS), "SPEX")
    assert line["8"] == "0.7000 (0.5000 to 0.9000)"
    assert line["16"] == "timed out"


def test_the_table_of_thousands_says_why_there_is_no_number():
    game = next(iter(THOUSANDS))
    rows = [
        planted(game, "SPEX", 0.98765, budget=10_000, support_f1=1.0),
        planted(game, "shapiq ProxySPEX", math.nan, budget=10_000, status="refused", message="big"),
        planted("another game", "SPEX", 0.5),
    ]
    found, refused = entries(many_players_table(rows))
    assert (found["R2"], found["F1 of the terms"], found["why not"]) == ("0.9877", "1.00", "")
    assert (refused["R2"], refused["CPU-s"], refused["why not"]) == ("refused", "", "big")


def test_the_growth_table_fits_the_power_it_was_given():
    game = next(name for name in SCALING if name.startswith(f"hierarchical{SCALING_PLAYERS} "))
    rows = [
        planted(
            game,
            "SPEX",
            0.9,
            n_players=SCALING_PLAYERS,
            units=float(m),
            budget=m,
            cpu_seconds=1e-6 * m**1.5,
            peak_mb=m / 100,
        )
        for m in (500, 1000, 2000, 8000)
    ]
    (line,) = entries(growth_table(rows))
    assert (line["method"], line["largest"]) == ("SPEX", "8,000")
    assert line["CPU seconds without the game (at the largest)"] == "1.50 (0.7)"
    assert line["peak memory in MB (at the largest)"] == "1.00 (80.0)"
