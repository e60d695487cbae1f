"""The components of the blend: proxies with held-out predictions, fitted again if they get weight.

``python -m shapiq_spex.benchmark.studies.blend_components`` measures what each of them buys.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.estimators.basis import FOURIER, Basis
from shapiq_spex.estimators.chance import LARGEST_LOG_CHANCE, log_chance
from shapiq_spex.estimators.contract import Fit
from shapiq_spex.estimators.gaussian.beam import EXACT_PLAYERS, Mean
from shapiq_spex.estimators.gaussian.biased_mean import largest_coefficients_in
from shapiq_spex.estimators.gaussian.gaussian import (
    Gaussian,
    HeldOutFold,
    ValidatedPosterior,
    posterior_spectrum,
)
from shapiq_spex.estimators.gaussian.informed_kernel import InformedKernel
from shapiq_spex.estimators.gaussian.paired_rows import PairedRows
from shapiq_spex.estimators.gaussian.posterior import Posterior, even_and_odd
from shapiq_spex.estimators.signs import take_rows
from shapiq_spex.estimators.sparse.expansion import WorthwhileRounds
from shapiq_spex.estimators.sparse.pairwise import pairwise_proxy
from shapiq_spex.estimators.sparse.sparse_regression import (
    PENALTIES,
    SPARSE_PROXIES,
    SparseRegression,
)
from shapiq_spex.estimators.standardising import fit_without_isolated
from shapiq_spex.estimators.weighting import effective_rows
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Term, Vector


@dataclass(frozen=True)
class ComponentFit:
    """What a component contributes to the blend.

    Attributes:
        parts: The spectra of its proxies times their weights, to be added up. Their players are
            those that are modelled, numbered 0, 1, ....
        exact: The spectrum of its last proxy if it leaves no residual and cannot have done so by
            chance, as for a sparse function without noise; otherwise ``None``.
    """

    parts: Sequence[Spectrum]
    exact: Spectrum | None = None


@dataclass(frozen=True)
class Component:
    """One or more proxies that are validated together.

    Attributes:
        names: The names of the proxies.
        held_out: Held-out predictions, one column per proxy; NaN in rows that were not held out.
        fit: Fits the proxies to all rows, given their weights; called only if one is positive.
        prior: The weight that each of them has before any held-out error is seen.
    """

    names: tuple[str, ...]
    held_out: NDArray[np.float64]
    fit: Callable[[Vector], ComponentFit]
    prior: float = 0.0


@dataclass(frozen=True)
class LikeSpread(Component):
    """A component of the rows whose values differ alike.

    Attributes:
        isolated: The rows among them that it left out, because their values cannot be predicted.
        notes: What a user should know of these.
    """

    isolated: NDArray[np.bool_] = field(kw_only=True)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BlendRows:
    """What components are fitted to.

    Attributes:
        rows: The rows as signs of the players that are modelled, with standardised values.
        best: The Gaussian posterior with the smallest held-out error.
        folds: The rows to hold out together from other proxies.
        basis: The basis in which terms are proposed.
    """

    rows: PairedRows
    best: ValidatedPosterior
    folds: Sequence[HeldOutFold]
    basis: Basis = FOURIER


def gaussian_component(
    posteriors: Sequence[ValidatedPosterior], keep: int, basis: Basis
) -> Component:
    """The Gaussian posteriors; ``keep`` coefficients are looked for in their weighted sum."""

    def fit(weights: Vector) -> ComponentFit:
        shares = weights.tolist()
        return ComponentFit([posterior_spectrum(posteriors, shares, keep=keep, basis=basis)])

    return Component(
        tuple(posterior.name for posterior in posteriors),
        np.column_stack([posterior.held_out for posterior in posteriors]),
        fit,
        prior=1 / len(posteriors),
    )


def like_spread_component(
    gaussian: Gaussian,
    coalitions: Coalitions,
    values: Vector,
    alike: NDArray[np.bool_],
    rng: np.random.Generator,
) -> LikeSpread:
    """The Gaussian proxy of the rows whose values differ alike.

    Where half of the players are removed, the answers of a saturated model differ hundreds of times
    as much as near the input, whose answers are noise to a fit to both. The other rows are
    predicted by this fit, as rows that it has not seen. So are single values far outside the
    others, unless it learns them.
    """
    rows, answers = coalitions[alike], values[alike]

    def fitted(used: NDArray[np.bool_]) -> Fit:
        found = gaussian.fit(rows[used], answers[used], rng=rng)
        held_out = np.full(len(answers), np.nan)
        held_out[used] = found.held_out
        return replace(found, held_out=held_out, additive=None)

    found = fit_without_isolated(fitted, rows, answers, np.ones(len(answers), dtype=np.bool_))
    held_out = found.spectrum(coalitions)
    held_out[alike] = found.held_out
    isolated = np.zeros_like(alike)
    if found.isolated is not None:
        isolated[alike] = found.isolated

    def fit(weights: Vector) -> ComponentFit:
        return ComponentFit([float(weights[0]) * found.spectrum])

    return LikeSpread(
        ("gaussian of like spread",),
        held_out[:, None],
        fit,
        isolated=isolated,
        notes=found.notes,
    )


def pairwise_component(data: BlendRows) -> Component | None:
    """The lasso on players and pairs; ``None`` if clearly worse than the Gaussian posterior."""
    folds = [fold.rows for fold in data.folds]
    proxy = pairwise_proxy(data.rows.signs, data.rows.values, folds, data.best.held_out)
    if proxy is None:
        return None

    def fit(weights: Vector) -> ComponentFit:
        return ComponentFit([float(weights[0]) * proxy.spectrum()])

    return Component(("pairwise",), proxy.held_out[:, None], fit)


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
        scanning: Whether all pairs of players are scanned for those that the posterior does not
            propose. The expansion looks at them in its rounds.
    """

    proposals: int = 600
    rounds: int = 12
    hopeless: float = 1.5
    most_rows: float = np.inf
    scanning: bool = False


