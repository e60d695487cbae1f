"""What is known of the players, in every way to an explanation: SPEX, plans, stages, thousands."""

import numpy as np
import pytest

from shapiq_spex import SPEX, Ablation, PlayerInformation, ProxySPEX, Spectrum
from shapiq_spex.benchmark.games.planted_functions import planted_game
from tests.approximators.guided_game import Counting, cheap, effects_of, game

N = 20
CLASSES = pytest.mark.parametrize("approximator_class", [ProxySPEX, SPEX])
EFFECTS = effects_of(N)
NUMBERS = np.random.default_rng(4).normal(size=N)


def made(approximator_class, players=None, n=N, **settings):
    settings = {"index": "FBII", "max_order": 2, "random_state": 0} | settings
    if approximator_class is ProxySPEX:
        settings = {"keep": "uniform"} | settings
    return approximator_class(n=n, players=players, **settings)


def r2(approximator, truth=game, n=N):
    rows = np.random.default_rng(9).random((1000, n)) < 0.5
    values = truth(rows)
    return 1 - ((approximator.spectrum_(rows) - values) ** 2).mean() / values.var()


def additive_guide():
    return Spectrum.from_terms(N, [(i,) for i in range(N)], EFFECTS)


@pytest.mark.parametrize("index", ["FBII", "SV"])
def test_spex_is_informed_where_it_regresses(index):
    settings = {"index": index, "max_order": 1 if index == "SV" else 2}
    found = {}
    for name, players in (("plain", None), ("informed", PlayerInformation(guide=cheap))):
        found[name] = made(SPEX, players, **settings)
        found[name].approximate(30, game)
    assert r2(found["informed"]) > r2(found["plain"]) + 0.02
    report = found["informed"].report_
    assert report.informed_share > 0.2
    assert np.isfinite(report.uninformed_faithfulness)
    assert "a guide: " in str(report)
    assert "of the weight; without, R2 would be" in str(report)


def test_where_spex_decodes_the_report_says_that_nothing_else_was_used():
    flat = planted_game("flat", 64, 12, noise=0.0, seed=1)
    most = sorted(flat.spectrum.to_dict().items(), key=lambda item: -abs(item[1]))[:9]
    known = PlayerInformation(guide=Spectrum.from_dict(64, dict(most)))
    plain, informed = (made(SPEX, players, n=64) for players in (None, known))
    for approximator in (plain, informed):
        approximator.approximate(1500, flat.value)
    assert informed.report_.estimators == {"code": 1.0}
    assert informed.spectrum_ == plain.spectrum_
    assert np.isnan(informed.report_.uninformed_faithfulness)
    assert "a guide: not used, because the spectrum was decoded" in str(informed.report_)


@pytest.mark.parametrize("index", ["FBII", "SV"])
@pytest.mark.parametrize("name", ["flat", "predictable"])
def test_which_coalitions_spex_evaluates_does_not_depend_on_what_is_known(index, name):
    flat = planted_game("flat", 40, 12, noise=0.0, seed=1)
    value = flat.value if name == "flat" else lambda kept: np.tanh(kept @ np.linspace(-1, 1, 40))
    found = []
    for players in (None, PlayerInformation(guide=value)):
        approximator = made(SPEX, players, n=40, index=index, max_order=1, degree_parameter=3)
        approximator.approximate(1200, value)
        found.append(approximator.ablations_[0])
    assert found[0] == found[1]


@CLASSES
def test_plans_do_not_depend_on_what_is_known_and_cost_no_answer_of_a_guide(approximator_class):
    guide = Counting(cheap)
    plain, informed = (
        made(approximator_class, players) for players in (None, PlayerInformation(guide=guide))
    )
    assert plain.plan(100).coalitions == informed.plan(100).coalitions
    assert guide.rows == 0


@CLASSES
def test_the_answers_to_a_plan_give_the_same_bits(approximator_class):
    known = PlayerInformation(covariates={"one": NUMBERS}, guide=cheap)
    direct = made(approximator_class, known).approximate(60, game)
    approximator = made(approximator_class, known)
    rows = approximator.plan(60).coalitions
    later = approximator.approximate_from(rows, game(rows.dense()))
    np.testing.assert_array_equal(direct.values, later.values)
    assert np.isfinite(approximator.report_.uninformed_faithfulness)


