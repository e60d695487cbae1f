"""The blend: several proxies, weighted by how well they predict held-out rows.

``python -m shapiq_spex.benchmark.studies.blend_components`` measures what each component buys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.blend.components import (
    OPTIONAL_COMPONENTS,
    BlendRows,
    Component,
    LikeSpread,
    gaussian_component,
    like_spread_component,
)
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.folds import paired_folds
from shapiq_spex.estimators.gaussian.gaussian import (
    Gaussian,
    ValidatedPosterior,
    lopsided,
)
from shapiq_spex.estimators.gaussian.informed_kernel import Hints
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.knowledge import Knowledge, KnowledgeSource
from shapiq_spex.estimators.screening import MOST_PLAYERS, Screening, renamed
from shapiq_spex.estimators.signs import signs
from shapiq_spex.estimators.sparse.additive import Additive
from shapiq_spex.estimators.spread import differ_far_more, spread_by_size
from shapiq_spex.estimators.standardising import fit_standardised
from shapiq_spex.estimators.weighting import blend_weights, confidence, parsimonious
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector

Mode = Literal["full", "fast"]
Part = Literal["second width", "pairwise", "sparse", "like spread", "parsimony", "confidence"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What can be left out of a blend to measure what it is worth."""

_FEWEST_PAIRS = 4
"""Pairs of rows from which proxies are fitted outside folds."""

_WEIGHT_FOLDS = 5
"""Folds whose rows are predicted with weights from the other folds. A choice: 10 and 20 folds give
the same bias of R^2 to within .01."""


