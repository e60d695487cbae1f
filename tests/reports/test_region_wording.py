"""Where an explanation holds, in words: lines, headline, advice and warnings."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex import ProxySPEX, Report
from shapiq_spex.games import TextGame
from shapiq_spex.reports.region_scores import (
    CONSTANT,
    FEW_DIFFER,
    TOO_FEW,
    RegionScore,
    lagging,
)
from shapiq_spex.reports.rendering.region_lines import region_lines


def reporting(report, **changes):
    """A report with known regions."""
    regions = (
        RegionScore(keep="near", asked=True, r_squared=0.93, interval=(0.9, 0.95), deviation=1.0),
        RegionScore(keep=0.5, asked=True, r_squared=0.86, interval=(0.84, 0.9), deviation=2.0),
        RegionScore(keep=0.8, asked=True, r_squared=-2.0, interval=(-4.0, 0.1), deviation=2.0),
        RegionScore(keep=0.1, reason=TOO_FEW),
    )
    return replace(report, n_players=30, noun="words", **({"regions": regions} | changes))


def test_regions_are_named_in_words(report):
    told = reporting(report)
    assert dict(region_lines(told)) == {
        "holds": "with up to 5 of 30 words removed: R2 .93 (at least .90); half removed: R2 .86 "
        "(at least .84)",
        "fails": "with about 6 of 30 words removed: R2 -2.00 (at least -4.00). To do better there, "
        "use keep=0.8",
        "unknown": "with about 3 of 30 words kept: too few rows there; do not use it there: "
        "explain with keep=0.1, or judge by faithfulness(regions=[0.1])",
    }
    assert told.worst.keep == 0.8
    assert "with about 6 of 30 words removed, the worst of what was asked for," in str(told)
    assert "holds" in told._repr_html_()


@pytest.mark.parametrize(
    ("r_squared", "bound", "verdict"),
    [
        (0.8, 0.01, "holds"),
        (0.99, 0.0, "cannot tell"),
        (0.62, -1.13, "cannot tell"),
        (0.97, np.nan, "cannot tell"),
        (0.79, 0.7, "in part"),
        (0.49, 0.4, "fails"),
        (0.3, -1.0, "fails"),
    ],
)
def test_an_explanation_holds_where_much_is_explained_for_sure(report, r_squared, bound, verdict):
    region = RegionScore(keep=0.9, r_squared=r_squared, interval=(bound, 1.0))
    ((found, line),) = region_lines(reporting(report, regions=(region,)))
    assert found == verdict
    assert line.endswith("To do better there, use keep=0.9") == (verdict != "holds")


def test_another_law_is_advised_only_where_it_brings_more_rows(report):
    regions = [RegionScore(keep=k, r_squared=0.1, interval=(0.0, 0.2)) for k in ("near", 0.9, 0.5)]
    regions[0] = replace(regions[0], asked=True)
    regions[2] = replace(regions[2], draws=report.rows)
    advice = dict(region_lines(reporting(report, regions=tuple(regions))))["fails"]
    assert advice.endswith(". To do better there, use keep=0.9 or a larger budget")


def test_json_keeps_the_regions(report):
    told = reporting(report)
    back = Report.from_dict(json.loads(told.to_json()))
    assert back.regions[3].reason == TOO_FEW
    assert str(back) == str(told)
    without = {k: v for k, v in told.to_dict().items() if k not in ("regions", "noun")}
    assert Report.from_dict(without).regions == ()


def test_what_was_asked_for_and_is_unknown_is_warned_of(report):
    unknown = RegionScore(keep="near", asked=True, reason=TOO_FEW)
    told = reporting(report, regions=(unknown,))
    assert (
        "How faithful it is with up to 5 of 30 words removed is not known: too few rows there."
        in told.warnings
    )


SERVED = RegionScore(keep=0.5, asked=True, r_squared=0.95, interval=(0.93, 0.97))
BEHIND = RegionScore(keep="near", asked=True, r_squared=0.6, interval=(0.4, 0.8))
UNKNOWN = RegionScore(keep=0.9, asked=True, reason=FEW_DIFFER)


def headline_of(told):
    return next(line for line in str(told).splitlines() if "  faithfulness  " in line)


def test_the_headline_names_what_one_fit_does_not_serve_and_what_does(report):
    told = reporting(report, regions=(SERVED, BEHIND, UNKNOWN))
    assert headline_of(told).endswith(
        ". One fit does not serve all that was asked for: with up to 5 of 30 words removed, use "
        "keep='near'. Unknown with about 3 of 30 words removed: use keep=0.9"
    )
    both = reporting(report, regions=(SERVED, BEHIND, replace(BEHIND, keep=0.9)))
    assert headline_of(both).endswith("removed, about 3 removed, use keep='near' or 0.9")


@pytest.mark.parametrize(
    "near",
    [
        replace(BEHIND, asked=False),
        replace(BEHIND, interval=(0.4, 0.96)),  # it may be as good
        replace(BEHIND, r_squared=0.91, interval=(0.9, 0.92)),  # it is good
        replace(BEHIND, interval=(np.nan, np.nan)),
    ],
)
def test_regions_that_are_not_clearly_worse_are_not_in_the_headline(report, near):
    assert lagging((SERVED, BEHIND)) == (BEHIND,)
    assert lagging((SERVED, near)) == ()
    assert "One fit" not in headline_of(reporting(report, regions=(SERVED, near)))


def test_a_law_that_was_asked_for_alone_is_not_advised(report):
    alone = headline_of(reporting(report, regions=(UNKNOWN, replace(SERVED, asked=False))))
    assert alone.endswith("Unknown with about 3 of 30 words removed: use a larger budget")


def test_no_larger_budget_is_advised_where_hardly_any_coalition_is_left(report):
    last = replace(UNKNOWN, evaluated=0.9)
    told = reporting(report, regions=(last, replace(SERVED, asked=False)))
    own = "faithfulness(regions=[0.9])"
    assert headline_of(told).endswith(f"Unknown with about 3 of 30 words removed: use {own}")
    ((_, unknown),) = (line for line in region_lines(told) if line[0] == "unknown")
    assert unknown.endswith(f"; do not use it there: judge by {own}")
    few = replace(last, evaluated=0.5)
    told = reporting(report, regions=(few, replace(SERVED, asked=False)))
    assert headline_of(told).endswith("removed: use a larger budget")


@pytest.mark.parametrize(("others", "told"), [((UNKNOWN,), True), ((), False)])
def test_a_warning_names_the_law_that_serves_the_worst_of_several_regions(report, others, told):
    warned = reporting(report, regions=(BEHIND, *others), faithfulness=0.6).warnings[0]
    assert warned.startswith("R2 .60 with up to 5 of 30 words removed: do not trust")
    assert warned.endswith(" keep='near' explains that alone.") == told


def test_regions_where_it_fails_are_warned_of_whether_asked_for_or_not(report):
    fails = RegionScore(keep=0.1, r_squared=-48.0, interval=(-60.0, -40.0))
    told = reporting(report, regions=(SERVED, fails))
    assert (
        "Do not use it with about 3 of 30 words kept (R2 -48.00): explain with keep=0.1 for that."
        in told.warnings
    )
    assert not any("Do not use" in s for s in reporting(report, regions=(SERVED,)).warnings)
    worst = reporting(report, regions=(SERVED, replace(fails, asked=True)))
    assert not any("Do not use" in s for s in worst.warnings)  # the headline says so


def test_of_what_is_unknown_each_reason_is_told(report):
    few = replace(UNKNOWN, keep="near", reason=TOO_FEW)
    told = reporting(report, regions=(few, UNKNOWN, RegionScore(keep=0.1, reason=CONSTANT)))
    assert [sentence for sentence in told.warnings if "is not known" in sentence] == [
        f"How faithful it is with up to 5 of 30 words removed is not known: {TOO_FEW}.",
        f"How faithful it is with about 3 of 30 words removed is not known: {FEW_DIFFER}.",
    ]
    unknown = [text for name, text in region_lines(told) if name == "unknown"]
    assert ["do not use it there" in text for text in unknown] == [True, True, False]


def test_the_limit_of_noisy_answers_is_that_of_the_region(report):
    told = reporting(report, noise=1.0)
    assert told.faithfulness_limit == pytest.approx(0.75)
    assert told.in_units(4.0).faithfulness_limit == pytest.approx(0.75)


def test_values_that_do_not_add_up_are_warned_of(report):
    poor = RegionScore(
        keep="near", r_squared=0.95, added_up=-3.0, instead="FBII", instead_r_squared=0.93
    )
    hopeless = RegionScore(keep=0.9, r_squared=0.6, added_up=0.2)
    middling = replace(poor, keep=0.5, instead="FSII", instead_r_squared=0.6)
    told = reporting(report, regions=(poor, hopeless, middling))
    assert told.warnings[-3:] == (
        "Added up, these values predict worse than a constant with up to 5 of 30 words removed "
        "(R2 -3.00). FBII of the same result holds there: R2 .93.",
        "Added up, these values predict poorly with about 3 of 30 words removed (R2 .20). No "
        "other index of this result predicts well: explain with keep=0.9 for that.",
        "Added up, these values predict worse than a constant with half of the words removed "
        "(R2 -3.00). FSII of the same result does better there: R2 .60.",
    )


def test_a_report_says_words_where_words_are_removed():
    text = " ".join(f"word{i}" for i in range(12))
    game = TextGame(text, lambda texts: [len(t) + 5.0 * ("word1 word2" in t) for t in texts])
    approximator = ProxySPEX(n=12, index="FBII", max_order=2, random_state=0)
    approximator.approximate(400, game)
    assert approximator.report_.noun == "words"
    assert "half of the words removed" in str(approximator.report_)
    assert str(approximator.report_).startswith("ProxySPEX: FBII up to order 2 of 12 words\n")


def test_r2_over_all_sizes_is_called_so_where_it_should_be_within(report):
    unknown = RegionScore(keep="sizes", asked=True, reason=TOO_FEW)
    told = reporting(report, regions=(unknown, RegionScore(keep=0.1, reason=TOO_FEW)))
    assert told.over_all_sizes
    assert " over all sizes on rows it was not fitted to" in headline_of(told)
    assert headline_of(told).endswith(". Within sizes it is unknown")
    assert told.warnings[0].endswith(
        "with any number of 30 words removed is not known: too few rows there. R2 over all sizes "
        "may be that of a trend between them."
    )
    alone = dict(region_lines(replace(told, regions=(unknown,))))
    assert alone["unknown"].endswith("rows there; judge by faithfulness(regions=['sizes'])")
    known = replace(unknown, reason="", r_squared=0.95, interval=(0.9, 0.97))
    told = reporting(report, regions=(known, RegionScore(keep=0.1, reason=TOO_FEW)))
    assert not told.over_all_sizes
    assert " with any number of 30 words removed on rows" in headline_of(told)
    assert "over all sizes" not in str(told)
