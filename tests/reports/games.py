"""A game of ten players with pairs and a rest, and explanations of it."""

from __future__ import annotations

import numpy as np

from shapiq_spex import ProxySPEX

N = 10
RNG = np.random.default_rng(0)
EFFECTS, PAIRS = RNG.normal(size=N), np.triu(RNG.normal(size=(N, N)), 1)


def game(coalitions):
    kept = coalitions.astype(float)
    pairs = ((kept @ PAIRS) * kept).sum(axis=1)
    return kept @ EFFECTS + pairs + np.sin(3 * kept.sum(axis=1))


def explained(budget=200, value=game, n=N, approximator=ProxySPEX, **settings):
    settings = {"index": "FBII", "max_order": 2, "random_state": 0, "keep": "uniform"} | settings
    made = approximator(n=n, **settings)
    made.approximate(budget, value)
    return made
