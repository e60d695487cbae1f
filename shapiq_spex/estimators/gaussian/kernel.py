r"""The Walsh kernel: a prior over games in which small sets of relevant players matter most.

With players written as signs x_i = 1 - 2 S_i in {+1, -1}, the kernel

    k(x, x') = c + l <x, x'> / n + s prod_i exp(b_i (x_i x_i' - 1))

is the covariance of a random game whose Fourier coefficients F(T) are independent with variances

    lambda_T = c [T = {}] + l / n [|T| = 1] + s prod_i exp(-b_i) cosh(b_i) prod_{i in T} tanh(b_i)

because exp(b (t - 1)) = exp(-b) cosh(b) (1 + t tanh b) for t in {+1, -1}. The *relevances*
b_i >= 0 make terms of few, relevant players likely without excluding any other term. It is the
diffusion kernel of the hypercube (Kondor and Lafferty, *Diffusion kernels on graphs and other
discrete structures*, ICML 2002) with one time per player.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.signs import Signs
from shapiq_spex.fourier.terms import Vector


@dataclass(frozen=True)
class WalshKernel:
    """Hyper-parameters of the Walsh kernel, in units where the values have variance one.

    Attributes:
        relevance: b_i >= 0, one per player.
        scale: s, the prior variance of the product term.
        linear: l, the additional prior variance of the terms of degree one together.
        constant: c, the prior variance of the constant.
        noise: The variance of what the kernel does not explain.
    """

    relevance: Vector
    scale: float
    linear: float
    constant: float
    noise: float

    def __call__(self, left: Signs, right: Signs) -> Signs:
        """The covariances k(x, x') between two sets of rows (without noise)."""
        even, odd = self.halves(left, right)
        even += odd
        even *= left.dtype.type(0.5)
        return even

    def halves(self, left: Signs, right: Signs) -> tuple[Signs, Signs]:
        """The parts of even and of odd degree: k(x, x') + k(x, -x') and k(x, x') - k(x, -x')."""
        dtype = left.dtype.type
        exponent = (left * self.relevance.astype(dtype)) @ right.T
        near, far = exponentials(exponent, dtype(self.relevance.sum()))
        near *= dtype(self.scale)
        far *= dtype(self.scale)
        odd = near - far
        near += far
        near += dtype(2 * self.constant)
        odd += (left @ right.T) * dtype(2 * self.linear / max(left.shape[1], 1))
        return near, odd

    def prior_variance(self, members: NDArray[np.integer]) -> Vector:
        """lambda_T for terms of one degree, one row of players per term.

        Example:
            >>> kernel = WalshKernel(np.array([0.5, 1.0]), 1.0, 0.0, 0.0, 0.1)
            >>> variances = [kernel.prior_variance(np.array([t], dtype=int)) for t in
            ...              ([], [0], [1], [0, 1])]
            >>> round(float(np.concatenate(variances).sum()), 12)  # k(x, x) = s
            1.0
        """
        degree = members.shape[1]
        variance = self._product_variance(members)
        if degree == 0:
            variance += self.constant
        elif degree == 1:
            variance += self.linear / len(self.relevance)
        return variance

    def extensions(self, members: NDArray[np.integer]) -> NDArray[np.float64]:
        """Prior variances of terms with one more player: a line per term, a column per player."""
        extended = np.multiply.outer(self._product_variance(members), np.tanh(self.relevance))
        if members.shape[1] == 0:
            extended += self.linear / len(self.relevance)
        return extended

    def _product_variance(self, members: NDArray[np.integer]) -> Vector:
        # exp(-b) cosh(b) = (1 + exp(-2b)) / 2, which cannot overflow
        log_base = np.log1p(np.exp(-2 * self.relevance)).sum() - np.log(2) * len(self.relevance)
        return self.scale * np.exp(log_base) * np.tanh(self.relevance)[members].prod(axis=1)


def exponentials(exponent: Signs, total: np.floating) -> tuple[Signs, Signs]:
    """exp(e - total) and exp(-e - total), overwriting the argument.

    Rounding may push an exponent slightly above zero; results so small that they are subnormal
    numbers would make everything after them slow.
    """
    smallest = exponent.dtype.type(-80)
    near = exponent - total
    np.clip(near, smallest, 0, out=near)
    np.negative(exponent, out=exponent)
    exponent -= total
    np.clip(exponent, smallest, 0, out=exponent)
    return np.exp(near, out=near), np.exp(exponent, out=exponent)
