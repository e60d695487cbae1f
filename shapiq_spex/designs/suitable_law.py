"""The law of random coalitions from which an index is estimated best.

For weighted Banzhaf indices that is the law of their own probability. For the uniform family it is
the mixture "range", which costs a little where half of the players are removed and repairs what
uniform coalitions leave unknown where few are. Median R^2 of the spectrum on fresh coalitions
(21 development games of 10 to 200 players, 2 n log2 n coalitions, 3 seeds):

========== ====== ====== ====== ====== ====== ======
rows for   half   p = .7 p = .8 p = .9 near   few
========== ====== ====== ====== ====== ====== ======
uniform    .969   .951   .944   .908   .863   .902
range      .950   .945   .969   .974   .983   .721
p = .7     .945   .954   .967   .971   .978   .779
p = .8     .929   .942   .966   .978   .985   .640
p = .9     .919   .934   .963   .982   .988   .616
near       .925   .934   .965   .983   .989   .622
========== ====== ====== ====== ====== ====== ======

The default is the same for all lenses, because every family gains more near the input than it
loses where half are removed (half / p = .9 / near):

============= ===== ================== ==================
family        games uniform            range
============= ===== ================== ==================
baseline      11    .981 / .930 / .933 .960 / .982 / .983
marginal      3     .981 / .954 / .966 .979 / .990 / .991
text          2     .961 / .933 / .935 .957 / .982 / .979
heads         1     .986 / .957 / .883 .983 / .994 / .997
training data 4     .814 / .390 / -.07 .789 / .916 / .959
============= ===== ================== ==================

Where answers differ hundreds of times as much with half of the players removed as near the input
(two of these games), one fit serves neither the input nor, fully, the half-removed coalitions, and
reports say so. Measured by ``python -m shapiq_spex.benchmark.studies.near_the_input`` (seeds 0 to
2, shapiq 1.8.0).

The Shapley family:

Normalised squared errors of ProxySPEX against exact values, and unexplained variance on uniform
coalitions, in pairs (p) and single (geometric means over the four development games of at
most 14 players, 2 and 4 n log2 n coalitions, 3 seeds):

========= ====== ====== ====== ====== ====== ====== ======
law       1 - R2 SV     k-SII  FSII   STII   FBII   BII
========= ====== ====== ====== ====== ====== ====== ======
uniform p .0218  .0064  .0305  .0251  .0508  .0202  .0204
uniform   .0234  .0066  .0328  .0264  .0509  .0210  .0224
sizes p   .0244  .0022  .0122  .0136  .0166  .0206  .0248
sizes     .0282  .0024  .0152  .0159  .0200  .0217  .0268
kernel p  .0295  .0020  .0110  .0142  .0129  .0257  .0320
kernel    .0274  .0017  .0096  .0116  .0117  .0199  .0263
========= ====== ====== ====== ====== ====== ====== ======

With 30 players and a known spectrum (cancer30 forest):

========= ====== ====== ====== ======
law       SV     k-SII  FSII   STII
========= ====== ====== ====== ======
sizes p   .0013  .0150  .0155  .0189
sizes     .0007  .0133  .0136  .0143
kernel p  .0014  .0190  .0197  .0212
kernel    .0011  .0180  .0189  .0202
========= ====== ====== ====== ======

Measured by ``python -m shapiq_spex.benchmark run FILE --suite development --methods
"ProxySPEX keep=sizes in pairs" ...``. For many players, Shapley values are therefore
estimated from sizes. Interactions are not: where the worth of two players lies in the smallest
coalitions (k-SII and STII), the law of sizes hardly draws what their intervals need.
"""

from __future__ import annotations

from dataclasses import replace

from shapiq_spex.designs.law import Keep, SizeLaw
from shapiq_spex.fourier.index import index_named

_FEW_PLAYERS = 20
"""Players below which Shapley values are estimated by the kernel law, from the tables above."""


def suitable_law_name(index: str, max_order: int, n_players: int) -> Keep:
    """The law of coalition sizes from which an index is estimated best.

    The module says why, and what each choice costs elsewhere.
    """
    record = index_named(index, max_order)
    if record.keep is not None:
        return record.keep
    if record.law == "uniform":
        return "range"
    return "sizes" if max_order == 1 and n_players >= _FEW_PLAYERS else "kernel"


def suits_pairs(max_order: int) -> bool:
    """Whether complements should be evaluated as well: for values of single players only.

    A coalition and its complement separate the even terms from the odd ones, and values of single
    players consist of odd terms alone. For the even terms, among which all pairs of players are, m
    rows then make m / 2 equations.
    """
    return max_order == 1


def with_enough_pairs(law: SizeLaw, rows: int) -> SizeLaw:
    """The law, in pairs of complements only if besides the ends there is one for each player.

    Fewer pairs make fewer equations than there are effects of single players, while as many single
    coalitions make enough. Mean squared errors of Shapley values from single coalitions, relative
    to those from pairs (geometric mean over the four development games of at most 13 players, 5
    seeds, shapiq 1.8.0), by rows:

    ==== ==== ==== ==== ====
    1.5n 2n   2.5n 3n   4n
    ==== ==== ==== ==== ====
    .85  .82  1.26 1.48 .89
    ==== ==== ==== ==== ====

    Measured by ``python -m shapiq_spex.benchmark run FILE --suite development --methods
    "ProxySPEX keep=kernel" "ProxySPEX keep=kernel in pairs" --per-player 1.5 2 2.5 3 4 --seeds 5``.
    """
    n_players = len(law.size_weights) - 1
    return replace(law, paired=law.paired and rows >= 2 * (n_players + 1))


def suitable_law(index: str, max_order: int, n_players: int) -> SizeLaw:
    """The default law of random coalitions.

    Example:
        >>> suitable_law("SV", 1, 30).paired, suitable_law("FBII", 2, 30).paired
        (True, False)
    """
    name = suitable_law_name(index, max_order, n_players)
    paired = suits_pairs(max_order) and name in ("sizes", "kernel")  # others: nearly empty ones
    return SizeLaw.named(n_players, name, paired=paired)
