"""What a result says of itself: how it came about and how far it can be trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from shapiq_spex.reports.forecast import Forecast, LearningCurve, forecast
from shapiq_spex.reports.plain import plain, restored


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """The story of one call of ``approximate`` (or ``approximate_from``).

    ``print(report)`` tells it; a notebook shows it as a table. It consists of plain numbers, so
    that it can be kept: see :meth:`to_json`.

    Attributes:
        approximator: The class that made the explanation.
        index: The interaction index that was asked for.
        max_order: Its largest order.
        n_players: The number of players of the game.
        budget: The budget that was given (for given data, the number of rows).
        planned: Distinct coalitions that were to be evaluated.
        asked: Distinct coalitions put to the game in this call.
        reused: Distinct coalitions whose answers were already in the store.
        skipped: The coalitions that the game could not answer, each with the reason (see
            ``Ablation.on_error``).
        exact: Whether all 2^n coalitions were observed, so that nothing is estimated.
        deviation: The standard deviation of the answers.
        faithfulness: R^2 of the recovered spectrum on coalitions it was not fitted to, drawn by
            the same law as the others; 1 for an exact result, NaN if there are too few to tell or
            nothing varies.
        faithfulness_interval: It lies here with 90% confidence, and above the lower end with 95%.
            NaN if no interval can be trusted, see :meth:`HeldOut.interval
            <shapiq_spex.reports.held_out.HeldOut.interval>`.
        effective_pairs: The number of equal pairs of coalitions that the variance rests on. Few
            mean that rare enormous values dominate.
        additive_faithfulness: R^2 of the best additive (order-1) explanation of these rows.
        interaction_gain: The share of the additive explanation's squared error that interactions
            remove; negative if they do harm.
        interaction_gain_interval: Its 90% interval.
        variance_by_degree: The share of each degree 1, 2, ... in the variance of the recovered
            spectrum over uniformly random coalitions; empty if it is constant.
        hierarchy: The share of the energy of its interactions in those all of whose immediate
            subsets are terms, see :func:`~shapiq_spex.fourier.hierarchy.hierarchy`.
        n_terms: The number of terms in the recovered spectrum.
        estimators: The share of each estimator in the result.
        seconds: Wall-clock time spent in the ``game``, in ``recovery`` and in ``conversion``.
        learning_curve: Pairs (rows, unexplained share of the variance) of a fast proxy fitted to
            fewer rows, and last of the result itself; empty if it was not computed.
        notes: What the approximator has to add, in sentences.

    Example:
        >>> from shapiq_spex import ProxySPEX
        >>> approximator = ProxySPEX(n=3, index="SV", max_order=1)
        >>> values = approximator.approximate(8, lambda kept: kept[:, 0] + 2.0 * kept[:, 1])
        >>> report = approximator.report_
        >>> report.asked, report.exact, report.variance_by_degree
        (8, True, (1.0,))
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
    notes: tuple[str, ...] = ()

    @property
    def faithfulness_bound(self) -> float:
        """R^2 is above this with 95% confidence."""
        return self.faithfulness_interval[0]

    @property
    def rows(self) -> int:
        """The number of distinct coalitions whose values the result rests on."""
        return self.planned - len(self.skipped)

    @property
    def verdict(self) -> str:
        """One sentence on whether interactions are worth looking at."""
        from shapiq_spex.reports.advice import verdict

        return verdict(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should not be trusted and what to do about it, in sentences."""
        from shapiq_spex.reports.advice import warnings

        return warnings(self)

    def forecast(self, target: float = 0.9) -> Forecast | None:
        """Estimate how many ablations a faithfulness would need.

        Args:
            target: The R^2 to reach, between 0 and 1.

        Returns:
            A range of ablations, or ``None`` if the answers so far do not tell.

        Raises:
            ValueError: If the target does not lie between 0 and 1.
        """
        return forecast(self.learning_curve, target)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain lists, dictionaries and numbers; NaN becomes ``None``."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}

    def to_json(self, *, indent: int | None = None) -> str:
        """The report as JSON text, readable by every JSON reader; see :meth:`from_dict`."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Restore a report from :meth:`to_dict`, or from JSON after ``json.loads``.

        Raises:
            ValueError: If entries are missing or unknown.
        """
        names = {field.name for field in fields(cls)}
        if names != set(data):
            raise ValueError(
                f"this is not a report of this version: missing {sorted(names - set(data))}, "
                f"unknown {sorted(set(data) - names)}"
            )
        return cls(**{name: restored(value) for name, value in data.items()})

    def __str__(self) -> str:
        from shapiq_spex.reports.text import report_text

        return report_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from shapiq_spex.reports.html import report_html

        return report_html(self)
