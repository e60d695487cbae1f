"""The blend on games that invite pride: it must not do worse than a constant would."""

import numpy as np
import pytest

from shapiq_spex.estimators.blend.blend import Blend
from shapiq_spex.fourier.coalitions import Coalitions


def rare_enormous(n, rng):
    """A game that is calm except where four certain players meet, or one coalition in 500."""
    four = rng.choice(n, 4, replace=False)
    scale = np.exp(rng.normal(size=2**n) * 3)
    rare = rng.random(2**n) < 0.002

    def value(rows):
        numbers = rows @ (1 << np.arange(n))
        return rows[:, four].all(axis=1) * 20.0 + np.where(rare, 50 * scale, 0.01 * scale)[numbers]

    return value


def saturation(n, rng):
    weights = rng.exponential(size=n)
    return lambda rows: np.minimum(rows @ weights, 0.35 * weights.sum())


def step(n, rng):
    weights = rng.normal(size=n)
    return lambda rows: (rows @ weights > 0.6 * weights.clip(0).sum()).astype(float)


def cauchy(n, rng):
    values = rng.standard_cauchy(2**n) ** 3
    return lambda rows: values[rows @ (1 << np.arange(n))]


def needle(n, rng):
    """One player's absence is a catastrophe once three others are absent, too."""
    four = rng.choice(n, 4, replace=False)
    noise = rng.normal(size=2**n)
    return lambda rows: 1e4 * (~rows[:, four]).all(axis=1) + noise[rows @ (1 << np.arange(n))]


@pytest.mark.parametrize("mode", ["full", "fast"])
@pytest.mark.parametrize("n_pairs", [8, 40])
@pytest.mark.parametrize("make", [rare_enormous, saturation, step, cauchy, needle])
def test_it_is_not_worse_than_the_mean_of_its_rows(make, n_pairs, mode):
    n = 12
    everything = Coalitions.all_of(n).dense()
    excess, scale = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        value = make(n, rng)
        half = rng.permutation(2 ** (n - 1))[:n_pairs]
        rows = np.concatenate([everything[half], ~everything[half]])
        truth, values = value(everything), value(rows)
        fit = Blend(mode).fit(Coalitions.from_dense(rows), values, rng=rng)
        found = fit.spectrum(everything)
        assert np.isfinite(found).all()
        constant = np.mean((truth - values.mean()) ** 2)
        # what estimating a mean costs: its variance, known from all values or from the rows
        noise = max(truth.var(), values.var()) / len(rows)
        excess.append(np.mean((truth - found) ** 2) - constant)
        scale.append(constant + noise)
        assert excess[-1] <= 4 * noise + 0.25 * constant
    assert np.mean(np.array(excess) / scale) <= 0.1
