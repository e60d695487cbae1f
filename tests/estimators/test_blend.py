"""Laws of the blended proxy."""

import numpy as np
import pytest

from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.estimators.weighting import blend_weights, confidence, parsimonious

MODES = ("full", "fast")


def paired_rows(rng, n_pairs, n_players):
    rows = np.unique(rng.random((3 * n_pairs, n_players)) < 0.5, axis=0)
    rows = rows[rows[:, 0]]
    rows = rows[rng.permutation(len(rows))[:n_pairs]]
    return np.concatenate([rows, ~rows])


def game(coalitions):
    x = 1.0 - 2.0 * coalitions
    return 2 * x[:, 0] - x[:, 1] + x[:, 0] * x[:, 1] + 0.5 * x[:, 0] * x[:, 2] + 0.3 * x[:, 3]


def r_squared(truth, found):
    return 1 - np.mean((truth - found) ** 2) / truth.var()


@pytest.mark.parametrize("mode", MODES)
def test_scaling_and_shifting_the_game_scales_and_shifts_the_result(mode):
    rng = np.random.default_rng(0)
    rows = paired_rows(rng, 60, 9)
    values = game(rows) + 0.1 * rng.normal(size=len(rows))
    plain = Blend(mode).fit(rows, values, rng=np.random.default_rng(1))
    moved = Blend(mode).fit(rows, -1e6 * values + 3e6, rng=np.random.default_rng(1))
    fresh = rng.random((200, 9)) < 0.5
    expected = -1e6 * plain.spectrum(fresh) + 3e6
    np.testing.assert_allclose(moved.spectrum(fresh), expected, rtol=1e-3, atol=1e4)


@pytest.mark.parametrize("mode", MODES)
def test_equal_seeds_give_equal_results(mode):
    rng = np.random.default_rng(2)
    rows = paired_rows(rng, 50, 14)
    values = game(rows) + 0.1 * rng.normal(size=len(rows))
    one, two = (Blend(mode).fit(rows, values, rng=np.random.default_rng(3)) for _ in "ab")
    assert one.spectrum == two.spectrum
    np.testing.assert_array_equal(one.held_out, two.held_out)


@pytest.mark.parametrize("mode", MODES)
def test_renaming_the_players_renames_them_in_the_result(mode):
    rng = np.random.default_rng(4)
    rows = paired_rows(rng, 60, 9)
    values = game(rows)
    order = rng.permutation(9)
    plain = Blend(mode).fit(rows, values, rng=np.random.default_rng(5))
    renamed = Blend(mode).fit(rows[:, order], values, rng=np.random.default_rng(5))
    fresh = rng.random((200, 9)) < 0.5
    difference = renamed.spectrum(fresh[:, order]) - plain.spectrum(fresh)
    assert np.abs(difference).max() < 0.02 * values.std()


@pytest.mark.parametrize("mode", MODES)
def test_a_player_without_influence_changes_almost_nothing(mode):
    rng = np.random.default_rng(6)
    rows = paired_rows(rng, 80, 9)
    idle = rng.random(80) < 0.5
    with_idle = np.column_stack([rows, np.concatenate([idle, ~idle])])
    plain = Blend(mode).fit(rows, game(rows), rng=np.random.default_rng(7))
    larger = Blend(mode).fit(with_idle, game(rows), rng=np.random.default_rng(7))
    fresh = rng.random((300, 10)) < 0.5
    truth = game(fresh)
    assert r_squared(truth, plain.spectrum(fresh[:, :9])) > 0.99
    assert r_squared(truth, larger.spectrum(fresh)) > 0.99


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n_rows", [1, 2, 3, 5, 8])
def test_a_handful_of_rows_never_explodes(mode, n_rows):
    rng = np.random.default_rng(n_rows)
    rows = np.unique(rng.random((4 * n_rows, 6)) < 0.5, axis=0)[:n_rows]
    values = rng.normal(size=len(rows))
    fit = Blend(mode).fit(rows, values, rng=rng)
    everything = (np.arange(64)[:, None] >> np.arange(6)) & 1 == 1
    assert np.abs(fit.spectrum(everything)).max() <= 3 * np.abs(values).max()
    assert fit.held_out.shape == (n_rows,)


@pytest.mark.parametrize("mode", MODES)
def test_where_held_out_errors_say_nothing_the_additive_proxy_decides(mode):
    rng = np.random.default_rng(8)
    rows = paired_rows(rng, 150, 12)
    values = rng.normal(size=len(rows))
    values[[3, 70]] = 1e6
    fit = Blend(mode).fit(rows, values, rng=rng)
    assert set(fit.weights) <= {"additive"}


