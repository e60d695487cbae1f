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

Nominal 90% intervals on 13 enumerated real games (10 to 14 players) and 2 with
high-budget truth (30, 40 players), 3 seeds. The columns: budget in units of n log2 n; share of
the interactions that were given an interval; coverage of all of these, of the largest reported ones
(5 players or 10 interactions) and of the truly large ones, means over games; the worst game;
half-width and error over the root mean square of the true values; signs established at a false
discovery rate of 10%, and how many of those are wrong.

| index | order | budget | given | all | top | large | worst | half-width | error | signs | wrong |
|---|---|---|---|---|---|---|---|---|---|---|---|
| BII, k = 3 | 3 | 1 | 84% | 100% | 100% | 100% | 100% | 16 | 0.98 | 0 | 0 |
| BII, k = 3 | 3 | 2 | 100% | 100% | 99% | 100% | 100% | 5.8 | 0.81 | 6 | 0 |
| BII, k = 3 | 3 | 4 | 100% | 100% | 96% | 98% | 99% | 2.6 | 0.59 | 71 | 0 |
| BII, k = 3 | 3 | 8 | 100% | 99% | 95% | 97% | 97% | 1 | 0.3 | 679 | 0 |
| BV | 1 | 1 | 82% | 95% | 94% | 92% | 87% | 0.32 | 0.14 | 298 | 1 |
| BV | 1 | 2 | 100% | 92% | 92% | 91% | 80% | 0.14 | 0.07 | 492 | 3 |
| BV | 1 | 4 | 100% | 94% | 93% | 91% | 88% | 0.065 | 0.031 | 551 | 1 |
| BV | 1 | 8 | 100% | 95% | 95% | 93% | 88% | 0.028 | 0.013 | 580 | 0 |
| FBII, k = 2 | 1 | 1 | 69% | 97% | 96% | 94% | 89% | 1 | 0.32 | 67 | 0 |
| FBII, k = 2 | 1 | 2 | 98% | 98% | 97% | 97% | 81% | 0.51 | 0.17 | 250 | 0 |
| FBII, k = 2 | 1 | 4 | 100% | 98% | 97% | 96% | 93% | 0.19 | 0.073 | 406 | 0 |
| FBII, k = 2 | 1 | 8 | 100% | 97% | 98% | 98% | 86% | 0.068 | 0.03 | 515 | 1 |
| FBII, k = 2 | 2 | 1 | 91% | 100% | 98% | 98% | 99% | 3.5 | 0.75 | 14 | 0 |
| FBII, k = 2 | 2 | 2 | 100% | 99% | 97% | 98% | 96% | 1.5 | 0.44 | 160 | 2 |
| FBII, k = 2 | 2 | 4 | 100% | 99% | 98% | 96% | 95% | 0.57 | 0.19 | 910 | 0 |
| FBII, k = 2 | 2 | 8 | 100% | 97% | 95% | 96% | 95% | 0.2 | 0.081 | 1,933 | 0 |
| FSII, k = 2 | 1 | 1 | 40% | 97% | 97% | 95% | 85% | 0.69 | 0.18 | 95 | 1 |
| FSII, k = 2 | 1 | 2 | 98% | 99% | 99% | 99% | 92% | 0.19 | 0.055 | 444 | 0 |
| FSII, k = 2 | 1 | 4 | 100% | 96% | 96% | 97% | 86% | 0.063 | 0.023 | 554 | 0 |
| FSII, k = 2 | 1 | 8 | 100% | 96% | 95% | 96% | 89% | 0.023 | 0.0097 | 580 | 0 |
| FSII, k = 2 | 2 | 1 | 0% | refused | | | | | | | |
| FSII, k = 2 | 2 | 2 | 100% | 99% | 97% | 98% | 96% | 2.2 | 0.46 | 103 | 1 |
| FSII, k = 2 | 2 | 4 | 100% | 99% | 97% | 96% | 97% | 0.72 | 0.2 | 788 | 0 |
| FSII, k = 2 | 2 | 8 | 100% | 98% | 96% | 97% | 92% | 0.24 | 0.087 | 1,549 | 1 |
| STII, k = 2 | 1 | 1 | 0% | refused | | | | | | | |
| STII, k = 2 | 1 | 2 | 17% | exact | | | | | | | |
| STII, k = 2 | 1 | 4 | 67% | exact | | | | | | | |
| STII, k = 2 | 1 | 8 | 100% | exact | | | | | | | |
| STII, k = 2 | 2 | 1 | 56% | 100% | 98% | 99% | 99% | 5 | 0.69 | 3 | 0 |
| STII, k = 2 | 2 | 2 | 97% | 99% | 95% | 95% | 97% | 1.9 | 0.46 | 160 | 1 |
| STII, k = 2 | 2 | 4 | 97% | 97% | 92% | 93% | 94% | 0.64 | 0.21 | 869 | 5 |
| STII, k = 2 | 2 | 8 | 98% | 96% | 93% | 94% | 94% | 0.23 | 0.087 | 1,560 | 1 |
| SV | 1 | 1 | 0% | refused | | | | | | | |
| SV | 1 | 2 | 100% | 97% | 96% | 96% | 87% | 0.15 | 0.055 | 488 | 0 |
| SV | 1 | 4 | 100% | 97% | 96% | 95% | 92% | 0.06 | 0.025 | 556 | 0 |
| SV | 1 | 8 | 100% | 97% | 98% | 98% | 92% | 0.024 | 0.0097 | 586 | 1 |
| SV, uniform law | 1 | 1 | 0% | refused | | | | | | | |
| SV, uniform law | 1 | 2 | 0% | refused | | | | | | | |
| SV, uniform law | 1 | 4 | 0% | refused | | | | | | | |
| SV, uniform law | 1 | 8 | 0% | refused | | | | | | | |
| k-SII, k = 2 | 1 | 1 | 35% | 92% | 89% | 88% | 75% | 0.3 | 0.11 | 124 | 1 |
| k-SII, k = 2 | 1 | 2 | 88% | 95% | 95% | 94% | 83% | 0.11 | 0.045 | 441 | 1 |
| k-SII, k = 2 | 1 | 4 | 97% | 97% | 96% | 97% | 90% | 0.041 | 0.019 | 549 | 0 |
| k-SII, k = 2 | 1 | 8 | 100% | 97% | 98% | 98% | 92% | 0.016 | 0.0071 | 592 | 1 |
| k-SII, k = 2 | 2 | 1 | 45% | 100% | 100% | 100% | 100% | 6 | 0.66 | 2 | 0 |
| k-SII, k = 2 | 2 | 2 | 98% | 98% | 95% | 96% | 94% | 1.8 | 0.44 | 172 | 2 |
| k-SII, k = 2 | 2 | 4 | 98% | 98% | 94% | 95% | 95% | 0.62 | 0.19 | 879 | 0 |
| k-SII, k = 2 | 2 | 8 | 99% | 97% | 93% | 96% | 94% | 0.21 | 0.08 | 1,663 | 2 |

