"""Tree ensembles as proxies: what the method ProxySPEX is named for.

Trees are hierarchical by construction, as real value functions tend to be, and choose the players
that matter on their own (L. Butler et al., *ProxySPEX: inference-efficient interpretability via
sparse feature interactions in LLMs*, 2025). Their Fourier spectrum is exact; the refit on its
largest terms is blended in as far as it helps on rows that were held out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapiq_spex.estimators.boosting import SEARCH, BoostingSettings, boost
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.crossfit import Folds
from shapiq_spex.estimators.plain import additive_fit, constant_fit
from shapiq_spex.estimators.refit import refit
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Vector


@dataclass(frozen=True)
class TreeProxy:
    """Gradient boosted trees (LightGBM), refitted on their largest terms.

    Attributes:
        hpo: Search over the depth of the trees by cross-validation.
        refit: Blend in regressions on the largest terms; without it, the trees stay as they are.
        folds: The number of folds (of pairs of complementary coalitions).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> rows = np.unique(rng.random((60, 6)) < 0.5, axis=0)
        >>> values = 3.0 + rows[:, 0] - 2.0 * (rows[:, 1] & rows[:, 2])
        >>> fit = TreeProxy().fit(rows, values, rng=rng)
        >>> bool(np.abs(fit.spectrum(rows) - values).max() < 1e-9)
        True
    """

    hpo: bool = False
    refit: bool = True
    folds: int = 5

    @property
    def name(self) -> str:
        """The name for reports."""
        return "lightgbm"

    def fit(self, coalitions: BoolMatrix, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy; see :class:`~shapiq_spex.estimators.contract.Estimator`."""
        values = np.asarray(values, dtype=np.float64)
        known = constant_fit(coalitions, values) or additive_fit(coalitions, values)
        if known is not None:
            return known
        folds = Folds.of(coalitions, rng, count=self.folds)
        mean, deviation = float(values.mean()), float(values.std())
        standardised = (values - mean) / deviation
        settings = SEARCH if self.hpo else (BoostingSettings(),)
        crossfit = boost(coalitions, standardised, folds, rng, settings)
        fit = (
            refit(crossfit, coalitions, standardised)
            if self.refit
            else Fit(crossfit.spectrum, crossfit.held_out)
        )
        constant = Spectrum.from_dict(coalitions.shape[1], {(): mean})
        return Fit(deviation * fit.spectrum + constant, mean + deviation * fit.held_out)
