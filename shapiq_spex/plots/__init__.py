"""Pictures of explanations, beyond those of ``shapiq.plot``, which all work on our results too.

Every function returns what it drew and shows nothing unless asked to. Colours are shapiq's: red
raises, blue lowers the value; dashes say the same in grey print. The settings of matplotlib are
left alone.
"""

from shapiq_spex.plots.budget_figure import budget_curve as budget_curve
from shapiq_spex.plots.component_figure import component_map as component_map
from shapiq_spex.plots.degree_figure import spectrum_by_degree as spectrum_by_degree
from shapiq_spex.plots.important_players import MostImportant as MostImportant
from shapiq_spex.plots.important_players import most_important as most_important
from shapiq_spex.plots.text_figure import text_plot as text_plot
from shapiq_spex.plots.text_page import HTMLText as HTMLText
from shapiq_spex.plots.text_page import text_html as text_html
