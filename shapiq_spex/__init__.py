"""SPEX and ProxySPEX for shapiq: which interactions drive a model, faithfully per ablation.

Importing the package makes ``approximator="spex"`` and ``approximator="proxyspex"`` (and what
``"auto"`` picks for many players) in every shapiq explainer ours; :func:`unregister` undoes it.

    >>> import shapiq, shapiq_spex  # doctest: +SKIP
    >>> explainer = shapiq.Explainer(model, data, approximator="proxyspex")  # doctest: +SKIP
"""

from shapiq_spex._registry import register, registered, unregister
from shapiq_spex.ablation.ablation_policy import Ablation
from shapiq_spex.approximators.interaction_values import to_interaction_values
from shapiq_spex.approximators.player_information import PlayerInformation
from shapiq_spex.approximators.proxyspex import ProxySPEX
from shapiq_spex.approximators.spex import SPEX
from shapiq_spex.fourier.coalitions import Coalitions
from shapiq_spex.fourier.spectrum import Spectrum
from shapiq_spex.intervals.result import Intervals
from shapiq_spex.reports.comparison import compare
from shapiq_spex.reports.faithfulness import faithfulness
from shapiq_spex.reports.frame import to_frame
from shapiq_spex.reports.lookup import report_of
from shapiq_spex.reports.report import Report

__all__ = [
    "SPEX",
    "Ablation",
    "Coalitions",
    "Intervals",
    "PlayerInformation",
    "ProxySPEX",
    "Report",
    "Spectrum",
    "compare",
    "faithfulness",
    "register",
    "registered",
    "report_of",
    "to_frame",
    "to_interaction_values",
    "unregister",
]

__version__ = "0.1.0"

register()
