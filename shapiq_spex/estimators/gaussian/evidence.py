r"""Hyper-parameters of the Walsh kernel by maximum marginal likelihood ("evidence").

The relevances have a hierarchical log-normal prior, log b_i = mu + width z_i with z_i ~ N(0, 1). A
small width makes the players similar (few rows); a large one allows most players to be irrelevant.
With K the covariance of the rows plus noise and alpha = K^-1 y, the objective is

    J = y' alpha / 2 + log det K / 2 - log prior,   dJ = tr((K^-1 - alpha alpha') dK) / 2 - ...

(C. E. Rasmussen and C. K. I. Williams, *Gaussian Processes for Machine Learning*, 2006, eq. 5.9).

On paired rows (:mod:`shapiq_spex.estimators.gaussian.paired_rows`) it is the sum of two objectives
of half the size:

    K_even = k(x, x') + k(x, -x'),        K_odd = k(x, x') - k(x, -x').

Hints on the players (:mod:`shapiq_spex.estimators.gaussian.informed_kernel`) add parameters: the
weights w of covariates, log b_i = mu + width z_i + <phi_i, w>, and log tau_k of each direction.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy.linalg import lapack
from scipy.optimize import minimize

from shapiq_spex.estimators.gaussian.informed_kernel import (
    Hints,
    InformedKernel,
    direction_columns,
    no_hints,
    slopes_of_strengths,
    with_directions,
)
from shapiq_spex.estimators.gaussian.kernel import WalshKernel, linear_products
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.signs import Signs
from shapiq_spex.fourier.terms import Vector

SMALLEST_NOISE, LARGEST_NOISE = 1e-4, 2.0
"""Bounds of the noise variance: a Cholesky factorisation in single precision breaks down below the
first, and no noise exceeds the variance of the values, 1, by much."""

_CONSTANT = 1.0
"""The prior variance of the constant: that of the values."""

_TAIL_MEANS, _TAIL_DEVIATIONS = (0.0, -1.0, -3.0), (2.0, 2.0, 3.0)
"""The normal prior of log s, log l and log noise. Its centre: the product explains the variance of
the values (s = 1), single players add l = .4, and noise is 5%. One standard deviation is a factor
of 7 (20 for the noise). Tuned."""

_GROWTH_DEVIATION, _LARGEST_GROWTH = 0.5, 1.0
"""The prior standard deviation of the growth, around none, and its bound, at which effects are 2.2
times as large with half of the players removed as with one in ten. Larger growths explain little
more near the full coalition and less elsewhere. Tuned."""

_MU_DEVIATION = 1.0
"""The prior standard deviation of mu, around -log n, which makes the relevances add up to one.
Tuned."""

_LOG_TAU, _TAU_DEVIATION = -1.0, 1.5
"""The normal prior of log tau: a direction explains an eighth of the variance, within a factor of
20 (one standard deviation). Tuned."""


def fit_kernel(
    rows: PairedRows,
    *,
    width: float,
    iterations: int,
    start: WalshKernel | None = None,
    growing: bool = False,
    hints: Hints | None = None,
) -> WalshKernel:
    """Hyper-parameters that (nearly) maximise the posterior given rows with standardised values.

    ``width`` is the prior standard deviation of log b_i between players; L-BFGS takes that many
    ``iterations`` in single precision, or in double precision where that fails. If ``growing``,
    effects may grow with the number of players removed, unless rows are paired. With ``hints``, the
    kernel is an informed one.
    """
    players = rows.block.shape[1]
    known = no_hints(players) if hints is None else hints
    theta = _prior_means(players) if start is None else _pack(start, width)
    bounds = [(None, None)] * (players + 3) + [(np.log(SMALLEST_NOISE), np.log(LARGEST_NOISE))]
    most = _LARGEST_GROWTH if growing and not rows.paired else 0.0
    bounds.append((-most, most))
    extra = np.r_[np.zeros(known.covariates.shape[1]), np.full(len(known.directions), _LOG_TAU)]
    theta = np.r_[theta, extra]
    bounds += [(None, None)] * len(extra)
    for dtype in (np.float32, np.float64):
        objective = Objective(rows, width, dtype, known)
        found = minimize(
            objective, theta, jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": iterations, "maxcor": 10},
        )  # fmt: skip
        # A failed factorisation makes the line search stop, possibly where it started.
        if not objective.failed or found.nit >= iterations // 2:
            break
    theta, strengths = _without_hints(cast("Vector", found.x), width, known)
    kernel = unpack(theta, width)
    return kernel if hints is None else InformedKernel.of(kernel, hints.directions, strengths)


class Objective:
    """The negative log posterior of the hyper-parameters and its gradient.

    The parameters are (z_1, ..., z_n, mu, log s, log l, log noise, growth) and those of hints,
    (w_1, ..., w_p, log tau_1, ...).
    """

    def __init__(
        self,
        rows: PairedRows,
        width: float,
        dtype: type[np.floating],
        hints: Hints | None = None,
    ) -> None:
        self.width = width
        self.paired = rows.paired
        self.rows = rows.block.astype(dtype)
        self.products = linear_products(self.rows, self.rows)
        self.targets = tuple(target.astype(dtype) for target in rows.targets)
        self.failed = False
        players = self.rows.shape[1]
        self.hints = no_hints(players) if hints is None else hints
        directions = self.hints.directions
        self._columns = direction_columns(directions, self.rows, paired=self.paired)
        weights = np.ones(self.hints.covariates.shape[1])
        self._means = np.r_[
            _prior_means(players), 0.0 * weights, np.full(len(directions), _LOG_TAU)
        ]
        self._deviations = np.r_[
            np.ones(players), _MU_DEVIATION, _TAIL_DEVIATIONS, _GROWTH_DEVIATION,
            weights / np.sqrt(max(len(weights), 1)), np.full(len(directions), _TAU_DEVIATION),
        ]  # fmt: skip

    def __call__(self, theta: Vector) -> tuple[float, Vector]:
        """J and dJ / d theta (infinite where the covariance is not positive definite)."""
        plain, strengths = _without_hints(theta, self.width, self.hints)
        kernel, players = unpack(plain, self.width), self.rows.shape[1]
        blocks = kernel.blocks(self.rows, self.rows, paired=self.paired, products=self.products)
        if len(strengths):
            blocks = with_directions(blocks, self._columns, self._columns, strengths)
        value = 0.0
        weights: list[Signs] = []
        for target, block in zip(self.targets, blocks, strict=True):
            covariance = block.covariances
            covariance.flat[:: len(covariance) + 1] += covariance.dtype.type(kernel.noise)
            solved = _inverse(covariance, target)
            if solved is None:
                self.failed = True
                return np.inf, np.zeros_like(theta)
            inverse, dual, log_determinant = solved
            value += 0.5 * (float(target @ dual) + log_determinant)
            inverse -= np.multiply.outer(dual, dual)
            weights.append(inverse)
        slope = 0.5 * kernel.log_gradient(blocks, weights, self.rows, self.products)
        of_players, tail = slope[:players], slope[players:]
        gradient = np.r_[
            self.width * of_players, of_players.sum(), tail,
            self.hints.covariates.T @ of_players,
            0.5 * slopes_of_strengths(weights, self._columns, strengths),
        ]  # fmt: skip
        away = theta - self._means
        prior = 0.5 * float(away[:players] @ away[:players])
        for distance, deviation in zip(away[players:], self._deviations[players:], strict=True):
            prior += 0.5 * distance**2 / deviation**2
        return value + prior, gradient + away / self._deviations**2


def _prior_means(players: int) -> Vector:
    return np.r_[np.zeros(players), -np.log(max(players, 1)), _TAIL_MEANS, 0.0]


def _without_hints(theta: Vector, width: float, hints: Hints) -> tuple[Vector, Vector]:
    """The parameters of the plain kernel with the same relevances, and tau_k^2."""
    players, covariates = hints.covariates.shape
    own, weights, log_taus = np.split(theta, [players + 5, players + 5 + covariates])
    if covariates:
        own = own.copy()
        own[:players] += hints.covariates @ weights / width
    return own, np.exp(2.0 * np.clip(log_taus, -20, 5))


def unpack(theta: Vector, width: float) -> WalshKernel:
    """The kernel that belongs to a parameter vector (clipped where exponentials overflow)."""
    mu, log_scale, log_linear, log_noise = np.clip(theta[-5:-1], -20, 5)
    return WalshKernel(
        relevance=np.exp(np.clip(mu + width * theta[:-5], -20, 3)),
        scale=float(np.exp(log_scale)),
        linear=float(np.exp(log_linear)),
        constant=_CONSTANT,
        noise=float(np.exp(log_noise)),
        growth=float(np.clip(theta[-1], -_LARGEST_GROWTH, _LARGEST_GROWTH)),
    )


def _pack(kernel: WalshKernel, width: float) -> Vector:
    log_relevance = np.log(kernel.relevance)
    mu = log_relevance.mean()
    tail = [mu, np.log(kernel.scale), np.log(kernel.linear), np.log(kernel.noise), 0.0]
    return np.concatenate([(log_relevance - mu) / width, tail])


def _inverse(matrix: Signs, target: Signs) -> tuple[Signs, Signs, float] | None:
    """Inverse, solution and log determinant of a positive definite matrix, or None."""
    factorise, solve, invert = lapack.get_lapack_funcs(("potrf", "potrs", "potri"), (matrix,))
    factor, failed = factorise(matrix, lower=True, clean=True)
    if failed:
        return None
    dual, _ = solve(factor, target, lower=True)
    log_determinant = 2 * float(np.log(np.diagonal(factor)).sum(dtype=np.float64))
    half, _ = invert(factor, lower=True)  # the lower triangle, zeros above
    inverse = half + half.T
    inverse.flat[:: len(inverse) + 1] *= 0.5
    return inverse, dual, log_determinant
