"""A game in other units, a v + b, has the same explanation in other units, or is refused early."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapiq_spex import SPEX, Ablation, ProxySPEX

from .approximators import Recorder

N, BUDGET = 7, 45
MAKE = {
    "auto": ProxySPEX,
    "fast": lambda **settings: ProxySPEX(proxy_model="fast", **settings),
    "lightgbm": lambda **settings: ProxySPEX(proxy_model="lightgbm", hpo=False, **settings),
    "SPEX": SPEX,
}
KINDS = pytest.mark.parametrize("kind", MAKE)
EPS = np.finfo(float).eps
SINGLE_PRECISION = {"auto": 2e-3, "fast": 2e-3, "SPEX": 2e-3, "lightgbm": 2e-2}
"""What rounding the answers differently may do: kernels and trees compute in single precision, and
trees break ties by it. The spread of the game is 6."""


def plain(kept):
    """Effects, interactions and a little of everything else; spread about 6."""
    effects = np.random.default_rng(0).normal(size=N)
    smooth = kept @ effects
    few = 2.0 * (kept[:, 0] & kept[:, 1]) - 1.3 * kept[:, 2:5].all(axis=1)
    return 0.4 * smooth + few + 0.05 * np.sin(37.0 * smooth)


def explained(kind, game):
    """The values by players, R2, the verdict's first words, interval ends, established signs."""
    approximator = MAKE[kind](n=N, index="k-SII", max_order=2, random_state=0)
    values = approximator.approximate(BUDGET, game)
    report, intervals = approximator.report_, approximator.intervals()
    terms = sorted(values.interaction_lookup, key=lambda term: (len(term), term))[1:]
    lower, upper = np.transpose([intervals[term] for term in terms])
    return (
        np.array([values[term] for term in terms]),
        np.array([report.faithfulness, report.additive_faithfulness, report.interaction_gain]),
        report.verdict.split(":")[0],
        lower,
        upper,
        set(intervals.established()),
    )


@cache
def plainly_explained(kind):
    return explained(kind, plain)


@KINDS
@settings(max_examples=4)
@given(
    exponent=st.floats(-300, 288),  # with the largest offset, answers stay below the limit of 1e300
    sign=st.sampled_from([1.0, -1.0]),
    offset=st.one_of(st.just(0.0), st.floats(-1e10, 1e10)),
)
def test_explanations_are_equivariant_under_scales_and_offsets(kind, exponent, sign, offset):
    scale = sign * 10.0**exponent
    values, shares, verdict, *ends, established = plainly_explained(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = explained(kind, lambda kept: scale * (plain(kept) + offset))
    tolerance = SINGLE_PRECISION[kind] if offset else 1e-9
    np.testing.assert_allclose(found[0] / scale, values, atol=tolerance)
    np.testing.assert_allclose(found[1], shares, atol=tolerance)
    assert found[2] == verdict
    lower, upper = (found[3] / scale, found[4] / scale)[:: int(sign)]
    np.testing.assert_allclose([lower, upper], ends, atol=tolerance)
    assert found[5] == established


@KINDS
@pytest.mark.parametrize("power", [-1000, 990])
def test_a_power_of_two_changes_no_bit(kind, power):
    values, shares, verdict, lower, upper, established = plainly_explained(kind)
    found = explained(kind, lambda kept: np.ldexp(plain(kept), power))
    for moved, part in zip((found[0], *found[3:5]), (values, lower, upper), strict=True):
        np.testing.assert_array_equal(np.ldexp(moved, -power), part)
    np.testing.assert_array_equal(found[1], shares)
    assert found[2] == verdict
    assert found[5] == established


@pytest.mark.parametrize(("scale", "offset"), [(1e200, 0.0), (-1e-300, 1e3), (3.0, 1e10)])
def test_decoded_terms_are_equivariant_as_well(scale, offset):
    def parities(kept):
        signs = 1.0 - 2.0 * kept
        return signs[:, :3].prod(axis=1) - 0.5 * signs[:, 2:7].prod(axis=1)

    def decoded(game):
        approximator = SPEX(n=60, index="FBII", max_order=5, random_state=0)
        values = approximator.approximate(800, game)
        return values, approximator.report_

    values, report = decoded(parities)
    moved, other = decoded(lambda kept: scale * (parities(kept) + offset))
    assert other.estimators == report.estimators == {"code": 1.0}
    assert other.faithfulness == pytest.approx(report.faithfulness, abs=1e-9)
    assert other.deviation / abs(scale) == pytest.approx(report.deviation, rel=1e-4)
    for term in ((0, 1, 2), (2, 3, 4, 5, 6), (0,), (1, 2)):
        assert moved[term] / scale == pytest.approx(values[term], abs=1e-9 + 1e3 * EPS * offset)


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e10])
@pytest.mark.parametrize("budget", [12, 30, 60])
def test_an_offset_makes_no_game_additive(budget, offset):
    def pair(kept):
        return 2.0 * (kept[:, 0] & kept[:, 1]) + kept @ np.linspace(0.1, 0.9, 9) + offset

    approximator = ProxySPEX(n=9, index="FBII", proxy_model="fast", max_order=2, random_state=0)
    values = approximator.approximate(budget, pair)
    report = approximator.report_
    assert "additive" not in report.estimators or report.estimators["additive"] < 1
    if report.faithfulness > 1 - 1e-9:
        assert values[(0, 1)] == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize("offset", [0.0, 1e10, -1e10])
