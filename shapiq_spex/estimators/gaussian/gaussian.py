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

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.gaussian.beam import Mean
from shapiq_spex.estimators.gaussian.biased_mean import largest_coefficients_in
from shapiq_spex.estimators.gaussian.evidence import fit_kernel
from shapiq_spex.estimators.gaussian.informed_kernel import INFORMED, Hints, InformedKernel
from shapiq_spex.estimators.gaussian.kernel import WalshKernel
from shapiq_spex.estimators.gaussian.levelling import levelled
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.gaussian.posterior import Posterior
from shapiq_spex.estimators.screening import Screening, renamed
from shapiq_spex.estimators.signs import RowNumbers, signs
from shapiq_spex.estimators.standardising import fit_standardised
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

_MOST_ROWS = 5000
"""Rows of a covariance block: 200 MB in double precision. Of more rows, a random part is used."""

_MOST_CROSS_FITTED_ROWS = 1500
"""Rows of a block up to which each fold validates the kernel of the others; two more
factorisations of more rows would double the time. Of more rows, those that the hyper-parameters
were not fitted to validate: 500 at least."""

_FEWEST_TO_HALVE = 300
"""Rows from which half of them suffice to choose the kernel of the fast proxy. Tuned."""

_HYPER_ROWS, _MOST_HYPER_ROWS = 200, 1000
"""Rows that hyper-parameters are fitted to, beside those per player, and at most. Tuned."""

_FOLDS, _ROWS_OF_TWO_FOLDS = 4, 300
"""Folds of few rows, and the rows of a fold from which two folds replace folds of all rows. Two
folds of few rows judge hyper-parameters that were fitted to too few: R^2 would be .02 too small
(``python -m shapiq_spex.benchmark.studies.report_calibration``)."""


_TERMS_OFF_CENTRE = 3
"""Terms in the basis of another probability than a half, relative to those at a half:
more small terms matter where coalitions of all sizes are to be explained. Tuned."""

_LOPSIDED = 0.1
"""The mean sign of lopsided rows: that of keeping each player with probability .45 or .55. A
choice."""

_INFORMED_WIDTH = 1.0
"""The width of the informed kernel: what hints leave of the differences between players. Tuned."""

