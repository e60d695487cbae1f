"""ProxySPEX: fit a proxy model to sampled ablations and read it as a Fourier spectrum."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from shapiq_spex._argument_checks import (
    check_flag,
    check_probability,
    checked_numbers,
    is_one_of,
)
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.approximators.defaults import DEFAULT_INDEX, DEFAULT_ORDER
from shapiq_spex.approximators.player_information import (
    KnowsPlayers,
    PlayerInformation,
    PlayerKnowledge,
    guide_seed,
    information_of,
)
from shapiq_spex.approximators.spectral import SpectralApproximator
from shapiq_spex.designs.design import Design
from shapiq_spex.designs.law import Keep, SizeLaw
from shapiq_spex.designs.random_coalitions import RandomRows
from shapiq_spex.designs.regions import Region
from shapiq_spex.designs.regression_design import RegressionDesign, StoppingDesign
from shapiq_spex.designs.suitable_law import with_enough_pairs
from shapiq_spex.estimators.contract import Estimator
from shapiq_spex.estimators.named import BLENDS, check_proxy, make_proxy
from shapiq_spex.fourier.terms import Vector


class ProxySPEX(SpectralApproximator):
    """ProxySPEX (Butler et al., NeurIPS 2025) as a drop-in for ``shapiq.ProxySPEX``.

    ProxySPEX evaluates random coalitions, fits a proxy model to the answers, reads the proxy as a
    sparse Walsh-Fourier spectrum and converts the spectrum into the interaction index. Reading and
    converting are exact. If the budget reaches 2^n the result is exact.

    Args:
        n: The number of players.
        max_order: The largest interaction order to report; ``None`` means ``n``. The default is
            that of the installed shapiq: 2, and ``None`` before version 1.5.
        index: The interaction index, one of :attr:`valid_indices`, where p stands for a probability
            as in ``"FWBII(0.9)"``. The default is that of the installed shapiq: ``"k-SII"``, and
            ``"FBII"`` before version 1.5.
        proxy_model: ``"auto"``, a blend of Gaussian processes with a Walsh kernel, sparse
            regressions and lassos (:mod:`shapiq_spex.estimators.blend.blend`); ``"fast"``, one
            Gaussian process, a lasso and quick sparse regressions at a fraction of the time,
            without a forecast in the report and judged by fewer rows; ``"gp"``, the Gaussian
            processes alone (:mod:`shapiq_spex.estimators.gaussian.gaussian`); ``"lightgbm"``,
            boosted trees as in the paper; ``"xgboost"``; ``"tree"``; any regressor with ``fit`` and
            ``predict`` (networks, kernel machines, pipelines, classes of your own; also inside a
            hyper-parameter search), such as ``sklearn.neural_network.MLPRegressor()``: where its
            spectrum cannot be read exactly, it is read from predictions, which cost no ablation,
            and a note in the report says what is lost; or your own estimator (see
            :class:`~shapiq_spex.estimators.contract.Estimator`). Trees and regressors are fitted
            to the coalitions of ``keep``; of trees, the largest terms are those of uniform ones.
        hpo: Whether to search the settings of boosted trees chosen by name by cross-validation.
        sampling_weights: The probability of each coalition size 0 ... n (any positive scale);
            overrides ``keep``.
        pairing_trick: Whether each coalition is followed by its complement. ``keep="auto"`` does so
            for Shapley values (:mod:`shapiq_spex.designs.suitable_law`).
        top_order: Whether to report interactions of order ``max_order`` only.
        random_state: The seed. Equal seeds give bit-identical results; ``None`` gives another
            result each time.
        keep: Which coalitions the explanation is about: the probability that a player is kept;
            ``"near"``, a few removed; ``"range"``, from half removed to nearly none;
            ``"uniform"``, ``"sizes"`` or ``"kernel"`` (:func:`shapiq_spex.designs.law.size_weights`
            says what each draws). ``"auto"`` takes the law that suits the index
            (:mod:`shapiq_spex.designs.suitable_law`), as does ``None`` unless
            :func:`shapiq_spex.register` names another.
        stop_at: Stop as soon as the faithfulness (held-out R^2, in the worst of the regions that
            ``keep`` asks for) is above this value with 95% confidence. The budget is then an upper
            limit.
        players: What is known of the players beforehand (:class:`~shapiq_spex.PlayerInformation`):
            covariates, or a guide such as a cheap model on the same players. Or a game with a
            method ``player_information``, such as those of :mod:`shapiq_spex.games`. It is used by
            the proxies ``"auto"`` and ``"fast"``.
        ablation: How to evaluate the game (batches, progress, store, ...); ``None`` for the
            default.

    Raises:
        TypeError: For a setting of the wrong type, or a ``proxy_model`` that is not a regressor.
        ValueError: For an unknown name or a number outside its range.
        ImportError: If the package behind ``proxy_model`` is not installed.

    Example:
        >>> import numpy as np
        >>> from shapiq_spex import ProxySPEX
        >>> def game(coalitions):
        ...     return 2.0 * coalitions[:, 0] + 4.0 * (coalitions[:, 1] & coalitions[:, 2])
        >>> approximator = ProxySPEX(n=8, index="SV", max_order=1, random_state=0)
        >>> values = approximator.approximate(budget=256, game=game)
        >>> np.round(values.get_n_order_values(1)[:4], 6) + 0.0
        array([2., 2., 2., 0.])

    References:
        Butler, Kang, Agarwal, Erginbas, Yu, Ramchandran (2025). ProxySPEX: Inference-Efficient
        Interpretability via Sparse Feature Interactions in LLMs. https://arxiv.org/abs/2505.17495
    """

    def __init__(
        self,
        *,
        n: int,
        max_order: int | None = DEFAULT_ORDER,
        index: str = DEFAULT_INDEX,
        proxy_model: Any = "auto",
        hpo: bool = True,
        sampling_weights: ArrayLike | None = None,
        pairing_trick: bool = False,
        top_order: bool = False,
        random_state: int | None = None,
        keep: Keep | Literal["auto"] | None = None,
        stop_at: float | None = None,
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
        check_flag(hpo, "hpo")
        check_flag(pairing_trick, "pairing_trick")
        check_probability(stop_at, "stop_at", optional=True)
        self.stop_at = stop_at
        self.proxy_model = proxy_model
        self.hpo = hpo
        self.sampling_weights = _checked_weights(sampling_weights, self.n)
        self.pairing_trick = pairing_trick
        check_proxy(proxy_model, self.n)
        self.players = players
        self.knowledge = None if players is None else self._knowledge_of(players)

    def _design(self, budget: int, seed: np.random.SeedSequence) -> Design:
        law = self.law if self.pairing_trick else with_enough_pairs(self.law, budget)
        design = RegressionDesign(
            coalitions=RandomRows(self.n, law, seed).draw(budget),
            size_law=law,
            estimator=self._estimator(),
            parts_tell_growth=self.proxy_model != "fast",
            asked=self._regions,
        )
        return design if self.stop_at is None else StoppingDesign.of(design, self.stop_at)

    @property
    def law(self) -> SizeLaw:
        """The law of the coalitions to evaluate."""
        if self.sampling_weights is not None:
            return SizeLaw(self.sampling_weights, self.pairing_trick)
        law = super().law
        return replace(law, paired=law.paired or self.pairing_trick)

    @property
    def _regions(self) -> tuple[Region, ...]:
        return super()._regions if self.sampling_weights is None else ()

    def _knowledge_of(self, players: PlayerInformation | KnowsPlayers) -> PlayerKnowledge:
        information = information_of(players)
        if not is_one_of(self.proxy_model, BLENDS):
            raise ValueError(
                "players= informs the proxies 'auto' and 'fast' alone, got "
                f"proxy_model={self.proxy_model!r}"
            )
        guided = ProxySPEX(
            n=self.n,
            max_order=self.max_order,
            index=self.index,
            proxy_model="fast",
            sampling_weights=self.sampling_weights,
            pairing_trick=self.pairing_trick,
            random_state=guide_seed(self._random_state),
            keep=self.keep,
        )
        return PlayerKnowledge(information, self.n, guided)

    def _estimator(self) -> Estimator:
        return make_proxy(
            self.proxy_model, hpo=self.hpo, basis=self.law.basis, knowledge=self.knowledge
        )

    def _settings(self) -> dict[str, object]:
        weights = self.sampling_weights
        return super()._settings() | {
            "proxy_model": self.proxy_model,
            "hpo": self.hpo,
            "sampling_weights": None if weights is None else tuple(weights.tolist()),
            "pairing_trick": self.pairing_trick,
            "stop_at": self.stop_at,
            "players": self.players,
        }


def _checked_weights(weights: ArrayLike | None, n_players: int) -> Vector | None:
    if weights is None:
        return None
    checked = checked_numbers(weights, "sampling_weights")
    if checked.shape != (n_players + 1,):
        raise ValueError(
            f"sampling_weights must give one weight for each coalition size 0 to {n_players}, "
            f"got shape {checked.shape}"
        )
    if not np.isfinite(checked).all() or (checked < 0).any() or checked.sum() == 0:
        raise ValueError("sampling_weights must be finite, non-negative and not all zero")
    return checked / checked.sum()
