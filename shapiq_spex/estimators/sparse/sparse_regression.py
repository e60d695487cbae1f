"""Sparse regression on proposed terms: few terms with unshrunk weights.

A spectrum proposes terms. Three regressions of increasing sparsity are made of them: an adaptive
lasso, whose penalty factors come from the proposed coefficients (H. Zou, *The adaptive lasso and
its oracle properties*, JASA 101, 2006); a hard selection by description length; and its
hierarchical expansion.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.signs import Signs, parity_columns
from shapiq_spex.estimators.sparse.description_length import GramProblem, prices, select
from shapiq_spex.estimators.sparse.expansion import ROUNDS, expand
from shapiq_spex.estimators.sparse.lasso import SELECTION_FLOOR
from shapiq_spex.estimators.sparse.pair_scan import striking_pairs
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector

SPARSE_PROXIES = ("adaptive lasso", "selection", "expansion")
"""The three regressions, by increasing sparsity."""

PENALTIES = 16
"""Penalties on the path of the adaptive lasso. Tuned."""

SIZE_EXPONENT, SMALLEST_SIZE = 0.6, 1e-4
"""How the size of a proposed coefficient enters its penalty; see :func:`relative_sizes`. Tuned."""

_CHOICE = 0.5
"""The price of choosing a term, in nats per nat of log C(n, |T|): between BIC (0) and EBIC (1).
Tuned."""

_SCANS = 3
"""Scans for striking pairs, each of what the terms found before leave. A choice; bounds time."""

_PERFECT = 1e-12
"""The share of the values' energy below which a residual is rounding."""


def relative_sizes(coefficients: Vector) -> Vector:
    """|F(T)| / max |F| + 10^-4; penalties and prior scales are powers of it.

    Example:
        >>> relative_sizes(np.array([-2.0, 1.0, 0.0])).tolist()
        [1.0001, 0.5001, 0.0001]
    """
    magnitudes = np.abs(coefficients)
    return magnitudes / magnitudes.max(initial=1e-300) + SMALLEST_SIZE


class SparseRegression:
    """The three sparse regressions of some rows.

    Args:
        rows: Signs.
        values: The values of the rows, of mean about zero.
        proposals: The spectrum whose terms are considered, the larger the likelier.
        rounds: The number of rounds of the expansion; 0 leaves the selection, at the price of the
            expansion.
        goes_on: What may end the expansion earlier, see
            :func:`~shapiq_spex.estimators.sparse.expansion.expand`.
        table: The pairs {S, complement of S} of the rows. If given, the expansion goes on as long
            as its residual contains striking pairs of players, which start further rounds
            (:mod:`~shapiq_spex.estimators.sparse.pair_scan`).

    Attributes:
        path: The weights of the adaptive lasso, one line per penalty.
        fits_perfectly: Whether the expansion leaves no residual.
        expansion: The terms of the expansion and their weights.
    """

    def __init__(
        self,
        rows: Signs,
        values: Vector,
        proposals: Spectrum,
        rounds: int = ROUNDS,
        *,
        goes_on: Callable[[list[Term], Vector], bool] | None = None,
        table: NDArray[np.intp] | None = None,
    ) -> None:
        ranked = proposals.largest(len(proposals))
        self.n_players = rows.shape[1]
        self.terms: list[Term] = [(), *(term for term, _ in ranked)]
        sizes = relative_sizes(np.array([coefficient for _, coefficient in ranked]))
        problem = GramProblem.of(parity_columns(rows, self.terms), values)
        self.path = problem.path(
            np.r_[1.0, sizes**-SIZE_EXPONENT], count=PENALTIES, smallest=SELECTION_FLOOR
        )
        price = prices(self.terms, self.n_players, len(values), choice=_CHOICE)
        supports = [np.flatnonzero(weights[1:]) + 1 for weights in self.path]
        hard = select(problem, supports, price)
        self.selection = [self.terms[k] for k in hard.support], hard.weights
        self.expansion = expand(rows, values, self.selection[0], rounds=rounds, goes_on=goes_on)
        if table is not None:
            self._add_striking_pairs(rows, values, table)
        residual = self._residual(rows, values)
        self.fits_perfectly = _vanishes(residual, values)

    def _add_striking_pairs(self, rows: Signs, values: Vector, table: NDArray[np.intp]) -> None:
        """Let the expansion go on from pairs that chance does not explain, until none is left."""
        for _ in range(_SCANS):
            residual = self._residual(rows, values)
            if _vanishes(residual, values):
                return
            terms = self.expansion[0]
            striking = [p for p in striking_pairs(rows, residual, table) if p not in terms]
            if not striking:
                return
            self.expansion = expand(rows, values, [*terms, *striking], rounds=1)

    def _residual(self, rows: Signs, values: Vector) -> Vector:
        terms, weights = self.expansion
        return values - weights @ parity_columns(rows, terms)

    def predict(self, rows: Signs) -> NDArray[np.float64]:
        """Predictions of the path (one column per penalty), the selection and the expansion."""
        columns = [(self.path @ parity_columns(rows, self.terms)).T]
        for terms, weights in (self.selection, self.expansion):
            columns.append((weights @ parity_columns(rows, terms))[:, None])
        return np.concatenate(columns, axis=1)

    def spectra(self, penalty: int) -> tuple[Spectrum, Spectrum, Spectrum]:
        """The spectra of the three regressions; ``penalty`` counts along the path."""
        lasso = Spectrum.from_terms(self.n_players, self.terms, self.path[penalty])
        return (
            lasso.select(lambda group: group.coefficients != 0),
            Spectrum.from_terms(self.n_players, *self.selection),
            Spectrum.from_terms(self.n_players, *self.expansion),
        )


def _vanishes(residual: Vector, values: Vector) -> bool:
    return bool(residual @ residual <= _PERFECT * (values @ values))
