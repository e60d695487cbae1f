"""Noisy games: coalitions are repeated, every answer is paid once, and their spread is known."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import SPEX, Ablation, ProxySPEX
from shapiq_spex.ablation import AblationPlan, AnswerStore, LimitReached, ask
from shapiq_spex.ablation.repeats import affordable_coalitions
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.games.text_game import TextGame
from tests.ablation.games import random_coalitions

COALITIONS = Coalitions.ends(20).concatenate(random_coalitions(40, 20)).distinct()[0]
POLICIES = [
    {"repeats": 3},
    {"repeats_of_ends": 7},
    {"repeats": 2, "repeats_of_ends": 5},
    {"repeats": 4, "repeats_of_ends": 2},
]
every_policy = pytest.mark.parametrize("settings", POLICIES, ids=str)


class Noisy:
    """Answers with fresh noise; records the coalitions that it is asked for."""

    def __init__(self, n_players=20, spread=1.0, seed=0):
        self.n_players, self.spread = n_players, spread
        self.rng = np.random.default_rng(seed)
        self.asked = []
        self.answers = []

    def __call__(self, coalitions):
        noise = self.spread * self.rng.normal(size=len(coalitions))
        self.asked += [row.tobytes() for row in coalitions]
        self.answers += (smooth(coalitions) + noise).tolist()
        return np.array(self.answers[-len(coalitions) :])


def smooth(coalitions):
    weights = np.linspace(-1, 2, coalitions.shape[1])
    return np.tanh(coalitions @ weights) + coalitions[:, 0] * coalitions[:, 1]


def times(policy, coalitions):
    sizes = coalitions.sizes()
    at_end = (sizes == 0) | (sizes == coalitions.n_players)
    return np.where(at_end, max(policy.repeats, policy.repeats_of_ends), policy.repeats)


@every_policy
def test_a_value_is_the_mean_of_its_answers_and_their_spread_its_standard_error(settings):
    policy, game = Ablation(**settings, batch_size=7), Noisy()
    found = ask(game, COALITIONS, policy)
    keys = [row.tobytes() for row in COALITIONS.dense()]
    own = [[a for k, a in zip(game.asked, game.answers, strict=True) if k == key] for key in keys]
    assert [len(answers) for answers in own] == times(policy, COALITIONS).tolist()
    np.testing.assert_allclose(found.values, [np.mean(answers) for answers in own])
    squares = sum(((np.array(answers) - np.mean(answers)) ** 2).sum() for answers in own)
    freedom = sum(len(answers) - 1 for answers in own)
    expected = [np.sqrt(squares / freedom / len(answers)) for answers in own]
    np.testing.assert_allclose(found.errors, expected)
    assert found.noise.freedom_of_errors == freedom
    assert found.asked == sum(map(len, own))


@pytest.mark.parametrize("unit", [2.0**-700, 1.0, 2.0**900])
def test_noise_is_measured_in_the_units_of_the_answers(unit):
    found = ask(Noisy(), COALITIONS, Ablation(repeats=3))
    game = Noisy()
    scaled = ask(lambda kept: unit * game(kept), COALITIONS, Ablation(repeats=3))
    assert (scaled.errors / unit).tobytes() == found.errors.tobytes()


def test_an_offset_changes_noise_by_rounding_alone():
    found = ask(Noisy(spread=1e-3), COALITIONS, Ablation(repeats=3))
    game = Noisy(spread=1e-3)
    moved = ask(lambda kept: 1e10 + game(kept), COALITIONS, Ablation(repeats=3))
    np.testing.assert_allclose(moved.errors, found.errors, rtol=0.01)
    calm = ask(lambda kept: 0.1 + smooth(kept), COALITIONS, Ablation(repeats=3))
    assert (calm.errors == 0.0).all()


@every_policy
def test_answers_are_kept_one_by_one_and_none_is_paid_twice(settings, tmp_path):
    stored = {"store": tmp_path / "answers.db", "fingerprint": "noisy", "batch_size": 7}
    policy, game = Ablation(**settings, **stored), Noisy()
    once = ask(game, COALITIONS, Ablation(**stored))  # a run that repeats nothing comes first
    first = ask(game, COALITIONS, policy)
    paid = len(game.asked)
    assert paid == times(policy, COALITIONS).sum()
    assert (once.asked, first.asked, first.reused) == (42, paid - 42, 42)
    again = ask(game, COALITIONS, policy)
    assert len(game.asked) == paid
    assert (again.asked, again.reused) == (0, paid)
    assert again.values.tobytes() == first.values.tobytes()
    assert again.errors.tobytes() == first.errors.tobytes()
    assert ask(game, COALITIONS, Ablation(**stored)).values.tobytes() == once.values.tobytes()
    plan = AblationPlan.for_game(COALITIONS, game, policy)
    assert (plan.evaluations, plan.stored, plan.missing) == (paid, paid, 0)
    with AnswerStore(stored["store"]) as store:
        coalitions, values = store.answers(repeated=True)
        assert len(coalitions) == paid
        assert sorted(values.tolist()) == sorted(game.answers)


@every_policy
@pytest.mark.parametrize("kind", [ProxySPEX, SPEX])
@pytest.mark.parametrize("budget", [120, 700, 2**9])
def test_a_budget_counts_evaluations(settings, kind, budget):
    policy, game = Ablation(**settings), Noisy(8, spread=0.1)
    approximator = kind(n=8, index="FBII", max_order=2, random_state=0, ablation=policy)
    plan = approximator.plan(budget, game)
    approximator.approximate(budget, game)
    assert len(game.asked) == plan.evaluations == plan.estimate().calls <= budget
    complete = times(policy, Coalitions.all_of(8)).sum()
    assert budget - len(game.asked) < policy.repeats or len(game.asked) == complete
    assert approximator.report_.asked == len(game.asked)
    assert approximator.report_.planned == len(set(game.asked))


@every_policy
@pytest.mark.parametrize("complete", [False, True])
def test_a_game_that_answers_alike_gives_the_same_bits_with_and_without_repeats(settings, complete):
    policy, every = Ablation(**settings), Coalitions.all_of(8)
    budget = int(times(policy, every).sum()) if complete else 240
    results = []
    for ablation, spent in ((policy, budget), (Ablation(), affordable_coalitions(budget, policy))):
        approximator = ProxySPEX(
            n=8, index="k-SII", max_order=2, random_state=0, ablation=ablation, proxy_model="fast"
        )
        values = approximator.approximate(spent, smooth)
        results.append((values.values, approximator.intervals(), approximator.report_))
    (repeated, intervals, report), (plain, own_intervals, own_report) = results
    assert repeated.tobytes() == plain.tobytes()
    assert intervals.lower.tobytes() == own_intervals.lower.tobytes()
    assert report.exact == own_report.exact == complete
    assert report.noise == 0.0
    assert "repeated coalitions were answered alike" in str(report)
    assert np.isnan(own_report.noise)


def test_a_limit_that_is_met_while_repeating_leaves_every_coalition_with_an_answer():
    policy = Ablation(repeats=3, max_requests=60)
    found = ask(Noisy(), COALITIONS, policy)
    assert found.answered.all()
    assert (found.asked, found.requests) == (60, 60)
    assert "max_requests=60" in found.ended
    assert found.noise.counts.sum() == 60
    with pytest.raises(LimitReached):
        ask(Noisy(), COALITIONS, Ablation(repeats=3, max_requests=0))


def test_a_coalition_that_fails_is_not_asked_in_later_rounds():
    game = Noisy()

    def failing(coalitions):
        return np.where(coalitions.all(axis=1), np.nan, game(coalitions))

    found = ask(failing, COALITIONS, Ablation(repeats=4, on_error="skip"))
    full = np.ones(20, dtype=bool).tobytes()
    assert game.asked.count(full) == 1
    assert (~found.answered).sum() == 1 == len(found.skipped)
    assert found.noise.counts[~found.answered].tolist() == [0]
    assert np.isfinite(found.values[found.answered]).all()


def test_every_output_has_its_own_noise():
    rng = np.random.default_rng(0)

    def two(coalitions):
        noise = rng.normal(size=(len(coalitions), 2)) * [1.0, 5.0]
        return smooth(coalitions)[:, None] + noise

    found = ask(two, COALITIONS, Ablation(repeats=30), outputs="many")
    for column, spread in enumerate([1.0, 5.0]):
        errors = found.output(column).errors
        np.testing.assert_allclose(errors, spread / np.sqrt(30), rtol=0.1)


def test_equal_coalitions_share_their_answers():
    twice = COALITIONS.concatenate(COALITIONS)
    found = ask(Noisy(), twice, Ablation(repeats=3))
    assert found.asked == 3 * 42
    assert found.values[:42].tobytes() == found.values[42:].tobytes()
    assert found.noise.freedom_of_errors == 2 * 42
    assert len(found.errors) == 84


def test_a_game_that_remembers_answers_forgets_them(tmp_path):
    rng = np.random.default_rng(0)
    scored = []

    def score(texts):
        scored.extend(texts)
        return rng.normal(size=len(texts))

    game = TextGame("one two three four", score)
    found = ask(game, Coalitions.all_of(4), Ablation(repeats=3))
    assert len(scored) == 3 * 2**4
    assert found.errors[0] == pytest.approx(1 / np.sqrt(3), rel=0.5)
    before = len(scored)
    recorded = TextGame("one two three", score, record=tmp_path / "a.db", fingerprint="random")
    with pytest.raises(ValueError, match="leave out record"):
        ask(recorded, Coalitions.all_of(3), Ablation(repeats=3))
    assert len(scored) == before


class Telling(Noisy):
    """Tells that its answers are the noisier, the larger the coalition."""

    def standard_errors(self, coalitions, values):
        assert len(coalitions) == len(values)
        return 0.1 * coalitions.sum(axis=1)


def test_a_game_tells_the_standard_errors_of_its_answers():
    found = ask(Telling(), COALITIONS)
    np.testing.assert_allclose(found.errors, 0.1 * COALITIONS.sizes())
    assert found.noise.freedom_of_errors == np.inf
    assert ask(smooth, COALITIONS).errors is None


def test_a_game_that_tells_them_is_not_asked_repeatedly():
    game = Telling()
    with pytest.raises(ValueError, match=r"raise the number of draws behind each answer"):
        ask(game, COALITIONS, Ablation(repeats_of_ends=2))
    assert game.asked == []


@pytest.mark.parametrize("told", [[1.0], np.full(42, np.nan), np.full(42, -1.0), np.ones((42, 1))])
def test_standard_errors_that_do_not_fit_are_refused(told):
    game = Noisy()
    game.standard_errors = lambda coalitions, values: told
    with pytest.raises(ValueError, match="the game told"):
        ask(game, COALITIONS)


@pytest.mark.parametrize("settings", [{"repeats": 0}, {"repeats_of_ends": 0}])
def test_wrong_numbers_of_repetitions_are_refused(settings):
    with pytest.raises(ValueError, match="at least 1"):
        Ablation(**settings)


def test_a_budget_that_repeats_less_than_two_coalitions_is_refused():
    approximator = ProxySPEX(n=8, index="SV", max_order=1, ablation=Ablation(repeats_of_ends=10))
    assert approximator.plan(20).evaluations == 20
    with pytest.raises(ValueError, match="does not suffice to ask two coalitions 10 times"):
        approximator.plan(19)
