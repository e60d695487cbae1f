"""Which coalitions an explanation is about: what can be asked, and that it is used."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import SPEX, ProxySPEX
from shapiq_spex.designs.law import LAW_NAMES, SizeLaw, size_weights
from tests.intervals.proxies import Quadratic

KEEPS = (*LAW_NAMES, 0.25, 0.9)
BOTH = pytest.mark.parametrize("make", [ProxySPEX, SPEX])


def curved(coalitions):
    return np.tanh(coalitions @ np.linspace(-0.5, 1.0, coalitions.shape[1]))


@BOTH
@pytest.mark.parametrize("keep", ["auto", *KEEPS, 1e-6, np.float64(0.3), np.float32(0.5)])
def test_laws_and_probabilities_are_accepted(make, keep):
    approximator = make(n=20, index="FBII", keep=keep)
    assert approximator.keep == keep
    expected = {"auto": "range" if make is ProxySPEX else "uniform"}.get(keep, keep)
    named = expected if isinstance(expected, str) else float(expected)
    law = SizeLaw.named(20, named, paired=False)
    np.testing.assert_array_equal(approximator.law.size_weights, law.size_weights)
    assert approximator.law.basis == law.basis


@BOTH
@pytest.mark.parametrize("keep", [0, 1, 0.0, 1.0, -0.5, 90, np.nan, np.inf, True, "often", "0.9"])
def test_other_names_and_numbers_are_refused(make, keep):
    message = "keep must be the probability .* above 0 and below 1, or one of auto, uniform, .* got"
    with pytest.raises(ValueError, match=message):
        make(n=20, keep=keep)


@BOTH
@pytest.mark.parametrize("keep", [[0.9], ("near",), {0.9}, 1j, np.array([0.5, 0.5])])
def test_what_is_neither_a_name_nor_a_number_is_refused(make, keep):
    with pytest.raises(TypeError, match=r"keep must be the probability .* got"):
        make(n=20, keep=keep)


@BOTH
@pytest.mark.parametrize("index", ["FBII", "SV", "WBII"])
def test_a_single_player_has_no_law_and_is_explained_exactly(make, index):
    for keep in KEEPS:
        approximator = make(n=1, max_order=1, index=index, keep=keep)
        values = approximator.approximate(2, lambda rows: 3.0 * rows[:, 0])
        assert values[(0,)] == pytest.approx(3.0)
        assert approximator.report_.exact


def test_names_from_arrays_are_names():
    (keep,) = np.array(["near"])
    assert repr(ProxySPEX(n=20, keep=keep).keep) == "'near'"


@BOTH
@pytest.mark.parametrize("keep", KEEPS)
def test_the_law_is_part_of_what_an_approximator_is(make, keep):
    one, same, other = (make(n=20, random_state=0, keep=k) for k in (keep, keep, "auto"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert f"keep={keep!r}" in repr(one)


@pytest.mark.parametrize("keep", KEEPS)
def test_smaller_budgets_ask_for_a_prefix(keep):
    approximator = ProxySPEX(n=30, index="FBII", random_state=1, keep=keep)
    few, many = (approximator.plan(budget).coalitions for budget in (90, 250))
    assert many[:90] == few


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("make", [ProxySPEX, SPEX])
def test_the_coalitions_of_the_plan_are_evaluated_and_recognised(make, keep):
    asked = []

    def recorded(coalitions):
        asked.append(coalitions.copy())
        return curved(coalitions)

    settings = {"n": 14, "index": "FBII", "random_state": 2, "keep": keep}
    values = make(**settings).approximate(120, recorded)
    plan = make(**settings).plan(120).coalitions.dense()
    np.testing.assert_array_equal(np.concatenate(asked), plan)
    again = make(**settings).approximate_from(plan, curved(plan))
    np.testing.assert_array_equal(values.values, again.values)


@pytest.mark.parametrize("keep", [0.9, "near"])
def test_a_run_that_may_stop_draws_by_the_law(keep):
    asked = []

    def additive(coalitions):
        asked.append(coalitions.copy())
        return coalitions @ np.arange(20.0)

    settings = {"n": 20, "index": "FBII", "random_state": 3, "keep": keep}
    ProxySPEX(**settings, stop_at=0.5).approximate(300, additive)
    rows = np.concatenate(asked)
    plan = ProxySPEX(**settings).plan(300).coalitions.dense()
    np.testing.assert_array_equal(rows, plan[: len(rows)])


def rough(coalitions):
    """A sum, and answers without structure where more than three tenths are removed."""
    n = coalitions.shape[1]
    noise = np.random.default_rng(0).normal(size=2**12)
    place = coalitions @ np.arange(1, n + 1) ** 2 % 2**12
    lost = coalitions.mean(axis=1) < 0.7
    return coalitions @ np.linspace(1.0, 5.0, n) + 2.0 * lost * noise[place]


def half(report):
    return next(score for score in report.regions if score.keep == 0.5)


@pytest.mark.parametrize(("keep", "stops"), [(0.9, True), ("near", True), (0.5, False)])
def test_a_run_stops_by_the_law_that_is_asked(keep, stops):
    approximator = ProxySPEX(
        n=16, index="FBII", random_state=0, keep=keep, stop_at=0.6, proxy_model=Quadratic()
    )
    approximator.approximate(500, rough)
    report = approximator.report_
    assert (report.rows < 500) == stops
    assert report.worst.keep == keep
    assert not half(report).r_squared > 0.6


@pytest.mark.parametrize("keep", [0.9, "near"])
def test_a_forecast_is_about_the_law_that_is_asked(keep):
    approximator = ProxySPEX(n=16, index="FBII", random_state=0, keep=keep, proxy_model=Quadratic())
    approximator.approximate(500, rough)
    report = approximator.report_
    reached = report.worst.r_squared
    assert report.worst.keep == keep
    assert half(report).r_squared < reached - 0.3
    (_, _), (rows, unexplained) = report.learning_curve
    assert rows == 500
    assert unexplained == pytest.approx(1.0 - reached)
    assert "is reached" in str(report.forecast(reached - 0.01))
    assert report.forecast(reached + 0.02).high > 500


@pytest.mark.parametrize("keep", [0.9, "near", "kernel"])
def test_half_of_the_coalitions_beside_a_code_follow_the_law(keep):
    budget, n = 1500, 60
    settings = {"n": n, "index": "FBII", "random_state": 0}
    rows = SPEX(**settings, keep=keep).plan(budget).coalitions
    own = ProxySPEX(**settings, keep=keep).plan(budget // 2).coalitions
    assert rows[: budget // 2 - 2] == own[: budget // 2 - 2]
    coded = rows.sizes()[budget // 2 + 2 :]
    assert abs(coded.mean() - n / 2) < 4 * np.sqrt(n / 4 / len(coded))


@pytest.mark.parametrize("keep", ["uniform", 0.5])
def test_for_a_uniform_law_the_code_takes_all_coalitions_as_by_default(keep):
    settings = {"n": 60, "index": "FBII", "random_state": 0}
    default = SPEX(**settings).plan(1500).coalitions
    assert SPEX(**settings, keep=keep).plan(1500).coalitions == default


def saturating(seed, n_players=30):
    """Players whose effects saturate, so that few removed change little, and pairs of them."""
    rng = np.random.default_rng(seed)
    weights = rng.gamma(2.0, 1.0, n_players)
    weights /= weights.sum()
    pairs = [rng.choice(n_players, 2, replace=False) for _ in range(4)]

    def game(coalitions):
        both = sum(coalitions[:, pair].all(axis=1) for pair in pairs)
        return np.tanh(4.0 * (coalitions @ weights - 0.3)) + 0.03 * both

    return game


@pytest.mark.parametrize("seed", range(3))
def test_the_default_explanation_holds_near_the_input_where_effects_saturate(seed):
    n, budget = 30, int(4 * 30 * np.log2(30))
    game, rng = saturating(seed), np.random.default_rng(100 + seed)
    sizes = rng.choice(n + 1, size=1000, p=size_weights(n, "near"))
    near = rng.permuted(np.arange(n) < sizes[:, None], axis=1)
    half = rng.random((1000, n)) < 0.5

    def r_squared(keep, rows):
        approximator = ProxySPEX(n=n, index="FBII", random_state=seed, keep=keep)
        approximator.approximate(budget, game)
        truth = game(rows)
        return 1 - np.mean((truth - approximator.spectrum_.evaluate(rows)) ** 2) / truth.var()

    assert r_squared("auto", near) > 0.9
    assert r_squared("auto", half) > 0.95
    assert r_squared("uniform", near) < 0.5


@BOTH
@pytest.mark.parametrize("keep", [0.99, 1 - 1e-9, 0.01])
def test_where_coalitions_next_to_the_end_run_out_the_rows_are_those_beside_them(make, keep):
    approximator = make(n=30, index="FBII", keep=keep, random_state=0)
    rows = approximator.plan(500).coalitions
    assert len(rows) == len(rows.distinct()[0]) == 500
    assert approximator.plan(200).coalitions == rows[np.arange(200)]
    moved = np.minimum(rows.sizes(), 30 - rows.sizes())
    assert [(moved == count).sum() for count in (0, 1)] == [2, 30]
    assert (moved == 2).sum() > 80
    assert (moved == 3).sum() > 25


def test_a_report_does_not_advise_more_rows_where_none_are_left():
    approximator = ProxySPEX(n=30, index="FBII", keep=0.99, random_state=0)
    approximator.approximate(500, lambda rows: 1.0 * (rows[:, 0] & rows[:, 1]))
    asked = approximator.report_.regions[0]
    assert asked.evaluated == pytest.approx(0.88, abs=0.02)
    assert not asked.known
    assert "larger budget" not in str(approximator.report_)
    assert "removed: use faithfulness(regions=[0.99])" in str(approximator.report_)


@BOTH
@pytest.mark.parametrize("n", [10, 25])
def test_complements_are_evaluated_from_as_many_pairs_as_players_on(make, n):
    def pairs(rows, **settings):
        approximator = make(n=n, index="SV", max_order=1, random_state=0, **settings)
        return len(np.unique(approximator.plan(rows).coalitions.pair_of_row()))

    assert pairs(2 * n + 2) == n + 1
    assert pairs(2 * n + 1) > 1.7 * n  # few happen to be complements
    if make is ProxySPEX:
        assert pairs(2 * n, pairing_trick=True) == n
