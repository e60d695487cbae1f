"""Reports, the faithfulness of any explanation, comparisons and tables."""

from shapiq_spex.reports.comparison import compare
from shapiq_spex.reports.faithfulness import faithfulness
from shapiq_spex.reports.frame import to_frame
from shapiq_spex.reports.lookup import report_of
from shapiq_spex.reports.report import Report

__all__ = ["Report", "compare", "faithfulness", "report_of", "to_frame"]
