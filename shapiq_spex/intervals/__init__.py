"""Intervals for interactions, checked against exact values.

``approximator.intervals()`` gives, for every interaction of the most recent call, an interval and
the evidence that it is not zero (:class:`~shapiq_spex.intervals.result.Intervals`). Intervals rest
on how the coalitions were *drawn*, not on a model of the game:

* :mod:`~shapiq_spex.intervals.strata`: the probability of each coalition to be in the sample;
* :mod:`~shapiq_spex.intervals.coalition_weights`: the exact weight of each coalition in an index;
* :mod:`~shapiq_spex.intervals.fold_fits`: what the proxy misses if fitted without a fifth of it;
* :mod:`~shapiq_spex.intervals.difference`: an unbiased estimate from what those fits miss;
* :mod:`~shapiq_spex.intervals.noise`: what noisy answers add to the error of that estimate;
* :mod:`~shapiq_spex.intervals.unseen_weights`: what coalitions may add that were not drawn;
* :mod:`~shapiq_spex.intervals.adequacy`: whether the sample allows an estimate of the error;
* :mod:`~shapiq_spex.intervals.hull`: the interval, which spans the value and that estimate.

A game is taken to answer a coalition always alike, unless repeated coalitions or the game itself
tell how noisy its answers are (:mod:`shapiq_spex.ablation.repeats`); then intervals allow for the
noise. ``python -m shapiq_spex.benchmark.studies.noise_coverage`` measures how often they hold.

How often they contain the true value is recorded in ``shapiq_spex/benchmark/recorded/README.md``;
``python -m shapiq_spex.benchmark.studies.coverage table`` prints the table.
Constants marked *Tuned* were chosen on the games of ``coverage run FILE --tuning``.

How to read the table. *exact*: all coalitions that the values depend on are in the sample; in the
Shapley-Taylor index, v({i}) - v({}). More of all pairs and triples than promised are covered,
96-100% and 98-100% from 2 n log2 n on, because most are close to zero and so is the returned value;
of the largest, 89-99% and 92-99%. At 1 and 2 n log2 n an interval for a pair holds but is wider
than a typical pair is large, as is one for a triple up to 8 n log2 n.

Where it fails. No method sees a jump of the game that no ablation happens to hit, which m draws
leave open for up to about 3 / m of all coalitions: every result states that condition. On a support
vector machine whose margin jumps on 1% of the coalitions, one run in three covered 22% of the pairs
of FBII at 2 n log2 n (``coverage run FILE --tuning --games "wine13 machine"``). Where a fit misses
nothing, intervals include such jumps up to the range of the answers
(:mod:`shapiq_spex.estimators.unseen`). FBII and k-SII at
max_order=3 have no intervals: in the worst game, those of FBII covered 63% of the single players
and those of k-SII 58-70% of the pairs. There are none either for rows of unknown origin, coded rows
(SPEX), early stopping, missing answers, fewer than 20 random units, and designs that hardly draw
the coalitions an index depends on (Shapley values from uniformly random coalitions, Banzhaf values
from few coalitions with nearly all players, weighted ones of p = .9 from uniform ones).
"""
