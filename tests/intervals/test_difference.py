"""The difference estimate, averaged over many random designs of games that are enumerated."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.designs.law import SizeLaw, size_weights
from shapiq_spex.designs.random_coalitions import sample_coalitions
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.intervals.difference import differences
from shapiq_spex.intervals.fold_fits import FOLDS, HeldOutResiduals
from shapiq_spex.intervals.strata import strata_of
from tests.intervals.proxies import Clairvoyant, Straight

N = 7


@pytest.fixture(scope="module")
def table():
    """Strong single players, weak pairs and noise."""
    players = Coalitions.all_of(N).dense()
    rng = np.random.default_rng(5)
    effects, pairs = rng.normal(size=N), rng.normal(size=(N, N)) / 2
    noise = rng.normal(size=2**N) / 3
    return players @ effects + np.einsum("ri,ij,rj->r", players, pairs, players) + noise


def cross_fit(table, law, count, seed, *, paired=True, proxy=None):
    weights = size_weights(N, law)
    rng = np.random.default_rng(seed)
    coalitions = sample_coalitions(N, count, weights, paired=paired, rng=rng)
    values = table[coalitions.dense() @ (1 << np.arange(N))]
    strata = strata_of(coalitions, SizeLaw(weights, paired))
    return HeldOutResiduals.of(coalitions, values, strata, proxy or Straight(), rng)


@pytest.mark.parametrize(
    ("index", "max_order", "size", "law", "paired"),
    [
        ("BII", 2, 2, "uniform", True),
        ("FBII", 2, 1, "uniform", False),
        ("SV", 1, 1, "kernel", True),
        ("k-SII", 2, 2, "kernel", True),
        ("FSII", 2, 1, "sizes", False),
    ],
)
def test_it_is_unbiased_and_its_standard_error_is_right(table, index, max_order, size, law, paired):
    exact = convert(spectrum_of_table(table), index, max_order).to_dict()
    terms = list(combinations(range(N), size))
    truth = np.array([exact[term] for term in terms])
    runs = [
        differences(cross_fit(table, law, 78, seed, paired=paired), index, max_order, terms)
        for seed in range(120)
    ]
    estimates = np.array([run.estimates for run in runs])
    mean, spread = estimates.mean(axis=0), estimates.std(axis=0)
    # of up to 21 dependent comparisons, none by 4.5 standard errors
    assert (np.abs(mean - truth) < 4.5 * spread / np.sqrt(len(runs))).all()
    claimed = np.sqrt(np.mean([run.standard_errors**2 for run in runs], axis=0))
    assert 0.8 < np.sqrt((claimed**2).mean() / (spread**2).mean()) < 1.2


def test_a_perfect_proxy_leaves_no_error(table):
    exact = spectrum_of_table(table)
    fit = cross_fit(table, "uniform", 60, 0, proxy=Clairvoyant(exact))
    found = differences(fit, "BII", 2, [(0, 1), (2, 5)])
    truth = convert(exact, "BII", 2).to_dict()
    np.testing.assert_allclose(found.estimates, [truth[0, 1], truth[2, 5]], atol=1e-12)
    assert found.standard_errors.max() < 1e-12


def test_proxies_never_see_the_fold_they_are_judged_by(table):
    seen = []

    class Watched(Straight):
        def fit(self, coalitions, values, *, rng):
            seen.append({row.tobytes() for row in coalitions})
            return super().fit(coalitions, values, rng=rng)

    fit = cross_fit(table, "uniform", 80, 3, proxy=Watched())
    rows = [row.tobytes() for row in fit.coalitions.dense()]
    assert len(seen) == FOLDS
    for first, second in fit.strata.units:
        times = sum(rows[first] in rows_seen for rows_seen in seen)
        assert times == FOLDS - 1
        assert all((rows[first] in s) == (rows[second] in s) for s in seen)
    assert all(row in rows_seen for rows_seen in seen for row in rows[:2])  # the ends are known


def test_degrees_of_freedom_and_carriers_have_their_textbook_values(table):
    fit = cross_fit(table, "uniform", 80, 1)
    found = differences(fit, "BV", 1, [(0,), (1,)])
    units = len(fit.strata.units)
    np.testing.assert_allclose(found.degrees_of_freedom, units - 1)
    signs = np.where(fit.coalitions.dense()[:, :2], 1.0, -1.0) * 2 / 2**N
    scores = np.einsum("ur,urj->uj", fit.held_out_residuals, signs[fit.strata.units])
    population = 2 ** (N - 1) - 1
    variance = population * (population - units) / units * scores.var(axis=0, ddof=1)
    np.testing.assert_allclose(found.standard_errors, np.sqrt(variance))
    squares = (scores - scores.mean(axis=0)) ** 2
    np.testing.assert_allclose(found.carriers, squares.sum(axis=0) ** 2 / (squares**2).sum(axis=0))
