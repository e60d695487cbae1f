"""Random kernels and rows for the laws of the Gaussian proxy."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from shapiq_spex.estimators.gaussian.beam import Mean
from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.signs import signs


def random_kernel(rng, n_players, growth=0.0):
    relevance = rng.gamma(1.0, 1.0 / n_players, n_players)
    return WalshKernel(relevance, *rng.gamma(2.0, 0.5, 3), noise=0.05, growth=growth)


def paired_rows_of(coalitions, values):
    return PairedRows(signs(coalitions), values, coalitions.pair_table())


def one_by_one(coalitions, values):
    """The same rows as if no complement were known."""
    table = np.column_stack([np.arange(len(values)), np.full(len(values), -1)])
    return PairedRows(signs(coalitions), values, table)


def mean_of(posterior, weight=1.0):
    """The posterior mean, times a weight."""
    return Mean(posterior.rows.block, posterior.kernel, *posterior.row_duals, weight)


def covariance(kernel, left, right):
    """k(x, x') by the formula of the kernel, without noise."""
    products = left[:, None, :] * right[None, :, :]
    smooth = np.exp((kernel.relevance * (products - 1)).sum(axis=2))
    smooth *= np.exp(kernel.growth * (left.mean(axis=1)[:, None] + right.mean(axis=1)))
    return kernel.constant + kernel.linear * products.mean(axis=2) + kernel.scale * smooth


def prior_variances(kernel):
    """lambda_T of all 2^n terms by the formula of the kernel."""
    n_players = len(kernel.relevance)
    base = kernel.scale * np.prod(np.exp(-kernel.relevance) * np.cosh(kernel.relevance))
    variances = {}
    for degree in range(n_players + 1):
        for term in combinations(range(n_players), degree):
            variances[term] = base * np.prod(np.tanh(kernel.relevance[list(term)]))
            variances[term] += kernel.constant * (degree == 0)
            variances[term] += kernel.linear / n_players * (degree == 1)
    return variances
