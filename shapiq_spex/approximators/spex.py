"""SPEX: recover a sparse Fourier spectrum from coded ablations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from shapiq_spex.ablation.answers import Answers
from shapiq_spex.ablation.designs import sample_coalitions, size_weights
from shapiq_spex.ablation.evaluator import ask
from shapiq_spex.ablation.policy import Ablation
from shapiq_spex.approximators.arguments import checked_integer
from shapiq_spex.approximators.base import Explanation, Game, SpectralApproximator
from shapiq_spex.approximators.defaults import DEFAULT_INDEX, DEFAULT_ORDER
from shapiq_spex.approximators.one_thread import one_thread
from shapiq_spex.approximators.recovery import Design, Recovery, Rows, recover_by_regression
from shapiq_spex.approximators.sampling import best_design
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.hierarchy import hierarchy
from shapiq_spex.fourier.spectrum import Spectrum, Vector
from shapiq_spex.intervals.strata import Draw
from shapiq_spex.reports.held_out import r_squared

if TYPE_CHECKING:
    from shapiq_spex.coding.plan import CodedPlan


_SMALL = 8  # bins per family
_PREDICTABLE, _WELL_PREDICTABLE = 0.4, 0.7
"""R2 of a regression on random rows from which all rows are random, for small and larger codes.

