"""What SPEX and ProxySPEX share: checking, evaluating, recovering, converting and reporting.

The two approximators differ in the design they choose (:mod:`shapiq_spex.designs`).
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike
from shapiq import InteractionValues
from shapiq.approximator.base import Approximator

from shapiq_spex._argument_checks import (
    check_flag,
    check_integer,
    check_probability,
    check_type,
    is_one_of,
)
from shapiq_spex.ablation.ablation_plan import AblationPlan
from shapiq_spex.ablation.ablation_policy import Ablation, default_ablation
from shapiq_spex.ablation.answers import Answers
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.game_call import players_are
from shapiq_spex.ablation.repeats import affordable_coalitions
from shapiq_spex.approximators.arguments import (
    DEFAULT_KEEP,
    checked_ablations,
    checked_integer,
    checked_keep,
)
from shapiq_spex.approximators.explanation import Explanation, Game, evaluated, explain
from shapiq_spex.approximators.player_information import PlayerKnowledge
from shapiq_spex.designs.design import Design
from shapiq_spex.designs.law import Keep, SizeLaw, share_kept
from shapiq_spex.designs.regions import Region, regions_asked
from shapiq_spex.designs.regression_design import COMPLETE, GIVEN, RegressionDesign
from shapiq_spex.designs.suitable_law import suitable_law, suitable_law_name
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.index import INDEX_NAMES, completed_index, index_named
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.fourier.terms import Vector
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.reports.composing import Subject
from shapiq_spex.reports.lookup import attach
from shapiq_spex.reports.report import Report

_ENUMERABLE = 60
"""Players up to which 2^n is compared with a budget."""


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

    valid_indices: tuple[Any, ...] = INDEX_NAMES

    spectrum_: Spectrum
    ablations_: tuple[Coalitions, Vector]
    report_: Report
    knowledge: PlayerKnowledge | None = None
    _explanation: Explanation | None = None

    def __init__(
        self,
        *,
        n: int,
        max_order: int | None,
        index: str,
        top_order: bool,
        random_state: int | None,
        keep: Keep | Literal["auto"] | None,
        ablation: Ablation | None,
    ) -> None:
        n = checked_integer(n, "the number of players n", least=1)
        keep = DEFAULT_KEEP.get() if keep is None else checked_keep(keep)
        if keep != "auto":
            index = completed_index(index, share_kept(n, keep))
        if not is_one_of(index, self.valid_indices):
            raise ValueError(
                f"{type(self).__name__} cannot compute the index {index!r}. Valid indices are: "
                f"{', '.join(self.valid_indices)}, where p is a probability, as in FWBII(0.9)"
            )
        order = n if max_order is None else checked_integer(max_order, "max_order", least=1)
        if random_state is not None:
            random_state = checked_integer(random_state, "random_state", least=0)
        check_flag(top_order, "top_order")
        check_type(ablation, Ablation | None, "ablation must be an Ablation or None")
        super().__init__(
            n=n,
            max_order=min(order, n),
            index=index_named(index).name,
            top_order=top_order,
            random_state=random_state,
            # shapiq's own sampler is never used; weights given here keep it from computing
            # binomial coefficients that overflow for n > 1029
            sampling_weights=np.ones(n + 1),
            initialize_dict=False,
        )
        self.keep: Keep | Literal["auto"] = keep
        self.ablation = ablation or default_ablation()

    def __getattr__(self, name: str) -> NoReturn:
        if name in ("spectrum_", "ablations_", "report_"):
            raise AttributeError(
                f"{type(self).__name__} has no {name} before something is explained: call "
                "approximate() or approximate_from() first"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @abstractmethod
    def _design(self, budget: int, seed: np.random.SeedSequence) -> Design:
        """Choose a design of ``budget`` < 2^n distinct coalitions (fewer if no more exist).

        Nothing may be spawned from the seed, so that it always gives the same coalitions.
        """

    @property
    def law(self) -> SizeLaw:
        """The law of the coalitions that the question is about."""
        if self.keep == "auto":
            return suitable_law(self.index, self.max_order, self.n)
        return SizeLaw.named(self.n, self.keep, paired=False)

    @property
    def _regions(self) -> tuple[Region, ...]:
        """The regions in which the explanation should hold."""
        if self.keep == "auto":
            return regions_asked(suitable_law_name(self.index, self.max_order, self.n))
        return regions_asked(self.keep)

    @abstractmethod
    def _estimator(self) -> Estimator:
        """The regression proxy, made anew."""

    def approximate(self, budget: int, game: Game, **kwargs: Any) -> InteractionValues:
        """Explain a game from at most ``budget`` evaluations.

        Args:
            budget: The largest number of coalitions to evaluate, at least 2. If it reaches 2^n,
                all coalitions are evaluated and the result is exact. If the ablation policy repeats
                coalitions, each repetition counts.
            game: A ``shapiq.Game``, a shapiq imputer, or any callable that takes a boolean matrix
                with one coalition per row and returns one number per row.
            **kwargs: Only here because shapiq's signature has them; none is accepted.

        Returns:
            The interaction values. :attr:`report_` says how far to trust them.

        Raises:
            TypeError: If the budget is not an integer, or the game does not return numbers.
            ValueError: If the budget is below 2, or the game returns NaN, infinities, the wrong
                number of values, or numbers above 1e300 or that differ by rounding errors alone.
        """
        if kwargs:
            raise TypeError(f"approximate() got unexpected arguments: {', '.join(kwargs)}")
        budget = self._checked_budget(budget, game)
        design = self._planned(affordable_coalitions(budget, self.ablation))
        earlier = _guide_fitted(self.knowledge, design)
        design, answers = evaluated(design, game, self.ablation, self._seeds()[1])
        return self._remember(self._explain(design, answers, budget, earlier, players_are(game)))

    def approximate_outputs(self, budget: int, game: Game) -> list[InteractionValues]:
        """Explain every output of a game with several, from the same ablations.

        Args:
            budget: The largest number of coalitions to evaluate, as in :meth:`approximate`.
            game: A callable that returns a matrix with one row per coalition and one column per
                output.

        Returns:
            The interaction values of each output. :attr:`report_` and the other attributes
            describe the last one.

        Example:
            >>> import numpy as np
            >>> from shapiq_spex import ProxySPEX
            >>> def game(coalitions):
            ...     return np.column_stack([coalitions[:, 0], 2 * coalitions[:, 1]])
            >>> approximator = ProxySPEX(n=3, index="SV", max_order=1)
            >>> first, second = approximator.approximate_outputs(8, game)
            >>> float(first[(0,)]), float(second[(1,)])
            (1.0, 2.0)
        """
        budget = self._checked_budget(budget, game)
        design = self._planned(affordable_coalitions(budget, self.ablation)).in_one_stage()
        earlier, noun = _guide_fitted(self.knowledge, design), players_are(game)
        answers = ask(game, design.coalitions, self.ablation, outputs="many", representable=True)
        return [
            self._remember(self._explain(design, answers.output(column), budget, earlier, noun))
            for column in range(answers.values.shape[1])
        ]

    def approximate_from(
        self, coalitions: ArrayLike | Coalitions, values: ArrayLike
    ) -> InteractionValues:
        """Explain ablations that already exist; no game is needed.

        If the coalitions are those that this approximator would have planned itself (see
        :meth:`plan`; it needs a ``random_state`` for that), they are recognised, which intervals
        and Shapley values of many players need.

        Args:
            coalitions: A matrix with one row per coalition and one column per player.
            values: One number per row. Coalitions that occur more than once count with the mean
                of their values, and tell how noisy the game is.

        Returns:
            The interaction values; exact if all 2^n coalitions are given and no two values of the
            same coalition differ.

        Raises:
            ValueError: If shapes do not fit, nothing is given, or values are not finite, above
                1e300 or differ by rounding errors alone.
        """
        distinct, answers = checked_ablations(coalitions, values, self.n)
        design = self._design_of_given(distinct)
        if self._random_state is not None and len(distinct) > 1:
            own = self._planned(len(distinct)).in_one_stage()
            if own.coalitions == distinct:
                design = own
        earlier = _guide_fitted(self.knowledge, design)
        return self._remember(self._explain(design, answers, len(distinct), earlier))

    def intervals(
        self,
        confidence: float = 0.9,
        *,
        index: str | None = None,
        max_order: int | None = None,
    ) -> Intervals:
        """An interval for every interaction of the most recent call, and whether it is not zero.

        The proxy is fitted another five times, when intervals are first asked for; see
        :mod:`shapiq_spex.intervals` for how they are made and how often they hold. They assume that
        a coalition is always answered alike, unless repeated answers or the game itself tell how
        noisy it is (``Ablation(repeats_of_ends=10)``, :mod:`shapiq_spex.ablation.repeats`).

        Args:
            confidence: The nominal share of intervals that contain the true value.
            index: Another index of the same surrogate, with intervals from the same answers.
            max_order: Its largest order; by default that of the approximator.

        Returns:
            The intervals; where none can be given they are NaN, and ``reason`` says why. Below 2^n
            coalitions they hold under a ``condition``, which no sample excludes.

        Raises:
            ValueError: If nothing has been explained yet, ``confidence`` is not a probability, or
                there is no such index.

        Example:
            >>> import numpy as np
            >>> from shapiq_spex import ProxySPEX
            >>> def game(coalitions):
            ...     return coalitions[:, 0] * 1.0 + np.sqrt(coalitions[:, 1:].sum(axis=1))
            >>> approximator = ProxySPEX(n=10, index="SV", max_order=1, random_state=0)
            >>> values = approximator.approximate(200, game)
            >>> intervals = approximator.intervals(confidence=0.9)
            >>> lower, upper = intervals[(0,)]
            >>> lower < values[(0,)] < upper, (0,) in intervals.established()
            (True, True)
        """
        if self._explanation is None:
            raise ValueError("there is nothing to give intervals for yet: call approximate() first")
        check_probability(confidence, "confidence")
        check_integer(max_order, "max_order", least=1, optional=True)
        return self._explanation.intervals(confidence, index, max_order)

    def plan(self, budget: int, game: Game | None = None) -> AblationPlan:
        """Tell which coalitions :meth:`approximate` would ask for, before anything is paid.

        The plan can be saved, its coalitions evaluated elsewhere, and the values explained by
        :meth:`approximate_from`.

        Args:
            budget: The budget, as in :meth:`approximate`.
            game: If given, the coalitions whose answers are in the store already are counted.

        Returns:
            The plan, which estimates cost and time and prints itself.
        """
        budget = self._checked_budget(budget, game)
        coalitions = self._planned(affordable_coalitions(budget, self.ablation)).coalitions
        return AblationPlan.for_game(coalitions, game, self.ablation)

    def _checked_budget(self, budget: int, game: object) -> int:
        players = getattr(game, "n_players", None)
        if isinstance(players, int) and players != self.n:
            raise ValueError(
                f"the game has {players} players, but this approximator was made for n={self.n}"
            )
        return checked_integer(budget, "the budget", least=2)

    def _seeds(self) -> list[np.random.SeedSequence]:
        """Fresh seeds for the plan, the recovery and the intervals: no call changes a later one."""
        return np.random.SeedSequence(self._random_state).spawn(3)

    def _planned(self, budget: int) -> Design:
        if self.n <= _ENUMERABLE and budget >= 2**self.n:
            every = Coalitions.all_of(self.n)
            return RegressionDesign(
                coalitions=every,
                size_law=COMPLETE,
                estimator=self._estimator(),
                asked=self._regions,
            )
        return self._design(budget, self._seeds()[0])

    def _design_of_given(self, coalitions: Coalitions) -> Design:
        return RegressionDesign(
            coalitions=coalitions,
            size_law=GIVEN,
            estimator=self._estimator(),
            asked=self._regions,
        )

    def _explain(
        self,
        design: Design,
        answers: Answers,
        budget: int,
        earlier: Mapping[str, float],
        noun: str = "players",
    ) -> Explanation:
        """Explain answers; ``earlier`` are the seconds that were spent on something else."""
        _, recovery_seed, interval_seed = self._seeds()
        words = "" if self.knowledge is None else self.knowledge.words
        return explain(
            design,
            answers,
            Subject(type(self).__name__, self.index, self.max_order, budget, noun, words),
            top_order=self.top_order,
            estimator=self._estimator(),
            recovery_seed=recovery_seed,
            interval_seed=interval_seed,
            earlier=earlier,
        )

    def _remember(self, explanation: Explanation) -> InteractionValues:
        self._explanation = explanation
        self.spectrum_ = explanation.spectrum
        self.ablations_ = explanation.ablations
        self.report_ = explanation.report
        attach(explanation.values, explanation.report)
        return explanation.values

    def _settings(self) -> dict[str, object]:
        """What distinguishes two approximators of the same class."""
        return {
            "n": self.n,
            "max_order": self.max_order,
            "index": self.index,
            "top_order": self.top_order,
            "random_state": self._random_state,
            "keep": self.keep,
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


def _guide_fitted(knowledge: PlayerKnowledge | None, design: Design) -> dict[str, float]:
    """Evaluate and fit a guide before anything is paid for, if it is needed; the seconds taken."""
    rows = design.coalitions
    exact = len(rows) >= 2 ** min(rows.n_players, _ENUMERABLE)
    if knowledge is None or not knowledge.pending or exact:
        return {}
    started = time.perf_counter()
    knowledge()
    return {"guide": time.perf_counter() - started}
