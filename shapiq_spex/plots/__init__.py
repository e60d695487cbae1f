"""Plots of explanations, in addition to those of ``shapiq.plot``, which all work on our results.

Every function returns what it drew and shows nothing unless asked to. Red raises and blue lowers
the value, as in shapiq; solid and dashed lines say the same in grey print. The settings of
matplotlib are not changed.
"""

from shapiq_spex.plots.budget_figure import budget_curve
from shapiq_spex.plots.component_figure import component_map
from shapiq_spex.plots.degree_figure import spectrum_by_degree
from shapiq_spex.plots.important_players import MostImportant, most_important
from shapiq_spex.plots.text_figure import text_plot
from shapiq_spex.plots.text_page import HTMLText, text_html

__all__ = [
    "HTMLText",
    "MostImportant",
    "budget_curve",
    "component_map",
    "most_important",
    "spectrum_by_degree",
    "text_html",
    "text_plot",
]