@pytest.mark.parametrize("mode", MODES)
def test_pure_noise_and_rare_enormous_values_stay_close_to_the_mean(mode):
    rng = np.random.default_rng(8)
    rows = paired_rows(rng, 60, 12)
    fresh = rng.random((2000, 12)) < 0.5
    noise = Blend(mode).fit(rows, rng.normal(size=len(rows)), rng=rng)
    assert np.mean(noise.spectrum(fresh) ** 2) < 0.3
    heavy = Blend(mode).fit(rows, 1e3 * rng.standard_cauchy(len(rows)) ** 3, rng=rng)
    assert np.isfinite(heavy.spectrum(fresh)).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_constant_game_is_constant(mode):
    rows = paired_rows(np.random.default_rng(9), 10, 5)
    fit = Blend(mode).fit(rows, np.full(len(rows), 1e-30), rng=np.random.default_rng(0))
    assert fit.spectrum.to_dict() == {(): pytest.approx(1e-30)}


def test_outlying_empty_and_full_coalitions_are_left_out_and_named():
    rng = np.random.default_rng(10)
    rows = np.concatenate([np.zeros((1, 9), bool), np.ones((1, 9), bool), paired_rows(rng, 60, 9)])
    values = game(rows)
    values[0] = 1e6
    fit = Blend("fast").fit(rows, values, rng=rng)
    assert len(fit.notes) == 1
    assert "the empty coalition" in fit.notes[0]
    fresh = rng.random((300, 9)) < 0.5
    assert r_squared(game(fresh), fit.spectrum(fresh)) > 0.98


def test_wrong_inputs_are_refused_with_a_reason():
    rows = np.array([[True, False, True], [False, False, True]])
    with pytest.raises(ValueError, match="one value per coalition"):
        Blend().fit(rows, np.zeros(3), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="finite"):
        Blend().fit(rows, np.array([0.0, np.nan]), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="distinct"):
        Blend().fit(rows[[0, 0]], np.zeros(2), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="mode"):
        Blend("quick")


def test_weights_follow_the_held_out_errors():
    rng = np.random.default_rng(11)
    truth = rng.normal(size=400)
    good, bad = truth + 0.1 * rng.normal(size=400), rng.normal(size=400)
    weights = blend_weights(np.column_stack([bad, good]), truth, np.array([1.0, 0.0]))
    assert weights[1] > 0.9
    assert 0 <= weights[0] < 0.1
    few = blend_weights(np.column_stack([bad, good])[:2], truth[:2], np.array([0.5, 0.5]))
    assert (few > 0.1).all()


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_a_sparse_function_is_recovered_term_by_term(noise):
    rng = np.random.default_rng(12)
    rows = paired_rows(rng, 200, 16)
    x = 1.0 - 2.0 * rows
    truth = {(): 3.0, (0,): 1.0, (5,): -1.0, (0, 5): 0.7, (0, 5, 9): 0.5, (0, 5, 9, 12): -0.6}
    values = sum(c * x[:, list(term)].prod(axis=1) for term, c in truth.items())
    values = values + noise * rng.normal(size=len(values))
    fit = Blend().fit(rows, values, rng=rng)
    tolerance = 1e-9 if noise == 0 else 0.05
    found = fit.spectrum.prune(threshold=tolerance)
    assert found.to_dict() == pytest.approx(truth, abs=tolerance)


def test_confidence_is_lost_when_everything_rests_on_one_pair():
    rng = np.random.default_rng(13)
    values = rng.normal(size=200)
    pair_of_row = np.arange(200) // 2
    assert confidence(values, pair_of_row) > 0.999
    assert confidence(values[:24], pair_of_row[:24]) > 0.95
    values[0] = 1e3
    assert confidence(values, pair_of_row) == 0


def test_a_blend_that_is_not_worth_its_parameters_yields_to_the_best_proxy():
    rng = np.random.default_rng(14)
    truth = rng.normal(size=400)
    values = truth + 0.3 * rng.normal(size=400)
    rival = truth + 0.5 * rng.normal(size=400)
    columns = np.column_stack([truth, rival])
    assert parsimonious(np.array([0.9, 0.1]), columns, values)[0] > 0.94
    worth_it = np.column_stack([truth + rng.normal(size=400), truth + rng.normal(size=400)])
    assert parsimonious(np.array([0.4, 0.4]), worth_it, values) == pytest.approx(
        [0.4, 0.4], abs=1e-3
    )


def test_components_can_be_left_out_and_unknown_ones_are_refused():
    rng = np.random.default_rng(15)
    rows = paired_rows(rng, 60, 9)
    fit = Blend(without=frozenset({"sparse", "second width"})).fit(
        rows, game(rows) + rng.normal(size=len(rows)), rng=rng
    )
    assert not {"selection", "expansion", "gaussian 2"} & set(fit.weights)
    with pytest.raises(ValueError, match="without"):
        Blend(without=frozenset({"luck"}))


def test_pairs_without_hierarchy_are_found():
    rng = np.random.default_rng(16)
    rows = paired_rows(rng, 250, 30)
    x = 1.0 - 2.0 * rows
    fresh = rng.random((1000, 30)) < 0.5
    z = 1.0 - 2.0 * fresh
    players = rng.permutation(30).reshape(-1, 2)
    values = sum(x[:, i] * x[:, j] for i, j in players) + 0.3 * rng.normal(size=len(rows))
    truth = sum(z[:, i] * z[:, j] for i, j in players)
    assert r_squared(truth, Blend().fit(rows, values, rng=rng).spectrum(fresh)) > 0.95