@dataclass(frozen=True)
class Blend:
    """Gaussian, additive, pairwise and sparse proxies, blended by held-out error.

    Attributes:
        mode: ``"full"`` for the most faithful proxy, ``"fast"`` for one Gaussian, one additive and
            hastily found sparse proxies at a fraction of the time.
        keep: The number of coefficients kept of the Gaussian part.
        left_out: Parts to leave out, to measure what they are worth.
        basis: The basis in which terms are chosen.
        knowledge: What is known of the players beforehand. It informs one more Gaussian proxy. Of
            more than 1,000 players, those on which the guide depends most are modelled, too.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> rows = Coalitions.from_dense(np.unique(rng.random((60, 6)) < 0.5, axis=0))
        >>> kept = rows.dense()
        >>> values = 3.0 + kept[:, 0] - 2.0 * (kept[:, 1] & kept[:, 2])
        >>> fit = Blend("fast").fit(rows, values, rng=rng)
        >>> bool(np.abs(fit.spectrum(rows) - values).max() < 0.1)
        True
    """

    mode: Mode = "full"
    keep: int = Gaussian.keep
    left_out: frozenset[Part] = frozenset()
    basis: Basis = FOURIER
    knowledge: KnowledgeSource | None = None

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ValueError(f'mode must be "full" or "fast", got {self.mode!r}')
        unknown = self.left_out.difference(PARTS)
        if unknown:
            raise ValueError(f"left_out must be among {PARTS}, got {sorted(unknown)}")

    @property
    def name(self) -> str:
        """The name for reports."""
        return "blend"

    def informed_by(self, knowledge: KnowledgeSource | None) -> Blend:
        """The same blend with other knowledge of the players, or without any."""
        return replace(self, knowledge=knowledge)

    def fit(self, coalitions: Coalitions, values: Vector, *, rng: np.random.Generator) -> Fit:
        """Fit the proxies and blend them; see :class:`~shapiq_spex.estimators.contract.Estimator`.

        Outliers may be left out (:func:`~shapiq_spex.estimators.standardising.fit_standardised`).
        """
        return fit_standardised(self._fit, coalitions, values, rng, leave_out_outliers=True)

    def _fit(self, coalitions: Coalitions, values: Vector, rng: np.random.Generator) -> Fit:
        additive = Additive(relative=self._relative(coalitions)).fit(coalitions, values, rng=rng)
        screening = Screening.of(coalitions, values, rng)
        fit = partial(self._fit_among, coalitions=coalitions, values=values, additive=additive)
        if self.knowledge is None:
            return fit(screening, None, rng=rng)
        known = self.knowledge()
        joined = screening.joined_by(known.leaders)
        found = fit(joined, known, rng=rng)
        added = len(joined.players) - len(screening.players)
        if not added:
            return found
        note = f"The guide chose {added} of the {len(joined.players)} players that are modelled."
        without = fit(screening, None, rng=rng).held_out
        return replace(found, uninformed=without, notes=(*found.notes, note))

    def _fit_among(
        self,
        screening: Screening,
        known: Knowledge | None,
        *,
        coalitions: Coalitions,
        values: Vector,
        additive: Fit,
        rng: np.random.Generator,
    ) -> Fit:
        """The blend of proxies that model the players of a screening."""
        rows = PairedRows(signs(coalitions, screening.players), values, coalitions.pair_table())
        hints = None
        if known is not None:
            hints = known.among(screening.players).hints(rows, self.basis)
        posteriors = self._gaussian(hints).posteriors(rows, screening.judges, rng)
        components = [
            gaussian_component(posteriors, self.keep, self.basis),
            *self._optional(rows, posteriors, rng),
        ]
        weighing, notes = np.ones(len(values), dtype=np.bool_), ()
        like_spread = self._of_like_spread(coalitions, values, rng)
        if like_spread is not None:
            components.append(like_spread)
            weighing, notes = ~like_spread.isolated, like_spread.notes
        predictions = _side_by_side(components, additive)
        weights = self._weights(
            components, predictions[weighing], coalitions[weighing], values[weighing]
        )
        spectrum, exact = _weighted(
            components, weights, predictions, values, n_players=len(screening.players)
        )
        spectrum = renamed(spectrum, screening.players, coalitions.n_players)
        if exact is not None:
            shares = {_names(components)[exact]: 1.0}
            return Fit(spectrum, predictions[:, exact], additive.held_out, shares)
        judge = partial(
            self._held_out,
            coalitions=coalitions,
            values=values,
            fold_of_row=paired_folds(coalitions, _WEIGHT_FOLDS, rng),
            weighing=weighing,
        )
        uninformed = None
        if hints is not None:
            others = [gaussian_component(posteriors[:-1], self.keep, self.basis), *components[1:]]
            uninformed = judge(others, _side_by_side(others, additive))
        return Fit(
            spectrum + float(weights[-1]) * additive.spectrum,
            judge(components, predictions),
            additive.held_out,
            _positive_shares(components, weights),
            notes,
            uninformed,
        )

    def _gaussian(self, hints: Hints | None = None) -> Gaussian:
        if self.mode == "fast":
            return Gaussian(
                (1.5,), iterations=10, rows_per_player=0.0, judged_by_half=True, basis=self.basis,
                hints=hints,
            )  # fmt: skip
        widths = (1.0,) if "second width" in self.left_out else Gaussian.widths
        return Gaussian(widths, basis=self.basis, hints=hints)

    def _of_like_spread(
        self, coalitions: Coalitions, values: Vector, rng: np.random.Generator
    ) -> LikeSpread | None:
        """A Gaussian proxy without the rows that differ far more than most, if there are any."""
        if coalitions.n_players > MOST_PLAYERS or not self._relative(coalitions):
            return None
        if "like spread" in self.left_out:
            return None
        alike = ~differ_far_more(spread_by_size(coalitions, values))
        if alike.all():
            return None
        return like_spread_component(self._gaussian(), coalitions, values, alike, rng)

    def _optional(
        self, rows: PairedRows, posteriors: Sequence[ValidatedPosterior], rng: np.random.Generator
    ) -> list[Component]:
        """The components that must be fitted again without every fold, if they are worth it."""
        if len(rows.table) < _FEWEST_PAIRS:
            return []
        best = min(posteriors, key=lambda p: float(np.nansum((p.held_out - rows.values) ** 2)))
        data = BlendRows(rows, best, best.held_out_folds(rng), self.basis)
        offers = [
            offer(data)
            for name, offer in OPTIONAL_COMPONENTS[self.mode].items()
            if name not in self.left_out
        ]
        return [component for component in offers if component is not None]

    def _weights(
        self,
        components: Sequence[Component],
        predictions: NDArray[np.float64],
        coalitions: Coalitions,
        values: Vector,
    ) -> Vector:
        """The weights of all proxies, the additive one last.

        Errors count relative to the spread of coalitions of their size, where that differs; those
        of rows that differ far more than most do not count, and in a fit for one law rows that
        differ less count no more than most: they are few, and not what it is about. As far as
        held-out errors cannot be trusted, the weight goes to the additive proxy, which is too
        simple to explode.
        """
        judges = np.ones(len(values), dtype=np.bool_)
        if self._relative(coalitions):
            spread = spread_by_size(coalitions, values)
            judges = ~differ_far_more(spread)
            if not self.basis.levelled:
                spread = np.maximum(spread, np.median(spread))
            scale = 1.0 / np.sqrt(spread)
            predictions, values = predictions * scale[:, None], values * scale
        prior = np.zeros(predictions.shape[1])
        priors = [[component.prior] * len(component.names) for component in components]
        prior[:-1] = np.concatenate(priors)
        seen = ~np.isnan(predictions).any(axis=1)
        seen &= judges | ~(seen & judges).any()
        weights = blend_weights(predictions[seen], values[seen], prior)
        if "parsimony" not in self.left_out:
            weights = parsimonious(weights, predictions[seen], values[seen])
        if "confidence" not in self.left_out:
            trust = confidence(values, coalitions.pair_of_row())
            alone = blend_weights(predictions[seen, -1:], values[seen], np.zeros(1))
            weights *= trust
            weights[-1] += (1 - trust) * alone[0]
        return weights

    def _relative(self, coalitions: Coalitions) -> bool:
        """Whether errors count relative to the spread of coalitions of their size."""
        mean_sign = 1.0 - 2.0 * float(coalitions.sizes().mean()) / coalitions.n_players
        return not self.basis.is_fourier and lopsided(mean_sign)

    def _held_out(
        self,
        components: Sequence[Component],
        predictions: NDArray[np.float64],
        coalitions: Coalitions,
        values: Vector,
        fold_of_row: NDArray[np.intp],
        *,
        weighing: NDArray[np.bool_],
    ) -> Vector:
        """Predictions of the blend for its judge: rows have no part in the weights of their own.

        Weights fit the rows they come from better than others, the more so the fewer there are.
        """
        held_out = np.full(len(values), np.nan)
        for fold in range(int(fold_of_row.max()) + 1):
            held = fold_of_row == fold
            others = (held if held.all() else ~held) & weighing
            if np.isnan(predictions[others]).any(axis=1).all():
                continue
            weights = self._weights(
                components, predictions[others], coalitions[others], values[others]
            )
            used = weights > 0
            held_out[held] = predictions[np.ix_(held, used)] @ weights[used]
        return held_out


