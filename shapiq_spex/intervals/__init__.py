"""Intervals for interactions, checked against exact values.

``approximator.intervals()`` gives, for every interaction of the most recent call, an interval and
the evidence that it is not zero (:class:`~shapiq_spex.intervals.result.Intervals`). They rest on
how the coalitions were *drawn*, not on a model of the game:

* :mod:`~shapiq_spex.intervals.strata`: with which probability each coalition came into the sample;
* :mod:`~shapiq_spex.intervals.weights`: the exact weight of each coalition in an index;
* :mod:`~shapiq_spex.intervals.crossfit`: the proxy fitted again without a fifth of the sample;
* :mod:`~shapiq_spex.intervals.difference`: an unbiased estimate from what those fits miss;
* :mod:`~shapiq_spex.intervals.adequacy`: whether the design can tell the error at all;
* :mod:`~shapiq_spex.intervals.hull`: the interval, which spans the value and that estimate.

Nominal 90% intervals on 13 enumerated real games (10 to 14 players) and 1 with
high-budget truth (30 players), 3 seeds. The columns: budget in units of n log2 n; share of
the interactions that were given an interval; coverage of all of these, of the largest reported ones
(5 players or 10 interactions) and of the truly large ones, means over games; the worst game;
half-width and error over the root mean square of the true values; signs established at a false
discovery rate of 10%, and how many of those are wrong.

| index | order | budget | given | all | top | large | worst | half-width | error | signs | wrong |
|---|---|---|---|---|---|---|---|---|---|---|---|
| BV | 1 | 1 | 78% | 95% | 93% | 91% | 87% | 0.35 | 0.15 | 241 | 1 |
| BV | 1 | 2 | 100% | 92% | 91% | 91% | 80% | 0.14 | 0.073 | 421 | 1 |
| BV | 1 | 4 | 100% | 94% | 93% | 91% | 88% | 0.067 | 0.032 | 482 | 1 |
| BV | 1 | 8 | 100% | 95% | 95% | 94% | 88% | 0.028 | 0.012 | 509 | 0 |
| FBII, k = 2 | 1 | 1 | 63% | 97% | 95% | 93% | 89% | 1 | 0.34 | 62 | 0 |
| FBII, k = 2 | 1 | 2 | 97% | 98% | 97% | 97% | 81% | 0.5 | 0.17 | 231 | 0 |
| FBII, k = 2 | 1 | 4 | 100% | 98% | 97% | 96% | 93% | 0.19 | 0.073 | 374 | 0 |
| FBII, k = 2 | 1 | 8 | 100% | 97% | 98% | 98% | 86% | 0.065 | 0.029 | 458 | 1 |
| FBII, k = 2 | 2 | 1 | 86% | 100% | 98% | 98% | 99% | 3.4 | 0.76 | 7 | 0 |
| FBII, k = 2 | 2 | 2 | 100% | 99% | 97% | 98% | 96% | 1.5 | 0.44 | 138 | 2 |
| FBII, k = 2 | 2 | 4 | 100% | 98% | 97% | 96% | 95% | 0.55 | 0.18 | 831 | 0 |
| FBII, k = 2 | 2 | 8 | 100% | 97% | 94% | 95% | 95% | 0.19 | 0.078 | 1,731 | 0 |
| FBII, k = 3 | 1 | 1 | 0% | refused | | | | | | | |
| FBII, k = 3 | 1 | 2 | 29% | 98% | 98% | 94% | 97% | 1.2 | 0.28 | 14 | 0 |
| FBII, k = 3 | 1 | 4 | 92% | 95% | 95% | 92% | 77% | 0.42 | 0.15 | 198 | 0 |
| FBII, k = 3 | 1 | 8 | 98% | 94% | 94% | 88% | 63% | 0.16 | 0.063 | 301 | 0 |
| FBII, k = 3 | 2 | 1 | 74% | 100% | 100% | 99% | 100% | 6.7 | 0.81 | 1 | 0 |
| FBII, k = 3 | 2 | 2 | 98% | 100% | 99% | 99% | 98% | 2.8 | 0.57 | 23 | 0 |
| FBII, k = 3 | 2 | 4 | 100% | 99% | 98% | 97% | 97% | 1.2 | 0.35 | 201 | 0 |
| FBII, k = 3 | 2 | 8 | 100% | 97% | 96% | 94% | 85% | 0.45 | 0.16 | 883 | 0 |
| FBII, k = 3 | 3 | 1 | 84% | 100% | 100% | 100% | 100% | 16 | 0.98 | 0 | 0 |
| FBII, k = 3 | 3 | 2 | 100% | 100% | 99% | 100% | 100% | 5.8 | 0.81 | 6 | 0 |
| FBII, k = 3 | 3 | 4 | 100% | 100% | 96% | 98% | 99% | 2.6 | 0.59 | 71 | 0 |
| FBII, k = 3 | 3 | 8 | 100% | 99% | 95% | 97% | 97% | 1 | 0.3 | 679 | 0 |
| FSII, k = 2 | 1 | 1 | 48% | 97% | 97% | 95% | 85% | 0.69 | 0.18 | 95 | 1 |
| FSII, k = 2 | 1 | 2 | 98% | 99% | 99% | 99% | 92% | 0.19 | 0.058 | 386 | 0 |
| FSII, k = 2 | 1 | 4 | 100% | 96% | 96% | 97% | 86% | 0.062 | 0.023 | 493 | 0 |
| FSII, k = 2 | 1 | 8 | 100% | 96% | 95% | 95% | 89% | 0.022 | 0.0092 | 515 | 0 |
| FSII, k = 2 | 2 | 1 | 0% | refused | | | | | | | |
| FSII, k = 2 | 2 | 2 | 100% | 99% | 97% | 98% | 96% | 2.1 | 0.46 | 94 | 1 |
| FSII, k = 2 | 2 | 4 | 100% | 99% | 97% | 96% | 97% | 0.68 | 0.19 | 750 | 0 |
| FSII, k = 2 | 2 | 8 | 100% | 98% | 95% | 97% | 92% | 0.23 | 0.082 | 1,390 | 1 |
| STII, k = 2 | 1 | 1 | 0% | refused | | | | | | | |
| STII, k = 2 | 1 | 2 | 17% | 100% | 100% | 100% | 100% | 0 | 0 | 78 | 0 |
| STII, k = 2 | 1 | 4 | 67% | 100% | 100% | 100% | 100% | 0 | 0 | 292 | 0 |
| STII, k = 2 | 1 | 8 | 100% | 100% | 100% | 100% | 100% | 0 | 0 | 438 | 0 |
| STII, k = 2 | 2 | 1 | 50% | 100% | 98% | 98% | 99% | 5 | 0.71 | 1 | 0 |
| STII, k = 2 | 2 | 2 | 95% | 98% | 95% | 95% | 97% | 1.9 | 0.46 | 148 | 1 |
| STII, k = 2 | 2 | 4 | 95% | 97% | 91% | 93% | 94% | 0.61 | 0.2 | 815 | 5 |
| STII, k = 2 | 2 | 8 | 97% | 96% | 92% | 94% | 94% | 0.22 | 0.083 | 1,398 | 1 |
| SV | 1 | 1 | 0% | refused | | | | | | | |
| SV | 1 | 2 | 100% | 97% | 96% | 95% | 87% | 0.16 | 0.058 | 420 | 0 |
| SV | 1 | 4 | 100% | 97% | 96% | 95% | 92% | 0.061 | 0.025 | 486 | 0 |
| SV | 1 | 8 | 100% | 97% | 98% | 98% | 92% | 0.024 | 0.0093 | 516 | 0 |
| SV, uniform law | 1 | 1 | 0% | refused | | | | | | | |
| SV, uniform law | 1 | 2 | 0% | refused | | | | | | | |
| SV, uniform law | 1 | 4 | 0% | refused | | | | | | | |
| SV, uniform law | 1 | 8 | 0% | refused | | | | | | | |
| k-SII, k = 2 | 1 | 1 | 25% | 91% | 88% | 87% | 75% | 0.4 | 0.14 | 79 | 1 |
| k-SII, k = 2 | 1 | 2 | 87% | 95% | 95% | 95% | 83% | 0.11 | 0.046 | 384 | 1 |
| k-SII, k = 2 | 1 | 4 | 96% | 97% | 97% | 97% | 90% | 0.041 | 0.019 | 486 | 0 |
| k-SII, k = 2 | 1 | 8 | 100% | 97% | 98% | 98% | 92% | 0.015 | 0.0064 | 523 | 0 |
| k-SII, k = 2 | 2 | 1 | 32% | 100% | 100% | 100% | 100% | 6.5 | 0.7 | 0 | 0 |
| k-SII, k = 2 | 2 | 2 | 97% | 98% | 95% | 96% | 94% | 1.8 | 0.44 | 161 | 2 |
| k-SII, k = 2 | 2 | 4 | 98% | 98% | 94% | 95% | 95% | 0.59 | 0.18 | 828 | 0 |
| k-SII, k = 2 | 2 | 8 | 98% | 97% | 93% | 96% | 94% | 0.2 | 0.076 | 1,489 | 2 |

Printed by ``python -m shapiq_spex.benchmark.coverage table`` from the recorded results.

How to read it. Of all pairs more than 90% are covered, because most are next to nothing and the
returned value, one end of the span, is close to that; the pairs that one looks at are covered
about as often as promised. No constant was fitted to make it so. At 1 and 2 n log2 n an interval
for a pair holds but says little: it is wider than a typical pair is large.

Where it fails. A jump of the game that no ablation happened to hit is invisible to any method: on
a support vector machine whose margin jumps on 1% of the coalitions, one run in three covered 37% of
the pairs at 2 n log2 n. Single values of FBII at max_order=3 are covered on average, but in the
worst game only 63% were. k-SII at max_order=3 covered 58-70% of the pairs in the worst game, so
none is given. Nor is there one for rows of unknown origin, coded rows (SPEX), early stopping,
missing answers, fewer than 20 random units, and designs that hardly draw the coalitions an index
depends on (Shapley values from uniformly random coalitions).
"""
