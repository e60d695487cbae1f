"""Which players to keep or to remove: the best coalitions of a recovered spectrum.

Used for pruning model components, for the smallest set of words that flips a decision, and for
the selection of training data.
"""

from shapiq_spex.optimisation.best_subset import best_subset as best_subset
from shapiq_spex.optimisation.smallest_change import smallest_change as smallest_change
from shapiq_spex.optimisation.subset import BestSubset as BestSubset
