"""What a result says of itself: facts that can be kept, and words to print."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from shapiq_spex.reports.forecast import Forecast, forecast
from shapiq_spex.reports.json_data import from_json_data
from shapiq_spex.reports.region_scores import RegionScore
from shapiq_spex.reports.rendering.advice import verdict, warnings
from shapiq_spex.reports.rendering.report_html import report_html
from shapiq_spex.reports.rendering.report_text import report_text
from shapiq_spex.reports.report_facts import ReportFacts


@dataclass(frozen=True, kw_only=True, repr=False)
class Report(ReportFacts):
    """The story of one call of ``approximate`` (or ``approximate_from``).

    ``print(report)`` tells it; a notebook shows it as a table. It consists of plain numbers, so
    that it can be kept: see :meth:`to_json`.

    Attributes:
        faithfulness: R^2 on coalitions it was not fitted to. This and all other numbers are
            explained in :class:`~shapiq_spex.reports.report_facts.ReportFacts`.

    Example:
        >>> from shapiq_spex import ProxySPEX
        >>> approximator = ProxySPEX(n=3, index="SV", max_order=1)
        >>> values = approximator.approximate(8, lambda kept: kept[:, 0] + 2.0 * kept[:, 1])
        >>> report = approximator.report_
        >>> report.asked, report.exact, report.variance_by_degree
        (8, True, (1.0,))
    """

    @property
    def verdict(self) -> str:
        """One sentence on whether interactions are worth looking at."""
        return verdict(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should not be trusted and what to do about it, in sentences."""
        return warnings(self)

    def forecast(self, target: float = 0.9) -> Forecast:
        """Estimate how many ablations a faithfulness would need.

        Args:
            target: The R^2 to reach, between 0 and 1.

        Returns:
            A range of ablations. If the answers so far do not tell, its numbers are NaN, its
            ``reason`` says why, and it counts as false.

        Raises:
            TypeError: If the target is not a number.
            ValueError: If the target does not lie between 0 and 1.
        """
        return forecast(self, target)

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
        # version 0.1 did not know these
        later = {"requests", "cost", "noise", "unseen", "regions", "variance_keep", "noun"}
        later |= {"knowledge", "uninformed_faithfulness"}
        missing = names - set(data) - later
        if missing or not names >= set(data):
            raise ValueError(
                f"this is not a report of this version: missing {sorted(missing)}, "
                f"unknown {sorted(set(data) - names)}"
            )
        facts = {name: from_json_data(value) for name, value in data.items()}
        regions = tuple(RegionScore(**region) for region in facts.pop("regions", ()))
        return cls(**facts, regions=regions)

    def __str__(self) -> str:
        return report_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return report_html(self)
