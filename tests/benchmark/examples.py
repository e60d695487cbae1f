"""Rows of results files, tables taken apart, and the recorded files of the checkout."""

from __future__ import annotations

from pathlib import Path

from shapiq_spex.benchmark import Row

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "shapiq_spex" / "benchmark" / "recorded"  # absent from the wheel


def row(game, method, units=2.0, r2=0.5, seed=0, **others):
    """A row of a real game with ten players."""
    settings = {
        "family": "real",
        "n_players": 10,
        "target": "faithfulness",
        "budget": int(33 * units),
        "cpu_seconds": 1.0,
        "environment": "python 3; 2026-01-01",
    }
    return Row(game=game, method=method, units=units, r2=r2, seed=seed, **(settings | others))


def entries(table):
    """The lines of the Markdown table in a text as dictionaries by column."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def entry(table, first):
    """The line of a Markdown table whose first cell is ``first``."""
    (found,) = [line for line in entries(table) if next(iter(line.values())) == first]
    return found
