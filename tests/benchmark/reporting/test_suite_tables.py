"""Tables and figures of a suite say what the rows say."""

import math
from itertools import product
from pathlib import Path

import numpy as np

from shapiq_spex.benchmark.__main__ import main
from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS
from shapiq_spex.benchmark.measuring.csv_records import append_records
from shapiq_spex.benchmark.measuring.result_rows import Row
from shapiq_spex.benchmark.reporting.cell_scores import REFERENCE
from shapiq_spex.benchmark.reporting.suite_tables import (
    faithfulness_table,
    index_table,
    suite_tables,
    time_table,
    unfinished_table,
)
from tests.benchmark.examples import entries, entry, row

OURS = {"a": (0.7, 0.8, 0.9, 0.95, 0.99), "b": (0.5, 0.5, 0.6, 0.7, 0.8)}
THEIRS = {"a": (0.3, 0.4, 0.5, 0.7, 0.8), "b": (0.6, 0.6, 0.6, 0.6, 0.6)}


def example_rows():
    rows = []
    for game, (place, units), seed in product("ab", enumerate(BUDGET_UNITS), range(3)):
        shift = 0.01 * (seed - 1)  # the median is the middle seed
        ours, theirs = OURS[game][place] + shift, THEIRS[game][place] + shift
        rows += [
            row(game, "ProxySPEX", units, ours, seed, cpu_seconds=1.0, rows_asked=30),
            row(game, REFERENCE, units, theirs, seed, cpu_seconds=4.0),
            row(game, "lasso order 1", units, 0.55 + shift, seed, cpu_seconds=0.5),
        ]
    return rows


def test_the_faithfulness_table_equals_a_calculation_by_hand():
    line = entry(faithfulness_table(example_rows()), "ProxySPEX")
    ratios = [
        (1 - mine) / (1 - other)
        for game in "ab"
        for mine, other in zip(OURS[game][1:], THEIRS[game][1:], strict=True)
    ]
    mean = np.exp(np.mean(np.log(ratios)))
    assert line[f"unexplained variance / {REFERENCE}'s (cells)"] == f"{mean:.2f} (8)"
    assert line["worst R2 difference to it"] == "-0.100 (b, 0.5x)"
    assert line["worst R2 difference to the better lasso"] == "-0.050 (b, 0.5x)"
    assert line["best or within .01"].startswith(f"{8 / 10:.0%}")
    # game a: 0.8 at 1x, that is 1/8; game b: 0.6 at 2x, that is 2/8
    share = (1 / 8 + 2 / 8) / 2
    assert line["share of its 8x ablations for its R2"] == f"{share:.2f} (2 games)"
    assert line["range over seeds"] == "0.020"


def test_the_time_table_compares_with_the_reference():
    line = entry(time_table(example_rows()), "ProxySPEX")
    assert (line["median CPU-s"], line["largest"]) == ("1.00", "1.0")
    assert line[f"median share of {REFERENCE}'s"] == "0.250"
    asked = f"{30 / 66:.2f} ({30 / 16:.2f})"  # of budgets from 16 to 264
    assert line["share of the budget asked (largest)"] == asked


def test_the_index_table_compares_with_the_best_peer():
    rows = [
        row("a", "ProxySPEX", 4.0, 0.9, target="SV", index_error=0.01),
        row("a", REFERENCE, 4.0, 0.9, target="SV", index_error=0.16),
        row("a", "shapiq KernelSHAP", 4.0, 0.9, target="SV", index_error=0.04),
        row("a", "ProxySPEX", 1.0, 0.9, target="SV", index_error=7.0),  # below the range
        row("a", "shapiq KernelSHAP", 1.0, 0.9, target="SV", index_error=7.0),
    ]
    table = index_table(rows)
    assert entry(table, "ProxySPEX")["SV"] == "0.0100 (0.25)"
    assert entry(table, REFERENCE)["SV"] == "0.1600 (4.00)"


def test_rows_without_a_result_are_counted():
    rows = [
        row("a", "m", 1.0, math.nan, 0, status="refused", message="too small"),
        row("a", "m", 1.0, math.nan, 1, status="refused", message="too small"),
        row("a", "m", 1.0, math.nan, 2, status="not run", message="slow"),
        row("a", "fine", 1.0, 0.5),
    ]
    (line,) = entries(unfinished_table(rows))
    counts = [line[name] for name in ("rows", "refused", "crashed", "timed out", "not run")]
    assert (line["method"], counts) == ("m", ["3", "2", "0", "0", "1"])
    assert line["mostly refused for"] == "too small"
    assert line["mostly not run for"] == "slow"


def test_tables_and_figures_come_from_the_file_alone(tmp_path, capsys):
    path = tmp_path / "results.csv"
    append_records(path, example_rows(), Row)
    main(["table", str(path)])
    assert capsys.readouterr().out == suite_tables(example_rows())
    main(["plot", str(path), str(tmp_path / "figures")])
    saved = [Path(name) for name in capsys.readouterr().out.split()]
    assert {path.stem for path in saved} == {"saved-ablations", "faithfulness-by-budget"}
    assert all(path.stat().st_size > 5000 for path in saved)


def test_there_are_no_tables_of_nothing():
    assert suite_tables([]) == "\n"
