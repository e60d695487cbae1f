"""Tree ensembles as proxies, as in the paper on ProxySPEX.

Trees are hierarchical by construction, as real value functions tend to be, and choose the players
that matter on their own (L. Butler et al., *ProxySPEX: inference-efficient interpretability via
sparse feature interactions in LLMs*, 2025). Their Fourier spectrum is exact; the refit on its
largest terms is blended in as far as it helps on rows that were held out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.folds import FoldFits, Folds, paired_folds
from shapiq_spex.estimators.screening import MOST_PLAYERS, Screening, renamed
from shapiq_spex.estimators.trees.boosting import Library, boost, trainer
from shapiq_spex.estimators.trees.tree_refit import fit_and_refit
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.terms import Vector


@dataclass(frozen=True)
class TreeProxy:
    """Gradient boosted trees, refitted on their largest terms.

    Attributes:
        library: ``"lightgbm"`` or ``"xgboost"`` (which must be installed).
        hpo: Search over the depth of the trees by cross-validation.
        refit: Blend in regressions on the largest terms; without it, the trees stay as they are.
        folds: The number of folds (of pairs of complementary coalitions); 5 is the usual choice.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> rows = np.unique(rng.random((60, 6)) < 0.5, axis=0)
        >>> values = 3.0 + rows[:, 0] - 2.0 * (rows[:, 1] & rows[:, 2])
        >>> fit = TreeProxy().fit(Coalitions.from_dense(rows), values, rng=rng)
        >>> bool(np.abs(fit.spectrum(rows) - values).max() < 1e-9)
        True
    """

    library: Library = "lightgbm"
    hpo: bool = False
    refit: bool = True
    folds: int = 5

    def __post_init__(self) -> None:
        trainer(self.library)  # raises if the library is unknown or not installed

    @property
    def name(self) -> str:
        """The name for reports."""
        return self.library

    def fit(self, coalitions: Coalitions, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxy; see :class:`~shapiq_spex.estimators.contract.Estimator`."""
        return fit_and_refit(self._fit_folds, coalitions, values, rng, blend=self.refit)

    def _fit_folds(
        self, coalitions: Coalitions, values: Vector, rng: np.random.Generator
    ) -> FoldFits:
        n_players = coalitions.n_players
        if n_players <= MOST_PLAYERS:
            folds = Folds.of(coalitions, rng, count=self.folds)
            return boost(coalitions.dense(), values, folds, rng, self.library, search=self.hpo)
        screening = Screening.of(coalitions, values, rng)
        players = screening.players
        halves = paired_folds(coalitions, 2, rng)
        folds = Folds(np.where(screening.judges, halves, -1))
        found = boost(
            coalitions.columns(players), values, folds, rng, self.library, search=self.hpo
        )
        return replace(
            found,
            spectrum=renamed(found.spectrum, players, n_players),
            fold_spectra=tuple(renamed(s, players, n_players) for s in found.fold_spectra),
        )