THOROUGH = SparseEffort()
QUICK = SparseEffort(proposals=150, rounds=0, hopeless=1.0, most_rows=300, scanning=True)


def sparse_component(data: BlendRows, effort: SparseEffort = THOROUGH) -> Component | None:
    """The sparse regressions on terms that the Gaussian posterior proposes.

    Held-out predictions repeat all of it, proposals included, without the fold. ``None`` if all
    three regressions are hopeless on the first fold, which also tells how many rounds of the
    expansion are worthwhile.
    """
    rows, values = data.rows, data.rows.values
    predictions = np.full((len(values), PENALTIES + 2), np.nan)
    folds = data.folds if len(values) <= effort.most_rows else data.folds[:1]
    first = folds[0].rows
    worthwhile = WorthwhileRounds(take_rows(rows.signs, first), values[first])
    rounds = effort.rounds
    for number, (held, proposer) in enumerate(folds):
        rest = np.ones(len(values), dtype=np.bool_)
        rest[held] = False
        duals = proposer.duals_without(proposer.rows.positions(held))
        regression = SparseRegression(
            take_rows(rows.signs, rest),
            values[rest],
            _proposals(proposer, duals, len(values) - len(held), effort, data.basis),
            rounds,
            goes_on=worthwhile if number == 0 else None,
            table=rows.table_within(rest) if effort.scanning else None,
        )
        predictions[held] = regression.predict(take_rows(rows.signs, held))
        if number == 0:
            rounds = worthwhile.rounds if worthwhile.ended else rounds
            errors = ((predictions[held] - values[held, None]) ** 2).mean(axis=0)
            rival = np.mean((data.best.held_out[held] - values[held]) ** 2)
            if errors.min() > effort.hopeless * rival:
                return None
    seen = ~np.isnan(predictions[:, 0])
    errors = ((predictions[seen] - values[seen, None]) ** 2).sum(axis=0)
    penalty = int(errors[:PENALTIES].argmin())

    def fit(weights: Vector) -> ComponentFit:
        posterior = data.best.posterior
        proposals = _proposals(posterior, posterior.duals, len(values), effort, data.basis)
        regression = SparseRegression(
            rows.signs, values, proposals, rounds, table=rows.table if effort.scanning else None
        )
        spectra = regression.spectra(penalty)
        exact = regression.fits_perfectly and _is_overdetermined(rows, regression.expansion[0])
        return ComponentFit(
            [float(weight) * part for weight, part in zip(weights, spectra, strict=True)],
            exact=spectra[-1] if exact else None,
        )

    columns = [penalty, PENALTIES, PENALTIES + 1]
    return Component(SPARSE_PROXIES, predictions[:, columns], fit)


OPTIONAL_COMPONENTS: dict[str, dict[str, Callable[[BlendRows], Component | None]]] = {
    "full": {"pairwise": pairwise_component, "sparse": sparse_component},
    "fast": {"sparse": partial(sparse_component, effort=QUICK)},
}
"""By mode of the blend, the components beside the Gaussian one; each may decline by the rows."""


def _proposals(
    posterior: Posterior,
    duals: tuple[Vector, ...],
    n_rows: int,
    effort: SparseEffort,
    basis: Basis,
) -> Spectrum:
    mean = Mean(posterior.rows.block, posterior.kernel, *even_and_odd(duals))
    keep = min(effort.proposals, 3 * n_rows)
    found = largest_coefficients_in(basis, [mean], keep=keep)
    # of few players all 2^n are read off the centre, and directions as a whole: many more than
    # regressions should look at
    many = found.n_players <= EXACT_PLAYERS or isinstance(posterior.kernel, InformedKernel)
    return found.prune(keep=keep) if many else found


def _is_overdetermined(rows: PairedRows, terms: list[Term]) -> bool:
    """Whether a perfect fit cannot be chance: at most half as many terms as equations.

    A pair {S, complement of S} is one equation for the terms of even degree and one for those of
    odd degree, not two for each; values that are mostly equal count for fewer rows; and values that
    repeat may fit by chance, the more so the more terms there were to choose from.
    """
    share = effective_rows(rows.values) / len(rows.values)
    odd = sum(len(term) % 2 for term in terms)
    per_half = 2 * max(odd, len(terms) - odd) <= share * len(rows.table)
    halves = (len(terms) - odd, odd) if rows.paired else (len(terms),)
    chance = sum(
        log_chance(target, len(target) - unknowns)
        for target, unknowns in zip(rows.targets, halves, strict=True)
    )
    chance += sum(math.log(math.comb(rows.signs.shape[1], len(term))) for term in terms)
    enough = 2 * len(terms) <= share * len(rows.values)
    return per_half and enough and chance <= LARGEST_LOG_CHANCE