_INFORMED_STEPS = 0.3
"""L-BFGS steps of the informed kernel, which starts from that of the first width, relative to the
steps of that. Tuned."""


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

    @property
    def name(self) -> str:
        """The name for reports."""
        informed = isinstance(self.posterior.kernel, InformedKernel)
        return INFORMED if informed else f"gaussian {self.width:g}"

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

        Of few rows, all are held out once; of more, two of six folds, or of as many as have some
        300 rows. If at most half of the rows may judge, they make up the two folds.
        """
        n_judges = sum(len(judge.rows.row_numbers) for judge in self.judges)
        few = n_judges < _ROWS_OF_TWO_FOLDS
        folds, used = (_FOLDS, _FOLDS) if few else (max(6, n_judges // _ROWS_OF_TWO_FOLDS), 2)
        pairs = sum(len(judge.rows.table) for judge in self.judges)
        if 2 * pairs <= len(self.posterior.rows.table) + 1:
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
        iterations: L-BFGS steps for the first width; the others take half as many, and hints less
            than a third.
        rows_per_player: Hyper-parameters are fitted to ``rows_per_player n + 200`` rows, but to
            at least ``100 rows_per_player`` and at most 1,000.
        keep: The number of coefficients of the spectrum.
        judged_by_half: Fit hyper-parameters once, to half of the rows, and let the other half
            judge them, if there are 300 rows or more. That takes a third of the time of fitting
            them to all rows and to either half.
        basis: The basis in which the coefficients are largest
            (:mod:`~shapiq_spex.estimators.gaussian.biased_mean`).
        hints: What is known of the players of the rows beforehand.
    """

    widths: tuple[float, ...] = (1.0, 2.0)
    iterations: int = 20
    rows_per_player: float = 3.0
    keep: int = 2000
    judged_by_half: bool = False
    basis: Basis = FOURIER
    hints: Hints | None = None

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
        spectrum = posterior_spectrum(posteriors, shares, keep=self.keep, basis=self.basis)
        held_out = np.mean([posterior.held_out for posterior in posteriors], axis=0)
        return Fit(renamed(spectrum, screening.players, coalitions.n_players), held_out)

    def posteriors(
        self, rows: PairedRows, judges: NDArray[np.bool_], rng: np.random.Generator
    ) -> list[ValidatedPosterior]:
        """One posterior per width of rows with standardised values, and with hints an informed one.

        ``judges`` marks the rows that may be predicted to judge the proxy. No row judges
        hyper-parameters that were fitted to it: its error would be too small
        (``python -m shapiq_spex.benchmark.studies.report_calibration``). Those that they were not
        fitted to judge, if they are at least half of the rows; otherwise each fold judges those
        of the other folds.
        """
        if len(rows) > _MOST_ROWS:
            rows = rows.subsample(_MOST_ROWS * (2 if rows.paired else 1), rng)
        may_judge = judges[rows.table[:, 0]]
        if self.judged_by_half and may_judge.all() and len(rows) >= _FEWEST_TO_HALVE:
            may_judge = rng.permutation(len(may_judge)) % 2 == 0
        # rows that chose the players choose the kernel as well
        chosen = rows if may_judge.all() else rows.take(np.flatnonzero(~may_judge))
        fitted = self._fitted_rows(chosen, rng)
        posteriors = [Posterior(kernel, rows) for kernel in self._kernels(fitted)]
        if may_judge.all() and len(rows.table) > 1:
            may_judge &= ~np.isin(rows.table[:, 0], fitted.table[:, 0])
            few = 2 * may_judge.sum() < len(may_judge)
            if few and len(rows) <= _MOST_CROSS_FITTED_ROWS:
                return self._validated(posteriors, self._judges_of_folds(rows, rng))
        judging = rows.take(np.flatnonzero(may_judge))
        return self._validated(posteriors, [[Judge(judging, found)] for found in posteriors])

    def _validated(
        self, posteriors: Sequence[Posterior], judges: Sequence[Sequence[Judge]]
    ) -> list[ValidatedPosterior]:
        widths = (*self.widths, _INFORMED_WIDTH)[: len(posteriors)]
        return [
            ValidatedPosterior.by(width, posterior, judging)
            for width, posterior, judging in zip(widths, posteriors, judges, strict=True)
        ]

    def _judges_of_folds(self, rows: PairedRows, rng: np.random.Generator) -> list[list[Judge]]:
        """Judges for each posterior: each fold of the rows with the kernel of the other folds."""
        count = _FOLDS if len(rows.row_numbers) < _ROWS_OF_TWO_FOLDS else 2
        fold_of_pair = rng.permutation(len(rows.table)) % count
        by_fold: list[list[Judge]] = []
        for fold in range(min(count, len(rows.table))):
            judging = rows.take(np.flatnonzero(fold_of_pair == fold))
            others = self._fitted_rows(rows.take(np.flatnonzero(fold_of_pair != fold)), rng)
            kernels = self._kernels(others)
            by_fold.append([Judge(judging, Posterior(kernel, rows)) for kernel in kernels])
        return [list(judges) for judges in zip(*by_fold, strict=True)]

    def _fitted_rows(self, rows: PairedRows, rng: np.random.Generator) -> PairedRows:
        """The rows that hyper-parameters are fitted to."""
        wanted = self.rows_per_player * rows.block.shape[1] + _HYPER_ROWS
        return rows.subsample(
            int(np.clip(wanted, 100 * self.rows_per_player, _MOST_HYPER_ROWS)), rng
        )

    def _kernels(self, fitted: PairedRows) -> list[WalshKernel]:
        """One kernel per width, and with hints an informed one."""
        first, *others = self.widths
        growing = not self.basis.is_fourier and lopsided(float(fitted.block.mean()))
        kernels = [fit_kernel(fitted, width=first, iterations=self.iterations, growing=growing)]
        for width in others:
            kernels.append(
                fit_kernel(
                    fitted, width=width, iterations=self.iterations // 2, start=kernels[0],
                    growing=growing,
                )
            )  # fmt: skip
        if self.hints is not None:
            kernels.append(
                fit_kernel(
                    fitted, width=_INFORMED_WIDTH,
                    iterations=round(_INFORMED_STEPS * self.iterations),
                    start=kernels[0], growing=growing, hints=self.hints,
                )
            )  # fmt: skip
        return kernels


def lopsided(mean_sign: float) -> bool:
    """Whether rows keep clearly more players than they lack, or less, by their mean sign.

    Only then do they tell whether effects grow with the players removed, and is that worth knowing.
    """
    return abs(mean_sign) > _LOPSIDED


def posterior_spectrum(
    posteriors: Sequence[ValidatedPosterior],
    shares: Sequence[float],
    *,
    keep: int,
    basis: Basis = FOURIER,
) -> Spectrum:
    """A weighted sum of posterior means by its ``keep`` largest coefficients in a basis."""
    used = [(p.posterior, share) for p, share in zip(posteriors, shares, strict=True) if share > 0]
    if not used:
        return Spectrum(posteriors[0].posterior.rows.block.shape[1])
    means = [
        Mean(posterior.rows.block, posterior.kernel, *posterior.row_duals, share)
        for posterior, share in used
    ]
    most = keep if basis.is_fourier else _TERMS_OFF_CENTRE * keep
    found = largest_coefficients_in(basis, means, keep=most)
    return levelled(found, means) if basis.levelled else found