def _side_by_side(components: Sequence[Component], additive: Fit) -> NDArray[np.float64]:
    """The held-out predictions of all proxies, a column each, those of the additive one last."""
    return np.column_stack([*(c.held_out for c in components), additive.held_out])


def _weighted(
    components: Sequence[Component],
    weights: Vector,
    predictions: NDArray[np.float64],
    values: Vector,
    *,
    n_players: int,
) -> tuple[Spectrum, int | None]:
    """The sum of all components, or the one that leaves no residual, with its column."""
    spectrum, first = Spectrum(n_players), 0
    for component in components:
        own = weights[first : first + len(component.names)]
        first += len(own)
        if own.any():
            fitted = component.fit(own)
            if fitted.exact is not None and _is_best(predictions, first - 1, values):
                return fitted.exact, first - 1
            for part in fitted.parts:
                spectrum = spectrum + part
    return spectrum, None


def _names(components: Sequence[Component]) -> list[str]:
    return [*(name for component in components for name in component.names), "additive"]


def _positive_shares(components: Sequence[Component], weights: Vector) -> dict[str, float]:
    shares = zip(_names(components), weights.tolist(), strict=True)
    return {name: share for name, share in shares if share > 0}


def _is_best(predictions: NDArray[np.float64], column: int, values: Vector) -> bool:
    """Whether neither another column nor the mean, 0, has a smaller error where it was held out."""
    seen = ~np.isnan(predictions[:, column])
    errors = np.nansum((predictions - values[:, None])[seen] ** 2, axis=0)
    rounding = 1e-9 * float((values**2).sum())
    best = min(float(errors.min()), float((values[seen] ** 2).sum()))
    return float(errors[column]) <= best + rounding
