"""Claims and losses are calculations that can be done by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex.benchmark.reporting.claims import claims_report, paired_table, proxyspex_claims
from shapiq_spex.benchmark.reporting.losses import index_losses_table, losses_to, losses_to_peers
from tests.benchmark.examples import entry, row

SHAPIQ = "shapiq ProxySPEX"


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


def test_losses_of_an_index_are_counted_and_named():
    rows = [
        row(game, method, 2.0, 0.9, target="SV", index_error=error)
        for game, errors in (("a", (0.3, 0.2)), ("b", (0.01, 0.2)))
        for method, error in zip(("ProxySPEX", SHAPIQ), errors, strict=True)
    ]
    line = entry(index_losses_table(rows, "ProxySPEX"), "SV")
    assert line["lost at 2x"] == "1 of 2"
    assert line["lost at 8x"] == ""
    assert line["squared error / the best peer's"] == "a 2x: 1.5"
    assert index_losses_table(rows, "SPEX") == ""


def test_losses_on_planted_games_are_reported_as_well():
    planted = [replace(one, family="synthetic") for one in example_rows()]
    report = claims_report([*example_rows(), *planted[-3:]])
    assert "### Planted cells that ProxySPEX loses\n\n| game" in report
    assert not losses_to(planted, "ProxySPEX", ["lasso order 1"])


def test_pairs_share_game_budget_and_seed():
    rows = [row("a", "ProxySPEX", 1.0, 0.5 + seed / 10, seed) for seed in range(3)]
    rows += [row("a", SHAPIQ, 1.0, 0.5, seed) for seed in (0, 1, 7)]
    line = entry(paired_table(rows, "ProxySPEX"), SHAPIQ)
    assert (line["pairs"], line["higher in"], line["lower in"]) == ("2", "50%", "0%")
    assert line["median difference"] == "+0.0500"


def test_nothing_is_claimed_of_methods_that_were_not_run():
    assert claims_report([row("a", SHAPIQ, 1.0, 0.5)]).strip() == ""
