"""Explanations by ProxySPEX with what is known of the players beforehand."""

import json
import pickle

import numpy as np
import pytest
from shapiq import Game

from shapiq_spex import PlayerInformation, ProxySPEX, Report, Spectrum, to_interaction_values
from tests.approximators.guided_game import Counting, cheap, effects_of, game

N = 16


EFFECTS = effects_of(N)


def explained(players, budget=24, **settings):
    settings = {"keep": "uniform", "index": "FBII", "max_order": 2, "random_state": 0} | settings
    approximator = ProxySPEX(n=N, players=players, **settings)
    values = approximator.approximate(budget, game)
    return values, approximator


def r2(approximator):
    rows = np.random.default_rng(9).random((1000, N)) < 0.5
    truth = game(rows)
    return 1 - ((approximator.spectrum_(rows) - truth) ** 2).mean() / truth.var()


def guide_spectrum():
    return Spectrum.from_terms(N, [(), *((i,) for i in range(N))], [7.0, *(-0.5 * EFFECTS)])


GUIDES = {
    "a function": cheap,
    "a spectrum": guide_spectrum(),
    "earlier values": to_interaction_values(guide_spectrum(), index="SV", max_order=1),
    "earlier interactions": to_interaction_values(guide_spectrum(), index="FSII", max_order=2),
}


class CheapGame(Game):
    """The same as a shapiq game."""

    def __init__(self):
        super().__init__(N, normalize=False)

    def value_function(self, coalitions):
        return cheap(coalitions)


@pytest.mark.parametrize("guide", [*GUIDES.values(), CheapGame()], ids=[*GUIDES, "a shapiq game"])
@pytest.mark.parametrize("proxy_model", ["auto", "fast"])
def test_a_guide_of_any_kind_helps_where_rows_are_few(guide, proxy_model):
    _, plain = explained(None, proxy_model=proxy_model)
    _, informed = explained(PlayerInformation(guide=guide), proxy_model=proxy_model)
    assert r2(informed) > r2(plain) + 0.02
    assert informed.report_.informed_share > 0.2
    assert plain.report_.informed_share == 0.0


@pytest.mark.parametrize("keep", ["near", 0.9, "range", "sizes"])
def test_every_law_of_coalitions_can_be_informed(keep):
    _, approximator = explained(PlayerInformation(guide=cheap), budget=60, keep=keep)
    assert np.isfinite(approximator.report_.uninformed_faithfulness)


def test_shapley_values_are_efficient():
    known = PlayerInformation(covariates=np.arange(N)[:, None], guide=cheap)
    values, _ = explained(known, index="SV", max_order=1, keep="auto")
    everyone, nobody = game(np.array([[True] * N, [False] * N]))
    total = sum(values[(player,)] for player in range(N))
    assert total == pytest.approx(everyone - nobody)


def test_the_guide_is_evaluated_once_and_only_when_it_is_needed():
    guide = Counting(cheap)
    approximator = ProxySPEX(n=N, players=PlayerInformation(guide=guide), random_state=0)
    approximator.plan(30)
    assert guide.rows == 0
    approximator.approximate(30, game)
    assert guide.rows == 8 * N * 4
    approximator.approximate(40, game)
    assert guide.rows == 8 * N * 4


def test_an_exact_result_needs_no_guide():
    guide = Counting(cheap)
    approximator = ProxySPEX(n=4, players=PlayerInformation(guide=guide), index="SV", max_order=1)
    approximator.approximate(16, lambda kept: kept.sum(axis=1) ** 2.0)
    assert guide.rows == 0
    assert "a guide: not used" in str(approximator.report_)


def test_equal_seeds_give_equal_bits():
    first, second = (explained(PlayerInformation(guide=cheap))[0] for _ in range(2))
    np.testing.assert_array_equal(first.values, second.values)


