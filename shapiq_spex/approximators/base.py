"""What SPEX and ProxySPEX share: check, plan, ask the game, recover, restore, convert, report.

The two approximators differ in which coalitions they plan and in how they recover a spectrum from
the answers. Everything between shapiq and these two steps is here.
"""

from __future__ import annotations

import operator
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from shapiq import InteractionValues
from shapiq.approximator.base import Approximator

from shapiq_spex.ablation.answers import Answers
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.policy import Ablation, default_ablation
from shapiq_spex.approximators.interaction_values import to_interaction_values
from shapiq_spex.approximators.observed import restore_observed
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.indices import INDICES
from shapiq_spex.fourier.spectrum import Spectrum, Vector
from shapiq_spex.fourier.walsh import spectrum_of_table
from shapiq_spex.report import Report, r_squared

EFFICIENT = frozenset({"SV", "SII", "k-SII", "STII", "FSII", "kADD-SHAP"})
"""Indices of the Shapley family: they share out v(N) - v({}), so both ends must be exact."""


class Design(Protocol):
    """A plan of coalitions, possibly with structure that the recovery will use."""

    @property
    def coalitions(self) -> Coalitions:
        """The distinct coalitions to ask for, in this order."""
        ...


@dataclass(frozen=True)
class Rows:
    """A design without structure: just coalitions."""

    coalitions: Coalitions


