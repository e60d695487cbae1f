r"""Least squares on all rows for the terms found, and which of them to keep.

For fixed terms the coefficients that fit all answers best solve the normal equations G F = h with
G[T, T'] = sum_S chi_T(S) chi_T'(S) and h[T] = sum_S chi_T(S) v(S). On a complete family of cosets
both are sums over bins, because terms of different bins are orthogonal there:

    G[T, T'] = 2^b <g_T, g_T'> if T and T' share a bin, else 0,      h[T] = 2^b <g_T, u>

with the signs g and contents u of :mod:`shapiq_spex.coding.peeling`. The coded rows are never
unpacked again, whatever the number of players; only the uniform rows need a product of matrices.

A coefficient is kept if it differs from zero by ``THRESHOLD`` standard errors, sigma^2 (G^-1)[T, T]
being its variance and sigma^2 the residual variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from shapiq_spex.coding.algebra import Members
from shapiq_spex.coding.peeling import Bins, locate, peel
from shapiq_spex.coding.search import Stage
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum, Vector

THRESHOLD = 4.5
ROUNDS = 4

_TERMS_PER_BLOCK = 256


class Rows(NamedTuple):
    """Uniformly random coalitions and the game's answers."""

    coalitions: Coalitions
    values: Vector


class Solution(NamedTuple):
    """Terms with coefficients, and what they leave unexplained.

    Attributes:
        members: One row of players per term, filled up with -1.
        coefficients: F(T).
        errors: The standard error of every coefficient.
        families: What is left in the bins.
        residual: What is left in the uniform rows.
    """

    members: Members
    coefficients: Vector
    errors: Vector
    families: list[Bins]
    residual: Vector

    def spectrum(self, n_players: int) -> Spectrum:
        """The terms as a spectrum."""
        degrees = (self.members >= 0).sum(axis=1)
        groups: list[tuple[Members, Vector]] = []
        for degree in np.unique(degrees):
            rows = degrees == degree
            groups.append((self.members[rows, :degree], self.coefficients[rows]))
        return Spectrum(n_players, groups)


def fit_coded(families: Sequence[Bins], rows: Rows, stages: Sequence[Stage]) -> Solution:
    """Peel, refit, drop what is not significant, peel what is left, until nothing changes."""
    degree = families[0].cosets.labelling.degree
    nothing = np.empty((0, degree), dtype=np.int32)
    solution = least_squares(families, rows, nothing)
    for _ in range(ROUNDS):
        more, _ = peel(solution.families, stages)
        members = np.unique(np.concatenate([solution.members, more]), axis=0)
        refitted = _significant(families, rows, members)
        same = np.array_equal(refitted.members, solution.members)
        solution = refitted
        if same:
            break
    return solution


def _significant(families: Sequence[Bins], rows: Rows, members: Members) -> Solution:
    """Refit, dropping insignificant terms, until all that remain are significant."""
    while True:
        solution = least_squares(families, rows, members)
        keep = np.abs(solution.coefficients) >= THRESHOLD * solution.errors
        if keep.all():
            return solution
        members = members[keep]


def least_squares(families: Sequence[Bins], rows: Rows, members: Members) -> Solution:
    """Fit the coefficients of the given terms to the bins and the uniform rows."""
    places = locate(families, members)
    signs = _characters(rows.coalitions, members)
    gram = (signs.T @ signs).astype(np.float64)
    moments = rows.values @ signs
    for (cosets, content), (bins, pattern) in zip(families, places, strict=True):
        gram += cosets.n_bins * (pattern @ pattern.T) * (bins[:, None] == bins[None, :])
        moments += cosets.n_bins * (pattern * content[bins]).sum(axis=1)
    n_rows = len(rows.values) + sum(len(cosets) for cosets, _ in families)
    gram[np.diag_indices_from(gram)] += 1e-12 * n_rows  # two aliases in the same cosets
    factor = cho_factor(gram) if len(gram) else None
    coefficients = cho_solve(factor, moments) if factor else moments

    residual = rows.values - signs @ coefficients
    energy = float(residual @ residual)
    left: list[Bins] = []
    for (cosets, content), (bins, pattern) in zip(families, places, strict=True):
        remainder = content.copy()
        np.subtract.at(remainder, bins, coefficients[:, None] * pattern)
        energy += cosets.n_bins * float(np.square(remainder).sum())
        left.append(Bins(cosets, remainder))
    variance = energy / max(n_rows - len(members), 1)
    inverse = cho_solve(factor, np.eye(len(gram))) if factor else gram
    return Solution(members, coefficients, np.sqrt(variance * np.diag(inverse)), left, residual)


def _characters(coalitions: Coalitions, members: Members) -> np.ndarray:
    """chi_T(S) for all coalitions (rows) and terms (columns), as float32."""
    columns = np.zeros((coalitions.n_players + 1, len(coalitions)), dtype=np.uint8)
    players = np.unique(members[members >= 0])
    columns[players] = coalitions.columns(players).T
    signs = np.empty((len(coalitions), len(members)), dtype=np.float32)
    for start in range(0, len(members), _TERMS_PER_BLOCK):
        block = members[start : start + _TERMS_PER_BLOCK]
        parity = np.zeros((len(block), len(coalitions)), dtype=np.uint8)
        for player in block.T:
            parity ^= columns[player]
        signs[:, start : start + len(block)] = 1.0 - 2.0 * parity.T
    return signs
