"""SPEX: recover a sparse Fourier spectrum from coded ablations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

import numpy as np

from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.approximators.arguments import checked_integer
from shapiq_spex.approximators.defaults import DEFAULT_INDEX, DEFAULT_ORDER
from shapiq_spex.approximators.player_information import (
    KnowsPlayers,
    PlayerInformation,
    PlayerKnowledge,
    guide_seed,
    information_of,
)
from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.approximators.spectral import SpectralApproximator
from shapiq_spex.designs.design import Design
from shapiq_spex.designs.law import Keep, SizeLaw
from shapiq_spex.designs.random_coalitions import RandomRows
from shapiq_spex.designs.regions import Region
from shapiq_spex.designs.regression_design import GIVEN
from shapiq_spex.designs.suitable_law import suits_pairs, with_enough_pairs
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.estimators.named import make_proxy
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.index import index_named

_PILOT_PLAYERS = 500
"""Players up to which the random rows of a plan are those of ProxySPEX."""


class SPEX(SpectralApproximator):
    """SPEX (Kang et al., ICML 2025) as a drop-in for ``shapiq.SPEX``.

    An error-correcting code chooses coalitions so that algebraic decoding finds every interaction
    of up to ``degree_parameter`` players, whether or not its parts have effects of their own; see
    :mod:`shapiq_spex.coding`. A regression proxy competes with the decoder on other coalitions.
    Where the budget is too small for a code, all coalitions are random, and the report says so and
    how many a code takes.

    Random coalitions come first. Coded ones are uniform and say little about indices of the Shapley
    family: for these, half of the coalitions are drawn by the law of the index (for up to 500
    players). If a regression predicts the game well from the first coalitions, the others are drawn
    like them (:meth:`plan` shows the coded ones); this is tried for up to 500 players, and for
    small codes always. SPEX then does what :class:`~shapiq_spex.ProxySPEX` does, with the same
    coalitions (of up to 500 players) if ``keep`` names the same law: by default, those of SPEX are
    uniform for indices of the Banzhaf family.

    Use SPEX for a game about which nothing is known; shapiq's ``approximator="auto"`` builds it for
    many players. The report says which of the two suits the game.

    Args:
        n: The number of players.
        max_order: The largest interaction order to report; ``None`` means ``n``. The default is
            that of the installed shapiq: 2, and ``None`` before version 1.5.
        index: The interaction index, one of :attr:`valid_indices`, where p stands for a probability
            as in ``"FWBII(0.9)"``. The default is that of the installed shapiq: ``"k-SII"``, and
            ``"FBII"`` before version 1.5.
        top_order: Whether to report interactions of order ``max_order`` only.
        random_state: The seed. Equal seeds give bit-identical results; ``None`` gives another
            result each time.
        keep: Which coalitions the explanation is about, as in
            :class:`~shapiq_spex.ProxySPEX`. A code needs uniform coalitions; beside them, half of
            the budget goes to coalitions of the law asked for, which fit the decoded terms anew.
            ``"auto"`` takes the law that suits the index, as does ``None`` unless
            :func:`shapiq_spex.register` names another.
        decoder_type: ``"soft"`` weighs the answers by their reliability and corrects errors;
            ``"hard"`` uses their signs alone, in two thirds of the time. Soft decoding finds 100
            terms of 100 players from 2,349 coalitions and hard decoding from 5,587 without noise;
            from 3,950 and 13,288 with noise of .3 standard deviations
            (``python -m shapiq_spex.benchmark.studies.decoding``).
        degree_parameter: The largest degree of a term that can be decoded. Larger values need
            more coalitions; the smallest code for degree 2 / 3 / 5 takes 230 / 340 / 565 of
            them for 100 players, 315 / 480 / 820 for 1,000 and 455 / 680 / 1,160 for 10,000.
        players: What is known of the players beforehand, as in :class:`~shapiq_spex.ProxySPEX`. It
            informs the regression that competes with the decoder, or replaces it. Decoding does
            not use it, nor does the choice between random and coded coalitions: where decoded terms
            are the result, the report says that it was not used.
        ablation: How to evaluate the game (batches, progress, store, ...); ``None`` for the
            default.

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
        keep: Keep | Literal["auto"] | None = None,
        decoder_type: Literal["soft", "hard"] = "soft",
        degree_parameter: int = 5,
        players: PlayerInformation | KnowsPlayers | None = None,
        ablation: Ablation | None = None,
    ) -> None:
        super().__init__(
            n=n,
            max_order=max_order,
            index=index,
            top_order=top_order,
            random_state=random_state,
            keep=keep,
            ablation=ablation,
        )
        if str(decoder_type).lower() not in ("soft", "hard"):
            raise ValueError(f'decoder_type must be "soft" or "hard", got {decoder_type!r}')
        self.decoder_type: Literal["soft", "hard"] = cast("Any", decoder_type.lower())
        self.degree_parameter = checked_integer(degree_parameter, "degree_parameter", least=1)
        self.players = players
        self.knowledge = None if players is None else self._knowledge_of(players)

    def _design(self, budget: int, seed: np.random.SeedSequence) -> Design:
        from shapiq_spex.designs.coded_design import UncodedDesign  # compiled kernels

        law = with_enough_pairs(self.law, budget)
        random = RandomRows(self.n, law, seed)
        make = self._sample_or_code if self._samples_first else self._coded
        design = make(random, budget, seed)
        if design is not None:
            return replace(design, asked=self._regions)
        rows = random.draw(budget)
        return UncodedDesign(
            coalitions=rows,
            size_law=law,
            estimator=self._estimator(),
            asked=self._regions,
            reason=self._why_uncoded(len(rows), seed),
        )

    @property
    def _samples_first(self) -> bool:
        """Whether half of the rows follow a law of their own, which is not uniform."""
        return not self.law.is_uniform and self.n <= _PILOT_PLAYERS

    @property
    def _regions(self) -> tuple[Region, ...]:
        return () if self.keep == "auto" and self.law.is_uniform else super()._regions

    @property
    def law(self) -> SizeLaw:
        """The law asked for; that of a code, which is uniform, if it suits the index."""
        record = index_named(self.index, self.max_order)
        if self.keep == "auto" and record.law == "uniform" and record.keep is None:
            return SizeLaw.named(self.n, "uniform", paired=suits_pairs(self.max_order))
        return super().law

    def _sample_or_code(
        self, random: RandomRows, budget: int, seed: np.random.SeedSequence
    ) -> Design | None:
        from shapiq_spex.designs.sample_or_code import SampleOrCodeDesign  # compiled kernels

        return SampleOrCodeDesign.of(
            random,
            budget,
            self.degree_parameter,
            estimator=self._estimator(),
            decoder=self.decoder_type,
            rng=_code_rng(seed),
        )

    def _coded(
        self, random: RandomRows, budget: int, seed: np.random.SeedSequence
    ) -> Design | None:
        from shapiq_spex.coding.coded_plan import CodedPlan  # compiled kernels
        from shapiq_spex.designs.coded_design import CodedDesign

        shared = not random.law.paired and self.n <= _PILOT_PLAYERS
        plan = CodedPlan.design(
            self.n,
            max(budget - 2, 2),
            self.degree_parameter,
            rng=_code_rng(seed),
            draw=(lambda count: random.draw(count + 2)[2:]) if shared else None,
        )
        if not plan.cosets or plan.has_ends:
            return None
        return CodedDesign.of(plan, random, self._estimator(), self.decoder_type)

    def _why_uncoded(self, budget: int, seed: np.random.SeedSequence) -> str:
        from shapiq_spex.coding.coded_plan import fewest_rows  # compiled kernels
        from shapiq_spex.designs.sample_or_code import FEW_PLAYERS

        if self._samples_first and self.n <= FEW_PLAYERS:
            return f"a regression finds what a code would with up to {FEW_PLAYERS} players"
        code = f"code of degree {self.degree_parameter} on {self.n} players"
        fewest = fewest_rows(self.n, self.degree_parameter, rng=_code_rng(seed))
        if fewest is None:
            return f"there is no useful {code}"
        # beside the code, as many rows by the law of the index, or the ends
        whole = 2 * fewest if self._samples_first else fewest + 2
        if budget < whole:
            return f"{budget:,} coalitions are too few for a {code}, which takes {whole:,}"
        return f"each draw of a {code} contained the empty or the full coalition"

    def _design_of_given(self, coalitions: Coalitions) -> Design:
        from shapiq_spex.designs.coded_design import UncodedDesign  # compiled kernels

        reason = "this SPEX did not plan these coalitions"
        return UncodedDesign(
            coalitions=coalitions,
            size_law=GIVEN,
            estimator=self._estimator(),
            asked=self._regions,
            reason=reason,
        )

    def _knowledge_of(self, players: PlayerInformation | KnowsPlayers) -> PlayerKnowledge:
        guided = ProxySPEX(
            n=self.n,
            max_order=self.max_order,
            index=self.index,
            proxy_model="fast",
            random_state=guide_seed(self._random_state),
            keep="uniform" if self.law.is_uniform else self.keep,
        )
        return PlayerKnowledge(information_of(players), self.n, guided)

    def _estimator(self) -> Estimator:
        return make_proxy("auto", basis=self.law.basis, knowledge=self.knowledge)

    def _settings(self) -> dict[str, object]:
        return super()._settings() | {
            "decoder_type": self.decoder_type,
            "degree_parameter": self.degree_parameter,
            "players": self.players,
        }


def _code_rng(seed: np.random.SeedSequence) -> np.random.Generator:
    """The random numbers of the code, which do not depend on those of the random rows."""
    return np.random.default_rng(seed).spawn(1)[0]
