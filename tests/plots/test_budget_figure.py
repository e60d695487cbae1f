"""Faithfulness against budget."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import pyplot as plt

from shapiq_spex import ProxySPEX, Spectrum, to_interaction_values
from shapiq_spex.plots import budget_curve
from tests.plots.pictures import clipped, ink, overlapping, written


@pytest.fixture(scope="module")
def reports():
    """Reports of nested budgets."""
    rng = np.random.default_rng(0)
    terms = {
        tuple(sorted(rng.choice(10, 1 + i % 3, replace=False).tolist())): 1.0 for i in range(9)
    }
    game = Spectrum.from_dict(10, terms).evaluate
    found = []
    for budget in (40, 80, 160):
        method = ProxySPEX(n=10, max_order=2, index="k-SII", random_state=0)
        method.approximate(budget, game)
        found.append(method.report_)
    return found


def test_reports_become_a_curve_with_their_numbers(reports):
    figure, axes = budget_curve(reports[::-1])
    ours, additive = axes.lines[0], next(x for x in axes.lines if x.get_linestyle() == "--")
    assert ours.get_xdata().tolist() == [40, 80, 160]
    assert ours.get_ydata().tolist() == [report.faithfulness for report in reports]
    assert additive.get_ydata().tolist() == [report.additive_faithfulness for report in reports]
    assert ink(figure) > 0.02
    assert not overlapping(figure)
    assert not clipped(figure)


def test_whiskers_reach_down_to_the_bound(reports):
    _, axes = budget_curve(reports)
    (whiskers,) = axes.collections
    low = [segment[:, 1].min() for segment in whiskers.get_segments()]
    bounds = [r.faithfulness_bound for r in reports if np.isfinite(r.faithfulness_bound)]
    assert low == pytest.approx(bounds)


def test_curves_can_be_compared(reports):
    figure, axes = budget_curve(
        {"ours": reports, "theirs": [(50, -3.0), (55, 0.1), (160, 0.5)]},
        axes=plt.figure().subplots(),
    )
    assert {"ours", "theirs", "40", "80", "160"} <= set(written(figure).split())
    assert axes.get_ylim()[0] >= -0.5  # very bad values do not press the others flat
    assert not overlapping(figure)


def test_high_curves_get_the_room_to_differ():
    _, axes = budget_curve([(10, 0.95), (20, 0.99)])
    assert 0.7 < axes.get_ylim()[0] < 0.95


def test_an_unknown_bound_is_no_whisker():
    _, axes = budget_curve([(10, 0.5), (20, 0.6)])
    assert not axes.collections


@pytest.fixture(scope="module")
def reports_of_regions():
    """Reports of explanations that should hold near the input and where half is removed."""
    found = []
    for budget in (50, 100, 200):
        method = ProxySPEX(n=16, index="FBII", random_state=0, proxy_model="fast")
        method.approximate(budget, lambda rows: rows @ np.arange(16.0) + rows[:, 0] * rows[:, 1])
        found.append(method.report_)
    return found


def test_the_axis_says_where_explanations_are_judged(reports, reports_of_regions):
    of_all, of_worst = budget_curve(reports)[1], budget_curve(reports_of_regions)[1]
    assert "region" not in of_all.get_ylabel()
    assert reports_of_regions[-1].worst is not None
    assert "worst region asked for" in of_worst.get_ylabel()
    figure, axes = budget_curve(reports_of_regions, region=0.5)
    assert "region keep=0.5" in axes.get_ylabel()
    assert not clipped(figure)


def test_the_axis_says_that_r2_is_within_sizes():
    made = []
    for budget in (40, 300):
        method = ProxySPEX(n=30, index="SV", max_order=1, random_state=0, proxy_model="fast")
        method.approximate(budget, lambda rows: rows @ np.arange(30.0) + rows[:, 0] * rows[:, 1])
        made.append(method.report_)
    assert [report.worst is None for report in made] == [True, False]
    assert budget_curve(made[1:])[1].get_ylabel().endswith("within sizes)")
    assert budget_curve(made)[1].get_ylabel().endswith("within sizes if known)")
    assert budget_curve(made, region="sizes")[1].lines[0].get_xdata().tolist() == [300]


def test_a_region_is_drawn_with_its_own_numbers_where_they_are_known(reports_of_regions):
    scores = [
        next(score for score in report.regions if score.keep == 0.9)
        for report in reports_of_regions
    ]
    scores[0] = replace(scores[0], r_squared=np.nan)
    made = [replace(r, regions=(s,)) for r, s in zip(reports_of_regions, scores, strict=True)]
    _, axes = budget_curve(made, region=0.9)
    assert "--" not in {line.get_linestyle() for line in axes.lines}  # no additive explanation
    drawn = axes.lines[0]
    assert drawn.get_xdata().tolist() == [100, 200]
    assert drawn.get_ydata().tolist() == [score.r_squared for score in scores[1:]]
    with pytest.raises(ValueError, match="nothing to draw"):
        budget_curve(made[:1], region=0.9)
    with pytest.raises(ValueError, match=r"does not judge region 0\.5, but 0\.9"):
        budget_curve(made, region=0.5)


@pytest.mark.parametrize("nothing", [[], {}, {"a": []}])
def test_no_results_are_refused(nothing):
    with pytest.raises(ValueError, match="nothing to draw"):
        budget_curve(nothing)


@pytest.mark.parametrize("wrong", [7, {"a": 0.5}, [100, 200], (100, 0.5), ["ab"], [(1, 2, 3)]])
def test_what_is_no_result_is_refused(wrong):
    before = plt.get_fignums()
    with pytest.raises(TypeError, match=r"pair of a budget and an R|pairs of a budget and an R"):
        budget_curve(wrong)
    assert plt.get_fignums() == before


def test_a_single_report_or_explanation_is_no_curve(reports):
    values = to_interaction_values(Spectrum.from_dict(2, {(0,): 1.0}), index="BII")
    for wrong in (reports[0], values):
        with pytest.raises(TypeError, match="a budget and an R"):
            budget_curve(wrong)


def test_it_is_drawn_where_it_is_told_and_shown_only_when_asked(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(True))
    figure, axes = plt.subplots()
    assert budget_curve([(10, 0.5)], axes=axes) == (figure, axes)
    assert not shown
    budget_curve([(10, 0.5)], show=True)
    assert shown


def test_pictures_are_imported_only_when_needed():
    script = "import sys, shapiq_spex; print('shapiq_spex.plots' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
