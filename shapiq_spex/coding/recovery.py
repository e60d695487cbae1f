r"""From the answers of a coded plan to a spectrum: decode, let a rival compete, choose, refit.

Decoding (:mod:`shapiq_spex.coding.refit`) finds the terms that stand out. A regression proxy, the
*contender*, finds what is spread thin or builds up hierarchically. Three candidates are fitted to
the coded rows alone:

    decoded,     contender,     decoded + contender on what decoding left unexplained,

and the fresh uniform rows, seen by none of them, decide by the smallest squared error. The winner
is then fitted again to all rows. The predictions of the fresh rows that decided are kept, so that
the faithfulness of the result can be stated honestly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from shapiq_spex.coding.peeling import explain
from shapiq_spex.coding.plan import CodedPlan
from shapiq_spex.coding.refit import Evidence
from shapiq_spex.coding.search import HARD, SOFT, Stage
from shapiq_spex.fourier.coalitions import BoolMatrix
from shapiq_spex.fourier.spectrum import Spectrum, Vector
from shapiq_spex.fourier.walsh import spectrum_of_table

Decoder = Literal["soft", "hard"]

_STAGES: dict[str, tuple[Stage, ...]] = {"soft": SOFT, "hard": HARD}
_IMPUTATIONS = 3
_EXACT = 1e-18  # share of the variance that is nothing but rounding


class ContenderFit(Protocol):
    """What a contender returns."""

    @property
    def spectrum(self) -> Spectrum:
        """The fitted function."""
        ...

    @property
    def held_out(self) -> Vector:
        """For every row a prediction by a fit that has not seen it; NaN if there is none."""
        ...


class Contender(Protocol):
    """A regression proxy, such as those of :mod:`shapiq_spex.estimators`."""

    def fit(
        self, coalitions: BoolMatrix, values: Vector, *, rng: np.random.Generator
    ) -> ContenderFit:
        """Fit the proxy to distinct coalitions and the game's values."""
        ...


@dataclass(frozen=True)
class CodedRecovery:
    """What was recovered, and what is known about it.

    Attributes:
        spectrum: The recovered spectrum.
        held_out: For every row of the plan a prediction by a fit that has not seen it; NaN where
            there is none.
        used_code: Whether decoding had a part in the spectrum.
        errors: The mean squared error of every candidate on the fresh rows.
        n_decoded: The number of terms that decoding found.
        notes: What a user should know, in sentences.
    """

    spectrum: Spectrum
    held_out: Vector
    used_code: bool
    errors: dict[str, float] = field(default_factory=dict[str, float])
    n_decoded: int = 0
    notes: tuple[str, ...] = ()


def recover(
    plan: CodedPlan,
    values: Vector,
    *,
    decoder: Decoder = "soft",
    contender: Contender | None = None,
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
    if plan.complete and answered.all():
        return CodedRecovery(spectrum_of_table(values), values, used_code=False)
    if not plan.cosets:
        return _without_code(plan, values, answered, contender, rng)
    return _Competition(plan, values, answered, _STAGES[decoder], contender, rng).run()


def _without_code(
    plan: CodedPlan,
    values: Vector,
    answered: BoolMatrix,
    contender: Contender | None,
    rng: np.random.Generator,
) -> CodedRecovery:
    held_out = np.full(len(values), np.nan)
    notes = (f"Nothing was decoded: {plan.describe()}.",)
    if contender is None:
        mean = Spectrum.from_dict(plan.n_players, {(): float(values[answered].mean())})
        return CodedRecovery(mean, held_out, used_code=False, notes=notes)
    fit = contender.fit(plan.coalitions[answered].dense(), values[answered], rng=rng)
    held_out[answered] = fit.held_out
    return CodedRecovery(fit.spectrum, held_out, used_code=False, notes=notes)


class _Competition:
    """One recovery from coded rows."""

    def __init__(  # noqa: PLR0917
        self,
        plan: CodedPlan,
        values: Vector,
        answered: BoolMatrix,
        stages: tuple[Stage, ...],
        contender: Contender | None,
        rng: np.random.Generator,
    ) -> None:
        self._plan = plan
        self._values = values
        self._answered = answered
        self._stages = stages
        self._contender = contender
        self._rng = rng
        self._coded = np.flatnonzero(answered[: plan.uniform.start])
        self._fresh = plan.uniform.start + np.flatnonzero(answered[plan.uniform])

    def run(self) -> CodedRecovery:
        plan, values = self._plan, self._values
        decoded = self._decode(self._fresh[:0])
        candidates = {"decoded": decoded}
        fresh = plan.coalitions[self._fresh] if len(self._fresh) else None
        if self._contender is not None and fresh is not None:
            truth = values[self._fresh]
            error = float(np.square(truth - decoded.evaluate(fresh)).mean())
            if error > _EXACT * float(np.square(truth).mean()):
                candidates |= self._rivals(decoded, self._coded)
        held_out = np.full(len(values), np.nan)
        errors: dict[str, float] = {}
        winner = "decoded"
        if fresh is not None:
            predictions = {name: s.evaluate(fresh) for name, s in candidates.items()}
            truth = values[self._fresh]
            errors = {name: float(np.square(truth - p).mean()) for name, p in predictions.items()}
            winner = min(errors, key=errors.__getitem__)
            held_out[self._fresh] = predictions[winner]
        final = self._decode(self._fresh)
        spectrum = final
        if winner != "decoded":
            everything = np.concatenate([self._coded, self._fresh])
            spectrum = self._rivals(final, everything, only=winner)[winner]
        return CodedRecovery(
            spectrum,
            held_out,
            used_code=winner != "contender",
            errors=errors,
            n_decoded=len(final),
        )

    def _decode(self, rows: np.ndarray) -> Spectrum:
        """Decode the cosets and refit with the given uniform rows.

        A transform needs all answers: missing ones are first taken to be average, then predicted.
        """
        plan = self._plan
        missing = np.flatnonzero(~self._answered[: plan.uniform.start])
        values = self._values.copy()
        values[missing] = values[self._answered].mean()
        uniform = plan.others[rows - plan.uniform.start]
        spectrum = Spectrum(plan.n_players)
        for _ in range(_IMPUTATIONS if len(missing) else 1):
            contents = [
                cosets.transform(values[places])
                for cosets, places in zip(plan.cosets, plan.coset_rows, strict=True)
            ]
            evidence = Evidence(plan.cosets, contents, uniform, values[rows])
            spectrum = explain(evidence, self._stages).spectrum()
            if len(missing):
                values[missing] = spectrum.evaluate(plan.coalitions[missing])
        return spectrum

    def _rivals(
        self, decoded: Spectrum, rows: np.ndarray, only: str | None = None
    ) -> dict[str, Spectrum]:
        """Fit the contender to the given rows: alone, and to what decoding left unexplained."""
        assert self._contender is not None
        coalitions = self._plan.coalitions[rows]
        dense, values = coalitions.dense(), self._values[rows]
        rivals: dict[str, Spectrum] = {}
        if only in (None, "contender"):
            rivals["contender"] = self._contender.fit(dense, values, rng=self._rng).spectrum
        if only in (None, "decoded + contender"):
            rest = values - decoded.evaluate(coalitions)
            fit = self._contender.fit(dense, rest, rng=self._rng)
            rivals["decoded + contender"] = decoded + fit.spectrum
        return rivals
