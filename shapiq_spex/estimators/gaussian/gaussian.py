"""The Gaussian proxy: posteriors under Walsh kernels of several widths, validated on held-out rows.

The width says how different the relevances of the players may be
(:mod:`shapiq_spex.estimators.gaussian.evidence`). None is best everywhere. The second fit starts
from the first, so that two widths cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.gaussian.beam import Mean, largest_coefficients
from shapiq_spex.estimators.gaussian.evidence import fit_kernel
from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.gaussian.posterior import Posterior
from shapiq_spex.estimators.screening import Screening, renamed
from shapiq_spex.estimators.signs import RowNumbers, signs
from shapiq_spex.estimators.standardising import fit_standardised
from shapiq_spex.estimators.weighting import effective_rows
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_MOST_ROWS = 5000
"""Rows of a covariance block: 200 MB in double precision. Of more rows, a random part is used."""

_MOST_CROSS_FITTED_ROWS = 1500
"""Rows of a block up to which each half validates the kernel of the other half; two more
factorisations of more rows would double the time."""

_FEW_ROWS_PER_PLAYER = 12
"""Effective rows per player below which rows must not validate hyper-parameters that were fitted
to them. Tuned."""

_FEWEST_TO_HALVE = 300
"""Rows from which half of them suffice to choose the kernel of the fast proxy. Tuned."""

_HYPER_ROWS, _MOST_HYPER_ROWS = 200, 1000
"""Rows that hyper-parameters are fitted to, beside those per player, and at most. Tuned."""

_ROWS_OF_TWO_FOLDS = 300
"""Rows of a fold from which two folds replace folds of all rows."""


class Judge(NamedTuple):
    """A posterior given all rows, and the rows that its hyper-parameters were not fitted to."""

    rows: PairedRows
    posterior: Posterior


class HeldOutFold(NamedTuple):
    """Rows to hold out together, and the posterior that may propose terms for the other rows."""

    rows: RowNumbers
    proposer: Posterior


@dataclass(frozen=True)
class ValidatedPosterior:
    """A posterior and how it was validated.

    Attributes:
        width: The width of the prior.
        posterior: The posterior given all rows (or those that memory allows).
        held_out: For every row the prediction from all other pairs; NaN for rows without a judge.
        judges: Posteriors and the rows that each of them may predict.
    """

    width: float
    posterior: Posterior
    held_out: Vector
    judges: Sequence[Judge]

    @classmethod
    def by(cls, width: float, posterior: Posterior, judges: Sequence[Judge]) -> ValidatedPosterior:
        """Let the judges predict their rows, leaving out one pair at a time."""
        everything = posterior.rows
        held_out = np.full(len(everything.values), np.nan)
        for judge in judges:
            residuals = everything.unfold(*judge.posterior.residuals(), out=np.zeros(len(held_out)))
            rows = judge.rows.row_numbers
            held_out[rows] = everything.values[rows] - residuals[rows]
        return cls(width, posterior, held_out, judges)

    def held_out_folds(self, rng: np.random.Generator) -> list[HeldOutFold]:
        """Folds for proxies that must be fitted again without the rows that judge them.

        Of few rows, all are held out once. Of many, two folds of some 300 rows suffice. If only
        some rows may judge, they make up the two folds.
        """
        everything = self.posterior.rows
        n_rows = len(everything.row_numbers)
        few = n_rows < _ROWS_OF_TWO_FOLDS
        folds, used = (4, 4) if few else (max(6, n_rows // _ROWS_OF_TWO_FOLDS), 2)
        if sum(len(judge.rows.table) for judge in self.judges) < len(everything.table):
            folds = used = 2
        found: list[HeldOutFold] = []
        for rows, posterior in self.judges:
            fold_of_pair = rng.permutation(len(rows.table)) % (folds // len(self.judges))
            for fold in range(used // len(self.judges)):
                held = rows.take(np.flatnonzero(fold_of_pair == fold)).row_numbers
                found.append(HeldOutFold(held, posterior))
        return found


@dataclass(frozen=True)
class Gaussian:
    """Gaussian process regression with Walsh kernels. The defaults are Tuned.

    Attributes:
        widths: Prior standard deviations of log relevance, one posterior each.
        iterations: L-BFGS steps for the first width; the others take half as many.
        rows_per_player: Hyper-parameters are fitted to ``rows_per_player n + 200`` rows, but to
            at least ``100 rows_per_player`` and at most 1,000.
        keep: The number of coefficients of the spectrum.
        judged_by_half: Fit hyper-parameters once, to half of the rows, and let the other half
            judge them, where rows must not judge the hyper-parameters fitted to them and there
            are 300 of them or more. That takes a third of the time of fitting them to all rows
            and to either half.
    """

    widths: tuple[float, ...] = (1.0, 2.0)
    iterations: int = 20
    rows_per_player: float = 3.0
    keep: int = 2000
    judged_by_half: bool = False

    @property
    def name(self) -> str:
        """The name for reports."""
        return "gaussian"

    def fit(self, coalitions: Coalitions, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy; see :class:`~shapiq_spex.estimators.contract.Estimator`.

        The posteriors of the different widths are averaged.
        """
        return fit_standardised(self._fit, coalitions, values, rng)

    def _fit(self, coalitions: Coalitions, values: Vector, rng: np.random.Generator) -> Fit:
        screening = Screening.of(coalitions, values, rng)
        rows = PairedRows(signs(coalitions, screening.players), values, coalitions.pair_table())
        posteriors = self.posteriors(rows, screening.judges, rng)
        shares = [1 / len(posteriors)] * len(posteriors)
        spectrum = posterior_spectrum(posteriors, shares, keep=self.keep)
        held_out = np.mean([posterior.held_out for posterior in posteriors], axis=0)
        return Fit(renamed(spectrum, screening.players, coalitions.n_players), held_out)

    def posteriors(
        self, rows: PairedRows, judges: NDArray[np.bool_], rng: np.random.Generator
    ) -> list[ValidatedPosterior]:
        """One posterior per width of rows with standardised values.

        ``judges`` marks the rows that may be predicted to judge the proxy.
        """
        if len(rows) > _MOST_ROWS:
            rows = rows.subsample(_MOST_ROWS * (2 if rows.paired else 1), rng)
        may_judge = judges[rows.table[:, 0]]
        effective = effective_rows(rows.values[rows.row_numbers])
        few = effective < _FEW_ROWS_PER_PLAYER * rows.block.shape[1] and len(rows.table) > 1
        if self.judged_by_half and few and may_judge.all() and len(rows) >= _FEWEST_TO_HALVE:
            may_judge = rng.permutation(len(may_judge)) % 2 == 0
        # rows that chose the players choose the kernel as well
        fitted = rows if may_judge.all() else rows.take(np.flatnonzero(~may_judge))
        posteriors = [Posterior(kernel, rows) for kernel in self._kernels(fitted, rng)]
        if fitted is not rows:
            judging = rows.take(np.flatnonzero(may_judge))
            by_width = [[Judge(judging, posterior)] for posterior in posteriors]
        elif not few or len(rows) > _MOST_CROSS_FITTED_ROWS:
            by_width = [[Judge(rows, posterior)] for posterior in posteriors]
        else:
            by_width = self._judges_of_halves(rows, rng)
        return [
            ValidatedPosterior.by(width, posterior, judging)
            for width, posterior, judging in zip(self.widths, posteriors, by_width, strict=True)
        ]

    def _judges_of_halves(self, rows: PairedRows, rng: np.random.Generator) -> list[list[Judge]]:
        """Two judges per width: each half of the rows with the kernel of the other half.

        With few rows, leaving out a value but not its influence on the hyper-parameters gives
        errors that are much too small.
        """
        first_half = rng.permutation(len(rows.table)) % 2 == 0
        halves = [rows.take(np.flatnonzero(half)) for half in (first_half, ~first_half)]
        by_half = [
            [Judge(half, Posterior(kernel, rows)) for kernel in self._kernels(other, rng)]
            for half, other in (halves, halves[::-1])
        ]
        return [list(judges) for judges in zip(*by_half, strict=True)]

    def _kernels(self, rows: PairedRows, rng: np.random.Generator) -> list[WalshKernel]:
        wanted = self.rows_per_player * rows.block.shape[1] + _HYPER_ROWS
        limit = int(np.clip(wanted, 100 * self.rows_per_player, _MOST_HYPER_ROWS))
        few = rows.subsample(limit, rng)
        first, *others = self.widths
        kernels = [fit_kernel(few, width=first, iterations=self.iterations)]
        for width in others:
            kernels.append(
                fit_kernel(few, width=width, iterations=self.iterations // 2, start=kernels[0])
            )
        return kernels


def posterior_spectrum(
    posteriors: Sequence[ValidatedPosterior], shares: Sequence[float], *, keep: int
) -> Spectrum:
    """The ``keep`` largest coefficients of a weighted sum of posterior means."""
    used = [(p.posterior, share) for p, share in zip(posteriors, shares, strict=True) if share > 0]
    if not used:
        return Spectrum(posteriors[0].posterior.rows.block.shape[1])
    means = [Mean(posterior.kernel, *posterior.row_duals, share) for posterior, share in used]
    return largest_coefficients(used[0][0].rows.block, means, keep=keep)
