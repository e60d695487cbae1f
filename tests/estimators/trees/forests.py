"""Random forests for the laws of the trees."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from shapiq_spex.estimators.trees.forest import Forest
from tests.estimators.samples import seeds


def random_forest(seed, n_players, n_trees, depth, *, distinct=False):
    """Random trees; unless ``distinct``, players repeat on paths and splits may be trivial."""
    rng = np.random.default_rng(seed)
    player, out, into, value = [], [], [], []

    def grow(level, free):
        here = len(player)
        for column, entry in zip(
            (player, out, into, value), (-1, 0, 0, float(rng.normal())), strict=True
        ):
            column.append(entry)
        if level < depth and free and (level == 0 or rng.random() < 0.8):
            asked = int(rng.choice(free))
            player[here] = asked
            below = [p for p in free if p != asked] if distinct else free
            out[here] = grow(level + 1, below)
            trivial = not distinct and rng.random() < 0.1
            into[here] = out[here] if trivial else grow(level + 1, below)
        return here

    roots = [grow(0, list(range(n_players))) for _ in range(n_trees)]
    tables = [np.array(column, dtype=np.int32) for column in (roots, player, out, into)]
    return Forest(n_players, *tables, np.array(value), constant=float(rng.normal()))


forests = st.builds(
    random_forest,
    seed=seeds,
    n_players=st.integers(1, 9),
    n_trees=st.integers(0, 6),
    depth=st.integers(0, 9),
)