@CLASSES
def test_a_run_that_was_interrupted_is_resumed_with_the_same_bits(approximator_class, tmp_path):
    known = PlayerInformation(guide=cheap)
    expected = made(approximator_class, known).approximate(80, game)
    ablation = Ablation(store=tmp_path / "answers.sqlite", batch_size=10, fingerprint="a game")
    asked = Counting(game)

    def interrupted(kept):
        if asked.rows >= 40:
            raise KeyboardInterrupt
        return asked(kept)

    with pytest.raises(KeyboardInterrupt):
        made(approximator_class, known, ablation=ablation).approximate(80, interrupted)
    approximator = made(approximator_class, known, ablation=ablation)
    found = approximator.approximate(80, game)
    assert approximator.report_.reused == 40
    np.testing.assert_array_equal(found.values, expected.values)


def test_a_good_guide_stops_earlier():
    rows = {}
    for name, players in (("plain", None), ("informed", PlayerInformation(guide=cheap))):
        approximator = made(ProxySPEX, players, stop_at=0.6)
        approximator.approximate(2000, game)
        rows[name] = len(approximator.ablations_[1])
        assert r2(approximator) > 0.6
    assert rows["informed"] < rows["plain"] < 2000


@CLASSES
def test_what_is_the_same_for_all_players_tells_nothing(approximator_class):
    same = PlayerInformation(covariates={"one": np.ones(N), "two": np.full(N, -3.5)})
    found = [made(approximator_class, players) for players in (None, same)]
    plain, informed = (approximator.approximate(50, game) for approximator in found)
    np.testing.assert_array_equal(plain.values, informed.values)
    assert found[0].report_.learning_curve == found[1].report_.learning_curve
    assert 'the covariates "one", "two": not used' in str(found[1].report_)


@CLASSES
def test_renumbering_players_and_what_is_known_of_them_renumbers_the_result(approximator_class):
    order = np.random.default_rng(2).permutation(N)
    back = np.argsort(order)
    rows = made(approximator_class).plan(90).coalitions.dense()
    spectrum = additive_guide()
    moved = Spectrum(N, [(order[group.members], group.coefficients) for group in spectrum.groups])
    fits = []
    for matrix, numbers, guide in (
        (rows, NUMBERS, spectrum),
        (rows[:, back], NUMBERS[back], moved),
    ):
        known = PlayerInformation(covariates={"number": numbers}, guide=guide)
        # another seed than that of the plan: both are coalitions of unknown origin
        approximator = made(approximator_class, known, random_state=7)
        approximator.approximate_from(matrix, game(rows))
        fits.append(approximator)
    fresh = np.random.default_rng(5).random((1000, N)) < 0.5
    gaps = np.abs(fits[0].spectrum_(fresh) - fits[1].spectrum_(fresh[:, back]))
    assert gaps.mean() < 0.02 * game(rows).std()


@CLASSES
def test_information_on_other_players_gets_less_weight_and_does_little_harm(approximator_class):
    guides = {
        "none": lambda _: None,
        "right": lambda _: PlayerInformation(guide=cheap),
        "wrong": lambda order: PlayerInformation(guide=lambda kept: cheap(kept[:, order])),
    }
    shares, reached = ({name: [] for name in guides} for _ in range(2))
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(N)
        for name, guide in guides.items():
            approximator = made(approximator_class, guide(order), random_state=seed)
            approximator.approximate(60, game)
            shares[name].append(approximator.report_.informed_share)
            reached[name].append(r2(approximator))
    assert np.mean(shares["wrong"]) < np.mean(shares["right"])
    assert np.mean(reached["none"]) - np.mean(reached["wrong"]) < 0.02
    assert np.mean(reached["right"]) > np.mean(reached["none"])


MANY = 1500


def planted(seed):
    """A function of 30 of 1,500 players, and one that resembles it."""
    rng = np.random.default_rng(seed)
    players = rng.choice(MANY, 30, replace=False)
    pairs = [tuple(sorted(pair)) for pair in players.reshape(15, 2).tolist()]
    terms = [*((player,) for player in players.tolist()), *pairs]
    truth = Spectrum.from_terms(MANY, terms, rng.normal(size=45))
    return truth, truth + Spectrum.from_terms(MANY, terms, 0.3 * rng.normal(size=45))


