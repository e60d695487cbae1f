"""Tables and figures say what the rows say."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from shapiq_spex.benchmark.__main__ import main
from shapiq_spex.benchmark.measuring.results_file import ResultsFile, Row
from shapiq_spex.benchmark.reporting.cell_scores import (
    REFERENCE,
    budget_ratio,
    geometric_mean,
    scores,
    unexplained_ratio,
)
from shapiq_spex.benchmark.reporting.suite_tables import (
    all_tables,
    faithfulness_table,
    index_table,
    misfortune_table,
    time_table,
)

UNITS = (0.5, 1.0, 2.0, 4.0, 8.0)
OURS = {"a": (0.7, 0.8, 0.9, 0.95, 0.99), "b": (0.5, 0.5, 0.6, 0.7, 0.8)}
THEIRS = {"a": (0.3, 0.4, 0.5, 0.7, 0.8), "b": (0.6, 0.6, 0.6, 0.6, 0.6)}


def row(game, method, units, r2, seed=0, target="faithfulness", **others):
    return Row(
        game=game,
        family="real",
        n_players=10,
        method=method,
        target=target,
        units=units,
        budget=int(33 * units),
        seed=seed,
        r2=r2,
        r2_calibrated=max(r2, 0.0),
        **others,
    )


def example_rows():
    rows = []
    for game, (place, units), seed in product("ab", enumerate(UNITS), range(3)):
        shift = 0.01 * (seed - 1)  # the median is the middle seed
        rows += [
            row(
                game,
                "ProxySPEX",
                units,
                OURS[game][place] + shift,
                seed,
                cpu_seconds=1.0,
                rows_asked=30,
            ),
            row(game, REFERENCE, units, THEIRS[game][place] + shift, seed, cpu_seconds=4.0),
            row(game, "lasso order 1", units, 0.55 + shift, seed, cpu_seconds=0.5),
        ]
    return rows


def table_cells(table, method):
    (line,) = [line for line in table.splitlines() if line.startswith(f"| {method} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_scores_are_medians_over_finished_seeds():
    rows = [
        row("a", "m", 1.0, 0.1, 0),
        row("a", "m", 1.0, 0.9, 1),
        row("a", "m", 1.0, 0.2, 2),
        row("a", "m", 1.0, -9.0, 3, status="timed out"),
        row("a", "m", 2.0, math.nan, 0),
        row("a", "m", 1.0, 0.7, 0, target="SV"),
        row("a", "other", 1.0, 0.6, 0),
    ]
    assert scores(rows, "m") == {("a", 1.0): 0.2}
    assert scores(rows, "m", target="SV") == {("a", 1.0): 0.7}


def test_unexplained_variance_is_compared_cell_by_cell():
    mine = {("a", 1.0): 0.9, ("b", 1.0): -1.0, ("c", 1.0): 0.5}
    reference = {("a", 1.0): 0.5, ("b", 1.0): -100.0}
    ratios = unexplained_ratio(mine, reference)
    assert ratios == pytest.approx({("a", 1.0): 0.2, ("b", 1.0): 2.0})


@pytest.mark.parametrize(
    ("wanted", "expected"), [(0.4, 1 / 8), (0.5, 1 / 8), (0.6, 2 / 8), (0.7, 2 * 2**0.5 / 8)]
)
def test_budget_ratio_interpolates_the_logarithm(wanted, expected):
    mine = {("a", 1.0): 0.5, ("a", 2.0): 0.6, ("a", 4.0): 0.8, ("b", 1.0): 0.9}
    assert budget_ratio(mine, "a", wanted, 8.0) == pytest.approx(expected)
    assert budget_ratio(mine, "a", 0.9, 8.0) == math.inf


def test_geometric_mean():
    assert geometric_mean([1.0, 4.0]) == pytest.approx(2.0)
    assert math.isnan(geometric_mean([]))


def test_the_faithfulness_table_equals_a_calculation_by_hand():
    cells = table_cells(faithfulness_table(example_rows()), "ProxySPEX")
    ratios = [
        (1 - mine) / (1 - other)
        for game in "ab"
        for mine, other in zip(OURS[game][1:], THEIRS[game][1:], strict=True)
    ]
    assert cells[1] == f"{np.exp(np.mean(np.log(ratios))):.2f} (8)"
    assert cells[2] == "-0.100 (b, 0.5x)"
    assert cells[3] == "-0.050 (b, 0.5x)"
    assert cells[4].startswith(f"{8 / 10:.0%}")
    # game a: 0.8 at 1x, i.e. 1/8; game b: 0.6 at 2x, i.e. 2/8
    assert cells[5] == f"{(1 / 8 + 2 / 8) / 2:.2f} (2 games)"
    assert cells[6] == "0.020"


def test_the_time_table_compares_with_the_reference():
    cells = table_cells(time_table(example_rows()), "ProxySPEX")
    assert cells[1:5] == ["1.00", "1.0", "0.250", "0.25"]
    assert cells[6] == f"{30 / 66:.2f} ({30 / 16:.2f})"  # of budgets from 16 to 264


def test_the_index_table_compares_with_the_best_peer():
    rows = [
        row("a", "ProxySPEX", 4.0, 0.9, target="SV", index_error=0.01),
        row("a", REFERENCE, 4.0, 0.9, target="SV", index_error=0.16),
        row("a", "shapiq KernelSHAP", 4.0, 0.9, target="SV", index_error=0.04),
        row("a", "ProxySPEX", 1.0, 0.9, target="SV", index_error=7.0),  # below the range
        row("a", "shapiq KernelSHAP", 1.0, 0.9, target="SV", index_error=7.0),
    ]
    table = index_table(rows)
    assert table_cells(table, "ProxySPEX")[1] == "0.0100 (0.25)"
    assert table_cells(table, REFERENCE)[1] == "0.1600 (4.00)"


def test_misfortunes_are_counted():
    rows = [
        row("a", "m", 1.0, math.nan, 0, status="refused", message="too small"),
        row("a", "m", 1.0, math.nan, 1, status="refused", message="too small"),
        row("a", "m", 1.0, math.nan, 2, status="not run", message="slow"),
        row("a", "fine", 1.0, 0.5),
    ]
    table = misfortune_table(rows)
    assert table_cells(table, "m") == ["m", "3", "2", "0", "0", "1", "too small", "slow"]
    assert "fine" not in table


def test_tables_and_figures_come_from_the_file_alone(tmp_path, capsys):
    path = tmp_path / "results.csv"
    file = ResultsFile(path)
    for one in example_rows():
        file.append(one)
    main(["table", str(path)])
    assert capsys.readouterr().out == all_tables(example_rows())
    main(["plot", str(path), str(tmp_path / "figures")])
    saved = capsys.readouterr().out.split()
    assert [Path(name).name for name in saved] == [
        "saved-ablations.png",
        "faithfulness-by-budget.png",
    ]
    assert all(Path(name).stat().st_size > 5000 for name in saved)


def test_the_command_line_runs_a_suite_and_refuses_unknown_names(tmp_path, capsys):
    path = str(tmp_path / "results.csv")
    arguments = ["run", path, "--games", "wine13 machine", "--suite", "development"]
    main([*arguments, "--methods", "best constant", "--units", "1", "--seeds", "2"])
    assert capsys.readouterr().out.count("wine13 machine") == 2
    with pytest.raises(SystemExit, match="unknown methods: magic; known: best constant"):
        main([*arguments, "--methods", "magic"])


def test_no_table_of_nothing():
    assert all_tables([]) == "\n"
