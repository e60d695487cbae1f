"""SPEX: recover a sparse Fourier spectrum from coded ablations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from shapiq_spex.ablation.designs import sample_coalitions, size_weights
from shapiq_spex.ablation.policy import Ablation
from shapiq_spex.approximators.arguments import checked_integer
from shapiq_spex.approximators.base import SpectralApproximator, best_size_law
from shapiq_spex.approximators.defaults import DEFAULT_INDEX, DEFAULT_ORDER
from shapiq_spex.approximators.recovery import Design, Recovery, Rows, recover_by_regression
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Vector
from shapiq_spex.intervals.strata import Draw

if TYPE_CHECKING:
    from shapiq_spex.coding.plan import CodedPlan


@dataclass(frozen=True)
class CodedRows:
    """The rows of a coded plan, and after them the empty and the full coalition.

    The ends have no place in the code, but every index of the Shapley family needs them.
    """

    plan: CodedPlan
    coalitions: Coalitions


class SPEX(SpectralApproximator):
    """SPEX (Kang et al., ICML 2025) as a drop-in for ``shapiq.SPEX``.

    Most coalitions are chosen by an error-correcting code, so that every interaction of up to
    ``degree_parameter`` players can be read off the answers by algebraic decoding, whether or not
    its parts have effects of their own; see :mod:`shapiq_spex.coding`. A regression proxy competes
    with the decoder on fresh coalitions. Where the budget is too small for a code, all coalitions
    are random, and the report says so. If the budget reaches 2^n the result is exact.

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
            ``"hard"`` takes their signs at their word (faster, for games without noise).
        degree_parameter: The largest degree of a term that can be decoded. Larger values need
            more coalitions.
        ablation: How the game is asked (batches, progress, store, ...); ``None`` for the default.

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

        plan = CodedPlan.design(self.n, max(budget - 2, 2), self.degree_parameter, rng=rng)
        if plan.cosets:
            sizes = plan.coalitions.sizes()
            if sizes.min() > 0 and sizes.max() < self.n:
                ends = Coalitions.from_dense(np.repeat([[False], [True]], self.n, axis=1))
                return CodedRows(plan, plan.coalitions.concatenate(ends))
        weights = size_weights(self.n, best_size_law(self.index))
        coalitions = sample_coalitions(self.n, budget, weights, paired=True, rng=rng)
        return Rows(coalitions, Draw(weights, paired=True))

    def _recover(
        self, design: Design, values: Vector, known: np.ndarray, rng: np.random.Generator
    ) -> Recovery:
        from shapiq_spex.coding.recovery import recover  # compiled kernels
        from shapiq_spex.estimators.additive import Additive

        if not isinstance(design, CodedRows):
            regression = recover_by_regression(self._proxy(), design.coalitions, values, known, rng)
            note = (
                f"Nothing was decoded: {len(design.coalitions)} coalitions are too few for a code "
                f"of degree {self.degree_parameter} on {self.n} players, or were not planned by "
                "SPEX. The spectrum was found by regression."
            )
            return regression.with_note(note)
        coded = np.where(known, values, np.nan)[: len(design.plan)]
        recovery = recover(
            design.plan, coded, decoder=self.decoder_type, contender=self._proxy(), rng=rng
        )
        held_out, additive = np.full((2, len(values)), np.nan)
        held_out[: len(coded)] = recovery.held_out
        fresh = np.isfinite(held_out)
        rest = known & ~fresh
        plain = Additive().fit(design.coalitions[rest].dense(), values[rest], rng=rng).spectrum
        additive[fresh] = plain.evaluate(design.coalitions[fresh])
        return Recovery(
            recovery.spectrum,
            held_out,
            additive,
            estimators={"code": 1.0} if recovery.used_code else {"blend": 1.0},
            notes=recovery.notes,
        )

    def _proxy(self) -> Estimator:
        from shapiq_spex.estimators.blend import Blend  # compiled kernels

        return Blend()

    def _settings(self) -> dict[str, object]:
        return super()._settings() | {
            "decoder_type": self.decoder_type,
            "degree_parameter": self.degree_parameter,
        }
