r"""From the answers of a coded plan to a spectrum: decode, compare with a regression, refit.

Decoding (:mod:`shapiq_spex.coding.peeling`) finds large terms. A regression proxy, the *contender*,
finds many small terms and hierarchies of terms. Three candidates are fitted to all rows but some
uniformly random ones:

    decoded,     contender,     decoded + contender on what decoding left unexplained,

the latter two only if something of low degree is left (:mod:`shapiq_spex.coding.structure`). The
candidate with the smallest squared error on these fresh rows is fitted again to all rows. Its
predictions of the fresh rows are kept as held-out predictions. What a contender knows of the
players beforehand is about the game, and not used where it is fitted to what decoding left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.coding.bin_search import HARD, SOFT, Stage
from shapiq_spex.coding.coded_plan import CodedPlan
from shapiq_spex.coding.least_squares import Evidence, TermRegression
from shapiq_spex.coding.peeling import confirmed, drop_insignificant, explain
from shapiq_spex.coding.structure import low_degree_evidence, most_rows
from shapiq_spex.estimators.contract import Estimator, Fit, uninformed
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.fourier.walsh import spectrum_of_table

Decoder = Literal["soft", "hard"]

_STAGES: dict[str, tuple[Stage, ...]] = {"soft": SOFT, "hard": HARD}

_IMPUTATIONS = 3
"""How often missing answers are predicted again; the changes shrink by factors."""

_EVIDENCE = 3.0
"""Standard deviations of low-degree energy from which a regression is fitted (p = .001)."""

_MOST_CELLS = 2e8
"""Coalitions times players of a regression: 800 MB as signs."""

_SETTLED = 1e-9
"""The change of an imputed value that ends the imputation, relative to the largest answer."""

_EXACT = 1e-18
"""The share of the variance below which a residual is rounding."""


@dataclass(frozen=True)
class CodedRecovery:
    """What was recovered, and what is known about it.

    Attributes:
        spectrum: The recovered spectrum.
        held_out: For every row of the plan a prediction by a fit that has not seen it; NaN where
            there is none.
        used_code: Whether decoding had a part in the spectrum.
        errors: The mean squared error of every candidate on the fresh rows.
        n_decoded: The number of terms that decoding found (the mean not counted).
        shares: The shares of the components of the contender, if it was chosen alone.
        uninformed: What ``held_out`` would be if the contender knew nothing of the players
            beforehand; ``None`` if it was not chosen, or knows nothing.
        notes: What a user should know, in sentences.
    """

    spectrum: Spectrum
    held_out: Vector
    used_code: bool
    errors: dict[str, float] = field(default_factory=dict[str, float])
    n_decoded: int = 0
    shares: dict[str, float] = field(default_factory=dict[str, float])
    uninformed: Vector | None = None
    notes: tuple[str, ...] = ()


def recover(
    plan: CodedPlan,
    values: Vector,
    *,
    decoder: Decoder = "soft",
    contender: Estimator | None = None,
    rng: np.random.Generator,
) -> CodedRecovery:
    """Recover the spectrum of a game from its answers.

    Args:
        plan: The plan that was asked.
        values: The answer to every row of the plan; NaN where there is none.
        decoder: ``"soft"`` weighs the answers by their reliability and corrects errors, ``"hard"``
            takes their signs at their word.
        contender: A regression proxy to compete with decoding.
        rng: The source of randomness (for the contender).
    """
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(plan),):
        raise ValueError(f"the plan has {len(plan)} rows, got values of shape {values.shape}")
    if decoder not in _STAGES:
        raise ValueError(f'decoder must be "soft" or "hard", got {decoder!r}')
    answered = ~np.isnan(values)
    if not answered.any():
        raise ValueError("none of the rows has a value")
    if not np.isfinite(values[answered]).all():
        raise ValueError("the values must be finite (NaN where there is none)")
    if plan.complete and answered.all():
        return CodedRecovery(spectrum_of_table(values), values, used_code=False)
    if not plan.cosets:
        return _without_code(plan, values, answered, contender, rng)
    return _with_code(plan, values, answered, _STAGES[decoder], contender, rng)


def _without_code(
    plan: CodedPlan,
    values: Vector,
    answered: NDArray[np.bool_],
    contender: Estimator | None,
    rng: np.random.Generator,
) -> CodedRecovery:
    held_out = np.full(len(values), np.nan)
    notes = (f"Nothing was decoded: {plan.describe()}.",)
    if contender is None:
        mean = Spectrum.from_dict(plan.n_players, {(): float(values[answered].mean())})
        return CodedRecovery(mean, held_out, used_code=False, notes=notes)
    fit = contender.fit(plan.select(np.flatnonzero(answered)), values[answered], rng=rng)
    held_out[answered] = fit.held_out
    return CodedRecovery(fit.spectrum, held_out, used_code=False, notes=notes)


def _with_code(  # noqa: PLR0917
    plan: CodedPlan,
    values: Vector,
    answered: NDArray[np.bool_],
    stages: Sequence[Stage],
    contender: Estimator | None,
    rng: np.random.Generator,
) -> CodedRecovery:
    seen = np.flatnonzero(answered[: plan.fresh.start])
    fresh = plan.fresh.start + np.flatnonzero(answered[plan.fresh])
    fresh_coalitions = _chosen(plan.others, fresh - plan.uniform.start)
    decoded = _decode(plan, values, answered, stages)
    notes: list[str] = []

    rival = partial(_rival, plan=plan, values=values, contender=contender, rng=rng)
    truth = values[fresh]
    predictions = {"decoded": decoded.spectrum.evaluate(fresh_coalitions)}
    if contender is not None and _something_left(plan, values, seen, decoded.spectrum, rng):
        if len(plan) * plan.n_players <= _MOST_CELLS:
            for name in ("contender", "decoded + contender"):
                found = rival(name, decoded.spectrum, seen)
                predictions[name] = found.spectrum.evaluate(fresh_coalitions)
        else:
            notes.append("Too many rows and players for a regression; only decoding was used.")
    errors = (
        {name: float(np.square(truth - p).mean()) for name, p in predictions.items()}
        if len(fresh)
        else {}
    )
    winner = min(errors, key=errors.__getitem__, default="decoded")
    held_out = np.full(len(values), np.nan)
    held_out[fresh] = predictions[winner]

    everything = np.concatenate([seen, fresh])
    uniform = everything[everything >= plan.uniform.start]
    final = decoded.refit(
        _chosen(plan.others, uniform - plan.uniform.start), values[uniform], len(fresh)
    )
    fit = Fit(final, held_out) if winner == "decoded" else rival(winner, final, everything)
    informed = winner == "contender" and fit.uninformed is not None
    without = np.full(len(values), np.nan) if informed else None
    if without is not None:
        plain = rival("uninformed contender", decoded.spectrum, seen)
        without[fresh] = plain.spectrum.evaluate(fresh_coalitions)
    return CodedRecovery(
        fit.spectrum,
        held_out,
        used_code=winner != "contender",
        errors=errors,
        n_decoded=len(final) - 1,
        shares=fit.shares if winner == "contender" else {},
        uninformed=without,
        notes=tuple(notes),
    )


def _rival(
    name: str,
    base: Spectrum,
    rows: NDArray[np.intp],
    *,
    plan: CodedPlan,
    values: Vector,
    contender: Estimator | None,
    rng: np.random.Generator,
) -> Fit:
    """The contender fitted to some rows: to their values, or to what the base leaves of them."""
    assert contender is not None
    coalitions, truth = plan.select(rows), values[rows]
    if name == "contender":
        return contender.fit(coalitions, truth, rng=rng)
    if name == "uninformed contender":
        return uninformed(contender).fit(coalitions, truth, rng=rng)
    fit = uninformed(contender).fit(coalitions, truth - base.evaluate(coalitions), rng=rng)
    return replace(fit, spectrum=base + fit.spectrum)


def _chosen(coalitions: Coalitions, rows: NDArray[np.intp]) -> Coalitions:
    """Some coalitions, in order; not copied if there are no gaps."""
    if len(rows) and len(rows) == rows[-1] + 1 - rows[0]:
        return coalitions[rows[0] : rows[-1] + 1]
    return coalitions[rows]


def _something_left(
    plan: CodedPlan,
    values: Vector,
    rows: NDArray[np.intp],
    decoded: Spectrum,
    rng: np.random.Generator,
) -> bool:
    """Whether decoding left something that a regression could find, by a sample of the rows."""
    rows = rng.choice(rows, min(len(rows), most_rows(plan.n_players)), replace=False)
    coalitions = plan.select(rows)
    rest = values[rows] - decoded.evaluate(coalitions)
    if float(rest.var()) <= _EXACT * float(values[rows].var()):
        return False
    return low_degree_evidence(coalitions, rest) > _EVIDENCE


class _Decoded(NamedTuple):
    """Decoded terms, in units in which the answers have mean 0 and size 1."""

    regression: TermRegression
    centre: float
    scale: float

    @property
    def spectrum(self) -> Spectrum:
        return self._in_units(self.regression)

    def refit(self, rows: Coalitions, values: Vector, n_fresh: int) -> Spectrum:
        """Fit again with all uniform rows, the last of them fresh; drop what these contradict."""
        if n_fresh == 0:
            return self.spectrum
        standard = (values - self.centre) / self.scale
        found = self.regression
        kept = confirmed(found, rows[-n_fresh:], standard[-n_fresh:])
        regression = TermRegression(found.evidence._replace(rows=rows, values=standard))
        regression.add(found.members[kept])
        drop_insignificant(regression)
        return self._in_units(regression)

    def _in_units(self, regression: TermRegression) -> Spectrum:
        n_players = regression.evidence.rows.n_players
        return regression.spectrum() * self.scale + Spectrum.from_dict(n_players, {(): self.centre})


def _decode(
    plan: CodedPlan, values: Vector, answered: NDArray[np.bool_], stages: Sequence[Stage]
) -> _Decoded:
    """Decode the cosets.

    A transform needs all answers: missing ones are first taken to be average, then predicted by the
    terms found, fitted to the rows with answers alone.
    """
    centre = float(values[answered].mean())
    scale = float(np.abs(values[answered] - centre).max()) or 1.0
    standard = np.where(answered, (values - centre) / scale, 0.0)
    uniform = np.flatnonzero(answered[plan.uniform.start : plan.fresh.start])
    rows, row_values = _chosen(plan.others, uniform), standard[plan.uniform.start + uniform]
    # a row of two families counts twice
    missing = np.concatenate([places[~answered[places]] for places in plan.coset_rows])
    unknown = plan.select(missing)

    def explained() -> TermRegression:
        contents = [
            cosets.transform(standard[places])
            for cosets, places in zip(plan.cosets, plan.coset_rows, strict=True)
        ]
        return explain(Evidence(plan.cosets, contents, rows, row_values), stages)

    regression = explained()
    for _ in range(_IMPUTATIONS if len(missing) else 0):
        imputed = regression.predict_without(unknown, standard[missing])
        moved = float(np.abs(imputed - standard[missing]).max())
        standard[missing] = imputed
        if moved <= _SETTLED:
            break
        regression = explained()
    return _Decoded(regression, centre, scale)
