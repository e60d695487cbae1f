"""What is particular to ProxySPEX: how it samples, stops, and which proxies it takes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from shapiq_spex import Ablation, ProxySPEX
from shapiq_spex.designs.law import LAW_NAMES, SizeLaw


def game(coalitions):
    kept = coalitions.astype(float)
    return kept[:, 0] + kept[:, 1] * kept[:, 2] - 0.5 * kept[:, 3]


class Counting:
    """A game that counts its ablations."""

    def __init__(self):
        self.asked = 0

    def __call__(self, coalitions):
        self.asked += len(coalitions)
        return game(coalitions)


def test_it_stops_when_the_faithfulness_is_reached():
    counting = Counting()
    approximator = ProxySPEX(n=20, index="FBII", random_state=0, keep="uniform", stop_at=0.9)
    approximator.approximate(5_000, counting)
    report = approximator.report_
    assert counting.asked == report.asked < 1000  # a fit without residuals needs a bound as well
    assert report.faithfulness_bound > 0.9
    assert any("Stopped after" in note for note in report.notes)
    fresh = np.random.default_rng(1).random((2_000, 20)) < 0.5
    truth, found = game(fresh), approximator.spectrum_.evaluate(fresh)
    assert 1 - np.var(truth - found) / np.var(truth) > 0.9


def test_it_does_not_stop_before_and_spends_the_whole_budget():
    noise = np.random.default_rng(0).normal(size=2**12)
    approximator = ProxySPEX(n=12, index="FBII", random_state=0, stop_at=0.9, keep="uniform")
    approximator.approximate(150, lambda rows: noise[rows @ (1 << np.arange(12))])
    assert approximator.report_.asked == 150
    assert not any("Stopped" in note for note in approximator.report_.notes)


def test_a_larger_budget_reuses_the_answers_in_the_store(tmp_path):
    ablation = Ablation(store=tmp_path / "answers.db", fingerprint="a product and two sums")
    counting = Counting()
    for budget, spent in [(50, 50), (80, 80), (80, 80), (60, 80)]:
        approximator = ProxySPEX(n=15, index="FBII", random_state=3, ablation=ablation)
        approximator.approximate(budget, counting)
        assert counting.asked == spent
        assert approximator.report_.asked + approximator.report_.reused == budget


@given(
    keep=st.sampled_from(["auto", *LAW_NAMES, 0.3, 0.8]),
    index=st.sampled_from(["SV", "FBII"]),
    max_order=st.sampled_from([1, 2]),
    paired=st.booleans(),
)
def test_keep_decides_which_coalitions_are_asked(keep, index, max_order, paired):
    if index == "SV":
        max_order = 1
    n = 100  # of fewer, the outermost sizes run out of coalitions
    approximator = ProxySPEX(
        n=n,
        index=index,
        max_order=max_order,
        random_state=0,
        keep=keep,
        pairing_trick=paired,
    )
    coalitions = approximator.plan(402).coalitions
    inner = coalitions.sizes()[2:]
    law = {"auto": "sizes" if index == "SV" else "range"}.get(keep, keep)
    weights = SizeLaw.named(n, law, paired=False).size_weights
    paired = paired or (keep == "auto" and index == "SV")
    weights = (weights + weights[::-1]) / 2 if paired else weights
    found = np.bincount(inner, minlength=n + 1) / len(inner)
    # the bound of Dvoretzky, Kiefer and Wolfowitz; pairs are one draw
    draws = len(inner) / 2 if paired else len(inner)
    farthest = np.abs(np.cumsum(found) - np.cumsum(weights)).max()
    assert farthest < np.sqrt(np.log(2e5) / (2 * draws))
    complements = coalitions[2::2].complement() == coalitions[3::2]
    assert complements == paired


@pytest.mark.parametrize(("n", "max_order"), [(19, 1), (19, 2), (40, 2)])
def test_few_players_and_interactions_of_the_shapley_family_are_sampled_by_the_kernel(n, max_order):
    approximator = ProxySPEX(n=n, index="k-SII", max_order=max_order, random_state=0)
    drawn = np.bincount(approximator.plan(4000).coalitions.sizes()[2:], minlength=n + 1)
    sizes = np.arange(5, n - 4)  # the outer sizes run out of coalitions
    ratio = drawn[sizes] * sizes * (n - sizes)
    assert np.ptp(ratio) < 0.6 * ratio.mean()


def test_weights_of_sizes_override_the_law():
    weights = np.zeros(11)
    weights[[3, 4]] = 1.0
    approximator = ProxySPEX(n=10, sampling_weights=weights, random_state=0)
    assert set(approximator.plan(60).coalitions.sizes()[2:].tolist()) == {3, 4}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": "sometimes"}, "keep must be the probability"),
        ({"sampling_weights": np.ones(4)}, "one weight for each coalition size"),
        ({"sampling_weights": -np.ones(6)}, "non-negative"),
        ({"sampling_weights": np.zeros(6)}, "not all zero"),
        ({"stop_at": 1.5}, "between 0 and 1"),
    ],
)
def test_wrong_settings_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ProxySPEX(n=5, **arguments)


def test_a_faithfulness_to_stop_at_is_a_number():
    with pytest.raises(TypeError, match="stop_at must be a number or None, got 'soon'"):
        ProxySPEX(n=5, stop_at="soon")


def test_several_outputs_are_explained_from_the_same_ablations():
    def outputs(coalitions):
        return np.column_stack([game(coalitions), 3.0 * game(coalitions) + 1.0])

    approximator = ProxySPEX(n=12, index="FBII", random_state=0)
    first, second = approximator.approximate_outputs(60, outputs)
    alone = approximator.approximate(60, game)
    assert np.array_equal(first.values, alone.values)
    for players in first.interaction_lookup:
        if players:
            assert second[players] == pytest.approx(3.0 * first[players], abs=1e-6)


def test_one_output_where_many_are_expected_is_refused_with_a_hint():
    with pytest.raises(ValueError, match="matrix"):
        ProxySPEX(n=5).approximate_outputs(20, game)


PROXIES = [
    "auto",
    "fast",
    "gp",
    "lightgbm",
    "tree",
    RandomForestRegressor(20),
    GridSearchCV(DecisionTreeRegressor(), {"max_depth": [3, 8]}),
    Lasso(alpha=1e-3),
]


@pytest.mark.parametrize("proxy_model", PROXIES, ids=str)
def test_a_single_pair_of_rows_gives_the_fit_of_a_gaussian_process_and_otherwise_the_mean(
    proxy_model,
):
    """The two ends tell a Gaussian process that the game grows with every player alike."""
    settings = {"n": 12, "index": "SV", "max_order": 1, "random_state": 0}
    approximator = ProxySPEX(**settings, proxy_model=proxy_model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = approximator.approximate(2, game)
    spectrum = approximator.spectrum_
    assert spectrum.mean == pytest.approx(game(np.array([[False] * 12, [True] * 12])).mean())
    gaussian = proxy_model in ("auto", "fast", "gp")
    assert (len(spectrum) > 1) == gaussian
    if gaussian:
        single = [spectrum[(player,)] for player in range(12)]
        assert max(single) - min(single) < 1e-9
        assert max(single) < 0
    # exact ends share out what is missing in equal parts
    assert [values[(player,)] for player in range(12)] == pytest.approx([1.5 / 12] * 12)


@pytest.mark.parametrize("proxy_model", PROXIES, ids=str)
def test_every_proxy_explains_a_product(proxy_model):
    approximator = ProxySPEX(
        n=12, index="FBII", max_order=2, random_state=0, proxy_model=proxy_model
    )
    before = repr(proxy_model)
    values = approximator.approximate(300, game)
    again = approximator.approximate(300, game)
    assert values[(1, 2)] == pytest.approx(1.0, abs=0.01)
    assert np.array_equal(values.values, again.values)
    assert repr(proxy_model) == before
    assert approximator.report_.faithfulness > 0.99


@pytest.mark.parametrize(
    ("proxy_model", "error", "message"),
    [
        ("nonsense", ValueError, "must be one of auto"),
        ("linear", ValueError, "must be one of auto"),
        (42, TypeError, "methods fit and predict"),
        (RandomForestRegressor, TypeError, "a class"),
        (KNeighborsClassifier(), ValueError, "could not be fitted"),
    ],
)
def test_proxies_that_cannot_be_used_are_refused_at_once(proxy_model, error, message):
    with pytest.raises(error, match=message):
        ProxySPEX(n=30, proxy_model=proxy_model)


@pytest.mark.parametrize("keep", ["uniform", 0.9])
def test_a_regressor_without_trees_explains_many_players_and_says_what_its_reading_lost(keep):
    settings = {"n": 20, "index": "FBII", "max_order": 2, "random_state": 0, "keep": keep}
    approximator = ProxySPEX(**settings, proxy_model=SVR(C=10.0))
    values = approximator.approximate(400, game)
    assert values[(1, 2)] == pytest.approx(1.0, abs=0.05)
    assert approximator.report_.faithfulness > 0.9
    assert "The SVR was read from its own predictions" in str(approximator.report_)
