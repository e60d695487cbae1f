"""Files of masks and margins."""

from __future__ import annotations

import numpy as np
import pytest

from shapiq_spex import ProxySPEX, Spectrum
from shapiq_spex.games import synergies
from shapiq_spex.games.datamodels import load_datamodels

TRUTH = Spectrum.from_dict(
    12, {(): 1.0, (0,): -0.5, (1, 2): 0.25, (3, 4): -0.125, (5, 6, 7): 0.1, (8, 9): 0.05}
)


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
