"""Sparse proxies: few terms with unshrunk weights, for functions that really are sparse.

The Gaussian posterior proposes terms. Three proxies of increasing sparsity are made of them: an
adaptive lasso, whose penalty factors come from the posterior means (H. Zou, *The adaptive lasso
and its oracle properties*, JASA 101, 2006); a hard selection by description length; and its
hierarchical expansion. Held-out predictions redo all of it, proposals included, without the fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.beam import Mean, largest_coefficients
from shapiq_spex.estimators.contract import pairs
from shapiq_spex.estimators.expansion import expand
from shapiq_spex.estimators.gaussian import Candidate
from shapiq_spex.estimators.posterior import Posterior, even_and_odd
from shapiq_spex.estimators.sample import Rows, Sample, Signs, take_rows
from shapiq_spex.estimators.selection import Regression, parity_columns, prices, select
from shapiq_spex.estimators.weights import effective_rows
from shapiq_spex.fourier.spectrum import Spectrum, Term, Vector

PROXIES = ("adaptive lasso", "selection", "expansion")

_PENALTIES = 16
_EXACT = 1e-12  # share of the energy


@dataclass(frozen=True)
class Effort:
    """How hard to look for a sparse function.

    Attributes:
        proposals: The number of terms the posterior may propose.
        rounds: The number of rounds of the expansion; none leaves the selection, at its price.
        hopeless: An error on the first fold, relative to the Gaussian one, beyond which the other
            folds are not tried.
        most_rows: The number of rows up to which all folds are held out; of more rows, the first
            fold tells enough.
    """

    proposals: int = 600
    rounds: int = 12
    hopeless: float = 1.5
    most_rows: float = np.inf


THOROUGH = Effort()
QUICK = Effort(proposals=150, rounds=0, hopeless=1.0, most_rows=300)


class SparseSolution:
    """The three sparse proxies of some rows.

    Args:
        rows: Signs.
        values: The values of the rows, of mean about zero.
        proposals: The spectrum whose terms are considered, the larger the likelier.
        rounds: The number of rounds of the expansion.
    """

    def __init__(
        self, rows: Signs, values: Vector, proposals: Spectrum, rounds: int = THOROUGH.rounds
    ) -> None:
        ranked = proposals.largest(len(proposals))
        self.n_players = rows.shape[1]
        self.terms: list[Term] = [(), *(term for term, _ in ranked)]
        magnitudes = np.abs([coefficient for _, coefficient in ranked])
        factors = np.r_[1.0, (magnitudes / magnitudes.max(initial=0.0) + 1e-4) ** -0.6]
        regression = Regression.of(parity_columns(rows, self.terms), values)
        self.path = regression.path(factors, count=_PENALTIES, smallest=2e-3)
        price = prices(self.terms, self.n_players, len(values), choice=0.5)
        supports = [np.flatnonzero(weights[1:]) + 1 for weights in self.path]
        hard = select(regression, supports, price)
        self.selection = [self.terms[k] for k in hard.support], hard.weights
        self.expansion = expand(rows, values, self.selection[0], rounds=rounds)
        terms, weights = self.expansion
        residual = values - weights @ parity_columns(rows, terms)
        perfect = bool(residual @ residual <= _EXACT * (values @ values))
        self.exact = perfect and _is_overdetermined(rows, values, terms)

    def predict(self, rows: Signs) -> NDArray[np.float64]:
        """Predictions of the path (one column per penalty), the selection and the expansion."""
        columns = [(self.path @ parity_columns(rows, self.terms)).T]
        for terms, weights in (self.selection, self.expansion):
            columns.append((weights @ parity_columns(rows, terms))[:, None])
        return np.concatenate(columns, axis=1)

    def spectra(self, penalty: int) -> tuple[Spectrum, Spectrum, Spectrum]:
        """The spectra of the three proxies; ``penalty`` counts along the path."""
        lasso = Spectrum.from_terms(self.n_players, self.terms, self.path[penalty])
        return (
            lasso.select(lambda group: group.coefficients != 0),
            Spectrum.from_terms(self.n_players, *self.selection),
            Spectrum.from_terms(self.n_players, *self.expansion),
        )


def _is_overdetermined(rows: Signs, values: Vector, terms: list[Term]) -> bool:
    """Whether a perfect fit cannot be chance: at most half as many terms as equations.

    A pair {S, complement of S} is one equation for the terms of even degree and one for those of
    odd degree, not two for each; and rare values say little by their absence.
    """
    share = effective_rows(values) / len(values)
    n_pairs = int(pairs(rows < 0).max(initial=-1)) + 1
    odd = sum(len(term) % 2 for term in terms)
    per_half = 2 * max(odd, len(terms) - odd) <= share * n_pairs
    return per_half and 2 * len(terms) <= share * len(values)


@dataclass(frozen=True)
class SparseProxies:
    """Held-out predictions of the sparse proxies; their fit to all rows waits until it is needed.

    Attributes:
        held_out: One column per proxy of :data:`PROXIES`; NaN in rows that were not held out.
        penalty: The position of the best penalty on the lasso path.
    """

    held_out: NDArray[np.float64]
    penalty: int
    sample: Sample
    best: Candidate
    effort: Effort

    def solution(self) -> SparseSolution:
        """Fit the three proxies to all rows."""
        sample, posterior = self.sample, self.best.posterior
        proposals = _proposals(posterior, posterior.duals, len(sample.values), self.effort)
        return SparseSolution(sample.signs, sample.values, proposals, self.effort.rounds)


def sparse_proxies(
    sample: Sample, best: Candidate, parts: Sequence[tuple[Rows, Posterior]], effort: Effort
) -> SparseProxies | None:
    """Hold out folds of pairs from the sparse proxies, None if they are hopeless.

    Args:
        sample: All rows, with standardised values.
        best: The Gaussian posterior that proposes the terms.
        parts: The rows to hold out, and which posterior may propose terms for the others.
        effort: How hard to look.
    """
    n_rows = len(sample.values)
    predictions = np.full((n_rows, _PENALTIES + 2), np.nan)
    for number, (held, judge) in enumerate(parts if n_rows <= effort.most_rows else parts[:1]):
        rest = np.ones(n_rows, dtype=np.bool_)
        rest[held] = False
        duals = judge.without(judge.sample.positions(held))
        proposals = _proposals(judge, duals, n_rows - len(held), effort)
        solution = SparseSolution(
            take_rows(sample.signs, rest), sample.values[rest], proposals, effort.rounds
        )
        predictions[held] = solution.predict(take_rows(sample.signs, held))
        if number == 0:
            errors = ((predictions[held] - sample.values[held, None]) ** 2).mean(axis=0)
            rival = np.mean((best.held_out[held] - sample.values[held]) ** 2)
            if errors.min() > effort.hopeless * rival:
                return None
    seen = ~np.isnan(predictions[:, 0])
    errors = ((predictions[seen] - sample.values[seen, None]) ** 2).sum(axis=0)
    penalty = int(errors[:_PENALTIES].argmin())
    columns = [penalty, _PENALTIES, _PENALTIES + 1]
    return SparseProxies(predictions[:, columns], penalty, sample, best, effort)


def _proposals(
    posterior: Posterior, duals: tuple[Vector, ...], n_rows: int, effort: Effort
) -> Spectrum:
    mean = Mean(posterior.kernel, *even_and_odd(duals))
    keep = min(effort.proposals, 3 * n_rows)
    return largest_coefficients(posterior.sample.rows, [mean], keep=keep)
