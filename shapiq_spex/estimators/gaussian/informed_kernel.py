r"""The Walsh kernel of players of whom something is known before any answer.

Covariates phi_i of the players inform their relevances, and functions h_k that the game may
resemble are directions of their own:

    k(x, x') = c + l <x, x'> / n + s prod_i exp(b_i (x_i x_i' - 1)) + sum_k tau_k^2 h_k(x) h_k(x')

    log b_i = mu + z_i + <phi_i, w>,   z ~ N(0, 1),   w ~ N(0, I / p),   log tau_k ~ N(-1, 1.5^2)

with p standardised covariates. The h_k are spectra, so that the posterior mean is one, too:

    F(T) = lambda_T sum_j alpha_j chi_T(x_j) + sum_k rho_k F_{h_k}(T)
    rho_k = tau_k^2 h_k(X)' alpha

A function of even degrees, or of odd ones, is a direction of one of the two blocks of paired rows,
where it counts twice: h(x) h(x') +- h(x) h(-x') = 2 h(x) h(x').
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.gaussian.kernel import Block, WalshKernel
from shapiq_spex.estimators.signs import Signs
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

INFORMED = "informed gaussian"
"""The name of a posterior under an informed kernel."""

Parity = Literal["even", "odd", "any"]


@dataclass(frozen=True, eq=False)
class Direction:
    """A function h that the game may resemble, in units where values have variance one.

    Attributes:
        function: Its spectrum.
        parity: Of which degrees its terms are. Paired rows ignore those of any degree.
    """

    function: Spectrum
    parity: Parity
    _known: dict[bytes, Vector] = field(default_factory=dict[bytes, Vector], repr=False)

    def values(self, coalitions: Coalitions) -> Vector:
        """Its values, computed once for the same coalitions: every kernel of a fit needs them."""
        key = coalitions.packed.tobytes()
        if key not in self._known:
            self._known[key] = self.function.evaluate(coalitions)
        return self._known[key]


@dataclass(frozen=True, eq=False)
class Hints:
    """What kernels are informed of.

    Attributes:
        covariates: Standardised covariates, a line per player.
        directions: The functions that the game may resemble.
    """

    covariates: NDArray[np.float64]
    directions: tuple[Direction, ...] = ()


def no_hints(n_players: int) -> Hints:
    """Nothing is known."""
    return Hints(np.empty((n_players, 0)))


@dataclass(frozen=True)
class InformedKernel(WalshKernel):
    """A Walsh kernel with directions.

    Attributes:
        directions: The functions h_k.
        strengths: tau_k^2, the prior variance along each of them.
    """

    directions: tuple[Direction, ...] = ()
    strengths: tuple[float, ...] = ()

    @classmethod
    def of(
        cls, kernel: WalshKernel, directions: Sequence[Direction], strengths: Vector
    ) -> InformedKernel:
        """A kernel and directions beside it."""
        plain = {own.name: getattr(kernel, own.name) for own in fields(WalshKernel)}
        return cls(**plain, directions=tuple(directions), strengths=tuple(strengths.tolist()))

    def blocks(
        self, left: Signs, right: Signs, *, paired: bool, products: Signs | None = None
    ) -> tuple[Block, ...]:
        """The covariances of the plain kernel and those along the directions."""
        blocks = super().blocks(left, right, paired=paired, products=products)
        if not self.directions:
            return blocks
        columns = direction_columns(self.directions, left, paired=paired)
        others = columns
        if right is not left:
            others = direction_columns(self.directions, right, paired=paired)
        return with_directions(blocks, columns, others, np.array(self.strengths))

    def part_along_directions(
        self, rows: Signs, even: Vector, odd: Vector
    ) -> Iterator[tuple[NDArray[np.int32], Vector]]:
        """sum_k rho_k h_k, for multiples of the rows that sum to terms of even and odd degree.

        Yields:
            The members and coefficients of terms of one degree; degrees repeat.
        """
        coalitions = Coalitions.from_dense(rows < 0)
        for direction, strength in zip(self.directions, self.strengths, strict=True):
            duals = odd if direction.parity == "odd" else even
            share = strength * float(direction.values(coalitions) @ duals)
            for members, coefficients in direction.function.groups:
                yield members, share * coefficients


def direction_columns(
    directions: Sequence[Direction], rows: Signs, *, paired: bool
) -> tuple[Signs, ...]:
    """The values of the directions on rows, for each block the square root of as often they count.

    A column per direction, zero where it has no part in a block.
    """
    coalitions = Coalitions.from_dense(rows < 0)
    values = np.empty((len(rows), len(directions)), dtype=rows.dtype)
    for column, direction in zip(values.T, directions, strict=True):
        column[:] = direction.values(coalitions)
    if not paired:
        return (values,)
    parities = np.array([direction.parity for direction in directions])
    return tuple(
        np.where(parities == parity, rows.dtype.type(np.sqrt(2)) * values, rows.dtype.type(0))
        for parity in ("even", "odd")
    )


def with_directions(
    blocks: Sequence[Block],
    left: Sequence[Signs],
    right: Sequence[Signs],
    strengths: Vector,
) -> tuple[Block, ...]:
    """Blocks of the plain kernel with the covariances along directions added to them."""
    return tuple(
        block._replace(
            covariances=block.covariances + (mine * strengths.astype(mine.dtype)) @ theirs.T
        )
        for block, mine, theirs in zip(blocks, left, right, strict=True)
    )


def slopes_of_strengths(
    weights: Sequence[Signs], columns: Sequence[Signs], strengths: Vector
) -> Vector:
    """The derivatives of sum <W, K> over the blocks by log tau_k."""
    slopes = np.zeros(len(strengths))
    for weight, values in zip(weights, columns, strict=True):
        slopes += 2.0 * strengths * np.einsum("ik,ik->k", values, weight @ values)
    return slopes
