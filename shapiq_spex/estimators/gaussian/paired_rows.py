"""Training rows as signs, folded in half where every coalition comes with its complement.

Terms of even degree do not change under x -> -x and terms of odd degree change sign. Paired rows
therefore split every Gaussian regression into two independent ones of half the size, by the
orthogonal change of variables (y(x) + y(-x), y(x) - y(-x)) / sqrt 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.signs import RowNumbers, Signs, take_rows
from shapiq_spex.fourier.terms import Vector


class PairedRows:
    """Distinct rows with values, by pairs.

    Attributes:
        signs: The signs of every row, used here or not.
        values: The value of every row, used here or not.
        table: The pairs to use, see :meth:`Coalitions.pair_table
            <shapiq_spex.fourier.coalitions.Coalitions.pair_table>`.
        block: The signs, one row per pair if ``paired``, else one row per coalition.
        paired: Whether all complements are known.
        first: The row numbers behind ``block``.
        second: The row number of the complement of each row, -1 where it is missing.
    """

    def __init__(self, matrix: Signs, values: Vector, table: NDArray[np.intp]) -> None:
        self.signs, self.values, self.table = matrix, values, table
        self.first, self.second = table.T
        self.paired = bool((self.second >= 0).all())
        if not self.paired:
            both = np.concatenate([table, table[:, ::-1]])
            self.first, self.second = both[both[:, 0] >= 0].T
        self.block = take_rows(matrix, self.first)

    def __len__(self) -> int:
        return len(self.first)

    @property
    def row_numbers(self) -> RowNumbers:
        """The numbers of all rows of the sample."""
        return self.table[self.table >= 0]

    @property
    def targets(self) -> tuple[Vector, ...]:
        """The values of the rows; their even and odd halves if the rows are paired."""
        values = self.values[self.first]
        if not self.paired:
            return (values,)
        mirrored = self.values[self.second]
        return ((values + mirrored) / np.sqrt(2), (values - mirrored) / np.sqrt(2))

    def take(self, chosen: NDArray[np.integer]) -> PairedRows:
        """The sample of some of the pairs."""
        return PairedRows(self.signs, self.values, self.table[chosen])

    def table_within(self, rows: NDArray[np.bool_]) -> NDArray[np.intp]:
        """The pairs of some of all rows, numbered 0, 1, ...; no pair may be torn apart."""
        number = np.where(rows, np.cumsum(rows) - 1, -1)
        table = np.where(self.table >= 0, number[self.table], -1)
        return table[table[:, 0] >= 0]

    def subsample(self, n_rows: int, rng: np.random.Generator) -> PairedRows:
        """At most about ``n_rows`` random rows; complete pairs alone if they are the rule."""
        complete = np.flatnonzero(self.table[:, 1] >= 0)
        mostly = 2 * len(complete) >= 0.8 * (len(self.table) + len(complete))
        candidates = complete if mostly else np.arange(len(self.table))
        rows_per_pair = 1 + np.mean(self.table[candidates, 1] >= 0) if len(candidates) else 1
        count = int(np.ceil(n_rows / rows_per_pair))
        return self.take(np.sort(rng.permutation(candidates)[:count]))

    def twins(self) -> tuple[RowNumbers, RowNumbers]:
        """The positions of the rows of an unpaired sample that have a complement, and of it."""
        position = np.full(len(self.values) + 1, -1)
        position[self.first] = np.arange(len(self.first))
        twin = position[self.second]  # second = -1 reads the extra last entry
        has_twin = np.flatnonzero(twin >= 0)
        return has_twin, twin[has_twin]

    def positions(self, row_numbers: RowNumbers) -> RowNumbers:
        """Where (in ``block``) some of the row numbers are."""
        return np.flatnonzero(np.isin(self.first, row_numbers))

    def unfold(self, *halves: Vector, out: Vector) -> Vector:
        """Write per-row quantities given like ``targets`` into a vector over all rows."""
        if self.paired:
            even, odd = halves
            out[self.first] = (even + odd) / np.sqrt(2)
            out[self.second] = (even - odd) / np.sqrt(2)
        else:
            (out[self.first],) = halves
        return out
