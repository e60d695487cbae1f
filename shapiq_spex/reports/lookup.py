"""Find the report of a result, also when shapiq made the approximator."""

from __future__ import annotations

from typing import Any

from shapiq_spex.reports.report import Report

_NOTE = "_shapiq_spex_report"
"""The attribute under which interaction values carry their report, also through pickle."""


def attach(values: Any, report: Report) -> None:
    """Let interaction values carry their report."""
    setattr(values, _NOTE, report)


def report_of(result: Any) -> Report:
    """The report of an explanation, also when shapiq's explainer made the approximator.

    Args:
        result: The ``InteractionValues`` that an explainer or approximator returned (preferred:
            each carries its own report), the approximator, or the explainer (which both keep their
            most recent report).

    Returns:
        Its report.

    Raises:
        ValueError: If nothing has been explained yet.
        TypeError: If the result does not come from an approximator of this package, or is a new
            object computed from one that did (a sum, a copy, a subset, a file).

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
        'approximator="proxyspex"); '
        "objects computed or loaded from their results do not carry them."
    )


def _approximator_of(result: Any) -> Any:
    """The approximator of an explainer; anything else is returned as it is."""
    try:
        return result.approximator
    except (AttributeError, NotImplementedError):  # shapiq raises the latter if there is none
        return result
