"""Synergies, redundancies, their intervals, and files of masks and margins."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import ProxySPEX, Spectrum, to_interaction_values
from shapiq_spex.games.datamodels import load_datamodels
from shapiq_spex.games.interaction_effects import redundancies, synergies

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


def test_intervals_are_withheld_where_they_would_not_hold():
    for options in ({"sampling": "kernel"}, {"sampling": "uniform", "budget": 40}):
        budget = options.pop("budget", 400)
        approximator = ProxySPEX(
            n=12, index="FBII", random_state=0, proxy_model="fast", pairing_trick=True, **options
        )
        approximator.approximate(budget, TRUTH)
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
        ({"source": ProxySPEX(n=3)}, ValueError, "not been called"),
        ({"source": {}}, TypeError, "dict"),
    ],
)
def test_bad_questions_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        synergies(**arguments)


def test_masks_and_margins_are_read_and_explained(tmp_path):
    rng = np.random.default_rng(1)
    masks = rng.random((300, 12)) < 0.5
    margins = np.column_stack([TRUTH(masks), rng.normal(size=300)]).astype(np.float16)
    np.save(tmp_path / "masks.npy", masks.astype(np.uint8))
    np.save(tmp_path / "margins.npy", margins)
    coalitions, values = load_datamodels(
        tmp_path / "masks.npy", tmp_path / "margins.npy", test_points=0
    )
    assert np.array_equal(coalitions.dense(), masks)
    assert values.shape == (300, 1)
    approximator = ProxySPEX(n=12, index="FBII", random_state=0, proxy_model="fast")
    approximator.approximate_from(coalitions, values[:, 0])
    assert synergies(approximator.spectrum_, 1)[0].players == (1, 2)
    part, _ = load_datamodels(tmp_path / "masks.npy", tmp_path / "margins.npy", models=7)
    assert len(part) == 7


def test_files_that_do_not_fit_are_refused(tmp_path):
    np.save(tmp_path / "masks.npy", np.zeros((3, 4), dtype=bool))
    np.save(tmp_path / "short.npy", np.zeros((2, 1)))
    np.save(tmp_path / "flat.npy", np.zeros(3))
    np.save(tmp_path / "margins.npy", np.zeros((3, 1)))
    (tmp_path / "text.npy").write_text("masks")
    for name, message in (
        ("short.npy", "belong"),
        ("flat.npy", "one matrix"),
        ("text.npy", "not a .npy"),
    ):
        with pytest.raises(ValueError, match=message):
            load_datamodels(tmp_path / "masks.npy", tmp_path / name)
    with pytest.raises(ValueError, match="test points 0 to 0"):
        load_datamodels(tmp_path / "masks.npy", tmp_path / "margins.npy", test_points=5)