def test_a_sum_stays_a_sum_with_an_offset(offset):
    weights = np.random.default_rng(3).normal(size=9)
    approximator = ProxySPEX(n=9, index="SV", max_order=1, random_state=0)
    values = approximator.approximate(30, lambda kept: kept @ weights + offset)
    assert approximator.report_.faithfulness == 1.0
    found = [values[(player,)] for player in range(9)]
    np.testing.assert_allclose(found, weights, atol=1e-9 + 100 * EPS * abs(offset))


REFUSED = {
    "too large": (lambda kept: 1e305 * plain(kept), "largest that can be computed with is 1e"),
    "too large an offset": (lambda kept: plain(kept) + 1e13, "subtract the offset"),
    "a few roundings": (lambda kept: np.round(plain(kept)) * 2.0 + 1e16, "subtract the offset"),
    "too small": (lambda kept: 1e-321 * plain(kept), "multiply the game by a constant"),
}


@KINDS
@pytest.mark.parametrize("wrong", REFUSED)
@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_what_floating_point_cannot_serve_is_refused_at_the_first_answers(kind, wrong, on_error):
    game, message = REFUSED[wrong]
    recorder = Recorder(game)
    policy = Ablation(batch_size=10, on_error=on_error)
    approximator = MAKE[kind](n=12, index="k-SII", max_order=2, random_state=0, ablation=policy)
    with pytest.raises(ValueError, match=message):
        approximator.approximate(300, lambda kept: recorder(kept[:, :N]))
    assert len(recorder.rows) <= 20


@pytest.mark.parametrize("wrong", REFUSED)
def test_given_values_and_outputs_are_refused_as_well(wrong):
    game, message = REFUSED[wrong]
    rows = np.random.default_rng(0).random((40, N)) < 0.5
    with pytest.raises(ValueError, match=message):
        ProxySPEX(n=N).approximate_from(rows, game(rows))
    recorder = Recorder(lambda kept: np.column_stack([plain(kept), game(kept)]))
    approximator = ProxySPEX(n=N, ablation=Ablation(batch_size=10))
    with pytest.raises(ValueError, match=message):
        approximator.approximate_outputs(100, recorder)
    assert len(recorder.rows) <= 20


def test_stored_answers_that_cannot_be_served_cost_no_others(tmp_path):
    game, message = REFUSED["too large an offset"]
    policy = Ablation(batch_size=10, store=tmp_path / "answers.db", fingerprint="game")
    for asked in (20, 0):
        recorder = Recorder(game)
        with pytest.raises(ValueError, match=message):
            ProxySPEX(n=N, random_state=0, ablation=policy).approximate(100, recorder)
        assert sum(map(len, recorder.batches)) == asked


@pytest.mark.parametrize("constant", [1e300, -1e200, 1e-200, 5e-324, 0.0])
def test_constant_games_are_constant_in_any_units(constant):
    approximator = ProxySPEX(n=9, index="SV", max_order=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = approximator.approximate(40, lambda kept: np.full(len(kept), constant))
    assert all(abs(values[(player,)]) <= 1e-12 * abs(constant) for player in range(9))
    assert values[()] == pytest.approx(constant, rel=1e-12, abs=0.0)
    assert "constant" in approximator.report_.verdict


@pytest.mark.parametrize(("scale", "offset"), [(-3.0, 0.0), (7.3, 0.0), (1.0, 0.7)])
def test_whether_an_end_is_outlying_is_not_decided_by_rounding(scale, offset):
    """The empty coalition lies just three standard deviations below the mean of the others."""

    def game(kept):
        return np.minimum(kept[:, :2].sum(axis=1), kept[:, 2:].sum(axis=1)) * 1.0

    first, second = (
        ProxySPEX(n=5, index="FBII", max_order=2, proxy_model="fast", random_state=0)
        for _ in range(2)
    )
    values = first.approximate(7, game)
    moved = second.approximate(7, lambda kept: scale * game(kept) + offset)
    assert first.report_.notes == second.report_.notes
    for term in values.interaction_lookup:
        if term:
            assert moved[term] == pytest.approx(scale * values[term], abs=1e-3 * abs(scale))


@pytest.mark.parametrize("proxy", ["fast", "auto"])
@pytest.mark.parametrize(("scale", "offset"), [(-3.0, 0.0), (7.3, 0.0), (1.0, 0.7)])
@pytest.mark.parametrize("game", ["majority", "switch"])
def test_ties_of_few_rows_are_broken_alike_in_all_units(game, scale, offset, proxy):
    n, rows = (8, 10) if game == "majority" else (10, 12)

    def value(kept):
        if game == "majority":
            return (kept.sum(axis=1) > n / 2) * 1.0
        return np.where(kept[:, 0], kept[:, -1], kept[:, n // 2]) * 1.0

    def explained(function):
        approximator = ProxySPEX(n=n, index="FBII", max_order=2, random_state=0, proxy_model=proxy)
        return approximator.approximate(rows, function)

    plain = explained(value)
    other = explained(lambda kept: scale * value(kept) + offset)
    for term in plain.interaction_lookup:
        if term:
            assert other[term] / scale == pytest.approx(plain[term], abs=1e-6)
