"""The difference estimate, averaged over many random designs of games that are enumerated."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.conversion import convert
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.intervals.coalition_weights import coalition_weights
from shapiq_spex.intervals.difference import differences
from tests.intervals.proxies import Clairvoyant
from tests.intervals.samples import TABLE, N, held_out_residuals


@pytest.mark.parametrize(
    ("index", "max_order", "size", "law", "paired"),
    [
        ("BII", 2, 2, "uniform", True),
        ("FBII", 2, 1, "uniform", False),
        ("SV", 1, 1, "kernel", True),
        ("k-SII", 2, 2, "kernel", True),
        ("FSII", 2, 1, "sizes", False),
        ("FWBII(0.8)", 2, 2, 0.8, False),
        ("WBV(0.9)", 1, 1, "range", False),
    ],
)
def test_it_is_unbiased_and_its_standard_error_is_right(index, max_order, size, law, paired):
    exact = convert(spectrum_of_table(TABLE), index, max_order).to_dict()
    terms = list(combinations(range(N), size))
    truth = np.array([exact[term] for term in terms])
    runs = [
        differences(held_out_residuals(law, 78, seed, paired=paired), index, max_order, terms)
        for seed in range(120)
    ]
    estimates = np.array([run.estimates for run in runs])
    mean, spread = estimates.mean(axis=0), estimates.std(axis=0)
    # of up to 21 dependent comparisons, none by 4.5 standard errors
    assert (np.abs(mean - truth) < 4.5 * spread / np.sqrt(len(runs))).all()
    claimed = np.sqrt(np.mean([run.standard_errors**2 for run in runs], axis=0))
    assert 0.8 < np.sqrt((claimed**2).mean() / (spread**2).mean()) < 1.2


def test_a_perfect_proxy_leaves_no_error():
    exact = spectrum_of_table(TABLE)
    fit = held_out_residuals("uniform", 60, 0, proxy=Clairvoyant(exact))
    found = differences(fit, "BII", 2, [(0, 1), (2, 5)])
    truth = convert(exact, "BII", 2).to_dict()
    np.testing.assert_allclose(found.estimates, [truth[0, 1], truth[2, 5]], atol=1e-12)
    assert found.standard_errors.max() < 1e-12


def test_degrees_of_freedom_and_carriers_have_their_textbook_values():
    fit = held_out_residuals("uniform", 80, 1)
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


@pytest.mark.parametrize(
    ("index", "size", "law", "paired"),
    [
        ("FWBII(0.9)", 2, 0.9, False),
        ("WBV(0.8)", 1, "near", False),
        ("SV", 1, "kernel", True),
        ("FBII", 1, "range", False),
    ],
)
def test_the_standard_error_is_at_least_the_one_to_be_expected(index, size, law, paired):
    """... of a design in which each unit of a stratum has each of its residuals."""
    fit = held_out_residuals(law, 70, 3, paired=paired)
    strata, every = fit.strata, Coalitions.all_of(N)
    terms = list(combinations(range(N), size))
    weights = coalition_weights(index, 2, size, N)
    for term, error in zip(terms, differences(fit, index, 2, terms).standard_errors, strict=True):
        weight = weights[every.sizes(), every.dense()[:, list(term)].sum(axis=1)]
        both = np.column_stack([weight, weight[every.complement().numbers()]])[:, : 1 + paired]
        expected = 0.0
        for part in strata.classes:
            residuals = fit.held_out_residuals[strata.stratum == part.stratum]
            squares = np.square(both[every.sizes() == part.size] @ residuals.T).mean()
            expected += part.expected * part.excess * (1 + part.excess) * squares
        assert error**2 >= expected * (1 - 1e-9)
