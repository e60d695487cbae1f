"""Find the report of a result, also when shapiq made the approximator."""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from shapiq_spex.reports.report import Report

if TYPE_CHECKING:
    from shapiq import InteractionValues

_NOTE = "_shapiq_spex_report"
"""The attribute under which interaction values carry their report, also through pickle."""

_HOW_TO_KEEP = (
    "values.to_json_file(path, report=report_of(values).to_dict()) keeps the report in the file of "
    "the values, where report_of(path) finds it"
)


def attach(values: Any, report: Report) -> None:
    """Let interaction values carry their report."""
    setattr(values, _NOTE, report)


@overload
def report_of(result: Sequence[InteractionValues]) -> list[Report]: ...  # pyright: ignore[reportOverlappingOverload]
@overload
def report_of(result: Any) -> Report: ...
def report_of(result: Any) -> Report | list[Report]:
    """The report of an explanation, also when shapiq's explainer made the approximator.

    Interaction values carry their report through ``copy`` and ``pickle``. shapiq's JSON files have
    no place for it unless it is handed to them:
    ``values.to_json_file(path, report=report_of(values).to_dict())``.

    Args:
        result: The ``InteractionValues`` that an explainer or approximator returned (preferred:
            each carries its own report), the approximator, or the explainer (which both keep their
            most recent report); the path of a JSON file written as above; or several
            explanations, as ``explain_X`` returns.

    Returns:
        Its report; a list of the reports of several explanations.

    Raises:
        ValueError: If nothing has been explained yet, or a file has no report.
        TypeError: If the result does not come from an approximator of this package, or is a new
            object computed from one that did (a sum, a copy, a subset, an
            ``InteractionValuesBatch``, what is loaded from a file).

    Example:
        >>> import numpy as np, shapiq, shapiq_spex
        >>> rows = np.random.default_rng(0).normal(size=(200, 4))
        >>> explainer = shapiq.Explainer(
        ...     lambda x: x[:, 0] * x[:, 1], rows, approximator="proxyspex", index="SV", max_order=1
        ... )
        >>> values = explainer.explain(rows[0], budget=16)
        >>> shapiq_spex.report_of(values).exact
        True
        >>> shapiq_spex.report_of(explainer) is shapiq_spex.report_of(values)
        True
    """
    if isinstance(result, str | PathLike):
        return _report_in(Path(result))
    if isinstance(result, Sequence):
        return [_report_of(each, "explanations of a batch") for each in result]
    return _report_of(result, "objects")


def _report_of(result: Any, what: str) -> Report:
    approximator = _approximator_of(result)
    for holder, name in ((result, _NOTE), (approximator, "report_")):
        report = getattr(holder, name, None)
        if isinstance(report, Report):
            return report
    if hasattr(approximator, "approximate_from"):
        raise ValueError("nothing has been explained yet: call approximate() or explain() first")
    raise TypeError(
        f"an object of type {type(approximator).__name__} has no report. Reports come with what "
        "ProxySPEX and SPEX of shapiq_spex return, also through shapiq.Explainer(..., "
        f'approximator="proxyspex"); {what} computed or loaded from their results do not carry '
        f"them ({_HOW_TO_KEEP})."
    )


def _report_in(path: Path) -> Report:
    """The report in a JSON file of interaction values."""
    parameters = json.loads(path.read_text(encoding="utf-8")).get("parameters") or {}
    if "report" not in parameters:
        raise ValueError(f"{path} has no report: {_HOW_TO_KEEP}")
    return Report.from_dict(parameters["report"])


def _approximator_of(result: Any) -> Any:
    """The approximator of an explainer; anything else is returned as it is."""
    try:
        return result.approximator
    except (AttributeError, NotImplementedError):  # shapiq raises the latter if there is none
        return result
