"""SPEX and ProxySPEX for shapiq: which interactions drive a model, faithfully per ablation.

Importing the package makes ``approximator="spex"`` and ``approximator="proxyspex"`` (and what
``"auto"`` picks for many players) in every shapiq explainer ours; :func:`unregister` undoes it.

    >>> import shapiq, shapiq_spex  # doctest: +SKIP
    >>> explainer = shapiq.Explainer(model, data, approximator="proxyspex")  # doctest: +SKIP
"""

from shapiq_spex._registry import register as register
from shapiq_spex._registry import registered as registered
from shapiq_spex._registry import unregister as unregister
from shapiq_spex.ablation.ablation_policy import Ablation as Ablation
from shapiq_spex.approximators.interaction_values import (
    to_interaction_values as to_interaction_values,
)
from shapiq_spex.approximators.proxyspex import ProxySPEX as ProxySPEX
from shapiq_spex.approximators.spex import SPEX as SPEX
from shapiq_spex.fourier.coalitions import Coalitions as Coalitions
from shapiq_spex.fourier.spectrum import Spectrum as Spectrum
from shapiq_spex.intervals.result import Intervals as Intervals
from shapiq_spex.reports.comparison import compare as compare
from shapiq_spex.reports.faithfulness import faithfulness as faithfulness
from shapiq_spex.reports.frame import to_frame as to_frame
from shapiq_spex.reports.lookup import report_of as report_of
from shapiq_spex.reports.report import Report as Report

__version__ = "0.1.0"

register()
