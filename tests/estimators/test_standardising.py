"""What every proxy does first: checks, plain games, units and outlying ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapiq_spex.estimators import standardising
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.standardising import additive_fit, fit_standardised
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from tests.estimators.samples import game, random_rows, seeds, uniform


class Recorder:
    """A proxy that remembers what it was fitted to and answers with the first player."""

    def __init__(self, *, additive=True, notes=()):
        self.additive, self.notes = additive, notes

    def __call__(self, coalitions, values, rng):
        self.coalitions, self.values = coalitions, values
        spectrum = Spectrum.from_dict(coalitions.n_players, {(0,): 1.0})
        held_out = np.where(np.arange(len(values)) == 1, np.nan, 0.5)
        additive = np.full(len(values), 0.25) if self.additive else None
        return Fit(spectrum, held_out, additive, {"recorder": 1.0}, self.notes)


def run(coalitions, values, proxy=None, **options):
    proxy = proxy or Recorder()
    fit = fit_standardised(proxy, coalitions, values, np.random.default_rng(0), **options)
    return proxy, fit


def test_the_proxy_sees_standardised_values_and_answers_in_their_units():
    rows = random_rows(np.random.default_rng(0), 40, 6, paired=True)
    values = 7.0 + 3.0 * game(rows)
    proxy, fit = run(rows, values, Recorder(notes=("a note",)))
    assert proxy.coalitions == rows
    np.testing.assert_allclose(proxy.values, (values - values.mean()) / values.std())
    assert fit.spectrum.to_dict() == pytest.approx({(): values.mean(), (0,): values.std()})
    expected = np.full(40, values.mean() + 0.5 * values.std())
    expected[1] = np.nan
    np.testing.assert_allclose(fit.held_out, expected)
    np.testing.assert_allclose(fit.additive, values.mean() + 0.25 * values.std())
    assert fit.shares == {"recorder": 1.0}
    assert fit.notes == ("a note",)


def test_a_proxy_without_an_additive_part_stays_without():
    rows = random_rows(np.random.default_rng(0), 40, 6, paired=True)
    assert run(rows, game(rows), Recorder(additive=False))[1].additive is None


@given(value=st.floats(-1e12, 1e12), n_rows=st.integers(1, 20))
def test_constant_games_are_not_fitted(value, n_rows):
    rows = Coalitions.all_of(5)[:n_rows]
    proxy, fit = run(rows, np.full(n_rows, value))
    assert not hasattr(proxy, "values")
    assert fit.spectrum.mean == value
    assert fit.spectrum.variance == 0
    for predictions in (fit.held_out, fit.additive):
        np.testing.assert_array_equal(predictions, np.full(n_rows, value))
    assert fit.shares == {"constant": 1.0}


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_is_constant_is_decided_relative_to_the_largest_value(sign):
    rows = Coalitions.all_of(3)[:4]
    differ = sign * (1e6 + np.array([0.0, 1e-3, 2e-3, 1e-3]))
    assert hasattr(run(rows, differ)[0], "values")
    assert not hasattr(run(rows, sign * (1e6 + np.array([0, 1e-7, 0, 0])))[0], "values")


@given(seed=seeds, n_players=st.integers(3, 12))
def test_a_sum_of_effects_is_found_from_two_rows_more_than_players(seed, n_players):
    rng = np.random.default_rng(seed)
    effects = rng.normal(size=n_players)
    every = Coalitions.all_of(n_players)
    order = rng.permutation(len(every))
    # the rows must have full rank: the empty coalition, the single players and two more
    numbers = [0, *(1 << np.arange(n_players))]
    numbers = [*numbers, *(k for k in order if k not in numbers)][: n_players + 2]
    rows = every[np.array(numbers)]
    values = 5.0 + rows.dense() @ effects
    found = additive_fit(rows, values)
    assert found is not None
    np.testing.assert_allclose(found.spectrum(every), 5.0 + every.dense() @ effects, atol=1e-9)
    np.testing.assert_array_equal(found.held_out, values)
    np.testing.assert_array_equal(found.additive, values)
    assert found.shares == {"additive": 1.0}
    assert additive_fit(rows[:-1], values[:-1]) is None  # as many rows as unknowns
    shifted = values + 1e-6 * np.abs(values).max() * (np.arange(len(values)) == 0)
    assert additive_fit(rows, shifted) is None


def test_three_rows_of_two_players_are_completed_by_a_sum():
    rows = Coalitions.all_of(2)[:3]
    fit = additive_fit(rows, np.array([1.0, 3.0, 5.0]))
    assert fit is not None
    np.testing.assert_allclose(fit.spectrum(Coalitions.all_of(2)), [1.0, 3.0, 5.0, 7.0])
    assert additive_fit(rows[:2], np.array([1.0, 3.0])) is None


def test_rows_of_deficient_rank_show_no_sum():
    rows = Coalitions.all_of(6)[:8]  # three of six players vary
    assert additive_fit(rows, rows.dense() @ np.arange(6.0)) is None


def test_pairs_of_unequal_sums_rule_a_sum_out(monkeypatch):
    def refuse(*_):
        raise AssertionError("least squares would be superfluous")

    rows = random_rows(np.random.default_rng(1), 20, 8, paired=True)
    monkeypatch.setattr(np.linalg, "lstsq", refuse)
    assert additive_fit(rows, game(rows)) is None


def test_sums_are_left_to_the_proxy_where_rows_or_players_are_many(monkeypatch):
    rows = random_rows(np.random.default_rng(2), 57, 6, paired=False)
    values = rows.dense() @ np.arange(6.0)
    assert additive_fit(rows[:56], values[:56]) is not None  # eight times seven unknowns
    assert additive_fit(rows, values) is None
    monkeypatch.setattr(standardising, "_MOST_PLAYERS", 5)
    assert additive_fit(rows[:56], values[:56]) is None


def with_ends(n_players=9, n_rows=60, empty=0.0, full=0.0):
    """Rows with the ends at positions 3 and 10, whose values are deviations from the mean."""
    rng = np.random.default_rng(3)
    inner = random_rows(rng, n_rows, n_players, paired=False)
    inner = inner[(inner.sizes() > 0) & (inner.sizes() < n_players)].dense()
    empty_row, full_row = np.zeros((1, n_players), bool), np.ones((1, n_players), bool)
    dense = np.concatenate([inner[:3], empty_row, inner[3:9], full_row, inner[9:]])
    rows = Coalitions.from_dense(dense)
    values = game(rows)
    inside = np.delete(values, [3, 10])
    values[3], values[10] = (inside.mean() + inside.std() * end for end in (empty, full))
    return rows, values


@pytest.mark.parametrize(
    ("empty", "full", "left_out", "name"),
    [
        (-3.1, 0.0, [3], "empty coalition"),
        (0.0, 3.1, [10], "full coalition"),
        (50.0, -50.0, [3, 10], "empty and full coalition"),
        (2.9, -2.9, [], None),
    ],
)
def test_ends_far_outside_the_other_values_are_left_out_and_named(empty, full, left_out, name):
    rows, values = with_ends(empty=empty, full=full)
    proxy, fit = run(rows, values, Recorder(notes=("own",)), leave_out_outliers=True)
    used = np.delete(np.arange(len(values)), left_out)
    assert proxy.coalitions == rows[used]
    assert np.isnan(fit.held_out[left_out]).all()
    assert np.isfinite(fit.held_out[used]).sum() == len(used) - 1
    assert np.isnan(fit.additive[left_out]).all()
    assert fit.spectrum.mean == pytest.approx(values[used].mean())
    if name is None:
        assert fit.notes == ("own",)
    else:
        assert fit.notes[1:] == ("own",)
        assert f"of the {name} lies more than three standard deviations" in fit.notes[0]


def test_ends_stay_if_they_are_not_to_be_left_out_or_few_others_are_known():
    rows, values = with_ends(empty=50.0)
    assert run(rows, values)[0].coalitions == rows
    few = np.array([3, 10, 0, 1, 2])
    kept, _ = run(rows[few], values[few], leave_out_outliers=True)
    assert kept.coalitions == rows[few]
    more = np.array([3, 10, 0, 1, 2, 4])
    left, fit = run(rows[more], values[more], leave_out_outliers=True)
    assert left.coalitions == rows[more[1:]]
    assert len(fit.notes) == 1


def test_a_game_that_is_constant_but_for_its_ends_is_constant_with_a_note():
    rows, values = with_ends()
    values[:] = 4.0
    values[3] = 100.0
    _, fit = run(rows, values, leave_out_outliers=True)
    assert fit.spectrum.to_dict() == {(): 4.0}
    assert "empty" in fit.notes[0]


def test_a_sum_is_a_sum_with_its_ends():
    rows = uniform(np.random.default_rng(5), 30, 8)
    rows = Coalitions.ends(8).concatenate(rows)
    rows, _ = rows.distinct()
    values = rows.dense() @ np.full(8, 2.0)
    _, fit = run(rows, values, leave_out_outliers=True)
    np.testing.assert_allclose(fit.spectrum(rows), values, atol=1e-9)


def test_wrong_inputs_are_refused_with_a_reason():
    rows = Coalitions.from_dense([[True, False, True], [False, False, True]])
    with pytest.raises(ValueError, match="one value per coalition, got 2 coalitions and values"):
        run(rows, np.zeros(3))
    with pytest.raises(ValueError, match="at least one coalition"):
        run(rows[:0], np.zeros(0))
    with pytest.raises(ValueError, match="finite numbers, got 1 that are not"):
        run(rows, np.array([0.0, np.nan]))
    with pytest.raises(ValueError, match="distinct"):
        run(rows[np.array([0, 0])], np.zeros(2))


def majority(kept):
    return 1.0 * (2 * kept.sum(axis=1) > kept.shape[1])


def weighted_vote(kept, rng):
    return 1.0 * (kept @ rng.integers(1, 4, kept.shape[1]) > rng.integers(1, kept.shape[1]))


def antisymmetric(kept, rng):
    """v(S) = -v(complement of S), with as many values as pairs."""
    signs = 1.0 - 2.0 * kept
    return (signs @ rng.normal(size=kept.shape[1])) ** 3


def a_few_wins(kept, rng):
    """Players win in some teams of two or three."""
    teams = [rng.choice(kept.shape[1], rng.integers(2, 4), replace=False) for _ in range(3)]
    return 1.0 * np.any([kept[:, team].all(axis=1) for team in teams], axis=0)


@pytest.mark.parametrize("n_pairs", [9, 12, 15, 17, 30])
def test_pairs_of_an_odd_game_do_not_make_it_additive(n_pairs):
    """Their sums are all equal, as in a majority, so that complements tell nothing."""
    half = np.random.default_rng(0).permutation(2**14)[:n_pairs, None] >> np.arange(15) & 1 == 1
    rows = Coalitions.from_dense(np.concatenate([half, ~half]))
    for values in (majority(rows.dense()), antisymmetric(rows.dense(), np.random.default_rng(1))):
        assert additive_fit(rows, values) is None


@pytest.mark.parametrize("vote", [weighted_vote, a_few_wins, antisymmetric])
@given(seed=seeds, n_players=st.integers(5, 15), per_player=st.floats(2, 4), paired=st.booleans())
def test_games_with_few_values_are_not_additive_by_chance(
    vote, seed, n_players, per_player, paired
):
    every = Coalitions.all_of(n_players)
    values = vote(every.dense(), np.random.default_rng(seed))
    rng = np.random.default_rng([seed, 1])
    chosen = rng.permutation(len(every) // 2)[: int(per_player * n_players / (2 if paired else 1))]
    if paired:
        chosen = np.concatenate([chosen, len(every) - 1 - chosen])
    else:
        chosen = np.where(rng.random(len(chosen)) < 0.5, chosen, len(every) - 1 - chosen)
    found = additive_fit(every[chosen], values[chosen])
    if found is not None:
        np.testing.assert_allclose(found.spectrum(every), values, atol=1e-8)


@pytest.mark.parametrize("offset", [0.0, 1e6, -1e10])
def test_an_offset_neither_makes_a_sum_nor_hides_one(offset):
    rows = random_rows(np.random.default_rng(6), 30, 9, paired=False)
    effects = rows.dense() @ np.random.default_rng(7).normal(size=9)
    assert additive_fit(rows, offset + effects) is not None
    bent = effects + 0.01 * (rows.dense()[:, 0] & rows.dense()[:, 1])
    assert additive_fit(rows, offset + bent) is None


def jumping(n_jumps, *, level=0.01, n_rows=200, seed=0):
    """A small additive game in which some rows jump, and where they do."""
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, n_rows, 10, paired=False)
    values = level * (rows.dense() @ rng.normal(size=10))
    jumps = rng.choice(n_rows, n_jumps, replace=False)
    values[jumps] += 1.0
    return rows, values, jumps


class Line(Recorder):
    """A proxy that predicts each row by an additive fit to all, jumps or not, but for some."""

    def __init__(self, known=()):
        super().__init__()
        self.known = known

    def __call__(self, coalitions, values, rng):
        self.coalitions = coalitions
        columns = np.column_stack([np.ones(len(values)), 1.0 - 2.0 * coalitions.dense()])
        effects = np.linalg.lstsq(columns, values)[0]
        predictions = columns @ effects
        known = np.asarray(self.known, dtype=int)
        if len(values) == 200:
            predictions[known] = values[known]
        players = np.arange(coalitions.n_players)[:, None]
        spectrum = Spectrum(
            coalitions.n_players, [(np.empty((1, 0)), effects[:1]), (players, effects[1:])]
        )
        return Fit(spectrum, predictions, predictions, {"additive": 1.0})


@pytest.mark.parametrize("n_jumps", [1, 2, 3])
def test_isolated_values_are_left_out_and_judge_the_fit(n_jumps):
    rows, values, jumps = jumping(n_jumps)
    proxy, fit = run(rows, values, Line(), leave_out_outliers=True)
    assert len(proxy.coalitions) == 200 - n_jumps
    others = np.setdiff1d(np.arange(200), jumps)
    np.testing.assert_allclose(fit.held_out[others], values[others], atol=1e-9)
    np.testing.assert_allclose(fit.held_out[jumps], values[jumps] - 1.0, atol=1e-9)
    np.testing.assert_array_equal(fit.additive, fit.held_out)
    assert f"{n_jumps} of 200 values lie far outside the others." in fit.notes[-1]


def test_isolated_values_that_are_predicted_from_each_other_stay():
    rows, values, jumps = jumping(3, level=1e-5)
    _, fit = run(rows, values, Line(known=jumps), leave_out_outliers=True)
    np.testing.assert_allclose(fit.held_out[jumps], values[jumps])
    assert fit.notes == ()


@pytest.mark.parametrize(("n_jumps", "level"), [(5, 0.01), (1, 1.0)])
def test_values_that_are_not_isolated_stay(n_jumps, level):
    rows, values, _ = jumping(n_jumps, level=level)
    proxy, fit = run(rows, values, Line(), leave_out_outliers=True)
    assert len(proxy.coalitions) == 200
    assert fit.notes == ()


def test_only_who_asks_for_it_is_spared_isolated_values():
    rows, values, _ = jumping(1)
    assert len(run(rows, values, Line())[0].coalitions) == 200
