r"""What proxies miss on rows that they were not fitted to.

The units of a sample are divided into five folds, stratum by stratum, and the proxy is fitted again
to the rows outside each fold, *with all its tuning*: hyper-parameters that were chosen by the held
out rows make intervals too short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.intervals.strata import Strata

FOLDS = 5
"""Folds. Fewer fit the proxy to much fewer rows, which widens intervals; with more, the fold fits
depend on each other, so that the error is underestimated. Tuned."""


@dataclass(frozen=True)
class HeldOutResiduals:
    """What proxies fitted outside folds miss.

    Attributes:
        coalitions: The rows of the sample.
        strata: Its units.
        mean_spectrum: The mean of the fold fits, weighted by the sizes of their folds.
        mean_residuals: For every row, its value minus that of the mean fit.
        held_out_residuals: For every unit and each of its rows, the value minus that of the fold
            fit which has not seen it.
    """

    coalitions: Coalitions
    strata: Strata
    mean_spectrum: Spectrum
    mean_residuals: Vector
    held_out_residuals: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        coalitions: Coalitions,
        values: Vector,
        strata: Strata,
        estimator: Estimator,
        rng: np.random.Generator,
    ) -> HeldOutResiduals:
        """Fit the proxy to the rows outside every fold; not at all if all coalitions are known."""
        fold_of_unit = _folds(strata, rng)
        mean_spectrum = Spectrum(coalitions.n_players)
        held_out = np.empty(strata.units.shape)
        for fold in range(FOLDS if len(strata.units) else 0):
            inside = fold_of_unit == fold
            seen = np.ones(len(values), dtype=np.bool_)
            seen[strata.units[inside]] = False
            spectrum = estimator.fit(coalitions[seen], values[seen], rng=rng).spectrum
            rows = strata.units[inside]
            predicted = spectrum.evaluate(coalitions[rows.reshape(-1)])
            held_out[inside] = values[rows] - predicted.reshape(rows.shape)
            mean_spectrum = mean_spectrum + float(inside.mean()) * spectrum
        residuals = values - mean_spectrum.evaluate(coalitions)
        return cls(coalitions, strata, mean_spectrum, residuals, held_out)


def _folds(strata: Strata, rng: np.random.Generator) -> NDArray[np.intp]:
    """Divide the units of each stratum into folds, at random and as evenly as possible."""
    shuffled = rng.permutation(len(strata.units))
    order = shuffled[np.argsort(strata.stratum[shuffled], kind="stable")]
    folds = np.empty(len(order), dtype=np.intp)
    folds[order] = np.arange(len(order)) % FOLDS
    return folds
