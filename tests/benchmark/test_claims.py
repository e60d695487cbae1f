"""Claims are calculations that can be done by hand."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shapiq_spex.benchmark.__main__ import main
from shapiq_spex.benchmark.games.benchmark_game import BUDGET_UNITS
from shapiq_spex.benchmark.measuring.results_file import Row, read_rows, write_record
from shapiq_spex.benchmark.reporting.cell_scores import index_ratios
from shapiq_spex.benchmark.reporting.claims import claims_report, paired_table, proxyspex_claims
from shapiq_spex.benchmark.reporting.growth import exponent
from shapiq_spex.benchmark.reporting.losses import index_losses_table, losses_to, losses_to_peers
from shapiq_spex.benchmark.reporting.readme_blocks import (
    RECORDED,
    cpu_hours,
    readme_tables,
    with_records,
)
from shapiq_spex.benchmark.reporting.recorded_page import Records
from shapiq_spex.benchmark.reporting.savings import saving, savings_table, unexplained_curves

SHAPIQ = "shapiq ProxySPEX"
MARKED = ("benchmark", "forecasts", "intervals")


def row(game, method, units, r2, seed=0, **others):
    settings = {"family": "real", "n_players": 10, "target": "faithfulness", "cpu_seconds": 1.0}
    return Row(
        game=game,
        method=method,
        units=units,
        budget=int(33 * units),
        seed=seed,
        r2=r2,
        environment="python 3; 2026-01-01",
        **{**settings, **others},
    )


def example_rows():
    """Game a is won at a quarter of the unexplained variance; game b is lost at 1x."""
    rows = []
    for units, ours, theirs in [(1.0, 0.9, 0.6), (2.0, 0.96, 0.84), (8.0, 0.99, 0.96)]:
        rows += [row("a", "ProxySPEX", units, ours), row("a", SHAPIQ, units, theirs)]
    rows += [row("b", "ProxySPEX", 1.0, 0.5), row("b", SHAPIQ, 1.0, 0.6)]
    rows += [row("b", "lasso order 1", 1.0, 0.505)]  # within the tolerance
    return rows


def claim_about(claims, words):
    (claim,) = [claim for claim in claims if words in claim.what]
    return claim


def test_faithfulness_claims_equal_a_calculation_by_hand():
    claims = proxyspex_claims(example_rows())
    mean = math.exp(np.mean(np.log([0.25, 0.25, 0.25, 0.5 / 0.4])))
    claim = claim_about(claims, f"variance / {SHAPIQ}'s")
    assert claim.measured == f"{mean:.3f} (4 cells)"
    assert not claim.holds
    claim = claim_about(claims, f"below {SHAPIQ}")
    assert (claim.measured, claim.holds) == ("1 of 4 (worst -0.100)", False)
    assert claim_about(claims, "below lasso order 1").holds
    claim = claim_about(claims, "share of shapiq ProxySPEX's ablations")
    assert (claim.measured, claim.holds) == ("0.250 (1 games)", True)  # 0.96 at 2x of 8x
    assert claim_about(claims, "best or within").measured == "75.0% (3 of 4)"


def test_losses_name_the_cell_and_the_winner():
    (loss,) = losses_to_peers(example_rows(), "ProxySPEX")
    assert (loss.cell, loss.other) == (("b", 1.0), SHAPIQ)
    assert loss.difference == pytest.approx(-0.1)


def test_index_errors_are_compared_with_the_best_peer_and_not_below_what_is_known():
    def error(method, value, units=4.0):
        return row("a", method, units, 0.9, target="SV", index_error=value)

    rows = [
        error("ProxySPEX", 0.02),
        error(SHAPIQ, 0.2),
        error("lasso order 1", 0.08),
        error("best k terms", 0.0),  # a ceiling is no peer
        error("ProxySPEX", 1e-9, 8.0),
        error(SHAPIQ, 1e-7, 8.0),
        error("ProxySPEX", 5.0, 0.5),  # below the budgets that count
        error(SHAPIQ, 1.0, 0.5),
    ]
    assert index_ratios(rows, "ProxySPEX", "SV") == pytest.approx({("a", 4.0): 0.25, ("a", 8.0): 1})


def test_losses_of_an_index_are_counted_and_named():
    rows = [
        row(game, method, 2.0, 0.9, target="SV", index_error=error)
        for game, errors in (("a", (0.3, 0.2)), ("b", (0.01, 0.2)))
        for method, error in zip(("ProxySPEX", SHAPIQ), errors, strict=True)
    ]
    assert index_losses_table(rows, "ProxySPEX").splitlines()[2:] == [
        "| SV |  |  | 1 of 2 |  |  | a 2x: 1.5 |"
    ]
    assert index_losses_table(rows, "SPEX") == ""


def test_losses_are_told_of_planted_games_as_well():
    planted = [replace(one, family="synthetic") for one in example_rows()]
    report = claims_report([*example_rows(), *planted[-3:]])
    assert "### Planted cells that ProxySPEX loses\n\n| game" in report
    assert not losses_to(planted, "ProxySPEX", ["lasso order 1"])


def test_pairs_share_game_budget_and_seed():
    rows = [row("a", "ProxySPEX", 1.0, 0.5 + seed / 10, seed) for seed in range(3)]
    rows += [row("a", SHAPIQ, 1.0, 0.5, seed) for seed in (0, 1, 7)]
    line = paired_table(rows, "ProxySPEX").splitlines()[-1]
    assert line == f"| {SHAPIQ} | 2 | 50% | 0% | +0.0500 | +0.0250 to +0.0750 |"


def test_nothing_is_claimed_of_methods_that_were_not_run():
    assert claims_report([row("a", SHAPIQ, 1.0, 0.5)]).strip() == ""


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
    line = savings_table(rows).splitlines()[-1]
    assert line == f"| {SHAPIQ} | 0.5000 at 8 | 1.00 | 8.0 |"
    assert savings_table(rows[5:]) == ""


def test_exponents_are_those_of_the_large_cases():
    points = [(float(x), 3.0 * x**1.5 + (1000.0 if x < 8 else 0.0)) for x in (1, 2, 4, 8, 16, 32)]
    assert exponent(points) == pytest.approx(1.5)
    assert math.isnan(exponent(points[:2]))


def test_a_recorded_file_keeps_every_row_in_few_bytes(tmp_path):
    rows = [row("a", "m", 1.0 / 3.0, 0.123456789, seed) for seed in range(300)]
    rows += [row("b", "m", 2.0, 0.99987654321), row("b", "n", 2.0, math.nan, status="refused")]
    path, again = tmp_path / "r.csv.gz", tmp_path / "again.csv.gz"
    write_record(path, rows)
    write_record(again, reversed(rows))
    back = {one.key: one for one in read_rows(path)}
    assert path.read_bytes() == again.read_bytes()
    assert path.stat().st_size < 4000
    assert back.keys() == {one.key for one in rows}
    assert back["a", "m", "faithfulness", 1.0 / 3.0, 5].r2 == 0.1235
    assert back["b", "m", "faithfulness", 2.0, 0].r2 == 0.999877
    assert math.isnan(back["b", "n", "faithfulness", 2.0, 0].r2)


def test_files_of_before_the_last_columns_are_read_and_merged(tmp_path):
    old, new, merged = tmp_path / "old.csv", tmp_path / "new.csv.gz", tmp_path / "merged.csv.gz"
    columns = list(Row.__dataclass_fields__)[:-3]
    first = row("a", "m", 1.0, 0.5)
    old.write_text(
        ",".join(columns) + "\n" + ",".join(str(getattr(first, name)) for name in columns) + "\n"
    )
    (known,) = read_rows(old)
    assert repr(known) == repr(first)
    write_record(new, [replace(first, r2=0.6, insertion=1.5), row("b", "m", 1.0, 0.7)])
    main(["record", str(merged), str(old), str(new)])
    found = [(one.game, one.r2, one.insertion) for one in read_rows(merged)]
    assert len(found) == 2
    assert found[0] == ("a", 0.6, 1.5)


def test_tables_are_written_between_the_markers(tmp_path):
    rows = example_rows()
    readme = tmp_path / "front.md"
    parts = [f"<!-- {name}: begin -->old<!-- {name}: end -->" for name in MARKED]
    readme.write_text("\n".join(["before", *parts, "after"]))
    write_record(tmp_path / "results.csv.gz", rows)
    main(["publish", "--folder", str(tmp_path), "--readme", str(readme)])
    told = {
        "benchmark": f"\n{readme_tables(rows)}\n",
        "forecasts": "0 of 0 such forecasts held on the test games",
        "intervals": "have not been measured",
    }
    parts = [f"<!-- {name}: begin -->{told[name]}<!-- {name}: end -->" for name in MARKED]
    assert readme.read_text() == "\n".join(["before", *parts, "after"])
    assert "in 1 of 4 cells: b at 1x (-0.100 to shapiq ProxySPEX)." in readme.read_text()
    assert "| ProxySPEX on 1 games, ablations in n log2 n | 1 | 2 | 8 |" in readme.read_text()
    assert "| games with R2 >= 0.95 | 0 | 1 | 1 |" in readme.read_text()
    with pytest.raises(ValueError, match="benchmark: begin"):
        with_records("no markers", Records.of(tmp_path))


def test_runs_that_fill_several_rows_are_timed_once():
    shared = [row("a", "m", 1.0, 0.5, cpu_seconds=1800.0, game_seconds=0.5, target=t) for t in "xy"]
    assert cpu_hours([*shared, row("a", "m", 2.0, 0.5, cpu_seconds=3600.0)]) == pytest.approx(
        1.5 + 0.5 / 3600
    )


@pytest.mark.skipif(not (RECORDED / "results.csv.gz").exists(), reason="nothing recorded yet")
def test_the_readme_shows_what_is_recorded():
    readme = Path(__file__).parents[2] / "README.md"
    text = readme.read_text(encoding="utf-8")
    assert with_records(text, Records.of(RECORDED)) == text
