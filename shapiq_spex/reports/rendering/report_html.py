"""A report as HTML for notebooks: no scripts, no files, readable on light and dark pages."""

from __future__ import annotations

import math
from html import escape

from shapiq_spex.reports.rendering.report_text import report_lines, title
from shapiq_spex.reports.rendering.wording import share
from shapiq_spex.reports.report_facts import ReportFacts

# Okabe and Ito's colours, which colour-blind readers can distinguish, on white and on black
_DEGREES = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#CC79A7")
_UNEXPLAINED = "#999999"
_WARNING = "#D55E00"

_TABLE = "border-collapse:collapse;border:0;text-align:left;font:inherit;color:inherit"
_CELL = "padding:2px 10px 2px 0;border:0;vertical-align:top;background:transparent;color:inherit"


def report_html(report: ReportFacts) -> str:
    """The report as a table, with a bar of the variance by degree.

    Colours of text and background are the notebook's own.
    """
    rows = "".join(_row(name, content) for name, content in report_lines(report))
    return (
        '<div style="color:inherit;background:transparent;max-width:60em">'
        f"<div><b>{escape(title(report))}</b></div>{_bar(report)}"
        f'<table style="{_TABLE}">{rows}</table></div>'
    )


def _row(name: str, content: str) -> str:
    mark = f"border-left:3px solid {_WARNING};padding-left:6px" if name == "warning" else ""
    return (
        f'<tr style="background:transparent"><th scope="row" style="{_CELL};text-align:left;'
        f'font-weight:normal;opacity:.7">{escape(name)}</th>'
        f'<td style="{_CELL};text-align:left;{mark}">{escape(content)}</td></tr>'
    )


def _bar(report: ReportFacts) -> str:
    """The variance of the answers: a piece for each degree, and the unexplained rest."""
    if not report.variance_by_degree or not math.isfinite(report.faithfulness):
        return ""
    explained = max(0.0, min(1.0, report.faithfulness))
    pieces = [
        (f"degree {degree}", explained * part, _DEGREES[min(degree, len(_DEGREES)) - 1])
        for degree, part in enumerate(report.variance_by_degree, start=1)
    ]
    pieces.append(("unexplained", 1.0 - explained, _UNEXPLAINED))
    return (
        '<div style="display:flex;height:10px;width:100%;margin:4px 0">'
        + "".join(
            f'<span title="{name}: {share(part)}" '
            f'style="width:{100 * part:.2f}%;background:{colour}"></span>'
            for name, part, colour in pieces
            if part > 0.0005
        )
        + "</div>"
    )