def test_names_and_matrices_are_the_same_information():
    columns = np.random.default_rng(0).normal(size=(N, 2))
    by_name = PlayerInformation(covariates={"one": columns[:, 0], "two": columns[:, 1].tolist()})
    first, named = explained(by_name)
    second, plain = explained(PlayerInformation(covariates=columns))
    np.testing.assert_array_equal(first.values, second.values)
    assert named.report_.knowledge == 'the covariates "one", "two"'
    assert plain.report_.knowledge == "covariates"


def test_the_report_says_what_was_known_and_what_it_brought():
    _, approximator = explained(PlayerInformation(covariates={"place": range(N)}, guide=cheap))
    report = approximator.report_
    assert report.uninformed_faithfulness < report.faithfulness
    assert 'knowledge     the covariate "place" and a guide: ' in str(report)
    assert "of the weight; without, R2 would be" in str(report)
    again = Report.from_dict(json.loads(report.to_json()))
    assert again.knowledge == report.knowledge
    assert again.uninformed_faithfulness == report.uninformed_faithfulness
    _, plain = explained(None)
    assert "knowledge" not in str(plain.report_)
    assert np.isnan(plain.report_.uninformed_faithfulness)


def test_it_can_stop_early_and_gives_intervals():
    known = PlayerInformation(guide=cheap)
    _, approximator = explained(known, budget=1000, stop_at=0.7)
    assert len(approximator.ablations_[1]) < 1000
    _, approximator = explained(known, budget=120, index="SV", max_order=1, keep="auto")
    assert np.isfinite(approximator.intervals().upper).all()


def test_an_approximator_with_knowledge_can_be_pickled():
    _, approximator = explained(PlayerInformation(guide=cheap))
    again = pickle.loads(pickle.dumps(approximator))
    again.approximate(24, game)
    assert again.report_.knowledge == "a guide"


def test_approximators_are_equal_if_they_know_the_same():
    known = PlayerInformation(guide=cheap)
    assert ProxySPEX(n=N, players=known) == ProxySPEX(n=N, players=known)
    assert ProxySPEX(n=N, players=known) != ProxySPEX(n=N)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (PlayerInformation, TypeError, "needs covariates=, a guide= or both"),
        (lambda: PlayerInformation(guide=3), TypeError, "guide must be a game"),
        (
            lambda: explained(PlayerInformation(covariates=np.ones((3, 2)))),
            ValueError,
            "one row for each of 16 players, got shape",
        ),
        (
            lambda: explained(PlayerInformation(covariates={"length": [1, 2]})),
            ValueError,
            "the covariate 'length' must be one number for each of 16 players",
        ),
        (
            lambda: explained(PlayerInformation(covariates={"length": ["a"] * N})),
            TypeError,
            "the covariate 'length' must be numbers",
        ),
        (
            lambda: explained(PlayerInformation(covariates={"length": [np.nan] * N})),
            ValueError,
            "must be finite, but that of player 0 is nan; replace",
        ),
        (
            lambda: explained(PlayerInformation(guide=Spectrum(3))),
            ValueError,
            "the guide has 3 players, but this approximator was made for n=16",
        ),
        (
            lambda: explained(
                PlayerInformation(guide=to_interaction_values(guide_spectrum(), index="CHII"))
            ),
            ValueError,
            "defines no function of the coalition",
        ),
        (lambda: explained({"guide": cheap}), TypeError, "players must be a PlayerInformation"),
        (
            lambda: explained(PlayerInformation(guide=cheap), proxy_model="tree"),
            ValueError,
            "players= informs the proxies 'auto' and 'fast' alone",
        ),
    ],
)
def test_errors_say_what_was_expected(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_an_error_of_the_guide_is_told_from_one_of_the_game():
    players = PlayerInformation(guide=lambda kept: np.full(len(kept), np.nan))
    with pytest.raises(ValueError, match="returned nan") as found:
        explained(players)
    assert any("guide" in note for note in found.value.__notes__)
