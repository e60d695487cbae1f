"""Reports, the faithfulness of any explanation, comparisons and tables."""

from shapiq_spex.reports.comparison import Comparison, compare
from shapiq_spex.reports.faithfulness import Faithfulness, faithfulness
from shapiq_spex.reports.forecast import Forecast
from shapiq_spex.reports.frame import to_frame
from shapiq_spex.reports.lookup import report_of
from shapiq_spex.reports.report import Report

__all__ = [
    "Comparison",
    "Faithfulness",
    "Forecast",
    "Report",
    "compare",
    "faithfulness",
    "report_of",
    "to_frame",
]