@CLASSES
def test_of_thousands_of_players_those_of_the_guide_are_modelled(approximator_class):
    truth, guide = planted(0)
    plain, informed = (
        made(approximator_class, players, n=MANY)
        for players in (None, PlayerInformation(guide=guide))
    )
    for approximator in (plain, informed):
        approximator.approximate(200, truth)
    assert r2(informed, truth, MANY) > max(0.9, r2(plain, truth, MANY) + 0.3)
    report = informed.report_
    assert report.informed_share > 0.1
    assert abs(report.uninformed_faithfulness - plain.report_.faithfulness) < 0.1
    assert any("players that are modelled" in note for note in report.notes)


def test_a_guide_on_other_players_of_thousands_does_little_harm():
    losses, shares = [], []
    for seed in range(2):
        truth, guide = planted(seed)
        order = np.random.default_rng(seed).permutation(MANY)
        wrong = Spectrum(MANY, [(order[g.members], g.coefficients) for g in guide.groups])
        reached = []
        for players in (None, PlayerInformation(guide=wrong)):
            approximator = made(ProxySPEX, players, n=MANY)
            approximator.approximate(200, truth)
            reached.append(r2(approximator, truth, MANY))
        losses.append(reached[0] - reached[1])
        shares.append(approximator.report_.informed_share)
    assert np.mean(losses) < 0.05
    assert np.mean(shares) < 0.15


def test_a_guide_of_thousands_of_players_may_be_a_game_or_numbers_alone():
    truth, guide = planted(1)
    called = Counting(guide.evaluate)
    numbers = np.zeros(MANY)
    numbers[[player for term in truth.terms() for player in term]] = 1.0
    known = PlayerInformation(covariates={"matters": numbers}, guide=called)
    approximator = made(ProxySPEX, known, n=MANY)
    approximator.approximate(150, truth)
    assert called.rows == 4000
    assert r2(approximator, truth, MANY) > 0.8


@CLASSES
def test_forecasts_know_it(approximator_class):
    curves = []
    for players in (None, PlayerInformation(guide=cheap)):
        approximator = made(approximator_class, players)
        approximator.approximate(80, game)
        curves.append(approximator.report_.learning_curve)
    (rows, plain), (same_rows, informed) = curves[0][0], curves[1][0]
    assert rows == same_rows == 40
    assert informed < plain - 0.05


@CLASSES
def test_the_time_of_a_guide_is_stated_once_and_apart(approximator_class, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])

    def takes(seconds, function):
        def answered(kept):
            clock[0] += seconds
            return function(kept)

        return answered

    known = PlayerInformation(guide=takes(1000.0, cheap))
    approximator = made(approximator_class, known)
    approximator.approximate(40, takes(1.0, game))
    first = approximator.report_.seconds
    assert first["guide"] >= 1000.0
    assert sum(first.values()) - first["guide"] < 100.0
    assert "time          guide 1" in str(approximator.report_)
    approximator.approximate(40, game)
    assert "guide" not in approximator.report_.seconds
    spectrum = made(approximator_class, PlayerInformation(guide=additive_guide()))
    spectrum.approximate(40, game)
    assert "guide" not in spectrum.report_.seconds


@CLASSES
def test_a_guide_that_fails_costs_no_answer_of_the_game(approximator_class):
    asked = Counting(game)
    known = PlayerInformation(guide=lambda kept: np.full(len(kept), np.nan))
    with pytest.raises(ValueError, match="nan"):
        made(approximator_class, known).approximate(40, asked)
    assert asked.rows == 0


def test_several_outputs_use_one_guide():
    guide = Counting(cheap)
    approximator = made(SPEX, PlayerInformation(guide=guide))
    found = approximator.approximate_outputs(
        60, lambda kept: np.column_stack([game(kept), -game(kept)])
    )
    assert guide.rows == round(8 * N * np.log2(N))
    first, second = (values.get_n_order_values(1) for values in found)
    np.testing.assert_allclose(first, -second, atol=0.2 * np.abs(first).max())