@dataclass(frozen=True)
class Recovery:
    """A recovered spectrum and what its estimator says of it.

    Attributes:
        spectrum: The surrogate of the game.
        held_out: For each row a prediction by a surrogate that was not fitted to it, NaN if none.
        additive: The same for an additive surrogate.
        estimators: The share of each estimator in the spectrum.
        notes: What a user should know, in sentences.
    """

    spectrum: Spectrum
    held_out: Vector
    additive: Vector
    estimators: dict[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()


class SpectralApproximator(Approximator[Any]):
    """Base class: a game, a budget and an index in, ``shapiq.InteractionValues`` out.

    Attributes:
        spectrum_: After a call, the recovered :class:`~shapiq_spex.Spectrum`.
        ablations_: After a call, the coalitions and values it rests on, ready to be given to
            :meth:`approximate_from` of any other approximator.
        report_: After a call, its :class:`~shapiq_spex.Report`.

    These three describe the most recent call; no call depends on them, so that one instance may
    serve many games and many threads.
    """

    valid_indices: tuple[Any, ...] = INDICES

    spectrum_: Spectrum
    ablations_: tuple[Coalitions, Vector]
    report_: Report

    def __init__(
        self,
        *,
        n: int,
        max_order: int | None,
        index: str,
        top_order: bool,
        random_state: int | None,
        ablation: Ablation | None,
    ) -> None:
        n = _integer(n, "the number of players n")
        if n < 1:
            raise ValueError(f"a game needs at least one player, got n={n}")
        if index not in self.valid_indices:
            raise ValueError(
                f"{type(self).__name__} cannot compute the index {index!r}. Valid indices are: "
                f"{', '.join(self.valid_indices)}"
            )
        order = n if max_order is None else _integer(max_order, "max_order")
        if order < 1:
            raise ValueError(f"max_order must be at least 1 (or None for all orders), got {order}")
        super().__init__(
            n=n,
            max_order=min(order, n),
            index=index,
            top_order=top_order,
            random_state=random_state,
            # shapiq's own sampler is never used; weights given here keep it from computing
            # binomial coefficients that overflow for n > 1029
            sampling_weights=np.ones(n + 1),
            initialize_dict=False,
        )
        self.ablation = ablation or default_ablation()

    @abstractmethod
    def _design(self, budget: int, rng: np.random.Generator) -> Design:
        """Plan exactly ``budget`` < 2^n distinct coalitions (fewer if no more can be reached)."""

    @abstractmethod
    def _recover(
        self, design: Design, values: Vector, known: np.ndarray, rng: np.random.Generator
    ) -> Recovery:
        """Recover a spectrum from the answers; rows outside the mask ``known`` have none."""

    def approximate(
        self,
        budget: int,
        game: Callable[[np.ndarray], ArrayLike],
        **kwargs: Any,
    ) -> InteractionValues:
        """Explain a game from at most ``budget`` distinct coalitions.

        Args:
            budget: The largest number of coalitions to evaluate, at least 2. If it reaches 2^n,
                all coalitions are evaluated and the result is exact.
            game: A ``shapiq.Game``, a shapiq imputer, or any callable that takes a boolean matrix
                with one coalition per row and returns one number per row.
            **kwargs: None are accepted; shapiq's signature has them.

        Returns:
            The interaction values. :attr:`report_` says how far to trust them.

        Raises:
            TypeError: If the budget is not an integer, or the game does not return numbers.
            ValueError: If the budget is below 2, or the game returns NaN, infinities or the wrong
                number of values.
        """
        if kwargs:
            raise TypeError(f"approximate() got unexpected arguments: {', '.join(kwargs)}")
        budget = _integer(budget, "the budget")
        if budget < 2:
            raise ValueError(
                f"the budget must be at least 2 (the empty and the full coalition), got {budget}"
            )
        if isinstance(getattr(game, "n_players", None), int) and game.n_players != self.n:  # type: ignore[attr-defined]
            raise ValueError(
                f"the game has {game.n_players} players, "  # type: ignore[attr-defined]
                f"but this approximator was made for n={self.n}"
            )
        design_seed, recovery_seed = np.random.SeedSequence(self._random_state).spawn(2)
        design = self._plan(budget, np.random.default_rng(design_seed))
        answers = ask(game, design.coalitions, self.ablation)
        return self._explain(design, answers, budget, np.random.default_rng(recovery_seed))

    def approximate_from(
        self, coalitions: ArrayLike | Coalitions, values: ArrayLike
    ) -> InteractionValues:
        """Explain ablations that already exist; no game is needed.

        Args:
            coalitions: A matrix with one row per coalition and one column per player.
            values: One number per row. Coalitions that occur more than once count with the mean
                of their values.

        Returns:
            The interaction values; exact if all 2^n coalitions are given.
        """
        given = (
            coalitions if isinstance(coalitions, Coalitions) else Coalitions.from_dense(coalitions)
        )
        if given.n_players != self.n:
            raise ValueError(
                f"the coalitions have {given.n_players} columns, but this approximator was made "
                f"for n={self.n} players"
            )
        answers = np.asarray(values, dtype=np.float64)
        if answers.shape != (len(given),):
            raise ValueError(
                f"{len(given)} coalitions need one value each, got values of shape {answers.shape}"
            )
        if len(given) == 0:
            raise ValueError("at least one coalition and its value are needed")
        if not np.isfinite(answers).all():
            row = int(np.flatnonzero(~np.isfinite(answers))[0])
            raise ValueError(f"the value of row {row} is {answers[row]}; remove such rows first")
        distinct, means = _averaged(given, answers)
        _, recovery_seed = np.random.SeedSequence(self._random_state).spawn(2)
        return self._explain(
            Rows(distinct),
            _given(means),
            len(distinct),
            np.random.default_rng(recovery_seed),
        )

    def set_random_state(self, random_state: int | None = None) -> None:
        """Set the seed of all later calls (``None``: another one for each call)."""
        super().set_random_state(random_state)

    def _plan(self, budget: int, rng: np.random.Generator) -> Design:
        if self.n <= 60 and budget >= 2**self.n:
            return Rows(Coalitions.all_of(self.n))
        return self._design(budget, rng)

    def _explain(
        self, design: Design, answers: Answers, budget: int, rng: np.random.Generator
    ) -> InteractionValues:
        known = answers.answered
        coalitions, values = design.coalitions, answers.values
        exact = bool(known.all()) and len(coalitions) == 2.0**self.n
        started = time.perf_counter()
        recovery = (
            _exact_recovery(coalitions, values)
            if exact
            else self._recover(design, values, known, rng)
        )
        recovered = time.perf_counter()
        if not known.all():
            coalitions, values = coalitions[known], values[known]
        corrected = (
            recovery.spectrum
            if exact
            else restore_observed(
                recovery.spectrum,
                coalitions,
                values,
                max_order=self.max_order,
                efficient=self.index in EFFICIENT,
            )
        )
        result = to_interaction_values(
            corrected,
            index=self.index,
            max_order=self.max_order,
            top_order=self.top_order,
            estimated=not exact,
            estimation_budget=len(coalitions),
        )
        self.spectrum_ = recovery.spectrum
        self.ablations_ = (coalitions, values)
        self.report_ = Report(
            approximator=type(self).__name__,
            n_players=self.n,
            budget=budget,
            asked=answers.asked,
            reused=answers.reused,
            skipped=int((~known).sum()),
            exact=exact,
            faithfulness=1.0
            if exact
            else r_squared(answers.values[known], recovery.held_out[known]),
            additive_faithfulness=r_squared(answers.values[known], recovery.additive[known]),
            n_terms=len(recovery.spectrum),
            estimators=recovery.estimators,
            seconds={
                "game": answers.seconds,
                "recovery": recovered - started,
                "conversion": time.perf_counter() - recovered,
            },
            notes=recovery.notes,
        )
        return result

    def _settings(self) -> dict[str, object]:
        """What distinguishes two approximators of the same class."""
        return {
            "n": self.n,
            "max_order": self.max_order,
            "index": self.index,
            "top_order": self.top_order,
            "random_state": self._random_state,
            "ablation": self.ablation,
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Approximator):
            return super().__eq__(other)  # shapiq's way of refusing the comparison
        if not isinstance(other, SpectralApproximator) or type(self) is not type(other):
            return False
        return self._settings() == other._settings()

    def __hash__(self) -> int:
        return hash((type(self), self.n, self.max_order, self.index, self.top_order))

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in self._settings().items())
        return f"{type(self).__name__}({settings})"


