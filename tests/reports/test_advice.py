"""What a report advises: its verdict and its warnings, in degenerate cases too."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from shapiq_spex import SPEX, Ablation, ProxySPEX
from tests.reports.games import N, explained, game


@settings(max_examples=5)
@given(seed=st.integers(0, 1000))
def test_additive_games_have_no_interactions_worth_a_look(seed):
    weights = np.random.default_rng(seed).normal(size=6)
    made = explained(40, lambda rows: rows @ weights, n=6, random_state=seed)
    assert made.report_.additive_faithfulness == pytest.approx(1.0)
    assert "No interactions are established" in made.report_.verdict


def test_interactions_worth_a_look_are_announced(report):
    assert report.verdict.startswith("Interactions are worth a look")
    hidden = replace(report, interaction_gain_interval=(-0.1, 0.9))
    assert "No interactions are established" in hidden.verdict


def test_what_was_not_found_is_not_called_absent(report):
    poor = replace(report, faithfulness=0.1, additive_faithfulness=0.1, n_players=17)
    assert poor.verdict.startswith("No interactions were found, but they may be in all that is")
    assert "SPEX may find interactions" in poor.warnings[0]
    assert "may find" not in replace(poor, approximator="SPEX").warnings[0]
    # with so few players SPEX decodes nothing that a regression would not find
    assert "may find" not in replace(poor, n_players=16).warnings[0]


@pytest.mark.parametrize("proxy", ["auto", "fast", "gp", "tree"])
def test_a_sum_through_three_rows_of_two_players_predicts_nothing(proxy):
    """... as it fits any three values: that of an exclusive or, too."""
    made = explained(
        3, lambda rows: (rows.sum(axis=1) % 2) * 1.0, n=2, proxy_model=proxy, random_state=0
    )
    assert math.isnan(made.report_.faithfulness)
    assert math.isnan(made.report_.additive_faithfulness)
    assert "unknown" in made.report_.warnings[0]
    assert "too few rows" in made.report_.verdict
    assert "R2 1" not in str(made.report_)
    assert not made.intervals().available


def test_an_exact_result_says_so():
    for value, n in ((game, N), (lambda rows: rows[:, 0] * 2.0, 1)):
        report = explained(2**n, value, n=n).report_
        assert report.exact
        assert report.faithfulness == 1.0
        assert report.warnings == ()
        assert "every coalition was observed" in str(report)
    sums = explained(2**N, lambda rows: rows @ np.arange(1.0, N + 1)).report_
    assert sums.verdict == "Interactions add next to nothing: an additive explanation reaches R2 1."
    rows = (np.arange(2**N)[:, None] >> np.arange(N)) & 1 == 1
    exact = explained(2**N).report_
    fit = np.linalg.lstsq(np.column_stack([np.ones(2**N), rows]), game(rows), rcond=None)[0]
    best = r2_score(game(rows), np.column_stack([np.ones(2**N), rows]) @ fit)
    assert exact.additive_faithfulness == pytest.approx(best)
    assert exact.verdict.startswith("Interactions are worth a look")
    assert (
        "One player has no interactions"
        in explained(2, n=1, value=lambda r: r[:, 0]).report_.verdict
    )


@pytest.mark.parametrize("budget", [2, 3, 20, 64])
@pytest.mark.parametrize("approximator", [ProxySPEX, SPEX])
def test_a_constant_game_leaves_nothing_to_explain(budget, approximator):
    made = explained(budget, lambda rows: np.full(len(rows), 3.0), n=6, approximator=approximator)
    assert "nothing to explain" in str(made.report_)
    assert made.report_.variance_by_degree == ()
    assert made.report_.warnings == ()
    assert "the game is constant" in str(made.report_.forecast())


@pytest.mark.parametrize("budget", [2, 3, 5])
def test_tiny_budgets_are_called_guesses(budget):
    report = explained(budget).report_
    assert report.rows == budget
    assert any("Raise the budget" in sentence for sentence in report.warnings)
    assert math.isnan(report.faithfulness_bound)


def test_skipped_coalitions_are_named_and_warned_of():
    def failing(rows):
        return np.where(rows.all(axis=1), np.nan, game(rows))

    report = explained(100, failing, ablation=Ablation(on_error="skip")).report_
    assert len(report.skipped) == 1
    assert report.rows == 99
    assert "1 skipped" in str(report)
    assert any("1 of 100 coalitions got no answer" in sentence for sentence in report.warnings)


def test_rare_enormous_values_are_warned_of(report):
    rare = replace(report, effective_pairs=2.0)
    assert any("as if there were 4 rows instead of 200" in text for text in rare.warnings)


def test_low_faithfulness_says_what_to_do(report):
    curve = ((100, 0.6), (200, 0.5))
    low = replace(report, faithfulness=0.41, learning_curve=curve)
    assert "R2 .41: do not trust single values" in low.warnings[0]
    assert low.forecast(0.9).sentence in low.warnings[0]
    middle = replace(report, faithfulness=0.8, learning_curve=())
    assert "only the largest effects. Raise the budget" in middle.warnings[0]
