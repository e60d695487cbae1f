r"""Least squares on all rows for a growing list of terms.

For fixed terms the coefficients that fit all answers best solve the normal equations G F = h with
G[T, T'] = sum_S chi_T(S) chi_T'(S) and h[T] = sum_S chi_T(S) v(S). On a complete family of cosets
both are sums over bins, because terms of different bins are orthogonal there:

    G[T, T'] = 2^b <g_T, g_T'> if T and T' share a bin, else 0,      h[T] = 2^b <g_T, u>

with the pattern of signs g_T of a term and the content u of its bin
(:mod:`shapiq_spex.coding.cosets`).
The coded rows are never unpacked again, whatever the number of players; only the uniform rows
need a product of matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from shapiq_spex.coding.algebra import Members
from shapiq_spex.coding.cosets import Cosets, Place
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

Signs = NDArray[np.int8]

_BLOCK = 32
"""Terms whose players are unpacked at a time; bounds memory."""

_COLUMNS = 1 << 8
"""Rows whose signs are multiplied at a time; bounds memory."""

_RIDGE = 1e-12
"""Added to the diagonal of G, relative to it: some rows do not distinguish all terms."""


class Evidence(NamedTuple):
    """Answers of a game: those of the cosets by bins, and those of uniformly random rows.

    Attributes:
        cosets: The families of cosets, over one labelling.
        contents: The contents of the bins of every family, one row of P numbers per bin.
        rows: Uniformly random coalitions.
        values: Their answers.
    """

    cosets: Sequence[Cosets]
    contents: Sequence[Vector]
    rows: Coalitions
    values: Vector

    @property
    def n_answers(self) -> int:
        """The number of answers."""
        return len(self.values) + sum(len(cosets) for cosets in self.cosets)

    def energy(self) -> float:
        """The sum of the squares of all answers."""
        energy = float(self.values @ self.values)
        for cosets, content in zip(self.cosets, self.contents, strict=True):
            energy += cosets.n_bins * float(np.square(content).sum())
        return energy


class TermRegression:
    """Terms, their least-squares coefficients, and what they leave unexplained.

    Attributes:
        evidence: The answers.
        members: The terms, one row of players each, padded with -1.
        coefficients: Their coefficients.
        residual: The evidence that remains.
    """

    def __init__(self, evidence: Evidence) -> None:
        degree = evidence.cosets[0].labelling.degree
        self.evidence = evidence
        self.members: Members = np.empty((0, degree), dtype=np.int32)
        self.coefficients: Vector = np.empty(0)
        self.residual = evidence
        self._places = [
            Place(np.empty(0, dtype=np.intp), np.empty((0, cosets.n_offsets)))
            for cosets in evidence.cosets
        ]
        self._signs = np.empty((0, len(evidence.rows)), dtype=np.int8)
        self._gram = np.empty((0, 0))
        self._moments = np.empty(0)
        self._factor = (self._gram, True)

    def __len__(self) -> int:
        """The number of terms."""
        return len(self.members)

    def add(self, members: Members) -> None:
        """Take in more terms, none of them known already, and fit again."""
        new = [cosets.locate(members) for cosets in self.evidence.cosets]
        signs = characters(self.evidence.rows, members)
        across, within = products(signs, self._signs), products(signs, signs)
        moments = moments_of(signs, self.evidence.values)
        for family, (cosets, content) in enumerate(
            zip(self.evidence.cosets, self.evidence.contents, strict=True)
        ):
            old, fresh = self._places[family], new[family]
            _add_overlap(across, fresh, old, cosets.n_bins)
            _add_overlap(within, fresh, fresh, cosets.n_bins)
            moments = moments + cosets.n_bins * (fresh.signs * content[fresh.bins]).sum(axis=1)
            self._places[family] = Place(
                np.concatenate([old.bins, fresh.bins]), np.concatenate([old.signs, fresh.signs])
            )
        self.members = np.concatenate([self.members, members])
        self._signs = np.concatenate([self._signs, signs])
        self._gram = np.block([[self._gram, across.T], [across, within]])
        self._moments = np.concatenate([self._moments, moments])
        self._fit()

    def keep(self, chosen: NDArray[np.bool_]) -> None:
        """Drop all terms but the chosen ones, and fit again."""
        self.members = self.members[chosen]
        self._places = [Place(bins[chosen], signs[chosen]) for bins, signs in self._places]
        self._signs = self._signs[chosen]
        self._gram = self._gram[np.ix_(chosen, chosen)]
        self._moments = self._moments[chosen]
        self._fit()

    def predict_without(self, rows: Coalitions, values: Vector) -> Vector:
        """What the terms predict for some rows of the evidence if they are fitted to the others.

        G and h are sums over rows, from which those of the given rows of the evidence, coded or
        not, are subtracted.
        """
        signs = characters(rows, self.members)
        factor = self._factored(self._gram - products(signs, signs))
        return combine(cho_solve(factor, self._moments - moments_of(signs, values)), signs)

    def errors(self) -> Vector:
        """The standard errors of the coefficients, the roots of sigma^2 (G^-1)[T, T]."""
        variance = self.residual.energy() / max(self.evidence.n_answers - len(self), 1)
        inverse = cho_solve(self._factor, np.eye(len(self), order="F"), overwrite_b=True)
        return np.sqrt(variance * np.diag(inverse))

    def spectrum(self) -> Spectrum:
        """The terms with their coefficients."""
        degrees = (self.members >= 0).sum(axis=1)
        groups: list[tuple[Members, Vector]] = []
        for degree in np.unique(degrees):
            rows = degrees == degree
            groups.append((self.members[rows, :degree], self.coefficients[rows]))
        return Spectrum(self.evidence.rows.n_players, groups)

    def _fit(self) -> None:
        if len(self) == 0:
            self.coefficients, self.residual = np.empty(0), self.evidence
            return
        self._factor = self._factored(self._gram.copy(order="F"))
        self.coefficients = cho_solve(self._factor, self._moments)
        contents: list[Vector] = []
        for content, (bins, signs) in zip(self.evidence.contents, self._places, strict=True):
            left = content.copy()
            np.subtract.at(left, bins, self.coefficients[:, None] * signs)
            contents.append(left)
        values = self.evidence.values - combine(self.coefficients, self._signs)
        self.residual = self.evidence._replace(contents=contents, values=values)

    def _factored(self, gram: Vector) -> tuple[Vector, bool]:
        """The Cholesky factor of G and a little more, in the memory of G."""
        gram[np.diag_indices_from(gram)] += _RIDGE * self.evidence.n_answers
        factor, lower = cho_factor(gram, overwrite_a=True)
        return factor, bool(lower)


def characters(coalitions: Coalitions, members: Members) -> Signs:
    """chi_T(S) for all terms (rows) and coalitions (columns)."""
    signs = np.empty((len(members), len(coalitions)), dtype=np.int8)
    for start in range(0, len(members), _BLOCK):
        block = members[start : start + _BLOCK]
        players, place = np.unique(block, return_inverse=True)
        columns = np.ascontiguousarray(coalitions.columns(players).T.view(np.uint8))
        columns[players < 0] = 0  # padding belongs to no coalition
        for term, where in enumerate(place.reshape(block.shape)):
            signs[start + term] = 1 - 2 * np.bitwise_xor.reduce(columns[where]).astype(np.int8)
    return signs


def products(left: Signs, right: Signs) -> Vector:
    """Left @ right.T, exactly: single precision holds sums of up to 2^24 signs."""
    total = np.zeros((len(left), len(right)))
    for start in range(0, left.shape[1], _COLUMNS):
        block = slice(start, start + _COLUMNS)
        total += left[:, block].astype(np.float32) @ right[:, block].astype(np.float32).T
    return total


def moments_of(signs: Signs, values: Vector) -> Vector:
    """Signs @ values in double precision, without a double copy of all signs."""
    blocks = [signs[start : start + _BLOCK] for start in range(0, len(signs), _BLOCK)]
    return np.concatenate([np.empty(0), *(block.astype(np.float64) @ values for block in blocks)])


def combine(coefficients: Vector, signs: Signs) -> Vector:
    """Coefficients @ signs in double precision, without a double copy of all signs."""
    total = np.zeros(signs.shape[1])
    for start in range(0, len(signs), _BLOCK):
        block = slice(start, start + _BLOCK)
        total += coefficients[block] @ signs[block].astype(np.float64)
    return total


def _add_overlap(total: Vector, left: Place, right: Place, n_bins: int) -> None:
    """Add the inner products of signs of terms in the same bin, times the number of bins."""
    for start in range(0, len(total), _BLOCK):
        rows = slice(start, start + _BLOCK)
        shared = left.bins[rows, None] == right.bins[None, :]
        total[rows] += n_bins * (left.signs[rows] @ right.signs.T) * shared