def recover_by_regression(
    estimator: Estimator,
    coalitions: Coalitions,
    values: Vector,
    known: np.ndarray,
    rng: np.random.Generator,
) -> Recovery:
    """Fit a regression proxy, and an additive one to compare it with, to the known rows."""
    from shapiq_spex.estimators.additive import Additive
    from shapiq_spex.estimators.blend import BlendFit

    rows, answers = coalitions[known].dense(), values[known]
    fit = estimator.fit(rows, answers, rng=rng)
    blended = isinstance(fit, BlendFit)
    held_out, additive = np.full((2, len(values)), np.nan)
    held_out[known] = fit.held_out
    additive[known] = fit.additive if blended else Additive().fit(rows, answers, rng=rng).held_out
    return Recovery(
        fit.spectrum,
        held_out,
        additive,
        estimators=fit.weights if blended else {estimator.name: 1.0},
        notes=fit.notes if blended else (),
    )


def _integer(value: object, name: str) -> int:
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None


def _exact_recovery(coalitions: Coalitions, values: Vector) -> Recovery:
    table = np.empty(len(values))
    table[coalitions.dense() @ (1 << np.arange(coalitions.n_players))] = values
    rounding = 4 * np.finfo(np.float64).eps * float(np.abs(table).max())
    spectrum = spectrum_of_table(table).prune(threshold=rounding)
    additive = spectrum.select(lambda group: np.full(len(group.members), group.degree <= 1))
    return Recovery(spectrum, held_out=values, additive=additive.evaluate(coalitions))


def _given(values: Vector) -> Answers:
    """Answers that nobody had to be asked for."""
    return Answers(
        values=values,
        answered=np.ones(len(values), dtype=np.bool_),
        asked=0,
        reused=0,
        retries=0,
        skipped=(),
        seconds=0.0,
    )


def _averaged(coalitions: Coalitions, values: Vector) -> tuple[Coalitions, Vector]:
    """Distinct coalitions in order of first occurrence, with the mean of their values."""
    _, first, group = np.unique(coalitions.keys(), return_index=True, return_inverse=True)
    means = np.bincount(group, weights=values) / np.bincount(group)
    order = np.argsort(first)
    return coalitions[first[order]], means[order]
