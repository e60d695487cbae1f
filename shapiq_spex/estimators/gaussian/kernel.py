r"""The Walsh kernel: a prior over games that favours small sets of relevant players.

With players written as signs x_i = 1 - 2 S_i in {+1, -1}, the kernel

    k(x, x') = c + l <x, x'> / n + s prod_i exp(b_i (x_i x_i' - 1))

is the covariance of a random game whose Fourier coefficients F(T) are independent with variances

    lambda_T = c [T = {}] + l / n [|T| = 1] + s prod_i exp(-b_i) cosh(b_i) prod_{i in T} tanh(b_i)

because exp(b (t - 1)) = exp(-b) cosh(b) (1 + t tanh b) for t in {+1, -1}. The *relevances*
b_i >= 0 make terms of few, relevant players likely and exclude no other term. This is the diffusion
kernel of the hypercube (Kondor and Lafferty, *Diffusion kernels on graphs and other discrete
structures*, ICML 2002) with one diffusion time per player.

Effects may be smaller near the full coalition than elsewhere. The product term is then multiplied
by a(x) a(x'), with the amplitude a(x) = exp(g mean_i x_i), which grows with the players removed. It
is a product over the players like the kernel, so that coefficients in any basis can still be read
exactly (:mod:`shapiq_spex.estimators.gaussian.biased_mean`), though those of the Fourier basis are
no longer independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.signs import Signs
from shapiq_spex.fourier.terms import Vector

_SMALLEST_EXPONENT = -80.0
"""Exponents are cut off here: exp(-80) = 2e-35 adds nothing to a covariance, and the subnormal
numbers below 1e-38 would slow single precision down."""


class Block(NamedTuple):
    """A block of covariances.

    Attributes:
        covariances: k(x, x') of terms of all, of even or of odd degree, without noise.
        smooth: The part of it that the product of the kernel contributes.
        slope: The same after multiplication by the signs x_i x_i', of any one player i: the part of
            the derivative by b_i that depends on i.
        linear: How often the linear part enters.
    """

    covariances: Signs
    smooth: Signs
    slope: Signs
    linear: float


@dataclass(frozen=True)
class WalshKernel:
    """Hyper-parameters of the Walsh kernel, in units where the values have variance one.

    Attributes:
        relevance: b_i >= 0, one per player.
        scale: s, the prior variance of the product term.
        linear: l, the additional prior variance of the terms of degree one together.
        constant: c, the prior variance of the constant.
        noise: The variance of what the kernel does not explain.
        growth: g, how the logarithm of effects grows with the share of players that are removed.
    """

    relevance: Vector
    scale: float
    linear: float
    constant: float
    noise: float
    growth: float = 0.0

    def amplitudes(self, rows: Signs) -> Signs:
        """a(x), one per row."""
        return np.exp(rows.dtype.type(self.growth) * rows.mean(axis=1))

    def blocks(
        self, left: Signs, right: Signs, *, paired: bool, products: Signs | None = None
    ) -> tuple[Block, ...]:
        """The covariances between two sets of rows, without noise.

        If the complement -x of each row is known too (``paired``), there are two blocks,
        k(x, x') + k(x, -x') of the terms of even degree and k(x, x') - k(x, -x') of those of odd
        degree. Otherwise there is one, k(x, x'). ``products`` are <x, x'> / n, if known.
        """
        dtype = left.dtype.type
        relevance = self.relevance.astype(left.dtype)
        root = np.sqrt(relevance)
        weighted = left * root
        exponent = weighted @ (weighted if right is left else right * root).T
        if products is None:
            products = linear_products(left, right)
        total, scale = relevance.sum(), dtype(self.scale)
        constant, linear = dtype(self.constant), dtype(self.linear)
        near = scale * np.exp(np.clip(exponent - total, _SMALLEST_EXPONENT, 0))
        if self.growth and not paired:  # even and odd terms of pairs would not be independent
            near *= np.multiply.outer(self.amplitudes(left), self.amplitudes(right))
        if not paired:
            return (Block(near + constant + linear * products, near, near, 1.0),)
        far = scale * np.exp(np.clip(-exponent - total, _SMALLEST_EXPONENT, 0))
        even, odd = near + far, near - far
        return (
            Block(even + 2 * constant, even, odd, 0.0),
            Block(odd + 2 * linear * products, odd, even, 2.0),
        )

    def log_gradient(
        self, blocks: Sequence[Block], weights: Sequence[Signs], rows: Signs, products: Signs
    ) -> Vector:
        """The derivatives of sum <W, K> over the blocks, by the logarithms of hyper-parameters.

        ``blocks`` and ``products`` are those of the rows and themselves.

        Returns:
            The derivatives by log b_1, ..., log b_n, log s, log l and log noise and, for rows that
            are not paired, by the growth.
        """
        along_scale, along_linear, along_noise = 0.0, 0.0, 0.0
        along_growth, removed = 0.0, rows.mean(axis=1)
        along_players = np.zeros(rows.shape[1])
        for block, weight in zip(blocks, weights, strict=True):
            along_scale += float(np.vdot(weight, block.smooth))
            along_noise += float(np.trace(weight))
            if block.linear:
                along_linear += block.linear * float(np.vdot(weight, products))
            slope = weight * block.slope
            if len(blocks) == 1:
                along_growth += 2.0 * float(slope.sum(axis=1) @ removed)
            signed = slope @ rows
            along_players += np.einsum("ij,ij->j", signed, rows)
        # the derivative of exp(b (x x' - 1)) by b is (x x' - 1) times itself
        players = (along_players - along_scale) * self.relevance
        return np.r_[
            players,
            along_scale,
            along_linear * self.linear,
            along_noise * self.noise,
            along_growth,
        ]

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


def linear_products(left: Signs, right: Signs) -> Signs:
    """<x, x'> / n for two sets of rows."""
    return left @ right.T / left.dtype.type(max(left.shape[1], 1))
