r"""Hyper-parameters of the Walsh kernel by maximum marginal likelihood ("evidence").

The relevances have a hierarchical log-normal prior, log b_i = mu + width z_i with z_i ~ N(0, 1):
a small width keeps the players alike (few rows), a large one lets most players be irrelevant.
With K the covariance of the rows plus noise and alpha = K^-1 y, the objective is

    J = y' alpha / 2 + log det K / 2 - log prior,   dJ = tr((K^-1 - alpha alpha') dK) / 2 - ...

(C. E. Rasmussen and C. K. I. Williams, *Gaussian Processes for Machine Learning*, 2006, eq. 5.9).

On paired rows (:mod:`shapiq_spex.estimators.gaussian.paired_rows`) it is the sum of two objectives
of half the size:

    K_even = k(x, x') + k(x, -x'),        K_odd = k(x, x') - k(x, -x').
"""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy.linalg import lapack
from scipy.optimize import minimize

from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.signs import Signs
from shapiq_spex.fourier.terms import Vector

SMALLEST_NOISE = 1e-4  # below, a Cholesky factorisation in single precision breaks down
_CONSTANT = 1.0


def fit_kernel(
    rows: PairedRows, *, width: float, iterations: int, start: WalshKernel | None = None
) -> WalshKernel:
    """Hyper-parameters that (nearly) maximise the posterior given the rows.

    Args:
        rows: Rows and standardised values.
        width: The prior standard deviation of log b_i between players.
        iterations: The number of L-BFGS steps.
        start: Hyper-parameters to start from, such as those for another width.

    Returns:
        The kernel. Computed in single precision, and in double precision where that fails.
    """
    players = rows.block.shape[1]
    theta = _initial(players) if start is None else _pack(start, width)
    bounds = [(None, None)] * (players + 3) + [(np.log(SMALLEST_NOISE), np.log(2.0))]
    for dtype in (np.float32, np.float64):
        objective = Objective(rows, width, dtype)
        found = minimize(
            objective, theta, jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": iterations, "maxcor": 10},
        )  # fmt: skip
        # A failed factorisation makes the line search stop, possibly where it started.
        if not objective.failed or found.nit >= iterations // 2:
            break
    return unpack(cast("Vector", found.x), width)


class Objective:
    """The negative log posterior of the hyper-parameters and its gradient.

    The parameters are (z_1, ..., z_n, mu, log s, log l, log noise).
    """

    def __init__(self, rows: PairedRows, width: float, dtype: type[np.floating]) -> None:
        self.width = width
        self.dtype = dtype
        self.rows = rows.block.astype(dtype)
        self.linear = self.rows @ self.rows.T / dtype(max(self.rows.shape[1], 1))
        self.targets = tuple(target.astype(dtype) for target in rows.targets)
        self.failed = False

    def __call__(self, theta: Vector) -> tuple[float, Vector]:
        """J and dJ / d theta (infinite where the covariance is not positive definite)."""
        kernel, dtype, players = unpack(theta, self.width), self.dtype, self.rows.shape[1]
        relevance = kernel.relevance.astype(dtype)
        exponent = self.rows * np.sqrt(relevance)
        exponent = exponent @ exponent.T
        total = dtype(relevance.sum())
        scale, noise = dtype(kernel.scale), dtype(kernel.noise)
        near = scale * np.exp(np.minimum(exponent - total, 0))
        if len(self.targets) == 1:
            blocks = [(near, near)]
            parts = [near + dtype(kernel.constant) + dtype(kernel.linear) * self.linear]
            linear_factor = (1.0,)
        else:
            far = scale * np.exp(np.minimum(-exponent - total, 0))
            even, odd = near + far, near - far
            blocks = [(even, odd), (odd, even)]
            parts = [
                even + dtype(2 * kernel.constant),
                odd + dtype(2 * kernel.linear) * self.linear,
            ]
            linear_factor = (0.0, 2.0)
        value = 0.0
        product, diagonal, linear, trace = 0.0, np.zeros(players), 0.0, 0.0
        for target, covariance, (same, swapped), factor in zip(
            self.targets, parts, blocks, linear_factor, strict=True
        ):
            covariance.flat[:: len(covariance) + 1] += noise
            solved = _inverse(covariance, target)
            if solved is None:
                self.failed = True
                return np.inf, np.zeros_like(theta)
            weights, dual, log_determinant = solved
            value += 0.5 * (float(target @ dual) + log_determinant)
            weights -= np.multiply.outer(dual, dual)
            product += float(np.vdot(weights, same))
            trace += float(np.trace(weights))
            if factor:
                linear += factor * float(np.vdot(weights, self.linear))
            weights *= swapped
            diagonal += np.einsum("ij,ij->j", weights @ self.rows, self.rows)
        slope = 0.5 * (diagonal - product) * kernel.relevance
        z, (mu, log_scale, log_linear, log_noise) = theta[:players], theta[players:]
        prior = (
            0.5 * float(z @ z)
            + 0.5 * (mu - _mean_log_relevance(players)) ** 2 / _SD_MU**2
            + 0.5 * log_scale**2 / _SD_SCALE**2
            + 0.5 * (log_linear + 1) ** 2 / _SD_SCALE**2
            + 0.5 * (log_noise + 3) ** 2 / _SD_NOISE**2
        )
        gradient = np.concatenate(
            [
                self.width * slope + z,
                [
                    slope.sum() + (mu - _mean_log_relevance(players)) / _SD_MU**2,
                    0.5 * product + log_scale / _SD_SCALE**2,
                    0.5 * linear * kernel.linear + (log_linear + 1) / _SD_SCALE**2,
                    0.5 * trace * kernel.noise + (log_noise + 3) / _SD_NOISE**2,
                ],
            ]
        )
        return value + prior, gradient


_SD_MU, _SD_SCALE, _SD_NOISE = 1.0, 2.0, 3.0


def _mean_log_relevance(players: int) -> float:
    return -float(np.log(max(players, 1)))


def _initial(players: int) -> Vector:
    theta = np.zeros(players + 4)
    theta[players:] = [_mean_log_relevance(players), 0.0, -1.0, -3.0]
    return theta


def unpack(theta: Vector, width: float) -> WalshKernel:
    """The kernel that belongs to a parameter vector."""
    mu, log_scale, log_linear, log_noise = np.clip(theta[-4:], -20, 5)
    return WalshKernel(
        relevance=np.exp(np.clip(mu + width * theta[:-4], -20, 3)),
        scale=float(np.exp(log_scale)),
        linear=float(np.exp(log_linear)),
        constant=_CONSTANT,
        noise=float(np.exp(log_noise)),
    )


def _pack(kernel: WalshKernel, width: float) -> Vector:
    log_relevance = np.log(kernel.relevance)
    mu = log_relevance.mean()
    tail = [mu, np.log(kernel.scale), np.log(kernel.linear), np.log(kernel.noise)]
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
