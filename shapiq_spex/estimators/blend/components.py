"""The components of the blend.

``python -m shapiq_spex.benchmark.studies.blend_components`` measures what each of them buys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.blend.component import BlendRows, Component, ComponentFit
from shapiq_spex.estimators.gaussian.beam import Mean, largest_coefficients
from shapiq_spex.estimators.gaussian.gaussian import ValidatedPosterior, posterior_spectrum
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.gaussian.posterior import Posterior, even_and_odd
from shapiq_spex.estimators.signs import take_rows
from shapiq_spex.estimators.sparse.pairwise import PairwiseProxy, pairwise_proxy
from shapiq_spex.estimators.sparse.sparse_regression import (
    PENALTIES,
    SPARSE_PROXIES,
    SparseRegression,
)
from shapiq_spex.estimators.weighting import effective_rows
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector


@dataclass(frozen=True)
class GaussianComponent:
    """The Gaussian posteriors, whose coefficients are looked for in their weighted sum.

    Attributes:
        posteriors: One posterior per width; together they have the whole prior weight.
        keep: The number of coefficients kept.
    """

    posteriors: Sequence[ValidatedPosterior]
    keep: int

    @property
    def names(self) -> tuple[str, ...]:
        """One name per width."""
        return tuple(f"gaussian {posterior.width:g}" for posterior in self.posteriors)

    @property
    def prior(self) -> float:
        """Equal shares of one."""
        return 1 / len(self.posteriors)

    @property
    def held_out(self) -> NDArray[np.float64]:
        """The predictions of their judges."""
        return np.column_stack([posterior.held_out for posterior in self.posteriors])

    def fit(self, weights: Vector) -> ComponentFit:
        """The largest coefficients of the weighted sum of the posterior means."""
        return ComponentFit([posterior_spectrum(self.posteriors, weights.tolist(), keep=self.keep)])


@dataclass(frozen=True)
class PairwiseComponent:
    """The lasso on single players and pairs.

    Attributes:
        proxy: Its held-out predictions and how to fit it.
    """

    proxy: PairwiseProxy
    names = ("pairwise",)
    prior = 0.0

    @classmethod
    def of(cls, data: BlendRows) -> Component | None:
        """Hold out the folds; ``None`` if it is clearly worse than the Gaussian posterior."""
        folds = [fold.rows for fold in data.folds]
        proxy = pairwise_proxy(data.rows.signs, data.rows.values, folds, data.best.held_out)
        return None if proxy is None else cls(proxy)

    @property
    def held_out(self) -> NDArray[np.float64]:
        """Its out-of-fold predictions."""
        return self.proxy.held_out[:, None]

    def fit(self, weights: Vector) -> ComponentFit:
        """The lasso of all rows."""
        return ComponentFit([float(weights[0]) * self.proxy.spectrum()])


@dataclass(frozen=True)
class SparseEffort:
    """How hard to look for a sparse function. The defaults are Tuned.

    Attributes:
        proposals: The number of terms the posterior may propose.
        rounds: The number of rounds of the expansion.
        hopeless: The error on the first fold, relative to the Gaussian one, beyond which the other
            folds are not tried.
        most_rows: The number of rows up to which all folds are held out; of more rows, the first
            fold is enough.
    """

    proposals: int = 600
    rounds: int = 12
    hopeless: float = 1.5
    most_rows: float = np.inf


THOROUGH = SparseEffort()
QUICK = SparseEffort(proposals=150, rounds=0, hopeless=1.0, most_rows=300)


@dataclass(frozen=True)
class SparseComponent:
    """The sparse regressions on terms that the Gaussian posterior proposes.

    Held-out predictions repeat all of it, proposals included, without the fold.

    Attributes:
        held_out: One column per proxy of :data:`SPARSE_PROXIES`; NaN where nothing was held out.
        penalty: The position of the best penalty on the path of the lasso.
        data: The rows.
        effort: How hard to look.
    """

    held_out: NDArray[np.float64]
    penalty: int
    data: BlendRows
    effort: SparseEffort
    names = SPARSE_PROXIES
    prior = 0.0

    @classmethod
    def of(cls, data: BlendRows, effort: SparseEffort = THOROUGH) -> Component | None:
        """Hold out the folds; ``None`` if all three are hopeless on the first."""
        rows, values = data.rows, data.rows.values
        predictions = np.full((len(values), PENALTIES + 2), np.nan)
        folds = data.folds if len(values) <= effort.most_rows else data.folds[:1]
        for number, (held, proposer) in enumerate(folds):
            rest = np.ones(len(values), dtype=np.bool_)
            rest[held] = False
            duals = proposer.duals_without(proposer.rows.positions(held))
            regression = SparseRegression(
                take_rows(rows.signs, rest),
                values[rest],
                _proposals(proposer, duals, len(values) - len(held), effort),
                effort.rounds,
            )
            predictions[held] = regression.predict(take_rows(rows.signs, held))
            if number == 0:
                errors = ((predictions[held] - values[held, None]) ** 2).mean(axis=0)
                rival = np.mean((data.best.held_out[held] - values[held]) ** 2)
                if errors.min() > effort.hopeless * rival:
                    return None
        seen = ~np.isnan(predictions[:, 0])
        errors = ((predictions[seen] - values[seen, None]) ** 2).sum(axis=0)
        penalty = int(errors[:PENALTIES].argmin())
        columns = [penalty, PENALTIES, PENALTIES + 1]
        return cls(predictions[:, columns], penalty, data, effort)

    def fit(self, weights: Vector) -> ComponentFit:
        """Fit the three regressions to all rows."""
        rows, posterior = self.data.rows, self.data.best.posterior
        proposals = _proposals(posterior, posterior.duals, len(rows.values), self.effort)
        regression = SparseRegression(rows.signs, rows.values, proposals, self.effort.rounds)
        spectra = regression.spectra(self.penalty)
        exact = regression.fits_perfectly and _is_overdetermined(rows, regression.expansion[0])
        return ComponentFit(
            [float(weight) * part for weight, part in zip(weights, spectra, strict=True)],
            exact=spectra[-1] if exact else None,
        )


OPTIONAL_COMPONENTS = {
    "full": {"pairwise": PairwiseComponent.of, "sparse": SparseComponent.of},
    "fast": {"sparse": partial(SparseComponent.of, effort=QUICK)},
}
"""By mode of the blend, the components beside the Gaussian one; each may decline by the rows."""


def _proposals(
    posterior: Posterior, duals: tuple[Vector, ...], n_rows: int, effort: SparseEffort
) -> Spectrum:
    mean = Mean(posterior.kernel, *even_and_odd(duals))
    keep = min(effort.proposals, 3 * n_rows)
    return largest_coefficients(posterior.rows.block, [mean], keep=keep)


def _is_overdetermined(rows: PairedRows, terms: list[Term]) -> bool:
    """Whether a perfect fit cannot be chance: at most half as many terms as equations.

    A pair {S, complement of S} is one equation for the terms of even degree and one for those of
    odd degree, not two for each; and values that are mostly equal count for fewer rows.
    """
    share = effective_rows(rows.values) / len(rows.values)
    odd = sum(len(term) % 2 for term in terms)
    per_half = 2 * max(odd, len(terms) - odd) <= share * len(rows.table)
    return per_half and 2 * len(terms) <= share * len(rows.values)