Printed by ``python -m shapiq_spex.benchmark.coverage table`` from the recorded results. The default
proxy has been improved since; four of the games, run again after that, agree within 1% for the
coverage of all and 2% for that of the largest.

How to read it. *exact*: all coalitions that the values depend on are in the sample; in the
Shapley-Taylor index, v({i}) - v({}). Of all pairs and triples more than promised are covered,
96-99% and 99-100% from 2 n log2 n on, because most are next to nothing and the returned value, one
end of the span, is close to that; of those one looks at, the largest, 92-98% and 95-99%. At 1 and 2
n log2 n an interval for a pair holds but says little: it is wider than a typical pair is large. So
does one for a triple, up to 8 n log2 n.

No constant was fitted to make it so, and none was found that makes it better. On the games that
thresholds come from, the returned value of a pair errs 0.6 to 0.8 times as much as the difference
estimate. Giving it a reach of its own, 0.65 times as long, took the coverage of all pairs of FBII,
FSII and k-SII from 93-99% to 91-98%, for intervals 10% shorter, but that of the ten largest
reported ones from 87-96% to 85-92%, and in one game from 93% to 73% (FBII, 8 n log2 n). Shortening
both reaches, to the one-sided quantile, did the same: 90-98% of all, 83-91% of the largest. Too
wide an interval around nothing does less harm than too short a one around what one looks at, so the
reach was left as it is.

Where it fails. A jump of the game that no ablation happened to hit is invisible to any method: on a
support vector machine whose margin jumps on 1% of the coalitions, one run in three covered 37% of
the pairs at 2 n log2 n. FBII at max_order=3 and k-SII at max_order=3 are given no intervals: in the
worst game, those of FBII covered 63% of the single players and those of k-SII 58-70% of the pairs.
Nor is there one for rows of unknown origin, coded rows (SPEX), early stopping, missing answers,
fewer than 20 random units, and designs that hardly draw the coalitions an index depends on (Shapley
values from uniformly random coalitions).
"""
