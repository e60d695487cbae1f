"""An enumerated game, and random samples of it whose residuals are known."""

from __future__ import annotations

import numpy as np

from shapiq_spex.designs.law import SizeLaw
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.intervals.fold_fits import HeldOutResiduals
from shapiq_spex.intervals.strata import strata_of
from tests.intervals.proxies import Straight

N = 7


def _table():
    players = Coalitions.all_of(N).dense()
    rng = np.random.default_rng(5)
    effects, pairs = rng.normal(size=N), rng.normal(size=(N, N)) / 2
    noise = rng.normal(size=2**N) / 3
    return players @ effects + np.einsum("ri,ij,rj->r", players, pairs, players) + noise


TABLE = _table()
"""Strong single players, weak pairs and noise."""


def held_out_residuals(law, count, seed, *, paired=True, proxy=None, changed=0.0):
    """What a proxy misses in a sample of the game by a named law, with values that are changed."""
    law = SizeLaw.named(N, law, paired=paired)
    rng = np.random.default_rng(seed)
    coalitions = sample_coalitions(N, count, law, rng=rng)
    values = TABLE[coalitions.numbers()] + changed
    strata = strata_of(coalitions, law)
    return HeldOutResiduals.of(coalitions, values, strata, proxy or Straight(), rng)
