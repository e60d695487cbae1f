"""The Gaussian proxy: posteriors under Walsh kernels of several widths, honestly validated.

The width says how different the relevances of the players may be (see
:mod:`shapiq_spex.estimators.evidence`). None is best everywhere, and the second starts from the
first, so that two cost little more than one; a third, 0.5, was measured to add nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.beam import Mean, largest_coefficients
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.evidence import fit_kernel
from shapiq_spex.estimators.kernel import WalshKernel
from shapiq_spex.estimators.plain import additive_fit, constant_fit
from shapiq_spex.estimators.posterior import Posterior
from shapiq_spex.estimators.sample import Rows, Sample, pair_table, signs
from shapiq_spex.estimators.screening import Screening, renamed
from shapiq_spex.estimators.weights import effective_rows
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Vector

_MOST_ROWS = 5000  # of a block; more would need gigabytes, so a random part is used
_CROSS_FIT_BLOCK = 1500  # rows; beyond, the extra factorisations cost more than they tell
_ENOUGH_TO_HALVE = 300  # rows; with fewer, every one is needed to choose the kernel


@dataclass(frozen=True)
class Candidate:
    """A posterior and how it was validated.

    Attributes:
        width: The width of the prior.
        posterior: The posterior given all rows (or those that memory allows).
        held_out: For every row the prediction from all other pairs; NaN for rows that are in no
            part.
        judges: Parts of the sample, each with a posterior given all rows whose hyper-parameters
            may be used to predict that part.
    """

    width: float
    posterior: Posterior
    held_out: Vector
    judges: Sequence[tuple[Sample, Posterior]]

    @classmethod
    def judged(
        cls, width: float, posterior: Posterior, judges: Sequence[tuple[Sample, Posterior]]
    ) -> Candidate:
        """Predict every part of the sample by its judge, leaving out one pair at a time."""
        sample = posterior.sample
        held_out = np.full(len(sample.values), np.nan)
        for part, judge in judges:
            residuals = sample.unfold(*judge.residuals(), out=np.zeros(len(held_out)))
            rows = part.row_numbers
            held_out[rows] = sample.values[rows] - residuals[rows]
        return cls(width, posterior, held_out, judges)

    def parts(self, rng: np.random.Generator) -> list[tuple[Rows, Posterior]]:
        """Rows to hold out together, and the judge that may propose terms for the others.

        All rows are held out once if there are few; with many rows, two folds tell enough. If
        only some rows may judge, they make up the two folds.
        """
        n_rows = len(self.posterior.sample.row_numbers)
        folds, used = (4, 4) if n_rows < 300 else (max(6, n_rows // 300), 2)
        if sum(len(part.table) for part, _ in self.judges) < len(self.posterior.sample.table):
            folds = used = 2
        parts: list[tuple[Rows, Posterior]] = []
        for part, judge in self.judges:
            fold_of_pair = rng.permutation(len(part.table)) % (folds // len(self.judges))
            for fold in range(used // len(self.judges)):
                rows = part.take(np.flatnonzero(fold_of_pair == fold)).row_numbers
                parts.append((rows, judge))
        return parts


@dataclass(frozen=True)
class Gaussian:
    """Gaussian process regression with Walsh kernels.

    Attributes:
        widths: Prior standard deviations of log relevance, one posterior each.
        iterations: L-BFGS steps for the first width; the others take half as many.
        rows_per_player: Hyper-parameters are fitted to ``rows_per_player n + 200`` rows, though
            to ``100 rows_per_player`` at least and to 1,000 at most.
        keep: The number of coefficients of the spectrum.
        judged_by_half: Where hyper-parameters must not have seen the rows that judge them, fit them
            once, to half of 300 rows (or pairs of rows) or more, and let the other half judge: a
            third of the time of fitting them to all rows and to either half.
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

    def fit(self, coalitions: BoolMatrix, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy; see :class:`~shapiq_spex.estimators.contract.Estimator`.

        The posteriors of the different widths are averaged.
        """
        values = np.asarray(values, dtype=np.float64)
        plain = constant_fit(coalitions, values) or additive_fit(coalitions, values)
        if plain is not None:
            return plain
        n_players, mean, deviation = coalitions.shape[1], float(values.mean()), float(values.std())
        standardised = (values - mean) / deviation
        screening = Screening.of(coalitions, standardised, rng)
        chosen = signs(coalitions[:, screening.players])
        sample = Sample(chosen, standardised, pair_table(coalitions))
        candidates = self.candidates(sample, screening.judges, rng)
        shares = [1 / len(candidates)] * len(candidates)
        spectrum = posterior_spectrum(candidates, shares, keep=self.keep)
        constant = Spectrum.from_dict(n_players, {(): mean})
        held_out = np.mean([candidate.held_out for candidate in candidates], axis=0)
        return Fit(
            deviation * renamed(spectrum, screening.players, n_players) + constant,
            mean + deviation * held_out,
        )

    def candidates(
        self, sample: Sample, judges: NDArray[np.bool_], rng: np.random.Generator
    ) -> list[Candidate]:
        """One posterior per width.

        Args:
            sample: The rows, with standardised values.
            judges: The rows that may be predicted to judge the proxy.
            rng: The source of randomness.
        """
        if len(sample) > _MOST_ROWS:
            sample = sample.subsample(_MOST_ROWS * (2 if sample.paired else 1), rng)
        may_judge = judges[sample.table[:, 0]]
        rows = effective_rows(sample.values[sample.row_numbers])
        few = rows < 12 * sample.rows.shape[1] and len(sample.table) > 1
        if self.judged_by_half and few and may_judge.all() and len(sample) >= _ENOUGH_TO_HALVE:
            may_judge = rng.permutation(len(may_judge)) % 2 == 0
        # rows that chose the players choose the kernel as well
        fitted = sample if may_judge.all() else sample.take(np.flatnonzero(~may_judge))
        posteriors = [Posterior(kernel, sample) for kernel in self._kernels(fitted, rng)]
        if fitted is not sample:
            part = sample.take(np.flatnonzero(may_judge))
            parts = [[(part, posterior)] for posterior in posteriors]
        elif not few or len(sample) > _CROSS_FIT_BLOCK:
            parts = [[(sample, posterior)] for posterior in posteriors]
        else:
            # With so few rows, leaving out a value but not its say in the hyper-parameters would
            # look much too good: each half is predicted with those of the other half.
            first_half = rng.permutation(len(sample.table)) % 2 == 0
            halves = [sample.take(np.flatnonzero(half)) for half in (first_half, ~first_half)]
            by_half = [
                [(half, Posterior(kernel, sample)) for kernel in self._kernels(other, rng)]
                for half, other in (halves, halves[::-1])
            ]
            parts = [list(pair) for pair in zip(*by_half, strict=True)]
        return [
            Candidate.judged(width, posterior, pair)
            for width, posterior, pair in zip(self.widths, posteriors, parts, strict=True)
        ]

    def _kernels(self, sample: Sample, rng: np.random.Generator) -> list[WalshKernel]:
        wanted = self.rows_per_player * sample.rows.shape[1] + 200
        limit = int(np.clip(wanted, 100 * self.rows_per_player, 1000))
        few = sample.subsample(limit, rng)
        first, *others = self.widths
        kernels = [fit_kernel(few, width=first, iterations=self.iterations)]
        for width in others:
            kernels.append(
                fit_kernel(few, width=width, iterations=self.iterations // 2, start=kernels[0])
            )
        return kernels


def posterior_spectrum(
    candidates: Sequence[Candidate], shares: Sequence[float], *, keep: int
) -> Spectrum:
    """The ``keep`` largest coefficients of a weighted sum of posterior means."""
    used = [(c.posterior, share) for c, share in zip(candidates, shares, strict=True) if share > 0]
    if not used:
        return Spectrum(candidates[0].posterior.sample.rows.shape[1])
    means = [Mean(posterior.kernel, *posterior.row_duals, share) for posterior, share in used]
    return largest_coefficients(used[0][0].sample.rows, means, keep=keep)
