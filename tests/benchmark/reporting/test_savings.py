"""Savings and exponents are read off curves."""

import math
from dataclasses import replace

import pytest

from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS
from shapiq_spex.benchmark.reporting.growth import exponent
from shapiq_spex.benchmark.reporting.savings import saving, savings_table, unexplained_curves
from tests.benchmark.examples import entry, row

SHAPIQ = "shapiq ProxySPEX"


def test_the_saving_is_read_off_the_curves():
    ours = [(1.0, 0.4), (2.0, 0.1), (8.0, 0.05)]
    assert saving(ours, [(1.0, 0.9), (8.0, 0.2)]) == pytest.approx((2**0.5, 8 / 2**0.5))
    assert saving(ours, [(8.0, 0.5)]) == (1.0, 8.0)
    assert math.isnan(saving(ours, [(8.0, 0.01)])[1])


def test_a_refusal_counts_as_the_best_constant_and_a_missing_run_drops_the_game():
    rows = [
        row(game, method, units, r2)
        for game in "ab"
        for method, r2 in (("ProxySPEX", 0.9), (SHAPIQ, 0.5))
        for units in BUDGET_UNITS
    ]
    refused = [replace(rows[5], status="refused", r2=math.nan), *rows[:5], *rows[6:]]
    games, curves = unexplained_curves(refused)
    assert (games, rows[5].method) == (2, SHAPIQ)
    assert curves[SHAPIQ][0] == (0.5, pytest.approx(math.sqrt(0.5)))
    assert curves["ProxySPEX"][0] == (0.5, pytest.approx(0.1))
    games, curves = unexplained_curves(rows[:5] + rows[6:])
    assert games == 1


def test_the_table_of_savings_names_the_factor():
    r2 = {"ProxySPEX": (0.0, 0.5, 0.9, 0.9, 0.9), SHAPIQ: (0.0, 0.0, 0.1, 0.2, 0.5)}
    rows = [
        row("a", method, units, each)
        for method, curve in r2.items()
        for units, each in zip(BUDGET_UNITS, curve, strict=True)
    ]
    line = entry(savings_table(rows), SHAPIQ)
    assert line["unexplained variance"] == "0.5000 at 8"
    assert (line["ProxySPEX has it at"], line["factor saved"]) == ("1.00", "8.0")
    assert savings_table(rows[5:]) == ""


def test_exponents_are_those_of_the_large_cases():
    points = [(float(x), 3.0 * x**1.5 + (1000.0 if x < 8 else 0.0)) for x in (1, 2, 4, 8, 16, 32)]
    assert exponent(points) == pytest.approx(1.5)
    assert math.isnan(exponent(points[:2]))
