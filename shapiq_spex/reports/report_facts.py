"""The facts of a report, without words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from shapiq_spex.estimators.gaussian.informed_kernel import INFORMED
from shapiq_spex.reports.json_data import to_json_data
from shapiq_spex.reports.region_scores import RegionScore

LearningCurve = tuple[tuple[int, float], ...]
"""Pairs (rows, unexplained share of the variance), rows ascending, the result itself last."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ReportFacts:
    """How a result came about and how far it can be trusted, in plain numbers.

    Attributes:
        approximator: The class that made the explanation.
        index: The interaction index that was asked for.
        max_order: Its largest order.
        n_players: The number of players of the game.
        budget: The budget that was given (for given data, the number of rows).
        planned: Distinct coalitions that were to be evaluated.
        asked: Evaluations of the game in this call: distinct coalitions, unless they are repeated.
        reused: Answers that were already in the store.
        skipped: The coalitions that the game could not answer, each with the reason (see
            ``Ablation.on_error``).
        exact: Whether all 2^n coalitions were observed, so that nothing is estimated; false if the
            answers are known to be noisy.
        deviation: The standard deviation of the answers.
        faithfulness: R^2 of the recovered spectrum on coalitions it was not fitted to: within
            sizes, in the worst of the regions that were asked for; or, if none was or can be
            judged, over all sizes, on coalitions drawn by the same law as the others. 1 for an
            exact result, NaN if there are too few or nothing varies.
        faithfulness_interval: It lies above the lower end with 95% confidence, and seldom above
            the upper one, except where more rows than are held out find structure all at once.
            NaN if no interval can be trusted, see :meth:`HeldOut.interval
            <shapiq_spex.estimators.held_out.HeldOut.interval>`.
        regions: R^2 with a few, one in ten, half or most of the players removed, and where it was
            asked for; see :class:`~shapiq_spex.reports.region_scores.RegionScore`.
        unseen: The share of all coalitions, by the law of the rows behind ``faithfulness``, that
            may differ from what the rows show without any of them showing it, with 95% confidence;
            see :mod:`shapiq_spex.estimators.unseen`. 0 for an exact result.
        effective_pairs: The number of equal pairs of coalitions that would give the variance. A
            small number means that rare enormous values dominate.
        additive_faithfulness: R^2 of the best additive (order-1) explanation of these rows, a
            lasso, on rows it was not fitted to. This and what follows from it refer to the same
            coalitions as ``faithfulness``.
        interaction_gain: The share of the additive explanation's squared error that interactions
            remove; negative if they increase it.
        interaction_gain_interval: Its interval, whose lower end holds with 95% confidence.
        variance_by_degree: The share of each degree 1, 2, ... in the variance of the recovered
            spectrum over coalitions that keep each player with probability ``variance_keep``
            (:mod:`shapiq_spex.fourier.biased`); empty if it is constant.
        variance_keep: The probability that was asked for, or, of ``keep="near"``, the mean share
            kept. One half for the laws ``"uniform"``, ``"sizes"``, ``"kernel"`` and ``"range"``,
            and if terms are of so high a degree that they have more than 500,000 subsets.
        hierarchy: The share of the energy of its interactions in those all of whose immediate
            subsets are terms, in the same basis; see
            :func:`~shapiq_spex.fourier.hierarchy.hierarchy`.
        n_terms: The number of terms in the recovered spectrum.
        estimators: The share of each estimator in the result.
        seconds: Wall-clock time spent in the ``game``, in ``recovery`` and in ``conversion``, if it
            was made in the ``forecast``, and in the ``guide`` of ``players=``: its own answers and
            their fit, in the first explanation alone. No time counts twice.
        learning_curve: Pairs (rows, unexplained share of the variance) of a fast proxy fitted to
            fewer rows, and last of the result itself; empty if it was not computed.
        requests: Requests sent in this call, if the game tells how many it takes or the policy
            limits or prices them; 0 otherwise.
        cost: Their price, NaN without a price in the policy.
        noise: The standard error of the answers (the root of its mean square), as their repetitions
            or the game tell it; NaN if they do not.
        noun: What the players are, in the plural.
        knowledge: What was known of the players beforehand, in words; empty for nothing.
        uninformed_faithfulness: R^2 of the proxy without the candidate that used this knowledge,
            on the same rows as ``faithfulness``; NaN if no candidate was informed. Where a guide
            chose some of thousands of players to be modelled (a note says so), without these, too.
        notes: Further remarks of the approximator, in sentences.
    """

    approximator: str
    index: str
    max_order: int
    n_players: int
    budget: int
    planned: int
    asked: int
    reused: int
    skipped: tuple[str, ...]
    exact: bool
    deviation: float
    faithfulness: float
    faithfulness_interval: tuple[float, float]
    effective_pairs: float
    additive_faithfulness: float
    interaction_gain: float
    interaction_gain_interval: tuple[float, float]
    variance_by_degree: tuple[float, ...]
    hierarchy: float
    n_terms: int
    estimators: dict[str, float]
    seconds: dict[str, float]
    learning_curve: LearningCurve = ()
    unseen: float = math.nan
    requests: int = 0
    cost: float = math.nan
    noise: float = math.nan
    regions: tuple[RegionScore, ...] = ()
    variance_keep: float = 0.5
    noun: str = "players"
    knowledge: str = ""
    uninformed_faithfulness: float = math.nan
    notes: tuple[str, ...] = ()

    @property
    def faithfulness_bound(self) -> float:
        """R^2 is above this with 95% confidence."""
        return self.faithfulness_interval[0]

    @property
    def faithfulness_limit(self) -> float:
        """The R^2 that no explanation can exceed on answers as noisy as these."""
        deviation = self.deviation if self.worst is None else self.worst.deviation
        if not self.noise > 0.0 or not deviation > 0.0:
            return 1.0
        return max(0.0, 1.0 - (self.noise / deviation) ** 2)

    @property
    def worst(self) -> RegionScore | None:
        """Of the regions asked for, the one with the least R^2; ``None`` if none can be judged."""
        known = [region for region in self.regions if region.asked and region.known]
        return min(known, key=lambda region: region.r_squared, default=None)

    @property
    def over_all_sizes(self) -> bool:
        """Whether the faithfulness may be that of a trend from size to size.

        It should be within sizes, for a law of any number of removed players, but that cannot be
        told.
        """
        asked = [region for region in self.regions if region.asked]
        return not self.exact and any(r.of_all_sizes and not r.known for r in asked)

    @property
    def informed_share(self) -> float:
        """The weight of the candidate that used what was known of the players beforehand."""
        return self.estimators.get(INFORMED, 0.0)

    @property
    def rows(self) -> int:
        """The number of distinct coalitions whose values the result rests on."""
        return self.planned - len(self.skipped)

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain lists, dictionaries and numbers; NaN becomes ``None``."""
        facts = {field.name: getattr(self, field.name) for field in fields(self)}
        return to_json_data(facts | {"regions": [asdict(region) for region in self.regions]})

    def in_units(self, unit: float) -> Self:
        """The same facts for answers that are to be multiplied by a number."""
        return replace(
            self,
            deviation=unit * self.deviation,
            noise=unit * self.noise,
            regions=tuple(replace(r, deviation=unit * r.deviation) for r in self.regions),
        )