Measured with 56 to 1,861 rows: on flat functions of 10 to 50 terms of degree 5 of 20 to 200 players
it was .44 at most for small codes and .54 for larger ones, of degree 3 (where decoding gains less)
.48 and .62. On the real development games it was .74 and more for small codes, .46 to .99 for
larger ones.
"""
_PILOT_ROWS = 500
_PILOT_PLAYERS = 500  # for more, the regression takes longer than decoding, unless rows are few
_MOST_CELLS = 2e7  # coalitions times players that are unpacked, 160 MB as floats
_TRACE = 0.01  # standard deviations; smaller coefficients are no traces of anything


@dataclass(frozen=True)
class CodedRows:
    """The empty and the full coalition, the random rows of a coded plan, then its coded rows.

    The ends have no place in the code, but every index of the Shapley family needs them.
    """

    plan: CodedPlan
    ends: Coalitions
    coalitions: Coalitions

    @classmethod
    def of(cls, plan: CodedPlan) -> CodedRows:
        """Add the ends to a plan, and ask its random rows first."""
        from shapiq_spex.coding.generated import GeneratedCoalitions

        ends = Coalitions.from_dense(np.repeat([[False], [True]], plan.n_players, axis=1))

        def generate(rows: NDArray[np.intp]) -> Coalitions:
            chosen = plan.select((rows - len(ends) + plan.uniform.start) % len(plan))
            at_ends = rows < len(ends)
            chosen.packed[at_ends] = ends.packed[rows[at_ends]]
            return chosen

        length = len(ends) + len(plan)
        return cls(plan, ends, GeneratedCoalitions(length, plan.n_players, generate))

    @property
    def n_random(self) -> int:
        """The number of rows before the coded ones."""
        return len(self.ends) + len(self.plan.others)

    def in_order_of_plan(self, values: Vector) -> Vector:
        """The numbers of the rows of the plan, the coded ones first."""
        return np.concatenate([values[self.n_random :], values[len(self.ends) : self.n_random]])

    def in_order_of_asking(self, values: Vector) -> Vector:
        """The inverse: from rows of the plan to all rows, NaN for the ends."""
        coded, random = np.split(values, [self.plan.uniform.start])
        return np.concatenate([np.full(len(self.ends), np.nan), random, coded])


@dataclass(frozen=True)
class UncodedRows(Rows):
    """Rows without a code.

    Attributes:
        reason: Why there is none.
        predictable: Whether it is that a regression predicts the game.
    """

    reason: str = ""
    predictable: bool = False


class SPEX(SpectralApproximator):
    """SPEX (Kang et al., ICML 2025) as a drop-in for ``shapiq.SPEX``.

    Most coalitions are chosen by an error-correcting code, so that every interaction of up to
    ``degree_parameter`` players can be read off the answers by algebraic decoding, whether or not
    its parts have effects of their own; see :mod:`shapiq_spex.coding`. A regression proxy competes
    with the decoder on fresh coalitions. Where the budget is too small for a code, all coalitions
    are random, and the report says so. The random coalitions are asked first; if a regression
    predicts the game well from these, the others are random as well (:meth:`plan` shows the coded
    ones): more readily where the code is small, and only there for more than 500 players. Then it
    does what :class:`ProxySPEX` does, with the same coalitions if the index calls for uniform ones.
    If the budget reaches 2^n the result is exact.

    This makes SPEX the choice for a game of which nothing is known, and the one that shapiq's
    ``approximator="auto"`` makes for many players. The report says which of the two suits the game.

    Args:
        n: The number of players.
        max_order: The largest interaction order to report; ``None`` means ``n``. The default is
            that of the installed shapiq: 2, and ``None`` before version 1.5.
        index: The interaction index, one of :attr:`valid_indices`. The default is that of the
            installed shapiq: ``"k-SII"``, and ``"FBII"`` before version 1.5.
        top_order: Whether to report interactions of order ``max_order`` only.
        random_state: The seed; equal seeds give bit-identical results, ``None`` another result
            each time.
        decoder_type: ``"soft"`` weighs the answers by their reliability and corrects errors,
            ``"hard"`` takes their signs at their word, in two thirds of the time. 100 terms of 100
            players are found from 2,349 coalitions by soft and 5,587 by hard decoding without
            noise, and from 3,950 and 13,288 with noise of .3 standard deviations.
        degree_parameter: The largest degree of a term that can be decoded. Larger values need
            more coalitions; the smallest code for degree 2 / 3 / 5 takes 230 / 340 / 565 of
            them for 100 players, 315 / 480 / 820 for 1,000 and 455 / 680 / 1,160 for 10,000.
        ablation: How the game is asked (batches, progress, store, ...); ``None`` for the default.

    Raises:
        TypeError: For a setting of the wrong type.
        ValueError: For an unknown name or a number outside its range.

    Example:
        Three players act together, and no part of them has an effect of its own:

        >>> from shapiq_spex import SPEX
        >>> def game(coalitions):
        ...     return (-1.0) ** coalitions[:, [3, 50, 77]].sum(axis=1)
        >>> approximator = SPEX(n=100, index="FBII", max_order=3, random_state=0)
        >>> values = approximator.approximate(budget=2000, game=game)
        >>> round(values[(3, 50, 77)], 6)
        -8.0

    References:
        Kang, Butler, Agarwal, Erginbas, Pedarsani, Ramchandran, Yu (2025). SPEX: Scaling Feature
        Interaction Explanations for LLMs. https://arxiv.org/abs/2502.13870
    """

    def __init__(
        self,
        *,
        n: int,
        max_order: int | None = DEFAULT_ORDER,
        index: str = DEFAULT_INDEX,
        top_order: bool = False,
        random_state: int | None = None,
        decoder_type: Literal["soft", "hard"] = "soft",
        degree_parameter: int = 5,
        ablation: Ablation | None = None,
    ) -> None:
        super().__init__(
            n=n,
            max_order=max_order,
            index=index,
            top_order=top_order,
            random_state=random_state,
            ablation=ablation,
        )
        if str(decoder_type).lower() not in ("soft", "hard"):
            raise ValueError(f'decoder_type must be "soft" or "hard", got {decoder_type!r}')
        self.decoder_type: Literal["soft", "hard"] = cast("Any", decoder_type.lower())
        self.degree_parameter = checked_integer(degree_parameter, "degree_parameter", least=1)

    def _design(self, budget: int, rng: np.random.Generator) -> Design:
        from shapiq_spex.coding.plan import CodedPlan  # compiled kernels

        def first_ones(count: int) -> Coalitions:
            """What ProxySPEX would ask first after the empty and the full coalition."""
            return self._without_code(count + 2, self._generators()[0])[0][2:]

        (of_code,) = rng.spawn(1)
        uniform = best_design(self.index, self.max_order, self.n) == ("uniform", False)
        plan = CodedPlan.design(
            self.n,
            max(budget - 2, 2),
            self.degree_parameter,
            rng=of_code,
            draw=first_ones if uniform and self.n <= _PILOT_PLAYERS else None,
        )
        if plan.cosets and not plan.has_ends:
            return CodedRows.of(plan)
        coalitions, draw = self._without_code(budget, rng)
        reason = (
            f"{len(coalitions)} coalitions are too few for a code of degree "
            f"{self.degree_parameter} on {self.n} players"
        )
        return UncodedRows(coalitions, draw, reason=reason)

    def _without_code(self, budget: int, rng: np.random.Generator) -> tuple[Coalitions, Draw]:
        law, paired = best_design(self.index, self.max_order, self.n)
        weights = size_weights(self.n, law)
        coalitions = sample_coalitions(self.n, budget, weights, paired=paired, rng=rng)
        return coalitions, Draw(weights, paired)

    def _asked_and_explained(self, design: Design, game: Game, budget: int) -> Explanation:
        """Ask the random rows first and see if a code is needed.

        If a regression predicts the game from the random rows alone, the rows that are left are
        worth more to a larger regression.
        """
        if not isinstance(design, CodedRows):
            return super()._asked_and_explained(design, game, budget)
        small = design.plan.cosets[0].n_bins <= _SMALL
        if not small and self.n > _PILOT_PLAYERS:
            return super()._asked_and_explained(design, game, budget)
        first = design.coalitions[: design.n_random]
        rest = design.coalitions[design.n_random :]
        answers = ask(game, first, self.ablation)
        predicted = self._predictability(first, answers)
        if predicted > (_PREDICTABLE if small else _WELL_PREDICTABLE):
            reason = (
                f"a regression on {min(int(answers.answered.sum()), _PILOT_ROWS)} random "
                f"coalitions predicts others with R2 {predicted:.2f}, and more of them tell more "
                "than coded ones"
            )
            design = self._with_others(first, len(design.coalitions), reason)
            rest = design.coalitions[len(first) :]
        answers = Answers.joined([answers, ask(game, rest, self.ablation)])
        return self._explain(design, answers, budget)

    def _with_others(self, first: Coalitions, count: int, reason: str) -> UncodedRows:
        """Uniform rows, and as many others as are left, drawn as ProxySPEX draws them."""
        others, draw = self._without_code(count, self._generators()[0])
        rows = first.concatenate(others)
        rows = rows[rows.first_occurrences()][:count]
        if rows == others:
            return UncodedRows(rows, draw, reason=reason, predictable=True)
        share = len(first) / count
        law = share * size_weights(self.n, "uniform") + (1 - share) * draw.size_weights
        return UncodedRows(
            rows, Draw(law, paired=False), regardless=False, reason=reason, predictable=True
        )

    @one_thread()
    def _predictability(self, coalitions: Coalitions, answers: Answers) -> float:
        """Held-out R2 of a dense quick regression; 0 if there is nothing to tell it from.

        What it must not do is take a function that is sparse for one that needs no code.
        """
        from shapiq_spex.estimators.blend import Blend  # compiled kernels

        known = np.flatnonzero(answers.answered)[:_PILOT_ROWS]
        if len(known) == 0:
            return 0.0
        values, rng = answers.values[known], self._generators()[1]
        dense = Blend("fast", without=frozenset({"sparse"}))
        fit = dense.fit(coalitions[known].dense(), values, rng=rng)
        return r_squared(values, fit.held_out)

    def _recover(
        self, design: Design, values: Vector, known: np.ndarray, rng: np.random.Generator
    ) -> Recovery:
        from shapiq_spex.coding.recovery import recover  # compiled kernels

        if not isinstance(design, CodedRows):
            regression = recover_by_regression(self._proxy(), design.coalitions, values, known, rng)
            planned = isinstance(design, UncodedRows)
            reason = design.reason if planned else "this SPEX did not plan these coalitions"
            regression = regression.with_note(
                f"Nothing was decoded: {reason}. The spectrum was found by regression, as "
                "ProxySPEX finds it."
            )
            if planned and design.predictable:
                return regression.with_note(_preference(regression.spectrum))
            return regression
        coded = design.in_order_of_plan(np.where(known, values, np.nan))
        recovery = recover(
            design.plan, coded, decoder=self.decoder_type, contender=self._proxy(), rng=rng
        )
        held_out = design.in_order_of_asking(recovery.held_out)
        fresh = np.isfinite(held_out)
        additive = np.full(len(values), np.nan)
        best = (
            _of_single_players(recovery.spectrum)
            if recovery.used_code
            else _additive(recovery.spectrum, design.coalitions, values, known & ~fresh, rng)
        )
        additive[fresh] = best.evaluate(design.coalitions[fresh])
        return Recovery(
            recovery.spectrum,
            held_out,
            additive,
            estimators={"code": 1.0} if recovery.used_code else {"blend": 1.0},
            notes=(*recovery.notes, _preference(recovery.spectrum)),
        )

    def _proxy(self) -> Estimator:
        from shapiq_spex.estimators.blend import Blend  # compiled kernels

        return Blend()

    def _settings(self) -> dict[str, object]:
        return super()._settings() | {
            "decoder_type": self.decoder_type,
            "degree_parameter": self.degree_parameter,
        }


def _additive(
    spectrum: Spectrum,
    coalitions: Coalitions,
    values: Vector,
    rows: np.ndarray,
    rng: np.random.Generator,
) -> Spectrum:
    """The best additive explanation of some rows.

    Where they are too many to be unpacked, it is what the spectrum says of it.
    """
    if int(rows.sum()) * coalitions.n_players > _MOST_CELLS:
        return _of_single_players(spectrum)
    from shapiq_spex.estimators.additive import Additive  # compiled kernels

    return Additive().fit(coalitions[rows].dense(), values[rows], rng=rng).spectrum


def _of_single_players(spectrum: Spectrum) -> Spectrum:
    """The best additive explanation of a spectrum under the uniform law: degrees 0 and 1."""
    return spectrum.select(lambda group: np.full(len(group.members), group.degree <= 1))


def _preference(spectrum: Spectrum) -> str:
    """Which approximator suits the game, by the hierarchy of its recovered spectrum."""
    share = hierarchy(spectrum.prune(threshold=_TRACE * float(np.sqrt(spectrum.variance))))
    if np.isnan(share):
        return "The game has no interactions worth mentioning: ProxySPEX suits it as well."
    advice = (
        "ProxySPEX suits this game as well."
        if share >= 0.5
        else "a regression may miss the others, and SPEX is the safer choice for this game."
    )
    return (
        f"{share:.0%} of the energy of interactions is in those all of whose parts have effects, "
        f"too: {advice}"
    )
