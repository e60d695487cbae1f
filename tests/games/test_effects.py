"""Synergies and redundancies, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import ProxySPEX, Spectrum, to_interaction_values
from shapiq_spex.games import redundancies, synergies

TRUTH = Spectrum.from_dict(
    12, {(): 1.0, (0,): -0.5, (1, 2): 0.25, (3, 4): -0.125, (5, 6, 7): 0.1, (8, 9): 0.05}
)


def test_effects_are_banzhaf_interactions_with_their_signs():
    together, apart = synergies(TRUTH), redundancies(TRUTH)
    assert [(e.players, e.size) for e in together] == [((1, 2), 1.0), ((8, 9), 0.2)]
    assert [(e.players, e.size) for e in apart] == [((3, 4), -0.5)]
    assert [e.kind for e in together + apart] == ["synergy", "synergy", "redundancy"]
    assert redundancies(TRUTH, order=3)[0].size == pytest.approx(-0.8)
    assert np.isnan(together[0].low)
    assert not together[0].established


def test_effects_of_interaction_values():
    values = to_interaction_values(TRUTH, index="BII", max_order=2)
    assert synergies(values, 1)[0].size == pytest.approx(1.0)
    with pytest.raises(ValueError, match="up to order 2"):
        synergies(values, order=3)


def test_intervals_cover_the_truth_and_establish_what_is_large():
    rng = np.random.default_rng(0)
    covered, established, total = 0, 0, 0
    for seed in range(4):
        noise = dict(
            zip(range(4096), rng.normal(scale=0.2, size=4096), strict=True)
        )  # a fixed part that no sparse spectrum can catch

        def game(kept, noise=noise):
            places = kept @ (1 << np.arange(12))
            return TRUTH(kept) + np.array([noise[p] for p in places.tolist()])

        approximator = ProxySPEX(
            n=12, index="FBII", max_order=2, random_state=seed, proxy_model="fast"
        )
        approximator.approximate(400, game)
        everything = approximator.plan(4096).coalitions
        exact = game(everything.dense())
        effects = synergies(approximator, 3) + redundancies(approximator, 3)
        for effect in effects:
            chi = 1.0 - 2.0 * (everything.dense()[:, list(effect.players)].sum(axis=1) % 2)
            covered += effect.low <= 4 * (exact * chi).mean() <= effect.high
            total += 1
        established += effects[0].players == (1, 2) and effects[0].established
    assert covered >= 0.75 * total  # 90% nominal; four games of six effects
    assert established == 4


@pytest.mark.parametrize("options", [{"keep": "kernel"}, {"index": "k-SII"}, {"n": 20}, {}])
def test_effects_of_an_approximator_are_its_banzhaf_interactions_with_its_intervals(options):
    """... of the surrogate that its own values come from, whatever their index."""
    settings = {"n": 12, "index": "FBII", "random_state": 0, "proxy_model": "fast"} | options
    approximator = ProxySPEX(**settings)
    approximator.approximate(400, lambda rows: TRUTH(rows[:, :12]) ** 2)
    intervals = approximator.intervals(0.8, index="BII", max_order=2)
    assert intervals.available
    effects = synergies(approximator, 1000, confidence=0.8)
    effects += redundancies(approximator, 1000, confidence=0.8)
    assert len(effects) > 5
    sizes = dict(zip(intervals.interactions, intervals.values, strict=True))
    for effect in effects:
        assert effect.size == sizes[effect.players]
        assert (effect.low, effect.high) == pytest.approx(intervals[effect.players], nan_ok=True)
    assert {e.players for e in effects} == {t for t, v in sizes.items() if len(t) == 2 and v}


def test_intervals_are_withheld_where_the_approximator_withholds_them():
    approximator = ProxySPEX(
        n=12, index="FBII", random_state=0, proxy_model="fast", pairing_trick=True
    )
    approximator.approximate(40, TRUTH)
    assert not approximator.intervals(index="BII").available
    assert np.isnan(synergies(approximator)[0].low)


def test_exact_results_have_exact_intervals():
    approximator = ProxySPEX(n=12, index="FBII", random_state=0)
    approximator.approximate(4096, TRUTH)
    assert synergies(approximator)[0].low == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"source": TRUTH, "order": 1}, ValueError, "at least 2"),
        ({"source": TRUTH, "confidence": 90}, ValueError, "between 0 and 1"),
        ({"source": ProxySPEX(n=3)}, ValueError, r"call approximate\(\) first"),
        ({"source": {}}, TypeError, "dict"),
    ],
)
def test_bad_questions_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        synergies(**arguments)
