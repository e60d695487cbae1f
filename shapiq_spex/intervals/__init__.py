"""Intervals for interactions, checked against exact values.

``approximator.intervals()`` gives, for every interaction of the most recent call, an interval and
the evidence that it is not zero (:class:`~shapiq_spex.intervals.result.Intervals`). Intervals rest
on how the coalitions were *drawn*, not on a model of the game:

* :mod:`~shapiq_spex.intervals.strata`: the probability of each coalition to be in the sample;
* :mod:`~shapiq_spex.intervals.coalition_weights`: the exact weight of each coalition in an index;
* :mod:`~shapiq_spex.intervals.fold_fits`: what the proxy misses if fitted without a fifth of it;
* :mod:`~shapiq_spex.intervals.difference`: an unbiased estimate from what those fits miss;
* :mod:`~shapiq_spex.intervals.adequacy`: whether the sample allows an estimate of the error;
* :mod:`~shapiq_spex.intervals.hull`: the interval, which spans the value and that estimate.

Nominal 90% intervals on 13 enumerated real games (10 to 14 players) and 2 with
high-budget truth (30, 40 players), 3 seeds. The columns: budget in units of n log2 n; share of
the interactions that were given an interval; coverage of all of these, of the largest reported ones
(5 players or 10 interactions) and of the truly large ones, means over games; the worst game;
half-width and error over the root mean square of the true values; signs established at a false
discovery rate of 10%, and how many of those are wrong.

| index | order | budget | given | all | top | large | worst | half-width | error | signs | wrong |
|---|---|---|---|---|---|---|---|---|---|---|---|
| BII, k = 3 | 3 | 1 | 100% | 100% | 100% | 100% | 100% | 16 | 1 | 0 | 0 |
| BII, k = 3 | 3 | 2 | 100% | 100% | 99% | 99% | 100% | 7 | 0.87 | 5 | 0 |
| BII, k = 3 | 3 | 4 | 100% | 100% | 97% | 98% | 99% | 2.7 | 0.58 | 76 | 0 |
| BII, k = 3 | 3 | 8 | 100% | 99% | 95% | 97% | 97% | 1 | 0.31 | 737 | 0 |
| BV | 1 | 1 | 82% | 95% | 93% | 91% | 90% | 0.33 | 0.14 | 295 | 1 |
| BV | 1 | 2 | 100% | 93% | 92% | 92% | 80% | 0.14 | 0.07 | 483 | 0 |
| BV | 1 | 4 | 100% | 94% | 94% | 93% | 86% | 0.066 | 0.031 | 547 | 1 |
| BV | 1 | 8 | 100% | 95% | 95% | 93% | 87% | 0.029 | 0.013 | 581 | 1 |
| FBII, k = 2 | 1 | 1 | 69% | 96% | 96% | 92% | 89% | 0.98 | 0.32 | 75 | 0 |
| FBII, k = 2 | 1 | 2 | 100% | 95% | 95% | 95% | 71% | 0.42 | 0.16 | 280 | 0 |
| FBII, k = 2 | 1 | 4 | 100% | 96% | 96% | 95% | 86% | 0.18 | 0.076 | 412 | 2 |
| FBII, k = 2 | 1 | 8 | 100% | 96% | 96% | 97% | 83% | 0.074 | 0.035 | 501 | 1 |
| FBII, k = 2 | 2 | 1 | 100% | 99% | 96% | 94% | 93% | 3.1 | 0.7 | 33 | 0 |
| FBII, k = 2 | 2 | 2 | 100% | 99% | 96% | 97% | 97% | 1.3 | 0.42 | 248 | 0 |
| FBII, k = 2 | 2 | 4 | 100% | 98% | 94% | 94% | 93% | 0.54 | 0.2 | 1,017 | 1 |
| FBII, k = 2 | 2 | 8 | 100% | 97% | 95% | 95% | 93% | 0.21 | 0.091 | 1,736 | 1 |
| FSII, k = 2 | 1 | 1 | 49% | 98% | 100% | 100% | 82% | 0.53 | 0.13 | 122 | 0 |
| FSII, k = 2 | 1 | 2 | 90% | 98% | 97% | 96% | 90% | 0.19 | 0.06 | 404 | 0 |
| FSII, k = 2 | 1 | 4 | 100% | 97% | 96% | 95% | 92% | 0.064 | 0.026 | 541 | 0 |
| FSII, k = 2 | 1 | 8 | 100% | 95% | 94% | 96% | 87% | 0.022 | 0.01 | 578 | 0 |
| FSII, k = 2 | 2 | 1 | 0% | refused | | | | | | | |
| FSII, k = 2 | 2 | 2 | 97% | 99% | 96% | 97% | 97% | 2 | 0.46 | 202 | 0 |
| FSII, k = 2 | 2 | 4 | 100% | 99% | 95% | 96% | 97% | 0.7 | 0.22 | 817 | 0 |
| FSII, k = 2 | 2 | 8 | 100% | 97% | 94% | 95% | 92% | 0.26 | 0.099 | 1,497 | 1 |
| STII, k = 2 | 1 | 1 | 0% | refused | | | | | | | |
| STII, k = 2 | 1 | 2 | 17% | exact | | | | | | | |
| STII, k = 2 | 1 | 4 | 67% | exact | | | | | | | |
| STII, k = 2 | 1 | 8 | 100% | exact | | | | | | | |
| STII, k = 2 | 2 | 1 | 57% | 100% | 99% | 100% | 100% | 5.5 | 0.65 | 3 | 0 |
| STII, k = 2 | 2 | 2 | 90% | 98% | 93% | 93% | 94% | 1.8 | 0.46 | 213 | 0 |
| STII, k = 2 | 2 | 4 | 97% | 96% | 89% | 91% | 89% | 0.64 | 0.23 | 879 | 3 |
| STII, k = 2 | 2 | 8 | 99% | 96% | 92% | 94% | 90% | 0.23 | 0.096 | 1,551 | 1 |
| SV | 1 | 1 | 22% | 93% | 97% | 88% | 92% | 0.22 | 0.098 | 75 | 0 |
| SV | 1 | 2 | 100% | 96% | 96% | 96% | 83% | 0.15 | 0.056 | 487 | 1 |
| SV | 1 | 4 | 100% | 97% | 96% | 96% | 83% | 0.06 | 0.024 | 554 | 0 |
| SV | 1 | 8 | 100% | 96% | 97% | 97% | 90% | 0.024 | 0.0096 | 582 | 1 |
| k-SII, k = 2 | 1 | 1 | 86% | 92% | 95% | 88% | 66% | 0.37 | 0.14 | 287 | 1 |
| k-SII, k = 2 | 1 | 2 | 92% | 93% | 91% | 91% | 86% | 0.13 | 0.052 | 467 | 1 |
| k-SII, k = 2 | 1 | 4 | 96% | 96% | 95% | 95% | 91% | 0.043 | 0.02 | 538 | 1 |
| k-SII, k = 2 | 1 | 8 | 98% | 96% | 94% | 94% | 86% | 0.015 | 0.0077 | 573 | 0 |
| k-SII, k = 2 | 2 | 1 | 32% | 100% | 100% | 100% | 100% | 5.1 | 0.63 | 0 | 0 |
| k-SII, k = 2 | 2 | 2 | 95% | 98% | 94% | 95% | 93% | 1.8 | 0.44 | 233 | 0 |
| k-SII, k = 2 | 2 | 4 | 99% | 98% | 92% | 95% | 94% | 0.62 | 0.21 | 909 | 1 |
| k-SII, k = 2 | 2 | 8 | 99% | 96% | 92% | 94% | 90% | 0.22 | 0.092 | 1,609 | 3 |

Printed by ``python -m shapiq_spex.benchmark.studies.coverage table`` from the recorded results,
for the fast proxy.

How to read it. *exact*: all coalitions that the values depend on are in the sample; in the
Shapley-Taylor index, v({i}) - v({}). More of all pairs and triples than promised are covered,
96-99% and 99-100% from 2 n log2 n on, because most are close to zero and so is the returned value;
of the largest, 89-97% and 95-99%. At 1 and 2 n log2 n an interval for a pair holds but is wider
than a typical pair is large, as is one for a triple up to 8 n log2 n.

Where it fails. No method sees a jump of the game that no ablation happens to hit: on a support
vector machine whose margin jumps on 1% of the coalitions, one run in three covered 22% of the pairs
of FBII at 2 n log2 n (``coverage run FILE --tuning --games "wine13 machine"``). FBII and k-SII at
max_order=3 have no intervals: in the worst game, those of FBII covered 63% of the single players
and those of k-SII 58-70% of the pairs. There are none either for rows of unknown origin, coded rows
(SPEX), early stopping, missing answers, fewer than 20 random units, and designs that hardly draw
the coalitions an index depends on (Shapley values from uniformly random coalitions).
"""
