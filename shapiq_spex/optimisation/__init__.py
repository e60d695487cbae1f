"""Choose which players to keep or to remove: the best coalitions of a recovered spectrum.

Use it to prune model components, to find the smallest set of words that flips a decision, or to
select training data.
"""

from shapiq_spex.optimisation.best_subset import best_subset
from shapiq_spex.optimisation.smallest_change import smallest_change
from shapiq_spex.optimisation.subset import BestSubset

__all__ = ["BestSubset", "best_subset", "smallest_change"]
