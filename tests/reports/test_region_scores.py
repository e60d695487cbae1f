"""Where an explanation holds: scores, headline, forecasts, stopping and comparisons."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from shapiq_spex import (
    ProxySPEX,
    Spectrum,
    compare,
    faithfulness,
    to_interaction_values,
)
from shapiq_spex.designs.regions import NEAR, RANGE, Region
from shapiq_spex.estimators.held_out import HeldOut
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.moebius import spectrum_of_moebius
from shapiq_spex.reports.region_scores import (
    CONSTANT,
    TOO_FEW,
    UNDECIDED,
    Judged,
    score_region,
    unless_undecided,
    with_added_up,
)
from shapiq_spex.reports.rendering.region_lines import region_lines

N = 30


def rows_of(keep, rows, seed=0, n_players=N):
    """Distinct coalitions that keep each player with one of some probabilities."""
    rng = np.random.default_rng(seed)
    chance = np.repeat(keep, rows // len(keep))[:, None]
    drawn = rng.random((len(chance), n_players)) < chance
    return Coalitions.from_dense(drawn).distinct()[0]


def judged_example(error_near=0.3, asked=RANGE, rows=1200):
    """A linear game, predicted with another error where few players are removed."""
    rng = np.random.default_rng(1)
    coalitions = rows_of((0.5, 0.9, 0.95), rows)
    values = coalitions.dense() @ rng.normal(size=N)
    error = np.where(coalitions.sizes() > 24, error_near, 0.3)
    predictions = values + error * rng.normal(size=len(values))
    held_out = HeldOut(values, predictions, np.arange(len(values)))
    return coalitions, held_out, Judged.of(asked, coalitions, held_out)


def test_the_headline_is_the_worst_of_what_was_asked_for():
    coalitions, held_out, judged = judged_example(error_near=2.0)
    scores = {score.keep: score for score in judged.scores}
    assert judged.worst is scores["near"]
    assert judged.held_out.r_squared == scores["near"].r_squared < scores[0.5].r_squared
    assert judged.interval[0] == min(scores[region.keep].interval[0] for region in RANGE)
    assert scores[0.1].reason == TOO_FEW
    assert not scores[0.1].asked
    assert len(judged.of_headline(held_out.predictions)) == len(judged.held_out.values)
    half = Judged.of((Region(0.5),), coalitions, held_out)
    assert half.worst.keep == 0.5
    assert half.held_out.r_squared == scores[0.5].r_squared


def test_without_a_region_the_headline_is_that_of_all_rows():
    _, held_out, judged = judged_example(asked=())
    assert judged.held_out is held_out
    assert judged.interval == held_out.interval()
    _, held_out, judged = judged_example(asked=(Region(0.1),))
    assert judged.held_out is held_out


def test_a_region_that_the_explanation_misses_is_judged_by_the_explanation():
    """Fits outside folds are good everywhere; the explanation is not where few are removed."""
    coalitions, held_out, judged = judged_example()
    missing = np.where(coalitions.sizes() > 24, 2.0 * np.sin(np.arange(len(coalitions))), 0.0)
    fitted = replace(held_out, fitted=held_out.values + missing)
    scores = {score.keep: score for score in Judged.of(RANGE, coalitions, fitted).scores}
    before = {score.keep: score for score in judged.scores}
    assert repr(scores[0.5]) == repr(before[0.5])  # they have NaN, which Python 3.13 calls unequal
    assert scores["near"].r_squared < before["near"].r_squared - 0.2
    assert scores["near"].interval[1] < before["near"].r_squared
    of_all = Judged.of((), coalitions, replace(held_out, fitted=np.zeros(len(coalitions))))
    assert of_all.held_out.r_squared < 0.1


def test_what_may_be_worse_than_a_constant_or_good_is_called_unknown():
    """Few large errors, so that R2 may be anything: of reports and on given rows alike."""
    coalitions, held_out, _ = judged_example(rows=120)
    predictions = held_out.values.copy()
    predictions[::15] += 6.0 * np.random.default_rng(0).normal(size=len(predictions[::15]))
    judged = Judged.of((Region(0.5),), coalitions, replace(held_out, predictions=predictions))
    score, _ = score_region(
        Region(0.5), coalitions, replace(held_out, predictions=predictions), asked=True
    )
    assert score.interval[0] < 0.0 < score.r_squared < 1.0
    assert score.interval[1] > 0.9
    assert judged.scores[0].reason == UNDECIDED
    assert not judged.scores[0].known
    assert judged.worst is None
    for r_squared, high in ((0.6, 0.89), (0.6, 0.83), (1.0, 1.0), (np.nan, np.nan)):
        told = replace(score, r_squared=r_squared, interval=(-1.0, high))
        assert unless_undecided(told) is told  # low enough, sure enough, or perfect but for chance
    for r_squared, high in ((0.6, 0.91), (-1.7, 0.98)):
        open_ended = replace(score, r_squared=r_squared, interval=(-1.0, high))
        assert not unless_undecided(open_ended).known


def test_games_of_the_size_alone_have_nothing_to_explain():
    coalitions = rows_of((0.5, 0.9), 600)
    values = np.sqrt(coalitions.sizes())
    held_out = HeldOut(values, values + 0.1, np.arange(len(values)))
    score, _ = score_region(Region(0.9), coalitions, held_out)
    assert score.reason == CONSTANT


def test_the_deviation_is_that_within_sizes():
    coalitions, held_out, judged = judged_example()
    of_size = coalitions.sizes() == 27
    near = next(score for score in judged.scores if score.keep == "near")
    assert near.deviation == pytest.approx(held_out.values[of_size].std(), rel=0.3)


def values_that_fail(coalitions):
    return np.zeros(len(coalitions))


def test_where_values_fail_the_first_good_alternative_is_named():
    coalitions, held_out, judged = judged_example()
    truth = np.linalg.lstsq(
        np.c_[coalitions.dense(), np.ones(len(coalitions))], held_out.values, rcond=None
    )[0]

    def fit(rows):
        return np.c_[rows.dense(), np.ones(len(rows))] @ truth

    def poor(rows):
        return fit(rows) + 0.8 * np.random.default_rng(0).normal(size=len(rows))

    def scored(alternatives, added_up=values_that_fail):
        return with_added_up(
            judged.scores,
            coalitions,
            held_out,
            fit=fit,
            added_up=added_up,
            alternatives=alternatives,
        )

    failing = scored([("poor", poor), ("good", fit), ("better", fit)])
    for score in failing:
        if score.known:
            assert score.added_up < 0.0
            assert score.instead == "good"
            # the fit itself is as good as its held-out predictions
            assert score.instead_r_squared == pytest.approx(score.r_squared, abs=0.05)
    assert {score.instead for score in scored([("poor", poor)]) if score.known} <= {"poor", ""}
    assert {score.instead for score in scored([])} == {""}
    assert {score.instead for score in scored([("good", fit)], added_up=fit)} == {""}


def saturated(coalitions):
    """What one of ten words does is done by the others, too."""
    return 1.0 * coalitions[:, :10].any(axis=1) + 0.1 * coalitions[:, 0] * coalitions[:, 1]


def test_exact_shapley_values_of_a_saturated_game_do_not_add_up_near_the_input():
    approximator = ProxySPEX(n=10, index="SV", max_order=1)
    report = approximator.approximate(2**10, saturated) and approximator.report_
    assert report.exact
    near = next(region for region in report.regions if region.keep == "near")
    assert near.r_squared == 1.0
    assert near.added_up < 0.0
    assert near.instead
    assert any("Added up" in sentence for sentence in report.warnings)
    assert region_lines(report) == []


def test_uniform_rows_say_nothing_of_few_removed_players():
    approximator = ProxySPEX(n=N, index="FBII", random_state=0, keep="uniform")
    approximator.approximate(300, lambda rows: rows @ np.arange(N))
    regions = {region.keep: region for region in approximator.report_.regions}
    assert regions["near"].reason == regions[0.9].reason == TOO_FEW
    assert regions[0.5].known
    assert "too few rows there" in str(approximator.report_)


@pytest.mark.parametrize("power", [-500, 500])
def test_regions_do_not_depend_on_units(power):
    def game(rows):
        return rows @ np.arange(N) + 20.0 * rows[:, 0] * rows[:, 1]

    reports = []
    for unit in (1.0, 2.0**power):
        approximator = ProxySPEX(n=N, index="SV", max_order=1, random_state=0, keep="sizes")
        approximator.approximate(300, lambda rows, unit=unit: unit * game(rows))
        reports.append(approximator.report_)
    plain, moved = ([replace(r, deviation=0.0) for r in report.regions] for report in reports)
    assert repr(plain) == repr(moved)


def asking(*regions):
    """A ProxySPEX whose explanations should hold in some regions."""

    class Asking(ProxySPEX):
        def _design(self, budget, seed):
            return replace(super()._design(budget, seed), asked=regions)

    return Asking


def curved(rows):
    return np.tanh((rows @ np.linspace(-1.0, 2.0, N)) / 4.0) * 10.0 + rows[:, 0] * rows[:, 1]


def asking_for_the_range():
    """Rows of the three regions in equal parts, which the report judges."""
    weights = sum(region.size_weights(N) for region in RANGE)
    return asking(*RANGE)(n=N, index="FBII", random_state=0, sampling_weights=weights)


def test_an_explanation_that_should_hold_near_the_input_is_judged_there():
    approximator = asking_for_the_range()
    approximator.approximate(600, curved)
    report = approximator.report_
    known = {region.keep: region for region in report.regions if region.asked}
    assert report.faithfulness == min(region.r_squared for region in known.values())
    assert report.faithfulness == report.worst.r_squared
    assert report.faithfulness_bound <= report.worst.interval[0]
    # fresh rows in that region agree
    whole = to_interaction_values(approximator.spectrum_, index="Fourier", max_order=None)
    fresh = faithfulness(curved, whole)
    for score in fresh.regions:
        low, high = known[score.keep].interval
        assert low - 0.02 < score.r_squared < high + 0.02


def test_the_forecast_is_of_the_worst_region():
    noise = np.random.default_rng(3).normal(size=2**12)

    def noisy(rows):
        return curved(rows) + 0.2 * noise[(rows @ np.arange(1, N + 1) ** 2) % 2**12]

    approximator = asking_for_the_range()
    approximator.approximate(900, noisy)
    report = approximator.report_
    (half, before), (rows, after) = report.learning_curve
    assert (half, rows) == (450, 900)
    assert after == pytest.approx(1.0 - report.faithfulness)
    assert 0.0 < before < 2.0


def test_stopping_looks_at_the_worst_region():
    weights = sum(region.size_weights(N) for region in (NEAR, Region(0.5)))
    settings = {"n": N, "index": "FBII", "random_state": 0, "sampling_weights": weights}
    easy = asking()(**settings, stop_at=0.5)
    easy.approximate(1000, curved)

    class Strict(ProxySPEX):
        def _design(self, budget, seed):
            design = super()._design(budget, seed)
            return replace(design, asked=(NEAR, Region(0.5)))

    strict = Strict(**settings, stop_at=0.5)
    strict.approximate(1000, curved)
    assert strict.report_.rows >= easy.report_.rows
    if strict.report_.rows < 1000:
        assert strict.report_.faithfulness_bound > 0.5


def test_explanations_are_compared_where_players_are_removed():
    """Two that differ in an interaction of many players, which only the nearly full ones have."""
    rng = np.random.default_rng(0)
    additive = {(i,): value for i, value in enumerate(rng.normal(size=12))}
    one, other = (
        to_interaction_values(
            spectrum_of_moebius(Spectrum.from_dict(12, additive | {tuple(range(8)): extra})),
            index="Moebius",
            max_order=12,
        )
        for extra in (0.0, 5.0)
    )
    compared = compare(one, other)
    assert compared.regions["near"] > 0.1 > 0.05 > compared.regions[0.5] > compared.regions[0.1]
    assert compared.to_dict()["regions"]["near"] == compared.regions["near"]
    assert "predictions with up to 3 of 12 players removed" in str(compared)
    assert set(compare(one, one).regions.values()) == {0.0}
    assert compare(*2 * [to_interaction_values(Spectrum(3), index="CHII")]).regions == {}


def test_any_explanation_is_judged_in_regions_of_fresh_or_given_rows():
    spectrum = Spectrum.from_dict(
        N, {(): 1.0, **{(i,): np.sin(i) for i in range(N)}, (0, 1): 0.5, (2, 3, 4): 0.5}
    )
    values = to_interaction_values(spectrum, index="FBII", max_order=2)
    judged = faithfulness(spectrum, values, n_coalitions=500)
    coalitions = rows_of((0.5, 0.9, 0.95), 1500, seed=5)
    given = faithfulness((coalitions, spectrum.evaluate(coalitions)), values)
    assert given.scores == {}
    assert given.insertion is None
    for fresh, other in zip(judged.regions, given.regions, strict=True):
        assert fresh.interval[0] < other.r_squared < fresh.interval[1]
        assert fresh.interval[0] < fresh.r_squared < fresh.interval[1]
    json.dumps(given.to_dict(), allow_nan=False)
    assert "with up to 5 of 30 players removed: R2" in str(given)
    few = faithfulness((coalitions[:30], spectrum.evaluate(coalitions[:30])), values)
    assert "unknown, too few rows there" in str(few)


@pytest.mark.parametrize(
    ("change", "error"),
    [({"regions": ("far",)}, TypeError), ({"regions": (1.5,)}, ValueError)],
)
def test_unknown_regions_are_refused(change, error):
    spectrum = Spectrum.from_dict(4, {(0,): 1.0})
    values = to_interaction_values(spectrum, index="FBII", max_order=2)
    with pytest.raises(error, match='a region that is not "near", "sizes" or "kernel" must'):
        faithfulness(spectrum, values, **change)
    rows = np.ones((3, 4), dtype=bool)
    with pytest.raises(ValueError, match="do not fit"):
        faithfulness((rows, np.ones(2)), values)
    with pytest.raises(ValueError, match="a pair of coalitions"):
        faithfulness((rows,), values)


def test_the_whole_spectrum_that_is_proposed_is_the_one_that_is_judged():
    def curved(rows):
        near = rows @ np.linspace(-0.5, 1.0, 14)
        return np.tanh(near + 2.0 * rows[:, 0] * rows[:, 1])

    approximator = ProxySPEX(n=14, index="SV", max_order=1, random_state=0, keep=0.5)
    approximator.approximate(200, curved)
    half = next(region for region in approximator.report_.regions if region.keep == 0.5)
    assert half.instead == "the whole spectrum (spectrum_)"
    assert half.instead_r_squared == pytest.approx(half.r_squared, abs=1e-9)
