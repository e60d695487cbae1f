r"""Gaussian process regression with the Walsh kernel: posterior, held-out errors, coefficients.

With K the prior covariance of the rows plus noise, P = K^-1 and alpha = P y, the posterior mean
f(x) = k(x, X) alpha is a Walsh-Fourier function with the coefficients

    F(T) = lambda_T sum_j alpha_j chi_T(x_j)

and the residuals of rows o predicted from all the other rows are P_oo^-1 alpha_o (Rasmussen and
Williams 2006, section 5.4.2, for one row). On paired rows the even and the odd half of the values
are treated separately, and one number per half describes "all but this pair".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import lapack

from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.signs import RowNumbers, Signs
from shapiq_spex.fourier.terms import Vector

_DOUBLE_UP_TO = 1500
"""Rows of a block up to which precision is double; beyond, single halves time and memory."""


class Posterior:
    """The posterior of a game under a Walsh kernel, given the values of some rows.

    Attributes:
        kernel: The prior.
        rows: The rows and their values.
        duals: alpha of the targets of the rows: (even, odd) if they are paired, else (alpha,).
    """

    def __init__(self, kernel: WalshKernel, rows: PairedRows) -> None:
        self.kernel, self.rows = kernel, rows
        block = rows.block.astype(np.float64 if len(rows) <= _DOUBLE_UP_TO else np.float32)
        blocks = kernel.blocks(block, block, paired=rows.paired)
        self._factors = tuple(_cholesky(block.covariances, kernel.noise) for block in blocks)
        self.duals = tuple(
            _substitute(factor, target.astype(factor.dtype)).astype(np.float64)
            for factor, target in zip(self._factors, rows.targets, strict=True)
        )

    @property
    def row_duals(self) -> tuple[Vector, Vector]:
        """Multiples of the rows that sum to the terms of even and of odd degree."""
        return even_and_odd(self.duals)

    def residuals(self) -> tuple[Vector, ...]:
        """Each target minus its prediction from all other pairs (leave-one-pair-out)."""
        results: list[Vector] = []
        for factor, dual in zip(self._factors, self.duals, strict=True):
            invert = _lapack("trtri", factor)
            root, _ = invert(factor, lower=True)  # P = root' root
            precision = np.einsum("ij,ij->j", root, root).astype(np.float64)
            residual = dual / precision
            if not self.rows.paired:
                with_twin, twin = self.rows.twins()
                cross = np.einsum("ij,ij->j", root[:, with_twin], root[:, twin]).astype(np.float64)
                determinant = precision[with_twin] * precision[twin] - cross**2
                residual[with_twin] = (
                    precision[twin] * dual[with_twin] - cross * dual[twin]
                ) / determinant
            results.append(residual)
        return tuple(results)

    def duals_without(self, rows: RowNumbers) -> tuple[Vector, ...]:
        """The duals given all but some rows of the block (zero at these rows)."""
        results: list[Vector] = []
        for factor, dual in zip(self._factors, self.duals, strict=True):
            columns = np.zeros((len(dual), len(rows)), dtype=factor.dtype, order="F")
            columns[rows, np.arange(len(rows))] = 1
            columns = _substitute(factor, columns)
            rest = dual - columns @ np.linalg.solve(columns[rows], dual[rows])
            rest[rows] = 0
            results.append(rest)
        return tuple(results)


def even_and_odd(duals: tuple[Vector, ...]) -> tuple[Vector, Vector]:
    """Duals as multiples of chi_T(x_j), for T of even and of odd degree."""
    if len(duals) == 1:
        return duals[0], duals[0]
    return np.sqrt(2) * duals[0], np.sqrt(2) * duals[1]


def _cholesky(covariance: Signs, noise: float) -> Signs:
    """The lower Cholesky factor of covariance + noise, with more noise where rounding needs it."""
    size = len(covariance)
    factorise = _lapack("potrf", covariance)
    diagonal = np.einsum("ii->i", covariance)
    original = diagonal.copy()
    for boost in 4.0 ** np.arange(12):
        diagonal[:] = original + covariance.dtype.type(noise * boost)
        factor, failed = factorise(covariance, lower=True, clean=True)
        if not failed:
            return factor
    raise ArithmeticError(f"the covariance of {size} rows is not positive definite")


def _substitute(factor: Signs, right: Signs) -> Signs:
    solve = _lapack("potrs", factor)
    solution, _ = solve(factor, right, lower=True)
    return solution


def _lapack(name: str, matrix: Signs) -> Callable[..., Any]:
    """The LAPACK routine for the precision of the matrix."""
    return lapack.get_lapack_funcs((name,), (matrix,))[0]
